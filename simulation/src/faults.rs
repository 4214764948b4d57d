//! Which call a fault meets.

use std::collections::HashMap;

use crate::schedule::{Call, Fault, Mishap};

/// The faults of a schedule, and how many calls there were.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    planned: Vec<Fault>,
    calls: HashMap<(usize, Call), u32>,
    met: u32,
}

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self { planned: faults, ..Self::default() }
    }

    /// Counts a call, and says what goes wrong with it.
    pub(crate) fn meet(&mut self, run: usize, call: Call) -> Option<Mishap> {
        let count = self.calls.entry((run, call)).or_default();
        let nth = *count;
        *count += 1;
        let fault = self.planned.iter().find(|fault| (fault.run, fault.call, fault.nth) == (run, call, nth))?;
        self.met += 1;
        Some(fault.what)
    }

    /// The number of faults that have met a call.
    pub(crate) fn met(&self) -> u32 {
        self.met
    }
}
