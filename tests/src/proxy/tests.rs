use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use hyper::{Method, StatusCode};

use super::{schedule::Moment, *};

const PATH: &str = "/2015-03-31/functions/mine";

/// An AWS that answers every request with 200, and counts them.
async fn aws() -> (String, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let counted = Arc::clone(&counted);
            let answer = service_fn(move |_: Request<Incoming>| {
                counted.fetch_add(1, Ordering::Relaxed);
                async { Ok::<_, Broken>(Response::new(Full::new(Bytes::from("{}")))) }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
    (address, count)
}

/// The answer that a step gets for one call; nothing, if the connection breaks.
async fn call(proxy: &Proxy) -> Option<Answered> {
    let address = proxy.listeners[0].1;
    let request = Request::builder().method(Method::GET).uri(format!("http://{address}{PATH}"));
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let answer = client.request(request.body(Full::default()).unwrap()).await.ok()?;
    let error_type = answer.headers().get("x-amzn-errortype").map(|value| value.to_str().unwrap().to_owned());
    Some((answer.status(), error_type))
}

type Answered = (StatusCode, Option<String>);

#[tokio::test]
async fn a_fault_is_what_the_caller_sees_and_has_an_effect_only_if_it_is_meant_to() {
    let (address, effects) = aws().await;
    let proxy = Proxy::start(&address, &["Cleaner"]).await;
    let refused = |refusal: Refusal| Some((refusal.answer().0, Some(refusal.answer().1.to_owned())));
    let moment = || Moment::once("Cleaner", "lambda:GetFunction", 0);
    for (fault, seen) in [
        (Fault::Refused(Refusal::Throttled), refused(Refusal::Throttled)),
        (Fault::Refused(Refusal::Conflict), refused(Refusal::Conflict)),
        (Fault::ErrorAfter, refused(Refusal::Internal)),
        (Fault::DropBefore, None),
        (Fault::DropAfter, None),
        (Fault::Refused(Refusal::Missing), refused(Refusal::Missing)),
        (Fault::Delay { time: Duration::from_millis(1), after: false }, Some((StatusCode::OK, None))),
        (Fault::Delay { time: Duration::from_millis(1), after: true }, Some((StatusCode::OK, None))),
        (Fault::WithoutNewest, Some((StatusCode::OK, None))),
    ] {
        let before = effects.load(Ordering::Relaxed);
        let run = proxy.begin(&["mine"], Schedule::At(moment(), fault));
        assert_eq!(call(&proxy).await, seen, "{fault}");
        assert_eq!(effects.load(Ordering::Relaxed) - before, usize::from(fault.takes_effect()), "{fault}");
        // The next one is not the one that was meant.
        assert_eq!(call(&proxy).await, Some((StatusCode::OK, None)), "{fault}");
        let faults: Vec<_> = proxy.end(run).into_iter().map(|seen| seen.fault).collect();
        assert_eq!(faults, [Some(fault), None]);
    }
    assert_eq!(proxy.uses().len(), 1);
}

#[tokio::test]
async fn a_call_that_is_held_goes_on_when_it_is_released() {
    let (address, effects) = aws().await;
    let proxy = Proxy::start(&address, &["Cleaner"]).await;
    let hold = Fault::Hold { after: false };
    proxy.begin(&["mine"], Schedule::At(Moment::once("Cleaner", "lambda:GetFunction", 0), hold));
    let look = async {
        proxy.held().await;
        assert_eq!(effects.load(Ordering::Relaxed), 0);
        proxy.release();
    };
    let (answered, ()) = tokio::join!(call(&proxy), look);
    assert_eq!((answered, effects.load(Ordering::Relaxed)), (Some((StatusCode::OK, None)), 1));
}
