//! Examples of the writes that Rolegate makes in an account, each with the resource and condition keys that IAM would see, so
//! that a simulation can tell whether they are allowed. What is allowed is said by [`super::statements`].

use super::{Boundaries, BoundaryRule, Kind, ManagementRole, Place, consented};
use crate::naming::{CLAIM_POLICY, DORMANT_TAG, Installation, OWNER_TAG, SELF_MANAGEMENT_POLICY};
use crate::validate::{PolicyRef, ValidAccount, Validated};
use rolegate_iam::{AccountId, Partition};
use smol_str::format_smolstr;
use std::collections::BTreeSet;

/// Actions that are asked about together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Such as `iam:CreateRole`.
    pub actions: Vec<&'static str>,
    /// The ARN of what they are done to.
    pub resource: String,
    /// The condition keys that the requests carry.
    pub keys: Vec<(String, KeyValue)>,
}

/// The value of a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyValue {
    /// Of a key that has one.
    One(String),
    /// Of a key that may have several, such as `aws:TagKeys`.
    Many(Vec<String>),
}

/// Names of things of which the manifests name none.
const NOBODY: &str = "rolegate-preflight";

/// What stands for things of a kind; names of declared things where there are any, so that a policy of somebody's own that is
/// made for just these is not found wanting.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Examples {
    /// Path and name of a role that may be bound in the account.
    role: String,
    /// A group of the gateway.
    group: String,
    /// A member of that group.
    user: String,
}

impl Default for Examples {
    fn default() -> Self {
        Self { role: format!("/{NOBODY}"), group: NOBODY.to_owned(), user: NOBODY.to_owned() }
    }
}

/// The writes that the management role of a declared account must be allowed, by example.
pub fn calls(all: &Validated, account: &ValidAccount) -> Vec<Call> {
    let ManagementRole { installation, kind, management: _, boundaries } = ManagementRole::of(all, account);
    let (examples, place) = (examples(all, account), Place::of(account));
    let names =
        Names { installation: &installation, boundaries: &boundaries, examples: &examples, place: &place };
    let mut calls = names.roles();
    calls.extend(names.removals());
    if kind == Kind::Gateway {
        calls.extend(names.gateway());
    }
    calls
}

/// Something of each kind that is declared for the account.
fn examples(all: &Validated, account: &ValidAccount) -> Examples {
    let none = Examples::default();
    let role = consented(all, account).next().map(|role| format!("{}{}", role.path, role.role_name));
    let group = all.groups.values().find(|group| group.gateway == account.name);
    let user = group.and_then(|group| group.members.first());
    Examples {
        role: role.unwrap_or(none.role),
        group: group.map_or(none.group, |group| group.group_name.to_string()),
        user: user.map_or(none.user, ToString::to_string),
    }
}

/// The same for an account that no manifest declares: one to enter, whose roles have no boundary.
pub fn calls_undeclared(installation: &str, partition: Partition, account: AccountId) -> Vec<Call> {
    let names = Names {
        installation: &Installation::new(installation),
        boundaries: &Boundaries { policies: BTreeSet::new(), rule: BoundaryRule::Sometimes },
        examples: &Examples::default(),
        place: &Place { partition: format_smolstr!("{partition}"), account: format_smolstr!("{account}") },
    };
    names.roles().into_iter().chain(names.removals()).collect()
}

/// The names of one account's things.
struct Names<'a> {
    installation: &'a Installation,
    boundaries: &'a Boundaries,
    examples: &'a Examples,
    place: &'a Place,
}

