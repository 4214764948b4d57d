//! Wires the Cleaner to the Lambda runtime.

use lambda_control::{Aws, Deadline};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use tuning::step::Event;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init(|name| std::env::var(name).ok());
    let api = &Aws::from_environment().await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Event<_>>| async move {
        Box::pin(cleaner::handle(api, Deadline::of(&event.context), event.payload.0)).await.map_err(Diagnostic::from)
    }))
    .await
}
