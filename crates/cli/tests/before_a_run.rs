//! Messages and checks before a run is started.
#![expect(clippy::unwrap_used, reason = "tests")]

mod stub;

use std::{env, fs, path::PathBuf};

use serde_json::json;
use stub::Stub;

const STATE_MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:powerTuningStateMachine-1";
const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:powerTuningStateMachine-1:run";

fn tune<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["tune", "f", "--state-machine", STATE_MACHINE], more].concat()
}

/// A directory of the test's own, which is empty.
fn directory(name: &str) -> PathBuf {
    let directory = env::temp_dir().join(format!("power-tuner-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_is_named_goes_before_keys_of_the_environment_and_both_are_said() {
    let home = directory("profile");
    let config = home.join("config");
    fs::write(&config, "[profile team]\naws_access_key_id = OFTHEPROFILE\naws_secret_access_key = secret\n").unwrap();
    for (more, key, said_by) in [
        (&["--profile", "team"][..], "OFTHEPROFILE", "profile team; the keys in AWS_ACCESS_KEY_ID are not used"),
        (&[], "test", "keys in AWS_ACCESS_KEY_ID"),
    ] {
        let stub = Stub::start().await;
        stub.states("StartExecution", 200, &json!({"executionArn": EXECUTION, "startDate": 0})).await;
        let output = stub.program(&tune(&[&["--detach"], more].concat())).env("AWS_CONFIG_FILE", &config).output();
        let said = String::from_utf8(output.unwrap().stderr).unwrap();
        let told = format!("account 123456789012 ({said_by}), region us-east-1 (the state machine's ARN)");
        assert!(said.contains(&told), "{said}");
        let signed = stub.authorizations().await;
        assert!(!signed.is_empty() && signed.iter().all(|header| header.contains(&format!("Credential={key}/"))));
    }
    fs::remove_dir_all(home).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_the_region_is_said() {
    for (more, said_by) in [(&[][..], "AWS_REGION"), (&["--region", "us-east-1"], "--region")] {
        let stub = Stub::start().await;
        stub.stacks(&[STATE_MACHINE]).await;
        stub.states("StartExecution", 200, &json!({"executionArn": EXECUTION, "startDate": 0})).await;
        let output = stub.program(&[&["tune", "f", "--detach"], more].concat()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&format!("region us-east-1 ({said_by})")), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_started_whose_result_could_not_be_kept() {
    let nowhere = directory("kept").join("nowhere/result.json");
    for flag in ["--save", "--markdown-summary"] {
        let stub = Stub::start().await;
        let output = stub.program(&tune(&[flag, nowhere.to_str().unwrap()])).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains("nothing was started"), "{said}");
        assert!(stub.authorizations().await.is_empty());
    }
}
