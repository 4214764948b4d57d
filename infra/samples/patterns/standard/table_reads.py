"""Reads three items of a table, one after the other."""

import os

import boto3

TABLE = os.environ["TABLE"]
IDS = ["1", "2", "3"]
dynamodb = boto3.client("dynamodb")


def handler(event, context):
    return {"characters": sum(len(read(number)["text"]["S"]) for number in IDS)}


def read(number):
    return dynamodb.get_item(TableName=TABLE, Key={"id": {"S": number}})["Item"]
