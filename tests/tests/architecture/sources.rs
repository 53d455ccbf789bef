//! What no source may contain, depending on the folder it lies in, as data; and the checker of it. Reads no files.

use crate::code::code_of;

/// One Rust source, its path relative to the workspace and with forward slashes.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

struct Rule {
    /// Looked for in the code alone: comments and literals may name it.
    word: &'static str,
    forbidden_in: fn(&str) -> bool,
    instead: &'static str,
}

const RULES: &[Rule] = &[
    Rule { word: "tokio", forbidden_in: is_pure, instead: "pure packages start no task" },
    Rule { word: "thread::spawn", forbidden_in: is_pure, instead: "pure packages start no task" },
    Rule { word: "async fn", forbidden_in: is_pure, instead: "pure packages start no task" },
    Rule { word: "TcpStream", forbidden_in: is_pure, instead: "pure packages do no network IO" },
    Rule { word: "TcpListener", forbidden_in: is_pure, instead: "pure packages do no network IO" },
    Rule { word: "UdpSocket", forbidden_in: is_pure, instead: "pure packages do no network IO" },
    Rule { word: "ToSocketAddrs", forbidden_in: is_pure, instead: "pure packages do no network IO" },
    Rule { word: "SystemTime::now", forbidden_in: is_pure, instead: "time is an argument" },
    Rule { word: "Instant::now", forbidden_in: is_pure, instead: "time is an argument" },
    Rule { word: "Timestamp::now", forbidden_in: is_pure, instead: "time is an argument" },
    Rule { word: "Zoned::now", forbidden_in: is_pure, instead: "time is an argument" },
    Rule { word: "aws_sdk_", forbidden_in: is_not_aws, instead: "only `controller/aws` names an SDK type" },
    Rule { word: "k8s_openapi", forbidden_in: is_without_kubernetes, instead: NO_KUBERNETES },
    Rule { word: "kube::", forbidden_in: is_without_kubernetes, instead: NO_KUBERNETES },
    Rule {
        word: "#[ignore",
        forbidden_in: anywhere,
        instead: "a test that cannot run is no test: fix or remove it",
    },
    Rule { word: "todo!", forbidden_in: anywhere, instead: "leave nothing unwritten" },
    Rule { word: "unimplemented!", forbidden_in: anywhere, instead: "leave nothing unwritten" },
    Rule { word: "dbg!", forbidden_in: anywhere, instead: "use tracing, or remove it" },
    Rule { word: "#[allow(", forbidden_in: anywhere, instead: "write `#[expect(…, reason = …)]`" },
    Rule { word: "#![allow(", forbidden_in: anywhere, instead: "write `#![expect(…, reason = …)]`" },
];

const NO_KUBERNETES: &str =
    "only crds, the edges of plan (manifest, validate, status) and the controller name a Kubernetes type";
/// Pure packages turn this lint on: it bans files, settings and the clock (`clippy.toml`).
const BAN: &str = "#![warn(clippy::disallowed_methods)]";

/// What a pure package is built from: not its tests and benches. The `rolegate` binary reads files in `load` and the clock
/// in `main`, and nowhere else.
fn is_pure(path: &str) -> bool {
    let built = path.starts_with("crds/src/")
        || path.starts_with("simulator/") && path.contains("/src/")
        || path.starts_with("simulator/src/");
    built && path != "simulator/src/main.rs" && !path.starts_with("simulator/src/load")
}

fn is_without_kubernetes(path: &str) -> bool {
    let may = ["simulator/plan/src/manifest", "simulator/plan/src/validate", "simulator/plan/src/status"];
    path.starts_with("simulator/")
        && path.contains("/src/")
        && !may.iter().any(|folder| path.starts_with(folder))
}

fn is_not_aws(path: &str) -> bool {
    !path.starts_with("controller/aws/") && !is_test(path)
}

fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests")
}

fn anywhere(_: &str) -> bool {
    true
}

/// Each fault as `path:line: what is wrong`.
pub(crate) fn faults(sources: &[Source]) -> Vec<String> {
    sources.iter().flat_map(faults_in).collect()
}

