//! Whether a `Resource` or `NotResource` element covers a resource (§1.4).

use crate::glob;
use crate::prepared::Resources;
use crate::truth::{Truth, Why, any};
use crate::values::Keys;
use crate::variables::{Expanded, Value};
use rolegate_iam::pattern;
use rolegate_iam::policy::{ResourceClause, Version};
use smol_str::SmolStr;

/// Whether it does. `listed` is what was prepared of a long list, if it was; `without` is the answer where the element is
/// missing: yes in trust policies.
pub(crate) fn covers(
    clause: &ResourceClause,
    listed: Option<&Resources<'_>>,
    resource: &str,
    version: Version,
    keys: &impl Keys,
    without: Truth,
) -> Truth {
    match (clause, listed) {
        (ResourceClause::Absent, _) => return without,
        // What is exact matches only itself.
        (_, Some(listed)) if listed.exact.contains(resource) => return Truth::Yes,
        _ => {}
    }
    let plain = !resource.bytes().any(|byte| matches!(byte, b'*' | b'?' | b'$'));
    // One exact entry is enough, and comparing whole texts is the cheapest way through a long list of them.
    let names_it = |patterns: &[SmolStr]| {
        plain && patterns.iter().any(|pattern| pattern.as_bytes() == resource.as_bytes())
    };
    let one = |pattern: &str| {
        if plain && is_plainly_other(pattern, resource) {
            return Truth::No;
        }
        matches(pattern, resource, version, keys)
    };
    if let Some(listed) = listed {
        return any(listed.patterns.iter().map(|pattern| one(pattern)));
    }
    match clause {
        ResourceClause::Absent => without,
        ResourceClause::Is(patterns) if names_it(patterns) => Truth::Yes,
        ResourceClause::IsNot(patterns) if names_it(patterns) => Truth::No,
        ResourceClause::Is(patterns) => any(patterns.iter().map(|pattern| one(pattern))),
        ResourceClause::IsNot(patterns) if patterns.is_empty() => Truth::No,
        ResourceClause::IsNot(patterns) => !any(patterns.iter().map(|pattern| one(pattern))),
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
        Some(rest) => match Value::of(rest, version).expand(keys) {
            Expanded::Exact(rest) => (rest == part).into(),
            Expanded::Plain(rest) => pattern::matches(rest, part).into(),
            Expanded::Literal(rest) => (rest.text() == part).into(),
            Expanded::Pieces(pieces) => glob::matches(&pieces, part).into(),
            Expanded::NoValue => Truth::No,
            Expanded::Unknown(why) => Truth::Unknown(why),
        },
    }
}

/// Whether pattern and resource part ways at a character that is no wildcard. The cheap answer for the long lists of
/// exact ARNs that policies hold. Only for a resource without wildcards, so that what is the same holds none either; says
/// nothing of patterns that end early.
fn is_plainly_other(pattern: &str, resource: &str) -> bool {
    let same = common_prefix(pattern.as_bytes(), resource.as_bytes());
    let at = pattern.as_bytes().get(same);
    at.is_some_and(|byte| !matches!(byte, b'*' | b'?' | b'$'))
}

/// How many bytes are the same from the start, eight at a time.
fn common_prefix(left: &[u8], right: &[u8]) -> usize {
    let (left_words, _) = left.as_chunks::<8>();
    let (right_words, _) = right.as_chunks::<8>();
    let mut same: usize = 0;
    for (left, right) in left_words.iter().zip(right_words) {
        let differs = u64::from_le_bytes(*left) ^ u64::from_le_bytes(*right);
        if differs != 0 {
            return same.saturating_add(differs.trailing_zeros() as usize / 8);
        }
        same = same.saturating_add(8);
    }
    let tail = left.iter().skip(same).zip(right.iter().skip(same));
    same.saturating_add(tail.take_while(|(left, right)| left == right).count())
}

