//! What a role may do: the steps from its policies, boundary and settings as they are to those its AccessRole declares.
//! Owned roles are exclusive: what is not declared goes.

use super::Work;
use super::draft::{Id, Part, Rank};
use super::narrow::{common_document, may_deny};
use super::sessions;
use crate::admit::View;
use crate::desired::DesiredRole;
use crate::naming::{Holder, REVOKE_POLICY, fixed_policy_name};
use crate::step::{Action, Cause, Effect};
use jiff::Timestamp;
use rolegate_iam::snapshot::Role;
use rolegate_iam::{Document, PolicyArn, PolicyName, RoleName, Tags};
use std::collections::BTreeSet;

/// Whether a change brings or takes something that may deny: then the order of several changes matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Denial {
    Possible,
    None,
}

/// The changes of one role's permissions.
#[derive(Debug, Default)]
pub(super) struct Changes {
    narrowing: Vec<Action>,
    widening: Vec<(Action, Denial)>,
    neutral: Vec<Action>,
}

fn denial(document: Option<&Document>) -> Denial {
    if may_deny(document) { Denial::Possible } else { Denial::None }
}

impl Changes {
    /// Compares.
    pub(super) fn of(work: &Work<'_>, role: &Role, wanted: &DesiredRole) -> Self {
        let mut changes = Self::default();
        // The boundary first: IAM may refuse to give a role anything before it has the right one.
        changes.boundary(role, wanted);
        changes.inline(role, wanted);
        changes.attached(work, role, wanted);
        let name = || role.name.clone();
        let settings = role.max_session_duration != Some(wanted.max_session_duration)
            || role.description.as_deref().unwrap_or_default() != wanted.description;
        if settings {
            changes.neutral.push(Action::UpdateRole {
                role: name(),
                max_session_duration: wanted.max_session_duration,
                description: wanted.description.clone(),
            });
        }
        let tags: Tags =
            wanted.tags.iter().filter(|(key, value)| role.tags.get(key) != Some(value)).collect();
        if !tags.is_empty() {
            changes.neutral.push(Action::TagRole { role: name(), tags });
        }
        changes
    }

    fn inline(&mut self, role: &Role, wanted: &DesiredRole) {
        for (policy, document) in &role.inline {
            if policy.as_str() == REVOKE_POLICY {
                continue;
            }
            match wanted.inline.get(policy) {
                Some(new) if new == document => {}
                Some(new) => self.rewrite(&role.name, policy, document, new),
                None => {
                    let action = Action::DeleteRolePolicy { role: role.name.clone(), policy: policy.clone() };
                    self.remove(action, denial(Some(document)));
                }
            }
        }
        for (policy, document) in
            wanted.inline.iter().filter(|(policy, _)| !role.inline.contains_key(*policy))
        {
            self.widening.push((put(&role.name, policy, document), denial(Some(document))));
        }
    }

    /// First what both documents allow and either denies, then the new document.
    fn rewrite(&mut self, role: &RoleName, policy: &PolicyName, old: &Document, new: &Document) {
        let last =
            (put(role, policy, new), if may_deny(Some(old)) { Denial::Possible } else { denial(Some(new)) });
        match common_document(old, new) {
            _ if !old.policy().broken.is_empty() => self.widening.push(last),
            Some(common) if common == *old => self.widening.push(last),
            Some(common) if common == *new => self.narrowing.push(put(role, policy, new)),
            Some(common) => {
                self.narrowing.push(put(role, policy, &common));
                self.widening.push(last);
            }
            None if may_deny(Some(old)) => self.widening.push(last),
            None => {
                self.narrowing.push(Action::DeleteRolePolicy { role: role.clone(), policy: policy.clone() });
                self.widening.push(last);
            }
        }
    }

    /// Taking away what may deny can give access.
    fn remove(&mut self, action: Action, denial: Denial) {
        match denial {
            Denial::None => self.narrowing.push(action),
            Denial::Possible => self.widening.push((action, denial)),
        }
    }

