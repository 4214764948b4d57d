//! Where the objects of a fleet lie in its bucket.

use std::fmt;

use crate::{
    fleet::FleetName,
    units::{
        arn::FunctionArn,
        s3_uri::{NotAnS3Uri, S3Uri},
    },
};

/// The key of an object in the bucket of the fleet stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key<'a> {
    /// The plan: what is tuned, and what is not and why.
    Plan(&'a FleetName),
    /// The list of functions that somebody has chosen for the fleet.
    List(&'a FleetName),
    /// A shareable test event that a function's tag names, as it was when the fleet began.
    Event(&'a FleetName, &'a FunctionArn),
    /// The run of a function.
    Run(&'a FleetName, &'a FunctionArn),
    /// The summary.
    Summary(&'a FleetName),
    /// The page with all results.
    Report(&'a FleetName),
    /// The payload of a function, in all fleets.
    Payload(&'a FunctionArn),
}

impl Key<'_> {
    /// The object in a bucket.
    pub fn in_bucket(&self, bucket: &str) -> Result<S3Uri, NotAnS3Uri> {
        format!("s3://{bucket}/{self}").parse()
    }
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan(fleet) => write!(f, "fleets/{fleet}/functions.json"),
            Self::List(fleet) => write!(f, "fleets/{fleet}/list.json"),
            Self::Event(fleet, function) => write!(f, "fleets/{fleet}/events/{}.json", function.name()),
            Self::Run(fleet, function) => write!(f, "{}{}.json", RunsPrefix::of(fleet), function.name()),
            Self::Summary(fleet) => write!(f, "fleets/{fleet}/summary.json"),
            Self::Report(fleet) => write!(f, "fleets/{fleet}/report.html"),
            Self::Payload(function) => write!(f, "payloads/{}.json", function.name()),
        }
    }
}

/// The beginning of the keys of runs. The partitions below are named as Athena (Hive) expects it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunsPrefix<'a>(Option<&'a FleetName>);

impl<'a> RunsPrefix<'a> {
    /// Of the runs of all fleets.
    pub const ALL: Self = Self(None);

    /// Of the runs of one fleet.
    #[must_use]
    pub const fn of(fleet: &'a FleetName) -> Self {
        Self(Some(fleet))
    }

    /// The fleet and the name of the function of a run's key; `None` of a key that is no run's.
    #[must_use]
    pub fn read(key: &str) -> Option<(FleetName, &str)> {
        let (fleet, file) = key.strip_prefix("runs/fleet=")?.split_once('/')?;
        let function = file.strip_suffix(".json").filter(|name| !name.is_empty() && !name.contains('/'))?;
        Some((fleet.parse().ok()?, function))
    }
}

impl fmt::Display for RunsPrefix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(fleet) => write!(f, "runs/fleet={fleet}/"),
            None => f.write_str("runs/"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn function(name: &str) -> FunctionArn {
        format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}").parse().unwrap()
    }

    #[test]
    fn keys_are_what_is_documented() {
        let (fleet, f) = ("weekly".parse().unwrap(), function("f"));
        let keys = [
            Key::Plan(&fleet),
            Key::List(&fleet),
            Key::Event(&fleet, &f),
            Key::Run(&fleet, &f),
            Key::Summary(&fleet),
            Key::Report(&fleet),
            Key::Payload(&f),
        ];
        assert_eq!(
            keys.map(|key| key.to_string()),
            [
                "fleets/weekly/functions.json",
                "fleets/weekly/list.json",
                "fleets/weekly/events/f.json",
                "runs/fleet=weekly/f.json",
                "fleets/weekly/summary.json",
                "fleets/weekly/report.html",
                "payloads/f.json",
            ]
        );
        assert_eq!(RunsPrefix::ALL.to_string(), "runs/");
    }

    #[test]
    fn a_key_of_something_else_is_no_run_s() {
        for key in
            ["payloads/f.json", "runs/fleet=a/b/f.json", "runs/fleet=a/f.txt", "runs/fleet=/f.json", "runs/f.json"]
        {
            assert_eq!(RunsPrefix::read(key), None, "{key}");
        }
    }

    proptest! {
        #[test]
        fn the_key_of_a_run_is_read_back(fleet in "[A-Za-z0-9_-]{1,80}", name in "[A-Za-z0-9_-]{1,64}") {
            let fleet: FleetName = fleet.parse().unwrap();
            let key = Key::Run(&fleet, &function(&name)).to_string();
            prop_assert!(key.starts_with(&RunsPrefix::of(&fleet).to_string()));
            prop_assert_eq!(RunsPrefix::read(&key), Some((fleet, name.as_str())));
        }
    }
}
