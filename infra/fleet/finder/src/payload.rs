//! Where the payload of a function comes from.

use std::collections::HashSet;

use aws::fleet::{Inventory, Kind, Objects};
use tuning::{
    fleet::{FleetName, Key, NoPayload, NoTestEvent, Payload, Tags, test_event},
    units::arn::FunctionArn,
};

use crate::error::Error;

/// The payloads that there are.
pub struct Payloads<'a, A> {
    api: &'a A,
    bucket: &'a str,
    fleet: &'a FleetName,
    keys: HashSet<String>,
}

impl<'a, A: Inventory + Objects> Payloads<'a, A> {
    /// Looks at which objects there are in the fleet's bucket.
    pub async fn of(api: &'a A, bucket: &'a str, fleet: &'a FleetName) -> Result<Self, Error> {
        let keys = api.keys(bucket, "payloads/").await?.into_iter().collect();
        Ok(Self { api, bucket, fleet, keys })
    }

    /// The object of the function's name in the fleet's bucket; else the test event that a tag names; else none, if a
    /// tag says so.
    pub async fn of_function(&self, function: &FunctionArn, tags: &Tags) -> Result<Payload, Error> {
        let key = Key::Payload(function);
        if self.keys.contains(&key.to_string()) {
            return Ok(Payload::Object(key.in_bucket(self.bucket)?));
        }
        if let Some(event) = tags.event().filter(|_| !tags.exclude()) {
            return self.test_event(function, event).await;
        }
        if tags.takes_no_payload() {
            return Ok(Payload::Nothing);
        }
        Ok(Payload::Missing(NoPayload::Unknown(key.to_string())))
    }

    /// A copy of the event in the fleet's bucket, from where the run reads it: events can be large, and payloads are
    /// not to be seen in the history of executions.
    async fn test_event(&self, function: &FunctionArn, named: &str) -> Result<Payload, Error> {
        let found = match self.api.test_events(function).await? {
            Some(schema) => test_event(&schema, named),
            None => Err(NoTestEvent::NoSchema(named.to_owned())),
        };
        match found {
            Ok(event) => {
                let copy = Key::Event(self.fleet, function).in_bucket(self.bucket)?;
                self.api.write(&copy, Kind::Json, event.to_string()).await?;
                Ok(Payload::Object(copy))
            }
            Err(why) => Ok(Payload::Missing(why.into())),
        }
    }
}
