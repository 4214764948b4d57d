//! The intervals at which an execution is asked what is new: short while something happens, long while nothing does.

use std::time::Duration;

/// The pause before an execution is asked again what is new: while something happens, and at most.
const SHORTEST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(8);
/// The number of times in a row that nobody may answer before it is given up.
const PATIENCE: u32 = 10;

/// The pace at which an execution is asked what is new.
pub struct Polling {
    /// The pause before the next time.
    pub pause: Duration,
    /// The number of times in a row that nobody answered.
    unanswered: u32,
    /// True if AWS has ever answered.
    pub is_known: bool,
}

impl Polling {
    /// Nobody was asked yet.
    pub fn new() -> Self {
        Self { pause: SHORTEST, unanswered: 0, is_known: false }
    }

    /// AWS answered; `is_new`: something had happened.
    pub fn answered(&mut self, is_new: bool) {
        let pause = if is_new { SHORTEST } else { (self.pause * 3 / 2).min(LONGEST) };
        *self = Self { pause, unanswered: 0, is_known: true };
    }

    /// Nobody answered.
    pub fn unanswered(&mut self) {
        self.unanswered += 1;
        self.pause = (self.pause * 2).min(LONGEST);
    }

    /// True if it is worth asking again.
    pub fn has_patience(&self) -> bool {
        self.unanswered < PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_slows_down_while_nothing_happens_and_is_quick_again_afterwards() {
        let mut polling = Polling::new();
        for _ in 0..20 {
            polling.answered(false);
        }
        assert_eq!(polling.pause, LONGEST);
        polling.answered(true);
        assert_eq!(polling.pause, SHORTEST);
    }

    #[test]
    fn patience_ends_unless_somebody_answers() {
        let mut polling = Polling::new();
        for _ in 0..PATIENCE {
            assert!(polling.has_patience());
            polling.unanswered();
        }
        assert!(!polling.has_patience());
        polling.answered(false);
        assert!(polling.has_patience() && polling.is_known);
    }
}
