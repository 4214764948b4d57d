"""A custom resource that starts a run of power-tuner, waits for its end, and says how it ended."""

import hashlib
import json
import os
import time
import urllib.request

import boto3

# CloudFormation gives a custom resource an hour.
PATIENCE = 55 * 60
# What is left of an invocation when the next one takes over (milliseconds).
RESERVE = 30_000
# How often an execution is looked at (seconds).
LOOK = 5
EMPTY = {"ExecutionArn": "", "Status": "", "Power": "", "Cost": "", "Duration": "", "Error": ""}

states = boto3.client("stepfunctions")


def handler(event, context):
    if event["RequestType"] == "Delete":
        return answer(event, EMPTY)
    event.setdefault("Deadline", time.time() + PATIENCE)
    try:
        if "ExecutionArn" not in event:
            event["ExecutionArn"] = start(event)
        run = follow(event, context)
    except Exception as error:
        return answer(event, {**EMPTY, "Status": "FAILED", "Error": str(error)[:500]})
    return answer(event, result(run)) if run else None


def start(event):
    """The run of this code and input, if there is one that has not failed, such as after a rollback; or else a new one."""
    properties = event["ResourceProperties"]
    what = [event["StackId"], event["LogicalResourceId"], *map(properties.get, ("Input", "Code", "Trigger"))]
    name = "deployment-" + hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:24]
    arn = begin(name, properties["Input"])
    if states.describe_execution(executionArn=arn)["status"] in ("RUNNING", "SUCCEEDED"):
        return arn
    # An invocation that Lambda repeats finds the one that it has started.
    return begin(f"{name}-{event['RequestId']}", properties["Input"])


def begin(name, tuning):
    machine = os.environ["STATE_MACHINE"]
    try:
        return states.start_execution(stateMachineArn=machine, name=name, input=tuning)["executionArn"]
    except states.exceptions.ExecutionAlreadyExists:
        return machine.replace(":stateMachine:", ":execution:", 1) + ":" + name


def follow(event, context):
    """The run when it has ended, or at the deadline; nothing, if another invocation goes on."""
    while True:
        run = states.describe_execution(executionArn=event["ExecutionArn"])
        if run["status"] != "RUNNING" or time.time() > event["Deadline"]:
            return run
        if context.get_remaining_time_in_millis() < RESERVE:
            again = {"FunctionName": context.invoked_function_arn, "Payload": json.dumps(event)}
            boto3.client("lambda").invoke(InvocationType="Event", **again)
            return None
        time.sleep(LOOK)


def result(run):
    output = json.loads(run.get("output") or "{}")
    found = {name: str(output.get(name.lower(), "")) for name in ("Power", "Cost", "Duration")}
    error = ": ".join(part for part in (run.get("error"), run.get("cause")) if part)
    return {**found, "ExecutionArn": run["executionArn"], "Status": run["status"], "Error": error[:500]}


def answer(event, data):
    wanted = event["ResourceProperties"].get("FailDeployment") == "true" and event["RequestType"] != "Delete"
    failed = wanted and data["Status"] != "SUCCEEDED"
    body = {
        "Status": "FAILED" if failed else "SUCCESS",
        "Reason": f"power-tuner: {data['Status']} {data['ExecutionArn']} {data['Error']}".strip(),
        "PhysicalResourceId": event.get("PhysicalResourceId") or event["RequestId"],
        "Data": data,
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    headers = {"content-type": ""}
    request = urllib.request.Request(event["ResponseURL"], json.dumps(body).encode(), headers, method="PUT")
    urllib.request.urlopen(request, timeout=30).close()
