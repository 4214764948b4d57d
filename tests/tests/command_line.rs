//! The command line program on the local AWS: runs of its own and of others, all forms, gates, interruptions, cleaning.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, process::Output, time::Duration};

use end_to_end::{Aws, Function, State, assert_succeeded, program::program};
use rexpect::session::spawn_command;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tuning::contract::outcome::Outcome;

/// The longest time that the terminal may take to show something, in ms.
const PATIENCE: u64 = 90_000;
/// Long enough to be interrupted.
const SLOW: &str = r#"{"ioMs": 1500}"#;

async fn run(arguments: &[&str]) -> Output {
    end_to_end::program::run(program(arguments)).await
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn assert_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}{}", text(&output.stdout), text(&output.stderr));
}

/// The execution that a started run names on standard error.
fn execution(said: &str) -> String {
    let line = said.lines().find_map(|line| line.strip_prefix("execution ")).unwrap();
    line.trim().to_owned()
}

async fn wait_for_lock(function: &Function<'_>) {
    while function.state().await.aliases.iter().all(|(name, _)| name != "power-tuning-lock") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_followed_and_shown_in_every_form() {
    let aws = Aws::connect().await;
    let function = aws.function("cli-forms").await;
    let tune =
        ["tune", &function.name, "--num", "5", "--power-values", "128,512,1024", "--payload", r#"{"cpuMs": 15}"#];
    let shown = run(&[&tune[..], &["--strategy", "speed"]].concat()).await;
    assert_code(&shown, 0);
    let (table, said) = (text(&shown.stdout), text(&shown.stderr));
    for part in ["| power (MB) |", "winner", "ms over MB", "chart: https://"] {
        assert!(table.contains(part), "{part} is not in {table}");
    }
    for part in ["checking the input", "3 of 3 published", "• 512 MB: ", "USD so far", "cleaning up"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    let watched = execution(&said);
    let json = run(&["watch", &watched, "--output", "json", "--quiet"]).await;
    let outcome: Outcome = serde_json::from_slice(&json.stdout).unwrap();
    let Outcome::Tuned(outcome) = outcome else { panic!("it is no dry run") };
    assert_eq!((outcome.power.megabytes(), text(&json.stderr).as_str()), (1024, ""));
    let csv = text(&run(&["watch", &watched, "--output", "csv"]).await.stdout);
    assert!(csv.starts_with("power,vcpus,duration,") && csv.lines().count() == 4, "{csv}");
    let markdown = text(&run(&["watch", &watched, "--output", "markdown"]).await.stdout);
    assert!(markdown.contains("| **1024** |"), "{markdown}");
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detached_run_can_be_watched_by_its_name() {
    let aws = Aws::connect().await;
    let function = aws.function("cli-detach").await;
    let started = run(&["tune", &function.name, "--num", "5", "--power-values", "512", "--detach"]).await;
    assert_code(&started, 0);
    let execution = text(&started.stdout).trim().to_owned();
    assert!(text(&started.stderr).contains(&format!("power-tuner watch {execution}")));
    let watched = run(&["watch", execution.rsplit(':').next().unwrap()]).await;
    assert_code(&watched, 0);
    assert!(text(&watched.stderr).contains("cleaning up"));
    function.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_somebody_else_has_started_can_be_watched() {
    let aws = Aws::connect().await;
    let function = aws.function("cli-others").await;
    let execution = aws.start(&aws.state_machine, &function.input(&json!({"includeOutputResults": true}))).await;
    let watched = run(&["watch", &execution, "--output", "csv"]).await;
    assert_code(&watched, 0);
    assert_eq!(text(&watched.stdout).lines().count(), 3);
    function.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_tell_bad_input_a_failed_run_and_a_failed_gate_apart() {
    let aws = Aws::connect().await;
    let function = aws.function("cli-codes").await;
    let tune = ["tune", function.name.as_str(), "--num", "5", "--power-values", "128,1024"];
    let with = |more: &[&'static str]| [&tune[..], more].concat();
    assert_code(&run(&with(&["--max-duration", "0"])).await, 2);
    // What only the deployment knows is refused by its Initializer.
    assert_code(&run(&with(&["--payload-s3", "s3://power-tuner-payloads/no-such-object"])).await, 2);
    let failed = run(&with(&["--payload", r#"{"fail": true}"#])).await;
    assert_code(&failed, 3);
    assert!(text(&failed.stderr).contains("error: the run failed: FunctionError"), "{}", text(&failed.stderr));
    // It mostly waits: at 128 MB it costs a quarter of what it costs at the current 1,024 MB.
    let payload = r#"{"cpuMs": 4, "ioMs": 40}"#;
    let gate = run(&with(&["--payload", payload, "--fail-if-saving-above", "20%"])).await;
    assert_code(&gate, 4);
    assert!(text(&gate.stderr).contains("--fail-if-saving-above 20 %"), "{}", text(&gate.stderr));
    assert!(text(&gate.stdout).contains("| power (MB) |"), "{}", text(&gate.stdout));
    let passed =
        run(&with(&["--payload", payload, "--fail-if-slower-than", "10s", "--fail-if-saving-above", "99%"])).await;
    assert_code(&passed, 0);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_an_interruption_leaves_the_run_and_says_how_to_stop_it() {
    let aws = Aws::connect().await;
    let function = aws.function("cli-leave").await;
    let said = interrupted(&function, &[]).await;
    let running = execution(&said);
    assert!(aws.is_running(&running).await, "{said}");
    assert!(said.contains(&format!("power-tuner watch {running}")), "{said}");
    let refused = run(&["clean", &function.name]).await;
    assert_code(&refused, 1);
    assert!(text(&refused.stderr).contains("--stop"), "{}", text(&refused.stderr));
    assert_code(&run(&["clean", &function.name, "--stop"]).await, 0);
    assert!(!aws.is_running(&running).await);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_stop_on_interrupt_the_run_is_stopped_and_cleaned_up() {
    let aws = Aws::connect().await;
    let function = aws.function("cli-stop").await;
    let said = interrupted(&function, &["--stop-on-interrupt"]).await;
    assert!(said.contains("the run was stopped") && said.contains("nothing of the run is left"), "{said}");
    assert!(!aws.is_running(&execution(&said)).await);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

/// Starts a slow run, and interrupts the program as soon as the run holds the lock. Returns what the program said.
async fn interrupted(function: &Function<'_>, more: &[&str]) -> String {
    let tune = ["tune", &function.name, "--num", "20", "--power-values", "128,512", "--payload", SLOW];
    let mut program = tokio::process::Command::from(program(&[&tune[..], more].concat()));
    let mut child = program.stderr(std::process::Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        said.push_str(&line);
        said.push('\n');
        if line.contains("measuring") {
            wait_for_lock(function).await;
            let process = Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
            kill_process(process, Signal::INT).unwrap();
        }
    }
    assert_eq!(child.wait().await.unwrap().code(), Some(130), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_terminal_an_interruption_asks_and_stops_the_run() {
    let aws = Aws::connect().await;
    let function = aws.function("cli-terminal").await;
    let mut program = program(&["tune", &function.name, "--num", "20", "--power-values", "128,512", "--payload", SLOW]);
    program.env("TERM", "xterm-256color");
    let said = tokio::task::spawn_blocking(move || {
        let mut terminal = spawn_command(program, Some(PATIENCE)).unwrap();
        terminal.exp_string("measuring 2 values").unwrap();
        terminal.send_control('c').unwrap();
        terminal.exp_string("The run goes on in AWS").unwrap();
        // The first answer: stop it.
        terminal.send("\r").unwrap();
        terminal.flush().unwrap();
        terminal.exp_eof().unwrap()
    })
    .await
    .unwrap();
    assert!(said.contains("the run was stopped") && said.contains("nothing of the run is left"), "{said}");
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_run_has_left_is_found_by_doctor_and_cleaned() {
    let aws = Aws::connect().await;
    let function = aws.function("cli-clean").await;
    let killed = function.stopped(&aws.state_machine).await;
    function.becomes(|state| *state == State::untouched()).await;
    let (journal, mark) = (format!("power-tuning 1024 0 {killed}"), format!("power-tuning {killed}"));
    function.leave_behind(&journal, &mark, 512).await;
    let found = run(&["doctor", &function.name, "--payload", r#"{"ioMs": 1}"#, "--output", "json"]).await;
    assert_code(&found, 0);
    let checks: Value = serde_json::from_slice(&found.stdout).unwrap();
    let state =
        |name: &str| checks.as_array().unwrap().iter().find(|check| check["name"] == name).unwrap()["state"].clone();
    assert_eq!(
        (state("function"), state("credentials"), state("version")),
        (json!("attention"), json!("ok"), json!("ok"))
    );
    // The dry run has put it right already; once more, then by hand.
    assert_eq!(function.state().await, State::untouched());
    function.leave_behind(&journal, &mark, 512).await;
    let cleaned = run(&["clean", &function.name]).await;
    assert_code(&cleaned, 0);
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_has_left_is_deleted_even_if_its_lock_is_gone() {
    let aws = Aws::connect().await;
    let function = aws.function("cli-no-lock").await;
    let gone = aws.state_machine.replace(":stateMachine:", ":execution:") + ":gone";
    function.leave_behind(&format!("power-tuning 1024 0 {gone}"), &format!("power-tuning {gone}"), 1024).await;
    aws.lambda.delete_alias().function_name(&function.name).name("power-tuning-lock").send().await.unwrap();
    let cleaned = run(&["clean", &function.name]).await;
    assert_code(&cleaned, 0);
    assert_eq!(function.state().await, State::untouched());
    assert_succeeded(&function.tune(&json!({})).await);
    function.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_that_a_function_can_never_be_invoked_or_only_by_few_at_a_time() {
    let aws = Aws::connect().await;
    let function = aws.function("cli-reserved").await;
    for (most, state) in [(0, "problem"), (2, "attention"), (10, "ok")] {
        let reserve = aws.lambda.put_function_concurrency().function_name(&function.name);
        reserve.reserved_concurrent_executions(most).send().await.unwrap();
        let found = run(&["doctor", &function.name, "--payload", r#"{"ioMs": 1}"#, "--output", "json"]).await;
        assert_code(&found, i32::from(most == 0));
        let checks: Value = serde_json::from_slice(&found.stdout).unwrap();
        let named = |name: &str| checks.as_array().unwrap().iter().find(|check| check["name"] == name).cloned();
        let check = named("reserved concurrency").unwrap();
        assert_eq!(check["state"], state, "{check}");
        assert!(check["found"].as_str().unwrap().contains(&most.to_string()), "{check}");
        // A dry run would only say the same.
        assert_eq!(named("dry run").is_some(), most > 0, "{checks}");
    }
    function.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_of_a_result_goes_into_the_template_and_stays_with_the_next_deployment() {
    let (aws, name) = (Aws::connect().await, "end-to-end-cli-apply");
    let directory = tempfile::tempdir().unwrap();
    let (template, result) = (directory.path().join("template.yaml"), directory.path().join("result.json"));
    let (template, result) = (template.to_str().unwrap(), result.to_str().unwrap());
    let declared = aws.template_of_function(name).await;
    fs::write(template, &declared).unwrap();
    aws.deploy(name, &declared).await;
    let tune = ["tune", name, "--num", "5", "--power-values", "256,512,1024", "--payload", r#"{"ioMs": 30}"#];
    assert_code(&run(&[&tune[..], &["--save", result]].concat()).await, 0);
    let outcome: Outcome = serde_json::from_str(&fs::read_to_string(result).unwrap()).unwrap();
    let Outcome::Tuned(outcome) = outcome else { panic!("it is no dry run") };
    // It waits: more memory makes it dearer and no faster.
    assert_eq!(outcome.power.megabytes(), 256);
    assert_code(&run(&["apply", result, "--to", template, "--check"]).await, 4);
    assert_code(&run(&["apply", result, "--to", template, "--yes"]).await, 0);
    let applied = fs::read_to_string(template).unwrap();
    assert_eq!(applied, declared.replace("MemorySize: 1024", "MemorySize: 256"));
    aws.deploy(name, &applied).await;
    assert_eq!(aws.existing(name).await.state().await.memory, 256);
    assert_code(&run(&["apply", result, "--to", template, "--check"]).await, 0);
    // A file that does not say what the function is called: its stack does.
    let unnamed = declared.replace(&format!("      FunctionName: {name}\n"), "");
    assert_ne!(unnamed, declared);
    fs::write(template, &unnamed).unwrap();
    assert_code(&run(&["apply", result, "--to", template, "--yes"]).await, 2);
    assert_code(&run(&["apply", result, "--to", template, "--yes", "--stack", name, "--annotate"]).await, 0);
    let annotated = fs::read_to_string(template).unwrap();
    let (comments, others): (Vec<&str>, Vec<&str>) =
        annotated.lines().partition(|line| line.trim_start().starts_with("# power-tuner, "));
    assert_eq!(others, unnamed.replace("MemorySize: 1024", "MemorySize: 256").lines().collect::<Vec<_>>());
    let link = &outcome.state_machine.visualization;
    let [comment] = comments.as_slice() else { panic!("there is one comment: {comments:?}") };
    assert!(
        comment.contains(": 256 MB, cost -") && comment.ends_with(&format!(" against 1024 MB, {link}")),
        "{comment}"
    );
    aws.delete_stack(name).await;
}
