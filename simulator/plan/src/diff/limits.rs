//! How much IAM takes (§3.2, §3.3): policies of a holder, policies of an account. Drafts nothing; says what is left out for want of
//! room, with the quota, the holder and the ways out.

use super::Work;
use crate::admit::View;
use crate::compile::attachments_quota;
use crate::desired::{Desired, SelfManaged};
use crate::naming::{Holder, SELF_MANAGEMENT_POLICY};
use crate::outcome::LeftOut;
use crate::pack::{Packing, Room};
use rolegate_iam::PolicyArn;
use std::collections::BTreeSet;

/// IAM's size of a managed policy (§3.2).
pub(super) const POLICY_SIZE: usize = crate::compile::POLICY_SIZE;

/// The room for a holder's own policies, beside the others that are and stay attached to it.
pub(super) fn room(desired: &Desired, view: &View<'_>, holder: &Holder) -> Room {
    let ours = |arn: &&PolicyArn| {
        arn.path == desired.installation.path()
            && (Holder::of_policy(&arn.name).is_some() || arn.name.as_str() == SELF_MANAGEMENT_POLICY)
    };
    let foreign = |attached: Option<&BTreeSet<PolicyArn>>| {
        attached.map_or(0, |attached| attached.iter().filter(|arn| !ours(arn)).count())
    };
    let others = match holder {
        // Everything else is taken off a group of ours.
        Holder::Group(name) => usize::from(
            view.desired.groups.get(name).is_some_and(|group| group.self_managed == SelfManaged::Enabled),
        ),
        Holder::User(name) => foreign(view.account.users.get(name).map(|user| &user.attached)),
        Holder::Role(name) => foreign(view.account.roles.get(name).map(|role| &role.attached)),
    };
    let limit = crate::compile::quota(&view.account.summary, attachments_quota(holder), 10);
    Room { size: POLICY_SIZE, policies: limit.saturating_sub(others) }
}

/// Says that a holder cannot have all of its policies.
pub(super) fn too_many(work: &mut Work<'_>, view: &View<'_>, holder: &Holder, packed: &Packing, room: Room) {
    let roles: usize = packed.values().map(BTreeSet::len).sum();
    work.left_out.push(LeftOut {
        account: view.account.id,
        object: holder.to_string(),
        reason: "Quota",
        message: format!(
            "{holder} in account {} needs {} policies for {roles} roles, and beside what else is attached to it there is room for \
             {}: detach something, split the bindings over several groups, or raise the quota {}",
            view.desired.name,
            packed.len(),
            room.policies,
            attachments_quota(holder)
        ),
    });
}

/// Takes one of the customer managed policies that IAM allows in an account; when there is none left, says so.
pub(super) fn takes_policy(work: &mut Work<'_>, view: &View<'_>, what: &str) -> bool {
    let id = view.account.id;
    let made = work.made_policies.entry(id).or_default();
    let limit = view.account.summary.get("PoliciesQuota").and_then(|limit| usize::try_from(*limit).ok());
    // The claim is a policy too.
    let used = view.account.policies.len() + *made + usize::from(view.claim == crate::observed::Claim::Free);
    let Some(limit) = limit.filter(|limit| used >= *limit) else {
        *made += 1;
        return true;
    };
    work.left_out.push(LeftOut {
        account: id,
        object: what.to_owned(),
        reason: "Quota",
        message: format!(
            "{what} in account {} needs another customer managed policy, and {limit} are there, the most that the account may have: \
             delete unused ones, or raise the quota PoliciesQuota",
            view.desired.name
        ),
    });
    false
}
