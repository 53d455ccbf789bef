//! The commands and their arguments.

mod apply;
mod ask;
mod inputs;
mod preflight;
mod snapshot;
mod watch;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;
use rolegate_aws::Settings;
use std::path::PathBuf;

/// Reconciles AWS with the declared access.
#[derive(Debug, Parser)]
#[command(name = "rolegate-controller", version, about, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reconcile AWS from manifests once, without a cluster: shows the plan, then asks.
    ///
    /// Exit codes: 0 AWS is as declared; 1 something was left out, held, refused or failed; 2 bad usage or input, nothing was
    /// written; 3 cannot tell, because no account could be observed.
    Apply(ApplyArguments),

    /// Say per account which calls are allowed, denied or unknown, without writing: enters it, makes each read, and lets IAM
    /// simulate the writes where that is permitted.
    ///
    /// Exit codes: 0 everything is allowed; 1 something is denied; 2 bad usage or input; 3 nothing is denied and something is
    /// unknown.
    Preflight(preflight::PreflightArguments),

    /// Write accounts as they are into a snapshot folder, which `rolegate -s` reads: per account what the AWS CLI prints.
    ///
    /// An account's folder is replaced as a whole, and never by one that holds less. Exit codes: 0 all was collected; 2 bad
    /// usage or input, or the folder cannot be written; 3 something was not collected, and the output names it.
    Snapshot(snapshot::SnapshotArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    /// Manifests: files, folders (*.yaml, *.yml, *.json, recursively), or `-` for standard input.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The same as PATH, for those who like it named.
    #[arg(short, long, value_name = "PATH", num_args = 1..)]
    manifests: Vec<PathBuf>,

    /// Who acts: a DNS label of at most 20 characters; part of the name of everything that is made.
    #[arg(long, env = "ROLEGATE_INSTALLATION", value_name = "NAME")]
    installation: String,

    /// Carry out the plan without asking. Held removals stay held.
    #[arg(short, long)]
    yes: bool,

    /// Go on: repair what others change, carry out what the files come to say, act on what begins and ends. One line of output
    /// per change. SIGINT and SIGTERM end it between two steps.
    #[arg(long, requires = "yes")]
    watch: bool,

    /// With --watch: how often each account is looked at when nothing happens.
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = resync)]
    resync: SignedDuration,

    /// Carry out the held removals too, if they are exactly the set that this digest names.
    #[arg(long, value_name = "DIGEST")]
    approve_removals: Option<String>,

    #[command(flatten)]
    connection: Connection,

    /// How long a role that nobody may enter any more is kept.
    #[arg(long, value_name = "TIME", default_value = "168h", value_parser = retention)]
    dormant_role_retention: SignedDuration,

    /// What standard output holds.
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

/// How AWS is reached.
#[derive(Debug, Clone, Args)]
pub(crate) struct Connection {
    /// Another address than AWS's own, such as an emulator's; `AWS_ENDPOINT_URL` is obeyed too.
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,

    /// The region whose STS is asked.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

impl Connection {
    /// With sessions called `rolegate-NAME`.
    pub(crate) fn settings(&self, name: &str) -> Settings {
        Settings {
            endpoint_url: self.endpoint_url.clone(),
            region: self.region.clone(),
            ..Settings::new(name)
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

fn retention(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(time) if !time.is_negative() => Ok(time),
        Ok(_) => Err("a time that is not negative is expected, such as 168h".to_owned()),
        Err(error) => Err(format!("a time is expected, such as 168h: {error}")),
    }
}

fn resync(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(time) if time >= SignedDuration::from_secs(1) => Ok(time),
        Ok(_) => Err("at least a second is expected, such as 15m".to_owned()),
        Err(error) => Err(format!("a time is expected, such as 15m: {error}")),
    }
}

/// Runs the command and gives the exit code.
pub(crate) async fn run(Arguments { command }: Arguments) -> u8 {
    match command {
        Command::Apply(arguments) => apply::run(arguments).await,
        Command::Preflight(arguments) => preflight::run(arguments).await,
        Command::Snapshot(arguments) => snapshot::run(arguments).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_retention_is_a_time() {
        assert_eq!(retention("168h").unwrap(), SignedDuration::from_hours(168));
        assert_eq!(retention("90m").unwrap(), SignedDuration::from_mins(90));
        for bad in ["", "7", "-1h", "a week"] {
            assert!(retention(bad).is_err(), "{bad}");
        }
    }
}
