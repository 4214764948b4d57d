// Made by `cargo xtask contract` from template.yaml.

/** The parameters of power-tuner's template. */
export interface Parameters {
  /**
   * The memory sizes (MB) that are measured if the input has no powerValues.
   *
   * @default [128, 256, 512, 1024, 1536, 3008]
   */
  readonly powerValues?: readonly number[];
  /**
   * The page that draws results. Its address gets the results behind '#', which browsers do not send.
   *
   * @default "https://lambda-power-tuning.show/"
   */
  readonly visualizationURL?: string;
  /**
   * Whether the function is left at the winner if the input has no autoOptimize.
   *
   * @default false
   */
  readonly autoOptimize?: boolean;
  /**
   * The functions that may be tuned, as an ARN without a qualifier, which may contain '*'. The default is every
   * function in every account that allows it.
   *
   * @default "*"
   */
  readonly lambdaResource?: string;
  /**
   * The functions that may be pre- or post-processors, as an ARN that may contain '*'. The default is the functions
   * that may be tuned.
   *
   * @default ""
   */
  readonly processorResource?: string;
  /**
   * The log groups in which the report of an invocation may be looked up if the log tail has none, as a name that may
   * contain '*'.
   *
   * @default "/aws/lambda/*"
   */
  readonly functionLogGroups?: string;
  /**
   * ARNs of the roles that an input may name in assumeRoleARN, to tune functions in other accounts.
   *
   * @default []
   */
  readonly assumableRoles?: readonly string[];
  /**
   * Time limit (seconds) of one call of the Executor. Longer measurements take several calls. A single invocation of
   * the tuned function must end within it.
   *
   * @default 300
   */
  readonly totalExecutionTimeout?: number;
  /**
   * Time limit (seconds) of a run. A run that exceeds it is cleaned up and fails.
   *
   * @default 86400
   */
  readonly executionTimeLimit?: number;
  /**
   * ARN of the permissions boundary for all roles of this stack.
   *
   * @default ""
   */
  readonly permissionsBoundary?: string;
  /**
   * The bucket from which payloads may be read.
   *
   * @default ""
   */
  readonly payloadS3Bucket?: string;
  /**
   * The keys in that bucket from which payloads may be read.
   *
   * @default "*"
   */
  readonly payloadS3Key?: string;
  /**
   * ARNs of the AWS KMS customer managed keys that encrypt the environment variables of functions, or payloads in S3.
   * The key policies must allow their use, too.
   *
   * @default []
   */
  readonly kmsKeyArns?: readonly string[];
  /**
   * How many days logs are kept.
   *
   * @default 7
   */
  readonly logGroupRetentionInDays?: number;
  /**
   * Security groups for the functions of this stack, to run them in a VPC.
   *
   * @default []
   */
  readonly securityGroupIds?: readonly string[];
  /**
   * Subnets for the functions of this stack, to run them in a VPC.
   *
   * @default []
   */
  readonly subnetIds?: readonly string[];
  /**
   * Prefix of the name of the state machine.
   *
   * @default "powerTuningStateMachine"
   */
  readonly stateMachineNamePrefix?: string;
  /**
   * ARNs that CloudWatch notifies, such as an SNS topic, when the cleanup after an interrupted run failed.
   *
   * @default []
   */
  readonly alarmActions?: readonly string[];
  /**
   * Set to Active to trace executions and functions with AWS X-Ray.
   *
   * @default "PassThrough"
   */
  readonly tracing?: "Active" | "PassThrough";
  /**
   * Whether runs write CloudWatch metrics, such as what they cost and save, as log lines in the Embedded Metric Format.
   *
   * @default true
   */
  readonly metrics?: boolean;
}

/** The parameter that each property sets. */
export const PARAMETERS: Readonly<Record<keyof Parameters, string>> = {
  powerValues: "PowerValues",
  visualizationURL: "visualizationURL",
  autoOptimize: "autoOptimize",
  lambdaResource: "lambdaResource",
  processorResource: "processorResource",
  functionLogGroups: "functionLogGroups",
  assumableRoles: "assumableRoles",
  totalExecutionTimeout: "totalExecutionTimeout",
  executionTimeLimit: "executionTimeLimit",
  permissionsBoundary: "permissionsBoundary",
  payloadS3Bucket: "payloadS3Bucket",
  payloadS3Key: "payloadS3Key",
  kmsKeyArns: "kmsKeyArns",
  logGroupRetentionInDays: "logGroupRetentionInDays",
  securityGroupIds: "securityGroupIds",
  subnetIds: "subnetIds",
  stateMachineNamePrefix: "stateMachineNamePrefix",
  alarmActions: "alarmActions",
  tracing: "tracing",
  metrics: "metrics",
};
