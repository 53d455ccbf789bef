//! Who is asked about: an ARN, `user/NAME@ACCOUNT`, `role/NAME@ACCOUNT`, a name that only one principal has, or a service.

use super::{Asked, Credentials, Mfa, origin};
use crate::render;
use jiff::Timestamp;
use rolegate_engine::{Caller, RoleSession, SessionMfa};
use rolegate_iam::{AccountId, Arn, Partition, RoleArn, SessionArn, SessionName, Snapshot, UserArn};
use smol_str::{SmolStr, ToSmolStr};
use std::collections::{BTreeMap, BTreeSet};

/// A principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::command) enum Subject {
    User(UserArn),
    /// A session of a role, with its name, where one was given.
    Role(RoleArn, Option<SessionName>),
    Root(Partition, AccountId),
    Service(SmolStr),
}

type Names = BTreeMap<String, BTreeSet<AccountId>>;

/// Finds the subject.
///
/// # Errors
/// It is nobody, or somebody of several; what to write instead.
pub(in crate::command) fn resolve(text: &str, world: &Snapshot, names: &Names) -> Result<Subject, String> {
    if text.starts_with("arn:") {
        return by_arn(text, world);
    }
    if text.ends_with(".amazonaws.com") {
        return Ok(Subject::Service(text.into()));
    }
    let (name, accounts) = match (text.rsplit_once('@'), text.split_once('/')) {
        (Some((name, account)), _) if names.contains_key(account) => (name, names.get(account)),
        (_, Some((account, name))) if names.contains_key(account) => (name, names.get(account)),
        _ => (text, None),
    };
    let wants = |kind: &str| name.strip_prefix(kind);
    let short = wants("user/").or(wants("role/")).unwrap_or(name).rsplit('/').next().unwrap_or(name);
    let here = world.accounts.values().filter(|account| accounts.is_none_or(|ids| ids.contains(&account.id)));
    let mut found = Vec::new();
    for account in here {
        let users =
            account.users.values().filter(|user| user.name.as_str() == short && wants("role/").is_none());
        found.extend(users.map(|user| Subject::User(account.user_arn(user))));
        let roles =
            account.roles.values().filter(|role| role.name.as_str() == short && wants("user/").is_none());
        found.extend(roles.map(|role| Subject::Role(account.role_arn(role), None)));
    }
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(nobody(text, short, world)),
        (Some(one), Some(other)) => {
            let all: Vec<String> = [one, other].into_iter().chain(found).map(|one| one.arn()).collect();
            Err(format!("`{}` may be any of {}; name one of them", text.escape_debug(), all.join(", ")))
        }
    }
}

fn by_arn(text: &str, world: &Snapshot) -> Result<Subject, String> {
    if let Ok(arn) = text.parse::<UserArn>() {
        return Ok(Subject::User(arn));
    }
    if let Ok(arn) = text.parse::<RoleArn>() {
        return Ok(Subject::Role(arn, None));
    }
    if let Ok(SessionArn { partition, account, role, session }) = text.parse::<SessionArn>() {
        // A session does not show the path of its role, which conditions and control policies may ask for.
        let home = world.accounts.get(&account);
        let path = match home.and_then(|home| home.roles.get(&role)) {
            Some(role) => role.path.clone(),
            None if home.is_some_and(|home| home.collected.roles.is_collected()) => {
                rolegate_iam::Path::root()
            }
            None => {
                return Err(format!(
                    "the path of role {role} of account {account} is not in the snapshot; name the role by its own ARN"
                ));
            }
        };
        return Ok(Subject::Role(RoleArn { partition, account, path, name: role }, Some(session)));
    }
    let arn: Option<Arn> = text.parse().ok();
    let root = arn.and_then(|_| text.strip_suffix(":root")).and_then(|head| {
        let mut parts = head.split(':').skip(1);
        let partition = parts.next()?.parse().ok()?;
        Some(Subject::Root(partition, parts.nth(2)?.parse().ok()?))
    });
    root.ok_or_else(|| {
        format!(
            "`{}` is no ARN of a user, a role, a session of a role or an account's root",
            text.escape_debug()
        )
    })
}

