//! What a way requires of its caller: a conjunction of constraints on what the caller may choose, printed for people.

use rolegate_iam::policy::Operator;
use smol_str::SmolStr;
use std::fmt;

/// All of these must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirements(pub Vec<Requirement>);

/// One thing a caller must do or be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requirement {
    /// MFA, at most this many seconds ago. In a session made with MFA, or (where `in_call` says so) in the call itself.
    Mfa {
        /// Seconds.
        max_age: Option<u64>,
    },
    /// MFA parameters in the call itself; an MFA session does not do.
    MfaInCall,
    /// No MFA.
    NoMfa,
    /// A long-term access key without MFA.
    LongTermKey,
    /// Temporary credentials of a user, with or without MFA.
    TemporaryCredentials,
    /// A value that the caller chooses.
    Value(Constraint),
}

/// A condition on a key that the caller chooses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Constraint {
    /// The key.
    pub key: FreeKey,
    /// The operator, as in the policy.
    pub operator: Operator,
    /// The values, variables expanded.
    pub values: Vec<SmolStr>,
    /// Whether the condition must hold, or must not.
    pub holds: bool,
}

/// The keys that a caller chooses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FreeKey {
    /// `sts:ExternalId`.
    ExternalId,
    /// `sts:RoleSessionName`.
    SessionName,
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
