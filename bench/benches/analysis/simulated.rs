//! A function that is not there: how long its invocations take.

use tuning::{
    measure::sample::{Sample, Start, Strata},
    run::plan::Sampling,
    units::{
        milliseconds::{BilledMilliseconds, Milliseconds},
        power::Power,
    },
};

/// CPU time at one virtual CPU, and the time that it waits, in ms.
const CPU: f64 = 100.0;
const WAITS: f64 = 20.0;
/// The memory that comes with one virtual CPU, in MB.
const VCPU: f64 = 1769.0;
/// The scatter of its durations, within an environment and between environments: standard deviations of the logarithm.
const WITHIN: f64 = 0.05;
const BETWEEN: f64 = 0.035;
/// The time that an environment takes to start, in ms.
const INIT: f64 = 200.0;

/// It computes on one thread, and waits for something. The same samples each time.
pub struct Function {
    random: fastrand::Rng,
}

impl Function {
    pub fn new() -> Self {
        Self { random: fastrand::Rng::with_seed(1) }
    }

    /// The samples of each lane at a memory size: a cold one, then warm ones.
    pub fn lanes(&mut self, power: Power, sampling: Sampling) -> Vec<Strata> {
        (0..sampling.lanes as usize).map(|lane| self.lane(power, sampling.share_of(lane).count())).collect()
    }

    fn lane(&mut self, power: Power, invocations: usize) -> Strata {
        let share = (f64::from(power.megabytes()) / VCPU).min(1.0);
        let usual = (CPU / share + WAITS) * (BETWEEN * self.normal()).exp();
        (0..invocations)
            .map(|index| {
                let duration = usual * (WITHIN * self.normal()).exp();
                let start = if index == 0 { Start::Cold(Milliseconds(INIT)) } else { Start::Warm };
                (0, sample(duration, start))
            })
            .collect()
    }

    /// Nearly normal: twelve uniform numbers have a variance of one.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.random.f64()).sum::<f64>() - 6.0
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds, in ms")]
fn sample(duration: f64, start: Start) -> Sample {
    // A report has two decimal places.
    let duration = Milliseconds((duration * 100.0).round() / 100.0);
    let mut sample = Sample { duration, billed: BilledMilliseconds(0), start, memory_used: Some(64), trace_id: None };
    sample.billed = BilledMilliseconds(sample.total().0.ceil() as u64);
    sample
}
