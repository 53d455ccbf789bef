//! `AWSAccount`: an account, how it is entered, and who may bind what to whom in it. Plain data.
#![expect(unreachable_pub, reason = "KubeSchema copies each struct into a function, with its `pub`")]

use crate::common::{DeletionPolicy, Empty, LabelSelector, PermissionsBoundary, Reference, root_path};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An AWS account: a gateway, where people sign in, or an account that they enter from their gateway.
#[derive(CustomResource, Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq)]
#[kube(
    group = "rolegate.dev",
    version = "v1alpha1",
    kind = "AWSAccount",
    plural = "awsaccounts",
    shortname = "awsacct",
    category = "rolegate",
    derive = "PartialEq",
    doc = "An AWS account: a gateway, where people sign in, or an account that they enter from their gateway.",
    validation = Rule::new("size(self.metadata.name) <= 63 && !self.metadata.name.contains('.')").message("the name must be a DNS label"),
    printcolumn(name = "ID", type_ = "string", json_path = ".spec.accountID"),
    printcolumn(name = "ENV", type_ = "string", json_path = ".spec.environment"),
    printcolumn(name = "MODE", type_ = "string", json_path = ".spec.mode"),
    printcolumn(name = "GATEWAY", type_ = "string", json_path = ".spec.gatewayRef.name", priority = 1),
    printcolumn(name = "AGE", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("has(self.gatewayRef) == has(oldSelf.gatewayRef) && (!has(self.gatewayRef) || self.gatewayRef == oldSelf.gatewayRef)").message("gatewayRef is immutable"))]
pub struct AWSAccountSpec {
    /// The twelve digits, quoted. Immutable.
    #[serde(rename = "accountID")]
    #[schemars(length(min = 12, max = 12), regex(pattern = r"^[0-9]{12}$"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("accountID is immutable"))]
    pub account_id: String,
    /// The AWS partition. Immutable.
    #[serde(default)]
    #[x_kube(validation = Rule::new("self == oldSelf").message("partition is immutable"))]
    pub partition: Partition,
    /// The gateway from which people enter; absent when this account is itself a gateway. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_ref: Option<Reference>,
    /// What the account is for, such as `production`: account selectors choose by it.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub environment: String,
    /// How consoles and link lists show the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<Display>,
    /// The role through which the controller works in the account.
    #[serde(default)]
    pub management_role: ManagementRole,
    /// What holds for every role that Rolegate makes here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_defaults: Option<RoleDefaults>,
    /// Who may bind what to whom here. Absent: nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub allowed_bindings: Vec<AllowedBinding>,
    /// Whether the account is changed, or only looked at.
    #[serde(default)]
    pub mode: Mode,
    /// What happens to the roles in the account when this object goes.
    #[serde(default = "retain")]
    pub deletion_policy: DeletionPolicy,
}

/// A separate universe of AWS accounts.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Partition {
    /// The commercial regions.
    #[default]
    #[serde(rename = "aws")]
    Aws,
    /// China.
    #[serde(rename = "aws-cn")]
    AwsCn,
    /// `GovCloud` (US).
    #[serde(rename = "aws-us-gov")]
    AwsUsGov,
    /// European Sovereign Cloud.
    #[serde(rename = "aws-eusc")]
    AwsEusc,
}

/// How an account is shown.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Display {
    /// The name shown; the object's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub name: Option<String>,
    /// The colour shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
}

/// The colours that the AWS console's role switcher knows.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Nothing can go wrong.
    Green,
    /// Take care.
    Yellow,
    /// Take great care.
    Red,
    /// For anything.
    Blue,
    /// For anything.
    Orange,
}

/// The role through which the controller works in an account.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagementRole {
    /// The role's name.
    #[serde(default = "management_role_name")]
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9_+=,.@-]+$"))]
    pub name: String,
    /// The role's path.
    #[serde(default = "root_path")]
    #[schemars(length(min = 1, max = 512), regex(pattern = r"^/([A-Za-z0-9_+=,.@:-]+/)*$"))]
    pub path: String,
    /// The external id that its trust policy asks for.
    #[serde(default, rename = "externalID", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 1224), regex(pattern = r"^[A-Za-z0-9_+=,.@:/-]+$"))]
    pub external_id: Option<String>,
    /// Roles to go through first, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 4),
        inner(
            length(max = 640),
            regex(
                pattern = r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/([A-Za-z0-9_+=,.@:-]+/)*[A-Za-z0-9_+=,.@-]+$"
            )
        )
    )]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub via: Vec<String>,
}

/// What holds for every role that Rolegate makes in an account.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleDefaults {
    /// The permissions boundary of roles that name none themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<PermissionsBoundary>,
}

/// One consent: these namespaces may bind these roles to these kinds of subject.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AllowedBinding {
    /// The namespaces of the bindings.
    pub namespaces: Scope,
    /// The `AccessRole`s that they may bind.
    pub roles: Scope,
    /// The kinds of subject that they may bind them to.
    #[schemars(length(min = 1, max = 4))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub subjects: Vec<SubjectKind>,
}

/// Objects by name, by label, or all of them; exactly one member is set.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("[has(self.names), has(self.selector), has(self.all)].filter(set, set).size() == 1").message("exactly one of names, selector and all must be set"))]
pub struct Scope {
    /// Exactly these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 256),
        inner(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))
    )]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub names: Option<Vec<String>>,
    /// Those with these labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
    /// All, now and later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<Empty>,
}

/// The kinds of subject.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKind {
    /// An `AccessGroup`.
    Group,
    /// An IAM user of the gateway.
    User,
    /// A role of a declared account.
    Role,
    /// A third party's account.
    Account,
}

/// Whether an account is changed.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mode {
    /// AWS is made to agree.
    #[default]
    Enforce,
    /// Plans are made, nothing is written.
    Observe,
}

impl Default for ManagementRole {
    fn default() -> Self {
        Self { name: management_role_name(), path: root_path(), external_id: None, via: Vec::new() }
    }
}

impl Scope {
    /// Whether an object with this name and these labels is in. A scope with no member, or with several, holds nothing.
    pub fn contains(&self, name: &str, labels: &std::collections::BTreeMap<String, String>) -> bool {
        match (&self.names, &self.selector, &self.all) {
            (Some(names), None, None) => names.iter().any(|known| known == name),
            (None, Some(selector), None) => selector.matches(labels),
            (None, None, Some(Empty {})) => true,
            _ => false,
        }
    }
}

impl Partition {
    /// As written in ARNs and manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
            Self::AwsEusc => "aws-eusc",
        }
    }
}

fn management_role_name() -> String {
    "rolegate-controller".to_owned()
}

fn retain() -> DeletionPolicy {
    DeletionPolicy::Retain
}
