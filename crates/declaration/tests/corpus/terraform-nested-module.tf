module "jobs" {
  source = "./modules/jobs"
}
resource "aws_sqs_queue" "queue" {}
