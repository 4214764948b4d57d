locals {
  one = local.two
  two = local.one
}
resource "aws_lambda_function" "worker" {
  function_name = "worker"
  memory_size   = local.one
}
