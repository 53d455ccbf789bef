//! `rolegate reach`: everything that a principal, the members of a group, or anyone ends up being able to enter, over chains of
//! any length.

mod json;
mod subject;
mod text;

use super::declared::NOT_OBSERVED;
use super::origin::Origins;
use super::who_can::{self, world};
use super::{Declared, Output, Question, target};
use crate::{Answer, Code};
use rolegate_engine::search::{self, Limit, Path, SearchOptions};
use rolegate_engine::{Index, Settings};
use rolegate_iam::{AccountId, RoleArn, Snapshot};
use std::collections::{BTreeMap, BTreeSet};
use subject::{Single, Who};

/// What is found out.
struct Findings {
    who: Who,
    /// The roles that are reached, by name of account and role.
    reached: Vec<Reached>,
    /// How many roles were looked at, and in how many accounts.
    roles: usize,
    accounts: usize,
    /// What keeps the answer from being certain, for people.
    missing: BTreeSet<String>,
    /// What was taken for granted, for people.
    assumed: Vec<String>,
    names: BTreeMap<AccountId, String>,
    /// Which objects declare which statement; absent when nothing is declared.
    origins: Option<Origins>,
}

/// A role that is reached, and how.
struct Reached {
    role: RoleArn,
    /// Shortest first.
    paths: Vec<Path>,
    /// Whether everybody who is asked about has a path that is certain.
    certain: bool,
}

/// Answers. `budget` is how many pairs of a principal and a role may be looked at for each role; what it cuts off is never taken
/// for absent.
///
/// The code is [`Code::Yes`] when a role is reached and nothing that was looked for is missing, [`Code::No`] when none is and
/// that is certain, else [`Code::Unknown`]: also when some roles are certainly reached and others may be.
///
/// A role is among the answers exactly when the subject is among those whom [`who_can::who_can`] names for it: that question is
/// asked of every role of the world, so that the cost is that of one search back from each role.
pub fn reach(question: &Question, subject: &str, budget: usize, output: Output) -> Answer {
    let mut talk = String::new();
    let (world, declared) = match world(question, &mut talk) {
        Ok(world) => world,
        Err(answer) => return answer,
    };
    let known = target::names(&world, declared.as_ref().map(|declared| &declared.validated));
    let who = match subject::resolve(subject, &world, declared.as_ref(), &known) {
        Ok(who) => who,
        Err(message) => return Answer::bad([message]),
    };
    let mut findings = find(&world, declared.as_ref(), who, question, budget);
    // Without a snapshot the manifests are the whole truth, and nothing is assumed beside them.
    findings.assumed.extend(question.snapshot.as_ref().and_then(|_| who_can::assumed(&world)));
    let code = match (findings.missing.is_empty(), findings.reached.is_empty()) {
        (false, _) => Code::Unknown,
        (true, true) => Code::No,
        (true, false) => Code::Yes,
    };
    let out = match output {
        Output::Text => text::findings(&findings),
        Output::Json => format!("{:#}\n", json::report(&findings, subject, code)),
    };
    Answer { code, out, talk }
}

fn find(
    world: &Snapshot,
    declared: Option<&Declared>,
    who: Who,
    question: &Question,
    budget: usize,
) -> Findings {
    let options = SearchOptions {
        budget,
        max_hops: usize::MAX,
        time: Some(question.at),
        settings: Settings::without_organizations(),
    };
    let index = Index::new(world);
    let outside = declared.map(|declared| who_can::outside(&declared.validated)).unwrap_or_default();
    let names = who_can::names(world, declared);
    let mut missing = unseen(world, declared);
    let mut reached = Vec::new();
    let roles = roles(world, &names);
    let singles = who.singles();
    for role in &roles {
        let answer = search::who_can(&index, role, &options);
        let doubts = answer.doubts.iter().filter(|doubt| !who_can::is_about(doubt, &outside));
        missing.extend(doubts.map(ToString::to_string));
        if answer.limit == Some(Limit::Budget) {
            missing.insert(who_can::cut_off(role, budget));
        }
        if let Some((found, doubts)) = reached_by(&singles, role, answer.paths, world) {
            missing.extend(doubts);
            reached.push(found);
        }
    }
    let mut assumed = Vec::new();
    if let Who::Group(group) = &who {
        missing.extend(group.missing.clone());
        let absent = group.absent.iter();
        assumed.extend(absent.map(|name| format!("user {name} is no member of it: there is no such user")));
    }
    let origins = declared.map(|declared| Origins::of(&declared.validated, &declared.seen, question.at));
    let accounts = world.accounts.len();
    Findings { who, reached, roles: roles.len(), accounts, missing, assumed, names, origins }
}

/// The paths by which each of them reaches the role, and what makes them less than certain; none when one of them has no path.
fn reached_by(
    singles: &[Single],
    role: &RoleArn,
    paths: Vec<Path>,
    world: &Snapshot,
) -> Option<(Reached, BTreeSet<String>)> {
    let theirs = |path: &Path| singles.iter().find(|single| single.owns(path, world));
    let all = singles.iter().all(|single| paths.iter().any(|path| single.owns(path, world)));
    if !all || singles.is_empty() {
        return None;
    }
    let certain = singles
        .iter()
        .all(|single| paths.iter().any(|path| single.owns(path, world) && single.doubts(path).is_empty()));
    let mut doubts = BTreeSet::new();
    let mut kept = Vec::new();
    for path in paths {
        if let Some(single) = theirs(&path) {
            doubts.extend(single.doubts(&path).into_iter().map(ToString::to_string));
            kept.push(path);
        }
    }
    Some((Reached { role: role.clone(), paths: kept, certain }, doubts))
}

/// All roles that are known, by name of account and role.
fn roles(world: &Snapshot, names: &BTreeMap<AccountId, String>) -> Vec<RoleArn> {
    let accounts = world.accounts.values();
    let mut roles: Vec<RoleArn> =
        accounts.flat_map(|account| account.roles.values().map(|role| account.role_arn(role))).collect();
    let key = |role: &RoleArn| {
        let account = names.get(&role.account).cloned().unwrap_or_else(|| role.account.to_string());
        (account, role.account, role.name.to_string(), role.path.to_string())
    };
    roles.sort_by_cached_key(key);
    roles
}

/// The accounts that are known to be there and whose roles are not known.
fn unseen(world: &Snapshot, declared: Option<&Declared>) -> BTreeSet<String> {
    let mut missing = BTreeSet::new();
    for account in world.accounts.values().filter(|account| !account.collected.roles.is_collected()) {
        missing.insert(format!("the roles of account {} were not collected", account.id));
    }
    let is_absent = |id: &AccountId| !world.accounts.contains_key(id);
    for account in declared.iter().flat_map(|declared| declared.validated.accounts.values()) {
        if is_absent(&account.id) {
            missing.insert(format!("account {} is not in the snapshot", account.id));
        }
    }
    for organization in world.organizations.values() {
        for id in organization.members.keys().filter(|id| is_absent(id)) {
            missing.insert(format!("account {id} is not in the snapshot"));
        }
    }
    let left_out = declared.iter().flat_map(|declared| &declared.outcome.left_out);
    missing.extend(left_out.filter(|left| left.reason == NOT_OBSERVED).map(|left| left.message.clone()));
    missing
}
