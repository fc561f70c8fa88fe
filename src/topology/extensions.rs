//! Numbers of telephones as a topology writes them: `7001`, or a range as in `100001-101000`.

use std::ops::RangeInclusive;

use serde::Deserialize;

/// Most digits of a number.
const MAX_DIGITS: usize = 15;

/// One number or a range of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Extensions {
    /// As digits: numbers of different lengths are different numbers.
    digits: usize,
    numbers: RangeInclusive<u64>,
}

impl Extensions {
    /// How many digits each has, and the first and the last of them.
    pub(crate) fn range(&self) -> (usize, u64, u64) {
        (self.digits, *self.numbers.start(), *self.numbers.end())
    }

    /// How many numbers there are.
    pub(crate) fn count(&self) -> u64 {
        self.numbers.end() - self.numbers.start() + 1
    }

    /// A number that stands in both.
    pub(crate) fn meets(&self, other: &Self) -> Option<String> {
        let first = *self.numbers.start().max(other.numbers.start());
        let both = self.digits == other.digits && self.numbers.contains(&first) && other.numbers.contains(&first);
        both.then(|| format!("{first:0width$}", width = self.digits))
    }
}

impl TryFrom<String> for Extensions {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (first, last) = text.split_once('-').unwrap_or((&text, &text));
        let number = |digits: &str| {
            let are_digits = (1..=MAX_DIGITS).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse::<u64>().ok().filter(|_| are_digits)
        };
        match (number(first), number(last)) {
            (Some(from), Some(to)) if from <= to && first.len() == last.len() => {
                Ok(Self { digits: first.len(), numbers: from..=to })
            }
            _ => Err(format!(
                "`{text}` is no number and no range: write a number of up to {MAX_DIGITS} digits, or two of equal \
                 length with the smaller one first, as in 100001-101000"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Extensions {
        Extensions::try_from(text.to_owned()).expect("extensions")
    }

    #[test]
    fn numbers_and_ranges_are_counted_and_compared_digit_by_digit() {
        assert_eq!((of("7001").count(), of("100001-101000").count(), of("007-009").count()), (1, 1_000, 3));
        assert_eq!(of("001-010").meets(&of("009-020")), Some("009".to_owned()));
        assert_eq!(of("001-010").meets(&of("09-20")), None, "another number of digits is another number");
        assert_eq!(of("1-4").meets(&of("5-9")), None);
    }

    #[test]
    fn what_is_no_range_is_refused_with_an_example() {
        for wrong in ["", "12a", "-", "5-", "200-100", "99-100", "1234567890123456", "+1-+2"] {
            let said = Extensions::try_from(wrong.to_owned()).expect_err(wrong);
            assert!(said.contains("100001-101000"), "{said}");
        }
    }
}
