#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use power_tuner_fuzz::checks;
use report::{Execution, Page, Reader};

static READER: LazyLock<Reader> = LazyLock::new(|| Reader::new().unwrap());

fuzz_target!(|text: &str| {
    checks::link(text);
    // Links that hold a whole report, too; what they hold can be put into a link again.
    if let Ok(runs) = READER.read(text, "", &Execution::default()) {
        report::fragment::link("https://x/", &Page { runs }).unwrap();
    }
});
