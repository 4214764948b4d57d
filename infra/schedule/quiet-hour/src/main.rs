//! Wires the search for the quiet hour to the Lambda runtime.

use std::time::SystemTime;

use aws::Aws;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::init(|name| std::env::var(name).ok());
    let bucket = &std::env::var("BUCKET")?;
    let api = &Aws::from_environment().await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async move {
        Box::pin(quiet_hour::handle(api, bucket, SystemTime::now(), event.payload)).await.map_err(Diagnostic::from)
    }))
    .await
}
