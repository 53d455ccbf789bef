//! What is left of the manifests when nothing is wrong with them: parsed values, references by name, places of origin.
//! Plain data; decides only what a single object says about itself (what it selects, what it consents to).

use crate::manifest::Source;
use jiff::Timestamp;
use rolegate_crds::{
    AccessState, Accounts, AllowedBinding, Audience, Color, DeletionPolicy, EndSessions, Mfa, Mode,
    SelfManagedCredentials, SessionNameRule, SubjectKind, Trust,
};
use rolegate_iam::{
    AccountId, Document, GroupName, Partition, Path, PolicyName, RoleArn, RoleName, Tags, UserName,
};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// Labels of an object.
pub type Labels = BTreeMap<String, String>;

/// The namespace and the name of an `AccountAccess`.
pub type AccessKey = (SmolStr, SmolStr);

/// All objects that are sound, by name.
#[derive(Debug, Clone, Default)]
pub struct Validated {
    /// Who compiles: a DNS label of at most 20 characters.
    pub installation: SmolStr,
    /// `AWSAccount`s; shared like bindings.
    pub accounts: BTreeMap<SmolStr, Arc<ValidAccount>>,
    /// `AccessRole`s.
    pub roles: BTreeMap<SmolStr, ValidRole>,
    /// `AccessGroup`s.
    pub groups: BTreeMap<SmolStr, ValidGroup>,
    /// `AccountAccess`es by namespace and name; shared, so that what did not change is seen at a glance.
    pub accesses: BTreeMap<AccessKey, Arc<ValidAccess>>,
    /// Labels of the namespaces that are known; those of any other are not known, see [`ValidAccount::allows`].
    pub namespaces: BTreeMap<SmolStr, Labels>,
    /// Objects that are there and are in error: they grant nothing new, and nothing is removed for them.
    pub unreadable: BTreeSet<ObjectKey>,
}

/// The kinds of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `AWSAccount`.
    Account,
    /// `AccessRole`.
    Role,
    /// `AccessGroup`.
    Group,
    /// `AccountAccess`.
    Access,
}

/// The identity of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace; empty for kinds of the cluster.
    pub namespace: SmolStr,
    /// Its name.
    pub name: SmolStr,
}

/// An AWS account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidAccount {
    /// The object's name.
    pub name: SmolStr,
    /// The object's labels.
    pub labels: Labels,
    /// The account.
    pub id: AccountId,
    /// Its partition.
    pub partition: Partition,
    /// The name of its gateway; none when it is one.
    pub gateway: Option<SmolStr>,
    /// What it is for.
    pub environment: SmolStr,
    /// The name shown to people.
    pub display_name: SmolStr,
    /// The colour shown to people.
    pub color: Option<Color>,
    /// How the controller enters.
    pub management: Management,
    /// The boundary of roles that name none themselves.
    pub role_boundary: Option<PolicyRef>,
    /// Consents; none: nobody may bind anything here.
    pub allowed: Vec<AllowedBinding>,
    /// Whether it is written to.
    pub mode: Mode,
    /// What happens when the object goes.
    pub deletion_policy: DeletionPolicy,
    /// Whether the object is being deleted.
    pub terminating: bool,
    /// Where it is written.
    pub source: Arc<Source>,
}

/// How the controller enters an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Management {
    /// The role.
    pub role: RoleName,
    /// Its path.
    pub path: Path,
    /// The external id to send.
    pub external_id: Option<SmolStr>,
    /// Roles to go through first, in order.
    pub via: Vec<RoleArn>,
}

/// A customer managed policy in whichever account it is used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyRef {
    /// Its path.
    pub path: Path,
    /// Its name.
    pub name: PolicyName,
}

/// What one can be in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidRole {
    /// The object's name.
    pub name: SmolStr,
    /// The object's labels.
    pub labels: Labels,
    /// The IAM role's name.
    pub role_name: RoleName,
    /// The IAM role's path.
    pub path: Path,
    /// For whom it is.
    pub audience: Audience,
    /// Who decides who enters.
    pub trust: Trust,
    /// Whether MFA is asked for; the default of the audience is filled in, and what the trust makes of it.
    pub mfa: Mfa,
    /// Seconds since MFA, at most.
    pub mfa_max_age: Option<u32>,
    /// How sessions are named; the default of the audience is filled in.
    pub session_name: SessionNameRule,
    /// Networks from which one must come, as IAM reads them; none: any.
    pub source_cidrs: BTreeSet<SmolStr>,
    /// AWS's own policies, without the partition.
    pub aws_managed: BTreeSet<PolicyRef>,
    /// Policies of the account.
    pub customer_managed: BTreeSet<PolicyRef>,
    /// Policies of the role.
    pub inline: BTreeMap<PolicyName, Template>,
    /// The most that it may do.
    pub boundary: Option<PolicyRef>,
    /// Seconds that a session may last.
    pub max_session: u32,
    /// Tags of the IAM role.
    pub tags: Tags,
    /// What happens when the object goes.
    pub deletion_policy: DeletionPolicy,
    /// Whether the object is being deleted.
    pub terminating: bool,
    /// Where it is written.
    pub source: Arc<Source>,
}

/// A policy document with `$(AWS_ACCOUNT_ID)` and `$(AWS_PARTITION)` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(pub(crate) String);

/// People of one gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidGroup {
    /// The object's name, which goes into the membership tag.
    pub name: SmolStr,
    /// The object's labels.
    pub labels: Labels,
    /// The name of the gateway.
    pub gateway: SmolStr,
    /// The IAM group's name.
    pub group_name: GroupName,
    /// The members, all of them.
    pub members: BTreeSet<UserName>,
    /// Whether they manage their own credentials.
    pub self_managed: SelfManagedCredentials,
    /// Whether the object is being deleted.
    pub terminating: bool,
    /// Where it is written.
    pub source: Arc<Source>,
}

