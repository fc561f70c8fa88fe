//! The archive as an operator decides about it: from which moment on it is open.
//!
//! Nothing is deleted by it. What it means for events is the ETL's business.

use std::time::Duration;

use anyhow::Result;
use callmart_etl::IN_FORCE_AFTER_US;
use callmart_schema::control::Decision;
use callmart_schema::event::Control;
use chrono::{DateTime, SecondsFormat, Utc};

use super::{Operator, decide, now_us};
use crate::failure::{Ending, wrong_input};
use crate::session::Session;

/// What such a decision is about.
const ARCHIVE: &str = "archive";

/// Closes the archive for what happened before a moment and is told from now on.
pub(crate) async fn close(session: &Session, operator: &Operator, before: DateTime<Utc>) -> Result<Ending> {
    let before_us = before.timestamp_micros();
    let text = before.to_rfc3339_opts(SecondsFormat::Secs, true);
    if before_us > now_us() {
        return Err(wrong_input(format!("{text} is yet to come: whatever is told until then would be rejected")));
    }
    let control = Control {
        decision: Decision::CloseArchive.code().to_owned(),
        subject: ARCHIVE.to_owned(),
        since_us: before_us,
        ..Control::default()
    };
    let what = format!("what happened before {text} is rejected as too late when it is told from now on");
    let ending = decide(session, operator, vec![control], &what).await?;
    // What is told after this command has ended is judged by it.
    tokio::time::sleep(Duration::from_micros(IN_FORCE_AFTER_US.unsigned_abs())).await;
    Ok(ending)
}
