//! `AccessGroup`: people of one gateway who get the same access. Plain data.
#![expect(unreachable_pub, reason = "KubeSchema copies each struct into a function, with its `pub`")]

use crate::common::Reference;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// People of one gateway who get the same access: an IAM group that belongs to Rolegate.
#[derive(CustomResource, Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq)]
#[kube(
    group = "rolegate.dev",
    version = "v1alpha1",
    kind = "AccessGroup",
    plural = "accessgroups",
    shortname = "agroup",
    category = "rolegate",
    derive = "PartialEq",
    doc = "People of one gateway who get the same access: an IAM group that belongs to Rolegate.",
    validation = Rule::new("size(self.metadata.name) <= 24 && !self.metadata.name.contains('.')").message("the name must be a DNS label of at most 24 characters: it goes into a tag"),
    printcolumn(name = "GATEWAY", type_ = "string", json_path = ".spec.gatewayRef.name"),
    printcolumn(name = "AGE", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "GROUP", type_ = "string", json_path = ".spec.groupName", priority = 1)
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("has(self.groupName) == has(oldSelf.groupName) && (!has(self.groupName) || self.groupName == oldSelf.groupName)").message("groupName is immutable"))]
pub struct AccessGroupSpec {
    /// The gateway whose users are members. Immutable.
    #[x_kube(validation = Rule::new("self == oldSelf").message("gatewayRef is immutable"))]
    pub gateway_ref: Reference,
    /// The IAM group's name; `rolegate-INSTALLATION-NAME` when absent. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9_+=,.@-]+$"))]
    pub group_name: Option<String>,
    /// IAM user names. The group has these members and no others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 5000),
        inner(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9_+=,.@-]+$"))
    )]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub members: Vec<String>,
    /// Whether the members may manage their own password, keys and MFA device.
    #[serde(default)]
    pub self_managed_credentials: SelfManagedCredentials,
}

/// Whether people manage their own credentials.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SelfManagedCredentials {
    /// The group carries the policy that lets members manage their own, and nothing else.
    Enabled,
    /// The group carries no such policy.
    #[default]
    Disabled,
}
