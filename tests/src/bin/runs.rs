//! Measures whole runs on the local AWS: `cargo xtask bench run`.
#![expect(clippy::unwrap_used, reason = "a development command")]

use std::{
    env,
    time::{Duration, Instant},
};

use end_to_end::{
    Aws, STEPS, assert_succeeded,
    economy::{Kind, Taken, function, input, kinds, run_behind},
    endpoint,
    proxy::Proxy,
    sweep::say,
};

#[tokio::main]
async fn main() {
    let times: usize = env::args().nth(1).unwrap().parse().unwrap();
    let aws = Aws::connect().await;
    let proxy = Proxy::start(&endpoint(), &STEPS.map(|(step, _)| step)).await;
    let machine = aws.machine_behind("runs", &proxy).await;
    say(concat!(
        "| run | wall-clock (s): median, least to most | states entered | Lambda API calls beside invocations |",
        " per published version | $LATEST off its memory (s) |\n|---|---|---|---|---|---|"
    ))
    .unwrap();
    let mut calls = Vec::new();
    for kind in kinds() {
        let mut seconds = Vec::new();
        for _ in 0..times {
            seconds.push(timed(&aws, &kind).await.as_secs_f64());
        }
        let function = function(&aws, &kind).await;
        let taken = run_behind(&proxy, &machine, &aws, &function, &kind).await;
        function.delete().await;
        say(&row(&kind, &mut seconds, &taken)).unwrap();
        calls.push((kind.name, taken.calls));
    }
    for (name, calls) in calls {
        let calls: Vec<String> = calls.iter().map(|(action, count)| format!("{count} {action}")).collect();
        say(&format!("{name}: {}", calls.join(", "))).unwrap();
    }
    machine.delete().await;
}

/// A run of the deployed machine on a new function, from its start to its end.
async fn timed(aws: &Aws, kind: &Kind) -> Duration {
    let function = function(aws, kind).await;
    let begin = Instant::now();
    let execution = aws.start(&aws.state_machine, &input(&function, kind)).await;
    let ended = aws.wait(&execution).await;
    let took = begin.elapsed();
    assert_succeeded(&ended);
    function.delete().await;
    took
}

fn row(kind: &Kind, seconds: &mut [f64], taken: &Taken) -> String {
    seconds.sort_by(f64::total_cmp);
    let wall_clock = match &*seconds {
        [] => "-".to_owned(),
        [least, .., most] => format!("{:.1}, {least:.1} to {most:.1}", seconds[seconds.len() / 2]),
        [only] => format!("{only:.1}"),
    };
    let rounds = if taken.rounds > 1 { format!(" ({} rounds)", taken.rounds) } else { String::new() };
    format!(
        "| {}{rounds} | {wall_clock} | {:.0} | {} | {:.1} | {:.2} |",
        kind.name,
        taken.states,
        taken.calls(),
        taken.calls_per_version(),
        taken.off_its_memory.as_secs_f64()
    )
}
