//! A recorded run, as the program shows it: every form, and the picture of a terminal in the README.

#![expect(clippy::unwrap_used, reason = "tests")]

mod stub;

use std::{fs, path::PathBuf, process::Output};

use anstyle_svg::Term;
use insta_cmd::assert_cmd_snapshot;
use serde_json::json;
use stub::{Recorded, STATE_MACHINE, Stub};

/// Set by `cargo xtask docs`: then the picture is written instead of compared.
const WRITE: &str = "POWER_TUNER_WRITE_DOCS";
/// The width of the terminal in the picture.
const COLUMNS: usize = 124;
/// The line that the picture shows being typed.
const LINE: &str = "power-tuner tune my-function --power-values AUTO --strategy balanced";

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_a_result_is_written() {
    let (stub, run) = Stub::with_recorded_run().await;
    for form in ["table", "csv", "markdown"] {
        let mut program = stub.program(&["watch", run.execution(), "--output", form]);
        program.env("COLUMNS", "100");
        assert_cmd_snapshot!(format!("session-{form}"), program);
    }
    let output = stub.program(&["watch", run.execution(), "--json", "--quiet"]).output().unwrap();
    assert_eq!(text(&output.stdout).trim(), run.description["output"].as_str().unwrap());
    assert_eq!(text(&output.stderr), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_is_neither_read_nor_told_again() {
    let (stub, run) = (Stub::start().await, Recorded::load());
    let events = run.history["events"].as_array().unwrap();
    let (old, new) = events.split_at(events.len() / 2);
    let mut running = run.description.clone();
    running["status"] = json!("RUNNING");
    stub.states_once("DescribeExecution", "", &running).await;
    stub.states("DescribeExecution", 200, &run.description).await;
    stub.states_once("GetExecutionHistory", "", &json!({"events": old})).await;
    // Newest first; of what is known, one event is enough, and no further page is asked for.
    let newest: Vec<_> = new.iter().rev().chain(old.last()).collect();
    let page = json!({"events": newest, "nextToken": "more"});
    stub.states_once("GetExecutionHistory", r#""reverseOrder":true"#, &page).await;
    let output = stub.program(&["watch", run.execution(), "--output", "csv"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let at_once = Stub::with_recorded_run().await.0.program(&["watch", run.execution()]).output().unwrap();
    assert_eq!(text(&output.stderr), text(&at_once.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_are_only_where_they_are_read() {
    let (stub, run) = Stub::with_recorded_run().await;
    let coloured = |name: &str, value: &str| {
        let output = stub.program(&["watch", run.execution()]).env(name, value).output().unwrap();
        text(&output.stdout).contains('\u{1b}')
    };
    assert!(coloured("CLICOLOR_FORCE", "1") && !coloured("NO_COLOR", "1") && !coloured("TERM", "xterm"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_output_and_its_markdown_can_be_kept_in_files() {
    let (stub, run) = Stub::with_recorded_run().await;
    let directory = std::env::temp_dir().join(format!("power-tuner-session-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let (saved, summary) = (directory.join("result.json"), directory.join("summary.md"));
    fs::write(&summary, "# Already there\n").unwrap();
    let mut program = stub.program(&["watch", run.execution(), "--quiet", "--output", "csv"]);
    program.arg("--save").arg(&saved).arg("--markdown-summary").arg(&summary);
    assert!(program.status().unwrap().success());
    assert_eq!(fs::read_to_string(&saved).unwrap(), run.description["output"].as_str().unwrap());
    let summary = fs::read_to_string(&summary).unwrap();
    assert!(summary.starts_with("# Already there\n### ") && summary.contains("| power (MB) |"), "{summary}");
    fs::remove_dir_all(directory).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_session_in_the_readme_is_what_the_program_shows() {
    let (stub, _) = Stub::with_recorded_run().await;
    let mut program = stub.program(&LINE.split(' ').skip(1).collect::<Vec<_>>());
    program.env("CLICOLOR_FORCE", "1").env("POWER_TUNER_STATE_MACHINE", STATE_MACHINE);
    let Output { stdout, stderr, status } = program.output().unwrap();
    assert!(status.success());
    let shown = format!("\u{1b}[1m$ {LINE}\u{1b}[0m\n{}{}", text(&stderr), text(&stdout));
    let picture = Term::new().render_svg(&wrapped(&shown));
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/images/terminal.svg");
    if std::env::var_os(WRITE).is_some() {
        fs::write(&file, &picture).unwrap();
    }
    assert!(
        fs::read_to_string(&file).unwrap() == picture,
        "docs/images/terminal.svg is not current\nhint: cargo xtask docs"
    );
}

/// The text as a terminal of so many columns shows it; what colours it takes no place.
fn wrapped(text: &str) -> String {
    let (mut wrapped, mut column, mut is_escape) = (String::new(), 0, false);
    for letter in text.chars() {
        if letter == '\n' {
            column = 0;
        } else if letter == '\u{1b}' || is_escape {
            is_escape = letter != 'm';
        } else {
            if column == COLUMNS {
                wrapped.push('\n');
                column = 0;
            }
            column += 1;
        }
        wrapped.push(letter);
    }
    wrapped
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
