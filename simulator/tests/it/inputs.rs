//! Bad input: every error at once, each with its place, its cause and the way out; exit code 2.

use crate::world::{acme, question};
use rolegate::Code;
use rolegate::command::{Output, check};

/// The example with one text replaced in one file.
fn changed(file: &str, from: &str, to: &str) -> Vec<(String, String)> {
    let mut files = acme();
    let found = files.iter_mut().find(|(name, _)| name.ends_with(file)).unwrap();
    assert!(found.1.contains(from), "{file} lacks {from}");
    found.1 = found.1.replacen(from, to, 1);
    files
}

/// Each: a file, a text in it, what stands there instead, and what the report must say.
const BAD: &[(&str, &str, &str, &[&str])] = &[
    ("sre.yaml", "kind: AccountAccess", "kind: [AccountAccess", &["sre.yaml"]),
    ("sre.yaml", "  roleRef:", "  rolRef:", &["sre.yaml:", "rolRef", "roleRef"]),
    (
        "accounts.yaml",
        "\"222222222222\"",
        "\"22222222222\"",
        &["accounts.yaml:", "spec.accountID", "at least 12"],
    ),
    ("accounts.yaml", "\"222222222222\"", "222222222222", &["accounts.yaml:", "spec.accountID", "quot"]),
    (
        "accounts.yaml",
        "\"222222222222\"",
        "\"333333333333\"",
        &["accounts.yaml:", "spec.accountID", "333333333333"],
    ),
    (
        "sre.yaml",
        "{name: site-reliability}",
        "{name: site-reliabilty}",
        &["sre.yaml:", "spec.roleRef", "site-reliability"],
    ),
    (
        "sre.yaml",
        "namespace: sre",
        "namespace: strangers",
        &["sre.yaml:", "strangers", "spec.allowedBindings"],
    ),
    (
        "roles.yaml",
        "roleName: SiteReliability",
        "roleName: Site Reliability",
        &["roles.yaml:", "spec.roleName"],
    ),
    ("partners.yaml", "198.51.100.0/24", "10.0.0.0/8", &["partners.yaml:", "sourceCIDRs"]),
    ("partners.yaml", "acme-5b1f09c37d2e8a64", "short", &["partners.yaml:", "externalID"]),
    ("machines.yaml", "role/ci", "role/*", &["machines.yaml:", "subjects[0]"]),
    ("machines.yaml", "{name: deploy}", "{name: developer}", &["machines.yaml:"]),
    (
        "temporary.yaml",
        "notAfter: \"2026-12-31T18:00:00Z\"",
        "notAfter: soon",
        &["temporary.yaml:", "notAfter"],
    ),
];

#[test]
fn every_kind_of_bad_manifest_is_refused_with_its_place_and_the_way_out() {
    for (file, from, to, expected) in BAD {
        let answer = check::check(&question(changed(file, from, to), None), Output::Text);
        assert_eq!(answer.code, Code::Bad, "{file}: {to}: {}", answer.out);
        assert_eq!(answer.out, "", "{file}: {to}");
        for part in *expected {
            assert!(answer.talk.contains(part), "{file}: {to}: {part} is not in\n{}", answer.talk);
        }
    }
}

#[test]
fn all_errors_of_all_files_come_in_one_report() {
    let mut files = changed("sre.yaml", "{name: site-reliability}", "{name: nothing}");
    for (file, from, to) in
        [("accounts.yaml", "\"222222222222\"", "\"2\""), ("partners.yaml", "acme-5b1f09c37d2e8a64", "short")]
    {
        let found = files.iter_mut().find(|(name, _)| name.ends_with(file)).unwrap();
        found.1 = found.1.replacen(from, to, 1);
    }
    let talk = check::check(&question(files, None), Output::Text).talk;
    for part in ["sre.yaml", "accounts.yaml", "partners.yaml"] {
        assert!(talk.contains(part), "{talk}");
    }
}

#[test]
fn two_access_roles_of_one_name_in_one_account_are_an_error_for_all_parties() {
    let answer = check::check(
        &question(
            changed("developers.yaml", "environments: [sandbox]", "environments: [sandbox, development]"),
            None,
        ),
        Output::Text,
    );
    assert_eq!(answer.code, Code::Bad);
    let both = ["AccountAccess developers/sandbox", "AccountAccess developers/building"];
    // The namespace lacks the consent for one of them, or both want the name: in any case nothing is compiled.
    assert!(both.iter().any(|object| answer.talk.contains(object)), "{}", answer.talk);
}

#[test]
fn without_an_installation_nothing_is_compiled() {
    let mut question = question(acme(), None);
    question.installation = None;
    let answer = check::check(&question, Output::Text);
    assert!(answer.code == Code::Bad && answer.talk.contains("ROLEGATE_INSTALLATION"), "{}", answer.talk);
    question.installation = Some("Not A Label".to_owned());
    assert_eq!(check::check(&question, Output::Text).code, Code::Bad);
}
