//! Which PostgreSQL a command uses, if any: what was asked, set or remembered, as a pool of connections.
//!
//! Does not know what the mart in it looks like.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use callmart_etl::postgres_server::{PrivateServer, ServerError};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::output;

/// Most connections of one command.
const MAX_CONNECTIONS: u32 = 8;

/// Longest wait for a connection; while the server is away, a load gives up after it and the Parquet mart goes on.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// What `--postgres` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    /// A private server of the data folder.
    Auto,
    /// No PostgreSQL, whatever was remembered.
    None,
    /// A server that is there.
    Url(String),
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            url if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                PgConnectOptions::from_str(url).map_err(|e| format!("this URL cannot be read: {e}"))?;
                Ok(Self::Url(url.to_owned()))
            }
            _ => Err("give `auto`, `none`, or a URL as in postgres://user:password@host/database".to_owned()),
        }
    }
}

impl Choice {
    /// The text that [`Self::from_str`] reads.
    pub(crate) fn as_text(&self) -> &str {
        match self {
            Self::Auto => "auto",
            Self::None => "none",
            Self::Url(url) => url,
        }
    }
}

/// A PostgreSQL to work with. Keep it until the work is done, then [`Self::close`] it.
#[derive(Debug)]
pub(crate) struct Postgres {
    /// Connections to the database.
    pub(crate) pool: PgPool,
    server: Option<Kept>,
}

/// A private server that a task of its own starts again when it was killed.
#[derive(Debug)]
struct Kept {
    /// Dropped, it lets go of the server all the same.
    enough: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServerError>>,
}

impl Kept {
    fn new(mut server: PrivateServer) -> Self {
        let (enough, has_enough) = oneshot::channel();
        let task = tokio::spawn(async move {
            tokio::select! {
                _ = has_enough => {}
                never = server.keep_running() => match never {},
            }
            server.stop().await
        });
        Self { enough, task }
    }

    async fn stop(self) -> Result<()> {
        let _ = self.enough.send(());
        self.task.await.context("the task that keeps the private PostgreSQL broke down")??;
        Ok(())
    }
}

impl Postgres {
    /// Connects to what was chosen; for `auto` starts the data folder's own server, or takes over the one that runs.
    pub(crate) async fn open(choice: &Choice, data_dir: &Path) -> Result<Option<Self>> {
        let (server, url) = match choice {
            Choice::None => return Ok(None),
            Choice::Url(url) => (None, url.clone()),
            Choice::Auto => {
                let server = PrivateServer::start(data_dir).await?;
                if server.lives_outside() {
                    output::note(format_args!(
                        "The private PostgreSQL lives in {}.",
                        server.where_it_lives().display()
                    ));
                }
                let url = server.url();
                (Some(Kept::new(server)), url)
            }
        };
        let options = PgConnectOptions::from_str(&url).context("the URL of PostgreSQL cannot be read")?;
        let database = without_password(&options);
        let pool = PgPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await;
        let pool = pool.with_context(|| format!("PostgreSQL at {database} does not let us in"))?;
        Ok(Some(Self { pool, server }))
    }

    /// Closes the connections, and stops the private server when nobody else uses it.
    pub(crate) async fn close(self) -> Result<()> {
        self.pool.close().await;
        if let Some(server) = self.server {
            server.stop().await?;
        }
        Ok(())
    }
}

fn without_password(options: &PgConnectOptions) -> String {
    let place = options.get_socket().map_or_else(|| options.get_host().to_owned(), |path| path.display().to_string());
    format!("{place}, port {}, database {}", options.get_port(), options.get_database().unwrap_or("(none)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_auto_none_or_a_url() {
        assert_eq!("auto".parse(), Ok(Choice::Auto));
        assert_eq!("none".parse(), Ok(Choice::None));
        let url = "postgres://ann:secret@db/mart";
        assert_eq!(url.parse::<Choice>().expect("a choice").as_text(), url);
        assert!("mysql://db".parse::<Choice>().is_err());
        assert!("postgres://[".parse::<Choice>().is_err());
    }

    #[test]
    fn what_is_said_about_a_server_holds_no_password() {
        let options = PgConnectOptions::from_str("postgres://ann:secret@db:5433/mart").expect("options");
        assert_eq!(without_password(&options), "db, port 5433, database mart");
    }
}
