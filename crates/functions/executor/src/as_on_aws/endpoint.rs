//! A Lambda endpoint behind TLS. As AWS does, it offers HTTP/2 before HTTP/1.1, with 128 streams and a small window.

use std::{
    collections::HashSet,
    convert::Infallible,
    io,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, Version, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rustls::{RootCertStore, ServerConfig, crypto::aws_lc_rs, pki_types::PrivatePkcs8KeyDer, server::Acceptor};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Barrier, Notify},
    time::sleep,
};
use tokio_rustls::LazyConfigAcceptor;

/// The fate of a connection, by the order of coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// It is made after so many milliseconds.
    Made(u64),
    /// It is closed before anything is said.
    Refused,
    /// Nothing is ever said.
    Silent,
}

/// The fate of an invocation, by the order of coming.
#[derive(Debug, Clone)]
pub enum Fate {
    /// It is answered after so many milliseconds.
    Answered(u64),
    /// It is answered when as many are under way as the barrier is for.
    Together(Arc<Barrier>),
    /// It is answered at last with so many bytes.
    Large(usize),
    /// Its connection is closed, whatever else is under way on it.
    Closed,
    /// It is answered, and its connection takes no further request: GOAWAY in HTTP/2, `connection: close` in HTTP/1.1.
    Last,
    /// Nothing comes back any more.
    Silent,
}

/// The traffic that the endpoint has seen.
#[derive(Debug, Default)]
pub struct Seen {
    pub versions: HashSet<Version>,
    /// Handshakes at the same time that the client has begun and cannot have ended: now, and at most.
    pub handshakes: (usize, usize),
    /// Invocations, without those of processors.
    pub invocations: usize,
    /// The connections on which something is under way, and how many there were at most.
    pub busy: (Vec<usize>, usize),
    /// The number of connections that ended on which something was under way.
    pub given_up: usize,
}

pub struct Endpoint {
    pub url: String,
    pub port: u16,
    pub roots: RootCertStore,
    rules: Arc<Rules>,
}

struct Rules {
    connection: Box<dyn Fn(usize) -> Connection + Send + Sync>,
    fate: Box<dyn Fn(usize) -> Fate + Send + Sync>,
    seen: Mutex<Seen>,
}

impl Endpoint {
    pub async fn start(
        connection: impl Fn(usize) -> Connection + Send + Sync + 'static,
        fate: impl Fn(usize) -> Fate + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(own.cert.der().clone()).unwrap();
        let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
        let mut tls = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key.into())
            .unwrap();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let rules = Arc::new(Rules { connection: Box::new(connection), fate: Box::new(fate), seen: Mutex::default() });
        tokio::spawn(accept(listener, Arc::new(tls), Arc::clone(&rules)));
        Self { url: format!("https://localhost:{port}"), port, roots, rules }
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.rules.seen()
    }
}

async fn accept(listener: TcpListener, tls: Arc<ServerConfig>, rules: Arc<Rules>) {
    for number in 0.. {
        let (tcp, _) = listener.accept().await.unwrap();
        let (tls, rules) = (Arc::clone(&tls), Arc::clone(&rules));
        tokio::spawn(async move { rules.serve(number, tcp, tls).await });
    }
}

impl Rules {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self: Arc<Self>, number: usize, tcp: TcpStream, tls: Arc<ServerConfig>) -> io::Result<()> {
        let delay = match (self.connection)(number) {
            Connection::Made(ms) => Duration::from_millis(ms),
            Connection::Refused => return Ok(()),
            Connection::Silent => return std::future::pending().await,
        };
        {
            let handshakes = &mut self.seen().handshakes;
            *handshakes = (handshakes.0 + 1, handshakes.1.max(handshakes.0 + 1));
        }
        sleep(delay).await;
        let begun = LazyConfigAcceptor::new(Acceptor::default(), tcp).await;
        // The client cannot take it for made before the answer to this: so the client has at least as many under way.
        self.seen().handshakes.0 -= 1;
        let stream = match begun {
            Ok(begun) => begun.into_stream(tls).await,
            Err(error) => Err(error),
        };
        let (closed, last) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let mut http = auto::Builder::new(TokioExecutor::new());
        http.http2().max_concurrent_streams(128).initial_connection_window_size(65_535);
        let ends = (Arc::clone(&self), Arc::clone(&closed), Arc::clone(&last));
        let service = service_fn(move |request| {
            let (rules, close, last) = ends.clone();
            async move { Ok::<_, Infallible>(rules.answer(number, request, &close, &last).await) }
        });
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream?), service));
        tokio::select! {
            _ = connection.as_mut() => {}
            () = closed.notified() => {}
            () = last.notified() => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
        let mut seen = self.seen();
        seen.given_up += seen.busy.0.iter().filter(|busy| **busy == number).count();
        seen.busy.0.retain(|busy| *busy != number);
        Ok(())
    }

    async fn answer(
        &self,
        connection: usize,
        request: Request<Incoming>,
        close: &Notify,
        last: &Notify,
    ) -> Response<Full<Bytes>> {
        let (version, path) = (request.version(), request.uri().path().to_owned());
        let _ = request.into_body().collect().await;
        if path.contains("processor") {
            return Response::new(Full::default());
        }
        let number = {
            let mut seen = self.seen();
            seen.versions.insert(version);
            seen.busy.0.push(connection);
            let busy = seen.busy.0.iter().collect::<HashSet<_>>().len();
            seen.busy.1 = seen.busy.1.max(busy);
            seen.invocations += 1;
            seen.invocations - 1
        };
        let (mut bytes, mut keeps) = (2, "keep-alive");
        match (self.fate)(number) {
            Fate::Answered(ms) => sleep(Duration::from_millis(ms)).await,
            Fate::Together(barrier) => {
                barrier.wait().await;
            }
            Fate::Large(size) => bytes = size,
            Fate::Closed => {
                close.notify_one();
                std::future::pending::<()>().await;
            }
            Fate::Last if version == Version::HTTP_2 => last.notify_one(),
            Fate::Last => keeps = "close",
            Fate::Silent => std::future::pending().await,
        }
        {
            let mut seen = self.seen();
            let position = seen.busy.0.iter().position(|busy| *busy == connection).unwrap();
            seen.busy.0.swap_remove(position);
        }
        let id = format!("request-{number}");
        let report = format!(
            "REPORT RequestId: {id}\tDuration: 10.00 ms\tBilled Duration: 10 ms\tMemory Size: 1024 MB\t\
             Max Memory Used: 64 MB\t\n"
        );
        Response::builder()
            .header("x-amzn-requestid", id)
            .header("x-amz-log-result", STANDARD.encode(report))
            .header("connection", keeps)
            .body(Bytes::from(vec![b'1'; bytes]).into())
            .unwrap()
    }
}
