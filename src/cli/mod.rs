//! What people type. Data goes to standard output, messages to standard error; the exit code is 0,
//! 1 when something was found or went wrong, 2 for a command line that makes no sense.
//!
//! To add a command: write one file with its `Args` and `run`, and one line in `Command` and one in `dispatch`.

#![expect(clippy::print_stderr, reason = "this is the module that talks")]

#[macro_use]
mod out;

mod audit;
mod backup;
mod bench;
mod bench_classes;
mod bench_ocr;
mod bench_ocr_pages;
mod bench_parse;
mod bench_peers;
mod check;
mod control;
mod daemon;
mod demo;
mod doctor;
mod eval;
mod eval_alone;
mod eval_fields;
mod eval_learn;
mod eval_read;
mod explain;
mod goal;
mod learned;
mod ledger;
mod model;
mod model_bench;
mod office;
mod parse;
mod probe;
mod queue;
mod reliability;
mod replay;
mod schema;
mod service;
mod store;
mod store_bench;
mod table;
mod test;
mod try_file;
mod user;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::llm::levels;

/// Reads what arrives in an office's mailboxes and shares, and lays pre-filled drafts with proof before the person who decides.
#[derive(Parser)]
#[command(
    name = "vorlage",
    version = levels::VERSION.as_str(),
    long_version = levels::BUILD.as_str(),
    arg_required_else_help = true
)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the daemon: doors, workers and pages
    Run(daemon::Args),
    /// Show a whole office with sample post
    Demo(demo::Args),
    /// Find every mistake in an office's files
    Check(check::Args),
    /// Run the tests that stand in the workflows
    Test(test::Args),
    /// Show what would become of one file, stage by stage
    Try(try_file::Args),
    /// Show what is read from files: text, pages, facts, problems
    Parse(parse::Args),
    /// Measure a workflow on a folder of documents with truth
    Eval(eval::Args),
    /// Measure this way of asking against the plain way, same model, same run
    Bench(bench::Args),
    /// List, fetch and measure models
    Model(model::Args),
    /// Add people who may sign in
    User(user::Args),
    /// What waits where
    Queue(queue::QueueArgs),
    /// What happened with one item
    Show(queue::ShowArgs),
    /// Ask everything about one item again, and say what is different
    Replay(replay::Args),
    /// What decided items taught about classes, and how that did
    Learned(learned::Args),
    /// Compare what is at the doors with what became of it
    Ledger(ledger::Args),
    /// Check that nothing was changed that must not change
    Audit(audit::Args),
    /// Write everything into a folder, while the daemon goes on
    Backup(backup::BackupArgs),
    /// Bring a backup into an empty store
    Restore(backup::RestoreArgs),
    /// Copy the store, or measure it
    Store(store::Args),
    /// Print JSON Schemas for editors
    Schema(schema::Args),
    /// Explain a code such as E0202
    Explain(explain::Args),
    /// Say what is missing on this machine
    Doctor(doctor::Args),
    /// A child process of the daemon
    #[command(hide = true)]
    Worker(worker::Args),
}

/// What a command has to say with its exit code.
type Outcome = anyhow::Result<ExitCode>;

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // A closed pipe behind `--help` is no reason to panic.
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    dispatch(line.command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(1)
    })
}

fn dispatch(command: Command) -> Outcome {
    match command {
        Command::Worker(args) => worker::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Check(args) => wait(check::run(args)),
        Command::Run(args) => wait(daemon::run(args)),
        Command::Demo(args) => wait(demo::run(args)),
        Command::Test(args) => wait(test::run(args)),
        Command::Try(args) => wait(try_file::run(args)),
        Command::Parse(args) => wait(parse::run(args)),
        Command::Eval(args) => wait(eval::run(args)),
        Command::Bench(args) => wait(bench::run(args)),
        Command::Model(args) => wait(model::run(args)),
        Command::User(args) => wait(user::run(args)),
        Command::Queue(args) => wait(queue::queue(args)),
        Command::Show(args) => wait(queue::show(args)),
        Command::Replay(args) => wait(replay::run(args)),
        Command::Learned(args) => wait(learned::run(args)),
        Command::Ledger(args) => wait(ledger::run(args)),
        Command::Audit(args) => wait(audit::run(args)),
        Command::Backup(args) => wait(backup::backup(args)),
        Command::Restore(args) => wait(backup::restore(args)),
        Command::Store(args) => wait(store::run(args)),
        Command::Doctor(args) => wait(doctor::run(args)),
    }
}

fn wait(work: impl Future<Output = Outcome>) -> Outcome {
    let threads =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    // TLS has one provider for the whole process; setting it twice is harmless.
    drop(rustls::crypto::ring::default_provider().install_default());
    threads.block_on(work)
}

/// `0` when nothing was found.
fn found(something: bool) -> ExitCode {
    ExitCode::from(u8::from(something))
}
