//! A document as held by IAM: its text and what was understood of it. Two are equal when they mean the same.

use super::{CanonicalPolicy, Fault, Policy, parse};
use std::sync::Arc;

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
    canonical: CanonicalPolicy,
}

impl Document {
    /// Reads JSON text. Never fails: what is not understood is in [`Policy::broken`] and in [`Document::faults`].
    pub fn parse(text: &str) -> Self {
        let (policy, faults) = parse::policy(text);
        let canonical = policy.canonical();
        Self { inner: Arc::new(Inner { text: text.to_owned(), policy, faults, canonical }) }
    }

    /// Prints a policy that was built, in canonical order of elements.
    pub fn from_policy(policy: Policy) -> Self {
        let text = policy.to_json();
        let canonical = policy.canonical();
        Self { inner: Arc::new(Inner { text, policy, faults: Vec::new(), canonical }) }
    }

    /// The JSON text.
    pub fn text(&self) -> &str {
        &self.inner.text
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
        &self.inner.canonical
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.inner.canonical == other.inner.canonical
    }
}

impl Eq for Document {}
