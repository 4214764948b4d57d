//! Wires the Cleaner to the Lambda runtime.

use aws::Aws;
use custody::Deadline;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use runtime::Metrics;
use tuning::contract::{
    metrics::Document,
    step::{Event, cleaner::Output},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::init(|name| std::env::var(name).ok());
    let metrics = Metrics::of_environment(|name| std::env::var(name).ok());
    let api = &Aws::from_environment().await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Event<_>>| async move {
        let output = Box::pin(cleaner::handle(api, Deadline::of(&event.context), event.payload.0)).await?;
        if let Output::Failed(run) = &output {
            metrics.write(|now| Some(Document::of_failure(run, now)));
        }
        Ok::<_, Diagnostic>(output)
    }))
    .await
}
