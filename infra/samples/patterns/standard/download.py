"""Downloads an object in as many parts as it has threads, and drops what it reads."""

import os
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

BUCKET, KEY = os.environ["BUCKET"], os.environ["KEY"]
THREADS = int(os.environ["THREADS"])
CHUNK = 1024 * 1024
# By default, no more than ten connections are kept.
s3 = boto3.client("s3", config=Config(max_pool_connections=THREADS))


def handler(event, context):
    size = s3.head_object(Bucket=BUCKET, Key=KEY)["ContentLength"]
    part = -(-size // THREADS)
    ranges = [f"bytes={start}-{min(start + part, size) - 1}" for start in range(0, size, part)]
    with ThreadPoolExecutor(THREADS) as threads:
        return {"bytes": sum(threads.map(read, ranges)), "parts": len(ranges)}


def read(part):
    """How many bytes a part has; one chunk of it is in memory at a time."""
    body = s3.get_object(Bucket=BUCKET, Key=KEY, Range=part)["Body"]
    return sum(len(chunk) for chunk in body.iter_chunks(CHUNK))
