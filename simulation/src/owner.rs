//! The deeds of the function's owner while runs are at work.

use std::time::Duration;

use aws::api::{AliasTarget, LastUpdate};
use tokio::time::sleep;
use tuning::units::power::Power;

use crate::{
    ledger::{Actor, Event},
    schedule::What,
    world::{LOCK, World},
};

/// Between two tries of what AWS refuses while an update is in progress.
const PAUSE: Duration = Duration::from_millis(50);

impl World {
    /// Does it, as soon as AWS allows it.
    pub(crate) async fn owner_does(&self, what: &What) {
        if matches!(what, What::SetMemory(_) | What::Deploy | What::Publish) {
            while self.is_updating() {
                sleep(PAUSE).await;
            }
        }
        for event in self.done(what) {
            self.enter(Actor::Owner, event);
        }
    }

    fn is_updating(&self) -> bool {
        let mut state = self.aws.state();
        state.end_update();
        state.latest.last_update == LastUpdate::InProgress
    }

    /// Does a deed of the owner, and returns the events that it came to.
    fn done(&self, what: &What) -> Vec<Event> {
        let mut state = self.aws.state();
        let known =
            |name: &str, aliases: &[aws::api::Alias]| aliases.iter().find(|alias| alias.name.as_str() == name).cloned();
        match what {
            What::SetMemory(mb) => {
                let to = Power::nearest(f64::from(*mb));
                state.set_memory(to);
                vec![Event::SetMemory { to }]
            }
            What::Deploy => {
                state.deploy();
                vec![Event::Deployed]
            }
            What::Publish => {
                let version = state.publish("a release");
                vec![Event::Published { version: version.number, memory: version.memory }]
            }
            What::Point(name) => {
                let Some(newest) = state.versions.iter().map(|version| version.number).max() else { return Vec::new() };
                let at = AliasTarget::Version(newest);
                if known(name, &state.aliases).is_some_and(|alias| !alias.description.is_empty()) {
                    return Vec::new();
                }
                state.aliases.retain(|known| known.name.as_str() != name);
                state.add_alias(name, at, "");
                vec![Event::Pointed { alias: name.clone(), at, is_taken: true }]
            }
            What::Delete(name) => match known(name, &state.aliases) {
                Some(alias) if alias.description.is_empty() => {
                    state.aliases.retain(|known| known.name != alias.name);
                    vec![Event::DeletedAlias { alias: name.clone(), sent: self.now() }]
                }
                _ => Vec::new(),
            },
            What::DeleteLock => {
                let before = state.aliases.len();
                state.aliases.retain(|alias| alias.name.as_str() != LOCK);
                if state.aliases.len() < before { vec![Event::Tampered] } else { Vec::new() }
            }
            What::EditLock => {
                let Some(lock) = known(LOCK, &state.aliases) else { return Vec::new() };
                state.aliases.retain(|alias| alias.name != lock.name);
                state.add_alias(LOCK, lock.target, "what is this?");
                vec![Event::Tampered]
            }
        }
    }
}
