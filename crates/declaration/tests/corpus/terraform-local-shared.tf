locals { sizes = { worker = 512, other = 1024 } }
resource "aws_lambda_function" "worker" {
  function_name = "worker"
  memory_size   = local.sizes["worker"]
}
resource "aws_lambda_function" "others" {
  for_each      = local.sizes
  function_name = each.key
  memory_size   = each.value
}
