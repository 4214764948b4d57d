resource "aws_lambda_function" "workers" {
  for_each      = toset(["worker", "other"])
  function_name = each.key
  memory_size   = 512
}
