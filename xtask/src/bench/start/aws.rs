//! An AWS that knows no function.

use std::{cell::Cell, net::SocketAddr, rc::Rc};

use anyhow::Result;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, StatusCode, body::Incoming};

use crate::bench::http::{self, Answer, Service};

/// AWS Lambda, without TLS.
pub struct Aws {
    /// Where it listens.
    pub address: SocketAddr,
    calls: Rc<Calls>,
}

/// The number of calls that were made.
#[derive(Default)]
struct Calls(Cell<u32>);

impl Aws {
    /// Begins to listen.
    pub async fn listen() -> Result<Self> {
        let calls = Rc::default();
        Ok(Self { address: http::start(Rc::clone(&calls)).await?, calls })
    }

    /// The number of calls that were made so far.
    pub fn calls(&self) -> u32 {
        self.calls.0.get()
    }
}

impl Service for Calls {
    type Connection = ();

    async fn answer(&self, request: Request<Incoming>, (): &()) -> Result<Answer> {
        let path = request.uri().path().to_owned();
        request.into_body().collect().await?;
        self.0.update(|calls| calls + 1);
        not_found(&path)
    }
}

/// As Lambda says it.
fn not_found(path: &str) -> Result<Answer> {
    let message = serde_json::json!({"Type": "User", "Message": format!("Function not found: {path}")});
    let answer = Response::builder()
        .status(StatusCode::NOT_FOUND)
        .header("Content-Type", "application/json")
        .header("x-amzn-ErrorType", "ResourceNotFoundException");
    Ok(answer.body(Full::new(message.to_string().into()))?)
}
