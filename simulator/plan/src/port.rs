//! The port between "what to do" and "who does it": observe an account, make sure of an absence, perform a step. Two
//! implementations exist: the AWS SDK (`controller/aws`) and the in-memory AWS in process (`controller`).

use crate::absence::{Entity, Presence};
use crate::refused::root_of;
use crate::step::Action;
use rolegate_iam::policy::Principal;
use rolegate_iam::snapshot::ManagedPolicy;
use rolegate_iam::{Account, AccountId, Partition, PolicyArn, RoleArn};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;

/// How an account is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrance {
    /// The `metadata.name` of the AWSAccount, for messages.
    pub name: String,
    /// The account.
    pub id: AccountId,
    /// Its partition.
    pub partition: Partition,
    /// Roles to assume in turn, beginning with the credentials at hand; the last is the management role of the account.
    /// Empty: the credentials at hand are of the account itself.
    pub roles: Vec<RoleArn>,
    /// The external id for the last of them.
    pub external_id: Option<String>,
}

/// One account as seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Its IAM; what could not be read is recorded in [`Account::collected`].
    pub account: Account,
    /// The AWS-managed policies that are attached in it, as far as they could be read.
    pub aws_managed: BTreeMap<PolicyArn, ManagedPolicy>,
}

/// What drives the reaction to an error: retry, condition, metric label. A closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorClass {
    /// AWS refuses the content; trying again is useless.
    Invalid,
    /// Something is there already, or was changed meanwhile: observe and plan anew.
    Conflict,
    /// Too many calls: slower.
    Throttled,
    /// No permission, or no valid credentials.
    Denied,
    /// What was just written is not visible everywhere yet.
    Propagating,
    /// A quota is full (`LimitExceeded` is this, never a throttle).
    Quota,
    /// No answer, or a server fault.
    Unavailable,
    /// Our own mistake, or an answer nobody expected.
    Bug,
}

impl ErrorClass {
    /// The word for messages and labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "Invalid",
            Self::Conflict => "Conflict",
            Self::Throttled => "Throttled",
            Self::Denied => "Denied",
            Self::Propagating => "Propagating",
            Self::Quota => "Quota",
            Self::Unavailable => "Unavailable",
            Self::Bug => "Bug",
        }
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why AWS did not do, or did not answer, what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{call} failed ({class}{}): {message}", code.as_ref().map(|code| format!(", {code}")).unwrap_or_default())]
pub struct Failure {
    /// The API operation, such as `CreateRole`.
    pub call: &'static str,
    /// What drives the reaction.
    pub class: ErrorClass,
    /// AWS's own code, when it answered.
    pub code: Option<String>,
    /// AWS's own message, or the cause of no answer; with the way out where there is one.
    pub message: String,
}

/// Who talks to AWS. Implementations keep sessions and limits; they decide nothing.
pub trait Port: Sync {
    /// Reads one account in bulk. What could not be read is recorded in the observation; an error means that nothing was.
    ///
    /// # Errors
    /// The account cannot be entered, or the first read failed.
    fn observe(&self, entrance: &Entrance) -> impl Future<Output = Result<Observation, Failure>> + Send;

    /// Asks for one thing by its name, because the bulk read does not show it.
    ///
    /// # Errors
    /// AWS refused, or did not answer: whether it is there is not known. A path-scoped permission is refused for what does not
    /// exist (§4.2).
    fn exists(
        &self,
        entrance: &Entrance,
        entity: &Entity,
    ) -> impl Future<Output = Result<Presence, Failure>> + Send;

    /// Performs one write.
    ///
    /// # Guarantees
    /// Idempotent: "no such entity" on a removal is success; a lost answer may be asked again.
    ///
    /// # Errors
    /// AWS refused, or did not answer; the write may then have happened.
    fn perform(
        &self,
        entrance: &Entrance,
        action: &Action,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

impl Failure {
    /// The principal that AWS refuses in a trust policy, as our policies write it. AWS tells it in the message alone (§4.3); an
    /// account id stands for the root of that account in the partition.
    pub fn refused_principal(&self, partition: Partition) -> Option<SmolStr> {
        if self.code.as_deref().is_none_or(|code| !code.starts_with("MalformedPolicyDocument")) {
            return None;
        }
        let (_, rest) = self.message.split_once("Invalid principal in policy: \"")?;
        let (_, rest) = rest.split_once("\":\"")?;
        let (text, _) = rest.split_once('"')?;
        match Principal::parse_aws(text) {
            Principal::Account { partition: None, id } => Some(root_of(partition, id)),
            _ => Some(text.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_principal_that_aws_refuses_is_read_from_its_message() {
        let root = "arn:aws:iam::666666666666:root";
        let invalid = |named: &str| format!("Invalid principal in policy: \"AWS\":\"{named}\"");
        for (code, message, principal) in [
            ("MalformedPolicyDocument", invalid(root), Some(root)),
            ("MalformedPolicyDocumentException", invalid(root), Some(root)),
            ("MalformedPolicyDocument", invalid("666666666666"), Some(root)),
            ("MalformedPolicyDocument", format!("{}; wait", invalid(root)), Some(root)),
            ("MalformedPolicyDocument", invalid("AIDAEXAMPLE"), Some("AIDAEXAMPLE")),
            ("MalformedPolicyDocument", "Invalid principal in policy".to_owned(), None),
            ("MalformedPolicyDocument", "This policy contains invalid Json".to_owned(), None),
            ("ValidationError", invalid(root), None),
        ] {
            let failure = Failure {
                call: "UpdateAssumeRolePolicy",
                class: ErrorClass::Propagating,
                code: Some(code.to_owned()),
                message,
            };
            assert_eq!(failure.refused_principal(Partition::Aws).as_deref(), principal, "{failure}");
        }
    }
}
