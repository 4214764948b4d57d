#![no_main]

use std::path::Path;

use declaration::Wanted;
use libfuzzer_sys::fuzz_target;
use power_tuner_fuzz::declared;
use tuning::units::power::Power;

fuzz_target!(|text: &str| {
    let (wanted, new) = (Wanted::Function("worker".to_owned()), Power::new(640).unwrap());
    for file in ["template.yaml", "main.tf"] {
        declared::changed_in_one_number_or_refused(Path::new(file), text, &wanted, new);
    }
});
