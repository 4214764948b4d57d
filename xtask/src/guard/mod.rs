//! What must not grow unnoticed: everything that can be compared without a clock. Each figure has a ceiling.

mod ceilings;

use anyhow::{Context, Result, bail};

use self::ceilings::{Ceiling, INSTRUCTIONS, SIZES};
use crate::{
    bench::lambdas::{self, kilobytes},
    instructions::{Counted, PIECES, Piece},
};

/// Where the ceilings are.
const CEILINGS: &str = "xtask/src/guard/ceilings.rs";
/// A ceiling so far above what is measured guards nothing, in per cent of the ceiling.
const MOST_HEADROOM: f64 = 25.0;

/// A figure beside its ceiling.
#[derive(Debug)]
struct Figure {
    what: String,
    unit: &'static str,
    measured: f64,
    ceiling: f64,
}

/// Measures, and prints each figure beside its ceiling. Fails when one is above. Sizes take minutes: the Lambda functions are built as
/// they are released.
pub fn run(with_sizes: bool) -> Result<()> {
    let mut figures = instructions()?;
    if with_sizes {
        figures.extend(sizes()?);
    }
    println!("| what | measured | ceiling | headroom |\n|---|---|---|---|");
    for figure in &figures {
        println!("{}", figure.line());
    }
    judge(&figures)
}

fn instructions() -> Result<Vec<Figure>> {
    let counted = Counted::build()?;
    let figure = |piece: Piece| {
        let millions = counted.instructions(piece)? as f64 / 1e6;
        Figure::new(&INSTRUCTIONS, piece.name, piece.what.to_owned(), "million instructions", millions)
    };
    PIECES.into_iter().map(figure).collect()
}

fn sizes() -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for lambda in lambdas::build()? {
        let sizes = [("binary", lambda.binary), ("zip", lambda.zip)];
        for (kind, bytes) in sizes {
            let name = format!("{} {kind}", lambda.name);
            figures.push(Figure::new(&SIZES, &name, format!("size of {name}"), "KB", kilobytes(bytes) as f64)?);
        }
    }
    Ok(figures)
}

impl Figure {
    fn new(ceilings: &[Ceiling], name: &str, what: String, unit: &'static str, measured: f64) -> Result<Self> {
        let ceiling = ceilings.iter().find(|(known, _)| *known == name);
        let (_, ceiling) = ceiling.with_context(|| format!("{name} has no ceiling in {CEILINGS}: add one"))?;
        Ok(Self { what, unit, measured, ceiling: *ceiling })
    }

    fn line(&self) -> String {
        let Self { what, unit, measured, ceiling } = self;
        let number = |value: &f64| if *value < 1.0 { format!("{value:.3}") } else { format!("{value:.1}") };
        format!("| {what} | {} {unit} | {} | {:.0} % |", number(measured), number(ceiling), self.headroom())
    }

    /// In per cent of the ceiling.
    fn headroom(&self) -> f64 {
        (1.0 - self.measured / self.ceiling) * 100.0
    }
}

/// Names every figure that is above its ceiling, and what to do about it.
fn judge(figures: &[Figure]) -> Result<()> {
    for figure in figures.iter().filter(|figure| figure.headroom() > MOST_HEADROOM) {
        println!("{} has become better than its ceiling says: lower that in {CEILINGS}", figure.what);
    }
    let above: Vec<&str> =
        figures.iter().filter(|figure| figure.headroom() < 0.0).map(|figure| figure.what.as_str()).collect();
    if above.is_empty() {
        return Ok(());
    }
    bail!(
        "above their ceilings: {}. Find out what has grown (`cargo xtask bench size`, `cargo xtask bench analysis`; \
         `git stash` shows what it was before) and make it smaller again. If it is worth its price, raise the ceiling in \
         {CEILINGS}, and say why in the commit",
        above.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(measured: f64) -> Figure {
        Figure { what: "x".to_owned(), unit: "KB", measured, ceiling: 100.0 }
    }

    #[test]
    fn a_figure_above_its_ceiling_fails_and_is_named() {
        assert!(judge(&[figure(100.0), figure(1.0)]).is_ok());
        let error = judge(&[figure(99.0), figure(100.1)]).unwrap_err().to_string();
        assert!(error.starts_with("above their ceilings: x.") && error.contains(CEILINGS), "{error}");
    }

    #[test]
    fn every_piece_and_function_has_a_ceiling() {
        let known = |ceilings: &[Ceiling], name: &str| ceilings.iter().any(|(known, _)| *known == name);
        assert!(PIECES.iter().all(|piece| known(&INSTRUCTIONS, piece.name)));
        for function in crate::lambda_build::FUNCTIONS {
            assert!(["binary", "zip"].iter().all(|kind| known(&SIZES, &format!("{function} {kind}"))), "{function}");
        }
    }
}
