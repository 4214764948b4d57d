//! The comment that says where a memory size comes from.

use std::time::SystemTime;

use aws_sdk_sfn::primitives::{DateTime, DateTimeFormat};
use tuning::contract::outcome::Comparison;

use super::tuned::Tuned;
use crate::result::difference;

/// The date, the memory size, what it saves, and the link.
pub fn of(tuned: &Tuned, link: Option<String>, now: SystemTime) -> String {
    let Tuned { memory, against_present, .. } = tuned;
    let saving = against_present.filter(|present| present.power != *memory).map(saving).unwrap_or_default();
    let link = link.map(|link| format!(", {link}")).unwrap_or_default();
    format!("{}: {memory}{saving}{link}", date(now))
}

/// ", cost -34.0 %, duration +3.0 % against 1024 MB".
fn saving(present: Comparison) -> String {
    let Comparison { power, cost_percent, duration_percent, cost_ratio, duration_ratio, .. } = present;
    format!(", {} against {power}", difference((cost_percent, cost_ratio), (duration_percent, duration_ratio)))
}

/// The day, in UTC: 2026-11-27.
fn date(now: SystemTime) -> String {
    let written = DateTime::from(now).fmt(DateTimeFormat::DateTime).unwrap_or_default();
    written.chars().take_while(|character| *character != 'T').collect()
}

#[cfg(test)]
mod tests {
    use std::{path::PathBuf, time::Duration};

    use declaration::Wanted;
    use serde_json::json;
    use tuning::units::power::Power;

    use super::*;

    #[test]
    fn a_comment_has_the_date_the_saving_as_far_as_it_is_known_and_the_link() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_737_599);
        let ratio = json!({"ratio": 0.66, "low": 0.5, "high": 1.1, "distinguishable": false});
        let saving = json!({"power": 1024, "costPercent": -34.04, "durationPercent": 3.0, "costRatio": ratio});
        let none = json!({"power": 640, "costPercent": 0.0, "durationPercent": 0.0});
        let comments =
            [(Some(saving), Some("https://x/#AA==")), (Some(none), None), (None, None)].map(|(present, link)| {
                let tuned = Tuned {
                    result: PathBuf::new(),
                    wanted: Wanted::Function("f".to_owned()),
                    function: None,
                    memory: Power::new(640).unwrap(),
                    against_present: present.map(|present| serde_json::from_value(present).unwrap()),
                };
                of(&tuned, link.map(str::to_owned), now)
            });
        insta::assert_snapshot!(comments.join("\n"), @"
        2026-11-26: 640 MB, cost -34.0 % (?), duration +3.0 % against 1024 MB, https://x/#AA==
        2026-11-26: 640 MB
        2026-11-26: 640 MB
        ");
    }
}
