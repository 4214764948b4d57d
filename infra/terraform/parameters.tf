# Made by `cargo xtask contract` from template.yaml.

locals {
  parameters = {
    PowerValues             = join(",", var.power_values)
    visualizationURL        = var.visualization_url
    autoOptimize            = tostring(var.auto_optimize)
    lambdaResource          = var.lambda_resource
    processorResource       = var.processor_resource
    functionLogGroups       = var.function_log_groups
    assumableRoles          = join(",", var.assumable_roles)
    totalExecutionTimeout   = tostring(var.total_execution_timeout)
    executionTimeLimit      = tostring(var.execution_time_limit)
    permissionsBoundary     = var.permissions_boundary
    payloadS3Bucket         = var.payload_s3_bucket
    payloadS3Key            = var.payload_s3_key
    kmsKeyArns              = join(",", var.kms_key_arns)
    logGroupRetentionInDays = tostring(var.log_group_retention_in_days)
    securityGroupIds        = join(",", var.security_group_ids)
    subnetIds               = join(",", var.subnet_ids)
    stateMachineNamePrefix  = var.state_machine_name_prefix
    alarmActions            = join(",", var.alarm_actions)
    tracing                 = var.tracing
    metrics                 = tostring(var.metrics)
  }
}
