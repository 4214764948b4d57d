//! Wires the Executor to the Lambda runtime.

use aws::Aws;
use custody::Deadline;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use tuning::contract::step::Event;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::init(|name| std::env::var(name).ok());
    let api = &Aws::from_environment().await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Event<_>>| async move {
        let (deadline, mut random) = (Deadline::of(&event.context), fastrand::Rng::new());
        Box::pin(executor::handle(api, deadline, &mut random, event.payload.0)).await.map_err(Diagnostic::from)
    }))
    .await
}
