//! Many runs at once, one event after the other.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{
    quota::{Bucket, Concurrency, Quota},
    run::Act,
    time::Time,
};

/// What came of it.
#[derive(Debug)]
pub struct Result {
    /// When the last run had ended, in s.
    pub seconds: f64,
    /// How long a run took on average.
    pub run_seconds: f64,
    /// What our Lambda functions are billed for, in GB-seconds.
    pub gb_seconds: f64,
    /// The most Lambda environments that ran at the same time: ours and those of the functions under tune.
    pub peak: u32,
    /// What was taken of each quota.
    pub buckets: Vec<(Quota, Bucket)>,
}

/// A run that is under way.
#[derive(Debug, Clone, Copy)]
struct Run {
    begun: Time,
    next: usize,
    /// Since when, how many, and with how much memory our Lambda functions are billed.
    billed: (Time, u32, f64),
}

struct Simulation<'a> {
    acts: &'a [Act],
    events: BinaryHeap<Reverse<(Time, usize)>>,
    runs: Vec<Run>,
    buckets: Vec<(Quota, Bucket)>,
    concurrency: Concurrency,
    gb_seconds: f64,
    run_seconds: f64,
    /// Runs that are still to be started.
    left: u32,
}

/// Runs `count` runs, `at_once` at the same time: as one ends, the next one starts.
pub fn simulate(acts: &[Act], count: u32, at_once: u32, concurrency: u32) -> Result {
    let first = count.min(at_once);
    let run = Run { begun: Time(0.0), next: 0, billed: (Time(0.0), 0, 0.0) };
    let mut simulation = Simulation {
        acts,
        events: (0..first as usize).map(|run| Reverse((Time(0.0), run))).collect(),
        runs: vec![run; first as usize],
        buckets: Quota::ALL.map(|quota| (quota, Bucket::new(quota))).into(),
        concurrency: Concurrency::new(concurrency),
        gb_seconds: 0.0,
        run_seconds: 0.0,
        left: count - first,
    };
    let mut end = Time(0.0);
    while let Some(Reverse((now, run))) = simulation.events.pop() {
        end = now;
        simulation.go_on(run, now);
    }
    Result {
        seconds: end.0,
        run_seconds: simulation.run_seconds / f64::from(count),
        gb_seconds: simulation.gb_seconds,
        peak: simulation.concurrency.peak,
        buckets: simulation.buckets,
    }
}

impl Simulation<'_> {
    /// Does the next thing of a run, and says when it goes on.
    fn go_on(&mut self, number: usize, now: Time) {
        let Some(run) = self.runs.get_mut(number) else { return };
        let Some(&act) = self.acts.get(run.next) else { return self.ended(number, now) };
        run.next += 1;
        let at = match act {
            Act::Pass(seconds) => now.after(seconds),
            Act::Bill(count, gigabytes) => {
                run.billed = (now, count, gigabytes);
                now
            }
            Act::Settle => {
                let (since, count, gigabytes) = run.billed;
                self.gb_seconds += (now.0 - since.0) * f64::from(count) * gigabytes;
                now
            }
            Act::Token(quota) => {
                let bucket = self.buckets.iter_mut().find(|(known, _)| *known == quota);
                bucket.map_or(now, |(_, bucket)| bucket.take(now))
            }
            Act::Begin(count) => {
                if !self.concurrency.take(number, count) {
                    return;
                }
                now
            }
            Act::End(count) => {
                let woken = self.concurrency.free(count);
                self.events.extend(woken.into_iter().map(|run| Reverse((now, run))));
                now
            }
        };
        self.events.push(Reverse((at, number)));
    }

    /// The next run takes its place.
    fn ended(&mut self, number: usize, now: Time) {
        let Some(run) = self.runs.get_mut(number) else { return };
        self.run_seconds += now.0 - run.begun.0;
        if self.left > 0 {
            self.left -= 1;
            *run = Run { begun: now, next: 0, billed: (now, 0, 0.0) };
            self.events.push(Reverse((now, number)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_after_the_other_takes_the_sum_and_all_at_once_what_the_quota_allows() {
        let acts = [
            Act::Begin(1),
            Act::Bill(1, 0.5),
            Act::Token(Quota::ControlPlane),
            Act::Pass(2.0),
            Act::Settle,
            Act::End(1),
        ];
        let serial = simulate(&acts, 10, 1, 1000);
        assert!((serial.seconds - 20.0).abs() < 1e-9 && (serial.gb_seconds - 10.0).abs() < 1e-9);
        let parallel = simulate(&acts, 315, 315, 1000);
        // 15 at once, the others at 15 a second.
        assert!((parallel.seconds - 22.0).abs() < 1e-6, "{}", parallel.seconds);
        assert_eq!(parallel.peak, 315);
    }

    #[test]
    fn what_may_run_at_the_same_time_bounds_how_many_runs_get_ahead() {
        let acts = [Act::Begin(10), Act::Pass(1.0), Act::End(10)];
        let result = simulate(&acts, 20, 20, 50);
        assert!((result.seconds - 4.0).abs() < 1e-9 && result.peak == 50);
    }
}
