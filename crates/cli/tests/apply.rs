//! Results that are written back to where the memory is declared.
#![allow(clippy::unwrap_used, reason = "tests and what only they use")]

mod stub;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use rexpect::session::spawn_command;
use serde_json::{Value, json};
use stub::program;
use tempfile::TempDir;

/// With what an editor must not touch: non-ASCII characters, CRLF, quotes, a comment.
const TEMPLATE: &str = "# größer\r
Parameters:\r
  Memory: {Type: Number, Default: 512}\r
Resources:\r
  Worker:\r
    Type: AWS::Serverless::Function\r
    Properties:\r
      FunctionName: worker\r
      MemorySize: \"1024\"  # MB\r
  Api:\r
    Type: AWS::Serverless::Function\r
    Properties: {FunctionName: api, MemorySize: !Ref Memory}\r
";

/// A memory size that two functions take from `Globals`.
const SHARED: &str = "\
Globals: {Function: {MemorySize: 512}}
Resources:
  Worker: {Type: AWS::Serverless::Function, Properties: {FunctionName: worker}}
  Other: {Type: AWS::Serverless::Function}
";

/// A memory size whose variable is declared in another file.
const TERRAFORM: &str = "\
resource \"aws_lambda_function\" \"f\" {
  function_name = \"worker\"
  memory_size   = var.memory
}
";

/// The longest time that the terminal may take to show something, in ms.
const PATIENCE: u64 = 30_000;

/// A folder with a template, and results of its functions.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.put("template.yaml", TEMPLATE);
        folder.put("worker.json", &result("worker", 640).to_string());
        folder.put("api.json", &result("api", 256).to_string());
        folder
    }

    fn put(&self, file: &str, text: &str) {
        fs::write(self.0.path().join(file), text).unwrap();
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.0.path().join(file)).unwrap()
    }

    fn apply(&self, arguments: &[&str]) -> Command {
        let mut program = program(&[&["apply"], arguments].concat());
        program.current_dir(&self.0);
        program
    }

    /// Exit code, standard output and standard error.
    fn said(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.apply(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace('\r', "\\r");
        let (stdout, stderr) = (text(&stdout), text(&stderr));
        format!(
            "$ power-tuner apply {}\nexit code {}\n{stdout}---\n{stderr}",
            arguments.join(" "),
            status.code().unwrap()
        )
    }
}

fn result(function: &str, power: u32) -> Value {
    json!({
        "power": power, "cost": 1e-7, "duration": 200.0, "stats": [],
        "stateMachine": {"executionCost": 0.0, "lambdaCost": 0.0, "visualization": ""},
        "subject": {
            "function": format!("arn:aws:lambda:eu-west-1:123456789012:function:{function}"), "region": "eu-west-1",
            "architecture": "arm64", "present": 1024, "ephemeralStorageMb": 512, "strategy": "cost",
        },
        "recommendation": {"reasons": []}, "warnings": [],
    })
}

#[test]
fn a_change_is_shown_checked_written_and_then_there_is_none_left() {
    let folder = Folder::new();
    let both = ["worker.json", "api.json", "--to", "template.yaml"];
    let with = |flag: &'static str| [&both[..], &[flag]].concat();
    let mut all = vec![folder.said(&with("--diff")), folder.said(&with("--check")), folder.said(&both)];
    assert_eq!(folder.text("template.yaml"), TEMPLATE);
    all.push(folder.said(&with("--yes")));
    let expected = TEMPLATE.replace("\"1024\"", "\"640\"").replace("Default: 512", "Default: 256");
    assert_eq!(folder.text("template.yaml"), expected);
    all.extend([folder.said(&with("--check")), folder.said(&with("--diff")), folder.said(&with("--yes"))]);
    assert_eq!(folder.text("template.yaml"), expected);
    insta::assert_snapshot!("apply", all.join("\n"));
}

#[test]
fn at_a_terminal_it_shows_the_change_and_asks() {
    let folder = Folder::new();
    let answered = |keys: &str| {
        let command = folder.apply(&["worker.json", "--to", "template.yaml"]);
        let mut terminal = spawn_command(command, Some(PATIENCE)).unwrap();
        terminal.exp_string("MemorySize: \"640\"").unwrap();
        terminal.exp_string("Write this to template.yaml?").unwrap();
        terminal.send(keys).unwrap();
        terminal.flush().unwrap();
        terminal.exp_eof().unwrap()
    };
    let no = answered("\r");
    assert!(no.contains("template.yaml was left as it is"), "{no}");
    assert_eq!(folder.text("template.yaml"), TEMPLATE);
    // An arrow down leads to the second answer.
    let yes = answered("\u{1b}[B\r");
    assert!(yes.contains("template.yaml: Worker has 640 MB now"), "{yes}");
    assert_eq!(folder.text("template.yaml"), TEMPLATE.replace("\"1024\"", "\"640\""));
}

#[test]
fn the_diff_is_one_that_patch_can_apply() {
    let folder = Folder::new();
    let diff = folder.apply(&["worker.json", "--to", "template.yaml", "--diff"]).output().unwrap().stdout;
    folder.put("change.diff", &String::from_utf8(diff).unwrap());
    let git = |arguments: &[&str]| Command::new("git").args(arguments).current_dir(&folder.0).status();
    let Ok(status) = git(&["apply", "change.diff"]) else { return };
    assert!(status.success());
    assert_eq!(folder.text("template.yaml"), TEMPLATE.replace("\"1024\"", "\"640\""));
}

#[test]
fn what_cannot_be_written_is_said_and_changes_nothing() {
    let folder = Folder::new();
    folder.put("globals.yaml", SHARED);
    folder.put("stack.ts", "new lambda.Function(this, 'Worker', {});");
    folder.put("main.tf", TERRAFORM);
    folder.put("variables.tf", "variable \"memory\" { default = 512 }\n");
    folder.put("other.json", &result("other", 640).to_string());
    folder.put("reference.json", &{
        let mut result = result("", 640);
        result.as_object_mut().unwrap().remove("subject");
        result.to_string()
    });
    fs::write(folder.0.path().join("latin1.yaml"), b"# gr\xf6\xdfer\n").unwrap();
    let cases = [
        &["worker.json", "--to", "globals.yaml", "--yes"][..],
        &["worker.json", "--to", "globals.yaml", "--check"],
        &["worker.json", "--to", "stack.ts", "--yes"],
        &["worker.json", "--to", "main.tf", "--yes"],
        &["worker.json", "--to", "nowhere.yaml", "--yes"],
        &["worker.json", "--to", "latin1.yaml", "--yes"],
        &["worker.json", "--to", ".", "--yes"],
        &["other.json", "--to", "template.yaml", "--yes"],
        &["worker.json", "other.json", "--to", "template.yaml", "--yes"],
        &["reference.json", "--to", "template.yaml", "--check"],
        &["reference.json", "--to", "template.yaml", "--check", "--resource", "Worker"],
        &["worker.json", "--to", "template.yaml", "--check", "--yes"],
        &["worker.json"],
    ];
    let all: Vec<String> = cases.iter().map(|arguments| folder.said(arguments)).collect();
    insta::assert_snapshot!("apply-refused", all.join("\n"));
    assert_eq!(folder.text("template.yaml"), TEMPLATE);
    assert!(Path::new(&folder.0.path().join("stack.ts")).exists());
}
