# Made by `cargo xtask contract` from template.yaml.

variable "power_values" {
  description = "The memory sizes (MB) that are measured if the input has no powerValues."
  type        = list(number)
  default     = [128, 256, 512, 1024, 1536, 3008]
  nullable    = false
}

variable "visualization_url" {
  description = "The page that draws results. Its address gets the results behind '#', which browsers do not send."
  type        = string
  default     = "https://lambda-power-tuning.show/"
  nullable    = false
}

variable "auto_optimize" {
  description = "Whether the function is left at the winner if the input has no autoOptimize."
  type        = bool
  default     = false
  nullable    = false
}

variable "lambda_resource" {
  description = "The functions that may be tuned, as an ARN without a qualifier, which may contain '*'. The default is every function in every account that allows it."
  type        = string
  default     = "*"
  nullable    = false
}

variable "processor_resource" {
  description = "The functions that may be pre- or post-processors, as an ARN that may contain '*'. The default is the functions that may be tuned."
  type        = string
  default     = ""
  nullable    = false
}

variable "function_log_groups" {
  description = "The log groups in which the report of an invocation may be looked up if the log tail has none, as a name that may contain '*'."
  type        = string
  default     = "/aws/lambda/*"
  nullable    = false
}

variable "assumable_roles" {
  description = "ARNs of the roles that an input may name in assumeRoleARN, to tune functions in other accounts."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "total_execution_timeout" {
  description = "Time limit (seconds) of one call of the Executor. Longer measurements take several calls. A single invocation of the tuned function must end within it."
  type        = number
  default     = 300
  nullable    = false
}

variable "execution_time_limit" {
  description = "Time limit (seconds) of a run. A run that exceeds it is cleaned up and fails."
  type        = number
  default     = 86400
  nullable    = false
}

variable "permissions_boundary" {
  description = "ARN of the permissions boundary for all roles of this stack."
  type        = string
  default     = ""
  nullable    = false
}

variable "payload_s3_bucket" {
  description = "The bucket from which payloads may be read."
  type        = string
  default     = ""
  nullable    = false
}

variable "payload_s3_key" {
  description = "The keys in that bucket from which payloads may be read."
  type        = string
  default     = "*"
  nullable    = false
}

variable "kms_key_arns" {
  description = "ARNs of the AWS KMS customer managed keys that encrypt the environment variables of functions, or payloads in S3. The key policies must allow their use, too."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "log_group_retention_in_days" {
  description = "How many days logs are kept."
  type        = number
  default     = 7
  nullable    = false
}

variable "security_group_ids" {
  description = "Security groups for the functions of this stack, to run them in a VPC."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets for the functions of this stack, to run them in a VPC."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "state_machine_name_prefix" {
  description = "Prefix of the name of the state machine."
  type        = string
  default     = "powerTuningStateMachine"
  nullable    = false
}

variable "alarm_actions" {
  description = "ARNs that CloudWatch notifies, such as an SNS topic, when the cleanup after an interrupted run failed."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "tracing" {
  description = "Set to Active to trace executions and functions with AWS X-Ray."
  type        = string
  default     = "PassThrough"
  nullable    = false
}

variable "metrics" {
  description = "Whether runs write CloudWatch metrics, such as what they cost and save, as log lines in the Embedded Metric Format."
  type        = bool
  default     = true
  nullable    = false
}
