resource "aws_lambda_function" "worker" {
  function_name = "worker"
}
