resource "aws_lambda_function" "worker" {
  count         = var.enabled ? 1 : 0
  function_name = "worker"
  memory_size   = 512
}
resource "aws_lambda_function" "workers" {
  count         = 3
  function_name = "worker-${count.index}"
  memory_size   = 512
}
