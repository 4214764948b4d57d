//! What the program says of itself.

mod stub;

use insta_cmd::assert_cmd_snapshot;
use stub::program;

#[test]
fn every_help_text_has_examples() {
    for command in ["tune", "watch", "estimate", "doctor", "clean", "report", "completions"] {
        assert_cmd_snapshot!(format!("help-{command}"), program(&[command, "--help"]));
        let short = program(&[command, "-h"]).output().unwrap();
        assert!(String::from_utf8(short.stdout).unwrap().contains("Examples:"), "{command}");
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
fn completions_and_man_pages_are_generated() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = program(&["completions", shell]).output().unwrap();
        assert!(String::from_utf8(output.stdout).unwrap().contains("power-values"), "{shell}");
    }
    let directory = std::env::temp_dir().join(format!("power-tuner-man-{}", std::process::id()));
    assert!(program(&["man", directory.to_str().unwrap()]).status().unwrap().success());
    let page = std::fs::read_to_string(directory.join("power-tuner-tune.1")).unwrap();
    std::fs::remove_dir_all(directory).unwrap();
    assert!(page.contains("power\\-values"), "{page}");
}
