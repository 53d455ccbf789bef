//! `AccountAccess`: who gets which role in which accounts, when and from where. Plain data.
#![expect(unreachable_pub, reason = "KubeSchema copies each struct into a function, with its `pub`")]

use crate::account::SubjectKind;
use crate::common::{Reference, Requirement, labels_match};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A binding: these subjects get this role in these accounts.
#[derive(CustomResource, Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq)]
#[kube(
    group = "rolegate.dev",
    version = "v1alpha1",
    kind = "AccountAccess",
    plural = "accountaccesses",
    shortname = "aac",
    category = "rolegate",
    namespaced,
    derive = "PartialEq",
    doc = "A binding: these subjects get this role in these accounts.",
    validation = Rule::new("size(self.metadata.name) <= 63").message("the name must be at most 63 characters"),
    printcolumn(name = "ROLE", type_ = "string", json_path = ".spec.roleRef.name"),
    printcolumn(name = "STATE", type_ = "string", json_path = ".spec.state"),
    printcolumn(name = "EXPIRES", type_ = "string", json_path = ".spec.validity.notAfter"),
    printcolumn(name = "AGE", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "JUSTIFICATION", type_ = "string", json_path = ".spec.justification", priority = 1)
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountAccessSpec {
    /// The `AccessRole` that is granted. Immutable, as in RBAC.
    #[x_kube(validation = Rule::new("self == oldSelf").message("roleRef is immutable: make a new AccountAccess"))]
    pub role_ref: Reference,
    /// The accounts in which it is granted.
    pub accounts: Accounts,
    /// Who gets it.
    #[schemars(length(min = 1, max = 64))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub subjects: Vec<Subject>,
    /// What it takes to enter, beyond what the role asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require: Option<AccessRequirements>,
    /// From when, until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<Validity>,
    /// Whether the sessions of those who lose this access end with it.
    #[serde(default)]
    pub end_sessions: EndSessions,
    /// Whether the grant stands.
    #[serde(default)]
    pub state: AccessState,
    /// Why, for those who ask later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub justification: Option<String>,
}

/// Accounts by name or by selector; exactly one member is set.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("[has(self.names), has(self.selector)].filter(set, set).size() == 1").message("exactly one of names and selector must be set"))]
pub struct Accounts {
    /// Names of `AWSAccount`s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 1024),
        inner(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))
    )]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub names: Option<Vec<String>>,
    /// Properties of `AWSAccount`s, now and later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<AccountSelector>,
}

/// Properties of accounts: all that are given must hold, and at least one must be given.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub struct AccountSelector {
    /// The account's environment is one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 64),
        inner(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))
    )]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub environments: Vec<String>,
    /// Labels that the account must have, with exactly these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub match_labels: BTreeMap<String, String>,
    /// Further requirements on the account's labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub match_expressions: Vec<Requirement>,
}

/// Somebody who gets access; exactly one member is set.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("[has(self.group), has(self.user), has(self.role), has(self.account)].filter(set, set).size() == 1").message("exactly one of group, user, role and account must be set"))]
pub struct Subject {
    /// An `AccessGroup`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Reference>,
    /// An IAM user of the account's gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserSubject>,
    /// An IAM role in an account that an `AWSAccount` describes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleSubject>,
    /// A third party's account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountSubject>,
}

/// An IAM user of the gateway.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserSubject {
    /// The user's name, exactly.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9_+=,.@-]+$"))]
    pub name: String,
}

/// An IAM role.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleSubject {
    /// The role's ARN, exactly.
    #[schemars(
        length(min = 20, max = 640),
        regex(pattern = r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/([A-Za-z0-9_+=,.@:-]+/)*[A-Za-z0-9_+=,.@-]+$")
    )]
    pub arn: String,
}

/// A third party's account.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountSubject {
    /// The twelve digits, quoted.
    #[serde(rename = "accountID")]
    #[schemars(length(min = 12, max = 12), regex(pattern = r"^[0-9]{12}$"))]
    pub account_id: String,
    /// The id that the third party must send along, at least 16 characters that nobody can guess.
    #[serde(rename = "externalID")]
    #[schemars(length(min = 16, max = 1224), regex(pattern = r"^[A-Za-z0-9_+=,.@:/-]+$"))]
    pub external_id: String,
}

/// What a binding asks beyond its role.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessRequirements {
    /// Public addresses from which one must come; adds to the role's own.
    #[serde(default, rename = "sourceCIDRs", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(min = 3, max = 49)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub source_cidrs: Vec<String>,
}

/// From when, until when, as RFC 3339 times such as `2026-12-31T18:00:00Z`.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("!has(self.notBefore) || !has(self.notAfter) || timestamp(self.notBefore) < timestamp(self.notAfter)").message("notAfter must be later than notBefore"))]
pub struct Validity {
    /// Nobody enters before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 20, max = 35), extend("format" = "date-time"))]
    pub not_before: Option<String>,
    /// Nobody enters after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 20, max = 35), extend("format" = "date-time"))]
    pub not_after: Option<String>,
}

/// Whether sessions end when access is lost.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum EndSessions {
    /// At once: of those who lost access where the role forces session names, else of everybody in the role.
    OnRevoke,
    /// By themselves, when their time is over.
    #[default]
    Never,
}

/// Whether a grant stands.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum AccessState {
    /// It stands.
    #[default]
    Active,
    /// It is taken back; the object stays as the reason.
    Withdrawn,
}

/// The member of a [`Subject`] that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectMember<'a> {
    /// `group`.
    Group(&'a Reference),
    /// `user`.
    User(&'a UserSubject),
    /// `role`.
    Role(&'a RoleSubject),
    /// `account`.
    Account(&'a AccountSubject),
}

impl Subject {
    /// The one member that is set; `None` when none is, or several are.
    pub fn member(&self) -> Option<SubjectMember<'_>> {
        match (&self.group, &self.user, &self.role, &self.account) {
            (Some(group), None, None, None) => Some(SubjectMember::Group(group)),
            (None, Some(user), None, None) => Some(SubjectMember::User(user)),
            (None, None, Some(role), None) => Some(SubjectMember::Role(role)),
            (None, None, None, Some(account)) => Some(SubjectMember::Account(account)),
            _ => None,
        }
    }
}

impl SubjectMember<'_> {
    /// The kind of subject.
    pub fn kind(&self) -> SubjectKind {
        match self {
            Self::Group(_) => SubjectKind::Group,
            Self::User(_) => SubjectKind::User,
            Self::Role(_) => SubjectKind::Role,
            Self::Account(_) => SubjectKind::Account,
        }
    }
}

impl AccountSelector {
    /// Whether an account of this environment, with these labels, is selected. A selector without parts selects nothing.
    pub fn matches(&self, environment: &str, labels: &BTreeMap<String, String>) -> bool {
        let Self { environments, match_labels, match_expressions } = self;
        let says_something =
            !(environments.is_empty() && match_labels.is_empty() && match_expressions.is_empty());
        says_something
            && (environments.is_empty() || environments.iter().any(|known| known == environment))
            && labels_match(match_labels, match_expressions, labels)
    }
}