/// A binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidAccess {
    /// The object's namespace.
    pub namespace: SmolStr,
    /// The object's name.
    pub name: SmolStr,
    /// The object's labels.
    pub labels: Labels,
    /// The name of the `AccessRole`.
    pub role: SmolStr,
    /// The accounts.
    pub accounts: Accounts,
    /// Who.
    pub subjects: BTreeSet<ValidSubject>,
    /// Networks from which one must come, as IAM reads them, beside the role's; none: any.
    pub source_cidrs: BTreeSet<SmolStr>,
    /// From when.
    pub not_before: Option<Timestamp>,
    /// Until when.
    pub not_after: Option<Timestamp>,
    /// Whether the sessions of those who lose it end with it.
    pub end_sessions: EndSessions,
    /// Whether it stands.
    pub state: AccessState,
    /// Why.
    pub justification: Option<SmolStr>,
    /// When the object was made, where an API server said so.
    pub created: Option<Timestamp>,
    /// Whether the object is being deleted.
    pub terminating: bool,
    /// Where it is written.
    pub source: Arc<Source>,
}

/// Who gets access.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValidSubject {
    /// An `AccessGroup`, by name.
    Group(SmolStr),
    /// An IAM user of the account's gateway.
    User(UserName),
    /// A role of a declared account.
    Role(RoleArn),
    /// A third party.
    Account {
        /// Its account.
        id: AccountId,
        /// What it must send along.
        external_id: SmolStr,
    },
}

impl ValidAccount {
    /// Whether some one consent covers the namespace, the role and the kind of subject together.
    ///
    /// The labels of a namespace are not always known (from files, when no `Namespace` is among them). A consent by selector
    /// then covers nothing: read as absent, unknown labels would satisfy `NotIn`.
    pub fn allows(
        &self,
        (namespace, namespace_labels): (&str, Option<&Labels>),
        (role, role_labels): (&str, &Labels),
        subject: SubjectKind,
    ) -> bool {
        self.allowed.iter().any(|AllowedBinding { namespaces, roles, subjects }| {
            let namespace_is_in = match namespace_labels {
                Some(labels) => namespaces.contains(namespace, labels),
                None => namespaces.selector.is_none() && namespaces.contains(namespace, &Labels::new()),
            };
            namespace_is_in && roles.contains(role, role_labels) && subjects.contains(&subject)
        })
    }

    /// Whether people sign in here.
    pub fn is_gateway(&self) -> bool {
        self.gateway.is_none()
    }

    /// The name of the gateway from which it is entered: its own when it is one.
    pub fn gateway_name(&self) -> &SmolStr {
        self.gateway.as_ref().unwrap_or(&self.name)
    }
}

impl ValidAccess {
    /// Whether the binding is about the account.
    pub fn selects(&self, account: &ValidAccount) -> bool {
        selects(&self.accounts, &account.name, &account.environment, &account.labels)
    }

    /// The object's identity.
    pub fn key(&self) -> ObjectKey {
        ObjectKey { kind: Kind::Access, namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

pub(crate) fn selects(accounts: &Accounts, name: &str, environment: &str, labels: &Labels) -> bool {
    match (&accounts.names, &accounts.selector) {
        (Some(names), None) => names.iter().any(|known| known == name),
        (None, Some(selector)) => selector.matches(environment, labels),
        _ => false,
    }
}

impl Validated {
    /// The accounts that a binding is about, in the order of their names.
    pub fn selected<'a>(&'a self, access: &ValidAccess) -> Vec<&'a ValidAccount> {
        let chosen = |account: &&ValidAccount| access.selects(account);
        // Names are looked up: an organisation has a thousand accounts, and a binding names a few.
        if let Some(names) = &access.accounts.names {
            let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
            let found = names.into_iter().filter_map(|name| self.accounts.get(name));
            found.map(AsRef::as_ref).filter(chosen).collect()
        } else {
            self.accounts.values().map(AsRef::as_ref).filter(chosen).collect()
        }
    }
}

impl ValidSubject {
    /// Its kind.
    pub fn kind(&self) -> SubjectKind {
        match self {
            Self::Group(_) => SubjectKind::Group,
            Self::User(_) => SubjectKind::User,
            Self::Role(_) => SubjectKind::Role,
            Self::Account { .. } => SubjectKind::Account,
        }
    }
}

impl Template {
    /// The document for one account.
    pub fn document(&self, id: AccountId, partition: Partition) -> Document {
        Document::parse(&self.text(id, partition))
    }

    /// The text for one account. Both replacements contain nothing that JSON escapes.
    pub(crate) fn text(&self, id: AccountId, partition: Partition) -> String {
        self.0.replace("$(AWS_ACCOUNT_ID)", id.as_str()).replace("$(AWS_PARTITION)", partition.as_str())
    }
}

impl Kind {
    /// As in manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "AWSAccount",
            Self::Role => "AccessRole",
            Self::Group => "AccessGroup",
            Self::Access => "AccountAccess",
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, namespace, name } = self;
        match namespace.as_str() {
            "" => write!(f, "{} {name}", kind.as_str()),
            namespace => write!(f, "{} {namespace}/{name}", kind.as_str()),
        }
    }
}

impl fmt::Display for ValidSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(name) => write!(f, "group {name}"),
            Self::User(name) => write!(f, "user {name}"),
            Self::Role(arn) => write!(f, "role {arn}"),
            Self::Account { id, external_id: _ } => write!(f, "account {id}"),
        }
    }
}
