//! The Invoke API of AWS Lambda, and the little of S3 that a payload needs, with a function behind it that does nothing.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use anyhow::Result;
use base64::{Engine, engine::general_purpose::STANDARD};
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
};
use tokio::time::sleep;

use crate::bench::http::{Answer, Service};

/// What the object in S3 is called by S3, which the event of the Executor repeats.
pub const ETAG: &str = "\"etag\"";

/// What is answered.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// How long the function and both processors take.
    pub service: Duration,
    /// What the function returns.
    pub function: Bytes,
    /// Whether that is an error.
    pub is_error: bool,
    /// What the processors return.
    pub processors: Bytes,
    /// The object in S3.
    pub object: Bytes,
}

/// The API.
pub struct InvokeApi {
    answers: Answers,
    /// From an answer on a connection to the next request on it.
    gaps: RefCell<Vec<Duration>>,
    requests: Cell<u64>,
}

impl InvokeApi {
    pub fn new(answers: Answers) -> Self {
        Self { answers, gaps: RefCell::default(), requests: Cell::default() }
    }

    /// How long the client took from each answer to the next request on the same connection, since this was asked last.
    pub fn take_gaps(&self) -> Vec<Duration> {
        self.gaps.take()
    }

    async fn invoke(&self, request: Request<Incoming>) -> Result<Answer> {
        let number = self.requests.get() + 1;
        self.requests.set(number);
        // Processors are invoked without asking for their log.
        let is_function = request.headers().contains_key("x-amz-log-type");
        let begin = Instant::now();
        drain(request.into_body()).await?;
        sleep(self.answers.service.saturating_sub(begin.elapsed())).await;
        let id = format!("00000000-0000-0000-0000-{number:012}");
        let answer = Response::builder().header("x-amzn-requestid", &id).header("x-amz-executed-version", "1");
        if !is_function {
            return Ok(answer.body(Full::new(self.answers.processors.clone()))?);
        }
        let ms = self.answers.service.as_millis();
        let log = format!(
            "START RequestId: {id} Version: 1\nEND RequestId: {id}\nREPORT RequestId: {id}\tDuration: {ms}.00 ms\t\
             Billed Duration: {ms} ms\tMemory Size: 1024 MB\tMax Memory Used: 64 MB\t\n"
        );
        let answer = answer.header("x-amz-log-result", STANDARD.encode(log));
        let answer = if self.answers.is_error { answer.header("x-amz-function-error", "Unhandled") } else { answer };
        Ok(answer.body(Full::new(self.answers.function.clone()))?)
    }

    fn object(&self) -> Result<Answer> {
        Ok(Response::builder().header("etag", ETAG).body(Full::new(self.answers.object.clone()))?)
    }
}

impl Service for InvokeApi {
    /// When the last answer went out.
    type Connection = Cell<Option<Instant>>;

    async fn answer(&self, request: Request<Incoming>, answered: &Self::Connection) -> Result<Answer> {
        self.gaps.borrow_mut().extend(answered.get().map(|answered| answered.elapsed()));
        let answer = if request.method() == Method::GET { self.object() } else { self.invoke(request).await };
        answered.set(Some(Instant::now()));
        answer
    }
}

/// Reads a body to its end without keeping it.
async fn drain(mut body: Incoming) -> Result<()> {
    while let Some(frame) = body.frame().await {
        frame?;
    }
    Ok(())
}
