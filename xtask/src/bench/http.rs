//! HTTP servers on this machine, on one thread: what plays the Lambda Runtime API and AWS.

use std::{future::Future, net::SocketAddr, rc::Rc};

use anyhow::Result;
use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::spawn_local};

/// An answer.
pub type Answer = Response<Full<Bytes>>;

/// Something that answers requests, and keeps something of its own for each connection.
pub trait Service: 'static {
    /// The state that is kept for a connection.
    type Connection: Default + 'static;

    /// Answers a request. An error breaks the connection.
    fn answer(&self, request: Request<Incoming>, connection: &Self::Connection)
    -> impl Future<Output = Result<Answer>>;
}

/// Starts a server, which ends with the runtime.
pub async fn start(service: Rc<impl Service>) -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Answers are to go out at once, as those of Lambda do.
            let _ = stream.set_nodelay(true);
            spawn_local(serve(TokioIo::new(stream), Rc::clone(&service)));
        }
    });
    Ok(address)
}

async fn serve<S: Service>(stream: TokioIo<tokio::net::TcpStream>, service: Rc<S>) {
    let connection = S::Connection::default();
    let answer = service_fn(|request| service.answer(request, &connection));
    // An error is a client that has ended.
    let _ = http1::Builder::new().serve_connection(stream, answer).await;
}
