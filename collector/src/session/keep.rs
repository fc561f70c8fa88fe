//! One address of a source, tried until the source has stopped: when to connect again, and what is worth a line.
//!
//! Does not know what goes on in a session.

use std::net::SocketAddr;
use std::sync::Arc;

use callmart_tls::Client;

use super::pair::Pair;
use super::{End, Refusal, Shared, Stopping, connect, converse};
use crate::log::LogError;
use crate::settings::SourcePort;

/// One address of a source among those of the same source.
pub(crate) struct Address {
    pub(super) port: Arc<SourcePort>,
    pub(super) address: SocketAddr,
    /// How connections are secured where the port wants it.
    pub(super) tls: Option<Client>,
    pub(super) pair: Arc<Pair>,
    pub(super) place: usize,
}

impl Address {
    /// The addresses of one source.
    pub(crate) fn all(port: SourcePort, tls: Option<&Client>) -> Vec<Self> {
        let port = Arc::new(port);
        let pair = Arc::new(Pair::new(port.addresses().count()));
        let address = |(place, address)| {
            let (port, pair) = (Arc::clone(&port), Arc::clone(&pair));
            Self { port, address, tls: tls.cloned(), pair, place }
        };
        port.addresses().enumerate().map(address).collect()
    }
}

/// What was last said about an address, so that the same is not said with each try.
#[derive(Default)]
struct Said(Option<String>);

impl Said {
    fn is_new(&mut self, what: &str) -> bool {
        let is_new = self.0.as_deref() != Some(what);
        self.0 = Some(what.to_owned());
        is_new
    }
}

/// Keeps a session with an address until the source has stopped or the collector is to stop.
///
/// # Errors
/// The log's error when it takes no more records.
pub(crate) async fn keep(shared: Arc<Shared>, address: Address, mut stopping: Stopping) -> Result<(), LogError> {
    let Address { pair, place, .. } = &address;
    let (mut failures, mut said, mut ended, mut has_stopped) = (0, Said::default(), pair.watch(), false);
    loop {
        let (failures_before, stops) = (failures, pair.stops());
        let end = tokio::select! {
            connected = connect(&shared, &address) => match connected {
                Ok(stream) => converse(&shared, &address, stream, &mut stopping, &mut failures).await,
                Err(end) => end,
            },
            () = stopping.wait() => End::Shutdown,
        };
        if failures == 0 {
            said = Said::default();
        }
        match &end {
            // Who has stopped before and only says so again has not come back.
            End::Stopped { with_news } if *with_news || !has_stopped => pair.stopped(*place),
            End::Stopped { .. } => pair.repeated(*place, stops),
            _ => pair.unwelcome(*place, stops),
        }
        let mut wait = shared.settings.session.backoff(failures);
        match end {
            End::Shutdown => return Ok(()),
            End::Log(e) => return Err(e),
            End::Stopped { .. } => has_stopped = true,
            End::Lost(reason) => note_lost(&address, &reason, &mut said),
            End::Unsecured(reason) => note_unsecured(&address, &reason, &mut said),
            End::Backup(_) => {
                wait = shared.settings.session.backup_retry();
                note_lost(&address, "it is the backup", &mut said);
            }
            End::Refused(r) => {
                // Each such session leaves records: a peer that is wrong again and again must not fill the log.
                failures = failures_before;
                wait = shared.settings.session.backoff(failures);
                note_refused(&address, &r);
            }
        }
        let stop_is_final = shared.settings.session.stop_is_final;
        if pair.is_over() && stop_is_final {
            return Ok(());
        }
        failures = failures.saturating_add(1);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = ended.wait(stop_is_final) => failures = 0,
            () = stopping.wait() => return Ok(()),
        }
    }
}

fn note_lost(address: &Address, reason: &str, said: &mut Said) {
    if said.is_new(reason) {
        tracing::info!(address = %address.address, reason, "no session; it is tried again, without more words");
    }
}

fn note_unsecured(address: &Address, reason: &str, said: &mut Said) {
    if said.is_new(reason) {
        tracing::warn!(address = %address.address, reason, "no session; it is tried again, without more words");
    }
}

fn note_refused(address: &Address, refusal: &Refusal) {
    tracing::warn!(address = %address.address, reason = refusal.sentence, "session ended by us");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_said_once_and_again_only_after_something_else() {
        let mut said = Said::default();
        let is_new =
            ["it is the backup", "it is the backup", "closed", "it is the backup"].map(|what| said.is_new(what));
        assert_eq!(is_new, [true, false, true, true]);
    }
}
