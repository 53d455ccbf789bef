//! `rolegate who-can`: who can reach a role, an account or an environment, by which path, under which conditions.

pub(super) mod json;
pub(super) mod text;

use super::declared::NOT_OBSERVED;
use super::origin::Origins;
use super::{Declared, Output, Question, target};
use crate::render::text::push_line;
use crate::{Answer, Code, render};
use jiff::Timestamp;
use rolegate_engine::search::{self, Certainty, Limit, Path, SearchOptions};
use rolegate_engine::{Doubt, Index, Settings};
use rolegate_iam::{AccountId, RoleArn, Snapshot};
use rolegate_plan::project::project;
use rolegate_plan::validate::{ValidSubject, Validated};
use std::collections::{BTreeMap, BTreeSet};

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Who can enter directly.
    OneHop,
    /// Over chains of roles.
    Chains,
}

/// How far to look, and how much at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// How far.
    pub reach: Reach,
    /// How many pairs of a principal and a role may be looked at for each role of the target. What it cuts off is never taken
    /// for absent: the answer is then "cannot tell".
    pub budget: usize,
}

impl From<Reach> for Scope {
    fn from(reach: Reach) -> Self {
        Self { reach, budget: SearchOptions::default().budget }
    }
}

/// What is found out.
struct Findings {
    /// Every role of the target and who reaches it.
    roles: Vec<(RoleArn, search::Answer)>,
    /// What keeps the answer from being certain, for people.
    missing: BTreeSet<String>,
    /// What was taken for granted, for people.
    assumed: Vec<String>,
    names: BTreeMap<AccountId, String>,
    /// Which objects declare which statement; absent when nothing is declared.
    origins: Option<Origins>,
}

/// Answers.
pub fn who_can(question: &Question, target: &str, scope: impl Into<Scope>, output: Output) -> Answer {
    let scope = scope.into();
    let mut talk = String::new();
    let (world, declared) = match world(question, &mut talk) {
        Ok(world) => world,
        Err(answer) => return answer,
    };
    let roles = match target::resolve(target, &world, declared.as_ref().map(|declared| &declared.validated)) {
        Ok(target::Found { roles, missing }) => (roles, missing),
        Err(message) => return Answer::bad([message]),
    };
    let mut findings = find(&world, declared.as_ref(), roles, scope, question.at);
    // Without a snapshot the manifests are the whole truth, and nothing is assumed beside them.
    findings.assumed.extend(question.snapshot.as_ref().and_then(|_| assumed(&world)));
    let code = if findings.missing.is_empty() { Code::Yes } else { Code::Unknown };
    let out = match output {
        Output::Text => text::findings(&findings, scope.reach),
        Output::Json => format!("{:#}\n", json::report(&findings, target, code)),
    };
    Answer { code, out, talk }
}

/// The accounts the question is about, and what is declared of them, if anything is.
pub(super) fn world(question: &Question, talk: &mut String) -> Result<(Snapshot, Option<Declared>), Answer> {
    if question.manifests.is_empty() {
        return match &question.snapshot {
            Some(snapshot) => Ok((snapshot.clone(), None)),
            None => Err(Answer::bad([
                "nothing to look at; give manifests (-m), a snapshot (-s), or both".to_owned()
            ])),
        };
    }
    let declared = question.declared()?;
    let Declared { validated, outcome, seen } = &declared;
    let world = project(seen, &outcome.plan);
    let names = render::names(validated);
    talk.push_str(&render::render_left_out(&outcome.left_out, &names));
    talk.push_str(&render::render_held(&outcome.held, &names));
    if question.snapshot.is_some() && !outcome.plan.is_empty() {
        let words =
            format!("As it will be after {} that the manifests ask for.", count(outcome.plan.steps.len()));
        push_line(talk, &words);
    }
    Ok((world, Some(declared)))
}

fn count(steps: usize) -> String {
    render::text::count(steps, "step", "steps")
}

