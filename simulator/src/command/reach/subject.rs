//! Whose reach is asked about: a principal as `can` knows it, the members of a group, or anyone.

use crate::command::Declared;
use crate::command::can::subject::{self, Subject, distance, near};
use crate::render;
use rolegate_engine::search::{Call, Path, PrincipalRef, witness};
use rolegate_engine::{Caller, Doubt, RoleSession};
use rolegate_iam::{Account, AccountId, GroupArn, RoleArn, SessionName, Snapshot, UserArn, UserName};
use rolegate_plan::validate::ValidGroup;
use std::collections::{BTreeMap, BTreeSet};

/// Whose reach is asked about.
#[derive(Debug)]
pub(super) enum Who {
    /// Anyone in an account that is not in the snapshot.
    Anyone,
    /// One principal.
    One(Subject),
    /// A group: what every member can enter.
    Group(Group),
}

/// A group and those of it who are there.
#[derive(Debug)]
pub(super) struct Group {
    /// Such as `AccessGroup developers`, or an ARN.
    pub(super) name: String,
    pub(super) members: BTreeSet<UserArn>,
    /// Declared members who do not exist.
    pub(super) absent: BTreeSet<UserName>,
    /// Why there may be other members.
    pub(super) missing: Option<String>,
}

/// One to whom paths belong.
#[derive(Debug, Clone)]
pub(super) enum Single {
    Anyone,
    Principal(Subject),
}

type Names = BTreeMap<String, BTreeSet<AccountId>>;
type Labels = BTreeMap<AccountId, String>;

/// Finds the subject.
///
/// # Errors
/// It is nobody, or somebody of several; what to write instead.
pub(super) fn resolve(
    text: &str,
    world: &Snapshot,
    declared: Option<&Declared>,
    names: &Names,
) -> Result<Who, String> {
    if text == "anyone" {
        return Ok(Who::Anyone);
    }
    let groups = groups(text, world, declared, names);
    let only_groups = text.starts_with("group/") || text.starts_with("AccessGroup/");
    let principal = if only_groups || text.parse::<GroupArn>().is_ok() {
        Err(no_group(text, world, declared))
    } else {
        subject::resolve(text, world, names)
    };
    let mut groups = groups.into_iter();
    match (groups.next(), groups.next(), principal) {
        (Some(group), None, Err(_)) => Ok(Who::Group(group)),
        (None, _, Ok(subject)) => exists(subject, world).map(Who::One),
        (None, _, Err(message)) => Err(match group_like(text, world, declared).into_iter().next() {
            Some((_, group)) if !only_groups && !message.contains(&group) => {
                format!("{}, or the group {group}?", message.trim_end_matches('?'))
            }
            _ => message,
        }),
        (Some(first), second, principal) => {
            let principal = principal.ok().map(|subject| subject.arn());
            let groups = [Some(first), second].into_iter().flatten().chain(groups).map(|group| group.name);
            let all: Vec<String> = principal.into_iter().chain(groups).collect();
            Err(format!("`{}` may be any of {}; name one of them", text.escape_debug(), all.join(", ")))
        }
    }
}

/// The groups that may be meant: an IAM group by ARN or as group/NAME@ACCOUNT, an AccessGroup by its name, too.
fn groups(text: &str, world: &Snapshot, declared: Option<&Declared>, names: &Names) -> Vec<Group> {
    if let Ok(arn) = text.parse::<GroupArn>() {
        let account = world.accounts.get(&arn.account).into_iter();
        return account.filter_map(|account| iam_group(account, arn.name.as_str())).collect();
    }
    let declared_only = text.strip_prefix("AccessGroup/");
    let iam = text.strip_prefix("group/");
    let written = declared_only.or(iam).unwrap_or(text);
    let (name, accounts) = match written.rsplit_once('@') {
        Some((name, account)) if names.contains_key(account) => (name, names.get(account)),
        _ => (written, None),
    };
    let here = |id: &AccountId| accounts.is_none_or(|ids| ids.contains(id));
    let declared =
        declared.and_then(|declared| access_group(declared.validated.groups.get(name)?, world, declared));
    let mut found: Vec<Group> =
        declared.filter(|(gateway, _)| here(gateway)).map(|(_, group)| group).into_iter().collect();
    if iam.is_some() {
        let accounts = world.accounts.values().filter(|account| here(&account.id));
        found.extend(accounts.filter_map(|account| iam_group(account, name)));
    }
    found
}

