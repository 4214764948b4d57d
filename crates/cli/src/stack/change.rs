//! Change sets: what a deployment would do, before it does it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_sdk_cloudformation::{
    operation::describe_change_set::DescribeChangeSetOutput,
    types::{Capability, Change, ChangeAction, ChangeSetStatus, ChangeSetType, Parameter, Replacement},
};

use super::found::{self, Standing};
use crate::{
    account::{Account, Call},
    failure::Failure,
};

/// The longest time that AWS may take to say what would change.
const LIMIT: Duration = Duration::from_mins(10);
/// The pause before it is asked again: at first, and at most.
const SHORTEST: Duration = Duration::from_millis(300);
const LONGEST: Duration = Duration::from_secs(5);

/// The stack that is wanted.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The name of the stack.
    pub stack: &'a str,
    /// Its template.
    pub template: Template<'a>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// True if there is none yet.
    pub is_new: bool,
}

/// A template.
#[derive(Debug)]
pub enum Template<'a> {
    /// It is sent; AWS takes [`LONGEST_TEMPLATE`] bytes.
    Text(&'a str),
    /// It is in a bucket, at this address.
    At(String),
}

/// The longest template that can be sent to AWS, in bytes (quotas of AWS `CloudFormation`).
pub const LONGEST_TEMPLATE: usize = 51_200;

/// The changes that would be made.
#[derive(Debug)]
pub struct ChangeSet<'a> {
    account: &'a Account,
    /// Its ARN.
    pub id: String,
    /// The ARN of the stack.
    pub stack: String,
    /// Each resource that would be created, changed or removed.
    pub changes: Vec<Resource>,
    is_new: bool,
    has_parameters: bool,
}

/// A resource that would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The name that the template gives it.
    pub name: String,
    /// Its type, such as `AWS::Lambda::Function`.
    pub kind: String,
    /// The action that would be taken.
    pub action: Action,
}

/// An action on a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is created.
    Create,
    /// It is changed in place.
    Change,
    /// Another one takes its place, or may have to.
    Replace,
    /// It is removed.
    Remove,
}

/// Asks AWS what would change; `None`: nothing.
pub async fn create<'a>(account: &'a Account, wanted: Wanted<'_>) -> Result<Option<ChangeSet<'a>>, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let has_parameters = !wanted.parameters.is_empty();
    let kind = if wanted.is_new { ChangeSetType::Create } else { ChangeSetType::Update };
    let (body, url) = match wanted.template {
        Template::Text(text) => (Some(text.to_owned()), None),
        Template::At(url) => (None, Some(url)),
    };
    let created = account
        .cloudformation()
        .create_change_set()
        .stack_name(wanted.stack)
        .change_set_name(format!("power-tuner-{now}"))
        .change_set_type(kind)
        .set_template_body(body)
        .set_template_url(url)
        .set_parameters(Some(wanted.parameters))
        .capabilities(Capability::CapabilityIam)
        .capabilities(Capability::CapabilityAutoExpand)
        .send()
        .await
        .map_err(|error| {
            Call { to: "ask what would change", action: "cloudformation:CreateChangeSet", on: wanted.stack }
                .failed(&error)
        })?;
    let mut change_set = ChangeSet {
        account,
        id: created.id.unwrap_or_default(),
        stack: created.stack_id.unwrap_or_else(|| wanted.stack.to_owned()),
        changes: Vec::new(),
        is_new: wanted.is_new,
        has_parameters,
    };
    match change_set.read().await {
        Ok(true) => Ok(Some(change_set)),
        Ok(false) => change_set.discard().await.map(|()| None),
        Err(failure) => {
            // What is said is why it failed; what stays of it is empty.
            let _ = change_set.discard().await;
            Err(failure)
        }
    }
}

