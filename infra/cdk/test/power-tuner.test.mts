import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { App, Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { type Parameters, PowerTuner } from "../lib/index.js";
import { PARAMETERS } from "../lib/parameters.js";

/** A package with stand-ins for the functions. */
const packageFolder = process.env.POWER_TUNER_PACKAGE ?? assert.fail("POWER_TUNER_PACKAGE is not set");

/** A value of each property. */
const EVERYTHING: Required<Parameters> = {
  powerValues: [128, 1024],
  visualizationURL: "https://example.com/",
  autoOptimize: true,
  lambdaResource: "arn:aws:lambda:*:*:function:checkout-*",
  processorResource: "*",
  functionLogGroups: "/checkout/*",
  assumableRoles: ["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/b"],
  totalExecutionTimeout: 600,
  executionTimeLimit: 3600,
  permissionsBoundary: "arn:aws:iam::123456789012:policy/boundary",
  payloadS3Bucket: "payloads",
  payloadS3Key: "checkout/*",
  kmsKeyArns: ["arn:aws:kms:eu-west-1:123456789012:key/a"],
  logGroupRetentionInDays: 14,
  securityGroupIds: ["sg-1"],
  subnetIds: ["subnet-1", "subnet-2"],
  stateMachineNamePrefix: "checkout",
  alarmActions: [],
  tracing: "Active",
  metrics: false,
};

/** The stack of an app with power-tuner, and what the app writes. */
function synthesize(build: (stack: Stack) => void, stack = new Stack(new App(), "Stack")) {
  build(stack);
  const assembly = App.of(stack)?.node.root as App;
  const { directory } = assembly.synth();
  const manifest = JSON.parse(readFileSync(join(directory, `${stack.stackName}.assets.json`), "utf8"));
  const files = Object.values<{ source: { path: string }; destinations: object }>(manifest.files).map((file) => ({
    path: join(directory, file.source.path),
    key: Object.values<{ objectKey: string }>(file.destinations as Record<string, { objectKey: string }>)[0]?.objectKey,
  }));
  return { template: Template.fromStack(stack), files, stack };
}

function tuner(stack: Stack, props: object = {}): PowerTuner {
  return new PowerTuner(stack, "PowerTuner", { packageFolder, ...props });
}

function tuned(stack: Stack, code: string, tune: (tuner: PowerTuner, fn: LambdaFunction) => void): void {
  const fn = new LambdaFunction(stack, "Checkout", {
    runtime: Runtime.PYTHON_3_13,
    handler: "index.handler",
    code: Code.fromInline(code),
  });
  tune(tuner(stack), fn);
}

test("the template of the nested stack is the package's, but for the keys of the code", () => {
  const { files } = synthesize((stack) => tuner(stack));
  const nested = files.find(({ path }) => path.endsWith(".yaml")) ?? assert.fail("no nested template");
  const lines = (path: string) => readFileSync(path, "utf8").split("\n");
  const [expected, found] = [lines(join(packageFolder, "template.yaml")), lines(nested.path)];
  assert.equal(found.length, expected.length);
  const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  let replaced = 0;
  for (const [number, line] of expected.entries()) {
    const object = manifest.objects.find(({ key }: { key: string }) => line.includes(`\${codePrefix}/${key}`));
    if (object === undefined) {
      assert.equal(found[number], line);
      continue;
    }
    const [before, after] = line.split(`\${codePrefix}/${object.key}`);
    const key = found[number]?.slice(before?.length, -(after?.length ?? 0));
    const asset = files.find((file) => file.key === key) ?? assert.fail(`no asset has the key ${key}`);
    assert.deepEqual(readFileSync(asset.path), readFileSync(join(packageFolder, object.path)));
    replaced += 1;
  }
  assert.equal(replaced, manifest.objects.length);
});

test("every property sets its parameter", () => {
  const { template } = synthesize((stack) => tuner(stack, EVERYTHING));
  const [stack] = Object.values(template.findResources("AWS::CloudFormation::Stack"));
  const { codeBucket, ...parameters } = stack?.Properties.Parameters;
  assert.deepEqual(codeBucket, { "Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}" });
  assert.deepEqual(Object.keys(parameters).sort(), Object.values(PARAMETERS).sort());
  assert.deepEqual(parameters, {
    PowerValues: "128,1024",
    visualizationURL: "https://example.com/",
    autoOptimize: "true",
    lambdaResource: "arn:aws:lambda:*:*:function:checkout-*",
    processorResource: "*",
    functionLogGroups: "/checkout/*",
    assumableRoles: "arn:aws:iam::123456789012:role/a,arn:aws:iam::123456789012:role/b",
    totalExecutionTimeout: "600",
    executionTimeLimit: "3600",
    permissionsBoundary: "arn:aws:iam::123456789012:policy/boundary",
    payloadS3Bucket: "payloads",
    payloadS3Key: "checkout/*",
    kmsKeyArns: "arn:aws:kms:eu-west-1:123456789012:key/a",
    logGroupRetentionInDays: "14",
    securityGroupIds: "sg-1",
    subnetIds: "subnet-1,subnet-2",
    stateMachineNamePrefix: "checkout",
    alarmActions: "",
    tracing: "Active",
    metrics: "false",
  });
});

test("without properties, the template's defaults hold, and nothing but the nested stack is made", () => {
  const { template } = synthesize((stack) => tuner(stack));
  const { Resources } = template.toJSON();
  assert.deepEqual(Object.values<{ Type: string }>(Resources).map(({ Type }) => Type), ["AWS::CloudFormation::Stack"]);
  const [stack] = Object.values<{ Properties: { Parameters: object } }>(Resources);
  assert.deepEqual(Object.keys(stack?.Properties.Parameters ?? {}), ["codeBucket"]);
});

test("a package that lacks something is refused with its folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "power-tuner-"));
  try {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ objects: [{ key: "a.zip", path: "a.zip" }] }));
    writeFileSync(join(folder, "a.zip"), "");
    writeFileSync(join(folder, "template.yaml"), "");
    const refused = () => new PowerTuner(new Stack(), "PowerTuner", { packageFolder: folder });
    assert.throws(refused, (error: Error) => error.message.includes(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a tuned function is one custom resource, which changes with the code and the input and with nothing else", () => {
  const resource = (code: string, input: object, props: object = {}) => {
    const { template } = synthesize((stack) => tuned(stack, code, (tuner, fn) => {
      fn.addEnvironment("OTHER", JSON.stringify(props));
      tuner.tuneAfterDeployment(fn, { ...input });
    }));
    const [found] = Object.values(template.findResources("Custom::PowerTuning"));
    return JSON.stringify(found);
  };
  const first = resource("pass", { num: 10 });
  assert.equal(resource("pass", { num: 10 }, { other: true }), first);
  assert.notEqual(resource("return", { num: 10 }), first);
  assert.notEqual(resource("pass", { num: 20 }), first);
});

