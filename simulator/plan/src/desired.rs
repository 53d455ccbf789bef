//! What should be: the one value that compiling makes of all objects together, per account. Nothing here looks at AWS.

use crate::entry::{Entry, Facts, Who, Window};
use crate::gate::Gate;
use crate::naming::{Holder, Installation};
use crate::step::Cause;
use rolegate_crds::Trust;
use rolegate_iam::{
    AccountId, Document, GroupName, Partition, Path, PolicyArn, PolicyName, RoleArn, RoleName, UserName,
};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// What should be, in every account.
#[derive(Debug, Clone)]
pub struct Desired {
    /// Whose it is.
    pub installation: Installation,
    /// Every declared account, also those in which nothing should be.
    pub accounts: BTreeMap<AccountId, DesiredAccount>,
    /// Every AccessRole that is here, bound or not: an owned role whose AccessRole is not here is an orphan.
    pub known_roles: BTreeMap<SmolStr, KnownRole>,
    /// Every AccessGroup that is here, by gateway and name.
    pub known_groups: BTreeSet<(AccountId, SmolStr)>,
    /// For everybody whom some present object lets (or once let) into a role: why it would be taken away. What is not
    /// here has no live reason to be removed.
    pub explanations: BTreeMap<Link, Explanation>,
    /// The roles of which some object says that sessions end with the access.
    pub ends_sessions: BTreeSet<RoleArn>,
}

/// What the objects that are here say about somebody and a role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explanation {
    /// An object that lets them in now, as the cause of taking away what it no longer asks for.
    pub active: Option<Cause>,
    /// What objects asked for that are withdrawn, expired or going, and why it goes.
    pub over: Vec<(Facts, Cause)>,
    /// Whether any of them says that sessions end with the access.
    pub ends_sessions: bool,
}

/// Somebody and a role: the two ends of a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// Who.
    pub who: Who,
    /// Into which role.
    pub role: RoleArn,
}

/// What happens to an AccessRole's roles when it is unbound or going.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRole {
    /// Whether the object is being deleted.
    pub terminating: bool,
    /// Whether its roles may be deleted once they are dormant for long enough.
    pub deletion: Deletion,
    /// Who decides who enters its roles.
    pub trust: Trust,
}

/// `deletionPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// The role goes with its object.
    Delete,
    /// The role stays, dormant.
    Retain,
}

/// Whether writes are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// They are.
    Enforce,
    /// They are only planned.
    Observe,
}

/// What should be in one account.
#[derive(Debug, Clone)]
pub struct DesiredAccount {
    /// `metadata.name` of its AWSAccount.
    pub name: String,
    /// Its partition.
    pub partition: Partition,
    /// Whether writes are made.
    pub mode: Mode,
    /// Roles with at least one active grant.
    pub roles: BTreeMap<RoleName, DesiredRole>,
    /// Groups (gateways only).
    pub groups: BTreeMap<GroupName, DesiredGroup>,
    /// Leave to assume roles, by holder (gateways only).
    pub gates: BTreeMap<Holder, BTreeMap<Gate, DesiredGate>>,
}

/// The identity half of one grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredGate {
    /// The object that asks for it.
    pub cause: Cause,
    /// The grant's other half: the gate is opened only when this is seen in the role's trust policy.
    pub link: Link,
}

/// One role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredRole {
    /// `metadata.name` of its AccessRole.
    pub access_role: SmolStr,
    /// Its path.
    pub path: Path,
    /// Who may enter, and the object that asks for it.
    pub entries: BTreeMap<Entry, Cause>,
    /// For every way in by [`Who::Gateway`]: the ways in that would be its people's own, and who asks for them.
    pub behind: BTreeMap<Entry, BTreeMap<Entry, Cause>>,
    /// Inline policies.
    pub inline: BTreeMap<PolicyName, Document>,
    /// Managed policies.
    pub attached: BTreeSet<PolicyArn>,
    /// Permissions boundary.
    pub boundary: Option<PolicyArn>,
    /// Seconds.
    pub max_session_duration: u32,
    /// For people.
    pub description: String,
    /// Declared tags, the owner tag among them.
    pub tags: BTreeMap<SmolStr, SmolStr>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredGroup {
    /// `metadata.name` of its AccessGroup; a part of its members' tag.
    pub access_group: SmolStr,
    /// Its members; exclusive.
    pub members: BTreeSet<UserName>,
    /// Whether its members may manage their own credentials.
    pub self_managed: SelfManaged,
}

/// `selfManagedCredentials`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelfManaged {
    /// They may.
    Enabled,
    /// The group says nothing about it.
    Disabled,
}

impl DesiredGroup {
    /// Who the members are in a trust policy.
    pub fn who(&self, partition: Partition, gateway: AccountId) -> Who {
        Who::Group { partition, gateway, group: self.access_group.clone() }
    }
}

impl Entry {
    /// The two ends.
    pub fn link(&self, role: &RoleArn) -> Link {
        Link { who: self.who.clone(), role: role.clone() }
    }

    /// What the identity half can carry of it.
    pub fn window(&self) -> &Window {
        &self.facts.window
    }
}
