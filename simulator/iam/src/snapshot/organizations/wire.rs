//! The JSON that the Organizations commands of the AWS CLI print, as it is. Knows no model type.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// `describe-organization`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Described {
    pub(super) organization: Organization,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Organization {
    pub(super) id: String,
    pub(super) feature_set: String,
    pub(super) master_account_id: String,
}

/// `list-roots`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Roots {
    pub(super) roots: Vec<Root>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Root {
    pub(super) id: String,
    #[serde(default)]
    pub(super) policy_types: Vec<PolicyType>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct PolicyType {
    #[serde(rename = "Type")]
    pub(super) kind: String,
    pub(super) status: String,
}

/// `list-organizational-units-for-parent`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Units {
    pub(super) organizational_units: Vec<Named>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Named {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
}

/// `list-accounts`, `list-accounts-for-parent`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Accounts {
    pub(super) accounts: Vec<Account>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Account {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<String>,
    /// What newer releases print instead of `Status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<String>,
}

/// `list-parents`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Parents {
    pub(super) parents: Vec<Identified>,
}

/// `list-children`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Children {
    pub(super) children: Vec<Identified>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Identified {
    pub(super) id: String,
}

/// `list-policies-for-target`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Policies {
    pub(super) policies: Vec<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Summary {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(rename = "Type")]
    pub(super) kind: String,
}

/// `describe-policy`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct DescribedPolicy {
    pub(super) policy: Policy,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an object")]
pub(super) struct Policy {
    pub(super) policy_summary: Summary,
    /// JSON text; an object is taken too.
    pub(super) content: Box<RawValue>,
}
