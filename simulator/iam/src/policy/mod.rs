//! The policy language (§1): the model of a document, built by [`parse`], compared by [`canonical`], printed by [`mod@write`].
//!
//! Nothing here evaluates. A statement that cannot be understood is kept as [`Broken`], so that no reader can mistake
//! "not understood" for "not there".

mod build;
pub mod canonical;
pub mod condition;
mod document;
pub mod parse;
pub mod principal;
pub mod validate;
pub mod write;

#[cfg(test)]
mod tests;

pub use canonical::{CanonicalPolicy, CanonicalStatement};
pub use condition::{BaseOperator, Condition, Operator, SetOperator};
pub use document::Document;
pub use validate::{DocumentKind, validate};

use crate::account::{AccountId, Partition};
use crate::arn::{RoleArn, SessionArn, UserArn};
use smol_str::SmolStr;

/// Where in its source text something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Line of the first byte, from 1; 0 for what was built rather than read.
    pub line: u32,
    /// Column of the first byte in characters, from 1; 0 for what was built rather than read.
    pub column: u32,
}

/// Something wrong in a document: where, what, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// Whether IAM would refuse the document. Whether a statement can be evaluated is another question: see [`Policy::broken`].
    pub severity: Severity,
    /// What is wrong, lower case, no full stop.
    pub message: String,
    /// What to write instead; empty when there is nothing to say.
    pub help: String,
}

/// How bad a [`Fault`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Legal, and probably not what was meant.
    Lint,
    /// IAM would refuse the document.
    Error,
}

/// The `Version` of a document. A missing one is `V2008` (§1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `2008-10-17`: policy variables are literal text.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// A policy document as understood.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The language version.
    pub version: Version,
    /// The statements that were understood, in order.
    pub statements: Vec<Statement>,
    /// The statements (or the whole document) that were not.
    pub broken: Vec<Broken>,
}

/// A statement that could not be understood: it may allow or deny anything, so answers that depend on it are not certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its effect, when at least that was readable.
    pub effect: Option<Effect>,
    /// Where it stands.
    pub span: Span,
    /// Why it was not understood.
    pub reason: String,
    /// Its text: two broken statements are equal in meaning only if they are the same text.
    pub source: String,
}

/// `Effect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// `Allow`.
    Allow,
    /// `Deny`.
    Deny,
}

/// One statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// `Sid`; an empty one is none (§1.1).
    pub sid: Option<SmolStr>,
    /// `Effect`.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`.
    pub principal: PrincipalClause,
    /// `Action` or `NotAction`.
    pub action: ActionClause,
    /// `Resource` or `NotResource`.
    pub resource: ResourceClause,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
    /// Where it stands.
    pub span: Span,
}

/// `Principal` and `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalClause {
    /// Neither is present (identity policies).
    Absent,
    /// `Principal`: any of these.
    Is(Vec<Principal>),
    /// `NotPrincipal`: none of these.
    IsNot(Vec<Principal>),
}

/// One entry of `Principal` (§1.2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// `{"AWS": "*"}`, every AWS principal.
    Any,
    /// The bare string `"*"`, which IAM refuses in trust policies; read as [`Principal::Any`], with a fault.
    BareStar,
    /// An account: `111111111111` (partition of the role) or `arn:P:iam::111111111111:root`.
    Account {
        /// Given only by the ARN form.
        partition: Option<Partition>,
        /// The account.
        id: AccountId,
    },
    /// A user by ARN.
    User(UserArn),
    /// A role by ARN: every session of it.
    Role(RoleArn),
    /// Exactly one role session name.
    Session(SessionArn),
    /// `AIDA…` or `AROA…`: a user or role by unique id, perhaps one that is gone.
    UniqueId(SmolStr),
    /// `arn:…:sts::A:federated-user/NAME`.
    FederatedUser(SmolStr),
    /// `{"Service": "ec2.amazonaws.com"}`.
    Service(SmolStr),
    /// `{"Federated": …}`: a SAML or OIDC provider's ARN, or a built-in provider's host name.
    Federated(SmolStr),
    /// `{"CanonicalUser": …}`; never valid in a trust policy.
    CanonicalUser(SmolStr),
    /// Anything IAM would refuse (a group, a partial wildcard, …): matches nobody, and is a fault.
    Invalid(SmolStr),
}

/// `Action` and `NotAction`: patterns as written; compared ignoring case (§1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionClause {
    /// Any of these.
    Is(Vec<SmolStr>),
    /// None of these.
    IsNot(Vec<SmolStr>),
}

/// `Resource` and `NotResource`: patterns as written (§1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceClause {
    /// Neither is present (trust policies).
    Absent,
    /// Any of these.
    Is(Vec<SmolStr>),
    /// None of these.
    IsNot(Vec<SmolStr>),
}
