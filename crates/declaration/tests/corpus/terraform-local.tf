locals {
  name  = "worker"
  sizes = {
    worker = { memory = 512, timeout = 3 }
    other  = { memory = 512, timeout = 3 }
  }
}
resource "aws_lambda_function" "worker" {
  function_name = local.name
  memory_size   = local.sizes.worker.memory
  timeout       = local.sizes.worker.timeout
}
resource "aws_lambda_function" "other" {
  function_name = "other"
  memory_size   = local.sizes["other"].memory
}
