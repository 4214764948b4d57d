//! Wires the Analyzer to the Lambda runtime.

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use runtime::Metrics;
use tuning::{
    contract::{metrics::Document, step::Event},
    price::Prices,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::init(|name| std::env::var(name).ok());
    let metrics = Metrics::of_environment(|name| std::env::var(name).ok());
    let prices = &Prices::bundled()?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Event<_>>| async move {
        let state = analyzer::handle(prices, event.payload.0)?;
        metrics.write(|now| Document::of_result(&state, now));
        Ok::<_, Diagnostic>(state)
    }))
    .await
}
