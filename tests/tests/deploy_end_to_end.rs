//! From the program and credentials alone to a tuned function, and back: nothing but the program is on the path, and
//! nothing is left in the account.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

use end_to_end::{
    Aws,
    program::{program, said},
};

const STACK: &str = "end-to-end-deployed";
/// The longest time that it may take from nothing to a tuned function.
const LIMIT: Duration = Duration::from_mins(1);

fn variable(name: &str) -> PathBuf {
    env::var_os(name).map(PathBuf::from).unwrap()
}

/// The program, on a machine that has nothing else.
async fn run(arguments: &[&str]) -> Output {
    let mut program = program(arguments);
    program.env("PATH", "").env_remove("POWER_TUNER_STATE_MACHINE");
    end_to_end::program::run(program).await
}

/// The package of the functions that the local AWS was started with: they are not compiled again.
fn package(folder: &Path) -> PathBuf {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let mut pack = Command::new(variable("POWER_TUNER_XTASK"));
    pack.args(["package", "--architecture", architecture, "--built"]).arg(variable("POWER_TUNER_BUILT"));
    let packed = pack.arg("--output").arg(folder).output().unwrap();
    said(&packed);
    let file = String::from_utf8(packed.stdout).unwrap();
    PathBuf::from(file.trim())
}

/// Whatever a deployment may have created, of everything that is named by its stack or in its buckets.
async fn left(aws: &Aws) -> Vec<String> {
    let mut left = Vec::new();
    let functions = aws.lambda.list_functions().send().await.unwrap();
    left.extend(functions.functions().iter().filter_map(|function| function.function_name.clone()));
    let buckets = aws.s3.list_buckets().send().await.unwrap();
    left.extend(buckets.buckets().iter().filter_map(|bucket| bucket.name.clone()));
    left.extend(aws.log_groups().await);
    left.extend(aws.roles().await);
    let machines = aws.sfn.list_state_machines().send().await.unwrap();
    left.extend(machines.state_machines.into_iter().map(|machine| machine.state_machine_arn));
    left.sort();
    left
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_program_alone_to_a_tuned_function_and_nothing_is_left_of_it() {
    let aws = Aws::connect().await;
    let function = aws.function("deployed").await;
    let folder = env::temp_dir().join(format!("power-tuner-deployed-{}", std::process::id()));
    let package = package(&folder);
    let package = package.to_str().unwrap();
    let before = left(&aws).await;

    let start = Instant::now();
    let deployed = run(&["deploy", "--stack", STACK, "--package", package, "--yes"]).await;
    let told = said(&deployed);
    for part in ["which is created", "AWS::StepFunctions::StateMachine: StateMachine", "lambda:DeleteFunction on "] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    assert!(String::from_utf8(deployed.stdout).unwrap().contains("StateMachineARN = arn:aws:states:"));
    let deployed_after = start.elapsed();
    let payload = r#"{"cpuMs": 5}"#;
    let tune = ["tune", &function.name, "--stack", STACK, "--power-values", "128,512", "--num", "5"];
    let tuned = run(&[&tune[..], &["--payload", payload]].concat()).await;
    said(&tuned);
    let tuned_after = start.elapsed();
    println!("deployed in {deployed_after:.1?}, tuned after {tuned_after:.1?}");
    assert!(tuned_after < LIMIT, "{tuned_after:?}");

    let again = run(&["deploy", "--stack", STACK, "--package", package, "--yes"]).await;
    assert_eq!(again.status.code(), Some(2), "{}", String::from_utf8_lossy(&again.stderr));
    let same = said(&run(&["upgrade", "--stack", STACK, "--package", package, "--yes"]).await);
    assert!(same.contains("nothing is to be changed"), "{same}");
    let metrics = ["--parameter", "metrics=false"];
    let changed = run(&[&["upgrade", "--stack", STACK, "--package", package, "--yes"], &metrics[..]].concat()).await;
    let changed = said(&changed);
    assert!(changed.contains("the code is in the bucket already"), "{changed}");

    let removed = said(&run(&["destroy", "--stack", STACK, "--yes"]).await);
    assert!(removed.contains(&format!("the stack {STACK} was deleted")), "{removed}");
    assert_eq!(left(&aws).await, before);
    function.delete().await;
    fs::remove_dir_all(folder).unwrap();
}
