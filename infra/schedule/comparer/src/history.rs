//! The runs in the bucket of the fleets.

use std::collections::{BTreeMap, BTreeSet};

use aws::fleet::Objects;
use futures_util::{StreamExt, TryStreamExt, stream};
use tuning::{
    fleet::{FleetName, Run, RunsPrefix},
    units::s3_uri::S3Uri,
};

use crate::{AT_A_TIME, Error};

/// The runs of a fleet, and of those before it.
pub struct History<'a, A> {
    api: &'a A,
    bucket: &'a str,
    fleet: &'a FleetName,
    functions: BTreeSet<String>,
    /// The other fleets and their functions: those that began last go first.
    others: Vec<(FleetName, BTreeSet<String>)>,
}

impl<'a, A: Objects> History<'a, A> {
    /// Lists the bucket, and reads one run of each fleet, whose time says in which order the fleets were.
    pub async fn of(api: &'a A, bucket: &'a str, fleet: &'a FleetName) -> Result<Self, Error> {
        let mut fleets: BTreeMap<FleetName, BTreeSet<String>> = BTreeMap::new();
        for key in api.keys(bucket, &RunsPrefix::ALL.to_string()).await? {
            if let Some((fleet, function)) = RunsPrefix::read(&key) {
                fleets.entry(fleet).or_default().insert(function.to_owned());
            }
        }
        let functions = fleets.remove(fleet).unwrap_or_default();
        let mut history = Self { api, bucket, fleet, functions, others: Vec::new() };
        fleets.retain(|_, others| !others.is_disjoint(&history.functions));
        let dated = stream::iter(fleets).map(|(fleet, functions)| history.dated(fleet, functions));
        let mut dated: Vec<_> = dated.buffered(AT_A_TIME).try_collect().await?;
        dated.sort_by(|(one, ..), (other, ..)| other.cmp(one));
        history.others = dated.into_iter().map(|(_, fleet, functions)| (fleet, functions)).collect();
        Ok(history)
    }

    /// The functions of the fleet.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.functions.iter().map(String::as_str)
    }

    /// The run of a function in this fleet and the last one before it, if it was tuned in both.
    pub async fn last_two(&self, function: &str) -> Result<Option<(Run, Run)>, Error> {
        let now = self.read(self.fleet, function).await?.filter(|run| run.output().is_some());
        let Some(now) = now else { return Ok(None) };
        for (fleet, _) in self.others.iter().filter(|(_, functions)| functions.contains(function)) {
            let run = self.readable(fleet, function).await?;
            if let Some(last) = run.filter(|run| run.output().is_some() && run.finished < now.finished) {
                return Ok(Some((last, now)));
            }
        }
        Ok(None)
    }

    async fn dated(
        &self,
        fleet: FleetName,
        functions: BTreeSet<String>,
    ) -> Result<(Option<String>, FleetName, BTreeSet<String>), Error> {
        let run = match functions.first() {
            Some(first) => self.readable(&fleet, first).await?,
            None => None,
        };
        Ok((run.map(|run| run.finished), fleet, functions))
    }

    /// A run of another fleet; nothing if it cannot be read, which another version may have written.
    async fn readable(&self, fleet: &FleetName, function: &str) -> Result<Option<Run>, Error> {
        match self.read(fleet, function).await {
            Err(Error::Unreadable { key, reason, .. }) => {
                tracing::warn!(key, %reason, "left out a run");
                Ok(None)
            }
            read => read,
        }
    }

    async fn read(&self, fleet: &FleetName, function: &str) -> Result<Option<Run>, Error> {
        let key = format!("{}{function}.json", RunsPrefix::of(fleet));
        let Ok(object) = format!("s3://{}/{key}", self.bucket).parse::<S3Uri>() else { return Ok(None) };
        let Some(text) = self.api.read(&object).await? else { return Ok(None) };
        let run = Run::read(&text);
        run.map(Some).map_err(|reason| Error::Unreadable { bucket: self.bucket.to_owned(), key, reason })
    }
}