fn nobody(text: &str, short: &str, world: &Snapshot) -> String {
    let near: Vec<String> = near(short, world).into_iter().take(3).map(|(_, name)| name).collect();
    let offer = if near.is_empty() {
        "name an ARN, user/NAME@ACCOUNT, role/NAME@ACCOUNT, or a service such as ec2.amazonaws.com".to_owned()
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    format!("nobody here is called `{}`; {offer}", text.escape_debug())
}

/// The users and roles whose names are near to this one, the nearest first, each with how far it is.
pub(in crate::command) fn near(short: &str, world: &Snapshot) -> Vec<(usize, String)> {
    let mut near: Vec<(usize, String)> = Vec::new();
    for account in world.accounts.values() {
        let label = account.name.as_ref().map_or_else(|| account.id.to_smolstr(), SmolStr::clone);
        let users = account.users.keys().map(|name| ("user", name.as_str()));
        for (kind, name) in users.chain(account.roles.keys().map(|name| ("role", name.as_str()))) {
            if let Some(distance) = distance(name, short) {
                near.push((distance, format!("{kind}/{name}@{label}")));
            }
        }
    }
    near.sort();
    near
}

/// How far a name is from what was written, if it may be what was meant.
pub(in crate::command) fn distance(name: &str, written: &str) -> Option<usize> {
    let distance = strsim::damerau_levenshtein(&name.to_lowercase(), &written.to_lowercase());
    (distance <= written.chars().count() / 3 + 1).then_some(distance)
}

impl Subject {
    /// The whole name.
    pub(in crate::command) fn arn(&self) -> String {
        match self {
            Self::User(arn) => arn.to_string(),
            Self::Role(arn, _) => arn.to_string(),
            Self::Root(partition, account) => format!("arn:{partition}:iam::{account}:root"),
            Self::Service(name) => name.to_string(),
        }
    }

    /// For people.
    pub(in crate::command) fn label(&self, names: &BTreeMap<AccountId, String>) -> String {
        match self {
            Self::User(arn) => format!("user {} of {}", arn.name, render::label(arn.account, names)),
            Self::Role(arn, None) => format!("a session of {}", render::entity(arn, names)),
            Self::Role(arn, Some(name)) => format!("the session {name} of {}", render::entity(arn, names)),
            Self::Root(_, account) => format!("the root user of {}", render::label(*account, names)),
            Self::Service(name) => format!("the service {name}"),
        }
    }

    /// The caller of the first hop.
    ///
    /// # Errors
    /// The request says something of the subject that cannot be.
    pub(in crate::command) fn caller(&self, asked: &Asked, at: Timestamp) -> Result<Caller, String> {
        let given = match asked.mfa {
            Mfa::Not => None,
            Mfa::Now => Some(at),
            Mfa::Since(age) => Some(at.checked_sub(age).map_err(|error| format!("--mfa-age: {error}"))?),
        };
        let is_role = matches!(self, Self::Role(..));
        if !asked.session_policies.is_empty() && !is_role {
            return Err("--session-policy is about a session of a role, and the subject is none".to_owned());
        }
        Ok(match self {
            Self::User(arn) => match (asked.credentials, asked.mfa) {
                (Credentials::Key, Mfa::Not | Mfa::Now) => Caller::UserKey { arn: arn.clone() },
                (credentials, _) => Caller::UserSession {
                    arn: arn.clone(),
                    issued_at: given.unwrap_or(at),
                    mfa: given,
                    origin: origin(credentials),
                },
            },
            Self::Role(arn, name) => {
                let name = match name {
                    Some(name) => name.clone(),
                    None => "rolegate".parse().map_err(|error| format!("{error}"))?,
                };
                let mfa = match given {
                    Some(_) => SessionMfa::FromMfaSession { at: given },
                    None => SessionMfa::NotKnown,
                };
                let session = RoleSession::plain(arn.clone(), name, at);
                let policies = asked.session_policies.clone();
                Caller::RoleSession(Box::new(RoleSession { mfa, policies, ..session }))
            }
            Self::Root(partition, account) => Caller::Root { account: *account, partition: *partition },
            Self::Service(name) => {
                Caller::Service { principal: name.clone(), source_account: None, source_arn: None }
            }
        })
    }
}
