//! A reverse proxy between the steps and the local AWS, which makes their calls go wrong as they would on AWS, and
//! writes down which calls each step makes.
//!
//! Each step has a listener of its own, so that the proxy knows who calls.

pub mod call;
pub mod fault;
pub mod record;
pub mod schedule;

use std::{
    collections::BTreeSet,
    error::Error as StdError,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response, Uri,
    body::{Bytes, Frame, Incoming},
    header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use serde_json::{Map, Value};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
    time::sleep,
};

use self::{
    call::Call,
    fault::{Fault, Refusal},
    record::{Record, RunId, Seen, Use},
    schedule::Schedule,
};

/// The services that the steps and the functions of fleets and schedule call, as the AWS SDK names them in its
/// environment variables.
const SERVICES: [&str; 9] = [
    "CLOUDFORMATION",
    "CLOUDWATCH",
    "CLOUDWATCH_LOGS",
    "LAMBDA",
    "RESOURCE_GROUPS_TAGGING_API",
    "S3",
    "SCHEMAS",
    "SFN",
    "STS",
];

/// An answer whose body can break off.
type Answer = Response<UnsyncBoxBody<Bytes, Broken>>;
type Broken = Box<dyn StdError + Send + Sync>;

/// The proxy.
pub struct Proxy {
    shared: Arc<Shared>,
    listeners: Vec<(&'static str, SocketAddr)>,
    held: tokio::sync::Mutex<mpsc::UnboundedReceiver<SocketAddr>>,
}

struct Shared {
    aws: String,
    client: Client<HttpConnector, Full<Bytes>>,
    record: Mutex<Record>,
    /// The number of invocations that are under way.
    invocations: AtomicUsize,
    /// Tells who waits for a call to be made, or for the end of a run.
    written: Notify,
    /// Tells who waits for the answer to a call that is held.
    holding: mpsc::UnboundedSender<SocketAddr>,
    released: Notify,
}

impl Proxy {
    /// Starts a proxy with a listener for each step, in front of the AWS at this address.
    pub async fn start(aws: &str, steps: &[&'static str]) -> Self {
        // Each call has a connection of its own: one that had been kept might break by itself.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        let (holding, held) = mpsc::unbounded_channel();
        let aws = aws.trim_end_matches('/').to_owned();
        let (record, written, released) = (Mutex::default(), Notify::new(), Notify::new());
        let invocations = AtomicUsize::new(0);
        let shared = Arc::new(Shared { aws, client, record, invocations, written, holding, released });
        let mut listeners = Vec::new();
        for &step in steps {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
            listeners.push((step, listener.local_addr().expect("its address")));
            tokio::spawn(listen(listener, step, Arc::clone(&shared)));
        }
        Self { shared, listeners, held: tokio::sync::Mutex::new(held) }
    }

    /// The environment variables that lead a step's calls through the proxy. The emulator sets `AWS_ENDPOINT_URL`
    /// itself, in place of a function's own; these go before it.
    #[must_use]
    pub fn variables(&self, step: &str) -> Vec<(String, String)> {
        let address = self.listeners.iter().find(|(name, _)| *name == step).expect("the step has a listener").1;
        SERVICES.map(|service| (format!("AWS_ENDPOINT_URL_{service}"), format!("http://{address}"))).to_vec()
    }

    /// Begins a run: counts the calls that concern some subjects, and makes them go wrong as scheduled.
    pub fn begin(&self, subjects: &[&str], schedule: Schedule) -> RunId {
        self.shared.record().begin(subjects, schedule)
    }

    /// Ends a run, and returns its calls.
    pub fn end(&self, run: RunId) -> Vec<Seen> {
        let seen = self.shared.record().end(run);
        self.shared.written.notify_waiters();
        seen
    }

    /// Waits until one of the calls of a run is such a one, or the run has ended.
    pub async fn seen(&self, run: RunId, is_it: impl Fn(&Seen) -> bool) {
        self.shared.seen(run, is_it).await;
    }

    /// The permissions that were used since the start.
    #[must_use]
    pub fn uses(&self) -> BTreeSet<Use> {
        self.shared.record().uses()
    }

    /// Waits until a call is held, and returns the address from which it was made.
    pub async fn held(&self) -> SocketAddr {
        self.held.lock().await.recv().await.expect("the proxy has both ends")
    }

    /// Lets a call go on that is held.
    pub fn release(&self) {
        self.shared.released.notify_one();
    }
}

/// An invocation, until it is answered.
struct UnderWay<'a> {
    all: &'a AtomicUsize,
    /// The number of others that there were when it came.
    others: usize,
}

impl<'a> UnderWay<'a> {
    fn begin(all: &'a AtomicUsize) -> Self {
        Self { all, others: all.fetch_add(1, Ordering::SeqCst) }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Shared {
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().expect("nothing panics while it holds this")
    }

    async fn seen(&self, run: RunId, is_it: impl Fn(&Seen) -> bool) {
        loop {
            let written = self.written.notified();
            if self.record().calls(run).is_none_or(|calls| calls.iter().any(&is_it)) {
                return;
            }
            written.await;
        }
    }
}

async fn listen(listener: TcpListener, step: &'static str, shared: Arc<Shared>) {
    while let Ok((stream, caller)) = listener.accept().await {
        tokio::spawn(serve(stream, caller, step, Arc::clone(&shared)));
    }
}

async fn serve(stream: TcpStream, caller: SocketAddr, step: &'static str, shared: Arc<Shared>) {
    let answer = service_fn(|request| answer(request, caller, step, &shared));
    // An error is a connection that was to break, or a caller that was killed.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

/// Answers a request; an error breaks the connection.
async fn answer(
    request: Request<Incoming>,
    caller: SocketAddr,
    step: &'static str,
    shared: &Shared,
) -> Result<Answer, Broken> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let call = Call::read(step, &head.method, &head.uri, &head.headers, &body);
    let invocation = (call.action == "lambda:InvokeFunction").then(|| UnderWay::begin(&shared.invocations));
    let others = invocation.as_ref().map_or(0, |invocation| invocation.others);
    let fault = shared.record().write(call, others);
    shared.written.notify_waiters();
    let mut request = Request::from_parts(head, Full::new(body));
    if matches!(fault, Some((_, Fault::OneEntry))) {
        *request.uri_mut() = with_parameter(request.uri(), "MaxItems=1")?;
    }
    let forward = || forward(request, shared);
    let Some((run, fault)) = fault else { return forward().await };
    match fault {
        Fault::Refused(refusal) => Ok(refused(refusal)?),
        Fault::Answered(body) => Ok(Response::new(whole(body))),
        Fault::ErrorAfter => {
            forward().await?;
            Ok(refused(Refusal::Internal)?)
        }
        Fault::DropBefore => Err("dropped before the call took effect".into()),
        Fault::DropAfter => {
            forward().await?;
            Err("dropped after the call took effect".into())
        }
        Fault::OneEntry => forward().await,
        Fault::WithoutNewest => Ok(without_newest(forward().await?).await?),
        Fault::Silence { after } => late(std::future::pending(), forward(), after).await,
        Fault::Slow => in_halves(forward().await?, Some(Duration::from_secs(1))).await,
        Fault::CutOff => in_halves(forward().await?, None).await,
        Fault::Delay { time, after } => late(sleep(time), forward(), after).await,
        Fault::Hold { after } => late(hold(caller, shared), forward(), after).await,
        Fault::Until { step, action, after } => {
            let is_it = move |seen: &Seen| (seen.call.step, seen.call.action.as_str()) == (step, action);
            late(shared.seen(run, is_it), forward(), after).await
        }
    }
}

/// Makes a call before something else has happened, or after that.
async fn late(
    happens: impl Future<Output = ()>,
    call: impl Future<Output = Result<Answer, Broken>>,
    after: bool,
) -> Result<Answer, Broken> {
    if after {
        let answer = call.await;
        happens.await;
        answer
    } else {
        happens.await;
        call.await
    }
}

async fn hold(caller: SocketAddr, shared: &Shared) {
    let _ = shared.holding.send(caller);
    shared.released.notified().await;
}

/// The address with one more parameter, before the others.
fn with_parameter(uri: &Uri, parameter: &str) -> Result<Uri, Broken> {
    let others = uri.query().map(|query| format!("&{query}")).unwrap_or_default();
    Ok(format!("{}?{parameter}{others}", uri.path()).parse()?)
}

/// An answer in two halves with a pause between them; without a pause, the second one never comes.
async fn in_halves(answer: Answer, pause: Option<Duration>) -> Result<Answer, Broken> {
    let (head, body) = answer.into_parts();
    let mut first = body.collect().await?.to_bytes();
    let second = first.split_off(first.len() / 2);
    let rest = async move {
        match pause {
            Some(pause) => {
                sleep(pause).await;
                Ok(Frame::data(second))
            }
            None => Err(Broken::from("the answer was to break off")),
        }
    };
    let frames = stream::iter([Ok(Frame::data(first))]).chain(stream::once(rest));
    Ok(Response::from_parts(head, BodyExt::boxed_unsync(StreamBody::new(frames))))
}

fn whole(bytes: impl Into<Bytes>) -> UnsyncBoxBody<Bytes, Broken> {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// A list as it was before its newest entry, as from a copy that is behind.
async fn without_newest(answer: Answer) -> Result<Answer, Broken> {
    let (head, body) = answer.into_parts();
    let mut lists: Map<String, Value> = serde_json::from_slice(&body.collect().await?.to_bytes())?;
    for list in lists.values_mut().filter_map(Value::as_array_mut) {
        list.pop();
    }
    Ok(Response::from_parts(head, whole(serde_json::to_vec(&lists)?)))
}

/// Makes the call, and returns what AWS says. The name of the host stays: it is part of what the caller signed.
async fn forward(mut request: Request<Full<Bytes>>, shared: &Shared) -> Result<Answer, Broken> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = format!("{}{path}", shared.aws).parse::<Uri>()?;
    for header in [CONNECTION, TRANSFER_ENCODING, CONTENT_LENGTH] {
        request.headers_mut().remove(header);
    }
    let (mut head, body) = shared.client.request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    for header in [CONNECTION, TRANSFER_ENCODING, CONTENT_LENGTH] {
        head.headers.remove(header);
    }
    Ok(Response::from_parts(head, whole(body)))
}

fn refused(refusal: Refusal) -> Result<Answer, hyper::http::Error> {
    let (status, error_type) = refusal.answer();
    let body = serde_json::json!({"Type": "Service", "__type": error_type, "Message": "injected by the tests"});
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("x-amzn-errortype", error_type)
        .body(whole(body.to_string()))
}

#[cfg(test)]
mod tests;
