//! Wires the Analyzer to the Lambda runtime.

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use tuning::{price::Prices, step::Event};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init(|name| std::env::var(name).ok());
    let prices = &Prices::bundled()?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Event<_>>| async move {
        analyzer::handle(prices, event.payload.0).map_err(Diagnostic::from)
    }))
    .await
}
