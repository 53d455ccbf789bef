//! What can be done to an account: one [`Step`] is one AWS write, with its cause and what it waits for. Performs nothing.

use rolegate_iam::{AccountId, Document, GroupName, Path, PolicyArn, PolicyName, RoleName, Tags, UserName};
use smol_str::SmolStr;
use std::fmt;

/// One write to AWS. Every one is idempotent: performing it twice leaves what performing it once leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `CreateRole`. "Already exists" is a failure of class Conflict: the next observation tells whose it is.
    CreateRole {
        /// Its name.
        role: RoleName,
        /// Its path; immutable.
        path: Path,
        /// The trust policy it is born with.
        trust: Document,
        /// Seconds.
        max_session_duration: u32,
        /// For people.
        description: String,
        /// The permissions boundary.
        boundary: Option<PolicyArn>,
        /// Its tags, the owner tag among them.
        tags: Tags,
    },
    /// `UpdateAssumeRolePolicy`.
    UpdateTrust {
        /// The role.
        role: RoleName,
        /// The whole trust policy.
        document: Document,
    },
    /// `UpdateRole`; both fields are always sent (§4.2).
    UpdateRole {
        /// The role.
        role: RoleName,
        /// Seconds.
        max_session_duration: u32,
        /// For people.
        description: String,
    },
    /// `TagRole`.
    TagRole {
        /// The role.
        role: RoleName,
        /// Tags to add or replace.
        tags: Tags,
    },
    /// `UntagRole`.
    UntagRole {
        /// The role.
        role: RoleName,
        /// Keys to remove.
        keys: Vec<SmolStr>,
    },
    /// `PutRolePolicy`.
    PutRolePolicy {
        /// The role.
        role: RoleName,
        /// The inline policy.
        policy: PolicyName,
        /// Its document.
        document: Document,
    },
    /// `DeleteRolePolicy`; absent is success.
    DeleteRolePolicy {
        /// The role.
        role: RoleName,
        /// The inline policy.
        policy: PolicyName,
    },
    /// `AttachRolePolicy`.
    AttachRolePolicy {
        /// The role.
        role: RoleName,
        /// The managed policy.
        policy: PolicyArn,
    },
    /// `DetachRolePolicy`; not attached is success.
    DetachRolePolicy {
        /// The role.
        role: RoleName,
        /// The managed policy.
        policy: PolicyArn,
    },
    /// `PutRolePermissionsBoundary`.
    PutRoleBoundary {
        /// The role.
        role: RoleName,
        /// The managed policy that bounds it.
        policy: PolicyArn,
    },
    /// `DeleteRolePermissionsBoundary`; none is success.
    DeleteRoleBoundary {
        /// The role.
        role: RoleName,
    },
    /// `DeleteRole`, after its policies are gone; absent is success.
    DeleteRole {
        /// The role.
        role: RoleName,
    },
    /// `CreateGroup`. "Already exists" is a failure of class Conflict.
    CreateGroup {
        /// Its name.
        group: GroupName,
        /// Its path.
        path: Path,
    },
    /// `PutGroupPolicy`.
    PutGroupPolicy {
        /// The group.
        group: GroupName,
        /// The inline policy.
        policy: PolicyName,
        /// Its document.
        document: Document,
    },
    /// `DeleteGroupPolicy`; absent is success.
    DeleteGroupPolicy {
        /// The group.
        group: GroupName,
        /// The inline policy.
        policy: PolicyName,
    },
    /// `AttachGroupPolicy`.
    AttachGroupPolicy {
        /// The group.
        group: GroupName,
        /// The managed policy.
        policy: PolicyArn,
    },
    /// `DetachGroupPolicy`; not attached is success.
    DetachGroupPolicy {
        /// The group.
        group: GroupName,
        /// The managed policy.
        policy: PolicyArn,
    },
    /// `AddUserToGroup`.
    AddUserToGroup {
        /// The user.
        user: UserName,
        /// The group.
        group: GroupName,
    },
    /// `RemoveUserFromGroup`; no member is success.
    RemoveUserFromGroup {
        /// The user.
        user: UserName,
        /// The group.
        group: GroupName,
    },
    /// `TagUser`: our membership tag.
    TagUser {
        /// The user.
        user: UserName,
        /// Tags to add or replace.
        tags: Tags,
    },
    /// `UntagUser`.
    UntagUser {
        /// The user.
        user: UserName,
        /// Keys to remove.
        keys: Vec<SmolStr>,
    },
    /// `AttachUserPolicy`.
    AttachUserPolicy {
        /// The user.
        user: UserName,
        /// The managed policy.
        policy: PolicyArn,
    },
    /// `DetachUserPolicy`; not attached is success.
    DetachUserPolicy {
        /// The user.
        user: UserName,
        /// The managed policy.
        policy: PolicyArn,
    },
    /// `CreatePolicy`. "Already exists" is a failure of class Conflict.
    CreatePolicy {
        /// Its path.
        path: Path,
        /// Its name.
        name: PolicyName,
        /// Its first version.
        document: Document,
        /// For people; immutable.
        description: String,
    },
    /// `CreatePolicyVersion` with `SetAsDefault`, after deleting `prune` when the policy has five versions.
    CreatePolicyVersion {
        /// The policy.
        policy: PolicyArn,
        /// The new default document.
        document: Document,
        /// The oldest version that is not the default, deleted first.
        prune: Option<SmolStr>,
    },
    /// `DeletePolicyVersion`; absent is success.
    DeletePolicyVersion {
        /// The policy.
        policy: PolicyArn,
        /// A version that is not the default.
        version: SmolStr,
    },
    /// `DeletePolicy`, after it is detached and its other versions are gone; absent is success.
    DeletePolicy {
        /// The policy.
        policy: PolicyArn,
    },
}

