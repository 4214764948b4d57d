resource "aws_lambda_function" "worker" {
  function_name = "worker"
  memory_size   = var.memory
}