/// The members that an AccessGroup declares, as users of its gateway.
fn access_group(group: &ValidGroup, world: &Snapshot, declared: &Declared) -> Option<(AccountId, Group)> {
    let gateway = declared.validated.accounts.get(&group.gateway)?;
    let account = world.accounts.get(&gateway.id);
    let (mut members, mut absent) = (BTreeSet::new(), BTreeSet::new());
    for name in &group.members {
        match account.map(|account| (account, account.users.get(name))) {
            Some((account, Some(user))) => {
                members.insert(account.user_arn(user));
            }
            Some((account, None)) if account.collected.users.is_collected() => {
                absent.insert(name.clone());
            }
            _ => {
                let (partition, account) = (gateway.partition, gateway.id);
                members.insert(UserArn {
                    partition,
                    account,
                    path: rolegate_iam::Path::root(),
                    name: name.clone(),
                });
            }
        }
    }
    let name = format!("AccessGroup {}", group.name);
    Some((gateway.id, Group { name, members, absent, missing: None }))
}

/// The IAM group of that name in one account.
fn iam_group(account: &Account, name: &str) -> Option<Group> {
    let members =
        account.users.values().filter(|user| user.groups.iter().any(|group| group.as_str() == name));
    let members: BTreeSet<UserArn> = members.map(|user| account.user_arn(user)).collect();
    let known = account.groups.values().find(|group| group.name.as_str() == name);
    if known.is_none() && members.is_empty() {
        return None;
    }
    let name = known.map_or_else(
        || format!("group {name} of account {}", account.id),
        |group| account.group_arn(group).to_string(),
    );
    let missing = (!account.collected.users.is_collected()).then(|| {
        format!("the users of account {} were not collected, so {name} may have other members", account.id)
    });
    Some(Group { name, members, absent: BTreeSet::new(), missing })
}

fn no_group(text: &str, world: &Snapshot, declared: Option<&Declared>) -> String {
    let near: Vec<String> =
        group_like(text, world, declared).into_iter().take(3).map(|(_, name)| name).collect();
    let offer = if near.is_empty() {
        "name group/NAME@ACCOUNT, the ARN of a group, or an AccessGroup of the manifests".to_owned()
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    format!("no group here is called `{}`; {offer}", text.escape_debug())
}

/// The groups whose names are near to what was written, the nearest first.
fn group_like(text: &str, world: &Snapshot, declared: Option<&Declared>) -> BTreeSet<(usize, String)> {
    let written = text.rsplit_once('@').map_or(text, |(name, _)| name);
    let written = written.rsplit('/').next().unwrap_or(written);
    let mut found = BTreeSet::new();
    for name in declared.into_iter().flat_map(|declared| declared.validated.groups.keys()) {
        found.extend(distance(name, written).map(|distance| (distance, format!("AccessGroup/{name}"))));
    }
    for account in world.accounts.values() {
        let label = account.name.as_ref().map_or_else(|| account.id.to_string(), ToString::to_string);
        for name in account.groups.keys() {
            let offer = || format!("group/{name}@{label}");
            found.extend(distance(name.as_str(), written).map(|distance| (distance, offer())));
        }
    }
    found
}

/// A principal that is certainly not there is a mistake of who asks, not somebody who reaches nothing.
fn exists(subject: Subject, world: &Snapshot) -> Result<Subject, String> {
    let (account, name, here) = match &subject {
        Subject::User(arn) => (arn.account, arn.name.as_str(), world.user(arn).is_some()),
        Subject::Role(arn, _) => (arn.account, arn.name.as_str(), world.role(arn).is_some()),
        Subject::Root(..) | Subject::Service(_) => return Ok(subject),
    };
    let collected = world.accounts.get(&account).is_some_and(|account| match &subject {
        Subject::User(_) => account.collected.users.is_collected(),
        _ => account.collected.roles.is_collected(),
    });
    if here || !collected {
        return Ok(subject);
    }
    let near: Vec<String> = near(name, world).into_iter().take(3).map(|(_, name)| name).collect();
    let offer = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) };
    Err(format!("{} does not exist{offer}", subject.arn()))
}

impl Who {
    /// Those to whom paths must belong.
    pub(super) fn singles(&self) -> Vec<Single> {
        match self {
            Self::Anyone => vec![Single::Anyone],
            Self::One(subject) => vec![Single::Principal(subject.clone())],
            Self::Group(group) => {
                group.members.iter().map(|arn| Single::Principal(Subject::User(arn.clone()))).collect()
            }
        }
    }

