//! The steps that take our policies off whoever they do not belong to.

use super::Work;
use super::draft::{Part, Rank};
use super::narrow::may_deny;
use crate::admit::View;
use crate::naming::{CLAIM_POLICY, Holder, SELF_MANAGEMENT_POLICY};
use crate::observed;
use crate::step::{Action, Cause, Effect};
use rolegate_iam::PolicyArn;

/// Our policies on anybody but their holders: taken off.
pub(super) fn strays(work: &mut Work<'_>, view: &View<'_>) {
    for action in stray_actions(work, view) {
        if stray_may_deny(work, &action) {
            // It may have kept its bearer from something.
            let step = work.drafts.push(view.account.id, Rank::Gate, action, Effect::Widens, Cause::Drift);
            work.drafts.wait_narrowed(step, [Part::Anything]);
        } else {
            let step = work.drafts.push(view.account.id, Rank::Narrow, action, Effect::Narrows, Cause::Drift);
            work.drafts.about(step, [Part::AnyLeave(view.account.id)]);
        }
    }
}

/// Whether what is taken off may deny something.
pub(super) fn stray_may_deny(work: &Work<'_>, action: &Action) -> bool {
    let policy = match action {
        Action::DetachUserPolicy { policy, .. }
        | Action::DetachGroupPolicy { policy, .. }
        | Action::DetachRolePolicy { policy, .. } => work.seen.policy(policy),
        _ => None,
    };
    may_deny(policy.and_then(|policy| policy.document()))
}

/// Where our policies are attached and do not belong.
pub(super) fn stray_actions(work: &Work<'_>, view: &View<'_>) -> Vec<Action> {
    let installation = &work.desired.installation;
    let stray = |arn: &PolicyArn, holder: &Holder| {
        let fixed = arn.name.as_str() == CLAIM_POLICY
            || (arn.name.as_str() == SELF_MANAGEMENT_POLICY && !matches!(holder, Holder::Group(_)));
        let other = Holder::of_policy(&arn.name).is_some_and(|(owner, _)| owner != *holder);
        observed::owns_policy(arn, view.account, installation) && (fixed || other)
    };
    let mut found = Vec::new();
    for (name, user) in &view.account.users {
        let holder = Holder::User(name.clone());
        for policy in user.attached.iter().filter(|arn| stray(arn, &holder)) {
            found.push(Action::DetachUserPolicy { user: name.clone(), policy: policy.clone() });
        }
    }
    for (name, group) in &view.account.groups {
        let holder = Holder::Group(name.clone());
        // Groups of ours are stripped with everything else that is not theirs.
        if view.desired.groups.contains_key(name) {
            continue;
        }
        for policy in group.attached.iter().filter(|arn| stray(arn, &holder)) {
            found.push(Action::DetachGroupPolicy { group: name.clone(), policy: policy.clone() });
        }
    }
    for (name, role) in &view.account.roles {
        let holder = Holder::Role(name.clone());
        if view.desired.roles.contains_key(name) {
            continue;
        }
        for policy in role.attached.iter().filter(|arn| stray(arn, &holder)) {
            found.push(Action::DetachRolePolicy { role: name.clone(), policy: policy.clone() });
        }
    }
    found
}
