import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CustomResource, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Policy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnFunction, Code, Function as LambdaFunction, type IFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { IStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";

/** How a deployment takes the tuning of a function. */
export interface TuningOptions {
  /**
   * Whether the deployment fails if the run fails, or has no result after 55 minutes.
   *
   * @default false
   */
  readonly failDeployment?: boolean;
  /**
   * Another value has the function tuned again. For functions whose code is not part of this app, such as imported
   * ones.
   *
   * @default - only the function's code and the input count
   */
  readonly trigger?: string;
}

/** How a run ended, known after the deployment. What the run did not say is empty. */
export interface TuningResult {
  /** The custom resource. */
  readonly resource: CustomResource;
  /** The winner, in MB. */
  readonly power: string;
  /** Average cost of an invocation at the winner. */
  readonly cost: string;
  /** Average duration at the winner, in milliseconds. */
  readonly duration: string;
  /** `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`, or `RUNNING` after 55 minutes. */
  readonly status: string;
  /** Error and cause of a run that failed. */
  readonly error: string;
  readonly executionArn: string;
}

/** What a custom resource of a function is made of: the function that starts a run and waits for it. */
export class Tunings extends Construct {
  private readonly waiter: LambdaFunction;
  private readonly again: Policy;

  constructor(scope: Construct, id: string, stateMachine: IStateMachine) {
    super(scope, id);
    const logGroup = new LogGroup(this, "Logs", {
      retention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    logGroup.grantWrite(role);
    stateMachine.grantStartExecution(role);
    stateMachine.grantExecution(role, "states:DescribeExecution");
    this.waiter = new LambdaFunction(this, "Waiter", {
      description: "Starts runs of power-tuner after deployments, and waits for their end.",
      runtime: Runtime.PYTHON_3_13,
      handler: "index.handler",
      code: Code.fromInline(readFileSync(join(__dirname, "..", "handler", "tune.py"), "utf8")),
      timeout: Duration.minutes(15),
      environment: { STATE_MACHINE: stateMachine.stateMachineArn },
      role,
      logGroup,
    });
    // Not among the role's other policies: the function depends on those, and this one on the function.
    this.again = new Policy(this, "Again", {
      roles: [role],
      statements: [new PolicyStatement({
        actions: ["lambda:InvokeFunction"],
        resources: [this.waiter.functionArn],
      })],
    });
  }

  /** A custom resource beside the function. It follows the function, whose ARN is part of its input. */
  add(fn: IFunction, input: Readonly<Record<string, unknown>>, options: TuningOptions): TuningResult {
    const { failDeployment = false, trigger } = options;
    const definition = fn.node.defaultChild;
    const code = definition instanceof CfnFunction ? definition.code : undefined;
    const resource = new CustomResource(fn, "PowerTuning", {
      resourceType: "Custom::PowerTuning",
      serviceToken: this.waiter.functionArn,
      properties: {
        Input: Stack.of(fn).toJsonString({ ...input, lambdaARN: fn.functionArn }),
        Code: code,
        Trigger: trigger,
        FailDeployment: failDeployment,
      },
    });
    resource.node.addDependency(this.again);
    const text = (name: string): string => resource.getAttString(name);
    return {
      resource,
      power: text("Power"),
      cost: text("Cost"),
      duration: text("Duration"),
      status: text("Status"),
      error: text("Error"),
      executionArn: text("ExecutionArn"),
    };
  }
}
