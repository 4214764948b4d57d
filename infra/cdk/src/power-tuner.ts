import { join } from "node:path";
import { CfnStack, Fn, Tokenization } from "aws-cdk-lib";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { type IStateMachine, StateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import { Package } from "./package";
import { PARAMETERS, type Parameters } from "./parameters";
import { type TuningOptions, type TuningResult, Tunings } from "./tuning";

/** The parameters of power-tuner's template, and where its code is. */
export interface PowerTunerProps extends Parameters {
  /**
   * The architecture of power-tuner's own functions, whatever that of the functions that are tuned.
   *
   * @default "arm64"
   */
  readonly architecture?: "arm64" | "x86_64";
  /**
   * The folder of an unpacked `power-tuner-functions-….zip`, whatever the `architecture`.
   *
   * @default - the one of the architecture in this npm package
   */
  readonly packageFolder?: string;
}

/** power-tuner as a nested stack, whose template is that of all other ways to deploy it. */
export class PowerTuner extends Construct {
  /** The state machine to start to tune a function. */
  readonly stateMachine: IStateMachine;
  /** Each message of this queue is an interrupted run whose cleanup failed. */
  readonly uncleanedRunsQueueUrl: string;
  private tunings: Tunings | undefined;

  constructor(scope: Construct, id: string, props: PowerTunerProps = {}) {
    super(scope, id);
    const { architecture = "arm64", packageFolder, ...parameters } = props;
    const folder = packageFolder ?? join(__dirname, "..", "package", architecture);
    const { templateUrl, codeBucket } = new Package(this, "Package", folder);
    const stack = new CfnStack(this, "Stack", { templateUrl, parameters: { ...toValues(parameters), codeBucket } });
    const arn = stack.getAtt("Outputs.StateMachineARN").toString();
    this.stateMachine = StateMachine.fromStateMachineArn(this, "StateMachine", arn);
    this.uncleanedRunsQueueUrl = stack.getAtt("Outputs.UncleanedRunsQueueURL").toString();
  }

  /**
   * Tunes a function whenever its code or this input has changed, after it is deployed, and waits up to 55 minutes for
   * the result. Deleting it does nothing.
   *
   * @param input the fields of power-tuner's input but for `lambdaARN`, which is the function's
   */
  tuneAfterDeployment(
    fn: IFunction,
    input: Readonly<Record<string, unknown>> = {},
    options: TuningOptions = {},
  ): TuningResult {
    this.tunings ??= new Tunings(this, "Tunings", this.stateMachine);
    return this.tunings.add(fn, input, options);
  }
}

/** Parameters as CloudFormation takes them. */
function toValues(parameters: Parameters): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [property, value] of Object.entries(parameters)) {
    if (value !== undefined) {
      values[PARAMETERS[property as keyof Parameters]] = toValue(value);
    }
  }
  return values;
}

function toValue(value: Exclude<Parameters[keyof Parameters], undefined>): string {
  if (typeof value === "object") {
    return value.length === 0 ? "" : Fn.join(",", value.map(toValue));
  }
  return typeof value === "number" ? Tokenization.stringifyNumber(value) : String(value);
}
