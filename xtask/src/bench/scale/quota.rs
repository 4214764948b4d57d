//! Quotas of an account in a region: token buckets for API calls, and how much may run at the same time.

use std::collections::VecDeque;

use super::{calls::Action, time::Time};

/// A quota on API calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// `GetFunction`: 100 a second.
    GetFunction,
    /// All other actions of the control plane of AWS Lambda share 15 a second.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
    ControlPlane,
    /// `DescribeExecution` of AWS Step Functions: 10 a second, of which 250 are saved up.
    DescribeExecution,
    /// `GetExecutionHistory` of AWS Step Functions: 5 a second, of which 250 are saved up.
    GetExecutionHistory,
    /// `StartExecution` of AWS Step Functions: 150 a second, of which 800 are saved up.
    StartExecution,
    /// State transitions of Standard workflows: 500 a second, of which 800 are saved up.
    ///
    /// These four are those of the regions with less, of the developer guide of 2023:
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/limits-overview.html>
    StateTransition,
}

impl Quota {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::GetFunction,
        Self::ControlPlane,
        Self::DescribeExecution,
        Self::GetExecutionHistory,
        Self::StartExecution,
        Self::StateTransition,
    ];

    /// The quota that an action counts against.
    pub fn of(action: Action) -> Self {
        match action {
            Action::GetFunction => Self::GetFunction,
            Action::DescribeExecution => Self::DescribeExecution,
            Action::GetExecutionHistory => Self::GetExecutionHistory,
            _ => Self::ControlPlane,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::GetFunction => "GetFunction",
            Self::ControlPlane => "other Lambda APIs",
            Self::DescribeExecution => "DescribeExecution",
            Self::GetExecutionHistory => "GetExecutionHistory",
            Self::StartExecution => "StartExecution",
            Self::StateTransition => "state transitions",
        }
    }

    /// What it allows a second, and how much of that is saved up at most. Where nothing is known of saving up, a second.
    pub fn allows(self) -> (f64, f64) {
        match self {
            Self::GetFunction => (100.0, 100.0),
            Self::ControlPlane => (15.0, 15.0),
            Self::DescribeExecution => (10.0, 250.0),
            Self::GetExecutionHistory => (5.0, 250.0),
            Self::StartExecution => (150.0, 800.0),
            Self::StateTransition => (500.0, 800.0),
        }
    }
}

/// A token bucket that makes callers wait in the order in which they come.
///
/// AWS refuses a call instead (429), and the AWS SDK tries it again after a pause: that takes a little longer, never less long.
#[derive(Debug, Clone)]
pub struct Bucket {
    interval: f64,
    saved: f64,
    /// When the next token is there, or was.
    next: f64,
    /// How many tokens were taken, and how long callers waited for them.
    pub taken: u64,
    pub waited: f64,
}

impl Bucket {
    pub fn new(quota: Quota) -> Self {
        let (rate, size) = quota.allows();
        Self { interval: rate.recip(), saved: (size - 1.0) / rate, next: f64::NEG_INFINITY, taken: 0, waited: 0.0 }
    }

    /// Takes a token, and says when it is there. To be called in the order of time.
    pub fn take(&mut self, now: Time) -> Time {
        let token = self.next.max(now.0 - self.saved);
        let granted = token.max(now.0);
        self.next = token + self.interval;
        self.taken += 1;
        self.waited += granted - now.0;
        Time(granted)
    }
}

/// What may run at the same time; who does not fit waits, in the order of coming.
#[derive(Debug)]
pub struct Concurrency {
    limit: u32,
    used: u32,
    /// The most that ran at the same time.
    pub peak: u32,
    queue: VecDeque<(usize, u32)>,
}

impl Concurrency {
    pub fn new(limit: u32) -> Self {
        Self { limit, used: 0, peak: 0, queue: VecDeque::new() }
    }

    /// Whether `run` may go on with so many more; otherwise it is told by `free`.
    pub fn take(&mut self, run: usize, count: u32) -> bool {
        let fits = self.queue.is_empty() && self.used + count <= self.limit;
        if fits {
            self.begin(count);
        } else {
            self.queue.push_back((run, count));
        }
        fits
    }

    /// So many have ended: who may go on now.
    pub fn free(&mut self, count: u32) -> Vec<usize> {
        self.used -= count;
        let mut next = Vec::new();
        while let Some(&(run, count)) = self.queue.front()
            && self.used + count <= self.limit
        {
            self.queue.pop_front();
            self.begin(count);
            next.push(run);
        }
        next
    }

    fn begin(&mut self, count: u32) {
        self.used += count;
        self.peak = self.peak.max(self.used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_what_was_saved_up_and_then_its_rate() {
        let mut bucket = Bucket::new(Quota::ControlPlane);
        let granted: Vec<f64> = (0..45).map(|_| bucket.take(Time(100.0)).0).collect();
        assert!(granted[..15].iter().all(|at| (at - 100.0).abs() < 1e-9));
        assert!((granted[44] - 102.0).abs() < 1e-9, "{}", granted[44]);
        // After a pause no more than the bucket holds is saved up.
        let later: Vec<f64> = (0..16).map(|_| bucket.take(Time(1000.0)).0).collect();
        assert!((later[14] - 1000.0).abs() < 1e-9 && later[15] > 1000.05, "{later:?}");
    }

    #[test]
    fn who_does_not_fit_waits_and_nobody_overtakes() {
        let mut concurrency = Concurrency::new(10);
        assert!(concurrency.take(1, 8) && !concurrency.take(2, 5) && !concurrency.take(3, 1));
        assert_eq!(concurrency.free(8), [2, 3]);
        assert_eq!(concurrency.peak, 8);
    }
}
