//! The plan of a fleet: which functions are tuned, with which inputs, and which of them one after another.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    fleet::{FleetInput, FleetName, Key, Tags},
    units::{arn::FunctionArn, s3_uri::S3Uri, usd::Usd},
};

/// The plan, as it lies in S3: the Distributed Map reads `groups` from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The name of the fleet.
    pub fleet: FleetName,
    /// The functions to tune. Those of a group are tuned one after another, and groups at the same time.
    pub groups: Vec<Vec<Item>>,
    /// The functions that have a result in this fleet already.
    pub done: Vec<FunctionArn>,
    /// The functions that are not tuned.
    pub skipped: Vec<Skipped>,
}

/// A function to tune.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// The function.
    pub function: FunctionArn,
    /// The name of its run's execution, after that of the execution that starts it.
    pub name: String,
    /// Where the result is put.
    pub key: String,
    /// The tuner's input.
    pub input: Map<String, Value>,
}

/// A function that is not tuned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Skipped {
    /// Its name.
    pub function: String,
    /// Why, and what to do about it.
    pub reason: String,
}

/// A function that was chosen, and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The function.
    pub function: FunctionArn,
    /// Why power-tuner cannot tune it, if so.
    pub obstacle: Option<String>,
    /// Its tags.
    pub tags: Tags,
    /// True if it has a result in this fleet.
    pub is_done: bool,
    /// Its payload.
    pub payload: Payload,
    /// How often it is invoked a month, if that is known.
    pub invocations_per_month: Option<u64>,
}

/// Where the payload of a function comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// An object in S3.
    Object(S3Uri),
    /// The function takes none.
    Nothing,
    /// It is not known.
    Missing(NoPayload),
}

/// Why the payload of a function is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPayload {
    /// Nothing says what it is.
    #[error(
        "there is no payload for it. Put one into the fleet's bucket as {0}, name a shareable test event in the tag \
         power-tuner:event, or set the tag power-tuner:payload to none"
    )]
    Unknown(String),
    /// The test event is not there.
    #[error(transparent)]
    TestEvent(#[from] super::NoTestEvent),
}

/// Why a function is not tuned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Skip {
    #[error("it has the tag power-tuner:exclude")]
    Excluded,
    #[error("{0}")]
    Obstacle(String),
    #[error(transparent)]
    NoPayload(NoPayload),
    #[error(
        "the group \"{0}\" has no more room: its inputs are more than an execution can carry. Start the fleet again \
         under the same name to go on with the rest"
    )]
    GroupFull(String),
}

/// What the inputs of one group may take, in bytes of JSON: an execution carries 262,144, the output of a run among
/// them.
const LARGEST_GROUP: usize = 64 * 1024;
/// The most characters of a function's name in the name of an execution: it has 80, of which 37 name the execution that
/// starts it, and up to 8 the position of the function.
const LONGEST_NAME: usize = 35;

impl Plan {
    /// Makes the plan. Functions keep their order; larger groups begin earlier, as they take longer.
    #[must_use]
    pub fn new(fleet: &FleetName, input: &FleetInput, candidates: Vec<Candidate>) -> Self {
        let (mut done, mut skipped, mut chosen) = (Vec::new(), Vec::new(), Vec::new());
        for candidate in candidates {
            match skip(&candidate) {
                Some(skip) => skipped.push(skip.of(&candidate.function)),
                None if candidate.is_done => done.push(candidate.function),
                None => chosen.push(candidate),
            }
        }
        let share = input.max_spend.map(|Usd(most)| most / (done.len() + chosen.len()).max(1) as f64);
        let mut groups: Vec<Group> = Vec::new();
        for (position, candidate) in chosen.into_iter().enumerate() {
            let item = Item::new(fleet, input, &candidate, position, share);
            let bytes = serde_json::to_string(&item).map_or(LARGEST_GROUP, |json| json.len());
            let name = candidate.tags.group();
            match groups.iter_mut().find(|group| name.is_some() && group.name.as_deref() == name) {
                Some(group) if group.bytes + bytes > LARGEST_GROUP => {
                    skipped.push(Skip::GroupFull(name.unwrap_or_default().to_owned()).of(&candidate.function));
                }
                Some(group) => {
                    group.items.push(item);
                    group.bytes += bytes;
                }
                None => groups.push(Group { name: name.map(str::to_owned), items: vec![item], bytes }),
            }
        }
        groups.sort_by_key(|group| std::cmp::Reverse(group.items.len()));
        Self { fleet: fleet.clone(), groups: groups.into_iter().map(|group| group.items).collect(), done, skipped }
    }

    /// The functions to tune.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.groups.iter().flatten()
    }

    /// All functions that have a result in the end, if all goes well.
    pub fn functions(&self) -> impl Iterator<Item = &FunctionArn> {
        self.items().map(|item| &item.function).chain(&self.done)
    }
}

