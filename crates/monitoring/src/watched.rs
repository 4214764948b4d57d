//! The functions that are watched, and what is known of them.

use tuning::{
    measure::log_tail::LogFormat,
    price::{Currency, GbSecondPrice},
    units::{milliseconds::Milliseconds, power::Power, usd::Usd},
};

/// All that is watched, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Monitoring {
    /// The region of the functions.
    pub region: String,
    /// The currency of the prices there.
    pub currency: Currency,
    /// The functions, each once.
    pub functions: Vec<Watched>,
    /// From where on a function has drifted.
    pub drift: Drift,
    /// The ARNs of what an alarm calls, such as a topic of Amazon SNS.
    pub alarm_actions: Vec<String>,
}

/// A function that is watched.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// Its name.
    pub name: String,
    /// Its memory size.
    pub memory: Power,
    /// The price of its duration.
    pub price: GbSecondPrice,
    /// Where its reports are; `None` if there are none that are known to be its own.
    pub reports: Option<LogGroup>,
    /// What tuning has measured at its memory size.
    pub tuned: Option<Tuned>,
}

/// A log group with the reports of one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// The format of the reports.
    pub format: LogFormat,
}

/// What tuning has measured of a function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tuned {
    /// At the memory size that won, which the function has now.
    pub at_winner: Figures,
    /// At the memory size that it had before, if another one won and that was measured, too.
    pub before: Option<Figures>,
}

/// What an average invocation takes at a memory size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Its duration.
    pub duration: Milliseconds,
    /// What it costs.
    pub cost: Usd,
}

/// A share, such as 0.2: a function that takes or costs so much more than what tuning has measured has drifted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift(pub f64);

impl Drift {
    /// The largest value that has not drifted.
    pub(crate) fn limit(self, tuned: f64) -> f64 {
        tuned * (1.0 + self.0)
    }

    /// In percent.
    pub(crate) fn percent(self) -> f64 {
        (self.0 * 1000.0).round() / 10.0
    }
}

impl Watched {
    /// The price of a billed millisecond.
    pub(crate) fn per_millisecond(&self) -> f64 {
        self.price.per_millisecond(self.memory)
    }
}
