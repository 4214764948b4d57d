locals {
  policy = <<-EOT
    memory_size = 512
    ${jsonencode({ a = "ü" })}
  EOT
}
resource aws_lambda_function worker {
  function_name = "worker"
  /* in MB */ memory_size = /* was 256 */ "512"
}