impl Names<'_> {
    fn policy(&self, name: &str) -> String {
        self.place.policy(self.installation.path(), name)
    }

    fn a_role(&self) -> String {
        self.place.arn(&format!("role{}", self.examples.role))
    }

    fn a_group(&self) -> String {
        self.place.arn(&format!("group{}{}", self.installation.path(), self.examples.group))
    }

    fn a_user(&self) -> String {
        self.place.arn(&format!("user/{}", self.examples.user))
    }

    /// The owner tag of the example role, under one of the keys that hold tags.
    fn owner(&self, prefix: &str) -> (String, KeyValue) {
        let name = self.examples.role.rsplit('/').next().unwrap_or_default();
        let value = format!("{}/{NOBODY}/{}/{name}", self.installation.as_str(), self.place.account);
        (format!("{prefix}{OWNER_TAG}"), KeyValue::One(value))
    }

    fn on_ours(&self, actions: Vec<&'static str>) -> Call {
        Call { actions, resource: self.a_role(), keys: vec![self.owner("aws:ResourceTag/")] }
    }

    fn policy_key(arn: String) -> (String, KeyValue) {
        ("iam:PolicyARN".to_owned(), KeyValue::One(arn))
    }

    fn boundary(&self, policy: &PolicyRef) -> String {
        self.place.policy(&policy.path, &policy.name)
    }

    /// Making roles, giving to them, changing them: with each boundary that there is, and without where that may be.
    fn roles(&self) -> Vec<Call> {
        let boundaries = self.boundaries;
        let free = (boundaries.rule == BoundaryRule::Sometimes).then_some(None);
        let mut calls = Vec::new();
        for boundary in free.into_iter().chain(boundaries.policies.iter().map(Some)) {
            let key = boundary
                .map(|policy| ("iam:PermissionsBoundary".to_owned(), KeyValue::One(self.boundary(policy))));
            let mut create = self.on_ours(vec!["iam:CreateRole", "iam:TagRole"]);
            create.keys.push(self.owner("aws:RequestTag/"));
            create.keys.push(tag_keys(OWNER_TAG));
            create.keys.extend(key.clone());
            let binding = match boundary {
                Some(_) => "iam:PutRolePermissionsBoundary",
                None => "iam:DeleteRolePermissionsBoundary",
            };
            let mut give = self.on_ours(vec!["iam:AttachRolePolicy", "iam:PutRolePolicy", binding]);
            let of_aws = format!("arn:{}:iam::aws:policy/ReadOnlyAccess", self.place.partition);
            give.keys.push(Self::policy_key(of_aws));
            give.keys.extend(key);
            calls.extend([create, give]);
        }
        let mut change = self.on_ours(vec![
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
        ]);
        let of_aws = format!("arn:{}:iam::aws:policy/ReadOnlyAccess", self.place.partition);
        change.keys.push(Self::policy_key(of_aws));
        let mut sleep = self.on_ours(vec!["iam:TagRole"]);
        sleep.keys.push((
            format!("aws:RequestTag/{DORMANT_TAG}"),
            KeyValue::One("2026-01-31T08:00:00Z".to_owned()),
        ));
        sleep.keys.push(tag_keys(DORMANT_TAG));
        let mut wake = self.on_ours(vec!["iam:UntagRole"]);
        wake.keys.push(tag_keys(DORMANT_TAG));
        calls.extend([change, sleep, wake]);
        calls
    }

    /// The claim, and taking our policies off whoever bears them.
    fn removals(&self) -> Vec<Call> {
        let claim = Call {
            actions: vec!["iam:CreatePolicy", "iam:DeletePolicy", "iam:DeletePolicyVersion"],
            resource: self.policy(CLAIM_POLICY),
            keys: Vec::new(),
        };
        let off = |action, resource| Call {
            actions: vec![action],
            resource,
            keys: vec![Self::policy_key(self.policy(&format!("user-{NOBODY}-1")))],
        };
        vec![
            claim,
            off("iam:DetachGroupPolicy", self.place.arn(&format!("group/{NOBODY}"))),
            off("iam:DetachRolePolicy", self.place.arn(&format!("role/{NOBODY}"))),
            off("iam:DetachUserPolicy", self.place.arn(&format!("user/{NOBODY}"))),
        ]
    }

    fn gateway(&self) -> Vec<Call> {
        let Examples { role: _, group, user } = self.examples;
        let plain = |actions: &[&'static str], resource| Call {
            actions: actions.to_vec(),
            resource,
            keys: Vec::new(),
        };
        let write = ["iam:CreatePolicy", "iam:CreatePolicyVersion"];
        let mut groups = plain(
            &[
                "iam:AddUserToGroup",
                "iam:AttachGroupPolicy",
                "iam:CreateGroup",
                "iam:DeleteGroupPolicy",
                "iam:DetachGroupPolicy",
                "iam:PutGroupPolicy",
                "iam:RemoveUserFromGroup",
            ],
            self.a_group(),
        );
        groups.keys.push(Self::policy_key(self.policy(&format!("group-{group}-1"))));
        let mut users = plain(&["iam:AttachUserPolicy"], self.a_user());
        users.keys.push(Self::policy_key(self.policy(&format!("user-{user}-1"))));
        let mut machines = plain(&["iam:AttachRolePolicy"], self.place.arn(&format!("role/{NOBODY}")));
        machines.keys.push(Self::policy_key(self.policy(&format!("role-{NOBODY}-1"))));
        let key = self.installation.membership_tag();
        let mut mark = plain(&["iam:TagUser"], self.a_user());
        mark.keys.push((format!("aws:RequestTag/{key}"), KeyValue::One(format!(":{group}:"))));
        mark.keys.push(tag_keys(&key));
        let mut unmark = plain(&["iam:UntagUser"], self.a_user());
        unmark.keys.push(tag_keys(&key));
        vec![
            plain(&write, self.policy(&format!("group-{group}-1"))),
            plain(&write, self.policy(SELF_MANAGEMENT_POLICY)),
            groups,
            users,
            machines,
            mark,
            unmark,
        ]
    }
}

fn tag_keys(key: &str) -> (String, KeyValue) {
    ("aws:TagKeys".to_owned(), KeyValue::Many(vec![key.to_owned()]))
}