impl ChangeSet<'_> {
    /// Waits until AWS knows what would change; false: nothing.
    async fn read(&mut self) -> Result<bool, Failure> {
        let (start, mut pause) = (Instant::now(), SHORTEST);
        loop {
            let described = self.describe(None).await?;
            match &described.status {
                Some(ChangeSetStatus::CreateComplete) => return self.take(described).await.map(|()| true),
                Some(ChangeSetStatus::Failed) => {
                    let reason = described.status_reason.unwrap_or_default();
                    return if is_unchanged(&reason) { Ok(false) } else { Err(refused(&reason, self.has_parameters)) };
                }
                _ if start.elapsed() > LIMIT => {
                    let limit = LIMIT.as_secs();
                    return Err(Failure::passing(format!("AWS did not say within {limit} s what would change")));
                }
                _ => tokio::time::sleep(pause).await,
            }
            pause = (pause * 3 / 2).min(LONGEST);
        }
    }

    async fn take(&mut self, mut page: DescribeChangeSetOutput) -> Result<(), Failure> {
        loop {
            self.changes.extend(page.changes().iter().filter_map(resource));
            match page.next_token {
                Some(token) => page = self.describe(Some(token)).await?,
                None => return Ok(()),
            }
        }
    }

    async fn describe(&self, token: Option<String>) -> Result<DescribeChangeSetOutput, Failure> {
        let request = self.account.cloudformation().describe_change_set().change_set_name(&self.id);
        let described = request.stack_name(&self.stack).set_next_token(token).send().await;
        described.map_err(|error| self.call("ask what would change", "cloudformation:DescribeChangeSet").failed(&error))
    }

    /// The template that it would deploy, as JSON, without what SAM adds to the language.
    pub async fn template(&self) -> Result<String, Failure> {
        let request = self.account.cloudformation().get_template().change_set_name(&self.id).stack_name(&self.stack);
        let request = request.template_stage(aws_sdk_cloudformation::types::TemplateStage::Processed);
        let template = request
            .send()
            .await
            .map_err(|error| self.call("read the template", "cloudformation:GetTemplate").failed(&error))?;
        Ok(template.template_body.unwrap_or_default())
    }

    /// Begins to do it.
    pub async fn execute(&self) -> Result<(), Failure> {
        let request = self.account.cloudformation().execute_change_set().change_set_name(&self.id);
        let executed = request.stack_name(&self.stack).send().await;
        executed
            .map(drop)
            .map_err(|error| self.call("change the stack", "cloudformation:ExecuteChangeSet").failed(&error))
    }

    /// Forgets it, and the stack without resources that was made for it.
    pub async fn discard(&self) -> Result<(), Failure> {
        let client = self.account.cloudformation();
        if self.is_new {
            let stack = found::stack(self.account, &self.stack).await?;
            if stack.is_some_and(|stack| stack.standing() == Standing::Empty) {
                let deleted = client.delete_stack().stack_name(&self.stack).send().await;
                return deleted.map(drop).map_err(|error| {
                    self.call("delete the stack without resources", "cloudformation:DeleteStack").failed(&error)
                });
            }
        }
        let deleted = client.delete_change_set().change_set_name(&self.id).stack_name(&self.stack).send().await;
        deleted
            .map(drop)
            .map_err(|error| self.call("delete the change set", "cloudformation:DeleteChangeSet").failed(&error))
    }

    fn call<'b>(&'b self, to: &'b str, action: &'b str) -> Call<'b> {
        Call { to, action, on: &self.stack }
    }
}

/// The ways in which AWS says that nothing would change.
fn is_unchanged(reason: &str) -> bool {
    ["didn't contain changes", "No updates are to be performed"].iter().any(|words| reason.contains(words))
}

fn refused(reason: &str, has_parameters: bool) -> Failure {
    let failure = Failure::other(format!("AWS refuses the change: {reason}"));
    if has_parameters { failure.hint("check the parameters: docs/deploy.md lists them") } else { failure }
}

fn resource(change: &Change) -> Option<Resource> {
    let change = change.resource_change()?;
    let action = match change.action()? {
        ChangeAction::Add | ChangeAction::Import => Action::Create,
        ChangeAction::Remove => Action::Remove,
        _ => match change.replacement() {
            Some(Replacement::True | Replacement::Conditional) => Action::Replace,
            _ => Action::Change,
        },
    };
    Some(Resource { name: change.logical_resource_id()?.to_owned(), kind: change.resource_type()?.to_owned(), action })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_say_that_nothing_changes_is_understood() {
        for reason in [
            "The submitted information didn't contain changes. Submit different information to create a change set.",
            "No updates are to be performed.",
        ] {
            assert!(is_unchanged(reason), "{reason}");
        }
        assert!(!is_unchanged("Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application"));
    }
}
