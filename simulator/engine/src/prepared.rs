//! Statements prepared once for many questions: the keys and values of their conditions read, the exact ones of long lists of
//! resources found. Says the same as the statements themselves, only faster.

use crate::key::Key;
use crate::variables::Value;
use rolegate_iam::Document;
use rolegate_iam::policy::{ResourceClause, Statement, Version};
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
    /// Each of its conditions.
    pub(crate) conditions: Vec<PreparedCondition<'w>>,
}

/// The key and the values of one condition.
#[derive(Debug)]
pub(crate) struct PreparedCondition<'w> {
    pub(crate) key: Key<'w>,
    pub(crate) values: Vec<Value<'w>>,
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
        let policy = document.policy();
        let prepare = |statement| PreparedStatement::of(statement, policy.version);
        Self(policy.statements.iter().map(prepare).collect())
    }

    pub(crate) fn statement(&self, index: usize) -> Option<&PreparedStatement<'w>> {
        self.0.get(index)
    }
}

impl<'w> PreparedStatement<'w> {
    fn of(statement: &'w Statement, version: Version) -> Self {
        let resources = match &statement.resource {
            ResourceClause::Is(patterns) if patterns.len() >= LONG => {
                let (exact, patterns): (Vec<&SmolStr>, Vec<_>) =
                    patterns.iter().partition(|pattern| is_exact(pattern));
                Some(Resources { exact: exact.into_iter().map(SmolStr::as_str).collect(), patterns })
            }
            _ => None,
        };
        let conditions = statement.conditions.iter().map(|condition| PreparedCondition {
            key: Key::of(&condition.key),
            values: condition.values.iter().map(|value| Value::of(value, version)).collect(),
        });
        Self { resources, conditions: conditions.collect() }
    }
}

/// Whether a pattern matches only itself: no wildcard, no variable, and none of its six segments missing (§1.4).
fn is_exact(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '$']) && pattern.bytes().filter(|byte| *byte == b':').count() >= 5
}
