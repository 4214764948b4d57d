//! The knowledge of the duration at every size: curves drawn from the posterior of the model.
//!
//! `ln d(m) = ln A + ln shape(m) + g(ln m) + jumps(m) + noise`, with a shape of [`Cell`], and for what no shape
//! explains a Gaussian process `g` with the Matern 5/2 covariance, and jumps where a function gets to see another core.
//!
//! Rasmussen, C. E., and Williams, C. K. I. (2006). Gaussian Processes for Machine Learning: equation 4.17 (Matern),
//! algorithm
//! 2.1 (Cholesky), section 2.7 (generalised least squares for the mean, with a flat prior).

use super::{
    cell::Cell,
    evidence::Point,
    random::{Normal, Randomness, draw_positions},
    settings::Settings,
    triangle::{Triangle, dot},
};
use crate::units::power::Power;

/// Over which distance in ln m it changes.
const LENGTH: f64 = 0.35;
/// From these sizes on, in MB, a function sees another core, beside the two that all see (third-party measurements).
const CORES: [f64; 4] = [3009.0, 5308.0, 7077.0, 8846.0];
/// Degrees of freedom of the scale of all variances: 4 make outliers cost little.
const FREEDOM: f64 = 4.0;
/// The small term that keeps the covariance of sizes that lie close together positive.
const JITTER: f64 = 1e-8;
/// Scales of the variance that are below are taken for chance.
const LEAST_SCALE: f64 = 0.5;

/// Curves, and how much each shape weighs.
#[derive(Debug)]
pub(super) struct Posterior {
    /// Curves, each with a duration in ms for each size.
    pub curves: Vec<Vec<f64>>,
    /// The shapes, with weights that add up to 1.
    pub cells: Vec<(Cell, f64)>,
}

/// A shape, fitted.
struct Fit {
    cell: Cell,
    /// Logarithm of the weight.
    weight: f64,
    /// ln A.
    level: f64,
    /// The part that the shape leaves unexplained, whitened.
    residual: Vec<f64>,
    /// The scale of all variances, as a standard deviation.
    scale: f64,
}

impl Posterior {
    pub fn draw(points: &[Point], sizes: &[Power], settings: &Settings, random: &mut impl Randomness) -> Self {
        let measured: Vec<f64> = points.iter().map(|point| megabytes(point.power)).collect();
        let wanted: Vec<f64> = sizes.iter().map(|&size| megabytes(size)).collect();
        let factor = Triangle::factor(points.len(), |i, j| {
            covariance(measured[i], measured[j], settings) + if i == j { points[i].variance } else { 0.0 }
        });
        let ones = factor.solve(&vec![1.0; points.len()]);
        let fits: Vec<Fit> =
            Cell::all(settings.bursts).into_iter().map(|cell| Fit::of(cell, points, &factor, &ones)).collect();
        let weights = weights(&fits);

        let projections: Vec<Vec<f64>> = wanted
            .iter()
            .map(|&x| factor.solve(&measured.iter().map(|&y| covariance(x, y, settings)).collect::<Vec<f64>>()))
            .collect();
        let rest = Triangle::factor(sizes.len(), |i, j| {
            let prior = covariance(wanted[i], wanted[j], settings) + if i == j { JITTER } else { 0.0 };
            prior - dot(&projections[i], &projections[j])
        });

        let drawn = draw_positions(&weights, settings.draws, random);
        let mut normal = Normal::new(random);
        let curves = drawn.iter().map(|&position| {
            let fit = &fits[position];
            let level = fit.level + fit.scale * normal.draw() / dot(&ones, &ones).sqrt();
            let deviates: Vec<f64> = sizes.iter().map(|_| normal.draw()).collect();
            let logarithm = |i: usize| {
                let explained = level + fit.cell.at(megabytes(sizes[i]));
                explained + dot(&projections[i], &fit.residual) + fit.scale * dot(&rest.rows()[i], &deviates)
            };
            (0..sizes.len()).map(|i| logarithm(i).exp()).collect()
        });
        let curves = curves.collect();
        Self { curves, cells: fits.iter().map(|fit| fit.cell).zip(weights).collect() }
    }
}

impl Fit {
    fn of(cell: Cell, points: &[Point], factor: &Triangle, ones: &[f64]) -> Self {
        let unexplained: Vec<f64> =
            points.iter().map(|point| point.duration.ln() - cell.at(megabytes(point.power))).collect();
        let whitened = factor.solve(&unexplained);
        let level = dot(ones, &whitened) / dot(ones, ones);
        let residual: Vec<f64> = whitened.iter().zip(ones).map(|(z, one)| z - level * one).collect();
        let squares = dot(&residual, &residual);
        let freedom = FREEDOM + points.len() as f64 - 1.0;
        // The marginal likelihood: a multivariate t, as the scale of the variances is integrated out.
        let weight = cell.prior - 0.5 * freedom * (squares / FREEDOM).ln_1p();
        let scale = ((FREEDOM + squares) / freedom).max(LEAST_SCALE).sqrt();
        Self { cell, weight, level, residual, scale }
    }
}

fn weights(fits: &[Fit]) -> Vec<f64> {
    let largest = fits.iter().map(|fit| fit.weight).fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = fits.iter().map(|fit| (fit.weight - largest).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// The covariance of what no shape explains at two sizes, in MB: both have the jumps up to the smaller one in common.
fn covariance(one: f64, other: f64, settings: &Settings) -> f64 {
    let jumps = CORES.iter().filter(|&&megabytes| megabytes <= one.min(other)).count() as f64;
    matern((one / other).ln(), settings.misfit) + jumps * settings.jumps.powi(2)
}

/// The covariance of `g` at a distance in ln m, for its standard deviation.
fn matern(distance: f64, deviation: f64) -> f64 {
    let z = 5.0_f64.sqrt() * distance.abs() / LENGTH;
    deviation * deviation * (1.0 + z + z * z / 3.0) * (-z).exp()
}

fn megabytes(power: Power) -> f64 {
    f64::from(power.megabytes())
}

#[cfg(test)]
mod tests {
    use super::{super::random::Seeded, *};

    /// The logarithm of how many times as long the function takes with one more MB, in the mean of all curves.
    fn growth(settings: &Settings, mb: u32) -> f64 {
        let point = |mb: u32, duration| Point { power: Power::new(mb).unwrap(), duration, variance: 1e-4, lanes: 2 };
        let points =
            [point(1769, 100.0), point(2300, 100.0), point(2600, 100.0), point(3600, 125.0), point(4400, 125.0)];
        let sizes = [mb, mb + 1].map(|mb| Power::new(mb).unwrap());
        let Posterior { curves, .. } = Posterior::draw(&points, &sizes, settings, &mut Seeded::new(1));
        curves.iter().map(|curve| (curve[1] / curve[0]).ln()).sum::<f64>() / curves.len() as f64
    }

    #[test]
    fn a_jump_is_looked_for_where_a_function_sees_another_core() {
        assert!(growth(&Settings::NORMAL, 3008) > 0.04, "{}", growth(&Settings::NORMAL, 3008));
        assert!(growth(&Settings::NORMAL, 3000).abs() < 0.01, "{}", growth(&Settings::NORMAL, 3000));
        assert!(growth(&Settings::REFERENCE, 3008).abs() < 0.01, "{}", growth(&Settings::REFERENCE, 3008));
    }
}
