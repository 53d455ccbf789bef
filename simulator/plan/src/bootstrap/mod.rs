//! What the role through which an account is managed may do, so that IAM itself enforces ownership: the policy that
//! `rolegate bootstrap` prints (facts §4.1, §4.5; the condition keys are those of IAM's service authorization reference).
//! Decides nothing about what is done in an account: see [`crate::observed`] for what is ours.
//!
//! Three things rest on documentation that no live test of ours has confirmed. `aws:ResourceTag` holds the tags of the request
//! while a role is created (AWS's page on global condition keys says so), without which `iam:TagRole` would refuse what
//! `iam:CreateRole` allows: then nothing is created, so the error is on the safe side. Policies cannot limit what an inline
//! or managed policy says, so in a gateway the holder of this role can give users and machines rights in that account.
//! And no condition can compare the owner tag with the name of the role that it sits on: [`crate::observed::owner`] does.

mod calls;
mod statements;

pub use calls::{Call, KeyValue, calls, calls_undeclared};

use crate::naming::Installation;
use crate::validate::{Management, PolicyRef, ValidAccount, ValidRole, Validated};
use rolegate_iam::{Document, Partition, Policy, Statement};
use smol_str::{SmolStr, format_smolstr};
use std::collections::BTreeSet;

/// IAM's size of a managed policy, in characters that are not white space (§3.2).
const POLICY_SIZE: usize = 6144;

/// What a management role is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An account in which people sign in; it may be entered like any other.
    Gateway,
    /// An account that people enter.
    Target,
}

/// What one account asks of its management role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagementRole {
    /// Whose things it manages.
    pub installation: Installation,
    /// What the account is.
    pub kind: Kind,
    /// Its name, path, external id, and the roles before it.
    pub management: Management,
    /// The boundaries of the roles that it may make.
    pub boundaries: Boundaries,
}

/// The permissions boundaries that roles of ours have in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundaries {
    /// All of them.
    pub policies: BTreeSet<PolicyRef>,
    /// Whether every role has one.
    pub rule: BoundaryRule,
}

/// Whether a role of ours may be without a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoundaryRule {
    /// Every role that may be bound in the account declares one, or the account does for it.
    Always,
    /// Some role that may be bound in the account has none.
    Sometimes,
}

/// The account and partition as they are to stand in ARNs: digits and a word, or whatever a template language puts there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The partition, such as `aws`.
    pub partition: SmolStr,
    /// The account, such as `111111111111`.
    pub account: SmolStr,
}

impl Place {
    /// The account itself.
    pub fn of(account: &ValidAccount) -> Self {
        let partition: Partition = account.partition;
        Self { partition: format_smolstr!("{partition}"), account: format_smolstr!("{}", account.id) }
    }

    /// An ARN of IAM in the account: what follows its last colon is given.
    fn arn(&self, rest: &str) -> String {
        let Self { partition, account } = self;
        format!("arn:{partition}:iam::{account}:{rest}")
    }

    /// A customer managed policy, by its path and name.
    fn policy(&self, path: impl std::fmt::Display, name: impl std::fmt::Display) -> String {
        self.arn(&format!("policy{path}{name}"))
    }
}

impl ManagementRole {
    /// What a declared account asks for.
    pub fn of(all: &Validated, account: &ValidAccount) -> Self {
        let kind = if account.gateway.is_some() { Kind::Target } else { Kind::Gateway };
        Self {
            installation: Installation::new(&all.installation),
            kind,
            management: account.management.clone(),
            boundaries: boundaries(all, account),
        }
    }

    /// The statements, those of one subject under one Sid.
    pub fn statements(&self, place: &Place) -> Vec<Statement> {
        statements::of(self, place)
    }

    /// The policy, in as few documents as IAM's quota for managed policies lets it fit, in a stable order.
    pub fn documents(&self, place: &Place) -> Vec<Document> {
        let mut documents = Vec::new();
        let mut open: Vec<Statement> = Vec::new();
        for statement in self.statements(place) {
            let mut more = open.clone();
            more.push(statement.clone());
            if Document::from_policy(Policy::new(more.clone())).size() <= POLICY_SIZE || open.is_empty() {
                open = more;
            } else {
                documents.push(Document::from_policy(Policy::new(open)));
                open = vec![statement];
            }
        }
        documents.push(Document::from_policy(Policy::new(open)));
        documents
    }
}

/// What the account lets anybody bind in it.
fn consented<'a>(all: &'a Validated, account: &'a ValidAccount) -> impl Iterator<Item = &'a ValidRole> {
    let consents =
        |name: &str, labels| account.allowed.iter().any(|entry| entry.roles.contains(name, labels));
    all.roles.values().filter(move |role| consents(&role.name, &role.labels))
}

/// The boundaries of whatever the account lets anybody bind in it.
fn boundaries(all: &Validated, account: &ValidAccount) -> Boundaries {
    let effective: Vec<Option<&PolicyRef>> = consented(all, account)
        .map(|role| role.boundary.as_ref().or(account.role_boundary.as_ref()))
        .collect();
    let always =
        effective.iter().all(Option::is_some) && (account.role_boundary.is_some() || !effective.is_empty());
    Boundaries {
        policies: effective.into_iter().flatten().chain(&account.role_boundary).cloned().collect(),
        rule: if always { BoundaryRule::Always } else { BoundaryRule::Sometimes },
    }
}

#[cfg(test)]
mod tests;
