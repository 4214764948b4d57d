//! The Lambda Runtime API, as far as one invocation takes it.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{
    cell::Cell,
    future::pending,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
};
use tokio::sync::mpsc;

use crate::bench::http::{self, Answer, Service};

/// The beginning of all paths.
const RUNTIME: &str = "/2018-06-01/runtime";
/// The id of the only invocation.
const REQUEST_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
/// The longest time that the invocation may take.
const TIMEOUT: Duration = Duration::from_mins(5);

/// An event of the function, as the Runtime API sees it.
#[derive(Debug)]
pub enum Event {
    /// It asked for work at the first of these moments, and got it at the second.
    Began(Instant, Instant),
    /// It answered the invocation.
    Answered(Instant, Ending),
    /// It asked for more work: nothing of the invocation is left to do.
    AskedAgain,
    /// It said anything else, such as that it cannot start.
    Broken(String),
}

/// The ending of the invocation.
#[derive(Debug)]
pub enum Ending {
    /// With a response.
    Response,
    /// With an error: what the function posted.
    Error(String),
}

/// The Runtime API of one process.
pub struct RuntimeApi {
    /// Where it listens.
    pub address: SocketAddr,
    events: mpsc::UnboundedReceiver<Event>,
}

/// The service that answers the process.
struct Answers {
    event: Bytes,
    events: mpsc::UnboundedSender<Event>,
    is_handed_out: Cell<bool>,
}

impl RuntimeApi {
    /// Begins to listen; whoever asks first gets this event.
    pub async fn listen(event: Bytes) -> Result<Self> {
        let (sender, events) = mpsc::unbounded_channel();
        let answers = Answers { event, events: sender, is_handed_out: Cell::default() };
        Ok(Self { address: http::start(Rc::new(answers)).await?, events })
    }

    /// Waits for what the function does next; an error, if it says that it cannot start.
    pub async fn next(&mut self) -> Result<Event> {
        match self.events.recv().await.context("the Runtime API has ended")? {
            Event::Broken(said) => bail!("the function said {said}"),
            event => Ok(event),
        }
    }
}

impl Service for Answers {
    type Connection = ();

    async fn answer(&self, request: Request<Incoming>, (): &()) -> Result<Answer> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let now = Instant::now();
        let path = head.uri.path();
        let what = path.strip_prefix(RUNTIME).unwrap_or_default();
        let text = || String::from_utf8_lossy(&body).into_owned();
        if head.method == Method::GET && what == "/invocation/next" {
            if self.is_handed_out.replace(true) {
                self.events.send(Event::AskedAgain)?;
                return pending().await;
            }
            let work = work(self.event.clone())?;
            self.events.send(Event::Began(now, Instant::now()))?;
            return Ok(work);
        }
        self.events.send(match what.rsplit('/').next() {
            Some("response") => Event::Answered(now, Ending::Response),
            Some("error") if what.starts_with("/invocation/") => Event::Answered(now, Ending::Error(text())),
            _ => Event::Broken(format!("{} {path}: {}", head.method, text())),
        })?;
        Ok(Response::builder().status(StatusCode::ACCEPTED).body(Full::default())?)
    }
}

fn work(event: Bytes) -> Result<Answer> {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH)? + TIMEOUT;
    let work = Response::builder()
        .header("Lambda-Runtime-Aws-Request-Id", REQUEST_ID)
        .header("Lambda-Runtime-Deadline-Ms", deadline.as_millis().to_string())
        .header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:step")
        .header("Content-Type", "application/json");
    Ok(work.body(Full::new(event))?)
}
