//! Tags of users and roles: the key keeps its case, and is found ignoring case (§1.5, §2.7).

use smol_str::SmolStr;
use std::collections::BTreeMap;

/// A set of tags with keys that are unique ignoring case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(BTreeMap<SmolStr, (SmolStr, SmolStr)>);

impl Tags {
    /// No tags.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of the tag, whatever the case of its key.
    pub fn get(&self, key: &str) -> Option<&str> {
        // AWS allows fifty tags: a walk is faster than a key in lower case.
        self.0.values().find(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }

    /// Adds a tag, or replaces the one whose key differs at most in case (the new spelling is kept, U20).
    pub fn set(&mut self, key: &str, value: &str) {
        self.0.insert(key.to_ascii_lowercase().into(), (key.into(), value.into()));
    }

    /// Removes the tag, whatever the case of its key.
    pub fn remove(&mut self, key: &str) {
        self.0.remove(key.to_ascii_lowercase().as_str());
    }

    /// Keys as written, with values, ordered by lower-case key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.values().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: AsRef<str>, V: AsRef<str>> FromIterator<(K, V)> for Tags {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut tags = Self::new();
        for (key, value) in pairs {
            tags.set(key.as_ref(), value.as_ref());
        }
        tags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_ignoring_case_and_replaced() {
        let mut tags: Tags = [("Team", "a")].into_iter().collect();
        tags.set("team", "b");
        assert_eq!(tags.get("TEAM"), Some("b"));
        assert_eq!(tags.iter().collect::<Vec<_>>(), [("team", "b")]);
        tags.remove("tEAM");
        assert!(tags.is_empty());
    }
}
