//! [`Policy`] to JSON text as AWS would print it.

use super::Policy;

impl Policy {
    /// Compact JSON in AWS's usual order of elements (`Version`, `Statement`; `Sid`, `Effect`, `Principal`, `Action`,
    /// `Resource`, `Condition`). Reading it gives a policy of the same meaning.
    pub fn to_json(&self) -> String {
        todo!()
    }
}
