//! Who can reach a role: backwards from the target, over sessions, with what each way requires (design §8).
//!
//! The search is symbolic: what a caller may choose becomes a requirement, what is a fact of the caller is decided, what is
//! not known makes the path possible. Nothing is dropped because it could not be seen.

mod candidates;
mod entry;
mod formula;
mod free;
mod guard;
mod merge;
mod others;
mod path;
mod requirement;
mod solve;
mod symbolic;
mod witness;

pub use path::{who_can, who_can_enter};
pub use requirement::{Constraint, Credentials, FreeKey, Requirement, Requirements};
pub use witness::{Call, witness};

use crate::decision::{Doubt, StatementRef};
use crate::settings::Settings;
use jiff::Timestamp;
use rolegate_iam::{AccountId, RoleArn, UserArn};
use smol_str::SmolStr;
use std::fmt;

/// How to search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchOptions {
    /// How many hops a path may have.
    pub max_hops: usize,
    /// How many (principal, role) pairs may be looked at; when it is hit, [`Answer::limit`] says so.
    pub budget: usize,
    /// The instant the question is about; `None` leaves time free, so that windows become requirements.
    pub time: Option<Timestamp>,
    /// The open points of §8.
    pub settings: Settings,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self { max_hops: 4, budget: 1_000_000, time: None, settings: Settings::default() }
    }
}

/// Who can reach a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// One per origin and set of requirements, shortest first.
    pub paths: Vec<Path>,
    /// What was not collected and may hold further paths.
    pub doubts: Vec<Doubt>,
    /// What stopped the search before its end; the budget, where both did.
    pub limit: Option<Limit>,
}

/// What stopped a search before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// [`SearchOptions::max_hops`]: there are further paths, all of them longer.
    Hops,
    /// [`SearchOptions::budget`]: there may be further paths of any length.
    Budget,
}

/// One way to the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// From the origin to the target; never empty.
    pub hops: Vec<Hop>,
    /// Whether AWS would certainly let it through when the requirements are met.
    pub certainty: Certainty,
}

/// Whether a path is certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certainty {
    /// It is.
    Certain,
    /// It depends on these.
    Possible(Vec<Doubt>),
}

/// One AssumeRole call of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Who calls.
    pub from: PrincipalRef,
    /// The role that is entered.
    pub to: RoleArn,
    /// What this call must meet, all of it.
    pub requirements: Requirements,
    /// The statement of the trust policy that lets it in.
    pub trust_by: StatementRef,
    /// The statement of the caller's own policies, where one is needed and could be seen.
    pub identity_by: Option<StatementRef>,
}

/// A principal, or a set of principals that cannot be told apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrincipalRef {
    /// A user.
    User(UserArn),
    /// A session of a role.
    Role(RoleArn),
    /// Anyone in an account whose own policies cannot be seen, whom its administrators allow.
    AnyoneIn(AccountId),
    /// Anyone in any account that is not in the snapshot, whom its administrators allow.
    Anyone,
    /// An AWS service.
    Service(SmolStr),
    /// Whoever a SAML or OIDC provider vouches for.
    Federated(SmolStr),
    /// A principal of a trust policy that is not understood.
    Other(SmolStr),
}

impl fmt::Display for PrincipalRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(arn) => write!(f, "{arn}"),
            Self::Role(arn) => write!(f, "{arn}"),
            Self::AnyoneIn(account) => write!(f, "anyone in account {account} whom its administrators allow"),
            Self::Anyone => f.write_str("anyone in any other account whom its administrators allow"),
            Self::Service(name) => write!(f, "the service {name}"),
            Self::Federated(name) => write!(f, "the identity provider {name}"),
            Self::Other(what) => write!(f, "whoever is meant by {what}"),
        }
    }
}

/// Everybody who can enter `target` in one hop, with the requirements of each way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who.
    pub from: PrincipalRef,
    /// What the call must meet, all of it.
    pub requirements: Requirements,
    /// Whether AWS would certainly let it through when the requirements are met.
    pub certainty: Certainty,
    /// The statement of the trust policy.
    pub trust_by: StatementRef,
    /// The statement of the caller's own policies, where one is needed and could be seen.
    pub identity_by: Option<StatementRef>,
}
