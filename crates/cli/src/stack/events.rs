//! The events of a stack, which tell what happens to it.

use aws_sdk_cloudformation::types::StackEvent;

/// The type of the stack itself in its events.
const STACK: &str = "AWS::CloudFormation::Stack";
/// The word of AWS for what it gave up because something else had failed: never the cause.
const CANCELLED: &str = "cancelled";

/// Something that happened to a resource, or to the stack itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The id that tells it from all others.
    pub id: String,
    /// The name that the template gives the resource.
    pub resource: String,
    /// The type of the resource.
    pub kind: String,
    /// The status, as AWS calls it, such as `CREATE_COMPLETE`.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    is_stack: bool,
}

/// The end of a change of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As it was to.
    Well,
    /// Otherwise.
    Badly,
}

impl Event {
    /// Reads one of the stack with this ARN.
    pub fn of(event: &StackEvent, stack: &str) -> Self {
        let kind = event.resource_type().unwrap_or_default().to_owned();
        // A nested stack is a resource, too.
        let is_stack = kind == STACK && event.physical_resource_id() == Some(stack);
        Self {
            id: event.event_id().unwrap_or_default().to_owned(),
            resource: event.logical_resource_id().unwrap_or_default().to_owned(),
            kind,
            status: event.resource_status().map_or_else(String::new, |status| status.as_str().to_owned()),
            reason: event.resource_status_reason().map(str::to_owned),
            is_stack,
        }
    }

    /// The end of the change of the stack, if this is it.
    pub fn end(&self) -> Option<End> {
        match self.status.as_str() {
            _ if !self.is_stack => None,
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "DELETE_COMPLETE" => Some(End::Well),
            status if status.ends_with("_IN_PROGRESS") => None,
            _ => Some(End::Badly),
        }
    }

    /// The words for what is done with a resource, if this says that it is done.
    pub fn done(&self) -> Option<String> {
        let done = match self.status.as_str() {
            _ if self.is_stack => return None,
            "CREATE_COMPLETE" => "created",
            "UPDATE_COMPLETE" => "changed",
            "DELETE_COMPLETE" => "removed",
            _ => return None,
        };
        Some(format!("{done} {} ({})", self.resource, self.kind))
    }

    /// The failure of a resource, if this says so, and is not the consequence of something else.
    pub fn failure(&self) -> Option<String> {
        let reason = self.reason.as_deref().unwrap_or("AWS gives no reason");
        let is_cause = !self.is_stack && self.status.ends_with("_FAILED") && !reason.contains(CANCELLED);
        is_cause.then(|| format!("{} ({}): {}: {reason}", self.resource, self.kind, self.status))
    }

    /// Why the stack itself is in trouble, if it says so.
    pub fn trouble(&self) -> Option<String> {
        let reason = self.reason.as_deref()?;
        let is_trouble = self.is_stack && (self.status.contains("FAILED") || self.status.contains("ROLLBACK"));
        is_trouble.then(|| format!("{}: {reason}", self.status))
    }
}

/// The first thing that failed, of events in the order in which they happened.
pub fn first_failure(events: &[Event]) -> Option<String> {
    events.iter().find_map(Event::failure).or_else(|| events.iter().find_map(Event::trouble))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:cloudformation:us-east-1:1:stack/power-tuner/1";

    fn event(resource: &str, status: &str, reason: &str) -> Event {
        let is_stack = resource == "power-tuner";
        let built = StackEvent::builder()
            .stack_id(ARN)
            .event_id(format!("{resource}-{status}"))
            .logical_resource_id(resource)
            .physical_resource_id(if is_stack { ARN } else { "nested" })
            .resource_type(if is_stack || resource == "Nested" { STACK } else { "AWS::IAM::Role" })
            .resource_status(status.into())
            .resource_status_reason(reason);
        Event::of(&built.build(), ARN)
    }

    #[test]
    fn the_first_failure_is_the_cause_and_not_what_was_cancelled_because_of_it() {
        let events = [
            event("Initializer", "CREATE_FAILED", "Resource creation cancelled"),
            event("CleanerRole", "CREATE_FAILED", "not authorized to perform: iam:CreateRole"),
            event("PublisherRole", "CREATE_FAILED", "something later"),
            event("power-tuner", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [CleanerRole]."),
        ];
        let cause = "CleanerRole (AWS::IAM::Role): CREATE_FAILED: not authorized to perform: iam:CreateRole";
        assert_eq!(first_failure(&events).as_deref(), Some(cause));
    }

    #[test]
    fn without_a_resource_that_failed_the_stack_itself_says_why() {
        let events = [event("power-tuner", "ROLLBACK_IN_PROGRESS", "Transform failed")];
        assert_eq!(first_failure(&events).as_deref(), Some("ROLLBACK_IN_PROGRESS: Transform failed"));
        assert_eq!(first_failure(&[event("power-tuner", "CREATE_IN_PROGRESS", "User Initiated")]), None);
    }

    #[test]
    fn only_the_stack_itself_ends_a_change() {
        for (resource, status, end) in [
            ("power-tuner", "CREATE_IN_PROGRESS", None),
            ("power-tuner", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", None),
            ("power-tuner", "CREATE_COMPLETE", Some(End::Well)),
            ("power-tuner", "UPDATE_COMPLETE", Some(End::Well)),
            ("power-tuner", "DELETE_COMPLETE", Some(End::Well)),
            ("power-tuner", "ROLLBACK_COMPLETE", Some(End::Badly)),
            ("power-tuner", "UPDATE_ROLLBACK_COMPLETE", Some(End::Badly)),
            ("power-tuner", "DELETE_FAILED", Some(End::Badly)),
            ("Nested", "CREATE_COMPLETE", None),
            ("CleanerRole", "CREATE_FAILED", None),
        ] {
            assert_eq!(event(resource, status, "").end(), end, "{resource} {status}");
        }
    }

    #[test]
    fn what_is_done_is_said() {
        let done = |status| event("CleanerRole", status, "").done();
        assert_eq!(done("CREATE_COMPLETE").as_deref(), Some("created CleanerRole (AWS::IAM::Role)"));
        assert_eq!(done("DELETE_COMPLETE").as_deref(), Some("removed CleanerRole (AWS::IAM::Role)"));
        assert_eq!(done("CREATE_IN_PROGRESS"), None);
    }
}
