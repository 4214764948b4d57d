variable "worker_memory" {
  description = "Memory of the worker, in MB"
  type        = number
  default     = 512
}

resource "aws_lambda_function" "worker" {
  function_name = "worker"
  memory_size   = var.worker_memory
}
