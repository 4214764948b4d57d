//! The function itself.

use std::{
    env,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use lambda_runtime::{LambdaEvent, service_fn};
use rationed_function::{
    answer::Answer,
    cpu,
    local::{self, Invocation, Logs},
    work::Work,
};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let start = Instant::now();
    let variable = |name: &str| env::var(name).ok();
    let rationed = variable("RATIONED").as_deref() == Some("true");
    let init_ms = variable("INIT_MS").and_then(|ms| ms.parse().ok()).unwrap_or(0);
    thread::sleep(Duration::from_millis(init_ms));
    let init = start.elapsed();
    let invocations = &AtomicU64::new(0);
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let count = invocations.fetch_add(1, Ordering::Relaxed);
        let work = Work::new(&event.payload, variable);
        let memory_mb = u32::try_from(event.context.env_config.memory).unwrap_or(0);
        if rationed {
            let invocation = Invocation {
                request_id: event.context.request_id.clone(),
                deadline_ms: event.context.deadline,
                memory_mb,
                count,
                init: (count == 0).then_some(init),
                logs: Logs::new(&event.payload, variable),
            };
            local::run(&work, &invocation);
        } else {
            do_work(&work);
        }
        Answer::new(&event.payload, variable).give(&work, &event.payload, (memory_mb, count))
    }))
    .await
}

fn do_work(work: &Work) {
    let held = vec![1u8; work.memory_mb as usize * 1024 * 1024];
    cpu::burn(work.cpu_ms, work.threads);
    thread::sleep(Duration::from_secs_f64(work.io_ms / 1e3));
    drop(std::hint::black_box(held));
}
