//! Random numbers, the same ones at each call: a plan is a function of what was measured.

use std::f64::consts::TAU;

/// A source of random numbers.
pub trait Randomness {
    /// A number from 0 (included) to 1 (excluded), all equally likely.
    fn uniform(&mut self) -> f64;
}

/// The source that plans use: the same numbers for the same seed.
#[derive(Debug, Clone)]
pub struct Seeded(fastrand::Rng);

impl Seeded {
    /// The numbers that belong to a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }
}

impl Randomness for Seeded {
    fn uniform(&mut self) -> f64 {
        self.0.f64()
    }
}

/// Standard normal numbers: they come in pairs, and the second one is kept.
///
/// Box, G. E. P., and Muller, M. E. (1958). A note on the generation of random normal deviates. Annals of Mathematical
/// Statistics 29.
#[derive(Debug)]
pub(super) struct Normal<'a, R> {
    source: &'a mut R,
    second: Option<f64>,
}

impl<'a, R: Randomness> Normal<'a, R> {
    pub(super) fn new(source: &'a mut R) -> Self {
        Self { source, second: None }
    }

    pub(super) fn draw(&mut self) -> f64 {
        if let Some(second) = self.second.take() {
            return second;
        }
        let angle = self.source.uniform() * TAU;
        let radius = (-2.0 * (1.0 - self.source.uniform()).ln()).sqrt();
        self.second = Some(angle.sin() * radius);
        angle.cos() * radius
    }
}

/// Positions in a list of weights, drawn as often as their weights say.
pub(super) fn draw_positions(weights: &[f64], count: usize, source: &mut impl Randomness) -> Vec<usize> {
    let cumulated: Vec<f64> = weights
        .iter()
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect();
    let total = cumulated.last().copied().unwrap_or_default();
    let last = weights.len().saturating_sub(1);
    let position = |number: f64| cumulated.partition_point(|&sum| sum <= number).min(last);
    (0..count).map(|_| position(source.uniform() * total)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_mean_0_and_variance_1() {
        let mut source = Seeded::new(1);
        let mut normal = Normal::new(&mut source);
        let numbers: Vec<f64> = (0..20_000).map(|_| normal.draw()).collect();
        let mean = numbers.iter().sum::<f64>() / 20_000.0;
        let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
    }

    #[test]
    fn positions_are_drawn_by_weight() {
        let drawn = draw_positions(&[1.0, 0.0, 3.0], 20_000, &mut Seeded::new(1));
        let share = |at| drawn.iter().filter(|&&position| position == at).count() as f64 / 20_000.0;
        assert!((share(0) - 0.25).abs() < 0.02 && share(1) == 0.0, "{} {}", share(0), share(1));
    }
}
