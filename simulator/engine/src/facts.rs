//! What the engine asks of a world: who is there, which policies they hold, and whether absence means anything.
//!
//! [`Snapshot`] answers directly (for a world that changes between calls), [`crate::Index`] from tables made once.

use crate::control::{self, Controls};
use crate::decision::{Doubt, Holder, Layer, PolicyKind, PolicySource};
use crate::prepared::Prepared;
use rolegate_iam::organization::{ControlType, Node, Organization};
use rolegate_iam::snapshot::{Group, Part, Role, User};
use rolegate_iam::{Account, AccountId, Document, PolicyArn, PolicyName, RoleArn, Snapshot, Tags, UserArn};
use smol_str::{SmolStr, ToSmolStr};
use std::borrow::Cow;
use std::sync::Arc;

/// A world to ask.
pub trait Facts {
    /// A user, with everything that decides what it may do.
    fn user(&self, arn: &UserArn) -> Lookup<Cow<'_, Subject<'_>>>;

    /// A role, with everything that decides what it may do and who may enter it.
    fn role(&self, arn: &RoleArn) -> Lookup<Cow<'_, Subject<'_>>>;

    /// A role by the text of its ARN; [`Lookup::Missing`] also for a text that is no role ARN.
    fn role_by_text(&self, arn: &str) -> Lookup<Cow<'_, Subject<'_>>> {
        arn.parse().map_or(Lookup::Missing, |arn: RoleArn| self.role(&arn))
    }

    /// The document of a managed policy; `None` when it is not known.
    fn document(&self, arn: &PolicyArn) -> Option<&Document>;

    /// The organization of an account.
    fn membership(&self, account: AccountId) -> Membership;

    /// The control policies of this type that are attached above an account.
    fn controls(&self, account: AccountId, kind: ControlType) -> Controls<'_>;

    /// Whether it is known that AWS suspended or closed this account (§2.2).
    fn is_suspended(&self, account: AccountId) -> bool;
}

/// Whether something is in the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<T> {
    /// It is.
    Found(T),
    /// It is not, certainly.
    Missing,
    /// Nobody knows.
    NotCollected(Box<Doubt>),
}

/// The organization an account is in (§2.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// Nobody knows.
    Unknown,
    /// In no organization.
    Alone,
    /// In this organization.
    Member {
        /// `o-…`
        organization: SmolStr,
        /// The value of `aws:PrincipalOrgPaths`, such as `o-x/r-y/ou-a/`; `None` when not known.
        path: Option<SmolStr>,
    },
}

/// A user or role with its policies resolved. Owned on the heap ([`ToOwned`]), so that handing one on copies little.
#[derive(Debug)]
pub struct Subject<'w> {
    /// Its account.
    pub account: &'w Account,
    /// The user or role itself.
    pub entity: Entity<'w>,
    /// Its ARN as text.
    pub arn: SmolStr,
    /// Identity policies, those of groups included.
    pub policies: Vec<Held<'w>>,
    /// The permissions boundary.
    pub boundary: Option<Held<'w>>,
    /// What may hold further policies, and is not known.
    pub gaps: Vec<Doubt>,
    /// Whether its account is known to be suspended or closed.
    pub(crate) suspended: bool,
    /// What was prepared for many questions; nothing where it was resolved for one.
    pub(crate) prepared: Readied<'w>,
}

/// What is known of a subject before any question. Says nothing that could not be read from the world anew.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readied<'w> {
    /// Its ARN, where it is a role.
    pub(crate) role_arn: Option<RoleArn>,
    /// Its trust policy, where it is a role.
    pub(crate) trust: Option<Arc<Prepared<'w>>>,
    /// Whether no SCP above its account denies anything, or leaves anything out.
    pub(crate) free_of_scps: bool,
    /// The same of RCPs.
    pub(crate) free_of_rcps: bool,
}

/// A user or a role.
#[derive(Debug, Clone, Copy)]
pub enum Entity<'w> {
    /// A user.
    User(&'w User),
    /// A role.
    Role(&'w Role),
}

/// A policy that a subject holds.
#[derive(Debug, Clone)]
pub struct Held<'w> {
    /// Whose it is and as what.
    pub(crate) source: Source<'w>,
    /// Its document; `None` when the snapshot lacks it.
    pub document: Option<&'w Document>,
    /// Its statements as prepared, where they were.
    pub(crate) prepared: Option<Arc<Prepared<'w>>>,
}

