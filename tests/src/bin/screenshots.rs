//! Writes the pictures of the report for the documentation: `cargo xtask docs`.
#![expect(clippy::unwrap_used, reason = "a development command")]

use std::{env, fs, path::PathBuf};

use end_to_end::{
    browser::{Browser, Look},
    results::Subject,
};
use report::{Execution, Page, Reader, Run, Template};
use tuning::price::Architecture;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let directory = PathBuf::from(env::args().nth(1).unwrap());
    fs::create_dir_all(&directory).unwrap();
    let x86 = Subject::default();
    let arm = Subject { architecture: Architecture::Arm, cpu_ms: 352.0, used_mb: 171, ..x86.clone() };
    let one = write("one", vec![run(&x86, "")]);
    let two = write("two", vec![run(&x86, "x86_64"), run(&arm, "arm64")]);
    let browser = Browser::start().await;
    let whole = Look { height: 3220, ..Look::DESK };
    for (name, page, look) in [
        ("report-light", &one, whole),
        ("report-dark", &one, Look { height: 1350, ..Look::DESK }.dark()),
        ("report-phone", &one, Look { height: 1500, ..Look::PHONE }),
        ("report-comparison", &two, Look { height: 1620, ..Look::DESK }),
    ] {
        browser.open(page, look).await;
        browser.picture(&directory.join(format!("{name}.png"))).await;
    }
}

fn run(subject: &Subject, label: &str) -> Run {
    let output = subject.output().to_string();
    Reader::new().unwrap().read(&output, label, &Execution::default()).unwrap().remove(0)
}

/// Writes a page, and returns its address.
fn write(name: &str, runs: Vec<Run>) -> String {
    let file = env::temp_dir().join(format!("power-tuner-screenshot-{name}-{}.html", std::process::id()));
    fs::write(&file, Template::embedded().unwrap().fill(&Page { runs }).unwrap()).unwrap();
    format!("file://{}", file.display())
}
