//! Statements prepared once for many questions: the names of their condition keys read, the exact ones of long lists of
//! resources found. Says the same as the statements themselves, only faster.

use crate::key::Key;
use rolegate_iam::Document;
use rolegate_iam::policy::{ResourceClause, Statement};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

/// Shorter lists are read faster as they are.
const LONG: usize = 8;

/// The prepared statements of one document, in its order.
#[derive(Debug)]
pub(crate) struct Prepared<'w>(Vec<PreparedStatement<'w>>);

/// One statement.
#[derive(Debug)]
pub(crate) struct PreparedStatement<'w> {
    /// Its `Resource`, where that is a long list.
    pub(crate) resources: Option<Resources<'w>>,
    /// The key of each of its conditions.
    pub(crate) keys: Vec<Key<'w>>,
}

/// The `Resource` of one statement.
#[derive(Debug)]
pub(crate) struct Resources<'w> {
    /// ARNs that match only themselves.
    pub(crate) exact: FxHashSet<&'w str>,
    pub(crate) patterns: Vec<&'w SmolStr>,
}

impl<'w> Prepared<'w> {
    /// Prepares a document.
    pub(crate) fn of(document: &'w Document) -> Self {
        Self(document.policy().statements.iter().map(PreparedStatement::of).collect())
    }

    pub(crate) fn statement(&self, index: usize) -> Option<&PreparedStatement<'w>> {
        self.0.get(index)
    }
}

impl<'w> PreparedStatement<'w> {
    fn of(statement: &'w Statement) -> Self {
        let resources = match &statement.resource {
            ResourceClause::Is(patterns) if patterns.len() >= LONG => {
                let (exact, patterns): (Vec<&SmolStr>, Vec<_>) =
                    patterns.iter().partition(|pattern| is_exact(pattern));
                Some(Resources { exact: exact.into_iter().map(SmolStr::as_str).collect(), patterns })
            }
            _ => None,
        };
        let keys = statement.conditions.iter().map(|condition| Key::of(&condition.key)).collect();
        Self { resources, keys }
    }
}

/// Whether a pattern matches only itself: no wildcard, no variable, and none of its six segments missing (§1.4).
fn is_exact(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '$']) && pattern.bytes().filter(|byte| *byte == b':').count() >= 5
}
