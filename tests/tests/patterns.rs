//! The pattern samples of docs/patterns.md on the local AWS: deployed from their template, and each tuned.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    env,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use aws_sdk_lambda::primitives::Blob;
use end_to_end::{Aws, Ended, Function, State, assert_succeeded, stats};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// The number of times that each memory size is invoked: the fewest that an input may ask for.
const NUM: u64 = 5;
/// The time that the stand-in for an external API takes to answer.
const API_DELAY: Duration = Duration::from_millis(30);
/// The answer of the stand-in.
const API_ANSWER: &str = "203.0.113.7";
/// The number of times that it was called.
static API_CALLS: AtomicUsize = AtomicUsize::new(0);

/// A pattern sample, deployed with all others and with what it reads. The first test that needs one deploys them.
async fn pattern<'a>(aws: &'a Aws, name: &str) -> Function<'a> {
    static DEPLOYED: OnceCell<()> = OnceCell::const_new();
    DEPLOYED
        .get_or_init(|| async {
            let mut xtask = Command::new(env::var_os("POWER_TUNER_XTASK").unwrap());
            let status = xtask.args(["local", "patterns", "--api-url", &api()]).status().unwrap();
            assert!(status.success(), "the pattern samples were not deployed");
        })
        .await;
    aws.existing(&format!("power-tuner-pattern-{name}")).await
}

/// Starts the stand-in for an external API, and returns its address.
fn api() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for connection in listener.incoming() {
            thread::spawn(move || answer(connection.unwrap()));
        }
    });
    format!("http://{address}")
}

fn answer(mut connection: TcpStream) {
    let request = BufReader::new(connection.try_clone().unwrap());
    assert!(request.lines().any(|line| line.unwrap().is_empty()), "a request ends with an empty line");
    API_CALLS.fetch_add(1, Ordering::SeqCst);
    thread::sleep(API_DELAY);
    let length = API_ANSWER.len();
    write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{API_ANSWER}").unwrap();
}

/// Invokes a function, and returns its answer.
async fn invoke(aws: &Aws, function: &Function<'_>, payload: &Value) -> Value {
    let request = aws.lambda.invoke().function_name(&function.name).payload(Blob::new(payload.to_string()));
    let answer = request.send().await.unwrap();
    let body = answer.payload.unwrap_or_else(|| Blob::new("")).into_inner();
    assert_eq!(answer.function_error, None, "{}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap()
}

/// Tunes a pattern sample, and checks that every invocation was measured and that nothing is left behind.
async fn tune(function: &Function<'_>, payload: &Value, power_values: Value) -> Ended {
    let before: State = function.state().await;
    let fields = json!({"payload": payload, "powerValues": power_values, "num": NUM, "includeOutputResults": true});
    let ended = function.tune(&fields).await;
    assert_succeeded(&ended);
    assert_eq!(function.state().await, before);
    assert_eq!(stats(&ended).len(), power_values.as_array().unwrap().len());
    for row in stats(&ended) {
        let spent = &row["spent"];
        assert_eq!((&row["samples"], &spent["invocations"]), (&json!(NUM), &json!(NUM)), "{row}");
        assert_eq!((&spent["raised"], &spent["unreported"], &spent["errors"]), (&json!(0), &json!(0), &Value::Null));
        assert_eq!((&row["source"], &row["basis"]), (&json!("report"), &json!("warm")), "{row}");
        assert!(row["maxMemoryUsed"].as_u64().unwrap() > 5 && row["initDuration"]["mean"].as_f64().unwrap() > 0.0);
    }
    ended
}

#[track_caller]
fn fastest(ended: &Ended) -> f64 {
    let durations = stats(ended).iter().map(|row| row["averageDuration"].as_f64().unwrap());
    durations.min_by(f64::total_cmp).unwrap()
}

#[tokio::test]
async fn no_op_is_tuned() {
    let aws = Aws::connect().await;
    let function = pattern(&aws, "no-op").await;
    assert_eq!(invoke(&aws, &function, &json!({})).await, json!({}));
    tune(&function, &json!({}), json!([128, 512, 1024])).await;
}

#[tokio::test]
async fn matrix_inversion_is_tuned() {
    let aws = Aws::connect().await;
    let function = pattern(&aws, "matrix").await;
    let payload = json!({"size": 120});
    let answer = invoke(&aws, &function, &payload).await;
    assert!(answer["error"].as_f64().unwrap() < 1e-9, "{answer}");
    tune(&function, &payload, json!([1024, 1769])).await;
}

#[tokio::test]
async fn primes_are_tuned() {
    let aws = Aws::connect().await;
    let function = pattern(&aws, "primes").await;
    let answer = invoke(&aws, &function, &json!({"times": 1})).await;
    // The primes below 100,000.
    assert_eq!(answer, json!({"primes": 9592}));
    let payload = json!({"below": 1000, "times": 1000});
    assert_eq!(invoke(&aws, &function, &payload).await, json!({"primes": 168}));
    tune(&function, &payload, json!([256, 512, 1769])).await;
}

#[tokio::test]
async fn an_external_api_is_tuned() {
    let aws = Aws::connect().await;
    let function = pattern(&aws, "external-api").await;
    let answer = invoke(&aws, &function, &json!({})).await;
    assert_eq!(answer, json!({"status": 200, "bytes": API_ANSWER.len()}));
    let ended = tune(&function, &json!({}), json!([128, 512, 1024])).await;
    assert!(fastest(&ended) >= API_DELAY.as_secs_f64() * 1e3, "{}", ended.output);
    assert_eq!(API_CALLS.load(Ordering::SeqCst) as u64, 1 + 3 * NUM);
}

#[tokio::test]
async fn table_reads_are_tuned() {
    let aws = Aws::connect().await;
    let function = pattern(&aws, "table-reads").await;
    assert_eq!(invoke(&aws, &function, &json!({})).await, json!({"characters": 3000}));
    tune(&function, &json!({}), json!([256, 1024])).await;
}

#[tokio::test]
async fn downloads_are_tuned_with_one_thread_and_with_ten() {
    let aws = Aws::connect().await;
    for (name, threads) in [("download", 1), ("download-in-ten", 10)] {
        let function = pattern(&aws, name).await;
        let answer = invoke(&aws, &function, &json!({})).await;
        assert_eq!(answer, json!({"bytes": 3 * 1024 * 1024, "parts": threads}));
        tune(&function, &json!({}), json!([512, 1769])).await;
    }
}

#[tokio::test]
async fn a_picture_pipeline_is_tuned() {
    let aws = Aws::connect().await;
    let function = pattern(&aws, "picture").await;
    let payload = json!({"side": 100});
    let answer = invoke(&aws, &function, &payload).await;
    let bytes = |name: &str| answer[name].as_u64().unwrap();
    assert!(bytes("to") > 500 && bytes("to") < bytes("from"), "{answer}");
    tune(&function, &payload, json!([512, 1769])).await;
}