fn find(
    world: &Snapshot,
    declared: Option<&Declared>,
    (roles, mut missing): (Vec<RoleArn>, BTreeSet<String>),
    scope: Scope,
    at: Timestamp,
) -> Findings {
    let options = SearchOptions {
        budget: scope.budget,
        max_hops: if scope.reach == Reach::OneHop { 1 } else { usize::MAX },
        time: Some(at),
        settings: Settings::without_organizations(),
    };
    let index = Index::new(world);
    let outside = declared.map(|declared| outside(&declared.validated)).unwrap_or_default();
    let mut answers = Vec::new();
    for role in roles {
        let answer = search::who_can(&index, &role, &options);
        missing
            .extend(answer.doubts.iter().filter(|doubt| !is_about(doubt, &outside)).map(ToString::to_string));
        match answer.limit {
            Some(Limit::Budget) => {
                missing.insert(cut_off(&role, scope.budget));
            }
            // Longer paths were not asked for.
            Some(Limit::Hops) | None => {}
        }
        missing.extend(answer.paths.iter().flat_map(|path| doubts(path, &outside)));
        answers.push((role, answer));
    }
    let unseen = declared.iter().flat_map(|declared| &declared.outcome.left_out);
    missing.extend(unseen.filter(|left| left.reason == NOT_OBSERVED).map(|left| left.message.clone()));
    let origins = declared.map(|declared| Origins::of(&declared.validated, &declared.seen, at));
    Findings { roles: answers, missing, assumed: Vec::new(), names: names(world, declared), origins }
}

/// What is said of a search that its budget stopped.
pub(super) fn cut_off(role: &RoleArn, budget: usize) -> String {
    let pairs = render::text::count(budget, "pair", "pairs");
    format!(
        "the search for {role} was stopped by its budget of {pairs} of a principal and a role: there may be more paths; \
         raise it with --budget"
    )
}

/// The names of accounts, for people: the declared ones before those that were collected.
pub(super) fn names(world: &Snapshot, declared: Option<&Declared>) -> BTreeMap<AccountId, String> {
    let mut names: BTreeMap<AccountId, String> = world
        .accounts
        .values()
        .filter_map(|account| Some((account.id, account.name.as_ref()?.to_string())))
        .collect();
    names.extend(declared.map(|declared| render::names(&declared.validated)).unwrap_or_default());
    names
}

/// The accounts of which it is not known whether policies of an organization bind them. Such policies can only take access
/// away, so the answer shows too much rather than too little.
pub(super) fn assumed(world: &Snapshot) -> Option<String> {
    let unknown = |account: &AccountId| {
        !world.standalone.contains(account) && world.organization_of(*account).is_none()
    };
    let accounts = world.accounts.keys().filter(|account| unknown(account)).count();
    (accounts > 0).then(|| {
        format!(
            "no policy of an organization (SCP, RCP) stands in the way: for {} the organization was not collected",
            render::text::count(accounts, "account", "accounts")
        )
    })
}

/// Accounts of third parties that are declared as such: whom they let act there is their business, and "anyone in that account"
/// is the whole answer.
pub(super) fn outside(declared: &Validated) -> BTreeSet<AccountId> {
    let subjects = declared.accesses.values().flat_map(|access| &access.subjects);
    let accounts = subjects.filter_map(|subject| match subject {
        ValidSubject::Account { id, external_id: _ } => Some(*id),
        ValidSubject::Group(_) | ValidSubject::User(_) | ValidSubject::Role(_) => None,
    });
    accounts.filter(|id| !declared.accounts.values().any(|account| account.id == *id)).collect()
}

pub(super) fn is_about(doubt: &Doubt, outside: &BTreeSet<AccountId>) -> bool {
    matches!(doubt, Doubt::NotCollected { account, .. } if outside.contains(account))
}

/// What makes a path less than certain, except that a declared third party cannot be looked into.
fn doubts(path: &Path, outside: &BTreeSet<AccountId>) -> Vec<String> {
    let third_party = path.hops.first().is_some_and(
        |hop| matches!(hop.from, search::PrincipalRef::AnyoneIn(account) if outside.contains(&account)),
    );
    match &path.certainty {
        Certainty::Certain => Vec::new(),
        Certainty::Possible(doubts) => doubts
            .iter()
            .filter(|doubt| !(third_party && matches!(doubt, Doubt::Outside { .. })))
            .map(ToString::to_string)
            .collect(),
    }
}
