//! The help of the program, and what else it says of itself.

mod stub;

use std::{path::Path, process::Command};

use insta_cmd::assert_cmd_snapshot;
use stub::program;

#[test]
fn every_help_text_has_examples() {
    for command in [
        "tune",
        "watch",
        "estimate",
        "suggest",
        "history",
        "fleet",
        "monitor",
        "doctor",
        "clean",
        "report",
        "apply",
        "deploy",
        "upgrade",
        "destroy",
        "completions",
    ] {
        assert_cmd_snapshot!(format!("help-{command}"), program(&[command, "--help"]));
        let short = program(&[command, "-h"]).output().unwrap();
        assert!(String::from_utf8(short.stdout).unwrap().contains("Examples:"), "{command}");
    }
    for command in ["start", "watch", "report"] {
        assert_cmd_snapshot!(format!("help-fleet-{command}"), program(&["fleet", command, "--help"]));
    }
    assert_cmd_snapshot!("help", program(&["--help"]));
}

#[test]
fn without_arguments_it_explains_itself() {
    assert_cmd_snapshot!("no-arguments", program(&[]));
}

#[test]
fn arguments_that_do_not_fit_are_refused_with_exit_code_2() {
    for (name, arguments) in [
        ("unknown-flag", &["tune", "f", "--powers", "128"][..]),
        ("unknown-word", &["tune", "f", "--strategy", "cheap"]),
        ("no-function", &["tune"]),
        ("payload-is-no-json", &["tune", "f", "--payload", "text"]),
        ("limit-without-unit", &["tune", "f", "--fail-if-slower-than", "300"]),
        ("wrong-input", &["tune", "not/a/function", "--num", "3", "--power-values", "64,512"]),
        ("input-does-not-exist", &["tune", "--input", "nowhere.json"]),
    ] {
        assert_cmd_snapshot!(name, program(arguments));
    }
}

#[test]
fn a_shell_completes_flags_after_a_subcommand() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = program(&["completions", shell]).output().unwrap();
        assert!(String::from_utf8(output.stdout).unwrap().contains("POWER_TUNER_COMPLETE"), "{shell}");
    }
    let directory = Path::new(env!("CARGO_BIN_EXE_power-tuner")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    for (typed, expected) in [
        ("power-tuner t", "tune"),
        ("power-tuner tune --power-v", "--power-values"),
        ("power-tuner tune my-function --strat", "--strategy"),
        ("power-tuner tune --regi", "--region"),
        ("power-tuner --region eu-west-1 tune --strategy spe", "speed"),
        ("power-tuner tune --output js", "json"),
    ] {
        let words = typed.split(' ').count() - 1;
        let script = format!(
            "source <(power-tuner completions bash)\nCOMP_WORDS=({typed})\nCOMP_CWORD={words}\nCOMP_TYPE=9\n\
             function=$(complete -p power-tuner | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n$function\necho \"${{COMPREPLY[*]}}\""
        );
        let path = format!("{}:{path}", directory.display());
        let output = Command::new("bash").args(["-c", &script]).env("PATH", path).output().unwrap();
        let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(said.split_whitespace().any(|word| word == expected), "{typed}: {said}{errors}");
    }
}

#[test]
fn man_pages_are_generated() {
    let directory = std::env::temp_dir().join(format!("power-tuner-man-{}", std::process::id()));
    assert!(program(&["man", directory.to_str().unwrap()]).status().unwrap().success());
    let page = std::fs::read_to_string(directory.join("power-tuner-tune.1")).unwrap();
    std::fs::remove_dir_all(directory).unwrap();
    assert!(page.contains("power\\-values"), "{page}");
}
