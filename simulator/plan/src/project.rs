//! What an account will look like after a write: the effect of an [`Action`] on plain data. AWS's refusals are not imitated
//! (that is `rolegate_cloud`'s job); a write to something absent changes nothing.

use crate::naming::hash;
use crate::step::{Action, Plan};
use rolegate_iam::snapshot::{Group, ManagedPolicy, PolicyVersion, Role};
use rolegate_iam::{Account, Document, Path, PolicyName, Snapshot};
use smol_str::{SmolStr, format_smolstr};
use std::collections::{BTreeMap, BTreeSet};

/// The snapshot after every step of a plan.
pub fn project(snapshot: &Snapshot, plan: &Plan) -> Snapshot {
    let mut after = snapshot.clone();
    for step in &plan.steps {
        if let Some(account) = after.accounts.get_mut(&step.account) {
            apply(account, &step.action);
        }
    }
    after
}

/// A unique id for something that AWS has not made yet: recognisable, stable, and of AWS's shape.
fn planned_id(prefix: &str, account: &Account, name: &str) -> SmolStr {
    let digest = hash(&format!("{}/{name}", account.id), 10).to_ascii_uppercase();
    format_smolstr!("{prefix}PLANNED{digest}")
}

/// Changes an account as the write would.
pub fn apply(account: &mut Account, action: &Action) {
    match action {
        Action::CreateRole { .. }
        | Action::UpdateTrust { .. }
        | Action::UpdateRole { .. }
        | Action::TagRole { .. }
        | Action::UntagRole { .. }
        | Action::PutRolePolicy { .. }
        | Action::DeleteRolePolicy { .. }
        | Action::AttachRolePolicy { .. }
        | Action::DetachRolePolicy { .. }
        | Action::PutRoleBoundary { .. }
        | Action::DeleteRoleBoundary { .. }
        | Action::DeleteRole { .. } => apply_to_role(account, action),
        Action::CreateGroup { .. }
        | Action::PutGroupPolicy { .. }
        | Action::DeleteGroupPolicy { .. }
        | Action::AttachGroupPolicy { .. }
        | Action::DetachGroupPolicy { .. } => apply_to_group(account, action),
        Action::AddUserToGroup { .. }
        | Action::RemoveUserFromGroup { .. }
        | Action::TagUser { .. }
        | Action::UntagUser { .. }
        | Action::AttachUserPolicy { .. }
        | Action::DetachUserPolicy { .. } => apply_to_user(account, action),
        Action::CreatePolicy { .. }
        | Action::CreatePolicyVersion { .. }
        | Action::DeletePolicyVersion { .. }
        | Action::DeletePolicy { .. } => apply_to_policy(account, action),
    }
}

fn create_role(account: &mut Account, action: &Action) {
    let Action::CreateRole { role, path, trust, max_session_duration, description, boundary, tags } = action
    else {
        return;
    };
    let id = planned_id("AROA", account, role.as_str());
    account.roles.entry(role.clone()).or_insert_with(|| Role {
        id,
        path: path.clone(),
        name: role.clone(),
        created: None,
        trust: trust.clone(),
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
        boundary: boundary.clone(),
        tags: tags.clone(),
        max_session_duration: Some(*max_session_duration),
        description: Some(description.clone()),
        instance_profiles: BTreeSet::new(),
    });
}

fn apply_to_role(account: &mut Account, action: &Action) {
    let name = match action {
        Action::CreateRole { .. } => return create_role(account, action),
        Action::DeleteRole { role } => {
            account.roles.remove(role);
            return;
        }
        Action::UpdateTrust { role, .. }
        | Action::UpdateRole { role, .. }
        | Action::TagRole { role, .. }
        | Action::UntagRole { role, .. }
        | Action::PutRolePolicy { role, .. }
        | Action::DeleteRolePolicy { role, .. }
        | Action::AttachRolePolicy { role, .. }
        | Action::DetachRolePolicy { role, .. }
        | Action::PutRoleBoundary { role, .. }
        | Action::DeleteRoleBoundary { role } => role,
        _ => return,
    };
    let Some(role) = account.roles.get_mut(name) else { return };
    match action {
        Action::UpdateTrust { document, .. } => role.trust = document.clone(),
        Action::UpdateRole { max_session_duration, description, .. } => {
            role.max_session_duration = Some(*max_session_duration);
            role.description = Some(description.clone());
        }
        Action::TagRole { tags, .. } => tags.iter().for_each(|(key, value)| role.tags.set(key, value)),
        Action::UntagRole { keys, .. } => keys.iter().for_each(|key| role.tags.remove(key)),
        Action::PutRolePolicy { policy, document, .. } => {
            role.inline.insert(policy.clone(), document.clone());
        }
        Action::DeleteRolePolicy { policy, .. } => {
            role.inline.remove(policy);
        }
        Action::AttachRolePolicy { policy, .. } => {
            role.attached.insert(policy.clone());
        }
        Action::DetachRolePolicy { policy, .. } => {
            role.attached.remove(policy);
        }
        Action::PutRoleBoundary { policy, .. } => role.boundary = Some(policy.clone()),
        Action::DeleteRoleBoundary { .. } => role.boundary = None,
        _ => {}
    }
}

