#![no_main]

use libfuzzer_sys::fuzz_target;
use power_tuner_fuzz::checks;

fuzz_target!(|text: &str| {
    checks::log_tail(text);
});
