# power-tuner from an unpacked power-tuner-functions-….zip: its files in a bucket, and the stack of its template,
# which is the same, however power-tuner is deployed.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "package" {
  description = "The folder of the unpacked package."
  type        = string
  nullable    = false
}

variable "bucket" {
  description = "The bucket for the package's files, in the region of the provider."
  type        = string
  nullable    = false
}

variable "stack_name" {
  description = "The name of the stack."
  type        = string
  default     = "power-tuner"
  nullable    = false
}

variable "tags" {
  description = "Tags of the stack and of the objects in the bucket."
  type        = map(string)
  default     = {}
  nullable    = false
}

locals {
  manifest = jsondecode(file("${var.package}/package.json"))
}

# The prefix is another one for other contents: what a stack that is rolled back needs is still there.
resource "aws_s3_object" "code" {
  for_each = { for object in local.manifest.objects : object.key => object.path }

  bucket      = var.bucket
  key         = "${local.manifest.prefix}/${each.key}"
  source      = "${var.package}/${each.value}"
  source_hash = filesha256("${var.package}/${each.value}")
  tags        = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudformation_stack" "power_tuner" {
  name          = var.stack_name
  capabilities  = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
  template_body = file("${var.package}/template.yaml")
  tags          = var.tags

  parameters = merge(local.parameters, {
    codeBucket = var.bucket
    codePrefix = local.manifest.prefix
  })

  depends_on = [aws_s3_object.code]
}
