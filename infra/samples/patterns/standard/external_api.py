"""Waits for somebody else's API."""

import os
import urllib.request

URL = os.environ["API_URL"]
# Far below the function's own timeout, so that a slow API shows as what it is.
TIMEOUT_SECONDS = 10


def handler(event, context):
    with urllib.request.urlopen(URL, timeout=TIMEOUT_SECONDS) as answer:
        return {"status": answer.status, "bytes": len(answer.read())}
