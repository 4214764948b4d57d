//! The things that all lanes of a memory size have in common.

use custody::Deadline;
use tuning::{
    contract::step::publisher::Target,
    run::{
        plan::Plan,
        round::{Round, Tally},
    },
};

use crate::bodies::Bodies;

/// The subject of measuring, and its deadline.
pub(crate) struct Measuring<'a, A> {
    pub(crate) api: &'a A,
    pub(crate) plan: &'a Plan,
    pub(crate) round: &'a Round,
    pub(crate) target: &'a Target,
    pub(crate) payload: &'a Bodies,
    pub(crate) deadline: Deadline,
}

impl<A> Measuring<'_, A> {
    /// Returns true if one more invocation probably keeps to `maxSpend`.
    pub(crate) fn has_allowance(&self, tally: Tally) -> bool {
        self.round.allowance.is_none_or(|allowance| allowance.has_room(self.target.power, tally))
    }

    /// The position of the payload that invocation number `index` gets.
    pub(crate) fn stratum(&self, index: u32) -> u32 {
        let in_turn = self.round.sampling.payload_in_turn(index, self.payload.count());
        in_turn.unwrap_or_else(|| self.payload.stratum(index))
    }
}