test("the input is passed on with the function's ARN", () => {
  const { template, stack } = synthesize((stack) => tuned(stack, "pass", (tuner, fn) => {
    const { power } = tuner.tuneAfterDeployment(fn, { num: 10, strategy: "balanced" }, { failDeployment: true });
    stack.exportValue(power, { name: "power" });
  }));
  const arn = { "Fn::GetAtt": [Match.stringLikeRegexp("^Checkout"), "Arn"] };
  template.hasResourceProperties("Custom::PowerTuning", {
    Input: { "Fn::Join": ["", ['{"num":10,"strategy":"balanced","lambdaARN":"', arn, '"}']] },
    Code: { zipFile: "pass" },
    FailDeployment: true,
  });
  template.hasOutput("*", { Value: { "Fn::GetAtt": [Match.stringLikeRegexp("^CheckoutPowerTuning"), "Power"] } });
  Annotations.fromStack(stack).hasNoWarning("*", Match.anyValue());
});

test("what waits for runs may start them, look at them, invoke itself, and write its log", () => {
  const { template } = synthesize((stack) => {
    tuner(stack).tuneAfterDeployment(LambdaFunction.fromFunctionName(stack, "Checkout", "checkout"));
  });
  const policies = Object.values(template.findResources("AWS::IAM::Policy"));
  const statements = policies.flatMap((policy) => policy.Properties.PolicyDocument.Statement);
  const allowed = statements.flatMap(({ Action }) => Action).sort();
  const expected = ["lambda:InvokeFunction", "logs:CreateLogStream", "logs:PutLogEvents", "states:DescribeExecution"];
  assert.deepEqual(allowed, [...expected, "states:StartExecution"]);
  for (const { Resource, Effect } of statements) {
    assert.equal(Effect, "Allow");
    assert.notEqual(Resource, "*");
  }
  template.allResourcesProperties("AWS::IAM::Role", { ManagedPolicyArns: Match.absent() });
});

test("two functions share what waits for their runs", () => {
  const { template } = synthesize((stack) => tuned(stack, "pass", (tuner, fn) => {
    const other = LambdaFunction.fromFunctionName(stack, "Other", "other");
    tuner.tuneAfterDeployment(fn);
    tuner.tuneAfterDeployment(other, {}, { trigger: "2" });
  }));
  template.resourceCountIs("Custom::PowerTuning", 2);
  template.resourceCountIs("AWS::Lambda::Function", 2);
  template.hasResourceProperties("Custom::PowerTuning", { Trigger: "2" });
});