/// The borrowed form of a [`PolicySource`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'w> {
    pub(crate) holder: HolderRef<'w>,
    pub(crate) kind: SourceKind<'w>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum HolderRef<'w> {
    User(&'w Account, &'w User),
    Group(&'w Account, &'w Group),
    Role(&'w Account, &'w Role),
    Node(&'w Organization, &'w Node),
    Endpoint(&'w str),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum SourceKind<'w> {
    Trust,
    Inline(&'w PolicyName),
    Managed(&'w PolicyArn),
    Boundary(&'w PolicyArn),
    Session(usize),
    ManagedSession(&'w PolicyArn),
    Control(ControlType, &'w str),
    Endpoint,
}

impl Source<'_> {
    /// The layer a policy of this kind belongs to.
    pub(crate) fn layer(&self) -> Layer {
        match self.kind {
            SourceKind::Trust => Layer::Trust,
            SourceKind::Inline(_) | SourceKind::Managed(_) => Layer::Identity,
            SourceKind::Boundary(_) => Layer::Boundary,
            SourceKind::Session(_) | SourceKind::ManagedSession(_) => Layer::SessionPolicy,
            SourceKind::Control(ControlType::Scp, _) => Layer::Scp,
            SourceKind::Control(ControlType::Rcp, _) => Layer::Rcp,
            SourceKind::Endpoint => Layer::Endpoint,
        }
    }

    /// The owned form, for answers.
    pub(crate) fn to_owned(self) -> PolicySource {
        let holder = match self.holder {
            HolderRef::User(account, user) => Holder::User(account.user_arn(user)),
            HolderRef::Group(account, group) => Holder::Group(account.group_arn(group)),
            HolderRef::Role(account, role) => Holder::Role(account.role_arn(role)),
            HolderRef::Node(organization, node) => Holder::Node {
                organization: organization.id.clone(),
                node: node.clone(),
                name: organization.name_of(node).cloned(),
            },
            HolderRef::Endpoint(endpoint) => Holder::Endpoint(endpoint.into()),
        };
        let kind = match self.kind {
            SourceKind::Trust => PolicyKind::Trust,
            SourceKind::Inline(name) => PolicyKind::Inline(name.clone()),
            SourceKind::Managed(arn) => PolicyKind::Managed(arn.clone()),
            SourceKind::Boundary(arn) => PolicyKind::Boundary(arn.clone()),
            SourceKind::Session(number) => PolicyKind::Session(number),
            SourceKind::ManagedSession(arn) => PolicyKind::ManagedSession(arn.clone()),
            SourceKind::Control(ControlType::Scp, name) => PolicyKind::Scp(name.into()),
            SourceKind::Control(ControlType::Rcp, name) => PolicyKind::Rcp(name.into()),
            SourceKind::Endpoint => PolicyKind::Endpoint,
        };
        PolicySource { holder, kind }
    }
}

impl<'w> Subject<'w> {
    /// Its unique id, `AIDA…` or `AROA…`.
    pub fn id(&self) -> &'w str {
        match self.entity {
            Entity::User(user) => &user.id,
            Entity::Role(role) => &role.id,
        }
    }

    /// Its tags.
    pub fn tags(&self) -> &'w Tags {
        match self.entity {
            Entity::User(user) => &user.tags,
            Entity::Role(role) => &role.tags,
        }
    }

    /// Its role, when it is one.
    pub fn as_role(&self) -> Option<&'w Role> {
        match self.entity {
            Entity::User(_) => None,
            Entity::Role(role) => Some(role),
        }
    }

    /// Whether it is known that no control policy of this type above its account denies anything, or leaves anything out.
    pub(crate) fn is_free_of(&self, kind: ControlType) -> bool {
        match kind {
            ControlType::Scp => self.prepared.free_of_scps,
            ControlType::Rcp => self.prepared.free_of_rcps,
        }
    }

    pub(crate) fn holder(&self) -> HolderRef<'w> {
        match self.entity {
            Entity::User(user) => HolderRef::User(self.account, user),
            Entity::Role(role) => HolderRef::Role(self.account, role),
        }
    }

    /// Resolves a user of a snapshot.
    pub(crate) fn of_user(snapshot: &'w Snapshot, account: &'w Account, user: &'w User) -> Self {
        let mut subject = Self {
            account,
            entity: Entity::User(user),
            arn: account.user_arn(user).to_smolstr(),
            policies: Vec::new(),
            boundary: None,
            gaps: Vec::new(),
            suspended: control::is_suspended(snapshot, account.id),
            prepared: Readied::default(),
        };
        let holder = HolderRef::User(account, user);
        subject.hold(snapshot, holder, user.inline.iter(), user.attached.iter());
        subject.bound(snapshot, holder, user.boundary.as_ref());
        for name in &user.groups {
            match account.groups.get(name) {
                Some(group) => {
                    subject.hold(
                        snapshot,
                        HolderRef::Group(account, group),
                        group.inline.iter(),
                        group.attached.iter(),
                    );
                }
                None => subject.gaps.push(Doubt::MissingGroup {
                    group: rolegate_iam::GroupArn {
                        partition: account.partition,
                        account: account.id,
                        path: rolegate_iam::Path::root(),
                        name: name.clone(),
                    },
                }),
            }
        }
        subject
    }

    /// Resolves a role of a snapshot.
    pub(crate) fn of_role(snapshot: &'w Snapshot, account: &'w Account, role: &'w Role) -> Self {
        let mut subject = Self {
            account,
            entity: Entity::Role(role),
            arn: account.role_arn(role).to_smolstr(),
            policies: Vec::new(),
            boundary: None,
            gaps: Vec::new(),
            suspended: control::is_suspended(snapshot, account.id),
            prepared: Readied::default(),
        };
        let holder = HolderRef::Role(account, role);
        subject.hold(snapshot, holder, role.inline.iter(), role.attached.iter());
        subject.bound(snapshot, holder, role.boundary.as_ref());
        subject
    }

    fn hold(
        &mut self,
        snapshot: &'w Snapshot,
        holder: HolderRef<'w>,
        inline: impl Iterator<Item = (&'w PolicyName, &'w Document)>,
        attached: impl Iterator<Item = &'w PolicyArn>,
    ) {
        self.policies.extend(inline.map(|(name, document)| Held {
            source: Source { holder, kind: SourceKind::Inline(name) },
            document: Some(document),
            prepared: None,
        }));
        self.policies.extend(attached.map(|arn| Held {
            source: Source { holder, kind: SourceKind::Managed(arn) },
            document: snapshot.policy(arn).and_then(|policy| policy.document()),
            prepared: None,
        }));
    }

    fn bound(&mut self, snapshot: &'w Snapshot, holder: HolderRef<'w>, boundary: Option<&'w PolicyArn>) {
        self.boundary = boundary.map(|arn| Held {
            source: Source { holder, kind: SourceKind::Boundary(arn) },
            document: snapshot.policy(arn).and_then(|policy| policy.document()),
            prepared: None,
        });
    }
}

impl ToOwned for Subject<'_> {
    type Owned = Box<Self>;

    fn to_owned(&self) -> Box<Self> {
        let Self { account, entity, arn, policies, boundary, gaps, suspended, prepared } = self;
        Box::new(Self {
            account,
            entity: *entity,
            arn: arn.clone(),
            policies: policies.clone(),
            boundary: boundary.clone(),
            gaps: gaps.clone(),
            suspended: *suspended,
            prepared: prepared.clone(),
        })
    }
}

impl Facts for Snapshot {
    fn user(&self, arn: &UserArn) -> Lookup<Cow<'_, Subject<'_>>> {
        let Some(account) = self.accounts.get(&arn.account) else {
            return Lookup::NotCollected(absent_account(arn.account, "users"));
        };
        match self.user(arn) {
            Some(user) => Lookup::Found(Cow::Owned(Box::new(Subject::of_user(self, account, user)))),
            None => missing(account.id, "users", &account.collected.users),
        }
    }

    fn role(&self, arn: &RoleArn) -> Lookup<Cow<'_, Subject<'_>>> {
        let Some(account) = self.accounts.get(&arn.account) else {
            return Lookup::NotCollected(absent_account(arn.account, "roles"));
        };
        match self.role(arn) {
            Some(role) => Lookup::Found(Cow::Owned(Box::new(Subject::of_role(self, account, role)))),
            None => missing(account.id, "roles", &account.collected.roles),
        }
    }

    fn document(&self, arn: &PolicyArn) -> Option<&Document> {
        self.policy(arn)?.document()
    }

    fn membership(&self, account: AccountId) -> Membership {
        control::membership(self, account)
    }

    fn controls(&self, account: AccountId, kind: ControlType) -> Controls<'_> {
        control::controls(self, account, kind)
    }

    fn is_suspended(&self, account: AccountId) -> bool {
        control::is_suspended(self, account)
    }
}

