//! Whether a `Resource` or `NotResource` element covers a resource (§1.4).

use crate::glob::{self, Piece};
use crate::truth::{Truth, Why, any};
use crate::values::Keys;
use crate::variables::{Expanded, expand};
use rolegate_iam::pattern;
use rolegate_iam::policy::{ResourceClause, Version};

/// Whether it does. `without` is the answer where the element is missing: yes in trust policies.
pub(crate) fn covers(
    clause: &ResourceClause,
    resource: &str,
    version: Version,
    keys: &impl Keys,
    without: Truth,
) -> Truth {
    match clause {
        ResourceClause::Absent => without,
        ResourceClause::Is(patterns) => {
            any(patterns.iter().map(|pattern| matches(pattern, resource, version, keys)))
        }
        ResourceClause::IsNot(patterns) if patterns.is_empty() => Truth::No,
        ResourceClause::IsNot(patterns) => {
            !any(patterns.iter().map(|pattern| matches(pattern, resource, version, keys)))
        }
    }
}

/// One pattern against one ARN, segment by segment; missing segments of the pattern are `*`.
pub(crate) fn matches(pattern: &str, resource: &str, version: Version, keys: &impl Keys) -> Truth {
    if pattern == "*" {
        return Truth::Yes;
    }
    let (mut wanted, mut parts) = (Some(pattern), resource.splitn(6, ':'));
    for position in 0..5 {
        let Some(part) = parts.next() else { return odd(pattern, resource) };
        let Some(rest) = wanted else { continue };
        let (segment, tail) =
            rest.split_once(':').map_or((rest, None), |(segment, tail)| (segment, Some(tail)));
        wanted = tail;
        // Prefix, partition and service take no wildcards.
        let same = if position < 3 { segment == part } else { pattern::matches(segment, part) };
        if !same {
            return odd(pattern, resource);
        }
    }
    let Some(part) = parts.next() else { return Truth::No };
    match wanted {
        None => Truth::Yes,
        Some(rest) => match expand(rest, version, keys) {
            Expanded::Plain(rest) => pattern::matches(rest, part).into(),
            Expanded::Pieces(pieces) => glob::matches(&pieces, part).into(),
            Expanded::NoValue => Truth::No,
            Expanded::Unknown(why) => Truth::Unknown(why),
        },
    }
}

/// A pattern that does not match by the rules. One with a wildcard where IAM forbids it (prefix, partition, service) may
/// match all the same: what AWS does with an old document that holds one is not documented.
fn odd(pattern: &str, resource: &str) -> Truth {
    let head = pattern.splitn(4, ':').take(3);
    let forbidden = head.into_iter().any(|segment| segment.contains(['*', '?']));
    let plain: Vec<Piece> = glob::pieces(pattern);
    if forbidden && glob::matches(&plain, resource) { Truth::Unknown(Why::Odd) } else { Truth::No }
}
