//! The Cholesky factor of a covariance matrix.
//!
//! Golub, G. H., and Van Loan, C. F. (2013). Matrix Computations, section 4.2. Own code: that is these few lines, on
//! matrices of at most 130 rows, and unlike the decompositions of libraries it takes matrices that are only positive
//! semi-definite, as those of sizes that lie close together are after rounding.

/// No pivot is smaller: rounding makes them slightly negative.
const SMALLEST_PIVOT: f64 = 1e-12;

/// A lower triangular matrix, row by row.
#[derive(Debug, Clone)]
pub(super) struct Triangle(Vec<Vec<f64>>);

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

impl Triangle {
    /// The L of C = L L' for a covariance matrix C of `n` rows; only its lower half is asked for.
    pub(super) fn factor(n: usize, covariance: impl Fn(usize, usize) -> f64) -> Self {
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(n);
        for i in 0..n {
            let mut row: Vec<f64> = Vec::with_capacity(i + 1);
            for (j, above) in rows.iter().enumerate() {
                let rest = covariance(i, j) - dot(&row, above);
                row.push(rest / above[j]);
            }
            row.push((covariance(i, i) - dot(&row, &row)).max(SMALLEST_PIVOT).sqrt());
            rows.push(row);
        }
        Self(rows)
    }

    /// The y of L y = b.
    pub(super) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut y: Vec<f64> = Vec::with_capacity(b.len());
        for (row, value) in self.0.iter().zip(b) {
            let (&pivot, left) = row.split_last().unwrap_or((&1.0, &[]));
            y.push((value - dot(left, &y)) / pivot);
        }
        y
    }

    /// The rows, each up to the diagonal.
    pub(super) fn rows(&self) -> &[Vec<f64>] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const C: [[f64; 3]; 3] = [[4.0, 2.0, 1.0], [2.0, 5.0, 3.0], [1.0, 3.0, 6.0]];

    #[test]
    fn the_factor_times_itself_is_the_matrix() {
        let factor = Triangle::factor(3, |i, j| C[i][j]);
        for (i, row) in C.iter().enumerate() {
            for (j, expected) in row.iter().enumerate().take(i + 1) {
                assert!((dot(&factor.rows()[i], &factor.rows()[j]) - expected).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_factor_can_be_solved_for() {
        let factor = Triangle::factor(3, |i, j| C[i][j]);
        let y = factor.solve(&[1.0, 2.0, 3.0]);
        for (row, b) in factor.rows().iter().zip([1.0, 2.0, 3.0]) {
            assert!((dot(row, &y) - b).abs() < 1e-12);
        }
    }
}
