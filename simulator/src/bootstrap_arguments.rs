//! The arguments of `rolegate bootstrap`. Reads arguments; what they mean is in the library.

use super::Output;
use clap::{Args, Subcommand};
use rolegate::command::bootstrap::{Asked, Trusted, cloudformation, policy, terraform};
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
    /// A `CloudFormation` template of the role, for a stack or a stack set.
    Cloudformation {
        #[command(flatten)]
        many: Many,
        #[command(flatten)]
        declared: Declared,
        /// YAML for people, or JSON for programs.
        #[arg(short, long, value_enum, default_value_t = Output::Text)]
        output: Output,
    },
    /// The role as resources of Terraform's provider for AWS.
    Terraform {
        #[command(flatten)]
        many: Many,
        #[command(flatten)]
        declared: Declared,
    },
}

#[derive(Debug, Args)]
pub(super) struct Many {
    /// Accounts that ask for the same role, by id or by the name of their AWSAccount.
    #[arg(required = true)]
    accounts: Vec<String>,
    /// The IAM role or user with which Rolegate begins, by ARN; else the last of managementRole.via, else whoever uses the
    /// template is asked.
    #[arg(long, value_name = "ARN")]
    trusted_by: Option<String>,
    /// Instead: the pod with which Rolegate begins, by IAM roles for service accounts: the account's OIDC provider for the
    /// cluster, by ARN.
    #[arg(long, value_name = "PROVIDER_ARN", requires = "subject", conflicts_with_all = ["trusted_by", "trusted_by_pod_identity"])]
    trusted_by_oidc: Option<String>,
    /// Instead: the pod with which Rolegate begins, by EKS Pod Identity: the cluster, by ARN.
    #[arg(long, value_name = "CLUSTER_ARN", requires = "subject", conflicts_with = "trusted_by")]
    trusted_by_pod_identity: Option<String>,
    /// The pod's service account, with either of the two.
    #[arg(long, value_name = "system:serviceaccount:NAMESPACE:NAME")]
    subject: Option<String>,
}

impl Many {
    /// Whom to trust; the arguments exclude each other.
    fn trusted(&self) -> Result<Option<Trusted>, String> {
        let Self { accounts: _, trusted_by, trusted_by_oidc, trusted_by_pod_identity, subject } = self;
        Ok(match (trusted_by, trusted_by_oidc, trusted_by_pod_identity, subject.clone()) {
            (_, Some(provider), _, Some(subject)) => {
                Some(Trusted::Oidc { provider: provider.clone(), subject })
            }
            (_, _, Some(cluster), Some(subject)) => {
                Some(Trusted::PodIdentity { cluster: cluster.clone(), subject })
            }
            (_, _, _, Some(_)) => {
                return Err("--subject says which pod of a cluster is trusted; name the cluster with --trusted-by-oidc or \
                            --trusted-by-pod-identity"
                    .to_owned());
            }
            (arn, ..) => arn.clone().map(Trusted::Arn),
        })
    }
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
            asking(vec![account], None, declared, |asked| policy(asked, output))
        }
        BootstrapCommand::Cloudformation { many, declared, output } => {
            let output: command::Output = output.into();
            templating(many, declared, |asked| cloudformation(asked, output))
        }
        BootstrapCommand::Terraform { many, declared } => templating(many, declared, terraform),
    }
}

fn templating(many: Many, declared: Declared, command: impl Fn(&Asked) -> Answer) -> Answer {
    match many.trusted() {
        Ok(trusted) => asking(many.accounts, trusted, declared, command),
        Err(error) => Answer::bad([error]),
    }
}

/// Reads the manifests and asks about the accounts.
fn asking(
    accounts: Vec<String>,
    trusted_by: Option<Trusted>,
    declared: Declared,
    command: impl Fn(&Asked) -> Answer,
) -> Answer {
    let Declared { manifests, installation } = declared;
    let loaded = load::manifests(&manifests);
    if !loaded.errors.is_empty() {
        return Answer::bad(loaded.errors.iter().map(ToString::to_string));
    }
    command(&Asked { manifests: loaded.files, installation, accounts, trusted_by })
}
