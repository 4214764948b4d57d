"""Makes what the other functions read: three items, an object, and a picture. Invoke it once after deploying."""

import io
import os

import boto3
from PIL import Image

TABLE, ORIGINALS = os.environ["TABLE"], os.environ["ORIGINALS"]
OBJECT_KEY, PICTURE_KEY = os.environ["OBJECT_KEY"], os.environ["PICTURE_KEY"]
MEGABYTE = 1024 * 1024
dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")


def handler(event, context):
    megabytes, width = event.get("objectMegabytes", 150), event.get("pictureWidth", 4000)
    for number in ["1", "2", "3"]:
        dynamodb.put_item(TableName=TABLE, Item={"id": {"S": number}, "text": {"S": number * 1000}})
    s3.put_object(Bucket=ORIGINALS, Key=OBJECT_KEY, Body=os.urandom(MEGABYTE) * megabytes)
    s3.put_object(Bucket=ORIGINALS, Key=PICTURE_KEY, Body=picture(width), ContentType="image/jpeg")
    return {}


def picture(width):
    """Noise, so that as JPEG it takes about as many bytes as a photograph."""
    channels = [Image.effect_noise((width, width * 3 // 4), 48) for _ in "RGB"]
    jpeg = io.BytesIO()
    Image.merge("RGB", channels).save(jpeg, "JPEG", quality=85)
    return jpeg.getvalue()
