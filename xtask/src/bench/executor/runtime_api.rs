//! The Lambda Runtime API, as far as a function needs it that is given events one at a time.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{
    cell::RefCell,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
};
use tokio::sync::{Mutex, mpsc};

use crate::bench::http::{Answer, Service};

/// How long the function may take for an event: what AWS Lambda allows at most.
const TIME_LIMIT: Duration = Duration::from_mins(15);

/// The Runtime API of one function.
pub struct RuntimeApi {
    events: Mutex<mpsc::UnboundedReceiver<Bytes>>,
    send: mpsc::UnboundedSender<Bytes>,
    results: RefCell<mpsc::UnboundedReceiver<Outcome>>,
    answered: mpsc::UnboundedSender<Outcome>,
}

/// What the function made of an event, as JSON: a result, or an error.
type Outcome = Result<Bytes, Bytes>;

impl RuntimeApi {
    pub fn new() -> Self {
        let ((send, events), (answered, results)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        Self { events: Mutex::new(events), send, results: RefCell::new(results), answered }
    }

    /// Hands an event to the function, and waits for its result.
    #[expect(clippy::await_holding_refcell_ref, reason = "events are handed over one at a time")]
    pub async fn invoke(&self, event: Bytes) -> Result<Bytes> {
        self.send.send(event)?;
        match self.results.borrow_mut().recv().await.context("the Runtime API has ended")? {
            Ok(result) => Ok(result),
            Err(error) => bail!("the function failed: {}", String::from_utf8_lossy(&error)),
        }
    }

    async fn next(&self) -> Result<Answer> {
        let event = self.events.lock().await.recv().await.context("there are no more events")?;
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH)? + TIME_LIMIT;
        let answer = Response::builder()
            .header("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
            .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
            .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:123456789012:function:executor");
        Ok(answer.body(Full::new(event))?)
    }
}

impl Service for RuntimeApi {
    type Connection = ();

    async fn answer(&self, request: Request<Incoming>, (): &()) -> Result<Answer> {
        let path = request.uri().path().to_owned();
        if path.ends_with("/invocation/next") {
            return self.next().await;
        }
        let said = request.into_body().collect().await?.to_bytes();
        self.answered.send(if path.ends_with("/response") { Ok(said) } else { Err(said) })?;
        Ok(Response::builder().status(202).body(Full::default())?)
    }
}