    fn attached(&mut self, work: &Work<'_>, role: &Role, wanted: &DesiredRole) {
        let document = |arn: &PolicyArn| work.seen.policy(arn).and_then(|policy| policy.document());
        // A role of ours may itself hold gates, if it is named as a subject; those are judged with the gates.
        let holder = Holder::Role(role.name.clone());
        let path = work.desired.installation.path();
        let gate = |policy: &&PolicyArn| policy.path == path && holder.policy_index(&policy.name).is_some();
        for policy in role.attached.difference(&wanted.attached).filter(|policy| !gate(policy)) {
            let action = Action::DetachRolePolicy { role: role.name.clone(), policy: policy.clone() };
            self.remove(action, denial(document(policy)));
        }
        for policy in wanted.attached.difference(&role.attached) {
            let action = Action::AttachRolePolicy { role: role.name.clone(), policy: policy.clone() };
            self.widening.push((action, denial(document(policy))));
        }
    }

    fn boundary(&mut self, role: &Role, wanted: &DesiredRole) {
        let name = || role.name.clone();
        match (&role.boundary, &wanted.boundary) {
            (old, new) if old == new => {}
            (None, Some(new)) => {
                self.narrowing.push(Action::PutRoleBoundary { role: name(), policy: new.clone() });
            }
            (Some(_), Some(new)) => {
                self.widening
                    .push((Action::PutRoleBoundary { role: name(), policy: new.clone() }, Denial::Possible));
            }
            (_, None) => self.widening.push((Action::DeleteRoleBoundary { role: name() }, Denial::None)),
        }
    }

    /// Whether the role may do more afterwards, in any respect.
    pub(super) fn widens(&self) -> bool {
        !self.widening.is_empty()
    }

    /// Whether several changes come together of which one may deny: in between, the role could do what it may neither before
    /// nor after, so nobody may enter meanwhile.
    pub(super) fn needs_closed_door(&self) -> bool {
        self.widening.len() > 1 && self.widening.iter().any(|(_, denial)| *denial == Denial::Possible)
    }

    /// Leaves the giving part for later.
    pub(super) fn keep_narrowings_only(&mut self) {
        self.widening.clear();
    }

    /// Drafts everything; returns the drafts.
    pub(super) fn draft(
        &self,
        work: &mut Work<'_>,
        view: &View<'_>,
        role: &RoleName,
        access_role: &str,
        people: &BTreeSet<Part>,
    ) -> Vec<Id> {
        let mut drafts = self.narrowings(work, view, role, access_role, people);
        for action in &self.neutral {
            let cause = Cause::Declared(format!("AccessRole {access_role}").into());
            drafts.push(work.drafts.push(
                view.account.id,
                Rank::Permissions,
                action.clone(),
                Effect::Neutral,
                cause,
            ));
        }
        drafts.extend(self.widenings(work, view, role, access_role, people));
        drafts
    }

    /// Drafts session length and description, without the tags.
    pub(super) fn session_settings(
        &self,
        work: &mut Work<'_>,
        view: &View<'_>,
        access_role: &str,
    ) -> Vec<Id> {
        let settings = self.neutral.iter().filter(|action| matches!(action, Action::UpdateRole { .. }));
        let cause = Cause::Declared(format!("AccessRole {access_role}").into());
        settings
            .map(|action| {
                work.drafts.push(
                    view.account.id,
                    Rank::Permissions,
                    action.clone(),
                    Effect::Neutral,
                    cause.clone(),
                )
            })
            .collect()
    }

    /// Drafts the taking part.
    pub(super) fn narrowings(
        &self,
        work: &mut Work<'_>,
        view: &View<'_>,
        role: &RoleName,
        access_role: &str,
        people: &BTreeSet<Part>,
    ) -> Vec<Id> {
        let part = Part::Permissions(view.account.id, role.clone());
        let mut drafts = Vec::new();
        for action in &self.narrowing {
            let cause = Cause::Declared(format!("AccessRole {access_role}").into());
            let step =
                work.drafts.push(view.account.id, Rank::Narrow, action.clone(), Effect::Narrows, cause);
            work.drafts.about(step, [part.clone()]);
            work.drafts.meets(step, people.iter().cloned());
            drafts.push(step);
        }
        drafts
    }

