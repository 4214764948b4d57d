//! Wires the Initializer to the Lambda runtime.

use aws::Aws;
use custody::Deadline;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use tuning::{contract::deployment::Deployment, price::Prices};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::init(|name| std::env::var(name).ok());
    let deployment = &Deployment::from_variables(|name| std::env::var(name).ok())?;
    let prices = &Prices::bundled()?;
    let api = &Aws::from_environment().await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async move {
        Box::pin(initializer::handle(api, deployment, prices, Deadline::of(&event.context), event.payload))
            .await
            .map_err(Diagnostic::from)
    }))
    .await
}
