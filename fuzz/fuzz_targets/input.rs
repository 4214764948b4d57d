#![no_main]

use libfuzzer_sys::fuzz_target;
use power_tuner_fuzz::checks;

fuzz_target!(|text: &str| {
    if let Ok(input) = serde_json::from_str(text) {
        checks::input(&input);
    }
});
