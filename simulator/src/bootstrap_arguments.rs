//! The arguments of `rolegate bootstrap`. Reads arguments; what they mean is in the library.

use super::Output;
use clap::{Args, Subcommand};
use rolegate::command::bootstrap::{Asked, policy};
use rolegate::{Answer, command, load};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum BootstrapCommand {
    /// The policy documents of one account's management role, as JSON.
    Policy {
        /// The account, by id or by the name of its AWSAccount.
        account: String,
        #[command(flatten)]
        declared: Declared,
        /// What standard output holds.
        #[arg(short, long, value_enum, default_value_t = Output::Text)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub(super) struct Declared {
    /// Manifests: files, folders (*.yaml, *.yml, *.json, recursively), or `-` for standard input.
    #[arg(short, long, value_name = "PATH", num_args = 1.., required = true)]
    manifests: Vec<PathBuf>,
    /// Whose things are managed: a DNS label of at most 20 characters.
    #[arg(long, env = "ROLEGATE_INSTALLATION", value_name = "NAME")]
    installation: Option<String>,
}

/// Answers.
pub(super) fn run(command: BootstrapCommand) -> Answer {
    match command {
        BootstrapCommand::Policy { account, declared, output } => {
            let output: command::Output = output.into();
            asking(vec![account], declared, |asked| policy(asked, output))
        }
    }
}

/// Reads the manifests and asks about the accounts.
fn asking(accounts: Vec<String>, declared: Declared, command: impl Fn(&Asked) -> Answer) -> Answer {
    let Declared { manifests, installation } = declared;
    let loaded = load::manifests(&manifests);
    if !loaded.errors.is_empty() {
        return Answer::bad(loaded.errors.iter().map(ToString::to_string));
    }
    command(&Asked { manifests: loaded.files, installation, accounts })
}
