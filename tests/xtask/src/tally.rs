//! Counts test results out of what the test binaries print. Reads lines, runs nothing.
//!
//! A binary says `running N tests` before and `test result: ok. N passed; N failed; N ignored; …` after. One that dies in
//! between never says the second: its tests are counted as failed, because nobody saw them pass.

use std::fmt;

/// The sum over all test binaries so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    started: u64,
    reported: u64,
    passed: u64,
    failed: u64,
}

impl Tally {
    /// Takes one line of output into account; most lines mean nothing.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim_end();
        if let Some(count) = line.strip_prefix("running ").and_then(announced) {
            self.started += count;
        } else if let Some(result) = line.strip_prefix("test result: ") {
            let count = |what| count_before(result, what);
            self.passed += count("passed");
            self.failed += count("failed");
            self.reported += count("passed") + count("failed") + count("ignored") + count("measured");
        }
    }

    /// Tests that failed, and tests that were announced and never reported.
    pub(crate) fn failed(self) -> u64 {
        self.failed + self.unreported()
    }

    /// Tests whose binary ended before it told their result.
    pub(crate) fn unreported(self) -> u64 {
        self.started.saturating_sub(self.reported)
    }

    /// Whether this is what a healthy run looks like: something passed and nothing failed.
    pub(crate) fn is_success(self) -> bool {
        self.passed > 0 && self.failed() == 0
    }
}

impl fmt::Display for Tally {
    /// The closing line of a test run.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed())
    }
}

/// `12 tests` → 12. `1 test` is written in the singular.
fn announced(rest: &str) -> Option<u64> {
    let (count, noun) = rest.split_once(' ')?;
    if noun == "test" || noun == "tests" { count.parse().ok() } else { None }
}

/// The number in front of a word, as in `3 passed;`. Zero when the word is not there.
fn count_before(result: &str, word: &str) -> u64 {
    let parts: Vec<&str> = result.split([' ', ';']).filter(|part| !part.is_empty()).collect();
    let found = parts.windows(2).find_map(|pair| match pair {
        [count, noun] if *noun == word => count.parse().ok(),
        _ => None,
    });
    found.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(output: &str) -> Tally {
        let mut tally = Tally::default();
        output.lines().for_each(|line| tally.read(line));
        tally
    }

    fn check(output: &str, closing: &str, success: bool) {
        let tally = tally(output);
        assert_eq!((tally.to_string().as_str(), tally.is_success()), (closing, success), "{output}");
    }

    const TWO_PASSED: &str = "
running 2 tests
test a ... ok
test b ... ok

test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
";

    #[test]
    fn binaries_add_up() {
        check(TWO_PASSED, "2 passed, 0 failed", true);
        check(&TWO_PASSED.repeat(3), "6 passed, 0 failed", true);
    }

    #[test]
    fn a_failure_anywhere_is_a_failure() {
        let failed =
            "running 3 tests\ntest result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out";
        check(&format!("{failed}{TWO_PASSED}"), "4 passed, 1 failed", false);
    }

    #[test]
    fn a_binary_that_dies_fails_all_it_announced() {
        check(&format!("{TWO_PASSED}running 5 tests\ntest c ... ok\n"), "2 passed, 5 failed", false);
    }

    #[test]
    fn no_tests_is_no_success() {
        check("", "0 passed, 0 failed", false);
        let empty =
            "running 0 tests\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";
        check(empty, "0 passed, 0 failed", false);
    }

    #[test]
    fn colours_the_singular_and_ignored_tests_do_not_confuse_it() {
        let coloured =
            "running 1 test\ntest result: \u{1b}[32mok\u{1b}[m. 1 passed; 0 failed; 0 ignored; 0 measured";
        check(coloured, "1 passed, 0 failed", true);
        let ignored =
            "running 2 tests\ntest result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out";
        check(ignored, "1 passed, 0 failed", true);
    }

    #[test]
    fn talk_that_only_looks_like_a_result_is_not_counted() {
        check("running late tests\ntests result: 9 passed\n3 passed; nothing", "0 passed, 0 failed", false);
    }
}
