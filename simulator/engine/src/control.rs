//! The control policies of organizations (§2.1, §2.6): which of them bind an account, level by level. Evaluates nothing.

use crate::decision::Doubt;
use crate::facts::{Held, HolderRef, Membership, Source, SourceKind};
use rolegate_iam::organization::{AccountStatus, ControlType, FeatureSet, Node, Organization};
use rolegate_iam::policy::{ActionClause, Effect, ResourceClause, Statement};
use rolegate_iam::{AccountId, Snapshot};
use smol_str::SmolStr;

/// What control policies of one type are above an account.
#[derive(Debug, Clone)]
pub enum Controls<'w> {
    /// None that count.
    Free(Exempt),
    /// By level, from the root down to the account.
    Levels(Levels<'w>),
    /// Nobody knows.
    NotCollected(Box<Doubt>),
}

/// Levels, made for the question or kept for many.
#[derive(Debug, Clone)]
pub enum Levels<'w> {
    /// Made for the question.
    Owned(Vec<Level<'w>>),
    /// Kept, with whether they allow everything to everybody.
    Kept(&'w [Level<'w>], bool),
}

impl<'w> std::ops::Deref for Levels<'w> {
    type Target = [Level<'w>];

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Owned(levels) => levels,
            Self::Kept(levels, _) => levels,
        }
    }
}

/// Whether every level says that everything is allowed, and nothing else: the usual case, that need not be read each time.
pub(crate) fn are_open(levels: &[Level<'_>]) -> bool {
    let plain = |held: &Held<'_>| {
        held.document.is_some_and(|document| {
            let policy = document.policy();
            let open = |statement: &Statement| {
                statement.effect == Effect::Allow
                    && statement.conditions.is_empty()
                    && matches!(&statement.action, ActionClause::Is(all) if all.iter().any(|one| one == "*"))
                    && matches!(&statement.resource, ResourceClause::Is(all) if all.iter().any(|one| one == "*"))
            };
            policy.broken.is_empty() && !policy.statements.is_empty() && policy.statements.iter().all(open)
        })
    };
    let open = |level: &Level<'_>| {
        level.gap.is_none() && !level.policies.is_empty() && level.policies.iter().all(plain)
    };
    levels.iter().all(open)
}

/// Why no control policy counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exempt {
    /// The account is in no organization.
    NoOrganization,
    /// It is the management account.
    ManagementAccount,
    /// The organization is for consolidated billing only.
    ConsolidatedBilling,
    /// The type of policy is not enabled.
    NotEnabled,
}

/// The policies attached to one node above an account, or to the account.
#[derive(Debug, Clone)]
pub struct Level<'w> {
    /// The node.
    pub node: Node,
    /// The policies.
    pub policies: Vec<Held<'w>>,
    /// Why there may be others.
    pub gap: Option<Doubt>,
}

impl Exempt {
    /// The reason, for people.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoOrganization => "the account is in no organization",
            Self::ManagementAccount => "the management account is never bound",
            Self::ConsolidatedBilling => "the organization is for consolidated billing only",
            Self::NotEnabled => "this type of policy is not enabled in the organization",
        }
    }
}

/// The organization of an account.
pub(crate) fn membership(snapshot: &Snapshot, account: AccountId) -> Membership {
    match snapshot.organization_of(account) {
        Some(organization) => {
            Membership::Member { organization: organization.id.clone(), path: organization.path(account) }
        }
        None if snapshot.standalone.contains(&account) => Membership::Alone,
        None => Membership::Unknown,
    }
}

/// Whether it is known that AWS suspended or closed an account.
pub(crate) fn is_suspended(snapshot: &Snapshot, account: AccountId) -> bool {
    let member = snapshot.organizations.values().find_map(|organization| organization.members.get(&account));
    member.is_some_and(|member| member.status == Some(AccountStatus::Suspended))
}

/// The control policies above an account.
pub(crate) fn controls(snapshot: &Snapshot, account: AccountId, kind: ControlType) -> Controls<'_> {
    let unknown = |why: SmolStr| {
        Controls::NotCollected(Box::new(Doubt::NotCollected { account, part: kind.words(), why }))
    };
    let Some(organization) = snapshot.organization_of(account) else {
        if snapshot.standalone.contains(&account) {
            return Controls::Free(Exempt::NoOrganization);
        }
        return unknown("its organization is not in the snapshot".into());
    };
    if organization.features == FeatureSet::ConsolidatedBilling {
        return Controls::Free(Exempt::ConsolidatedBilling);
    }
    if organization.management_account == account {
        return Controls::Free(Exempt::ManagementAccount);
    }
    if organization.enabled.get(&kind) == Some(&false) {
        return Controls::Free(Exempt::NotEnabled);
    }
    match organization.levels(account) {
        Some(nodes) => {
            let level = |node| level(organization, node, account, kind);
            Controls::Levels(Levels::Owned(nodes.into_iter().map(level).collect()))
        }
        None => unknown("its place in the organization is not in the snapshot".into()),
    }
}

fn level(organization: &Organization, node: Node, account: AccountId, kind: ControlType) -> Level<'_> {
    let gap = |why: &str| {
        let why = format!("what is attached to {node} {why}").into();
        Some(Doubt::NotCollected { account, part: kind.words(), why })
    };
    let Some(((place, _), list)) = organization.attached.get_key_value(&(node.clone(), kind)) else {
        let gap = gap("is not in the snapshot");
        return Level { node, policies: Vec::new(), gap };
    };
    let policies = list.policies.iter().filter_map(|id| organization.policies.get(id));
    let policies: Vec<Held<'_>> = policies
        .map(|policy| Held {
            source: Source {
                holder: HolderRef::Node(organization, place),
                kind: SourceKind::Control(kind, &policy.name),
            },
            document: policy.document.as_ref(),
            prepared: None,
        })
        .collect();
    let gap = if list.truncated || policies.len() < list.policies.len() {
        gap("is not in the snapshot in full")
    } else if policies.is_empty() && kind == ControlType::Scp {
        // A node always keeps one (§2.6), so an empty list says that the type is not enabled, or nothing.
        gap("is an empty list, which AWS does not allow")
    } else {
        None
    };
    Level { node, policies, gap }
}
