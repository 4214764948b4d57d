//! Really computing.

use std::{hint::black_box, thread};

use rustix::time::{ClockId, clock_gettime};

/// Uses CPU time, in ms, divided among threads. On a share of a vCPU that takes longer, which is the point.
pub fn burn(cpu_ms: f64, threads: u32) {
    let share = cpu_ms / f64::from(threads);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let start = thread_cpu_ms();
                let mut state = 1u64;
                while thread_cpu_ms() - start < share {
                    for _ in 0..1000 {
                        state = black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
                    }
                }
            });
        }
    });
}

fn thread_cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}
