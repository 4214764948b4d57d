//! The Executor on an endpoint that behaves as AWS does, down to the connections.

mod endpoint;

use std::{collections::HashSet, sync::Arc, time::Duration};

use aws::{
    ApiErrorKind, Aws, LambdaApi,
    api::{ApiError, Invocation, Wanted},
    fake::{function, plan},
};
use custody::Deadline;
use hyper::Version;
use tokio::{
    sync::Barrier,
    time::{Instant, sleep, timeout},
};
use tuning::{
    contract::step::{
        executor::{Input, Progress},
        publisher::Target,
    },
    measure::measurement::Measurement,
    price::GbSecondPrice,
    run::{
        plan::{Plan, Sampling},
        round::Round,
    },
    units::milliseconds::Milliseconds,
};

use self::endpoint::{Connection, Endpoint, Fate};
use super::{Error, handle};

const LANES: u32 = 200;
/// Connections that are being made at the same time.
const MOST_HANDSHAKES: usize = 32;
/// The time by which an invocation may exceed its time limit here.
const MARGIN: Duration = Duration::from_millis(1500);

fn made(_: usize) -> Connection {
    Connection::Made(0)
}

/// Each of these lanes makes two invocations, of a function with a time limit that a busy machine keeps.
fn lanes(lanes: u32) -> Plan {
    let mut plan = plan(&[1024]);
    plan.request.sampling = Sampling::parallel(2 * lanes, lanes);
    plan.before.timeout = Milliseconds(30_000.0);
    plan
}

async fn aws(endpoint: &Endpoint) -> Aws {
    Aws::at(&endpoint.url, endpoint.roots.clone(), MARGIN).await.unwrap()
}

/// An invocation outside the Executor.
async fn invoke(aws: &Aws, limit: Milliseconds) -> Result<Invocation, ApiError> {
    aws.invoke(&function(), "1".parse().unwrap(), limit, None, Wanted::Rejection).await
}

async fn execute(aws: &Aws, plan: &Plan, deadline: Duration) -> Result<Progress, Error> {
    let target = Target::new(plan.request.power_values[0], vec!["1".parse().unwrap()]);
    let round = Round::of_list(plan, GbSecondPrice(0.000_016_666_7));
    let input = Input { plan: plan.clone(), round, target, retries: 0 };
    let mut random = fastrand::Rng::with_seed(1);
    let handled = timeout(deadline, Box::pin(handle(aws, Deadline::after(deadline), &mut random, input))).await;
    Ok(handled.expect("the lanes do not get ahead")?.progress)
}

