// An app as users have one. The test `infrastructure` deploys it to the local AWS.

import assert from "node:assert/strict";
import { App, CfnOutput, DefaultStackSynthesizer, Stack } from "aws-cdk-lib";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { PowerTuner } from "../lib/index.js";

const { POWER_TUNER_PACKAGE: packageFolder, CODE: code, NOTE: note } = process.env;
const outdir = process.argv[2];
assert.ok(packageFolder && code && note && outdir);

const app = new App({ outdir });
// The local AWS is not bootstrapped.
const synthesizer = new DefaultStackSynthesizer({ generateBootstrapVersionRule: false });
const stack = new Stack(app, "Tuned", { synthesizer });

const fn = new LambdaFunction(stack, "Checkout", {
  runtime: Runtime.PYTHON_3_13,
  handler: "index.handler",
  code: Code.fromInline(code),
  memorySize: 1024,
  // With REPORTS, the local AWS writes the REPORT line that AWS writes.
  environment: { REPORTS: "true", NOTE: note },
});
const tuner = new PowerTuner(stack, "PowerTuner", { packageFolder });
const input = { powerValues: [128, 256], num: 5 };
const { power, status } = tuner.tuneAfterDeployment(fn, input, { failDeployment: true });

new CfnOutput(stack, "Power", { value: power });
new CfnOutput(stack, "Status", { value: status });
new CfnOutput(stack, "StateMachineARN", { value: tuner.stateMachine.stateMachineArn });
app.synth();
