# Deploys power-tuner from the unpacked power-tuner-functions-….zip in ./package, for functions whose names begin with
# "checkout-".

variable "bucket" {
  description = "A bucket for the code, in the region of the provider."
  type        = string
}

module "power_tuner" {
  source = "../"

  package         = "${path.module}/package"
  bucket          = var.bucket
  power_values    = [256, 512, 1024, 2048]
  lambda_resource = "arn:aws:lambda:*:*:function:checkout-*"
}

output "state_machine_arn" {
  description = "The state machine to start to tune a function."
  value       = module.power_tuner.state_machine_arn
}
