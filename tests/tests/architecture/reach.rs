//! What a package must not reach, through however many others. Reads the text of a dependency tree, runs nothing.

/// Runtimes, networks, the Kubernetes client and the SDK. A star stands for any ending.
pub(crate) const FORBIDDEN_TO_THE_PURE: &[&str] = &[
    "tokio*",
    "async-std",
    "smol",
    "mio",
    "hyper*",
    "reqwest",
    "ureq",
    "axum*",
    "kube-client",
    "kube-runtime",
    "aws-config",
    "aws-sdk-*",
    "aws-smithy-*",
];

/// The paths from the root of a tree to each crate of the list, as `a → b → c`.
///
/// The tree is what `cargo tree --prefix depth --format ' {p}'` prints: one crate a line, depth first, then name and version.
pub(crate) fn reached(tree: &str, names: &[&str]) -> Vec<String> {
    let mut path: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let (Some(depth), Some(name)) = (words.next().and_then(|word| word.parse().ok()), words.next())
        else {
            continue;
        };
        path.truncate(depth);
        path.push(name);
        if names.iter().any(|pattern| matches(pattern, name)) {
            found.push(path.join(" → "));
        }
    }
    found
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: &str =
        "0 rolegate-iam v0.1.0 (/somewhere)\n1 jiff v0.2.0\n2 jiff-core v0.1.0\n1 serde_json v1.0.0\n";

    #[test]
    fn a_clean_tree_is_clean() {
        assert_eq!(reached(CLEAN, FORBIDDEN_TO_THE_PURE), Vec::<String>::new());
    }

    #[test]
    fn every_forbidden_crate_is_found_with_the_way_to_it() {
        for name in [
            "tokio",
            "tokio-util",
            "hyper",
            "hyper-util",
            "kube-client",
            "reqwest",
            "aws-config",
            "aws-sdk-iam",
        ] {
            let tree = format!("{CLEAN}1 innocent v1.0.0\n2 {name} v1.0.0 (*)\n");
            assert_eq!(reached(&tree, FORBIDDEN_TO_THE_PURE), [format!("rolegate-iam → innocent → {name}")]);
        }
    }

    #[test]
    fn each_way_is_told_and_the_way_back_up_is_followed() {
        let tree = format!("{CLEAN}1 a v1.0.0\n2 b v1.0.0\n3 mio v1.0.0\n1 c v1.0.0\n2 mio v1.0.0 (*)\n");
        let ways = ["rolegate-iam → a → b → mio", "rolegate-iam → c → mio"];
        assert_eq!(reached(&tree, FORBIDDEN_TO_THE_PURE), ways);
    }

    #[test]
    fn a_name_that_only_contains_a_forbidden_one_is_fine() {
        let tree = format!("{CLEAN}1 kube-core v5.0.0\n1 not-tokio v1.0.0\n1 miow v1.0.0\n");
        assert_eq!(reached(&tree, FORBIDDEN_TO_THE_PURE), Vec::<String>::new());
    }
}
