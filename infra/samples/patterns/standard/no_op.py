"""Does nothing."""


def handler(event, context):
    return {}