    /// Drafts the giving part.
    pub(super) fn widenings(
        &self,
        work: &mut Work<'_>,
        view: &View<'_>,
        role: &RoleName,
        access_role: &str,
        people: &BTreeSet<Part>,
    ) -> Vec<Id> {
        let id = view.account.id;
        let part = Part::Permissions(id, role.clone());
        let mut drafts = Vec::new();
        for (action, denial) in &self.widening {
            let cause = Cause::Declared(format!("AccessRole {access_role}").into());
            let step = work.drafts.push(id, Rank::Permissions, action.clone(), Effect::Widens, cause);
            work.drafts.about(step, [part.clone()]);
            work.drafts.wait_narrowed(step, [part.clone(), Part::Trust(id, role.clone())]);
            work.drafts.wait_narrowed(step, people.iter().cloned());
            if *denial == Denial::Possible {
                // What may deny may allow as well, and so may what takes its place: nobody comes in beside both.
                work.drafts.takes(step);
                work.drafts.meets(step, people.iter().cloned());
            }
            drafts.push(step);
        }
        drafts
    }
}

fn put(role: &RoleName, policy: &PolicyName, document: &Document) -> Action {
    Action::PutRolePolicy { role: role.clone(), policy: policy.clone(), document: document.clone() }
}

/// Gives a newborn, sleeping role what it may do.
pub(super) fn create(
    work: &mut Work<'_>,
    view: &View<'_>,
    name: &RoleName,
    wanted: &DesiredRole,
    born: Id,
) -> Vec<Id> {
    let inline = wanted.inline.iter().map(|(policy, document)| put(name, policy, document));
    let attached = wanted
        .attached
        .iter()
        .map(|policy| Action::AttachRolePolicy { role: name.clone(), policy: policy.clone() });
    let mut drafts = Vec::new();
    for action in inline.chain(attached) {
        let cause = Cause::Declared(format!("AccessRole {}", wanted.access_role).into());
        let step = work.drafts.push(view.account.id, Rank::Permissions, action, Effect::Widens, cause);
        work.drafts.about(step, [Part::Permissions(view.account.id, name.clone())]);
        work.drafts.after(step, [born]);
        drafts.push(step);
    }
    drafts
}

/// Strips and deletes a sleeping role.
pub(super) fn delete_role(
    work: &mut Work<'_>,
    view: &View<'_>,
    role: &Role,
    cause: &Cause,
    asleep_since: Timestamp,
) {
    let name = || role.name.clone();
    let cut = sessions::end(work, view, role, asleep_since);
    let delete = |policy: &PolicyName| Action::DeleteRolePolicy { role: name(), policy: policy.clone() };
    let others = role.inline.keys().filter(|policy| policy.as_str() != REVOKE_POLICY).map(delete);
    let attached =
        role.attached.iter().map(|policy| Action::DetachRolePolicy { role: name(), policy: policy.clone() });
    // The cut is the last to go.
    let last = fixed_policy_name(REVOKE_POLICY)
        .filter(|policy| cut.is_some() || role.inline.contains_key(policy))
        .map(|policy| delete(&policy));
    let actions: Vec<_> =
        attached.chain(others).chain(last).chain([Action::DeleteRole { role: name() }]).collect();
    let mut earlier: Vec<Id> = cut.into_iter().collect();
    for action in actions {
        let step = work.drafts.push(view.account.id, Rank::Narrow, action, Effect::Narrows, cause.clone());
        work.drafts.about(step, [Part::Permissions(view.account.id, name())]);
        work.drafts.after(step, earlier.iter().copied());
        earlier.push(step);
    }
}