impl<F: Facts + ?Sized> Facts for &F {
    fn user(&self, arn: &UserArn) -> Lookup<Cow<'_, Subject<'_>>> {
        (**self).user(arn)
    }

    fn role(&self, arn: &RoleArn) -> Lookup<Cow<'_, Subject<'_>>> {
        (**self).role(arn)
    }

    fn role_by_text(&self, arn: &str) -> Lookup<Cow<'_, Subject<'_>>> {
        (**self).role_by_text(arn)
    }

    fn document(&self, arn: &PolicyArn) -> Option<&Document> {
        (**self).document(arn)
    }

    fn membership(&self, account: AccountId) -> Membership {
        (**self).membership(account)
    }

    fn controls(&self, account: AccountId, kind: ControlType) -> Controls<'_> {
        (**self).controls(account, kind)
    }

    fn is_suspended(&self, account: AccountId) -> bool {
        (**self).is_suspended(account)
    }
}

pub(crate) fn absent_account(account: AccountId, part: &'static str) -> Box<Doubt> {
    Box::new(Doubt::NotCollected { account, part, why: "the account is not in the snapshot".into() })
}

pub(crate) fn missing<T>(account: AccountId, part: &'static str, state: &Part) -> Lookup<T> {
    match state {
        Part::Collected { .. } => Lookup::Missing,
        Part::NotCollected { why } => {
            Lookup::NotCollected(Box::new(Doubt::NotCollected { account, part, why: why.clone() }))
        }
    }
}