    /// For people.
    pub(super) fn label(&self, names: &Labels) -> String {
        match self {
            Self::Anyone => "anyone in any other account whom its administrators allow".to_owned(),
            Self::One(subject) => subject.label(names),
            Self::Group(group) => {
                let members = render::text::count(group.members.len(), "member", "members");
                format!("every one of the {members} of {}", group.name)
            }
        }
    }

    /// The kind and the whole name, for programs.
    pub(super) fn identity(&self) -> (&'static str, String) {
        match self {
            Self::Anyone => ("Anyone", "anyone".to_owned()),
            Self::One(subject) => {
                let kind = match subject {
                    Subject::User(_) => "User",
                    Subject::Role(_, None) => "Role",
                    Subject::Role(_, Some(_)) => "Session",
                    Subject::Root(..) => "Root",
                    Subject::Service(_) => "Service",
                };
                (kind, subject.arn())
            }
            Self::Group(group) => ("Group", group.name.clone()),
        }
    }
}

impl Single {
    /// Whether a path begins with it: under its own name, or among principals that cannot be told apart.
    pub(super) fn owns(&self, path: &Path, world: &Snapshot) -> bool {
        let Some(first) = path.hops.first() else { return false };
        match (self, &first.from) {
            (Self::Anyone, from) => *from == PrincipalRef::Anyone,
            (Self::Principal(Subject::User(arn)), PrincipalRef::User(from)) => arn == from,
            (Self::Principal(Subject::Role(arn, name)), PrincipalRef::Role(from)) => {
                is_role(arn, from, world) && name.as_ref().is_none_or(|name| may_be_called(path, name))
            }
            (Self::Principal(Subject::Service(name)), PrincipalRef::Service(from)) => name == from,
            // A statement that lets in all but some; users and roles are asked about one by one.
            (Self::Principal(Subject::Service(_)), PrincipalRef::Other(_)) => true,
            (Self::Principal(subject), PrincipalRef::AnyoneIn(account)) => {
                home(subject, world) == Some(Home::Hidden(*account))
            }
            (Self::Principal(subject), PrincipalRef::Anyone) => {
                matches!(home(subject, world), Some(Home::Hidden(id)) if !world.accounts.contains_key(&id))
            }
            _ => false,
        }
    }

    /// What makes a path of it less than certain. That anyone's own administrators must allow it is no doubt: somebody's do.
    pub(super) fn doubts<'p>(&self, path: &'p Path) -> Vec<&'p Doubt> {
        let theirs = |doubt: &Doubt| matches!((self, doubt), (Self::Anyone, Doubt::Outside { .. }));
        match &path.certainty {
            rolegate_engine::search::Certainty::Certain => Vec::new(),
            rolegate_engine::search::Certainty::Possible(doubts) => {
                doubts.iter().filter(|doubt| !theirs(doubt)).collect()
            }
        }
    }
}

/// Where somebody is from.
#[derive(PartialEq, Eq)]
enum Home {
    Seen,
    /// Of this account, and not to be seen there.
    Hidden(AccountId),
}

fn home(subject: &Subject, world: &Snapshot) -> Option<Home> {
    let (account, seen) = match subject {
        Subject::User(arn) => (arn.account, world.user(arn).is_some()),
        Subject::Role(arn, _) => (arn.account, world.role(arn).is_some()),
        // Root users may not assume roles (§2.2), and a service is of no account.
        Subject::Root(..) | Subject::Service(_) => return None,
    };
    Some(if seen { Home::Seen } else { Home::Hidden(account) })
}

/// Whether two ARNs name one role. The path of a role that cannot be seen may not be known to the search.
fn is_role(asked: &RoleArn, found: &RoleArn, world: &Snapshot) -> bool {
    let same =
        asked.partition == found.partition && asked.account == found.account && asked.name == found.name;
    same && (asked.path == found.path || world.role(asked).is_none())
}

/// Whether the first call of a path may be made by a session of this name.
fn may_be_called(path: &Path, name: &SessionName) -> bool {
    let Some(first) = path.hops.first() else { return false };
    let calls = witness(&first.from, &first.to, &first.requirements, jiff::Timestamp::UNIX_EPOCH);
    // Where no call is found nothing is ruled out.
    calls.is_empty()
        || calls.into_iter().any(|call| first.requirements.met_by(&named(call, name)) != Some(false))
}

fn named(call: Call, name: &SessionName) -> Call {
    let Call { caller, request, environment } = call;
    let caller = match caller {
        Caller::RoleSession(session) => {
            Caller::RoleSession(Box::new(RoleSession { session_name: name.clone(), ..*session }))
        }
        caller => caller,
    };
    Call { caller, request, environment }
}
