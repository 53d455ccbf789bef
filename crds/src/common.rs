//! What several kinds share: references, label selectors, policies by name. Selects on labels; knows no object.
#![expect(unreachable_pub, reason = "KubeSchema copies each struct into a function, with its `pub`")]

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A reference to an object by name.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reference {
    /// The object's `metadata.name`.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub name: String,
}

/// The empty object `{}`: says that a member is chosen.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq, Default)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// A customer managed policy, by the name it has in every account where it is used.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagedPolicyRef {
    /// The policy's name, without its path.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9_+=,.@-]+$"))]
    pub name: String,
    /// The policy's path; `/` when absent.
    #[serde(default = "root_path")]
    #[schemars(length(min = 1, max = 512), regex(pattern = r"^/([A-Za-z0-9_+=,.@:-]+/)*$"))]
    pub path: String,
}

/// The most that a role may do, whatever its policies say.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PermissionsBoundary {
    /// A customer managed policy of the role's own account.
    pub customer_managed: ManagedPolicyRef,
}

/// What happens in AWS when the object goes.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletionPolicy {
    /// What was made stays, and is no longer Rolegate's.
    Retain,
    /// What was made is deleted.
    Delete,
}

/// A Kubernetes label selector: all of its parts must hold.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub struct LabelSelector {
    /// Labels that must have exactly these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub match_labels: BTreeMap<String, String>,
    /// Further requirements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub match_expressions: Vec<Requirement>,
}

/// One requirement of a label selector.
#[derive(Serialize, Deserialize, KubeSchema, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0").message("values are given for In and NotIn, and only for them"))]
pub struct Requirement {
    /// The label's key.
    #[schemars(length(min = 1, max = 317))]
    pub key: String,
    /// How its value is compared.
    pub operator: SelectorOperator,
    /// The values of `In` and `NotIn`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 63)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub values: Vec<String>,
}

/// How a label is compared.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectorOperator {
    /// The label is there, with one of the values.
    In,
    /// The label is not there, or has another value.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is not there.
    DoesNotExist,
}

impl LabelSelector {
    /// Whether labels satisfy every part.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        labels_match(&self.match_labels, &self.match_expressions, labels)
    }
}

/// Whether labels have all of `wanted` and satisfy all of `requirements`.
pub fn labels_match(
    wanted: &BTreeMap<String, String>,
    requirements: &[Requirement],
    labels: &BTreeMap<String, String>,
) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
        && requirements.iter().all(|requirement| requirement.matches(labels))
}

impl Requirement {
    /// Whether labels satisfy it.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        match self.operator {
            SelectorOperator::In => value.is_some_and(|value| self.values.contains(value)),
            SelectorOperator::NotIn => value.is_none_or(|value| !self.values.contains(value)),
            SelectorOperator::Exists => value.is_some(),
            SelectorOperator::DoesNotExist => value.is_none(),
        }
    }
}

pub(crate) fn root_path() -> String {
    "/".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_selector_means_what_it_means_in_kubernetes() {
        use SelectorOperator::{DoesNotExist, Exists, In, NotIn};
        let rule = |operator, values: &[&str]| Requirement {
            key: "team".into(),
            operator,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        let payments = labels(&[("team", "payments")]);
        let none = labels(&[]);
        for (requirement, on_payments, on_none) in [
            (rule(In, &["payments"]), true, false),
            (rule(In, &["web"]), false, false),
            (rule(NotIn, &["payments"]), false, true),
            (rule(NotIn, &["web"]), true, true),
            (rule(Exists, &[]), true, false),
            (rule(DoesNotExist, &[]), false, true),
        ] {
            assert_eq!(requirement.matches(&payments), on_payments, "{requirement:?}");
            assert_eq!(requirement.matches(&none), on_none, "{requirement:?}");
        }
        let both = LabelSelector {
            match_labels: payments.clone(),
            match_expressions: vec![rule(NotIn, &["payments"])],
        };
        assert!(!both.matches(&payments), "all parts must hold");
    }
}
