resource "aws_lambda_function" "worker" {
  memory_size = 
}
