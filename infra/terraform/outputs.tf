# Made by `cargo xtask contract` from template.yaml.

output "uncleaned_runs_queue_url" {
  description = "Each message is an interrupted run whose cleanup failed; docs/safety.md says what to do."
  value       = aws_cloudformation_stack.power_tuner.outputs["UncleanedRunsQueueURL"]
}

output "state_machine_arn" {
  description = "The state machine to start to tune a function."
  value       = aws_cloudformation_stack.power_tuner.outputs["StateMachineARN"]
}
