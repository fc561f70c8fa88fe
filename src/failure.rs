//! How a command ends: the exit code that goes with what happened.
//!
//! Rejected input is no failure: it is kept, explained and counted. Prints nothing.

/// How a command ended that did what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// In good order; rejects are good order too. Exit code 0.
    Done,
    /// It found damage, and has said where. Exit code 1.
    DamageFound,
}

impl Ending {
    /// The exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::DamageFound => 1,
        }
    }
}

/// What the user can mend: an argument, a setting, a file. Exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct WrongInput(String);

/// The user ended the command from the keyboard, or the system did. Exit code 130.
#[derive(Debug, thiserror::Error)]
#[error("interrupted; what was acknowledged is durable, and the same command goes on from there")]
pub(crate) struct Interrupted;

/// An error that ends with exit code 2. The sentence says what to do.
pub(crate) fn wrong_input(sentence: impl Into<String>) -> anyhow::Error {
    WrongInput(sentence.into()).into()
}

/// The exit code of an error: 2 for wrong input, 130 for an interruption, 1 for damage and every other failure.
pub(crate) fn code(error: &anyhow::Error) -> u8 {
    if error.downcast_ref::<WrongInput>().is_some() {
        2
    } else if error.downcast_ref::<Interrupted>().is_some() {
        130
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn wrong_input_stays_wrong_input_under_a_context() {
        let error = Err::<(), _>(wrong_input("no such file")).context("while importing").expect_err("an error");
        assert_eq!(code(&error), 2);
        assert_eq!(format!("{error:#}"), "while importing: no such file");
        assert_eq!(code(&anyhow::anyhow!("a bad segment")), 1);
        assert_eq!(code(&Interrupted.into()), 130);
    }
}
