//! The arguments of `rolegate export`. Reads arguments; what they mean is in the library.

use super::{Output, question};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use rolegate::command::export::aws_config::{self, Source, aws_config};
use rolegate::command::export::{
    Export, Regions, Selection, aesr, bookmarks, granted, links, owner_statements,
};
use rolegate::deliver::deliver;
use rolegate::{Answer, command};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum ExportCommand {
    /// Profiles for the AWS CLI and SDKs, merged between markers into a `~/.aws/config`.
    ///
    /// The profiles take the access key from the profile that is named after the gateway, in ~/.aws/credentials.
    AwsConfig(ProfileArguments),
    /// Console links that offer to enter a role: a table, or JSON with -o json.
    Links(Console),
    /// The console links as bookmarks that every browser imports.
    Bookmarks(Console),
    /// The configuration of the browser extension AWS Extend Switch Roles.
    Aesr(Aesr),
    /// A profile registry of Granted, a folder for each person.
    Granted(ProfileArguments),
    /// What the owners of machines and third parties must add on their side, where only the trust is written here.
    OwnerStatements(OwnerStatements),
}

#[derive(Debug, Args)]
pub(super) struct ProfileArguments {
    #[command(flatten)]
    input: Declared,
    #[command(flatten)]
    whose: Whose,
    /// The file that is merged into, or the folder for `config`; with --all, for `GATEWAY/USER/config`. For Granted always a
    /// folder. Else standard output.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// What the names of the profiles begin with.
    #[arg(long, value_name = "TEXT", default_value = "")]
    prefix: String,
    /// The profile that holds the access key; else the one named after the gateway.
    #[arg(long, value_name = "PROFILE")]
    source_profile: Option<String>,
    /// Where a machine's credentials come from; else its environment.
    #[arg(long, value_enum, value_name = "SOURCE", conflicts_with_all = ["source_profile", "user", "all"])]
    credential_source: Option<CredentialSource>,
    /// The serial number of the person's MFA device; else that of the virtual device named after the user.
    #[arg(long, value_name = "SERIAL")]
    mfa_serial: Option<String>,
    /// The region of the profiles; `NAME=REGION` for one account or environment.
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,
    /// Seconds that a session lasts at most: 3600 if the access key is itself temporary.
    #[arg(long, value_name = "SECONDS")]
    duration: Option<u32>,
}

/// Of whom.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Whose {
    /// One person: the IAM user, or GATEWAY/USER.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Everybody.
    #[arg(long)]
    all: bool,
    /// A machine, by the ARN of its role.
    #[arg(long, value_name = "ARN")]
    role: Option<String>,
    /// A third party, by its account.
    #[arg(long, value_name = "ID")]
    account: Option<String>,
}

/// The credentials of a machine.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum CredentialSource {
    /// The environment variables of an access key.
    #[value(name = "Environment")]
    Environment,
    /// An EC2 instance's role.
    #[value(name = "Ec2InstanceMetadata")]
    Ec2InstanceMetadata,
    /// An ECS task's role.
    #[value(name = "EcsContainer")]
    EcsContainer,
}

/// The arguments of what goes into a browser.
#[derive(Debug, Args)]
pub(super) struct Console {
    #[command(flatten)]
    input: Declared,
    #[command(flatten)]
    people: People,
    /// The file to write; else standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The arguments of the extension.
#[derive(Debug, Args)]
pub(super) struct Aesr {
    #[command(flatten)]
    console: Console,
    /// The region to switch to with the role; `NAME=REGION` for one account or environment.
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,
    /// Where the extension keeps its configuration, which limits its size.
    #[arg(long, value_enum, default_value_t = Storage::Sync)]
    storage: Storage,
}

/// The arguments of what others must do.
#[derive(Debug, Args)]
pub(super) struct OwnerStatements {
    #[command(flatten)]
    input: Declared,
    /// The folder for `ACCOUNT/*.json`; else standard output.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Of which people.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct People {
    /// One person: the IAM user, or GATEWAY/USER.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Whatever anybody may enter.
    #[arg(long)]
    all: bool,
}

/// The storages of the extension.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Storage {
    /// Synchronised between browsers; small.
    Sync,
    /// In one browser; large.
    Local,
}

