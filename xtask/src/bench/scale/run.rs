//! What a run does, as a list of things that take time or need something that is scarce.

use super::{
    calls::{Action, CALLS, CallsOfStep},
    quota::Quota,
};

/// How many iterations of a Map run at the same time (inline mode).
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html>
const MAP: u32 = 40;
/// Memory of our Lambda functions in GB, as `template.yaml` sets it: of the Executor, and of each other one.
const EXECUTOR_GB: f64 = 0.5;
const OTHERS_GB: f64 = 0.25;

/// What is measured, and how long things take, in seconds.
#[derive(Debug, Clone)]
pub struct Shape {
    /// How many power values each round measures.
    pub rounds: Vec<u32>,
    /// Invocations of each power value.
    pub invocations: u32,
    /// How many of them at a time.
    pub lanes: u32,
    /// An invocation of the function.
    pub function: f64,
    /// An API call.
    pub call: f64,
    /// A step of ours, besides its calls.
    pub step: f64,
    /// From an update of the function until it has taken effect.
    pub update: f64,
    /// How often the Publisher looks after each update whether it has.
    pub looks: u32,
}

/// One thing that a run does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Act {
    /// Takes a token of a quota.
    Token(Quota),
    /// Lets time go by.
    Pass(f64),
    /// So many Lambda environments begin to run.
    Begin(u32),
    /// They end.
    End(u32),
    /// Our Lambda functions are billed from here on: so many, with so much memory each, in GB.
    Bill(u32, f64),
    /// They are no longer.
    Settle,
}

impl Shape {
    /// What a run does, from its start to its end.
    pub fn acts(&self) -> Vec<Act> {
        let all = self.rounds.iter().sum();
        let mut acts = vec![Act::Token(Quota::StartExecution)];
        acts.extend(self.step(CALLS.initializer, all));
        for &values in &self.rounds {
            acts.extend(self.step(CALLS.publisher, values));
            // The choice after it, and the Map.
            acts.extend([Act::Token(Quota::StateTransition); 2]);
            acts.extend(self.measuring(values));
            // The Analyzer makes no call; a choice comes after it.
            acts.extend(self.step(CallsOfStep { per_call: &[], per_value: &[] }, 0));
            acts.push(Act::Token(Quota::StateTransition));
        }
        acts.extend(self.step(CALLS.cleaner, all));
        acts
    }

    /// State transitions of a run: Initializer, Cleaner, and in each round Publisher, Choice, Map, an Executor for each power
    /// value, Analyzer and Choice.
    pub fn transitions(&self) -> u32 {
        2 + self.rounds.iter().map(|values| 5 + values).sum::<u32>()
    }

    /// Invocations of our own Lambda functions.
    pub fn own_invocations(&self) -> u32 {
        2 + self.rounds.iter().map(|values| 2 + values).sum::<u32>()
    }

    /// What a run needs to run at the same time, at most.
    pub fn concurrency(&self) -> u32 {
        self.rounds.iter().map(|&values| values.min(MAP)).max().unwrap_or(0) * (1 + self.lanes)
    }

    /// A step that is a Lambda function: one call after the other.
    fn step(&self, calls: CallsOfStep, values: u32) -> Vec<Act> {
        let mut acts = vec![Act::Token(Quota::StateTransition), Act::Begin(1), Act::Bill(1, OTHERS_GB)];
        acts.push(Act::Pass(self.step));
        for action in calls.list(values) {
            acts.extend([Act::Token(Quota::of(action)), Act::Pass(self.call)]);
            if action == Action::UpdateFunctionConfiguration {
                acts.extend(self.update());
            }
        }
        acts.extend([Act::Settle, Act::End(1)]);
        acts
    }

    /// Waits until an update has taken effect.
    fn update(&self) -> Vec<Act> {
        let looks = f64::from(self.looks.max(1));
        let look = [Act::Token(Quota::GetFunction), Act::Pass(self.call)];
        let wait = [Act::Pass(self.update / looks)];
        match self.looks {
            0 => wait.into(),
            count => (0..count).flat_map(|_| wait.into_iter().chain(look)).collect(),
        }
    }

    /// The Map: so many Executors, each with its lanes.
    fn measuring(&self, values: u32) -> Vec<Act> {
        let time = self.step + f64::from(self.invocations.div_ceil(self.lanes.max(1))) * (self.function + self.call);
        let mut acts = Vec::new();
        let mut left = values;
        while left > 0 {
            let now = left.min(MAP);
            left -= now;
            acts.extend((0..now).map(|_| Act::Token(Quota::StateTransition)));
            let environments = now * (1 + self.lanes);
            acts.extend([Act::Begin(environments), Act::Bill(now, EXECUTOR_GB), Act::Pass(time)]);
            acts.extend([Act::Settle, Act::End(environments)]);
        }
        acts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(rounds: &[u32]) -> Shape {
        let rounds = rounds.to_vec();
        Shape { rounds, invocations: 50, lanes: 10, function: 0.1, call: 0.03, step: 0.01, update: 1.0, looks: 2 }
    }

    #[test]
    fn the_acts_of_a_run_have_the_calls_and_transitions_that_are_counted() {
        for rounds in [&[6][..], &[46], &[4, 2, 1]] {
            let (shape, tokens) = (shape(rounds), |quota: Quota| {
                shape(rounds).acts().into_iter().filter(|act| *act == Act::Token(quota)).count()
            });
            assert_eq!(tokens(Quota::StateTransition), shape.transitions() as usize);
            let calls = CALLS.count(rounds, shape.looks);
            for quota in [Quota::GetFunction, Quota::ControlPlane, Quota::DescribeExecution, Quota::GetExecutionHistory]
            {
                let counted = calls.iter().filter(|(action, _)| Quota::of(**action) == quota).map(|(_, count)| count);
                assert_eq!(tokens(quota), counted.sum::<u32>() as usize, "{quota:?}");
            }
        }
    }

    #[test]
    fn a_run_of_one_round_takes_seven_transitions_and_one_for_each_power_value() {
        assert_eq!((shape(&[6]).transitions(), shape(&[46]).transitions()), (13, 53));
    }

    #[test]
    fn what_begins_ends() {
        let sum = shape(&[46]).acts().into_iter().fold(0, |sum, act| match act {
            Act::Begin(count) => sum + i64::from(count),
            Act::End(count) => sum - i64::from(count),
            _ => sum,
        });
        assert_eq!(sum, 0);
    }
}
