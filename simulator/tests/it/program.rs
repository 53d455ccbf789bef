//! The program itself: arguments, files, standard input, exit codes.

use crate::world::examples;
use std::io::Write;
use std::process::{Command, Output, Stdio};

fn rolegate(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rolegate"))
        .args(arguments)
        .env_remove("ROLEGATE_INSTALLATION")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments does not read.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const CLUSTER: &str = "arn:aws:eks:eu-west-1:111111111111:cluster/tools";
const PROVIDER: &str = "arn:aws:iam::111111111111:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0A1B";
const POD: &str = "system:serviceaccount:rolegate-system:rolegate-controller";
/// Stands for the manifests of the example.
const ACME: &str = "--installation demo -m ACME";

fn words<'a>(parts: &[&'a str], acme: &'a str) -> Vec<&'a str> {
    let words = parts.iter().flat_map(|part| part.split(' '));
    words.map(|word| if word == "ACME" { acme } else { word }).collect()
}

#[test]
fn exit_codes_are_as_documented() {
    let acme = examples("acme").display().to_string();
    let world = examples("world").display().to_string();
    for (arguments, code) in [
        (vec!["check", "-m", &acme, "--installation", "demo"], 0),
        (vec!["plan", "-m", &acme, "-s", &world, "--installation", "demo"], 1),
        (vec!["check", "-m", &acme], 2),
        (vec!["check"], 2),
        (vec!["nonsense"], 2),
        (vec!["check", "-m", "no-such-file", "--installation", "demo"], 2),
        (vec!["who-can", "production/LegacyAdmin", "-s", &world, "--chains"], 0),
        (vec!["who-can", "auth/ci", "-m", &acme, "--installation", "demo"], 3),
        (vec!["bootstrap", "policy", "auth", "-m", &acme, "--installation", "demo"], 0),
        (
            vec![
                "bootstrap",
                "cloudformation",
                "production",
                "sandbox",
                "-m",
                &acme,
                "--installation",
                "demo",
            ],
            0,
        ),
        (vec!["bootstrap", "terraform", "auth", "-m", &acme, "--installation", "demo"], 0),
        (
            words(
                &["bootstrap terraform auth --trusted-by-pod-identity", CLUSTER, "--subject", POD, ACME],
                &acme,
            ),
            0,
        ),
        (
            words(
                &["bootstrap cloudformation auth --trusted-by-oidc", PROVIDER, "--subject", POD, ACME],
                &acme,
            ),
            0,
        ),
        (words(&["bootstrap terraform auth --trusted-by-pod-identity", CLUSTER, ACME], &acme), 2),
        (words(&["bootstrap terraform auth --subject", POD, ACME], &acme), 2),
        (
            words(
                &[
                    "bootstrap terraform auth --trusted-by-oidc",
                    PROVIDER,
                    "--trusted-by-pod-identity",
                    CLUSTER,
                    "--subject",
                    POD,
                    ACME,
                ],
                &acme,
            ),
            2,
        ),
        (vec!["bootstrap", "terraform", "-m", &acme, "--installation", "demo"], 2),
        (vec!["bootstrap", "policy", "nowhere", "-m", &acme, "--installation", "demo"], 2),
        (vec!["bootstrap", "policy", "auth", "-m", &acme], 2),
        (vec!["bootstrap", "policy", "auth", "--installation", "demo"], 2),
        (vec!["export", "links", "--all", "-m", &acme, "--installation", "demo"], 0),
        (vec!["export", "aws-config", "--user", "nobody", "-m", &acme, "--installation", "demo"], 2),
        (vec!["export", "aws-config", "-m", &acme, "--installation", "demo"], 2),
        (vec!["export", "granted", "--all", "-m", &acme, "--installation", "demo"], 2),
        (vec!["can", "olga", "production/LegacyAdmin", "-s", &world], 1),
        (vec!["can", "jenkins", "production/LegacyAdmin", "-s", &world], 3),
        (vec!["can", "jenkins", "production/LegacyAdmin", "-s", &world, "--assume-no-organization"], 0),
        (vec!["can", "jenkins", "production/LegacyAdmin", "-s", &world, "--mfa-age", "soon"], 2),
        (vec!["--help"], 0),
        (vec!["--version"], 0),
    ] {
        let output = rolegate(&arguments, "");
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}\n{}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
    }
}

#[test]
fn manifests_come_from_standard_input_too() {
    let all: Vec<String> =
        rolegate::load::manifests(&[examples("acme")]).files.into_iter().map(|(_, text)| text).collect();
    let output = rolegate(&["check", "-m", "-", "--installation", "demo"], &all.join("\n---\n"));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("The manifests are sound"));
    let twice = rolegate(&["who-can", "x", "-m", "-", "-s", "-", "--installation", "demo"], "");
    assert!(twice.status.code() == Some(2) && text(&twice.stderr).contains("named twice"));
}

#[test]
fn a_snapshot_that_cannot_be_read_is_named_with_its_place() {
    let output = rolegate(&["who-can", "x", "-s", "-"], "{\"accounts\": {");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("(standard input)"), "{}", text(&output.stderr));
    let missing = rolegate(&["who-can", "x", "-s", "no-such-folder"], "");
    assert!(text(&missing.stderr).contains("no-such-folder: cannot be read"), "{}", text(&missing.stderr));
}
