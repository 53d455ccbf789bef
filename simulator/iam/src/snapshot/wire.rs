//! The JSON that the AWS CLI prints, as it is: names and shapes of IAM's API (§4.4). Knows no model type.
#![expect(clippy::struct_field_names, reason = "the names are IAM's, such as `UserName` of `User`")]

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// `get-account-authorization-details`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_detail_list: Option<Vec<User>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group_detail_list: Option<Vec<Group>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role_detail_list: Option<Vec<Role>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policies: Option<Vec<ManagedPolicy>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_truncated: Option<bool>,
    /// What the CLI prints when it was told to stop early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct User {
    pub(super) path: String,
    pub(super) user_name: String,
    pub(super) user_id: String,
    pub(super) arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) create_date: Option<String>,
    #[serde(default)]
    pub(super) user_policy_list: Vec<Inline>,
    #[serde(default)]
    pub(super) group_list: Vec<String>,
    #[serde(default)]
    pub(super) attached_managed_policies: Vec<Attached>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) permissions_boundary: Option<Boundary>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Group {
    pub(super) path: String,
    pub(super) group_name: String,
    pub(super) group_id: String,
    pub(super) arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) create_date: Option<String>,
    #[serde(default)]
    pub(super) group_policy_list: Vec<Inline>,
    #[serde(default)]
    pub(super) attached_managed_policies: Vec<Attached>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Role {
    pub(super) path: String,
    pub(super) role_name: String,
    pub(super) role_id: String,
    pub(super) arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) create_date: Option<String>,
    pub(super) assume_role_policy_document: Box<RawValue>,
    #[serde(default)]
    pub(super) instance_profile_list: Vec<InstanceProfile>,
    #[serde(default)]
    pub(super) role_policy_list: Vec<Inline>,
    #[serde(default)]
    pub(super) attached_managed_policies: Vec<Attached>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) permissions_boundary: Option<Boundary>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct ManagedPolicy {
    pub(super) policy_name: String,
    pub(super) policy_id: String,
    pub(super) arn: String,
    pub(super) path: String,
    pub(super) default_version_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) policy_version_list: Vec<Version>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Version {
    pub(super) document: Box<RawValue>,
    pub(super) version_id: String,
    pub(super) is_default_version: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) create_date: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Inline {
    pub(super) policy_name: String,
    pub(super) policy_document: Box<RawValue>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Attached {
    pub(super) policy_name: String,
    pub(super) policy_arn: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Boundary {
    #[serde(default)]
    pub(super) permissions_boundary_type: String,
    pub(super) permissions_boundary_arn: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct InstanceProfile {
    pub(super) instance_profile_name: String,
}

/// `list-roles`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Roles {
    pub(super) roles: Vec<RoleSettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_truncated: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

/// One entry of `list-roles`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct RoleSettings {
    pub(super) path: String,
    pub(super) role_name: String,
    pub(super) role_id: String,
    pub(super) arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) create_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assume_role_policy_document: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_session_duration: Option<u32>,
}

/// `get-account-summary`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Summary {
    pub(super) summary_map: BTreeMap<String, i64>,
}

/// A whole snapshot in one file; ours, so unknown members are refused.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
pub(super) struct Snapshot {
    pub(super) accounts: Pairs<Account>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) aws_managed_policies: Option<Vec<ManagedPolicy>>,
    /// Each an object of outputs of Organizations commands by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) organizations: Vec<BTreeMap<String, Box<RawValue>>>,
}

/// One account of a snapshot file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
pub(super) struct Account {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) partition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) collected_at: Option<String>,
    /// `none`, when the account is in no organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) organization: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) parts: BTreeMap<String, Part>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) details: Option<Details>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) roles: Option<Roles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) summary: Option<Summary>,
}

/// What is known of one part beyond what `collectedAt` says; `{}` is a part read at an unknown time.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
pub(super) struct Part {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) collected_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_collected: Option<String>,
}

/// `account.json` of a snapshot folder; ours, so unknown members are refused.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
pub(super) struct AccountHeader {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) partition: Option<String>,
    pub(super) collected_at: Option<String>,
    /// `none`, when the account is in no organization.
    pub(super) organization: Option<String>,
}

/// The members of an object in order, repeated ones included, so that a repetition can be reported.
pub(super) struct Pairs<T>(pub(super) Vec<(String, T)>);

impl<T: Serialize> Serialize for Pairs<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for InOrder<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(InOrder(PhantomData))
    }
}
