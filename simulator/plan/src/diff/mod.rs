//! The steps between what is and what should be, and their order (design §6.2, §6.3).
//!
//! Every change is split into the part that takes access away and the part that gives it. The first waits for nothing but
//! what AWS demands; the second waits until everything that could open too much beside it is *seen* gone. So on the way from
//! before to after nobody can enter who could not enter before or after. Level-triggered: the plan of the next observation
//! continues where this one stopped.

mod change;
mod cut;
mod draft;
mod ending;
mod gates;
mod groups;
mod limits;
mod narrow;
mod people;
mod permissions;
mod roles;
mod sessions;
mod strays;

pub(crate) use narrow::common;

use crate::admit::View;
use crate::desired::Desired;
use crate::doors::RoleKey;
use crate::entry::Who;
use crate::hold::Removals;
use crate::naming::{CLAIM_POLICY, fixed_policy_name};
use crate::observed::{self, Claim};
use crate::outcome::{LeftOut, Options, Orphan};
use crate::scope::Scope;
use crate::step::{Action, Cause, Effect, Plan};
use crate::trust::Scribe;
use draft::{Drafts, Rank};
use rolegate_iam::{AccountId, GroupName, RoleArn, Snapshot};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// What the comparison yields.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    pub(crate) plan: Plan,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) orphans: Vec<Orphan>,
}

/// What every part of the comparison reads, and where it writes.
#[derive(Debug)]
struct Work<'a> {
    desired: &'a Desired,
    seen: &'a Snapshot,
    views: &'a BTreeMap<AccountId, View<'a>>,
    removals: &'a Removals,
    /// Who may still get into which roles in accounts that were not observed, although nobody lets them in any more.
    unseen_doors: BTreeMap<&'a Who, Vec<&'a RoleArn>>,
    /// The AccessGroups that somebody leaves.
    left_groups: BTreeSet<(AccountId, SmolStr)>,
    /// The roles that somebody loses leave to assume.
    left_roles: BTreeSet<RoleKey>,
    /// The gateways in which somebody loses what others gave them.
    left_gateways: BTreeSet<AccountId>,
    /// Customer managed policies that are drafted, by account.
    made_policies: BTreeMap<AccountId, usize>,
    options: &'a Options,
    scope: &'a Scope,
    scribe: &'a Scribe,
    drafts: Drafts,
    /// The steps that mark groups as ours.
    marks: BTreeMap<(AccountId, GroupName), draft::Id>,
    left_out: Vec<LeftOut>,
    orphans: Vec<Orphan>,
}

/// Compares all accounts.
pub(crate) fn diff(
    desired: &Desired,
    (seen, views): (&Snapshot, &BTreeMap<AccountId, View<'_>>),
    removals: &Removals,
    options: &Options,
    (scope, scribe): (&Scope, &Scribe),
) -> Difference {
    let mut work = Work {
        desired,
        seen,
        views,
        removals,
        unseen_doors: unseen_doors(desired, views),
        left_groups: removals.left_groups(views),
        left_roles: removals.left_roles(views),
        left_gateways: BTreeSet::new(),
        made_policies: BTreeMap::new(),
        options,
        scope,
        scribe,
        drafts: Drafts::default(),
        marks: BTreeMap::new(),
        left_out: Vec::new(),
        orphans: Vec::new(),
    };
    if scope.is_whole() {
        work.left_gateways = people::left_gateways(&work);
    }
    work.left_out.extend(removals.doors.left_out.iter().cloned());
    for (_, view) in views.iter().filter(|(id, _)| scope.account(**id)) {
        roles::roles(&mut work, view);
        if scope.is_whole() {
            groups::groups(&mut work, view);
            strays::strays(&mut work, view);
        }
        gates::gates(&mut work, view);
    }
    claims(&mut work);
    leave_observed(&mut work);
    Difference { plan: work.drafts.into_plan(), left_out: work.left_out, orphans: work.orphans }
}

fn unseen_doors<'a>(
    desired: &'a Desired,
    views: &BTreeMap<AccountId, View<'_>>,
) -> BTreeMap<&'a Who, Vec<&'a RoleArn>> {
    let mut doors: BTreeMap<_, Vec<_>> = BTreeMap::new();
    if desired.accounts.keys().all(|id| views.contains_key(id)) {
        return doors;
    }
    for (link, known) in &desired.explanations {
        if known.active.is_none() && !views.contains_key(&link.role.account) {
            doors.entry(&link.who).or_default().push(&link.role);
        }
    }
    doors
}

/// Accounts that are written to for the first time are claimed first.
fn claims(work: &mut Work<'_>) {
    let mut first = BTreeMap::new();
    let written: BTreeSet<_> = work.drafts.accounts();
    for (id, view) in work.views {
        if view.claim != Claim::Free || !written.contains(id) {
            continue;
        }
        let Some(name) = fixed_policy_name(CLAIM_POLICY) else { continue };
        let action = Action::CreatePolicy {
            path: work.desired.installation.path(),
            name,
            document: observed::claim_document(&work.options.claimant),
            description: format!(
                "rolegate installation {}: who acts here",
                work.desired.installation.as_str()
            ),
        };
        first.insert(*id, work.drafts.push(*id, Rank::Claim, action, Effect::Neutral, Cause::Ownership));
    }
    work.drafts.all_after(&first);
}

/// Nothing is written where only observing is asked for; what would be is named.
fn leave_observed(work: &mut Work<'_>) {
    for (id, view) in work.views {
        if view.enforces() {
            continue;
        }
        let (dropped, waiting) = work.drafts.drop_account(*id);
        for (account, steps) in waiting {
            work.left_out.push(LeftOut {
                account,
                object: String::new(),
                reason: "WaitingFor",
                message: format!(
                    "{steps} steps wait for account {}, which has spec.mode Observe",
                    view.desired.name
                ),
            });
        }
        if dropped > 0 {
            work.left_out.push(LeftOut {
                account: *id,
                object: String::new(),
                reason: "Observed",
                message: format!(
                    "account {} has spec.mode Observe: {dropped} steps are planned and not taken",
                    view.desired.name
                ),
            });
        }
    }
}
