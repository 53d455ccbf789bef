//! `rolegate can`: one request, every layer's verdict, the deciding statement with its place, and the answer.

mod json;
mod place;
pub(super) mod subject;
mod text;

use super::origin::Origins;
use super::who_can::world;
use super::{Output, Question, target};
use crate::{Answer, Code, render};
use jiff::{SignedDuration, Timestamp};
use place::Places;
use rolegate_engine::{
    AssumeRole, Caller, Decision, EndpointPolicy, Environment, Explanation, Index, MfaInCall, Network,
    RoleSession, SessionMfa, Settings, UserSessionOrigin, explain,
};
use rolegate_iam::{AccountId, Document, RoleArn, SessionName, Tags};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use subject::Subject;

/// The request that is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// Who calls.
    pub subject: String,
    /// The role to enter.
    pub target: String,
    /// Roles entered on the way, in order.
    pub via: Vec<String>,
    /// With what the subject signs.
    pub credentials: Credentials,
    /// Whether the subject gives MFA.
    pub mfa: Mfa,
    /// `RoleSessionName` of every hop.
    pub session_name: Option<String>,
    /// `ExternalId` of the last hop.
    pub external_id: Option<String>,
    /// `SourceIdentity` of the first hop; later ones inherit it.
    pub source_identity: Option<String>,
    /// `Tags` of the last hop.
    pub tags: Vec<(String, String)>,
    /// Tags that the first hop passes as transitive; later hops inherit them.
    pub transitive_tags: Vec<(String, String)>,
    /// `DurationSeconds` of the last hop.
    pub duration: Option<SignedDuration>,
    /// The address the calls come from.
    pub source_ip: Option<IpAddr>,
    /// The VPC endpoint they come through.
    pub endpoint: Option<Endpoint>,
    /// The Region of the endpoint that is called; else the global one.
    pub region: Option<String>,
    /// The session policies that a role session was given when it was made.
    pub session_policies: Vec<Document>,
    /// What of organizations that were not collected.
    pub organizations: Organizations,
}

/// With what a user signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Credentials {
    /// A long-term access key.
    #[default]
    Key,
    /// A session of `GetSessionToken`.
    Session,
    /// A sign-in to the console.
    Console,
}

/// Whether MFA is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mfa {
    /// It is not.
    #[default]
    Not,
    /// In the call, or when the session was made, just now.
    Now,
    /// When the session was made, so long ago.
    Since(SignedDuration),
}

/// A VPC endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `vpce-…`
    pub id: String,
    /// Its policy.
    pub policy: EndpointPolicy,
}

/// What of accounts whose organization was not collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Organizations {
    /// Their policies may stand in the way.
    #[default]
    MayBind,
    /// None stands in the way.
    BindNothing,
}

/// One call on the way.
struct Hop {
    from: String,
    to: RoleArn,
    caller: Caller,
    request: AssumeRole,
    environment: Environment,
    explanation: Explanation,
}

/// All that was found out.
struct Findings {
    hops: Vec<Hop>,
    code: Code,
    names: BTreeMap<AccountId, String>,
}

/// Answers. `files` are those that the snapshot was read from, for the places of statements.
pub fn can(question: &Question, asked: &Asked, files: &[(String, String)], output: Output) -> Answer {
    let mut talk = String::new();
    let (world, declared) = match world(question, &mut talk) {
        Ok(world) => world,
        Err(answer) => return answer,
    };
    let validated = declared.as_ref().map(|declared| &declared.validated);
    let names = target::names(&world, validated);
    let roles = asked.via.iter().chain([&asked.target]).map(|role| target::one_role(role, &world, validated));
    let subject = subject::resolve(&asked.subject, &world, &names);
    let (roles, mut errors): (Vec<_>, Vec<_>) = roles.fold((Vec::new(), Vec::new()), |mut all, role| {
        match role {
            Ok(role) => all.0.push(role),
            Err(error) => all.1.push(error),
        }
        all
    });
    let subject = match subject {
        Ok(subject) if errors.is_empty() => subject,
        Ok(_) => return Answer::bad(errors),
        Err(error) => {
            errors.insert(0, error);
            return Answer::bad(errors);
        }
    };
    // Without a snapshot the manifests are the whole truth: there is no organization beside them.
    let free = asked.organizations == Organizations::BindNothing || question.snapshot.is_none();
    let settings = if free { Settings::without_organizations() } else { Settings::default() };
    let mut labels: BTreeMap<AccountId, String> = world
        .accounts
        .values()
        .filter_map(|account| Some((account.id, account.name.as_ref()?.to_string())))
        .collect();
    labels.extend(validated.map(render::names).unwrap_or_default());
    let hops = match ask(&Index::new(&world), &subject, roles, asked, question.at, &settings, &labels) {
        Ok(hops) => hops,
        Err(error) => return Answer::bad([error]),
    };
    let code = code(&hops);
    let findings = Findings { hops, code, names: labels };
    let origins =
        declared.as_ref().map(|declared| Origins::of(&declared.validated, &declared.seen, question.at));
    let places = Places { files, world: &world, origins };
    let out = match output {
        Output::Text => text::findings(&findings, &places),
        Output::Json => format!("{:#}\n", json::report(&findings, asked, &places)),
    };
    Answer { code, out, talk }
}

