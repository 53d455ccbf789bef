//! Matching of `*` and `?` (§1.3, §1.4, §1.7), in time linear in practice and never worse than pattern × text.
//!
//! Knows no ARN and no action: splitting a text into components is the caller's job.

use std::str::Chars;

/// Whether `text` matches `pattern`, case-sensitively: `*` is any run of characters, `?` exactly one.
pub fn matches(pattern: &str, text: &str) -> bool {
    glob(pattern, text, |expected, found| expected == found, &mut || ())
}

/// Like [`matches()`], but ASCII letters match whatever their case: for action names (§1.3).
pub fn matches_ignore_case(pattern: &str, text: &str) -> bool {
    glob(pattern, text, |expected, found| expected.eq_ignore_ascii_case(&found), &mut || ())
}

/// The last `*` is the only one that ever needs to be reconsidered: it takes one character more, and the rest is tried
/// again. `step` is called once per character looked at, so that tests can count.
fn glob(pattern: &str, text: &str, same: impl Fn(char, char) -> bool, step: &mut impl FnMut()) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut last_star: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        step();
        let (mut pattern_rest, mut text_rest) = (pattern.clone(), text.clone());
        match (pattern_rest.next(), text_rest.next()) {
            (Some('*'), _) => {
                last_star = Some((pattern_rest.clone(), text.clone()));
                pattern = pattern_rest;
            }
            (None, None) => return true,
            (Some(_), None) => return false,
            (Some(expected), Some(found)) if expected == '?' || same(expected, found) => {
                (pattern, text) = (pattern_rest, text_rest);
            }
            (_, Some(_)) => match &mut last_star {
                Some((after_star, taken)) => {
                    taken.next();
                    (pattern, text) = (after_star.clone(), taken.clone());
                }
                None => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("?", "", false),
            ("?", "é", true),
            ("??", "é", false),
            ("a*c", "abbc", true),
            ("a*c", "abbcd", false),
            ("*ab", "aab", true),
            ("*a*b", "aXbXab", true),
            ("role/*", "role/a/b", true),
            ("role/?", "role/ab", false),
            ("A", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern:?} {text:?}");
        }
        assert!(matches_ignore_case("STS:assume*", "sts:AssumeRole"));
        assert!(!matches_ignore_case("sts:AssumeRole", "sts:AssumeRoles"));
        assert!(!matches_ignore_case("É", "é"), "only ASCII letters fold");
    }

    fn steps(pattern: &str, text: &str) -> (bool, usize) {
        let mut count = 0;
        let answer = glob(pattern, text, |a, b| a == b, &mut || count += 1);
        (answer, count)
    }

    #[test]
    fn the_longest_policy_of_stars_is_cheap() {
        let arn = format!("arn:aws:iam::111111111111:role{}Name", "/abcdefg".repeat(64));
        let (answer, count) = steps(&"*".repeat(6144), &arn);
        assert!(answer && count <= 6144 + arn.len() + 1, "{count}");
        let (answer, count) = steps(&"*a".repeat(3072), &arn);
        assert!(!answer && count <= 6144 * arn.len(), "{count}");
        let (answer, count) = steps(&format!("{}b", "a*".repeat(3071)), &"a".repeat(2048));
        assert!(!answer && count <= 6143 + 2048, "{count}");
        let (answer, count) = steps(&format!("*{}b", "a".repeat(1000)), &"a".repeat(2000));
        assert!(!answer && count <= 1002 * 2001, "{count}");
    }

    proptest! {
        #[test]
        fn agrees_with_a_regex_engine(pattern in "[ab*?.é\n]{0,8}", text in "[abA.é\n]{0,10}") {
            let mut source = String::from(r"(?s)\A");
            for c in pattern.chars() {
                match c {
                    '*' => source.push_str(".*"),
                    '?' => source.push('.'),
                    c => source.push_str(&regex::escape(&c.to_string())),
                }
            }
            source.push_str(r"\z");
            prop_assert_eq!(matches(&pattern, &text), regex::Regex::new(&source).unwrap().is_match(&text));
            prop_assert_eq!(
                matches_ignore_case(&pattern, &text),
                matches(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
            );
        }
    }
}
