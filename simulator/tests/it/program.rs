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
        (vec!["reach", "olga", "-s", &world], 0),
        (vec!["reach", "anyone", "-s", &world], 1),
        (vec!["reach", "olgo", "-s", &world], 2),
        (vec!["reach", "olga", "-s", &world, "--budget", "1"], 3),
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

/// Exports into a file with a limit on the size of files, as on a device that is full; the shell does `before` first.
#[cfg(unix)]
fn export_with_limit(before: &str, file: &std::path::Path) -> Output {
    let script = format!("{before}\nulimit -f 1\nexec \"$@\"");
    let acme = examples("acme").display().to_string();
    Command::new("sh")
        .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_rolegate")])
        .args(["export", "aws-config", "--user", "ana", "--installation", "demo", "-m", &acme, "--out"])
        .arg(file)
        .output()
        .unwrap()
}

/// The write is cut in the middle, once with an error and once by the end of the program: the good file is there as it was.
#[cfg(unix)]
#[test]
fn a_write_that_is_cut_in_the_middle_never_replaces_a_good_file() {
    use std::os::unix::process::ExitStatusExt;
    let folder = std::env::temp_dir().join(format!("rolegate-cut-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("config");
    let good = format!("[default]\nregion = eu-west-1\n# {}\n", "x".repeat(4000));
    std::fs::write(&file, &good).unwrap();
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(&folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let refused = export_with_limit("trap '' XFSZ", &file);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert!(text(&refused.stderr).contains("config: cannot be written: File too large"), "{refused:?}");
    assert_eq!((std::fs::read_to_string(&file).unwrap(), names()), (good.clone(), vec!["config".to_owned()]));
    let killed = export_with_limit("", &file);
    assert!(killed.status.signal().is_some(), "it was not cut: {killed:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), good);
    // What it had begun lies beside, under our name, and is in nobody's way.
    let left: Vec<String> = names().into_iter().filter(|name| name != "config").collect();
    assert!(left.len() == 1 && left[0].starts_with(".rolegate-"), "{left:?}");
    let acme = examples("acme").display().to_string();
    let whole = ["export", "aws-config", "--user", "ana", "--installation", "demo", "-m", &acme, "--out"];
    let done = rolegate(&[&whole[..], &[file.to_str().unwrap()]].concat(), "");
    let after = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(after.starts_with(&good) && after.contains("# >>> rolegate demo/auth"), "{after}");
}
