//! The plan of a deployment: says in words what would change, and does it.

use package::Package;
use serde_json::Value;
use tuning::units::counted::counted;

use super::{
    bucket::{Bucket, State},
    change::{Action, ChangeSet, Resource},
    follow,
    identity::Identity,
    intrinsics::Scope,
    parameters::Given,
    rights,
};
use crate::{account::Account, console::Console, exit::Exit, failure::Failure};

/// A change that waits for its yes.
#[derive(Debug)]
pub struct Plan<'a> {
    /// Where.
    pub account: &'a Account,
    /// Who.
    pub identity: &'a Identity,
    /// The name of the stack.
    pub stack: &'a str,
    /// The package that is deployed.
    pub package: &'a Package,
    /// By way of which bucket.
    pub bucket: &'a Bucket<'a>,
    /// The state of the bucket.
    pub state: State,
    /// The changes that would be made.
    pub change_set: ChangeSet<'a>,
    /// The parameters that are set.
    pub set: Vec<Given>,
}

impl Plan<'_> {
    /// Says what it would do.
    pub async fn show(&self, console: Console) {
        let mut said = vec![match self.state {
            State::Absent => format!("the code goes into the bucket {}, which is created", self.bucket.name),
            State::Ours | State::Theirs => format!("the code goes into the bucket {}", self.bucket.name),
        }];
        said.extend(changes(&self.change_set.changes));
        said.extend(match self.rights().await {
            Ok(rights) => {
                let rights = rights.into_iter().map(|line| format!("  {line}"));
                std::iter::once("the roles get these rights:".to_owned()).chain(rights).collect()
            }
            Err(failure) => vec![format!("which rights the roles get is not known: {}", failure.what)],
        });
        console.say(said.join("\n"));
    }

    async fn rights(&self) -> Result<Vec<String>, Failure> {
        let template = self.change_set.template().await?;
        let template: Value = serde_json::from_str(&template)
            .map_err(|error| Failure::other(format!("the template that AWS has made is not JSON: {error}")))?;
        let pseudo = [
            ("AWS::Region", self.account.region.as_str()),
            ("AWS::AccountId", &self.identity.account),
            ("AWS::Partition", &self.identity.partition),
            ("AWS::StackName", self.stack),
        ];
        Ok(rights::lines(&template, &Scope::new(&template, &self.set, pseudo)))
    }

    /// Does it, and follows it to its end.
    pub async fn execute(&self, doing: &str, console: Console) -> Result<Exit, Failure> {
        if self.state == State::Absent {
            self.bucket.create().await?;
            console.say(format_args!("the bucket {} was created", self.bucket.name));
        } else if self.state == State::Ours {
            self.bucket.protect().await?;
        }
        let uploaded = self.bucket.upload(self.package).await?;
        console.say(match uploaded {
            0 => "the code is in the bucket already".to_owned(),
            some => format!("{} uploaded", counted(some, "file")),
        });
        follow::execute(self.account, &self.change_set, doing, console).await
    }
}

/// The changes that would be made, by what is done and by type.
pub fn changes(changes: &[Resource]) -> Vec<String> {
    let mut said = Vec::new();
    for (action, words) in [
        (Action::Create, "creates"),
        (Action::Change, "changes"),
        (Action::Replace, "may replace"),
        (Action::Remove, "removes"),
    ] {
        let of: Vec<&Resource> = changes.iter().filter(|change| change.action == action).collect();
        if of.is_empty() {
            continue;
        }
        said.push(format!("the stack {words} {}:", counted(of.len(), "resource")));
        let mut kinds: Vec<&str> = of.iter().map(|change| change.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let names: Vec<&str> = of.iter().filter(|one| one.kind == kind).map(|one| one.name.as_str()).collect();
            said.push(format!("  {kind}: {}", names.join(", ")));
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_said_by_what_is_done_and_by_type() {
        let resource =
            |name: &str, kind: &str, action| Resource { name: name.to_owned(), kind: kind.to_owned(), action };
        let all = [
            resource("Cleaner", "AWS::Lambda::Function", Action::Change),
            resource("Executor", "AWS::Lambda::Function", Action::Change),
            resource("StateMachine", "AWS::StepFunctions::StateMachine", Action::Replace),
            resource("UncleanedRuns", "AWS::SQS::Queue", Action::Create),
            resource("Old", "AWS::SQS::Queue", Action::Remove),
        ];
        insta::assert_snapshot!(changes(&all).join("\n"), @r"
        the stack creates 1 resource:
          AWS::SQS::Queue: UncleanedRuns
        the stack changes 2 resources:
          AWS::Lambda::Function: Cleaner, Executor
        the stack may replace 1 resource:
          AWS::StepFunctions::StateMachine: StateMachine
        the stack removes 1 resource:
          AWS::SQS::Queue: Old
        ");
    }
}
