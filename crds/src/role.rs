//! `AccessRole`: what one can be in an account, and what it takes to become it. Plain data.
#![expect(unreachable_pub, reason = "KubeSchema copies each struct into a function, with its `pub`")]
#![expect(clippy::struct_field_names, reason = "the fields are named as AWS names the kinds of policy")]

use crate::common::{DeletionPolicy, ManagedPolicyRef, PermissionsBoundary, root_path};
use kube::{CustomResource, KubeSchema};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What one can be in an account: an IAM role that is made wherever a binding grants it.
#[derive(CustomResource, Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq)]
#[kube(
    group = "rolegate.dev",
    version = "v1alpha1",
    kind = "AccessRole",
    plural = "accessroles",
    shortname = "arole",
    category = "rolegate",
    derive = "PartialEq",
    doc = "What one can be in an account: an IAM role that is made wherever a binding grants it.",
    validation = Rule::new("size(self.metadata.name) <= 63 && !self.metadata.name.contains('.')").message("the name must be a DNS label"),
    printcolumn(name = "ROLE", type_ = "string", json_path = ".spec.roleName"),
    printcolumn(name = "AUDIENCE", type_ = "string", json_path = ".spec.audience"),
    printcolumn(name = "TRUST", type_ = "string", json_path = ".spec.trust"),
    printcolumn(name = "AGE", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "MAXSESSION", type_ = "string", json_path = ".spec.maxSessionDuration", priority = 1)
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("has(self.roleName) == has(oldSelf.roleName) && (!has(self.roleName) || self.roleName == oldSelf.roleName)").message("roleName is immutable"),
    validation = Rule::new("self.audience == 'Human' || !has(self.require) || ((!has(self.require.mfa) || self.require.mfa == 'NotRequired') && (!has(self.require.sessionName) || self.require.sessionName == 'Any'))").message("machines have no MFA device and no user name: a Machine role cannot require them"),
    validation = Rule::new("self.audience == 'Human' || !has(self.trust) || self.trust == 'Subjects'").message("machines are trusted by name: trust GatewayAccount is for Human roles"),
    validation = Rule::new("!has(self.require) || !has(self.require.mfaMaxAge) || (has(self.require.mfa) ? self.require.mfa != 'NotRequired' : self.audience == 'Human')").message("mfaMaxAge needs mfa")
)]
pub struct AccessRoleSpec {
    /// The IAM role's name; the object's name when absent. Immutable. Several `AccessRole`s may share it, as long as no
    /// account has two of them bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9_+=,.@-]+$"))]
    pub role_name: Option<String>,
    /// The IAM role's path. Immutable.
    #[serde(default = "root_path")]
    #[schemars(length(min = 1, max = 512), regex(pattern = r"^/([A-Za-z0-9_+=,.@:-]+/)*$"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("path is immutable"))]
    pub path: String,
    /// Whether people or machines enter. Immutable.
    #[x_kube(validation = Rule::new("self == oldSelf").message("audience is immutable"))]
    pub audience: Audience,
    /// Who decides who enters; `GatewayAccount` is for `Human` roles only.
    #[serde(default)]
    pub trust: Trust,
    /// What it takes to enter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require: Option<RoleRequirements>,
    /// What the role may do; absent: nothing.
    #[serde(default)]
    pub permissions: Permissions,
    /// The most that the role may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<PermissionsBoundary>,
    /// How long a session may last, from `1h` to `12h`; `1h` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 16), regex(pattern = r"^([0-9]+h)?([0-9]+m)?([0-9]+s)?$"))]
    pub max_session_duration: Option<String>,
    /// Tags of the IAM role.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 40))]
    pub tags: BTreeMap<String, String>,
    /// What happens to the IAM roles when this object goes.
    #[serde(default = "delete")]
    pub deletion_policy: DeletionPolicy,
}

/// For whom a role is.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// People: groups and users.
    Human,
    /// Machines: roles and third parties. People may never assume it.
    Machine,
}

/// Who decides who enters.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Trust {
    /// The trust policy admits exactly the subjects of the bindings.
    #[default]
    Subjects,
    /// The trust policy admits whoever the gateway's own policies let, also policies that others wrote there by hand: Rolegate
    /// writes leave for the subjects of the bindings, and denies nobody else's. `mfa: RequiredForIAMUsers` then means `Required`.
    GatewayAccount,
}

/// What it takes to enter a role.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleRequirements {
    /// Whether MFA is asked for. Absent: `RequiredForIAMUsers` for people, `NotRequired` for machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa: Option<Mfa>,
    /// How long ago MFA may have been proved, from `15m` to `36h`; absent: any time in the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 16), regex(pattern = r"^([0-9]+h)?([0-9]+m)?([0-9]+s)?$"))]
    pub mfa_max_age: Option<String>,
    /// How a session must be named. Absent: `UserName` for people, `Any` for machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_name: Option<SessionNameRule>,
    /// Public addresses from which one must come; absent: from anywhere.
    #[serde(default, rename = "sourceCIDRs", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(min = 3, max = 49)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub source_cidrs: Vec<String>,
}

/// Whether MFA is asked for.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mfa {
    /// From IAM users; subjects that cannot have it enter without.
    RequiredForIAMUsers,
    /// From everybody: subjects that cannot have it are refused.
    Required,
    /// From nobody.
    NotRequired,
}

/// How a session must be named.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionNameRule {
    /// As the IAM user who enters.
    UserName,
    /// As one likes.
    Any,
}

/// What a role may do.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Permissions {
    /// Policies of AWS by name, with their path if they have one: `ReadOnlyAccess`, `job-function/ViewOnlyAccess`.
    #[serde(default, rename = "awsManagedPolicies", skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 20),
        inner(length(min = 1, max = 640), regex(pattern = r"^([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]+$"))
    )]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub aws_managed_policies: Vec<String>,
    /// Policies that exist in every account where the role is bound.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["path".into(), "name".into()]))]
    pub customer_managed_policies: Vec<ManagedPolicyRef>,
    /// Policies written here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub inline_policies: Vec<InlinePolicy>,
}

/// A policy that is part of the role.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InlinePolicy {
    /// The policy's name.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9_+=,.@-]+$"))]
    pub name: String,
    /// The policy document, with `$(AWS_ACCOUNT_ID)` and `$(AWS_PARTITION)` for the account where the role is.
    #[schemars(schema_with = "any_object")]
    pub document: serde_json::Map<String, serde_json::Value>,
}

fn any_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}

fn delete() -> DeletionPolicy {
    DeletionPolicy::Delete
}
