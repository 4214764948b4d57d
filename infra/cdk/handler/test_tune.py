"""The waiter on stand-ins for AWS. `cargo xtask test` runs it."""

import io
import json
import os
import sys
import types
import unittest
from unittest import mock

sys.modules.setdefault("boto3", types.SimpleNamespace(client=mock.MagicMock()))
sys.modules["boto3"].client = mock.MagicMock()
import tune  # noqa: E402

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:tuner"


class AlreadyExists(Exception):
    pass


class States:
    """Executions that end as they are told to, after they have been looked at so many times."""

    exceptions = types.SimpleNamespace(ExecutionAlreadyExists=AlreadyExists)

    def __init__(self, looks=0, **end):
        self.looks, self.end, self.executions = looks, end, {}

    def start_execution(self, stateMachineArn, name, input):
        arn = stateMachineArn.replace("stateMachine", "execution") + ":" + name
        if arn in self.executions:
            raise AlreadyExists
        self.executions[arn] = {"executionArn": arn, "looks": self.looks, **self.end}
        return {"executionArn": arn}

    def describe_execution(self, executionArn):
        execution = self.executions[executionArn]
        execution["looks"] -= 1
        return {**execution, "status": "RUNNING"} if execution["looks"] >= 0 else execution


SUCCEEDED = {"status": "SUCCEEDED", "output": json.dumps({"power": 512, "cost": 1e-7, "duration": 3.5})}
FAILED = {"status": "FAILED", "error": "FunctionError", "cause": "it failed"}


def event(kind="Create", request="r", fail=False, code="c"):
    return {
        "RequestType": kind,
        "RequestId": request,
        "StackId": "stack",
        "LogicalResourceId": "Tuning",
        "ResponseURL": "https://example.com/answer",
        "ResourceProperties": {"Input": "{}", "Code": code, "FailDeployment": str(fail).lower()},
        **({} if kind == "Create" else {"PhysicalResourceId": "first"}),
    }


class Waiter(unittest.TestCase):
    def setUp(self):
        self.answers = []
        self.now = 0
        self.left = 900_000

        def put(request, timeout):
            self.answers.append(json.loads(request.data))
            return io.BytesIO()

        def sleep(seconds):
            self.now += seconds
            self.left -= 1000 * seconds

        context = {"get_remaining_time_in_millis": lambda: self.left, "invoked_function_arn": "waiter"}
        self.context = types.SimpleNamespace(**context)
        self.functions = mock.MagicMock()
        for name, value in (
            ("tune.urllib.request.urlopen", put),
            ("tune.time.sleep", sleep),
            ("tune.time.time", lambda: self.now),
            ("tune.boto3.client", lambda service: self.functions),
        ):
            patch = mock.patch(name, value)
            patch.start()
            self.addCleanup(patch.stop)
        environment = mock.patch.dict(os.environ, {"STATE_MACHINE": MACHINE})
        environment.start()
        self.addCleanup(environment.stop)

    def run_with(self, states, event):
        with mock.patch.object(tune, "states", states):
            tune.handler(event, self.context)

    def test_the_result_is_answered_when_the_run_has_ended(self):
        states = States(looks=4, **SUCCEEDED)
        self.run_with(states, event())
        [answer] = self.answers
        [arn] = states.executions
        self.assertEqual(answer["Status"], "SUCCESS")
        expected = {"ExecutionArn": arn, "Status": "SUCCEEDED", "Error": ""}
        self.assertEqual(answer["Data"], {**expected, "Power": "512", "Cost": "1e-07", "Duration": "3.5"})

    def test_a_failed_run_fails_the_deployment_only_if_asked(self):
        for fail, status in ((False, "SUCCESS"), (True, "FAILED")):
            self.run_with(States(**FAILED), event(fail=fail))
            answer = self.answers.pop()
            self.assertEqual(answer["Status"], status)
            self.assertEqual(answer["Data"]["Error"], "FunctionError: it failed")
            self.assertIn("FunctionError: it failed", answer["Reason"])
            self.assertEqual(answer["Data"]["Power"], "")

    def test_a_run_that_cannot_be_started_is_a_failed_one(self):
        states = mock.MagicMock(exceptions=States.exceptions)
        states.start_execution.side_effect = RuntimeError("access denied")
        self.run_with(states, event(fail=True))
        self.assertEqual(self.answers[0]["Status"], "FAILED")
        self.assertIn("access denied", self.answers[0]["Reason"])

    def test_other_code_is_tuned_and_a_rollback_finds_the_run_of_the_code_it_goes_back_to(self):
        states = States(**SUCCEEDED)
        for request, code in (("1", "old"), ("2", "new"), ("3", "old")):
            self.run_with(states, event("Update", request, code=code))
        old, new, again = (answer["Data"]["ExecutionArn"] for answer in self.answers)
        self.assertEqual(again, old)
        self.assertNotEqual(new, old)
        self.assertEqual(len(states.executions), 2)

    def test_a_run_that_failed_is_tried_again_once_for_each_request(self):
        states = States(**FAILED)
        for request in ("1", "2", "2"):
            self.run_with(states, event("Update", request))
        self.assertEqual(len(states.executions), 3)
        self.assertEqual(self.answers[1]["Data"], self.answers[2]["Data"])

    def test_names_of_executions_are_no_longer_than_they_may_be(self):
        states = States(**FAILED)
        self.run_with(states, event(request="12345678-1234-1234-1234-123456789012"))
        self.assertEqual(max(len(arn.rsplit(":", 1)[1]) for arn in states.executions), 72)

    def test_deletion_does_nothing_even_if_failures_count(self):
        states = States(**SUCCEEDED)
        self.run_with(states, event("Delete", fail=True))
        self.assertEqual(states.executions, {})
        self.assertEqual(self.answers[0]["Status"], "SUCCESS")

    def test_the_resource_keeps_its_id(self):
        self.run_with(States(**SUCCEEDED), event())
        self.run_with(States(**SUCCEEDED), event("Update", request="2"))
        self.assertEqual([answer["PhysicalResourceId"] for answer in self.answers], ["r", "first"])

    def test_another_invocation_goes_on_with_the_same_run_when_the_time_ends(self):
        states = States(looks=1000, **FAILED)
        self.run_with(states, event())
        self.assertEqual(self.answers, [])
        [call] = self.functions.invoke.call_args_list
        self.assertEqual(call.kwargs["InvocationType"], "Event")
        self.assertEqual(call.kwargs["FunctionName"], "waiter")
        self.left = 900_000
        # Meanwhile the run has failed.
        for execution in states.executions.values():
            execution["looks"] = 0
        self.run_with(states, json.loads(call.kwargs["Payload"]))
        self.assertEqual(len(states.executions), 1)
        self.assertEqual(self.answers[0]["Data"]["Status"], "FAILED")

    def test_a_run_that_takes_longer_than_a_deployment_waits_goes_on(self):
        states = States(looks=10_000, **SUCCEEDED)
        self.left = 10_000_000
        self.run_with(states, event())
        self.assertEqual(self.answers[0]["Status"], "SUCCESS")
        self.assertEqual(self.answers[0]["Data"]["Status"], "RUNNING")
        self.assertLess(self.now, 3600)


if __name__ == "__main__":
    unittest.main()