/// Manifests and an instant.
#[derive(Debug, Args)]
struct Declared {
    /// Manifests: files, folders (*.yaml, *.yml, *.json, recursively), or `-` for standard input.
    #[arg(short, long, value_name = "PATH", num_args = 1.., required = true)]
    manifests: Vec<PathBuf>,
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

/// Runs it.
pub(super) fn run(command: ExportCommand) -> Answer {
    let made = match command {
        ExportCommand::AwsConfig(arguments) => with_profiles(arguments, aws_config),
        ExportCommand::Granted(arguments) => with_profiles(arguments, granted),
        ExportCommand::Links(arguments) => {
            console(arguments, |question, selection, output| links(question, selection, output.into()))
        }
        ExportCommand::Bookmarks(arguments) => {
            console(arguments, |question, selection, _| bookmarks(question, selection))
        }
        ExportCommand::Aesr(arguments) => run_aesr(arguments),
        ExportCommand::OwnerStatements(OwnerStatements { input, out }) => {
            input.read().and_then(|(question, output)| Ok((owner_statements(&question)?, out, output)))
        }
    };
    match made {
        Ok((export, place, output)) => deliver(export, place.as_deref(), output.into()),
        Err(answer) => answer,
    }
}

type Made = Result<(Export, Option<PathBuf>, Output), Answer>;

fn console(
    Console { input, people, out }: Console,
    make: impl Fn(&command::Question, &Selection, Output) -> Result<Export, Answer>,
) -> Made {
    let (question, output) = input.read()?;
    Ok((make(&question, &people.into(), output)?, out, output))
}

fn run_aesr(Aesr { console: arguments, region, storage }: Aesr) -> Made {
    let regions = Regions::parse(&region)?;
    let storage = match storage {
        Storage::Sync => aesr::Storage::Sync,
        Storage::Local => aesr::Storage::Local,
    };
    console(arguments, |question, selection, _| aesr::aesr(question, selection, &regions, storage))
}

fn with_profiles(
    arguments: ProfileArguments,
    make: fn(&command::Question, &aws_config::Options) -> Result<Export, Answer>,
) -> Made {
    let ProfileArguments {
        input,
        whose,
        out,
        prefix,
        source_profile,
        credential_source,
        mfa_serial,
        region,
        duration,
    } = arguments;
    let source = match (source_profile, credential_source) {
        (Some(profile), _) => Source::Profile(profile),
        (None, Some(source)) => Source::Credentials(format!("{source:?}")),
        (None, None) => Source::Usual,
    };
    let options = aws_config::Options {
        selection: whose.into(),
        prefix,
        source,
        mfa_serial,
        regions: Regions::parse(&region)?,
        longest: duration,
    };
    let (question, output) = input.read()?;
    Ok((make(&question, &options)?, out, output))
}

impl Declared {
    fn read(self) -> Result<(command::Question, Output), Answer> {
        let Self { manifests, installation, at, output } = self;
        let input = super::Input { manifests, snapshot: Vec::new(), installation, at, output };
        Ok((question(input, None)?, output))
    }
}

impl From<Whose> for Selection {
    fn from(Whose { user, all: _, role, account }: Whose) -> Self {
        match (user, role, account) {
            (Some(user), _, _) => Self::User(user),
            (None, Some(role), _) => Self::Machine(role),
            (None, None, Some(account)) => Self::ThirdParty(account),
            (None, None, None) => Self::Everybody,
        }
    }
}

impl From<People> for Selection {
    fn from(People { user, all: _ }: People) -> Self {
        user.map_or(Self::Everybody, Self::User)
    }
}
