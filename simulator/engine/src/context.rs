//! Condition keys that a caller of the engine supplies, in three states: value, absent, unknown (§2.7, U26).

use smol_str::SmolStr;
use std::collections::BTreeMap;

/// The keys of one request beyond those of the caller and its environment, found ignoring case.
///
/// A key that was not given is *unknown*, never absent, unless its prefix was declared complete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    keys: BTreeMap<SmolStr, Entry>,
    complete: Vec<SmolStr>,
}

/// One state of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Absent,
    One(SmolStr),
    Many(Vec<SmolStr>),
}

impl Context {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a single-valued key.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<SmolStr>) -> Self {
        self.keys.insert(lower(key), Entry::One(value.into()));
        self
    }

    /// Sets a multivalued key.
    #[must_use]
    pub fn with_many<V: Into<SmolStr>>(mut self, key: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.keys.insert(lower(key), Entry::Many(values.into_iter().map(Into::into).collect()));
        self
    }

    /// Says that a key is absent from the request.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.keys.insert(lower(key), Entry::Absent);
        self
    }

    /// Says that every key that starts with this prefix and was not given is absent: the request is wholly known there.
    /// For an IAM call: `iam:`, `aws:RequestTag/`, `aws:ResourceTag/`, `aws:TagKeys`.
    #[must_use]
    pub fn complete(mut self, prefix: &str) -> Self {
        self.complete.push(lower(prefix));
        self
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        let key = lower(key);
        self.keys.get(&key).or_else(|| {
            self.complete.iter().any(|prefix| key.starts_with(prefix.as_str())).then_some(&Entry::Absent)
        })
    }
}

fn lower(key: &str) -> SmolStr {
    key.to_ascii_lowercase().into()
}
