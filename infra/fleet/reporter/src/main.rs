//! Wires the Reporter to the Lambda runtime.

use aws::Aws;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use tuning::price::Prices;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::init(|name| std::env::var(name).ok());
    let (bucket, region) = (&std::env::var("BUCKET")?, &std::env::var("AWS_REGION")?);
    let prices = &Prices::bundled()?;
    let api = &Aws::from_environment().await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async move {
        let reported = reporter::handle(api, bucket, region, prices, event.payload);
        Box::pin(reported).await.map_err(Diagnostic::from)
    }))
    .await
}