/// A pattern that does not match by the rules. One with a wildcard where IAM forbids it (prefix, partition, service) may
/// match all the same: what AWS does with an old document that holds one is not documented.
fn odd(pattern: &str, resource: &str) -> Truth {
    let mut head = pattern.splitn(4, ':').take(3);
    let forbidden = head.any(|segment| segment.contains(['*', '?']));
    if forbidden && pattern::matches(pattern, resource) { Truth::Unknown(Why::Odd) } else { Truth::No }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::values::Fact;
    use proptest::prelude::*;

    struct Team(Settings);

    impl Keys for Team {
        fn fact(&self, key: &str) -> Fact<'_> {
            match key {
                "aws:PrincipalTag/team" => Fact::text("dev*"),
                "aws:PrincipalTag/secret" => Fact::Unknown(Why::Key),
                _ => Fact::Absent,
            }
        }

        fn settings(&self) -> &Settings {
            &self.0
        }
    }

    const ROLE: &str = "arn:aws:iam::111111111111:role/team/Dev";

    fn check(pattern: &str, resource: &str) -> Truth {
        matches(pattern, resource, Version::V2012, &Team(Settings::default()))
    }

    #[test]
    fn patterns_match_segment_by_segment() {
        for pattern in [
            "*",
            ROLE,
            "arn:aws:iam::*:role/team/*",
            "arn:aws:iam::111111111111:*",
            "arn:aws:iam::1111111?1111:role/*Dev",
            // Missing segments are filled with `*`.
            "arn:aws:iam",
            "arn:aws:iam::111111111111",
        ] {
            assert_eq!(check(pattern, ROLE), Truth::Yes, "{pattern}");
        }
        for pattern in [
            "",
            "arn:aws:iam::111111111111:role/Dev",
            "arn:aws:iam::111111111111:role/team/dev",
            "arn:aws:iam::111111111111:role/team/De",
            "arn:aws:iam::111111111111:role/team/Developer",
            "arn:aws:iam:*:role/team/Dev",
            "arn:aws:s3::111111111111:role/team/Dev",
            "arn:aws:iam::111111111111:role/${aws:PrincipalTag/none}",
            "arn:aws:iam::${aws:PrincipalAccount}:role/team/Dev",
        ] {
            assert_eq!(check(pattern, ROLE), Truth::No, "{pattern}");
        }
    }

    #[test]
    fn a_substituted_value_is_literal() {
        let pattern = "arn:aws:iam::111111111111:role/${aws:PrincipalTag/team}";
        assert_eq!(check(pattern, "arn:aws:iam::111111111111:role/developer"), Truth::No);
        assert_eq!(check(pattern, "arn:aws:iam::111111111111:role/dev*"), Truth::Yes);
        let unknown = "arn:aws:iam::111111111111:role/${aws:PrincipalTag/secret}";
        assert_eq!(check(unknown, ROLE), Truth::Unknown(Why::Key));
    }

    #[test]
    fn wildcards_where_iam_forbids_them_are_never_certain() {
        assert_eq!(check("arn:*:iam::111111111111:role/team/Dev", ROLE), Truth::Unknown(Why::Odd));
        assert_eq!(check("a*", ROLE), Truth::Unknown(Why::Odd));
        assert_eq!(check("arn:*:iam::111111111111:role/Other", ROLE), Truth::No);
    }

    proptest! {
        /// A prepared list says the same as the list.
        #[test]
        fn a_prepared_list_is_the_list(
            patterns in prop::collection::vec("(arn:aws:iam:(:1:role/[ab*?]{1,2}|:[1*]|:1:role/\\$\\{aws:PrincipalTag/(secret|team)\\})|\\*)", 8..12),
            resource in "arn:aws:iam::1:role/([ab*]{1,2}|dev\\*)",
        ) {
            let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "*", "Resource": ["{}"]}}]}}"#, patterns.join(r#"", ""#));
            let document = rolegate_iam::Document::parse(&text);
            let clause = &document.policy().statements[0].resource;
            let prepared = crate::prepared::Prepared::of(&document);
            let keys = Team(Settings::default());
            let ask = |listed| covers(clause, listed, &resource, Version::V2012, &keys, Truth::No);
            prop_assert_eq!(ask(prepared.statement(0).unwrap().resources.as_ref()), ask(None));
        }

        /// The cheap answer is the right one.
        #[test]
        fn parting_ways_means_no(pattern in "arn:aws:iam::1?:[a*?/${}]{0,12}", resource in "arn:aws:iam::1?:[a{/}]{0,12}") {
            let prefix = pattern.bytes().zip(resource.bytes()).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(common_prefix(pattern.as_bytes(), resource.as_bytes()), prefix);
            if is_plainly_other(&pattern, &resource) && !pattern.contains("${") {
                prop_assert!(!pattern::matches(&pattern, &resource));
            }
        }
    }
}
