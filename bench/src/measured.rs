//! Measurements of others on AWS Lambda: mean durations over memory, and single invocations.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, de::DeserializeOwned};

/// Mean durations of functions, by name.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Curves(BTreeMap<String, Curve>);

/// The mean durations of a function.
#[derive(Debug, Deserialize)]
struct Curve {
    /// Memory sizes in MB.
    m: Vec<f64>,
    /// Durations in ms.
    t: Vec<f64>,
}

/// Single invocations of functions, by name.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Samples(BTreeMap<String, Sampled>);

/// The measurements of a function: for each memory size in MB the durations of each environment, in ms and in their
/// order.
#[derive(Debug, Deserialize)]
struct Sampled {
    envs: BTreeMap<u32, Vec<Vec<f64>>>,
}

/// The measurements of a function at one memory size.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    pub megabytes: f64,
    /// The mean of all environments' mean durations, in ms.
    pub mean: f64,
    /// The durations of each environment, in ms and in their order.
    pub environments: Vec<Vec<f64>>,
}

impl Curves {
    /// Reads a file: `{"name": {"m": [MB, …], "t": [ms, …]}, …}`.
    pub fn read(file: &Path) -> Result<Self> {
        let curves: Self = read(file)?;
        let is_sound = |curve: &Curve| curve.m.len() == curve.t.len() && curve.m.len() > 1;
        ensure!(!curves.0.is_empty() && curves.0.values().all(is_sound), "{} has an incomplete curve", file.display());
        Ok(curves)
    }

    /// The name of a function, and what was measured of it, as memory sizes in MB with durations in ms; they begin
    /// again with the first one after the last one.
    pub fn nth(&self, number: u64) -> Option<(&str, Vec<(f64, f64)>)> {
        let (name, curve) = self.0.iter().nth(position(number, self.0.len()))?;
        Some((name, curve.m.iter().copied().zip(curve.t.iter().copied()).collect()))
    }
}

impl Curves {
    /// All functions, as by [`Self::nth`].
    pub fn all(&self) -> impl Iterator<Item = (&str, Vec<(f64, f64)>)> {
        (0..self.0.len() as u64).filter_map(|number| self.nth(number))
    }
}

impl Samples {
    /// Reads a file: `{"name": {"envs": {"MB": [[ms, …], …], …}, …}, …}`.
    pub fn read(file: &Path) -> Result<Self> {
        let samples: Self = read(file)?;
        let is_sound = |environment: &Vec<f64>| !environment.is_empty() && environment.iter().all(|ms| *ms > 0.0);
        let are_sound = |environments: &Vec<Vec<f64>>| !environments.is_empty() && environments.iter().all(is_sound);
        let is_whole = |sampled: &Sampled| sampled.envs.len() > 1 && sampled.envs.values().all(are_sound);
        ensure!(!samples.0.is_empty() && samples.0.values().all(is_whole), "{} has an empty series", file.display());
        Ok(samples)
    }

    /// The name of a function, and what was measured of it, by memory size; they begin again with the first one after
    /// the last one.
    pub fn nth(&self, number: u64) -> Option<(&str, Vec<Recorded>)> {
        let (name, sampled) = self.0.iter().nth(position(number, self.0.len()))?;
        Some((name, sampled.recorded()))
    }

    /// All functions.
    pub fn all(&self) -> impl Iterator<Item = (&str, Vec<Recorded>)> {
        self.0.iter().map(|(name, sampled)| (name.as_str(), sampled.recorded()))
    }
}

impl Sampled {
    fn recorded(&self) -> Vec<Recorded> {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let sizes = self.envs.iter().map(|(&megabytes, environments)| Recorded {
            megabytes: f64::from(megabytes),
            mean: mean(&environments.iter().map(|durations| mean(durations)).collect::<Vec<f64>>()),
            environments: environments.clone(),
        });
        sizes.collect()
    }
}

fn read<T: DeserializeOwned>(file: &Path) -> Result<T> {
    let text = std::fs::read_to_string(file).with_context(|| format!("failed to read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} does not hold measured functions", file.display()))
}

fn position(number: u64, length: usize) -> usize {
    usize::try_from(number).unwrap_or(0) % length.max(1)
}
