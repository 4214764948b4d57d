use std::sync::Mutex;

use aws::{
    ApiError,
    fleet::{Kind, fake::Region},
};
use serde_json::json;
use tuning::units::s3_uri::S3Uri;

use super::*;

const BUCKET: &str = "fleets";
const HOUR: Duration = Duration::from_hours(1);

/// A bucket, and functions that are invoked in one hour of each day.
#[derive(Default)]
struct Account {
    bucket: Region,
    busy: Vec<(Moment, f64)>,
    asked: Mutex<Vec<(Vec<String>, Window)>>,
}

impl Objects for Account {
    async fn read(&self, object: &S3Uri) -> Result<Option<String>, ApiError> {
        self.bucket.read(object).await
    }

    async fn write(&self, object: &S3Uri, kind: Kind, text: String) -> Result<(), ApiError> {
        self.bucket.write(object, kind, text).await
    }

    async fn keys(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, ApiError> {
        self.bucket.keys(bucket, prefix).await
    }
}

impl Traffic for Account {
    async fn hourly_invocations(&self, functions: &[&str], window: Window) -> Result<Vec<(Moment, f64)>, ApiError> {
        let functions = functions.iter().map(|name| (*name).to_owned()).collect();
        self.asked.lock().unwrap().push((functions, window));
        Ok(self.busy.clone())
    }
}

fn at(hours: u64, seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_hours(24 * 20_000 + hours) + Duration::from_secs(seconds)
}

fn moment(hours: u64) -> Moment {
    Moment(u64::try_from(at(hours, 0).duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap())
}

async fn found(account: &Account, now: SystemTime) -> Result<Output, Error> {
    handle(account, BUCKET, now, Input { fleet: "weekly".parse().unwrap() }).await
}

#[tokio::test]
async fn the_functions_of_the_plan_are_asked_about_and_the_wait_ends_with_the_quiet_hour() {
    let account = Account {
        busy: (0..24).map(|hour| (moment(hour), if hour == 5 { 1.0 } else { 100.0 })).collect(),
        ..Account::default()
    };
    let item = |name: &str| {
        let function = format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}");
        json!({"function": function, "name": name, "key": format!("runs/fleet=weekly/{name}.json"), "input": {}})
    };
    let plan = json!({"fleet": "weekly", "groups": [[item("f")], [item("g")]], "done": [], "skipped": []});
    account.bucket.put("s3://fleets/fleets/weekly/functions.json", &plan.to_string());
    let now = at(24 + 3, 600);
    let output = found(&account, now).await.unwrap();
    assert_eq!(output, Output { seconds: 2 * 3600 - 600, functions: 2, invocations: 1.0 });
    let asked = account.asked.lock().unwrap().clone();
    assert_eq!(asked, [(vec!["f".to_owned(), "g".to_owned()], Window { from: now - 14 * 24 * HOUR, to: now })]);
    assert_eq!(found(&account, at(24 + 5, 59)).await.unwrap().seconds, 0);
}

#[tokio::test]
async fn without_a_plan_nothing_is_asked() {
    let account = Account::default();
    let failed = found(&account, at(0, 0)).await.unwrap_err().to_string();
    assert_eq!(failed, "the fleet weekly has no plan in its bucket: somebody has deleted it");
    assert!(account.asked.lock().unwrap().is_empty());
}
