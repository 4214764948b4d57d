variable "memory" {
  default = "512"
}
resource "aws_lambda_function" "worker" {
  function_name = "worker"
  memory_size   = var.memory
}
resource "aws_lambda_function" "other" {
  function_name = "other"
  memory_size   = max(var.memory, 1024)
}
output "size" { value = "${var.memory} MB" }
