//! The making of connections: one after another, through a proxy where the environment names one, and so that they
//! stay.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::{
    client::{
        legacy::connect::{HttpConnector, proxy::Tunnel},
        proxy::matcher::Matcher,
    },
    rt::TokioIo,
};
use rustls::ClientConfig;
use tokio::{net::TcpStream, sync::Semaphore, time::timeout};
use tower_service::Service;

/// The longest time that making a connection may take once it is its turn, as in the SDK's own client.
const LONGEST: Duration = Duration::from_millis(3100);
/// The number of connections that are made at the same time. Each takes some milliseconds of a CPU, of which a function
/// has a third: those of 500 lanes at once would take too long, all of them.
const AT_A_TIME: usize = 32;

/// NAT gateways and interface endpoints forget a connection over which nothing has come for 350 seconds, as during a
/// long invocation.
const KEEP_ALIVE_AFTER: Duration = Duration::from_secs(45);
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(15);
/// Then the other side is gone.
const KEEP_ALIVE_PROBES: u32 = 5;
/// The longest time that what was sent may stay unconfirmed: as long as those probes. The system would wait a quarter
/// of an hour.
const UNCONFIRMED: Duration = Duration::from_mins(2);

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Making<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

pub(super) fn connector(tls: ClientConfig) -> InTurn<HttpsConnector<Routed>> {
    let tls = Arc::new(tls);
    let routed =
        Routed { direct: tcp(), to_proxy: (tcp(), Arc::clone(&tls)).into(), proxies: Arc::new(Matcher::from_env()) };
    InTurn { connector: (routed, tls).into(), turns: Arc::new(Semaphore::new(AT_A_TIME)) }
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEP_ALIVE_AFTER));
    tcp.set_keepalive_interval(Some(KEEP_ALIVE_EVERY));
    tcp.set_keepalive_retries(Some(KEEP_ALIVE_PROBES));
    #[cfg(target_os = "linux")]
    tcp.set_tcp_user_timeout(Some(UNCONFIRMED));
    tcp
}

/// Makes a few connections at a time.
#[derive(Debug, Clone)]
pub(super) struct InTurn<C> {
    connector: C,
    turns: Arc<Semaphore>,
}

impl<C> Service<Uri> for InTurn<C>
where
    C: Service<Uri, Error = BoxError, Future: Send + 'static>,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Making<C::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (making, turns) = (self.connector.call(to), Arc::clone(&self.turns));
        Box::pin(async move {
            let _turn = turns.acquire().await?;
            timeout(LONGEST, making).await?
        })
    }
}

/// Makes connections through a proxy where the environment names one for them, and directly otherwise. Only what is
/// encrypted goes through a proxy: nothing else leaves for AWS.
#[derive(Debug, Clone)]
pub(super) struct Routed {
    direct: HttpConnector,
    /// To the proxy itself, which may want encryption, too.
    to_proxy: HttpsConnector<HttpConnector>,
    proxies: Arc<Matcher>,
}

impl Service<Uri> for Routed {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Making<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.direct.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let is_encrypted = to.scheme_str() == Some("https");
        match self.proxies.intercept(&to).filter(|_| is_encrypted) {
            None => {
                let connecting = self.direct.call(to);
                Box::pin(async move { Ok(MaybeHttpsStream::Http(connecting.await?)) })
            }
            Some(proxy) => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), self.to_proxy.clone());
                if let Some(authorization) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(authorization.clone());
                }
                let connecting = tunnel.call(to);
                Box::pin(async move { Ok(connecting.await?) })
            }
        }
    }
}
