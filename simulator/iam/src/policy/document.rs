//! A document as held by IAM: its text and what was understood of it. Two are equal when they mean the same.

use super::{CanonicalPolicy, Fault, Policy, parse};
use std::sync::{Arc, OnceLock};

/// A policy document: the text that AWS holds, its meaning, and what is wrong with it.
///
/// Equality is equality of meaning ([`Policy::canonical`]), never of text.
#[derive(Debug, Clone)]
pub struct Document {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    text: String,
    policy: Policy,
    faults: Vec<Fault>,
    /// Made when it is first asked for: most documents are only evaluated.
    canonical: OnceLock<CanonicalPolicy>,
}

impl Document {
    /// Reads JSON text. Never fails: what is not understood is in [`Policy::broken`] and in [`Document::faults`].
    pub fn parse(text: &str) -> Self {
        let (policy, faults) = parse::policy(text);
        Self { inner: Arc::new(Inner { text: text.to_owned(), policy, faults, canonical: OnceLock::new() }) }
    }

    /// Prints a policy that was built, in canonical order of elements.
    pub fn from_policy(policy: Policy) -> Self {
        let text = policy.to_json();
        Self { inner: Arc::new(Inner { text, policy, faults: Vec::new(), canonical: OnceLock::new() }) }
    }

    /// The JSON text.
    pub fn text(&self) -> &str {
        &self.inner.text
    }

    /// How many characters AWS counts against its size quotas (§3.2): all but white space outside JSON strings (U13).
    pub fn size(&self) -> usize {
        let (mut in_string, mut escaped, mut size) = (false, false, 0);
        for c in self.inner.text.chars() {
            let counts = in_string || !c.is_whitespace();
            size += usize::from(counts);
            in_string = if escaped || c != '"' { in_string } else { !in_string };
            escaped = in_string && !escaped && c == '\\';
        }
        size
    }

    /// What was understood.
    pub fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    /// What is wrong with it.
    pub fn faults(&self) -> &[Fault] {
        &self.inner.faults
    }

    /// The meaning, for comparison.
    pub fn canonical(&self) -> &CanonicalPolicy {
        self.inner.canonical.get_or_init(|| self.inner.policy.canonical())
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.canonical() == other.canonical()
    }
}

impl Eq for Document {}