/// Every hop by the session that the one before gives; stops where a hop is certainly refused.
fn ask(
    index: &Index<'_>,
    subject: &Subject,
    roles: Vec<RoleArn>,
    asked: &Asked,
    at: Timestamp,
    settings: &Settings,
    names: &BTreeMap<AccountId, String>,
) -> Result<Vec<Hop>, String> {
    let mut caller = subject.caller(asked, at)?;
    let mut from = subject.label(names);
    let last = roles.len().saturating_sub(1);
    let environment = environment(asked, at);
    let mut hops: Vec<Hop> = Vec::new();
    for (number, to) in roles.into_iter().enumerate() {
        let mut request = AssumeRole::new(to.to_string(), session_name(asked, subject));
        if number == 0 {
            request.source_identity = asked.source_identity.as_deref().map(SmolStr::from);
            request.transitive_tag_keys = asked.transitive_tags.iter().map(|(key, _)| key.into()).collect();
            request.tags = pairs(&asked.transitive_tags).collect();
            if asked.mfa == Mfa::Now && matches!(caller, Caller::UserKey { .. }) {
                request.mfa = MfaInCall::Valid;
            }
        }
        if number == last {
            request.external_id = asked.external_id.as_deref().map(SmolStr::from);
            request.tags.extend(pairs(&asked.tags));
            request.duration_seconds = asked.duration.map(|duration| duration.as_secs());
        }
        let explanation = explain(index, &caller, &request, &environment, settings);
        let session = becomes(&caller, &request, &to, at);
        let refused = explanation.decision.is_no();
        let next = render::entity(&to, names);
        hops.push(Hop { from, to, caller, request, environment: environment.clone(), explanation });
        match session {
            Some(session) if !refused => (caller, from) = (session, format!("a session of {next}")),
            _ => break,
        }
    }
    Ok(hops)
}

fn pairs(tags: &[(String, String)]) -> impl Iterator<Item = (SmolStr, SmolStr)> {
    tags.iter().map(|(key, value)| (key.into(), value.into()))
}

/// People name their sessions after themselves; `rolegate` is as good as any other name.
fn session_name(asked: &Asked, subject: &Subject) -> SmolStr {
    match (&asked.session_name, subject) {
        (Some(name), _) => name.into(),
        (None, Subject::User(arn)) => arn.name.as_str().into(),
        (None, _) => "rolegate".into(),
    }
}

fn environment(asked: &Asked, at: Timestamp) -> Environment {
    let network = match (&asked.endpoint, asked.source_ip) {
        (Some(Endpoint { id, policy }), source_ip) => {
            Network::VpcEndpoint { endpoint: id.into(), vpc: None, source_ip, policy: policy.clone() }
        }
        (None, Some(address)) => Network::Public(address),
        (None, None) => Network::Unknown,
    };
    let global = Environment { network, ..Environment::at(at) };
    match &asked.region {
        Some(region) => global.in_region(region),
        None => global,
    }
}

/// The session that a call gives, if it is allowed.
fn becomes(caller: &Caller, request: &AssumeRole, role: &RoleArn, at: Timestamp) -> Option<Caller> {
    let name: SessionName = request.session_name.parse().ok()?;
    let mfa = match caller {
        Caller::UserSession { mfa: Some(at), .. } => SessionMfa::FromMfaSession { at: Some(*at) },
        Caller::RoleSession(session) => session.mfa,
        _ => SessionMfa::False,
    };
    let (mut tags, mut inherited) = (Tags::new(), None);
    if let Caller::RoleSession(session) = caller {
        let transitive =
            |key: &str| session.transitive_tag_keys.iter().any(|known| known.eq_ignore_ascii_case(key));
        tags = session.tags.iter().filter(|(key, _)| transitive(key)).collect();
        inherited.clone_from(&session.source_identity);
    }
    let mut transitive_tag_keys: BTreeSet<SmolStr> = tags.iter().map(|(key, _)| key.into()).collect();
    transitive_tag_keys.extend(request.transitive_tag_keys.iter().cloned());
    for (key, value) in &request.tags {
        tags.set(key, value);
    }
    let session = RoleSession {
        mfa,
        transitive_tag_keys,
        tags,
        source_identity: request.source_identity.clone().or(inherited),
        ..RoleSession::plain(role.clone(), name, at)
    };
    Some(Caller::RoleSession(Box::new(session)))
}

fn code(hops: &[Hop]) -> Code {
    let decisions = || hops.iter().map(|hop| &hop.explanation.decision);
    if decisions().any(Decision::is_no) {
        Code::No
    } else if decisions().all(Decision::is_allowed) {
        Code::Yes
    } else {
        Code::Unknown
    }
}

/// The origin of a user's session.
fn origin(credentials: Credentials) -> UserSessionOrigin {
    match credentials {
        Credentials::Console => UserSessionOrigin::Console,
        Credentials::Key | Credentials::Session => UserSessionOrigin::GetSessionToken,
    }
}
