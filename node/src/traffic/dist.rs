//! The distributions that times of a contact center follow. Lengths are drawn in seconds and used in microseconds.

use super::rng::Rng;

/// Microseconds of a second.
pub(super) const SECOND_US: i64 = 1_000_000;

/// Seconds as whole microseconds, at least one.
pub(super) fn us(seconds: f64) -> i64 {
    ((seconds * SECOND_US as f64).round() as i64).max(1)
}

/// A length of a Poisson process with this mean, in the mean's unit.
pub(super) fn exponential(rng: &mut Rng, mean: f64) -> f64 {
    -mean * rng.unit().ln()
}

/// A log-normal distribution, given by what it shall have as mean and standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogNormal {
    /// Mean of the values, in seconds.
    pub mean_s: f64,
    /// Standard deviation of the values, in seconds.
    pub sd_s: f64,
}

impl LogNormal {
    /// Mean and standard deviation of the values' logarithm.
    #[must_use]
    pub fn of_logarithm(&self) -> (f64, f64) {
        let variance = (self.sd_s / self.mean_s).powi(2).ln_1p();
        (self.mean_s.ln() - variance / 2.0, variance.sqrt())
    }

    /// A value in seconds.
    pub(super) fn draw_s(&self, rng: &mut Rng) -> f64 {
        let (mean, sd) = self.of_logarithm();
        (mean + sd * normal(rng)).exp()
    }

    /// A value in microseconds.
    pub(super) fn draw_us(&self, rng: &mut Rng) -> i64 {
        us(self.draw_s(rng))
    }
}

/// A value of the standard normal distribution, by the method of Box and Muller.
fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * rng.unit().ln()).sqrt() * (std::f64::consts::TAU * rng.unit()).cos()
}

/// The place of the weight that a number between 0 and 1 falls on; the last one when the weights are used up.
pub(super) fn place(weights: impl IntoIterator<Item = f64>, mut unit: f64) -> usize {
    let mut last = 0;
    for (place, weight) in weights.into_iter().enumerate() {
        if unit < weight {
            return place;
        }
        unit -= weight;
        last = place;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::super::rng::Purpose;
    use super::*;

    fn mean_and_sd(values: &[f64]) -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
        (mean, variance.sqrt())
    }

    #[test]
    fn log_normal_values_have_the_mean_and_deviation_asked_for() {
        let mut rng = Rng::of(1, Purpose::Handling, 0);
        let asked = LogNormal { mean_s: 185.0, sd_s: 238.0 };
        let values: Vec<f64> = (0..200_000).map(|_| asked.draw_s(&mut rng)).collect();
        let (mean, sd) = mean_and_sd(&values);
        assert!((mean - 185.0).abs() < 3.0, "{mean}");
        assert!((sd - 238.0).abs() < 15.0, "{sd}");
    }

    #[test]
    fn exponential_values_have_the_mean_asked_for() {
        let mut rng = Rng::of(1, Purpose::Patience, 0);
        let values: Vec<f64> = (0..100_000).map(|_| exponential(&mut rng, 60.0)).collect();
        let (mean, sd) = mean_and_sd(&values);
        assert!((mean - 60.0).abs() < 1.0 && (sd - 60.0).abs() < 1.5, "{mean} {sd}");
    }

    #[test]
    fn weights_are_met_in_their_order() {
        assert_eq!(place([0.2, 0.5], 0.1), 0);
        assert_eq!(place([0.2, 0.5], 0.6), 1);
        assert_eq!(place([0.2, 0.5], 0.9), 1);
    }
}
