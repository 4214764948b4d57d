//! The way to AWS: by HTTP/1.1, with a connection for each call that is under way.
//!
//! The connectors of the SDK offer HTTP/2, too, and AWS takes it: all invocations would share one connection. Those
//! beyond its 128 streams would wait for others to end, and whatever happens to the connection would happen to all.

use std::{sync::Arc, time::Duration};

use aws_sdk_lambda::primitives::SdkBody;
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use futures_util::future::{Either, select};
use hyper_util::{
    client::legacy::{Client, Error, connect::capture_connection},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use tokio::time::{Instant, timeout_at};
use tuning::units::milliseconds::Milliseconds;

use super::connecting::{InTurn, Routed, connector};

/// The time for which a connection is kept that nobody uses. AWS closes them some time, and what is sent just then is
/// neither done nor not done, as far as anybody knows.
const IDLE: Duration = Duration::from_secs(20);

/// One for all services, roles and regions: they share its connections.
#[derive(Debug, Clone)]
pub(super) struct Https(Client<InTurn<hyper_rustls::HttpsConnector<Routed>>, SdkBody>);

/// No connection could be made, or it was closed before the request was written: nothing was done.
#[derive(Debug, thiserror::Error)]
#[error("there was no connection to send the request on")]
pub(super) struct Unsent(#[source] Error);

/// No answer came as long as one could come.
#[derive(Debug, thiserror::Error)]
#[error("there was no answer for {} s", .0.as_secs())]
struct Silent(Duration);

/// The time from the moment when there was a connection until the answer began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Took(pub(super) Milliseconds);

impl Https {
    /// Believes servers with a certificate of one of these roots.
    pub(super) fn trusting(roots: RootCertStore) -> Result<Self, rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let mut tls = tls.with_root_certificates(roots).with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(connector(tls));
        Ok(Self(client))
    }
}

/// The root certificates of the system. The Lambdas may sit behind a proxy that has its own.
pub(super) fn system_roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for error in found.errors {
        tracing::warn!(%error, "a root certificate cannot be read");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    roots
}

impl HttpClient for Https {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Patient { https: self.clone(), read_timeout: settings.read_timeout() })
    }
}

/// Waits for an answer so long, and not longer.
#[derive(Debug)]
struct Patient {
    https: Https,
    read_timeout: Option<Duration>,
}

impl HttpConnector for Patient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(answer(self.https.clone(), request, self.read_timeout))
    }
}

async fn answer(
    Https(client): Https,
    request: HttpRequest,
    read_timeout: Option<Duration>,
) -> Result<HttpResponse, ConnectorError> {
    let mut request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let mut connection = capture_connection(&mut request);
    let connected = Box::pin(async move { drop(connection.wait_for_connection_metadata().await) });
    let (answer, sent) = match select(client.request(request), connected).await {
        Either::Left((answer, _)) => (Either::Left(std::future::ready(answer)), Instant::now()),
        Either::Right(((), answer)) => (Either::Right(answer), Instant::now()),
    };
    let answer = match read_timeout {
        Some(limit) => {
            timeout_at(sent + limit, answer).await.map_err(|_| ConnectorError::timeout(Silent(limit).into()))?
        }
        None => answer.await,
    };
    let answer = answer.map_err(broken)?;
    let took = Took(Milliseconds(sent.elapsed().as_secs_f64() * 1e3));
    let mut response = HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
        .map_err(|error| ConnectorError::other(error.into(), None))?;
    response.add_extension(took);
    Ok(response)
}

/// All of these the SDK makes again where it may.
fn broken(error: Error) -> ConnectorError {
    let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<hyper::Error>());
    if error.is_connect() || source.is_some_and(hyper::Error::is_canceled) {
        ConnectorError::io(Unsent(error).into())
    } else {
        ConnectorError::io(error.into())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_build_leaves_out_the_jitter_that_the_first_tls_call_would_wait_for() {
        // Cargo sets it for the build script of the TLS library and for the compiler alike: .cargo/config.toml says
        // why.
        assert_eq!(option_env!("AWS_LC_SYS_NO_JITTER_ENTROPY"), Some("1"));
    }
}
