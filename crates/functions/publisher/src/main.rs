//! Wires the Publisher to the Lambda runtime.

use aws::Aws;
use custody::Deadline;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use tuning::contract::step::Event;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::init(|name| std::env::var(name).ok());
    let api = &Aws::from_environment().await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Event<_>>| async move {
        Box::pin(publisher::handle(api, Deadline::of(&event.context), event.payload.0)).await.map_err(Diagnostic::from)
    }))
    .await
}