/// A group while the plan is made.
struct Group {
    name: Option<String>,
    items: Vec<Item>,
    bytes: usize,
}

impl Item {
    fn new(
        fleet: &FleetName,
        fleet_input: &FleetInput,
        candidate: &Candidate,
        position: usize,
        share: Option<f64>,
    ) -> Self {
        let function = &candidate.function;
        let mut input = fleet_input.input.clone();
        let mut default = |field: &str, value: Value| {
            if !input.contains_key(field) {
                input.insert(field.to_owned(), value);
            }
        };
        default("powerValues", json!("AUTO"));
        default("compareWithCurrent", json!(true));
        if let Some(invocations) = candidate.invocations_per_month {
            default("invocationsPerMonth", json!(invocations));
        }
        input.insert("lambdaARN".to_owned(), json!(function));
        input.insert("includeOutputResults".to_owned(), json!(true));
        if let Payload::Object(object) = &candidate.payload {
            input.insert("payloadS3".to_owned(), json!(object));
        }
        if let Some(share) = share {
            input.insert("maxSpend".to_owned(), json!(share));
        }
        let named: String = function.name().chars().take(LONGEST_NAME).collect();
        Self {
            function: function.clone(),
            name: format!("{named}-{position}"),
            key: Key::Run(fleet, function).to_string(),
            input,
        }
    }
}

fn skip(candidate: &Candidate) -> Option<Skip> {
    if candidate.tags.exclude() {
        return Some(Skip::Excluded);
    }
    if candidate.is_done {
        return None;
    }
    match (&candidate.obstacle, &candidate.payload) {
        (Some(obstacle), _) => Some(Skip::Obstacle(obstacle.clone())),
        (None, Payload::Missing(why)) => Some(Skip::NoPayload(why.clone())),
        (None, Payload::Object(_) | Payload::Nothing) => None,
    }
}

