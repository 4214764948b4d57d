//! The Publisher: makes a version of every power value.

use serde::{Deserialize, Serialize};

use crate::{plan::Plan, power::Power, version::VersionNumber};

/// What the Publisher is given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// The plan.
    pub plan: Plan,
    /// What the Publisher gave back when it was last called.
    pub publication: Publication,
}

/// What is published.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Publication {
    /// Power values are left: call the Publisher again.
    #[serde(rename = "continue")]
    pub unfinished: bool,
    /// How often the Publisher was called.
    pub calls: u32,
    /// One version for each power value that is done.
    pub versions: Vec<PublishedVersion>,
}

/// The version of a power value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedVersion {
    /// Its memory size.
    pub power: Power,
    /// Its number. It may be one that the user had published before: then it is measured, but never deleted.
    pub version: VersionNumber,
}
