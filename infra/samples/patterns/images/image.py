"""Gets a picture, scales it down, and puts the result into another bucket."""

import io
import os

import boto3
from PIL import Image, ImageOps

ORIGINALS, RESULTS, KEY = os.environ["ORIGINALS"], os.environ["RESULTS"], os.environ["KEY"]
s3 = boto3.client("s3")


def handler(event, context):
    side = event.get("side", 800)
    original = s3.get_object(Bucket=ORIGINALS, Key=KEY)["Body"].read()
    result = scaled(original, side)
    # The same name each time: runs overwrite it instead of filling the bucket.
    s3.put_object(Bucket=RESULTS, Key=f"{side}/{KEY}", Body=result, ContentType="image/jpeg")
    return {"from": len(original), "to": len(result)}


def scaled(original, side):
    """The picture as JPEG, no wider and no higher than `side` pixels."""
    with Image.open(io.BytesIO(original)) as picture:
        small = ImageOps.contain(picture.convert("RGB"), (side, side), Image.Resampling.LANCZOS)
    result = io.BytesIO()
    small.save(result, "JPEG", quality=85)
    return result.getvalue()
