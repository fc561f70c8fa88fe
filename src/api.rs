//! The HTTP API of this process: what the settings say about it, as the API takes it, and the socket it listens on.
//!
//! Does not know what is answered, nor who else works in the process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use callmart_queries::http::{Access, ApiSettings, ApiState, EngineName, ExtraMetrics, MartEngines, Now};
use callmart_queries::reports::Thresholds;
use tokio::net::TcpListener;

use crate::failure::wrong_input;
use crate::settings::{Serve, Settings};

/// Environment variable with the token that requests must carry.
const TOKEN: &str = "CALLMART_TOKEN";

/// An API that can be served.
pub(crate) struct Api {
    /// Where it listens.
    pub(crate) listener: TcpListener,
    /// What it works with.
    pub(crate) state: ApiState,
}

impl Api {
    /// Listens on an address, which must be of this machine only unless a token is set. The clock says what time it is where
    /// the sources are.
    pub(crate) async fn open(
        listen: SocketAddr,
        settings: &Settings,
        engines: MartEngines,
        clock: Now,
        extra_metrics: Option<ExtraMetrics>,
    ) -> Result<Self> {
        let token = std::env::var(TOKEN).ok().filter(|token| !token.is_empty());
        let access = access(listen, &settings.serve, token.as_deref())?;
        let listener = TcpListener::bind(listen).await.with_context(|| format!("{listen} cannot be listened on"))?;
        let state = ApiState::with_metrics(engines, api_settings(settings), access, clock, extra_metrics);
        Ok(Self { listener, state })
    }
}

/// Who may ask a server that listens on an address.
fn access(listen: SocketAddr, serve: &Serve, token: Option<&str>) -> Result<Access> {
    let hash = match token {
        Some(token) => Some(Access::hash(token)),
        None => serve.token_hash.as_deref().and_then(hash_bytes),
    };
    match (listen.ip().is_loopback(), hash) {
        (true, None) => Ok(Access::of_this_machine(&serve.hosts)),
        (true, Some(hash)) => Ok(Access::of_this_machine(&serve.hosts).and_token(hash)),
        (false, Some(hash)) => Ok(Access::with_token(hash)),
        (false, None) => Err(wrong_input(format!(
            "{listen} can be reached by others, and no token is set: put a token into {TOKEN}, or its BLAKE3 hash as \
             `token_hash` under [serve] in the settings; or listen on 127.0.0.1"
        ))),
    }
}

/// The bytes of a hash in 64 hexadecimal digits.
pub(crate) fn hash_bytes(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let bytes = digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + digit));
    let bytes: Vec<u8> = bytes.filter_map(|byte| u8::try_from(byte).ok()).collect();
    if text.len() == 64 { bytes.try_into().ok() } else { None }
}

fn api_settings(settings: &Settings) -> ApiSettings {
    let serve = &settings.serve;
    ApiSettings {
        default_engine: match serve.engine {
            crate::settings::MartName::Parquet => EngineName::Parquet,
            crate::settings::MartName::Postgres => EngineName::Postgres,
        },
        default_rows: serve.default_rows,
        max_rows: serve.max_rows,
        max_queries: serve.max_queries,
        max_wait_ms: serve.max_wait_ms,
        query_timeout_ms: serve.query_timeout_ms,
        max_connections: serve.max_connections,
        thresholds: thresholds(settings),
    }
}

/// What the reports count by.
fn thresholds(settings: &Settings) -> Thresholds {
    let seconds = |s: u64| i64::try_from(s).unwrap_or(i64::MAX);
    Thresholds {
        short_abandon_s: seconds(settings.thresholds.abandoned_short_s),
        accept_s: seconds(settings.thresholds.service_level_s),
    }
}

/// The clock of this machine.
#[allow(clippy::disallowed_methods)] // how old an answer is, never what is in it
pub(crate) fn wall_clock() -> Now {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff";

    #[test]
    fn only_an_address_of_this_machine_is_listened_on_without_a_token() {
        let with_hash = Serve { token_hash: Some(HASH.to_owned()), ..Serve::default() };
        for (listen, serve, token, is_allowed) in [
            ("127.0.0.1:8080", &Serve::default(), None, true),
            ("[::1]:8080", &Serve::default(), None, true),
            ("0.0.0.0:8080", &Serve::default(), None, false),
            ("192.0.2.1:8080", &Serve::default(), None, false),
            ("0.0.0.0:8080", &Serve::default(), Some("secret"), true),
            ("0.0.0.0:8080", &with_hash, None, true),
        ] {
            let access = access(listen.parse().expect("an address"), serve, token);
            assert_eq!(access.is_ok(), is_allowed, "{listen}");
            assert!(access.is_ok() || access.is_err_and(|error| crate::failure::code(&error) == 2));
        }
    }

    #[test]
    fn a_hash_is_64_hexadecimal_digits() {
        let bytes = hash_bytes(HASH).expect("a hash");
        assert_eq!((bytes[0], bytes[1], bytes[31]), (0, 255, 255));
        for wrong in ["", &HASH[1..], &format!("{HASH}0"), &HASH.replace('f', "g"), &HASH.replace('f', "ä")] {
            assert_eq!(hash_bytes(wrong), None, "{wrong}");
        }
    }
}
