//! Long lists of resources, prepared once: which of them are exact ARNs. Says the same as the list itself, only faster.

use rolegate_iam::Document;
use rolegate_iam::policy::ResourceClause;
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

/// Shorter lists are read faster as they are.
const LONG: usize = 8;

/// The prepared lists of one document, by statement.
#[derive(Debug)]
pub(crate) struct Listed<'w>(Vec<Option<Resources<'w>>>);

/// The `Resource` of one statement.
#[derive(Debug)]
pub(crate) struct Resources<'w> {
    /// ARNs that match only themselves.
    pub(crate) exact: FxHashSet<&'w str>,
    pub(crate) patterns: Vec<&'w SmolStr>,
}

impl<'w> Listed<'w> {
    /// Prepares a document; `None` when no list is long.
    pub(crate) fn of(document: &'w Document) -> Option<Self> {
        let resources = |clause: &'w ResourceClause| match clause {
            ResourceClause::Is(patterns) if patterns.len() >= LONG => {
                let (exact, patterns): (Vec<&SmolStr>, Vec<_>) =
                    patterns.iter().partition(|pattern| is_exact(pattern));
                Some(Resources { exact: exact.into_iter().map(SmolStr::as_str).collect(), patterns })
            }
            _ => None,
        };
        let all: Vec<_> =
            document.policy().statements.iter().map(|statement| resources(&statement.resource)).collect();
        all.iter().any(Option::is_some).then_some(Self(all))
    }

    pub(crate) fn statement(&self, index: usize) -> Option<&Resources<'w>> {
        self.0.get(index)?.as_ref()
    }
}

/// Whether a pattern matches only itself: no wildcard, no variable, and none of its six segments missing (§1.4).
fn is_exact(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '$']) && pattern.bytes().filter(|byte| *byte == b':').count() >= 5
}
