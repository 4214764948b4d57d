//! An AWS that knows no function.

use std::{cell::Cell, net::SocketAddr, rc::Rc};

use anyhow::Result;
use http_body_util::Full;
use hyper::{Response, StatusCode, body::Bytes};

use super::server::{self, Answer, Asked};

/// AWS Lambda, without TLS.
pub struct Aws {
    /// Where it listens.
    pub address: SocketAddr,
    calls: Rc<Cell<u32>>,
}

impl Aws {
    /// Begins to listen.
    pub async fn listen() -> Result<Self> {
        let calls = Rc::new(Cell::new(0));
        let counted = Rc::clone(&calls);
        let answer = move |asked: Asked| {
            counted.update(|calls| calls + 1);
            async move { not_found(&asked) }
        };
        Ok(Self { address: server::listen(answer).await?, calls })
    }

    /// How many calls were made so far.
    pub fn calls(&self) -> u32 {
        self.calls.get()
    }
}

/// As Lambda says it.
fn not_found(asked: &Asked) -> Answer {
    let message = serde_json::json!({"Type": "User", "Message": format!("Function not found: {}", asked.path)});
    let answer = Response::builder()
        .status(StatusCode::NOT_FOUND)
        .header("Content-Type", "application/json")
        .header("x-amzn-ErrorType", "ResourceNotFoundException")
        .body(Full::new(Bytes::from(message.to_string())));
    answer.unwrap_or_default()
}
