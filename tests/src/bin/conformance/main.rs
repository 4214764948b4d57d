//! Shows on an account, or on the local AWS, what this project believes of AWS: `cargo xtask conformance`.

mod account;
mod check;
mod checks;
mod filter_patterns;
mod table;

use std::{env, fs, process::ExitCode};

use account::Account;
use check::{Outcome, Row};
use checks::Check;
use end_to_end::sweep::say;

#[tokio::main]
async fn main() -> ExitCode {
    match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [word] if word == "plan" => plan(),
        [setting, file] => all(setting, file).await,
        _ => {
            eprintln!("error: this is run by cargo xtask conformance");
            ExitCode::from(2)
        }
    }
}

/// Says what will be checked, and what that costs.
fn plan() -> ExitCode {
    print(&table::plan(&Check::ALL))
}

/// Runs every check, one after the other; what one does to the functions, the next finds undone.
async fn all(setting: &str, file: &str) -> ExitCode {
    let account = match serde_json::from_str(setting) {
        Ok(setting) => Account::connect(setting).await,
        Err(error) => {
            eprintln!("error: the setting is wrong: {error}");
            return ExitCode::from(2);
        }
    };
    let mut rows = Vec::new();
    for (number, check) in (1..).zip(Check::ALL) {
        eprintln!("  {number}. {} …", check.about().title);
        let outcome = account.run(check).await;
        eprintln!("     {}", outcome.word());
        rows.push(Row { number, about: check.about(), outcome });
    }
    let page = table::page(&account, &rows);
    if let Err(error) = fs::write(file, &page) {
        eprintln!("error: failed to write {file}: {error}");
        return ExitCode::FAILURE;
    }
    let printed = print(&page);
    if rows.iter().any(|row| matches!(row.outcome, Outcome::Failed(_))) { ExitCode::FAILURE } else { printed }
}

fn print(text: &str) -> ExitCode {
    if say(text).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