fn faults_in(Source { path, text }: &Source) -> Vec<String> {
    let mut faults = Vec::new();
    if !text.starts_with("//!") {
        faults.push(format!("{path}:1: a file opens with `//!`: its one job, and what it may not do"));
    }
    let code = code_of(text);
    if code.matches('{').count() != code.matches('}').count() {
        faults.push(format!(
            "{path}:1: braces do not balance: `code_of` misreads a literal, so nothing here is checked"
        ));
    }
    if is_pure(path) && path.ends_with("/src/lib.rs") && !code.contains(BAN) {
        faults.push(format!("{path}:1: the root of a pure package carries `{BAN}`"));
    }
    for Rule { word, forbidden_in: _, instead } in RULES.iter().filter(|rule| (rule.forbidden_in)(path)) {
        let lines = code.lines().enumerate().filter(|(_, line)| line.contains(word));
        faults.extend(lines.map(|(index, _)| format!("{path}:{}: `{word}`: {instead}", index + 1)));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str) -> Vec<String> {
        faults(&[Source { path: path.to_owned(), text: text.to_owned() }])
    }

    const PURE: [&str; 3] = ["crds/src/role.rs", "simulator/src/find.rs", "simulator/plan/src/diff/mod.rs"];
    const NOT_PURE: [&str; 6] = [
        "controller/src/run.rs",
        "controller/aws/src/lib.rs",
        "simulator/src/main.rs",
        "simulator/src/load.rs",
        "simulator/engine/benches/decide.rs",
        "simulator/plan/tests/laws.rs",
    ];

    #[test]
    fn each_word_is_found_where_it_is_forbidden_and_only_there() {
        for rule in RULES {
            let text = format!("//! Job.\n\nx {}(\n", rule.word);
            let expected = |path: &str| vec![format!("{path}:3: `{}`: {}", rule.word, rule.instead)];
            for path in PURE.into_iter().chain(NOT_PURE) {
                let forbidden = (rule.forbidden_in)(path);
                assert_eq!(check(path, &text), if forbidden { expected(path) } else { Vec::new() }, "{path}");
            }
        }
    }

    #[test]
    fn the_rules_of_the_pure_hold_in_every_pure_source_and_nowhere_else() {
        for (paths, expected) in [(&PURE[..], 1), (&NOT_PURE[..], 0)] {
            for path in paths {
                assert_eq!(check(path, "//! Job.\nuse tokio::net;\n").len(), expected, "{path}");
                assert_eq!(check(path, "//! Job.\nlet t = Timestamp::now();\n").len(), expected, "{path}");
            }
        }
    }

    #[test]
    fn the_sdk_is_named_in_one_place_and_in_tests() {
        let text = "//! Job.\nuse aws_sdk_iam::Client;\n";
        assert_eq!(check("controller/src/run.rs", text).len(), 1);
        assert_eq!(check("controller/emulator/src/wire.rs", text).len(), 1);
        for path in
            ["controller/aws/src/error.rs", "controller/emulator/tests/sdk.rs", "tests/src/bin/demo.rs"]
        {
            assert_eq!(check(path, text), Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn a_kubernetes_type_is_found_outside_the_edges_of_the_plan() {
        let text = "//! Job.\nuse k8s_openapi::api::core::v1::Namespace;\n";
        for (path, expected) in [
            ("simulator/plan/src/compile/trust.rs", 1),
            ("simulator/iam/src/arn.rs", 1),
            ("simulator/plan/src/validate/mod.rs", 0),
            ("simulator/plan/src/status.rs", 0),
            ("crds/src/role.rs", 0),
            ("controller/src/world.rs", 0),
        ] {
            assert_eq!(check(path, text).len(), expected, "{path}");
        }
    }

    #[test]
    fn a_pure_package_that_does_not_turn_on_its_ban_is_found() {
        let bare = "//! Job. Not `#![warn(clippy::disallowed_methods)]` in a comment.\n";
        for path in ["crds/src/lib.rs", "simulator/src/lib.rs", "simulator/plan/src/lib.rs"] {
            assert_eq!(check(path, bare), [format!("{path}:1: the root of a pure package carries `{BAN}`")]);
            assert_eq!(check(path, &format!("{bare}{BAN}\n")), Vec::<String>::new());
        }
        assert_eq!(check("controller/src/lib.rs", bare), Vec::<String>::new());
    }

    #[test]
    fn a_file_without_a_header_is_found() {
        for text in ["", "use std::fmt;\n", "// A comment.\n", "\n//! Late.\n"] {
            let fault =
                "simulator/iam/src/arn.rs:1: a file opens with `//!`: its one job, and what it may not do";
            assert_eq!(check("simulator/iam/src/arn.rs", text), [fault], "{text}");
        }
    }

    #[test]
    fn a_file_that_was_misread_does_not_pass_for_a_clean_one() {
        assert_eq!(check("controller/src/run.rs", "//! Job.\nfn run() {").len(), 1);
        assert_eq!(
            check("controller/src/run.rs", "//! Job.\nfn run() { f('{', \"{\") }"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn comments_and_literals_may_name_what_code_must_not() {
        let text =
            "//! No tokio here: Instant::now is banned.\nlet s = \"aws_sdk_iam todo!()\"; // dbg!(x)\n";
        assert_eq!(check("simulator/iam/src/arn.rs", text), Vec::<String>::new());
    }
}
