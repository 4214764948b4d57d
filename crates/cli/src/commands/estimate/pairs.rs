//! Pairs of memory and duration, from arguments and from CSV.

use std::{
    fs::File,
    io::{Read, stdin},
    path::Path,
};

use csv::ReaderBuilder;
use report::Run;
use tuning::units::{milliseconds::Milliseconds, power::Power};

use crate::{
    arguments::{Estimate, gate::Limit},
    failure::Failure,
};

/// All of them, in order; those of a run last.
pub fn all(arguments: &Estimate, run: Option<&Run>) -> Result<Vec<(Power, Milliseconds)>, Failure> {
    let mut pairs = arguments.pairs.iter().map(|text| pair(text)).collect::<Result<Vec<_>, _>>()?;
    if let Some(file) = &arguments.csv {
        pairs.extend(from_csv(file)?);
    }
    // Sizes that were left out have no duration.
    let measured = run.into_iter().flat_map(|run| &run.rows);
    pairs.extend(measured.filter_map(|row| Some((row.value, row.average_duration?))));
    for (position, (power, duration)) in pairs.iter().enumerate() {
        if pairs[..position].iter().any(|(earlier, _)| earlier == power) {
            return Err(Failure::bad_input(format!("{power} is given twice")).hint("give each memory size once"));
        }
        if duration.0 <= 0.0 {
            return Err(Failure::bad_input(format!("the duration at {power} is 0 ms"))
                .hint("give how long an invocation takes, such as 830 or 0.83s"));
        }
    }
    Ok(pairs)
}

fn pair(text: &str) -> Result<(Power, Milliseconds), Failure> {
    let bad = |why: &str| {
        Failure::bad_input(format!("\"{text}\" is not a pair of memory size and duration: {why}"))
            .hint("such as 128=830 (MB and ms), or 128=0.83s")
    };
    let (memory, duration) = text.split_once(['=', ':']).ok_or_else(|| bad("there is no '='"))?;
    Ok((power(memory).map_err(|why| bad(&why))?, milliseconds(duration).map_err(|why| bad(&why))?))
}

fn power(text: &str) -> Result<Power, String> {
    let megabytes = text.trim().parse().map_err(|_| format!("\"{text}\" is not a number of MB"))?;
    Power::new(megabytes).map_err(|error| error.to_string())
}

fn milliseconds(text: &str) -> Result<Milliseconds, String> {
    let text = text.trim();
    let with_unit = if text.ends_with('s') { text.to_owned() } else { format!("{text}ms") };
    with_unit.parse().map(|Limit(milliseconds)| milliseconds)
}

/// Memory and duration of each row. Rows without a duration are those of sizes at which the function could not be
/// measured.
fn from_csv(file: &Path) -> Result<Vec<(Power, Milliseconds)>, Failure> {
    let name = file.display();
    let unread = |error: &dyn std::fmt::Display| Failure::bad_input(format!("failed to read {name}: {error}"));
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(stdin())
    } else {
        Box::new(File::open(file).map_err(|error| unread(&error))?)
    };
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(source);
    let (mut memory, mut duration, mut pairs) = (0, 1, Vec::new());
    for (line, record) in (1..).zip(reader.records()) {
        let record = record.map_err(|error| unread(&error))?;
        let cell = |column: usize| record.get(column).unwrap_or_default().trim();
        if line == 1 && cell(0).parse::<f64>().is_err() {
            let column = |names: &[&str]| record.iter().position(|head| names.contains(&head.trim()));
            memory = column(&["power", "memory"]).unwrap_or(memory);
            duration = column(&["duration"]).unwrap_or(duration);
            continue;
        }
        if cell(duration).is_empty() {
            continue;
        }
        let bad = |why: String| Failure::bad_input(format!("{name}, line {line}: {why}"));
        pairs.push((power(cell(memory)).map_err(bad)?, milliseconds(cell(duration)).map_err(bad)?));
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn pairs_are_read_with_and_without_a_unit() {
        for text in ["128=830", "128:830ms", " 128 = 0.83s"] {
            assert_eq!(pair(text), Ok((Power::MIN, Milliseconds(830.0))), "{text}");
        }
        for text in ["128", "64=1", "x=1", "128=x", "128=-1"] {
            let refused = pair(text).unwrap_err();
            assert_eq!(refused.exit, Exit::BadInput);
            assert!(refused.to_string().contains(text), "{refused}");
        }
    }
}
