//! An HTTP server on a port of its own.

use std::{convert::Infallible, future::Future, net::SocketAddr};

use anyhow::Result;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// What is asked.
pub struct Asked {
    /// GET or POST, mostly.
    pub method: Method,
    /// Without the query.
    pub path: String,
    /// All of it.
    pub body: Bytes,
}

/// What is answered.
pub type Answer = Response<Full<Bytes>>;

/// Begins to listen, and returns the address. Ends with the runtime.
pub async fn listen<H, F>(answer: H) -> Result<SocketAddr>
where
    H: Fn(Asked) -> F + Clone + 'static,
    F: Future<Output = Answer> + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::task::spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::task::spawn_local(serve(stream, answer.clone()));
        }
    });
    Ok(address)
}

async fn serve<H, F>(stream: TcpStream, answer: H)
where
    H: Fn(Asked) -> F,
    F: Future<Output = Answer>,
{
    let service = service_fn(async |request: Request<Incoming>| {
        let (head, body) = request.into_parts();
        // A process that was ended in the middle of a request gets no answer anyway.
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let asked = Asked { method: head.method, path: head.uri.path().to_owned(), body };
        Ok::<_, Infallible>(answer(asked).await)
    });
    let _ = stream.set_nodelay(true);
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
