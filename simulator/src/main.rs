//! The offline command line: reads arguments, files and the clock, and prints. Everything else is in the library.
#![expect(clippy::disallowed_methods, reason = "the clock is read here and nowhere else")]

mod bootstrap_arguments;
mod can_arguments;
mod export_arguments;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use rolegate::command::who_can::{Reach, Scope};
use rolegate::command::{self, Question};
use rolegate::{Answer, load};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Answers who can enter which AWS account, offline.
///
/// Exit codes: 0 yes, clean; 1 no, differences; 2 bad usage or unreadable input; 3 cannot tell. Standard output is the answer,
/// standard error is talk.
#[derive(Debug, Parser)]
#[command(name = "rolegate", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell whether manifests are sound: every error at once, each with its place and the way out.
    Check(Input),
    /// Show what would be done: from nothing, or from accounts as a snapshot shows them.
    Plan {
        #[command(flatten)]
        input: Input,
        /// Let the held removals go too, if they are exactly the set that this digest names.
        #[arg(long, value_name = "DIGEST")]
        approve_removals: Option<String>,
    },
    /// Tell who can reach a role, an account or an environment, by which path and under which conditions.
    ///
    /// With manifests: as it would be if only they were. With a snapshot: as it is. With both: as it will be.
    WhoCan {
        /// A role ARN, ACCOUNT/ROLE, an account by id or name, or an environment of the manifests.
        target: String,
        #[command(flatten)]
        input: Input,
        /// Follow roles that enter roles.
        #[arg(long)]
        chains: bool,
        /// How many pairs of a principal and a role may be looked at for each role; what it cuts off is said.
        #[arg(long, value_name = "N")]
        budget: Option<usize>,
    },
    /// Tell everything that somebody ends up being able to enter, by which path and under which conditions.
    ///
    /// Exit code 0 it is all known, 1 certainly nothing, 3 cannot tell; what is missing is named.
    Reach {
        /// An ARN of a user, a role, a session or a group, user/NAME@ACCOUNT, role/NAME@ACCOUNT, group/NAME@ACCOUNT, an
        /// AccessGroup, a name that only one of them has, a service such as ec2.amazonaws.com, or `anyone`.
        subject: String,
        #[command(flatten)]
        input: Input,
        /// How many pairs of a principal and a role may be looked at for each role; what it cuts off is said.
        #[arg(long, value_name = "N")]
        budget: Option<usize>,
    },
    /// Tell whether one request to enter a role would be allowed: what every layer says, by which statement, and where it stands.
    ///
    /// Exit code 0 yes, 1 no, 3 cannot tell; what is missing is named.
    Can(Box<can_arguments::CanArguments>),
    /// Give people and their tools what they need to use what is declared.
    #[command(subcommand)]
    Export(export_arguments::ExportCommand),
    /// Print what gives accounts their management role: the role through which Rolegate works there, kept by IAM itself to what
    /// Rolegate owns.
    #[command(subcommand)]
    Bootstrap(bootstrap_arguments::BootstrapCommand),
}

#[derive(Debug, Args)]
struct Input {
    /// Manifests: files, folders (*.yaml, *.yml, *.json, recursively), or `-` for standard input.
    #[arg(short, long, value_name = "PATH", num_args = 1..)]
    manifests: Vec<PathBuf>,
    /// Snapshots: a folder of AWS CLI output per account, a snapshot file, or `-`.
    #[arg(short, long, value_name = "PATH", num_args = 1..)]
    snapshot: Vec<PathBuf>,
    /// Whose things are compiled: a DNS label of at most 20 characters.
    #[arg(long, env = "ROLEGATE_INSTALLATION", value_name = "NAME")]
    installation: Option<String>,
    /// The instant the question is about, such as 2026-12-31T18:00:00Z; else now.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// What standard output holds.
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl From<Output> for command::Output {
    fn from(output: Output) -> Self {
        match output {
            Output::Text => Self::Text,
            Output::Json => Self::Json,
        }
    }
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // Nobody is left to tell when the terminal is gone.
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    let Answer { code, out, talk } = run(arguments);
    // The same.
    drop(anstream::stderr().lock().write_all(talk.as_bytes()));
    match anstream::stdout().lock().write_all(out.as_bytes()) {
        Ok(()) => ExitCode::from(code as u8),
        Err(_) => ExitCode::from(2),
    }
}

fn run(Arguments { command }: Arguments) -> Answer {
    match command {
        Command::Can(arguments) => can_arguments::run(*arguments),
        Command::Export(command) => export_arguments::run(command),
        Command::Bootstrap(command) => bootstrap_arguments::run(command),
        Command::Check(input) => {
            let output = input.output.into();
            declaring(input, None, |question| command::check::check(question, output))
        }
        Command::Plan { input, approve_removals } => {
            let output = input.output.into();
            declaring(input, approve_removals, |question| command::plan::plan(question, output))
        }
        Command::Reach { subject, input, budget } => {
            let budget = budget.unwrap_or(Scope::from(Reach::Chains).budget);
            let output = input.output.into();
            match question(input, None) {
                Ok(question) => command::reach::reach(&question, &subject, budget, output),
                Err(answer) => answer,
            }
        }
        Command::WhoCan { target, input, chains, budget } => {
            let mut scope = Scope::from(if chains { Reach::Chains } else { Reach::OneHop });
            scope.budget = budget.unwrap_or(scope.budget);
            let output = input.output.into();
            match question(input, None) {
                Ok(question) => command::who_can::who_can(&question, &target, scope, output),
                Err(answer) => answer,
            }
        }
    }
}

/// Runs a command that needs manifests.
fn declaring(input: Input, approved: Option<String>, command: impl Fn(&Question) -> Answer) -> Answer {
    if input.manifests.is_empty() {
        return Answer::bad([
            "no manifests; name files, folders, or `-` for standard input, with -m".to_owned()
        ]);
    }
    match question(input, approved) {
        Ok(question) => command(&question),
        Err(answer) => answer,
    }
}

fn question(input: Input, approved: Option<String>) -> Result<Question, Answer> {
    let Input { manifests, snapshot, installation, at, output: _ } = input;
    let twice = manifests.iter().chain(&snapshot).filter(|path| path.as_os_str() == load::STDIN).count() > 1;
    if twice {
        return Err(Answer::bad(["standard input (`-`) is named twice; it can be read once".to_owned()]));
    }
    let loaded = load::manifests(&manifests);
    let mut errors: Vec<String> = loaded.errors.iter().map(ToString::to_string).collect();
    let seen = match load::snapshots(&snapshot) {
        Ok(seen) => (!snapshot.is_empty()).then_some(seen),
        Err(more) => {
            errors.extend(more);
            None
        }
    };
    if !errors.is_empty() {
        return Err(Answer::bad(errors));
    }
    Ok(Question {
        manifests: loaded.files,
        snapshot: seen,
        installation,
        at: at.unwrap_or_else(Timestamp::now),
        approved,
        dormant_retention: rolegate_plan::outcome::DORMANT_RETENTION,
    })
}