impl Skip {
    fn of(&self, function: &FunctionArn) -> Skipped {
        Skipped { function: function.name().to_owned(), reason: self.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn fleet() -> FleetName {
        "weekly".parse().unwrap()
    }

    fn input(fields: &Value) -> FleetInput {
        let mut input = json!({"functions": {}});
        input.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        FleetInput::read(input).unwrap()
    }

    fn candidate(name: &str) -> Candidate {
        Candidate {
            function: format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}").parse().unwrap(),
            obstacle: None,
            tags: Tags::default(),
            is_done: false,
            payload: Payload::Nothing,
            invocations_per_month: None,
        }
    }

    fn tagged(name: &str, key: &str, value: &str) -> Candidate {
        Candidate { tags: Tags(BTreeMap::from([(key.to_owned(), value.to_owned())])), ..candidate(name) }
    }

    fn names(plan: &Plan) -> Vec<Vec<&str>> {
        plan.groups.iter().map(|group| group.iter().map(|item| item.function.name()).collect()).collect()
    }

    #[test]
    fn functions_of_a_group_are_tuned_one_after_another_and_larger_groups_begin_first() {
        let candidates = vec![
            candidate("a"),
            tagged("b", GROUP, "db"),
            candidate("c"),
            tagged("d", GROUP, "db"),
            tagged("e", GROUP, "x"),
        ];
        let plan = Plan::new(&fleet(), &input(&json!({})), candidates);
        assert_eq!(names(&plan), [vec!["b", "d"], vec!["a"], vec!["c"], vec!["e"]]);
    }

    const GROUP: &str = "power-tuner:group";

    #[test]
    fn what_is_not_tuned_is_said_and_what_is_done_is_left_out() {
        let missing = Payload::Missing(NoPayload::Unknown("payloads/no-payload.json".to_owned()));
        let candidates = vec![
            tagged("excluded", "power-tuner:exclude", ""),
            Candidate { obstacle: Some("it is durable".to_owned()), ..candidate("obstacle") },
            Candidate { payload: missing, ..candidate("no-payload") },
            Candidate { is_done: true, ..candidate("done") },
            candidate("tuned"),
        ];
        let plan = Plan::new(&fleet(), &input(&json!({})), candidates);
        assert_eq!(names(&plan), [["tuned"]]);
        assert_eq!(plan.done.iter().map(FunctionArn::name).collect::<Vec<_>>(), ["done"]);
        let said: Vec<String> = plan.skipped.iter().map(|s| format!("{}: {}", s.function, s.reason)).collect();
        assert_eq!(
            said,
            [
                "excluded: it has the tag power-tuner:exclude",
                "obstacle: it is durable",
                "no-payload: there is no payload for it. Put one into the fleet's bucket as \
                 payloads/no-payload.json, name a shareable test event in the tag power-tuner:event, or set the tag \
                 power-tuner:payload to none",
            ]
        );
        let functions: Vec<&str> = plan.functions().map(FunctionArn::name).collect();
        assert_eq!(functions, ["tuned", "done"]);
    }

    #[test]
    fn every_input_is_the_common_one_with_what_belongs_to_the_function() {
        let object = Payload::Object("s3://bucket/payloads/f.json".parse().unwrap());
        let f = Candidate { payload: object, invocations_per_month: Some(1000), ..candidate("f") };
        let plan = Plan::new(&fleet(), &input(&json!({"input": {"strategy": "speed"}})), vec![f]);
        let item = &plan.groups[0][0];
        assert_eq!((item.name.as_str(), item.key.as_str()), ("f-0", "runs/fleet=weekly/f.json"));
        assert_eq!(
            Value::Object(item.input.clone()),
            json!({
                "strategy": "speed", "powerValues": "AUTO", "compareWithCurrent": true, "invocationsPerMonth": 1000,
                "lambdaARN": "arn:aws:lambda:eu-west-1:123456789012:function:f", "includeOutputResults": true,
                "payloadS3": "s3://bucket/payloads/f.json",
            })
        );
    }

    #[test]
    fn what_the_caller_sets_for_all_is_kept() {
        let common = json!({"input": {"powerValues": [128, 256], "num": 10, "invocationsPerMonth": 5}});
        let f = Candidate { invocations_per_month: Some(1000), ..candidate("f") };
        let plan = Plan::new(&fleet(), &input(&common), vec![f]);
        let input = &plan.groups[0][0].input;
        assert_eq!((&input["powerValues"], &input["invocationsPerMonth"]), (&json!([128, 256]), &json!(5)));
    }

    #[test]
    fn a_group_that_an_execution_cannot_carry_is_tuned_in_part() {
        let names: Vec<String> = (0..400).map(|n| format!("{n:064}")).collect();
        let candidates = names.iter().map(|name| tagged(name, GROUP, "db")).collect();
        let plan = Plan::new(&fleet(), &input(&json!({})), candidates);
        let json = serde_json::to_string(&plan.groups[0]).unwrap();
        assert!(json.len() < LARGEST_GROUP + 1024, "{}", json.len());
        assert_eq!(plan.groups[0].len() + plan.skipped.len(), 400);
        assert!(plan.skipped[0].reason.contains("the same name"), "{}", plan.skipped[0].reason);
    }

    proptest! {
        #[test]
        fn every_function_is_tuned_done_or_skipped_once_and_the_spend_is_kept(
            drawn in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>(), 0u8..4), 0..60),
            most in 0.001..100.0f64,
        ) {
            let candidates: Vec<Candidate> = drawn.iter().enumerate().map(|(n, (is_done, excluded, missing, group))| {
                let mut tags = BTreeMap::new();
                if *excluded { tags.insert("power-tuner:exclude".to_owned(), String::new()); }
                if *group > 0 { tags.insert(GROUP.to_owned(), group.to_string()); }
                let unknown = || Payload::Missing(NoPayload::Unknown(String::new()));
                let payload = if *missing { unknown() } else { Payload::Nothing };
                Candidate { is_done: *is_done, tags: Tags(tags), payload, ..candidate(&format!("f{n}")) }
            }).collect();
            let plan = Plan::new(&fleet(), &input(&json!({"maxSpend": most})), candidates.clone());
            let mut all: Vec<String> = plan.functions().map(|function| function.name().to_owned()).collect();
            all.extend(plan.skipped.iter().map(|skipped| skipped.function.clone()));
            prop_assert_eq!(all.len(), candidates.len());
            prop_assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), candidates.len());
            let spend: f64 = plan.items().map(|item| item.input["maxSpend"].as_f64().unwrap()).sum();
            prop_assert!(spend <= most * (1.0 + 1e-9), "{} of {}", spend, most);
            let executions: BTreeSet<&String> = plan.items().map(|item| &item.name).collect();
            prop_assert_eq!(executions.len(), plan.items().count());
            prop_assert!(executions.iter().all(|name| name.len() + 37 <= 80));
            let group_of = |function: &FunctionArn| {
                candidates.iter().find(|candidate| candidate.function == *function).unwrap().tags.group()
            };
            for (n, group) in plan.groups.iter().enumerate() {
                let name = group_of(&group[0].function);
                prop_assert!(group.iter().all(|item| group_of(&item.function) == name));
                prop_assert!(name.is_some() || group.len() == 1);
                let later = &plan.groups[n + 1..];
                let again = name.is_some() && later.iter().any(|other| group_of(&other[0].function) == name);
                prop_assert!(!again, "a group of the same name twice");
            }
        }
    }
}