fn apply_to_group(account: &mut Account, action: &Action) {
    match action {
        Action::CreateGroup { group, path } => {
            let id = planned_id("AGPA", account, group.as_str());
            account.groups.entry(group.clone()).or_insert_with(|| Group {
                id,
                path: path.clone(),
                name: group.clone(),
                created: None,
                inline: BTreeMap::new(),
                attached: BTreeSet::new(),
            });
        }
        Action::PutGroupPolicy { group, policy, document } => {
            if let Some(group) = account.groups.get_mut(group) {
                group.inline.insert(policy.clone(), document.clone());
            }
        }
        Action::DeleteGroupPolicy { group, policy } => {
            if let Some(group) = account.groups.get_mut(group) {
                group.inline.remove(policy);
            }
        }
        Action::AttachGroupPolicy { group, policy } => {
            if let Some(group) = account.groups.get_mut(group) {
                group.attached.insert(policy.clone());
            }
        }
        Action::DetachGroupPolicy { group, policy } => {
            if let Some(group) = account.groups.get_mut(group) {
                group.attached.remove(policy);
            }
        }
        _ => {}
    }
}

fn apply_to_user(account: &mut Account, action: &Action) {
    let (Action::AddUserToGroup { user: name, .. }
    | Action::RemoveUserFromGroup { user: name, .. }
    | Action::TagUser { user: name, .. }
    | Action::UntagUser { user: name, .. }
    | Action::AttachUserPolicy { user: name, .. }
    | Action::DetachUserPolicy { user: name, .. }) = action
    else {
        return;
    };
    let Some(user) = account.users.get_mut(name) else { return };
    match action {
        Action::AddUserToGroup { group, .. } => {
            user.groups.insert(group.clone());
        }
        Action::RemoveUserFromGroup { group, .. } => {
            user.groups.remove(group);
        }
        Action::TagUser { tags, .. } => tags.iter().for_each(|(key, value)| user.tags.set(key, value)),
        Action::UntagUser { keys, .. } => keys.iter().for_each(|key| user.tags.remove(key)),
        Action::AttachUserPolicy { policy, .. } => {
            user.attached.insert(policy.clone());
        }
        Action::DetachUserPolicy { policy, .. } => {
            user.attached.remove(policy);
        }
        _ => {}
    }
}

fn create_policy(
    account: &mut Account,
    path: &Path,
    name: &PolicyName,
    document: &Document,
    description: &str,
) {
    let arn = account.policy_arn(path, name);
    let id = planned_id("ANPA", account, name.as_str());
    let version = PolicyVersion { created: None, document: document.clone() };
    account.policies.entry(arn.clone()).or_insert_with(|| ManagedPolicy {
        id,
        arn,
        default_version: "v1".into(),
        versions: BTreeMap::from([("v1".into(), version)]),
        description: Some(description.to_owned()),
    });
}

/// The number of a version id such as `v3`.
pub(crate) fn version_number(id: &str) -> u32 {
    id.trim_start_matches('v').parse().unwrap_or(0)
}

fn apply_to_policy(account: &mut Account, action: &Action) {
    match action {
        Action::CreatePolicy { path, name, document, description } => {
            create_policy(account, path, name, document, description);
        }
        Action::CreatePolicyVersion { policy, document, prune } => {
            let Some(policy) = account.policies.get_mut(policy) else { return };
            let next = policy.versions.keys().map(|id| version_number(id)).max().unwrap_or(0) + 1;
            if let Some(oldest) = prune {
                policy.versions.remove(oldest);
            }
            let id = format_smolstr!("v{next}");
            policy.versions.insert(id.clone(), PolicyVersion { created: None, document: document.clone() });
            policy.default_version = id;
        }
        Action::DeletePolicyVersion { policy, version } => {
            if let Some(policy) = account.policies.get_mut(policy) {
                policy.versions.remove(version);
            }
        }
        Action::DeletePolicy { policy } => {
            account.policies.remove(policy);
        }
        _ => {}
    }
}
