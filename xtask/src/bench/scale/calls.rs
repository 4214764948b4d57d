//! The calls that a run makes to AWS, except for invocations. The one place where this benchmark knows them: a change of the
//! steps that adds or saves a call belongs here, too.

use std::{collections::BTreeMap, fmt};

/// An API action, of AWS Lambda unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    GetFunction,
    UpdateFunctionConfiguration,
    PublishVersion,
    CreateAlias,
    GetAlias,
    ListAliases,
    DeleteAlias,
    ListVersionsByFunction,
    DeleteFunction,
    /// Of AWS Step Functions, as the next one.
    DescribeExecution,
    GetExecutionHistory,
}

impl Action {
    /// Whether it is one of AWS Lambda.
    pub fn is_of_lambda(self) -> bool {
        !matches!(self, Self::DescribeExecution | Self::GetExecutionHistory)
    }
}

/// How often a step calls each action.
type Calls = &'static [(Action, u32)];

/// The calls of a step: each time that it is called, and for each power value.
#[derive(Debug, Clone, Copy)]
pub struct CallsOfStep {
    pub per_call: Calls,
    pub per_value: Calls,
}

/// The calls of a run by step, where nothing goes wrong and AWS takes no time for updates.
#[derive(Debug, Clone, Copy)]
pub struct CallsOfRun {
    /// Once.
    pub initializer: CallsOfStep,
    /// Once in each round.
    pub publisher: CallsOfStep,
    /// Once.
    pub cleaner: CallsOfStep,
}

/// What the steps do.
pub const CALLS: CallsOfRun = CallsOfRun {
    initializer: CallsOfStep {
        per_call: &[
            (Action::GetFunction, 2),
            (Action::ListVersionsByFunction, 1),
            (Action::CreateAlias, 1),
            (Action::DescribeExecution, 1),
        ],
        per_value: &[],
    },
    publisher: CallsOfStep {
        // The lock is looked at, and $LATEST is put back.
        per_call: &[(Action::GetAlias, 1), (Action::UpdateFunctionConfiguration, 1)],
        per_value: &[(Action::UpdateFunctionConfiguration, 1), (Action::PublishVersion, 1), (Action::CreateAlias, 1)],
    },
    cleaner: CallsOfStep {
        per_call: &[
            (Action::DescribeExecution, 1),
            (Action::GetExecutionHistory, 1),
            (Action::GetAlias, 2),
            (Action::GetFunction, 1),
            (Action::ListAliases, 1),
            (Action::ListVersionsByFunction, 1),
            (Action::DeleteAlias, 1),
        ],
        per_value: &[(Action::DeleteAlias, 1), (Action::DeleteFunction, 1)],
    },
};

impl CallsOfStep {
    /// The calls of one call of the step, for so many power values, in some order.
    pub fn list(self, values: u32) -> impl Iterator<Item = Action> {
        let each = |calls: Calls, times: u32| {
            calls.iter().flat_map(move |&(action, count)| std::iter::repeat_n(action, (count * times) as usize))
        };
        each(self.per_call, 1).chain(each(self.per_value, values))
    }
}

impl CallsOfRun {
    /// All calls of a run whose rounds measure so many power values each, and whose Publisher looks so often after each update
    /// whether it has taken effect.
    pub fn count(&self, values_of_rounds: &[u32], looks: u32) -> BTreeMap<Action, u32> {
        let all: u32 = values_of_rounds.iter().sum();
        let publishers = values_of_rounds.iter().flat_map(|&values| self.publisher.list(values));
        let mut counts = BTreeMap::new();
        for action in self.initializer.list(all).chain(publishers).chain(self.cleaner.list(all)) {
            *counts.entry(action).or_default() += 1;
        }
        let updates = counts.get(&Action::UpdateFunctionConfiguration).copied().unwrap_or(0);
        *counts.entry(Action::GetFunction).or_default() += updates * looks;
        counts
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_six_values_makes_five_calls_for_each_and_twelve_besides() {
        let counts = CALLS.count(&[6], 0);
        let lambda: u32 = counts.iter().filter(|(action, _)| action.is_of_lambda()).map(|(_, count)| count).sum();
        assert_eq!(lambda, 6 * 5 + 12);
        assert_eq!(counts[&Action::UpdateFunctionConfiguration], 7);
        assert_eq!(CALLS.count(&[6], 2)[&Action::GetFunction], 3 + 7 * 2);
    }

    #[test]
    fn every_version_and_alias_that_is_made_is_deleted() {
        for rounds in [&[6][..], &[4, 2, 1]] {
            let counts = CALLS.count(rounds, 1);
            assert_eq!(counts[&Action::PublishVersion], counts[&Action::DeleteFunction]);
            assert_eq!(counts[&Action::CreateAlias], counts[&Action::DeleteAlias]);
        }
    }
}
