//! What is merged, read by the AWS CLI's own reader: files that it refuses are refused, and in those that it reads nothing of
//! others changes and everything of ours is there.

use super::home::{question, script};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rolegate::command::export::aws_config::{Options, Source, aws_config};
use rolegate::command::export::merge::{Block, MergeError, merge};
use rolegate::command::export::{Content, Regions, Selection};
use serde_json::Value;

/// What the AWS CLI makes of each file.
fn read(files: &[String]) -> Vec<Value> {
    let lines: Vec<String> = files.iter().map(|file| format!("{}\n", Value::from(file.as_str()))).collect();
    let read = script("read_config.py", &lines.concat());
    let read: Vec<Value> = read.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read.len(), files.len());
    read
}

/// Lines that people write, and lines that nobody should.
fn line() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "",
        "[default]",
        "[profile a]",
        "[profile \"b c\"]",
        "[profile ours]",
        "[profile ours] # mine",
        "[DEFAULT]",
        "[sso-session s]",
        "  [profile indented]",
        "[x] # [y]",
        "[unclosed",
        "[]",
        "region = eu-west-1",
        "Region = eu-west-1",
        "output: json",
        "a = b = c",
        "= value",
        "s3 =",
        "  max = 1",
        "  more",
        "\tmore",
        "# comment",
        "; comment",
        "  # indented",
        "# >>> rolegate acme/auth >>>",
        "# <<< rolegate acme/auth <<<",
        "é = ü",
        "\u{a0} indented = by a space that does not break",
        "nonsense",
    ]);
    prop_oneof![9 => known.prop_map(str::to_owned), 1 => "[ -~äß\u{a0}\u{2028}\u{202e}]{0,12}"]
}

fn file() -> impl Strategy<Value = String> {
    let ending = prop::sample::select(vec!["\n", "\n", "\n", "\r\n"]);
    prop::collection::vec((line(), ending), 0..8)
        .prop_map(|lines| lines.into_iter().map(|(line, ending)| line + ending).collect())
}

fn files(number: usize) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    (0..number).map(|_| file().new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn a_file_is_merged_into_exactly_when_the_aws_cli_reads_it_and_reads_back_as_both_together() {
    let block = Block {
        id: "acme/auth".to_owned(),
        text: "\n[profile ours]\nrole_arn = arn:aws:iam::444444444444:role/Developer\nregion = us-east-1\n"
            .to_owned(),
    };
    let ours =
        serde_json::json!({"role_arn": "arn:aws:iam::444444444444:role/Developer", "region": "us-east-1"});
    let before = files(3000);
    let merged: Vec<Result<String, MergeError>> = before.iter().map(|file| merge(file, &block)).collect();
    let after: Vec<String> = merged.iter().map(|merged| merged.clone().unwrap_or_default()).collect();
    let (read_before, read_after) = (read(&before), read(&after));
    let (mut good, mut unreadable) = (0, 0);
    for (((text, merged), before), after) in before.iter().zip(&merged).zip(&read_before).zip(&read_after) {
        match merged {
            Ok(_) => {
                good += 1;
                assert!(
                    before.get("error").is_none(),
                    "merged into what the AWS CLI refuses: {text:?}: {before}"
                );
                assert_eq!(after["raw"]["profile ours"], with_defaults(&ours, after), "{text:?}");
                // A block of ours that was there before held nothing but ours.
                if !text.contains(">>> rolegate") {
                    assert_eq!(without(after), without(before), "{text:?}");
                }
            }
            Err(MergeError::Ini(error)) => {
                unreadable += 1;
                // What is wrong in a section of defaults the AWS CLI sees in the sections that have them.
                let unseen =
                    text.contains("[DEFAULT]") && error.what.contains("below an option without a value");
                let fine = before.get("error").is_none() && !unseen;
                assert!(!fine, "refused what the AWS CLI reads: {text:?}: {error}");
            }
            Err(MergeError::Taken { .. }) => assert!(before["profiles"].get("ours").is_some(), "{text:?}"),
            Err(MergeError::Unfaithful) => panic!("{text:?}"),
            Err(_) => assert!(text.contains("rolegate acme/auth"), "{text:?}"),
        }
    }
    assert!(good > 500 && unreadable > 500, "{good} merged, {unreadable} unreadable");
}

/// Python's reader gives the options of a section DEFAULT to every section.
fn with_defaults(ours: &Value, read: &Value) -> Value {
    let mut all = ours.clone();
    let found = read["raw"]["profile ours"].as_object().unwrap();
    for (option, value) in found {
        if all.get(option).is_none()
            && read["raw"].as_object().unwrap().values().all(|section| section.get(option).is_some())
        {
            all[option] = value.clone();
        }
    }
    all
}

/// The sections, but ours.
fn without(read: &Value) -> Value {
    let mut sections = read["raw"].clone();
    if let Some(sections) = sections.as_object_mut() {
        sections.remove("profile ours");
    }
    sections
}

/// Everything that may stand in a name, at its worst.
const HOSTILE: &str = r#"
apiVersion: rolegate.dev/v1alpha1
kind: AWSAccount
metadata: {name: auth}
spec:
  accountID: "111111111111"
  environment: gateway
  display: {name: "x\n[profile evil]\nrole_arn = y\r# ; \"'\u202E<b>%(a)s\\ >>> rolegate ", color: Red}
  allowedBindings:
  - {namespaces: {all: {}}, roles: {all: {}}, subjects: [User]}
---
apiVersion: rolegate.dev/v1alpha1
kind: AccessRole
metadata: {name: dev}
spec:
  audience: Human
  path: '/#;=:[profile]/%(x)s/"`\/'
  roleName: "+=.@-"
  permissions: {awsManagedPolicies: [ReadOnlyAccess]}
---
apiVersion: rolegate.dev/v1alpha1
kind: AccountAccess
metadata: {name: a, namespace: ops}
spec:
  roleRef: {name: dev}
  accounts: {names: [auth]}
  subjects: [{user: {name: "..+=,@-"}}]
"#;

#[test]
fn the_aws_cli_reads_hostile_names_as_they_were_declared() {
    let options = Options {
        selection: Selection::Everybody,
        prefix: "p@+._-".to_owned(),
        source: Source::Profile("me+you@x.y_z-1".to_owned()),
        mfa_serial: None,
        regions: Regions::parse(&["eu-west-1".to_owned()]).unwrap(),
        longest: Some(900),
    };
    let export = aws_config(&question(vec![("hostile.yaml".to_owned(), HOSTILE.to_owned())]), &options)
        .unwrap_or_else(|answer| panic!("{}", answer.talk));
    let [piece] = export.pieces.as_slice() else { panic!("one person") };
    let Content::Block(block) = &piece.content else { panic!("a block") };
    let read = read(&[merge("[default]\nregion = x\n", block).unwrap()]);
    assert_eq!(
        read[0]["profiles"],
        serde_json::json!({
            "default": {"region": "x"},
            "p@+._-auth-+-.@-": {
                "role_arn": "arn:aws:iam::111111111111:role/#;=:[profile]/%(x)s/\"`\\/+=.@-",
                "source_profile": "me+you@x.y_z-1",
                "mfa_serial": "arn:aws:iam::111111111111:mfa/..+=,@-",
                "role_session_name": "..+=,@-",
                "duration_seconds": "900",
                "region": "eu-west-1",
            },
        })
    );
}
