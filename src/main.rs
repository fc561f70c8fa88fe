//! The `callmart` program. Holds no logic: the subcommands are in `cli`, the work is in the crates.

mod api;
mod cli;
mod demo;
mod disturbance;
mod failure;
mod folder;
mod installation;
mod mart;
mod metrics;
mod operator;
mod output;
mod pipeline;
mod postgres;
mod session;
mod settings;
mod state;
mod topology;

fn main() -> std::process::ExitCode {
    cli::main()
}
