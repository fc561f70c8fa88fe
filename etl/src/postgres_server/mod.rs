//! A private PostgreSQL server for one data folder: made, started, shared between processes, taken over and stopped.
//!
//! Knows nothing of the mart: it hands out a URL of an empty database, and the loader does the rest. The server listens on
//! a unix socket only. It lets in the operating-system account that started it, and root.

mod account;
mod binaries;
mod home;
mod process;
#[cfg(test)]
mod tests;
mod usage;

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::time::Instant;

use account::Account;
use binaries::Binaries;
use home::Home;
use process::{Process, Standing};
use usage::{Turn, Usage};

pub use binaries::are_installed;

/// Name of the database, and of the role that owns it.
pub const DATABASE: &str = "callmart";

/// Longest wait for a server to let us in. It includes the recovery after a crash; a server that gives up is not waited for.
pub const START_LIMIT: Duration = Duration::from_secs(300);

/// How often a starting server is asked.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// How often a server that ends at once is started again: what a killed one left may need a moment to go.
const MAX_STARTS: u32 = 20;

/// How often one that nobody left behind is.
const FRESH_STARTS: u32 = 3;

/// Wait between two such starts.
const START_AGAIN_AFTER: Duration = Duration::from_millis(250);

/// How often it is looked whether a server that is used still runs.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Wait before a server that could not be started again is tried once more.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Why there is no private server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No server binaries anywhere.
    #[error(
        "PostgreSQL's server binaries (postgres, initdb, pg_ctl) are neither on the PATH, nor where pg_config points, nor \
         under /usr/lib/postgresql: install the package `postgresql`, or give the URL of a server"
    )]
    NoBinaries,
    /// The folder was made by another major version.
    #[error(
        "the private PostgreSQL in {folder} was made by version {wanted}, and only {found} is installed: install \
         version {wanted}, or delete that folder and run `callmart rebuild --from gidb`"
    )]
    OtherVersion {
        /// Folder of the server.
        folder: PathBuf,
        /// Its major version.
        wanted: String,
        /// Major versions that are installed.
        found: String,
    },
    /// Root has no account to run the server under.
    #[error("PostgreSQL does not run as root, and there is neither an account `postgres` nor `nobody` to run it under")]
    NoAccount,
    /// A folder under the system's temporary directory belongs to somebody else, or is open to others.
    #[error("{folder} is not ours alone (owner {owner}, mode {mode:o}): remove it, or set TMPDIR to another folder")]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// Number of the account that owns it.
        owner: u32,
        /// Its permission bits.
        mode: u32,
    },
    /// Neither place leaves room for a socket.
    #[error(
        "a socket's path may have {max_bytes} plain characters, and {folder} does not leave room for it: set TMPDIR to a \
         folder with a shorter name",
        max_bytes = home::MAX_SOCKET_PATH_BYTES
    )]
    PathTooLong {
        /// The folder.
        folder: PathBuf,
    },
    /// Another process keeps the start lock.
    #[error(
        "another callmart has been starting or stopping the server of {folder} for {waited_s} s: end it and try again"
    )]
    Busy {
        /// Folder of the locks.
        folder: PathBuf,
        /// How long we waited.
        waited_s: u64,
    },
    /// One of PostgreSQL's programs failed.
    #[error("`{program}` failed ({status}); it said:\n{said}")]
    Program {
        /// The program.
        program: &'static str,
        /// How it ended.
        status: String,
        /// Its last words.
        said: String,
    },
    /// The server ended, or did not let us in.
    #[error(
        "the private PostgreSQL in {folder} did not start ({why}); if its files are damaged, delete that folder and run \
         `callmart rebuild --from gidb`; its log {log} ends with:\n{said}"
    )]
    NotReady {
        /// Folder of the server.
        folder: PathBuf,
        /// What we know.
        why: String,
        /// The server's log.
        log: PathBuf,
        /// Its last lines.
        said: String,
    },
    /// A file or folder of the server.
    #[error("{what} {path}: {source}")]
    Io {
        /// What we wanted to do.
        what: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ServerError {
    /// For `map_err`: what we wanted to do with which path.
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, path: path.to_owned(), source }
    }
}