/// What a step does to access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Takes access away, and waits for nothing but what AWS demands first.
    Narrows,
    /// Gives access, once everything that must be taken away first is seen gone.
    Widens,
    /// Neither: descriptions, dates, ownership marks.
    Neutral,
}

/// Why a step is in a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A declared object asks for it; `kind namespace/name` as people write it, such as `AccountAccess payments/dev`.
    Declared(SmolStr),
    /// An object that is here was changed and no longer asks for what is removed.
    Edited(SmolStr),
    /// An object that is here and withdrawn.
    Withdrawn(SmolStr),
    /// An object that is here and whose time is over.
    Expired(SmolStr),
    /// An object that is here and being deleted.
    Terminating(SmolStr),
    /// No object could have explained what is there: somebody changed it.
    Drift,
    /// Somebody approved this removal by its digest.
    Approved,
    /// A dormant role whose retention is over.
    RetentionOver(SmolStr),
    /// Rolegate's own book-keeping: the claim, ownership marks.
    Ownership,
}

/// One write, why it is made, what it does to access, and what it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The account it is made in.
    pub account: AccountId,
    /// The write.
    pub action: Action,
    /// What it does to access.
    pub effect: Effect,
    /// Why.
    pub cause: Cause,
    /// Steps of the same plan (by index) that must have succeeded before, in this run: AWS's own order of creation.
    pub after: Vec<usize>,
    /// Steps of the same plan (by index) that must be *seen* done, in an observation made after them. A step with any of
    /// these is not performed in this round; the plan made from the next observation holds it without them.
    pub seen: Vec<usize>,
}

/// Steps in an order that may be followed from first to last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps. Indices in [`Step::after`] and [`Step::seen`] point into this list, always backwards.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared(object) => write!(f, "{object}"),
            Self::Edited(object) => write!(f, "{object} (changed)"),
            Self::Withdrawn(object) => write!(f, "{object} (withdrawn)"),
            Self::Expired(object) => write!(f, "{object} (expired)"),
            Self::Terminating(object) => write!(f, "{object} (being deleted)"),
            Self::Drift => f.write_str("drift: changed by somebody else"),
            Self::Approved => f.write_str("approved removal"),
            Self::RetentionOver(object) => write!(f, "{object} (dormant for longer than the retention)"),
            Self::Ownership => f.write_str("ownership mark"),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateRole { role, path, .. } => {
                write!(f, "create role {}{role}", path.as_str().trim_start_matches('/'))
            }
            Self::UpdateTrust { role, .. } => write!(f, "write trust policy of role {role}"),
            Self::UpdateRole { role, max_session_duration, .. } => {
                write!(f, "set role {role}: sessions up to {max_session_duration} s")
            }
            Self::TagRole { role, tags } => {
                let keys: Vec<_> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
                write!(f, "tag role {role}: {}", keys.join(", "))
            }
            Self::UntagRole { role, keys } => write!(f, "untag role {role}: {}", keys.join(", ")),
            Self::PutRolePolicy { role, policy, .. } => {
                write!(f, "write inline policy {policy} of role {role}")
            }
            Self::DeleteRolePolicy { role, policy } => {
                write!(f, "delete inline policy {policy} of role {role}")
            }
            Self::AttachRolePolicy { role, policy } => {
                write!(f, "attach policy {} to role {role}", policy.name)
            }
            Self::DetachRolePolicy { role, policy } => {
                write!(f, "detach policy {} from role {role}", policy.name)
            }
            Self::PutRoleBoundary { role, policy } => {
                write!(f, "set boundary {} on role {role}", policy.name)
            }
            Self::DeleteRoleBoundary { role } => write!(f, "remove boundary from role {role}"),
            Self::DeleteRole { role } => write!(f, "delete role {role}"),
            Self::CreateGroup { group, .. } => write!(f, "create group {group}"),
            Self::PutGroupPolicy { group, policy, .. } => {
                write!(f, "write inline policy {policy} of group {group}")
            }
            Self::DeleteGroupPolicy { group, policy } => {
                write!(f, "delete inline policy {policy} of group {group}")
            }
            Self::AttachGroupPolicy { group, policy } => {
                write!(f, "attach policy {} to group {group}", policy.name)
            }
            Self::DetachGroupPolicy { group, policy } => {
                write!(f, "detach policy {} from group {group}", policy.name)
            }
            Self::AddUserToGroup { user, group } => write!(f, "add user {user} to group {group}"),
            Self::RemoveUserFromGroup { user, group } => write!(f, "remove user {user} from group {group}"),
            Self::TagUser { user, tags } => {
                let pairs: Vec<_> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
                write!(f, "tag user {user}: {}", pairs.join(", "))
            }
            Self::UntagUser { user, keys } => write!(f, "untag user {user}: {}", keys.join(", ")),
            Self::AttachUserPolicy { user, policy } => {
                write!(f, "attach policy {} to user {user}", policy.name)
            }
            Self::DetachUserPolicy { user, policy } => {
                write!(f, "detach policy {} from user {user}", policy.name)
            }
            Self::CreatePolicy { name, .. } => write!(f, "create policy {name}"),
            Self::CreatePolicyVersion { policy, .. } => write!(f, "write policy {}", policy.name),
            Self::DeletePolicyVersion { policy, version } => {
                write!(f, "delete version {version} of policy {}", policy.name)
            }
            Self::DeletePolicy { policy } => write!(f, "delete policy {}", policy.name),
        }
    }
}
