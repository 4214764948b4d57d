# Höhere Werte: siehe Wiki
resource "aws_lambda_function" "worker" {
  function_name = "worker"
  filename      = data.archive_file.code.output_path
  handler       = "app.handler"
  runtime       = "python3.13"
  memory_size   = 512 # MB, größer hilft nicht
  timeout       = 30

  environment {
    variables = {
      MEMORY = "512"
    }
  }

  dynamic "vpc_config" {
    for_each = var.subnets == null ? [] : [1]
    content {
      subnet_ids = var.subnets
    }
  }
}

resource "aws_lambda_function" "other" {
  function_name = "${var.prefix}-other"
  memory_size   = 512
}
