//! Whose coming and going concerns a role: the AccessGroups that enter it, and where leave alone decides, whoever has leave.
//! Drafts nothing.

use super::Work;
use super::draft::Part;
use super::groups::undeclared_policies;
use super::narrow::{may_deny, may_let_assume};
use super::strays::{stray_actions, stray_may_deny};
use crate::admit::View;
use crate::entry::{Entry, Who};
use crate::observed::Attached;
use rolegate_iam::{AccountId, RoleName};
use std::collections::BTreeSet;

/// The people of some ways into a role, as parts that their joining, leaving and getting leave are about.
pub(super) fn people<'e>(
    work: &Work<'_>,
    view: &View<'_>,
    role: &RoleName,
    entries: impl Iterator<Item = &'e Entry>,
) -> BTreeSet<Part> {
    let mut found = BTreeSet::new();
    for entry in entries {
        match &entry.who {
            Who::Group { gateway, group, .. } => {
                found.insert(Part::Members(*gateway, group.clone()));
            }
            Who::Gateway { gateway, .. } => {
                let key = (view.account.id, role.clone());
                let groups =
                    work.removals.doors.groups(&key).map(|(home, group)| Part::Members(*home, group.clone()));
                found.extend(groups);
                found.extend([Part::Leave(key.0, key.1), Part::AnyLeave(*gateway)]);
            }
            Who::User(_) | Who::Role(_) | Who::Account { .. } => {}
        }
    }
    found
}

/// Whether somebody leaves these people, or loses leave.
pub(super) fn somebody_leaves(work: &Work<'_>, people: &BTreeSet<Part>) -> bool {
    people.iter().any(|part| match part {
        Part::Members(gateway, group) => work.left_groups.contains(&(*gateway, group.clone())),
        Part::Leave(account, role) => work.left_roles.contains(&(*account, role.clone())),
        Part::AnyLeave(gateway) => work.left_gateways.contains(gateway),
        Part::Trust(..)
        | Part::Permissions(..)
        | Part::Owner(..)
        | Part::GroupPermissions(..)
        | Part::Anything => false,
    })
}

/// The gateways in which something goes at once that may have let somebody assume whatever roles. What may deny as well goes last,
/// when nothing else is left to take away: waiting for it here would be waiting for ever.
pub(super) fn left_gateways(work: &Work<'_>) -> BTreeSet<AccountId> {
    let loses = |view: &View<'_>| {
        let gates = view.gates.iter().filter(|(holder, _)| !view.is_blocked(holder));
        let foreign = gates.flat_map(|(_, policies)| policies.values());
        let foreign =
            foreign.into_iter().any(|policy| policy.attached == Attached::Yes && policy.gates.foreign_allows);
        let loose = view.desired.groups.iter().any(|(name, wanted)| {
            let found = view.account.groups.get(name);
            let policies =
                found.map(|group| undeclared_policies(work, view, group, wanted)).unwrap_or_default();
            policies.iter().any(|(_, document)| may_let_assume(*document) && !may_deny(*document))
        });
        foreign || loose || stray_actions(work, view).iter().any(|action| !stray_may_deny(work, action))
    };
    work.views.iter().filter(|(_, view)| loses(view)).map(|(id, _)| *id).collect()
}
