//! Whether an `Action` or `NotAction` element covers an action (§1.3).

use crate::decision::OpenPoint;
use crate::settings::TrustActionWildcards;
use crate::truth::{Truth, Why, any};
use rolegate_iam::pattern::matches_ignore_case;
use rolegate_iam::policy::ActionClause;

/// Whether it does. `wildcards` is how wildcards are read: only in trust policies is that an open point (U6).
pub(crate) fn covers(clause: &ActionClause, action: &str, wildcards: TrustActionWildcards) -> Truth {
    let one = |pattern: &str| {
        if pattern == action || pattern.eq_ignore_ascii_case(action) {
            return Truth::Yes;
        }
        if !pattern.contains(['*', '?']) {
            return Truth::No;
        }
        match (matches_ignore_case(pattern, action), wildcards) {
            (false, _) | (true, TrustActionWildcards::Never) => Truth::No,
            (true, TrustActionWildcards::Glob) => Truth::Yes,
            (true, TrustActionWildcards::Report) => Truth::Unknown(Why::Open(OpenPoint::U6)),
        }
    };
    match clause {
        ActionClause::Is(patterns) => any(patterns.iter().map(|pattern| one(pattern))),
        // An empty list has no effect, whichever element it is (§1.1).
        ActionClause::IsNot(patterns) if patterns.is_empty() => Truth::No,
        ActionClause::IsNot(patterns) => !any(patterns.iter().map(|pattern| one(pattern))),
    }
}