async fn measure(aws: &Aws, plan: &Plan) -> Measurement {
    match execute(aws, plan, Duration::from_mins(1)).await.unwrap() {
        Progress::Measured(measurement) => *measurement,
        unfinished @ Progress::Unfinished(_) => panic!("samples are left: {unfinished:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_on_aws_lanes_are_parallel_and_each_has_its_own_connection_of_http_1_1() {
    let together = Arc::new(Barrier::new(LANES as usize));
    // Long enough for all that are begun at the same time to be seen at the same time.
    let connection = |_| Connection::Made(20);
    // None is answered before there are all connections, which takes a busy machine seconds.
    let endpoint = Endpoint::start(connection, move |_| Fate::Together(Arc::clone(&together))).await;
    let measurement = measure(&aws(&endpoint).await, &lanes(LANES)).await;
    assert_eq!((measurement.spent.invocations, measurement.spent.unconfirmed), (2 * LANES, 0));
    let seen = endpoint.seen();
    assert_eq!(seen.versions, HashSet::from([Version::HTTP_11]));
    assert_eq!((seen.busy.1, seen.invocations), (LANES as usize, 2 * LANES as usize));
    assert!(seen.handshakes.1 <= MOST_HANDSHAKES, "{} handshakes at once", seen.handshakes.1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_on_aws_responses_that_wait_for_room_do_not_keep_each_other_from_being_read() {
    // Together more than there is room for.
    let large = |number| if (1..=60).contains(&number) { Fate::Large(1_400_000) } else { Fate::Answered(0) };
    let endpoint = Endpoint::start(made, large).await;
    let mut plan = lanes(60);
    plan.request.processors.post = Some("processor".parse().unwrap());
    let aws = aws(&endpoint).await;
    // There is a connection that all could share.
    invoke(&aws, Milliseconds(30_000.0)).await.unwrap();
    let measurement = measure(&aws, &plan).await;
    assert_eq!((measurement.spent.invocations, measurement.spent.unconfirmed), (120, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_on_aws_a_connection_that_is_closed_is_one_invocation_without_an_answer() {
    let endpoint = Endpoint::start(made, |number| match number {
        150 => Fate::Closed,
        _ => Fate::Answered(200),
    })
    .await;
    let measurement = measure(&aws(&endpoint).await, &lanes(LANES)).await;
    assert_eq!((measurement.spent.invocations, measurement.spent.unconfirmed), (2 * LANES, 1));
    assert_eq!(endpoint.seen().invocations, 2 * LANES as usize + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_on_aws_a_connection_that_takes_no_further_request_costs_no_invocation() {
    let endpoint = Endpoint::start(made, |number| match number % 3 {
        0 => Fate::Last,
        _ => Fate::Answered(20),
    })
    .await;
    let measurement = measure(&aws(&endpoint).await, &lanes(LANES)).await;
    assert_eq!((measurement.spent.invocations, measurement.spent.unconfirmed), (2 * LANES, 0));
    assert_eq!(endpoint.seen().invocations, 2 * LANES as usize);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_on_aws_a_silent_connection_ends_with_the_time_limit_and_may_have_been_an_invocation() {
    const SILENT: u32 = 20;
    let endpoint = Endpoint::start(made, |number| match number {
        100..120 => Fate::Silent,
        _ => Fate::Answered(10),
    })
    .await;
    let mut plan = lanes(LANES);
    plan.before.timeout = Milliseconds(3_000.0);
    let begin = Instant::now();
    let measurement = measure(&aws(&endpoint).await, &plan).await;
    assert_eq!((measurement.spent.invocations, measurement.spent.unconfirmed), (2 * LANES, SILENT));
    assert!(begin.elapsed() >= Duration::from_secs(3) + MARGIN, "{:?}", begin.elapsed());
    let seen = endpoint.seen();
    assert_eq!((seen.invocations, seen.given_up), ((2 * LANES + SILENT) as usize, SILENT as usize));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_on_aws_a_connection_that_cannot_be_made_is_no_invocation() {
    let endpoint = Endpoint::start(
        |number| match number {
            0..5 => Connection::Refused,
            5..10 => Connection::Silent,
            _ => Connection::Made(0),
        },
        |_| Fate::Answered(10),
    )
    .await;
    let measurement = measure(&aws(&endpoint).await, &lanes(20)).await;
    assert_eq!((measurement.spent.invocations, measurement.spent.unconfirmed, measurement.spent.throttled), (40, 0, 0));
    assert_eq!(endpoint.seen().invocations, 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_on_aws_where_no_connection_can_be_made_at_all_the_step_fails_and_has_invoked_nothing() {
    let endpoint = Endpoint::start(|_| Connection::Refused, |_| Fate::Answered(0)).await;
    let error = execute(&aws(&endpoint).await, &lanes(2), Duration::from_secs(4)).await.unwrap_err();
    assert!(error.to_string().contains("there was no connection to send the request on"), "{error}");
    assert_eq!(lambda_runtime::Diagnostic::from(error).error_type, "ServiceError");
    assert_eq!(invoke(&aws(&endpoint).await, Milliseconds(500.0)).await.unwrap_err().kind, ApiErrorKind::Unreached);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_on_aws_the_time_until_there_is_a_connection_is_not_the_function_s() {
    let endpoint = Endpoint::start(|_| Connection::Made(1000), |_| Fate::Answered(50)).await;
    let begin = Instant::now();
    let took = invoke(&aws(&endpoint).await, Milliseconds(30_000.0)).await.unwrap().took;
    let without_connecting = begin.elapsed().saturating_sub(Duration::from_secs(1)).as_secs_f64() * 1000.0;
    assert!((50.0..=without_connecting).contains(&took.0), "{took:?} of {without_connecting} ms");
}

/// NAT gateways and interface endpoints forget a connection after 350 seconds.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_on_aws_a_connection_says_that_it_is_there_while_an_invocation_is_under_way() {
    let under_way = Arc::new(Barrier::new(2));
    let answered = Arc::clone(&under_way);
    let endpoint = Endpoint::start(made, move |_| Fate::Together(Arc::clone(&answered))).await;
    let aws = aws(&endpoint).await;
    let (invocation, timer) = tokio::join!(invoke(&aws, Milliseconds(60_000.0)), async {
        let probed = async {
            loop {
                sleep(Duration::from_millis(20)).await;
                if let Some(timer) = keep_alive_of(endpoint.port)
                    && endpoint.seen().invocations == 1
                {
                    break timer;
                }
            }
        };
        let timer = timeout(Duration::from_mins(1), probed).await.ok();
        under_way.wait().await;
        timer
    });
    invocation.unwrap();
    assert!(timer.is_some_and(|timer| timer < Duration::from_mins(1)), "{timer:?}");
}

/// When a connection to this port is probed next, by the kernel's table: columns `rem_address`, `st` and `tr:tm->when`,
/// where timer 2 is that of the probes.
#[cfg(target_os = "linux")]
fn keep_alive_of(port: u16) -> Option<Duration> {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    table.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (_, to) = columns[2].split_once(':')?;
        let (timer, ticks) = columns[5].split_once(':')?;
        let is_ours = u16::from_str_radix(to, 16) == Ok(port) && columns[3] == "01" && timer == "02";
        is_ours.then(|| Duration::from_millis(u64::from_str_radix(ticks, 16).unwrap() * 10))
    })
}
