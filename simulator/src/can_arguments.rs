//! The arguments of `rolegate can`, and the files they name. Decides nothing.

use crate::{Input, question};
use clap::{Args, ValueEnum};
use jiff::SignedDuration;
use rolegate::command::can::{Asked, Credentials, Endpoint, Mfa, Organizations, can};
use rolegate::engine::EndpointPolicy;
use rolegate::iam::Document;
use rolegate::{Answer, load};
use std::net::IpAddr;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct CanArguments {
    /// Who calls: an ARN (also of a session of a role), user/NAME@ACCOUNT, role/NAME@ACCOUNT, a name that one principal has,
    /// or a service such as ec2.amazonaws.com.
    subject: String,
    /// The role to enter: its ARN, or ACCOUNT/ROLE.
    target: String,
    #[command(flatten)]
    input: Input,
    /// A role that is entered on the way; in order, where there are several.
    #[arg(long, value_name = "ROLE")]
    via: Vec<String>,
    /// With what a user signs.
    #[arg(long, value_enum, default_value_t = Signs::Key)]
    credentials: Signs,
    /// MFA is given now: in the call, or when the session was made.
    #[arg(long)]
    mfa: bool,
    /// MFA was given so long ago, when the session was made; such as 30m.
    #[arg(long, value_name = "AGE", conflicts_with = "mfa")]
    mfa_age: Option<SignedDuration>,
    /// The name of the session; else the user's name.
    #[arg(long, value_name = "NAME")]
    session_name: Option<String>,
    /// The external id of the last call.
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// The source identity that the first call sets.
    #[arg(long, value_name = "NAME")]
    source_identity: Option<String>,
    /// A session tag of the last call.
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
    /// A session tag that the first call passes as transitive: later calls inherit it.
    #[arg(long = "transitive-tag", value_name = "KEY=VALUE", value_parser = tag)]
    transitive_tags: Vec<(String, String)>,
    /// How long the last session is to last, such as 4h.
    #[arg(long, value_name = "DURATION")]
    duration: Option<SignedDuration>,
    /// The address the calls come from; with --vpc-endpoint, within the VPC.
    #[arg(long, value_name = "ADDRESS")]
    source_ip: Option<IpAddr>,
    /// The VPC endpoint they come through.
    #[arg(long, value_name = "ID")]
    vpc_endpoint: Option<String>,
    /// The policy of that endpoint; else it is not known.
    #[arg(long, value_name = "FILE", requires = "vpc_endpoint")]
    endpoint_policy: Option<PathBuf>,
    /// That endpoint has the policy that AWS gives every new one, which allows everything.
    #[arg(long, requires = "vpc_endpoint", conflicts_with = "endpoint_policy")]
    endpoint_full_access: bool,
    /// The Region whose endpoint is called, such as eu-west-1; else the global endpoint.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// A session policy that the calling session of a role was given.
    #[arg(long = "session-policy", value_name = "FILE")]
    session_policies: Vec<PathBuf>,
    /// Take for granted that no policy of an organization stands in the way where the organization was not collected.
    #[arg(long)]
    assume_no_organization: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Signs {
    /// A long-term access key.
    Key,
    /// Temporary credentials of the user (aws sts get-session-token).
    Session,
    /// A sign-in to the console.
    Console,
}

fn tag(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("KEY=VALUE is expected")?;
    Ok((key.to_owned(), value.to_owned()))
}

pub(crate) fn run(arguments: CanArguments) -> Answer {
    let output = arguments.input.output.into();
    let files = load::snapshot_texts(&arguments.input.snapshot);
    let mut errors = Vec::new();
    let mut policy = |path: &PathBuf| match load::text(path) {
        Ok(text) => Some(Document::parse(&text)),
        Err(error) => {
            errors.push(error.to_string());
            None
        }
    };
    let asked = Asked {
        subject: arguments.subject,
        target: arguments.target,
        via: arguments.via,
        credentials: match arguments.credentials {
            Signs::Key => Credentials::Key,
            Signs::Session => Credentials::Session,
            Signs::Console => Credentials::Console,
        },
        mfa: match (arguments.mfa, arguments.mfa_age) {
            (_, Some(age)) => Mfa::Since(age),
            (true, None) => Mfa::Now,
            (false, None) => Mfa::Not,
        },
        session_name: arguments.session_name,
        external_id: arguments.external_id,
        source_identity: arguments.source_identity,
        tags: arguments.tags,
        transitive_tags: arguments.transitive_tags,
        region: arguments.region,
        duration: arguments.duration,
        source_ip: arguments.source_ip,
        endpoint: arguments.vpc_endpoint.map(|id| Endpoint {
            id,
            policy: match arguments.endpoint_policy.as_ref().and_then(&mut policy) {
                Some(document) => EndpointPolicy::Document(document),
                None if arguments.endpoint_full_access => EndpointPolicy::FullAccess,
                None => EndpointPolicy::NotKnown,
            },
        }),
        session_policies: arguments.session_policies.iter().filter_map(&mut policy).collect(),
        organizations: if arguments.assume_no_organization {
            Organizations::BindNothing
        } else {
            Organizations::MayBind
        },
    };
    if !errors.is_empty() {
        return Answer::bad(errors);
    }
    match question(arguments.input, None) {
        Ok(question) => can(&question, &asked, &files, output),
        Err(answer) => answer,
    }
}
