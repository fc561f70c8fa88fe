//! The command line: which subcommands there are, and how the one that was asked for is run and ends.
//!
//! One file per subcommand, with its arguments and the calls into the crates that do the work.

mod arguments;
mod demo;
mod hash;
mod import;
mod installation;
mod log;
mod operator;
mod rebuild;
mod report;
mod schema;
mod serve;
mod snapshot;
mod sql;

pub(crate) use arguments::{Engine as EngineChoice, moment};

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand};

use crate::failure::{self, Ending, Interrupted};
use crate::output;
use crate::postgres::Choice;

/// Historical reporting for contact centers: events in, a durable log, a mart in Parquet and PostgreSQL, reports out.
#[derive(Debug, Parser)]
#[command(name = "callmart", version, max_term_width = 100)]
struct CommandLine {
    #[command(flatten)]
    shared: Shared,
    #[command(subcommand)]
    command: Command,
}

/// What all subcommands take.
#[derive(Debug, Args)]
pub(crate) struct Shared {
    /// Folder that holds logs, archive, marts and settings
    #[arg(long, global = true, value_name = "DIR", default_value = "./callmart-data")]
    pub(crate) data: PathBuf,
    /// PostgreSQL to keep a mart in: a URL, `auto` for a private server, or `none` [remembered; else DATABASE_URL]
    #[arg(long, global = true, value_name = "URL|auto")]
    pub(crate) postgres: Option<Choice>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate a contact center and look at it: nodes, collectors, marts, reports and the page in one process
    Demo(demo::Demo),
    /// Play files on a node's ports; collectors, logs and the ETL work as always
    Import(import::Import),
    /// Play the nodes of an installation, as its topology file describes it
    Node(installation::Node),
    /// Run the collectors of an installation, or one of them
    Collector(installation::Part),
    /// Run an ETL of an installation: the collectors' logs into its marts, until interrupted
    Etl(installation::Part),
    /// Print a report
    Report(report::Report),
    /// Print the answer to an SQL query over the mart
    Sql(sql::Sql),
    /// Answer HTTP requests: reports, calls, what goes on now, and the page
    Serve(serve::Serve),
    /// Throw the marts away and make them again
    Rebuild(rebuild::Rebuild),
    /// Print the content hash of each table and day
    Hash(hash::Hash),
    /// Show the collectors' logs: segments, events, damage
    Log(log::Log),
    /// Look at the sources, and decide which of them are waited for
    Sources(operator::Sources),
    /// Close calls that go on in the facts and are over
    Calls(operator::Calls),
    /// Look at rejected inputs, and have them read once more
    Rejects(operator::Rejects),
    /// Decide from which moment on the archive is open
    Archive(operator::Archive),
    /// Make a frozen copy of the Parquet mart
    Snapshot(snapshot::Snapshot),
    /// Describe the events, the tables or the HTTP API
    Schema(schema::Schema),
}

impl Command {
    async fn run(self, shared: &Shared) -> Result<Ending> {
        match self {
            Self::Demo(command) => command.run(shared).await,
            Self::Import(command) => command.run(shared).await,
            Self::Node(command) => command.run().await,
            Self::Collector(command) => command.collect().await,
            Self::Etl(command) => command.load(shared).await,
            Self::Report(command) => command.run(shared).await,
            Self::Sql(command) => command.run(shared).await,
            Self::Serve(command) => command.run(shared).await,
            Self::Rebuild(command) => command.run(shared).await,
            Self::Hash(command) => command.run(shared).await,
            Self::Log(command) => command.run(shared),
            Self::Sources(command) => command.run(shared).await,
            Self::Calls(command) => command.run(shared).await,
            Self::Rejects(command) => command.run(shared).await,
            Self::Archive(command) => command.run(shared).await,
            Self::Snapshot(command) => command.run(shared),
            Self::Schema(command) => command.run(),
        }
    }
}

/// Reads the command line, runs the subcommand and says how it ended.
pub(crate) fn main() -> ExitCode {
    let CommandLine { shared, command } = CommandLine::parse();
    output::start_log();
    match run(&shared, command) {
        Ok(ending) => ending.code().into(),
        Err(error) => {
            output::failure(&error);
            failure::code(&error).into()
        }
    }
}

fn run(shared: &Shared, command: Command) -> Result<Ending> {
    let ends_itself = matches!(command, Command::Serve(_) | Command::Node(_) | Command::Collector(_) | Command::Etl(_));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("the runtime cannot be started")?.block_on(async {
        tokio::select! {
            ending = Box::pin(command.run(shared)) => ending,
            // Dropping the command gives locks back and leaves the private server.
            () = interruption(), if !ends_itself => Err(Interrupted.into()),
        }
    })
}

/// Ends when the user or the system wants the program to end. It listens from the call on, not only once it is awaited: what
/// is asked while a command still starts is not lost, nor does it end the process where it stands.
fn interruption() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let asked = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
    async move {
        match asked {
            [Ok(mut terminate), Ok(mut interrupt)] => {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
            _ => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn shared_flags_are_taken_before_and_after_the_subcommand() {
        for line in [
            ["--data", "d", "--postgres", "auto", "sql", "SELECT 1"],
            ["sql", "SELECT 1", "--postgres", "auto", "--data", "d"],
        ] {
            let parsed = CommandLine::try_parse_from(std::iter::once("callmart").chain(line)).expect("a command line");
            assert_eq!(parsed.shared.data, PathBuf::from("d"));
            assert_eq!(parsed.shared.postgres, Some(Choice::Auto));
        }
        let parsed = CommandLine::try_parse_from(["callmart", "hash"]).expect("a command line");
        assert_eq!(parsed.shared.data, PathBuf::from("./callmart-data"));
    }
}
