//! The check that a budget left the winner enough measurements to set the function to it.

use tuning::{
    run::plan::{AutoOptimize, Plan},
    units::power::Power,
};

use crate::{answer::Answer, measured::MeasuredRun};

/// The degree to which the winner was measured well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Soundness {
    /// As well as the run was asked to.
    Sound,
    /// A search found it, and could not afford to measure it once more.
    SeenOnce,
    /// `maxSpend` ended the measuring of a list before enough invocations were warm anywhere.
    FewWarm,
}

impl Soundness {
    /// Of a winner among a list.
    pub(crate) fn of_list(run: &MeasuredRun, answer: &Answer) -> Self {
        let winner = answer.choice.winner;
        if winner.footing.few_warm && run.is_cut_short(winner.power()) { Self::FewWarm } else { Self::Sound }
    }

    /// Says what the caller should know of it; `None` if that is nothing.
    pub(crate) fn warning(self, plan: &Plan, winner: Power) -> Option<String> {
        let what = match self {
            Self::Sound => return None,
            Self::SeenOnce => format!("the budget ended before {winner} could be measured again in new environments"),
            Self::FewWarm => format!("maxSpend ended the measuring before enough invocations were warm at {winner}"),
        };
        let not_done = match plan.request.auto_optimize {
            AutoOptimize::Off => "",
            AutoOptimize::Latest | AutoOptimize::Alias(_) => ", so autoOptimize was not applied",
        };
        Some(format!("{what}{not_done}; raise maxSpend or maxInvocations to be sure"))
    }
}
