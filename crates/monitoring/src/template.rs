//! The template.

use serde_json::{Map, Value, json};
use tuning::units::counted::counted;

use crate::{
    alarm::Alarm,
    dashboard,
    metric::Metric,
    watched::{Monitoring, Watched},
};

/// The description of the stack, by which it is known again.
pub const DESCRIPTION: &str = "Monitoring of Lambda functions, made by power-tuner monitor.";
/// The output of the stack that names its dashboard.
pub const OUTPUT: &str = "MonitoringDashboard";
/// The most resources that a template may have (quotas of AWS CloudFormation).
const MOST_RESOURCES: usize = 500;

/// More functions than fit in one template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} do not fit in one stack, which may have {MOST_RESOURCES} resources: the first {most} do",
    counted(*given, "function")
)]
pub struct TooMany {
    /// The number of functions.
    pub given: usize,
    /// The number of them that fit.
    pub most: usize,
}

/// The number of resources that watch a function.
#[must_use]
pub fn resources_of(function: &Watched) -> usize {
    let filters = function.reports.as_ref().map_or(0, |_| Metric::ALL.len());
    filters + Alarm::of(function).count()
}

impl Monitoring {
    /// The template, in JSON.
    ///
    /// # Errors
    ///
    /// If it would have more resources than `CloudFormation` allows.
    pub fn template(&self) -> Result<Value, TooMany> {
        // One is the dashboard.
        let mut room = MOST_RESOURCES - 1;
        let fits = |function: &&Watched| {
            let left = room.checked_sub(resources_of(function));
            room = left.unwrap_or(room);
            left.is_some()
        };
        let most = self.functions.iter().take_while(fits).count();
        if most < self.functions.len() {
            return Err(TooMany { given: self.functions.len(), most });
        }
        let mut resources = Map::new();
        for function in &self.functions {
            let id = logical_id(&function.name);
            if let Some(group) = &function.reports {
                for metric in Metric::ALL {
                    resources.insert(format!("{id}{}", metric.name()), metric.filter(function, group));
                }
            }
            for alarm in Alarm::of(function) {
                let Some(resource) = alarm.resource(function, self) else { continue };
                resources.insert(format!("{id}{}Alarm", capitalised(alarm.name())), resource);
            }
        }
        let dashboard = json!({
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {
                // Dashboards of all regions share their names.
                "DashboardName": { "Fn::Sub": "${AWS::StackName}-${AWS::Region}" },
                "DashboardBody": dashboard::body(self),
            },
        });
        resources.insert("Dashboard".to_owned(), dashboard);
        Ok(json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": DESCRIPTION,
            "Resources": resources,
            "Outputs": { OUTPUT: { "Value": { "Ref": "Dashboard" } } },
        }))
    }
}

/// The name of a function in logical ids, which are letters and digits alone; the digits at its end tell names apart
/// that differ in other characters.
fn logical_id(function: &str) -> String {
    let words = function.split(|character: char| !character.is_ascii_alphanumeric());
    let words = words.map(capitalised).collect::<Vec<_>>().concat();
    // FNV-1a: the same in every version of the program, as other ids would be other resources.
    let hash = function.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{words}{hash:08x}")
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + characters.as_str())
}
