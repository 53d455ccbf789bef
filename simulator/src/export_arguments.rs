//! The arguments of `rolegate export`. Reads arguments; what they mean is in the library.

use super::{Output, question};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use rolegate::command::export::aws_config::{self, Source, aws_config};
use rolegate::command::export::{Export, Regions, Selection};
use rolegate::deliver::deliver;
use rolegate::{Answer, command};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum ExportCommand {
    /// Profiles for the AWS CLI and SDKs, merged between markers into a `~/.aws/config`.
    ///
    /// The profiles take the access key from the profile that is named after the gateway, in ~/.aws/credentials.
    AwsConfig(AwsConfig),
}

#[derive(Debug, Args)]
pub(super) struct AwsConfig {
    #[command(flatten)]
    input: Declared,
    #[command(flatten)]
    whose: Whose,
    /// The file to merge into, or the folder for `config`; with --all, for `GATEWAY/USER/config`. Else standard output.
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
        ExportCommand::AwsConfig(arguments) => run_aws_config(arguments),
    };
    match made {
        Ok((export, place, output)) => deliver(export, place.as_deref(), output.into()),
        Err(answer) => answer,
    }
}

type Made = Result<(Export, Option<PathBuf>, Output), Answer>;

fn run_aws_config(arguments: AwsConfig) -> Made {
    let AwsConfig {
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
    Ok((aws_config(&question, &options)?, out, output))
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
