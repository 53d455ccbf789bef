//! Canonical form: two policies with the same canonical form mean the same to AWS (§4.3). The reverse is not promised.

use super::{Policy, Statement};
use std::collections::BTreeSet;

/// The meaning of a policy, independent of spelling: scalar or list, order, root ARN or account id, case of action names
/// and of condition keys, `Sid`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalPolicy {
    /// Whether policy variables are expanded; `true` where no statement holds one, because then it does not matter.
    pub variables: bool,
    /// The statements as a set: order and repetition do not matter.
    pub statements: BTreeSet<CanonicalStatement>,
}

/// One statement in canonical form: compact JSON with sorted members, without `Sid`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalStatement(pub String);

impl Policy {
    /// The canonical form.
    pub fn canonical(&self) -> CanonicalPolicy {
        todo!()
    }
}

impl Statement {
    /// The canonical form of one statement; the source of the Sids that Rolegate writes.
    pub fn canonical(&self) -> CanonicalStatement {
        todo!()
    }
}