/// A running server, shared with the other processes that use the same data folder. The last one to stop using it stops it.
#[derive(Debug)]
pub struct PrivateServer {
    process: Process,
    usage: Option<Usage>,
}

impl PrivateServer {
    /// Makes the server of a data folder if there is none, starts it if it does not run, or takes over the one that runs.
    ///
    /// # Errors
    /// [`ServerError`] says what is missing, or how the server's log ends.
    pub async fn start(data_dir: &Path) -> Result<Self, ServerError> {
        let data_dir = data_dir.to_owned();
        let prepared = tokio::task::spawn_blocking(move || prepare(&data_dir)).await;
        let (process, usage, turn) = prepared.map_err(|e| lost("preparing the server", &e))??;
        let mut server = Self { process, usage: Some(usage) };
        // Declared after the server: on any way out the turn must be given back before the server is left.
        let _turn = turn;
        let mut tries = 0;
        loop {
            server.bring_up().await?;
            tries += 1;
            match server.create_database().await {
                // Somebody may have killed it in between.
                Err(_) if tries < FRESH_STARTS => {}
                Err(error) => return Err(error),
                Ok(()) => break,
            }
        }
        Ok(server)
    }

    /// Starts the server again whenever it was killed. Never ends: give it up before [`Self::stop`].
    pub async fn keep_running(&mut self) -> Infallible {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if !self.process.has_died() {
                continue;
            }
            tracing::warn!(folder = %self.process.home.folder.display(), "the private PostgreSQL has died; it is started again");
            if let Err(error) = self.start_again().await {
                tracing::warn!(%error, "the private PostgreSQL could not be started again; that is tried again");
                tokio::time::sleep(TRY_AGAIN_AFTER).await;
            }
        }
    }

    /// Starts the server, unless another process that uses it has done so.
    async fn start_again(&mut self) -> Result<(), ServerError> {
        let Some(usage) = &self.usage else { return Ok(()) };
        let folder = usage.folder().to_owned();
        let turn = tokio::task::spawn_blocking(move || Turn::wait(&folder)).await;
        let _turn = turn.map_err(|e| lost("starting the server again", &e))??;
        self.process.was_left_behind = true;
        self.bring_up().await
    }

    /// URL of the database, for sqlx and for anything built on libpq.
    #[must_use]
    pub fn url(&self) -> String {
        self.process.home.url(DATABASE)
    }

    /// Folder that holds the server's files and its socket.
    #[must_use]
    pub fn where_it_lives(&self) -> &Path {
        &self.process.home.folder
    }

    /// Whether that folder lies outside the data folder, which the user should be told.
    #[must_use]
    pub fn lives_outside(&self) -> bool {
        self.process.home.outside
    }

    /// Stops using the server, and stops it when nobody else uses it. Close all connections first.
    ///
    /// # Errors
    /// When the server does not end.
    pub async fn stop(mut self) -> Result<(), ServerError> {
        let stopped = tokio::task::spawn_blocking(move || self.leave(false)).await;
        stopped.map_err(|e| lost("stopping the server", &e))?
    }

    /// Like [`Self::stop`], and removes all of the server's files when nobody else uses it.
    ///
    /// # Errors
    /// When the server does not end or a file cannot be removed.
    pub async fn discard(mut self) -> Result<(), ServerError> {
        let stopped = tokio::task::spawn_blocking(move || self.leave(true)).await;
        stopped.map_err(|e| lost("stopping the server", &e))?
    }

    fn leave(&mut self, discard: bool) -> Result<(), ServerError> {
        let Some(usage) = self.usage.take() else { return Ok(()) };
        let Some(last) = usage.leave()? else { return Ok(()) };
        self.process.stop()?;
        if discard {
            self.process.home.remove()?;
        }
        drop(last);
        Ok(())
    }

    /// Asks until the server lets us in; starts it whenever it does not run.
    async fn bring_up(&mut self) -> Result<(), ServerError> {
        let deadline = Instant::now() + START_LIMIT;
        let mut starts = 0;
        loop {
            let refused = match self.connect("postgres").await {
                Ok(connection) => return self.close(connection).await,
                Err(refused) => refused,
            };
            if is_final(&refused) || Instant::now() > deadline {
                return Err(self.process.not_ready(refused.to_string()));
            }
            if self.process.standing() == Standing::Stopped {
                if starts == MAX_STARTS || (starts == FRESH_STARTS && !self.process.was_left_behind) {
                    return Err(self.process.not_ready("it ended at once".to_owned()));
                }
                if starts > 0 {
                    tokio::time::sleep(START_AGAIN_AFTER).await;
                }
                starts += 1;
                self.process.spawn()?;
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    async fn create_database(&self) -> Result<(), ServerError> {
        let result = async {
            let mut connection = self.connect("postgres").await?;
            if !is_there(&mut connection).await? {
                let made = sqlx::raw_sql("CREATE DATABASE callmart").execute(&mut connection).await;
                // A command that was killed may have asked for it too, and its wish been fulfilled meanwhile.
                if made.is_err() && !is_there(&mut connection).await? {
                    made?;
                }
            }
            connection.close().await
        };
        result.await.map_err(|e| self.process.not_ready(format!("the database could not be made: {e}")))
    }

    async fn connect(&self, database: &str) -> Result<PgConnection, sqlx::Error> {
        let options: PgConnectOptions = self.process.home.url(database).parse()?;
        PgConnection::connect_with(&options).await
    }

    async fn close(&self, connection: PgConnection) -> Result<(), ServerError> {
        connection.close().await.map_err(|e| self.process.not_ready(e.to_string()))
    }
}

impl Drop for PrivateServer {
    /// The same as [`Self::stop`], for the ways out that have no time for it.
    fn drop(&mut self) {
        if let Err(error) = self.leave(false) {
            tracing::warn!(%error, "the private PostgreSQL could not be stopped; the next command takes it over");
        }
    }
}

/// Everything up to the start: who we are, whose turn it is, where the server lives, and that its files exist.
fn prepare(data_dir: &Path) -> Result<(Process, Usage, usage::Turn), ServerError> {
    std::fs::create_dir_all(data_dir).map_err(ServerError::io("make the folder", data_dir))?;
    let data_dir = data_dir.canonicalize().map_err(ServerError::io("find the folder", data_dir))?;
    let account = Account::choose()?;
    let (usage, turn) = Usage::enter(&home::lock_folder(&data_dir))?;
    let home = Home::settle(&data_dir, &account)?;
    let binaries = Binaries::find(&home)?;
    let mut process = Process::new(home, binaries, account);
    process.init()?;
    Ok((process, usage, turn))
}

/// Whether the server said no for good, rather than "not yet".
fn is_final(error: &sqlx::Error) -> bool {
    const COMING_OR_GOING: &str = "57P0";
    const TOO_MANY_CONNECTIONS: &str = "53300";
    let sqlx::Error::Database(said) = error else { return false };
    !said.code().is_some_and(|code| code.starts_with(COMING_OR_GOING) || code == TOO_MANY_CONNECTIONS)
}

fn lost(what: &'static str, error: &tokio::task::JoinError) -> ServerError {
    ServerError::Io { what, path: PathBuf::new(), source: io::Error::other(error.to_string()) }
}

/// Whether the database is there.
async fn is_there(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let there: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(DATABASE)
        .fetch_optional(connection)
        .await?;
    Ok(there.is_some())
}
