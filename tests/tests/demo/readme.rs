//! The demo prints what the README shows, times and ports apart. `UPDATE_README=1` writes the README's block anew.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

const BEGIN: &str = "<!-- demo:begin -->\n```text\n";
const END: &str = "```\n<!-- demo:end -->";

fn readme() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")
}

/// The address of the emulator is the only thing that differs from run to run.
fn without_port(text: &str) -> String {
    let mark = "http://127.0.0.1:";
    let mut parts = text.split(mark);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, rest| {
        format!("{out}{mark}PORT{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
    })
}

/// Run once: the tests look at the same telling.
fn told() -> &'static str {
    static TOLD: LazyLock<String> = LazyLock::new(tell);
    &TOLD
}

fn tell() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_demo")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    without_port(&text)
}

#[test]
fn the_demo_tells_what_the_readme_shows() {
    let told = told();
    let readme = readme();
    let text = std::fs::read_to_string(&readme).unwrap();
    let (head, rest) = text.split_once(BEGIN).expect("the README has the beginning of the demo's block");
    let (shown, tail) = rest.split_once(END).expect("the README has the end of the demo's block");
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&readme, format!("{head}{BEGIN}{told}{END}{tail}")).unwrap();
        return;
    }
    assert_eq!(
        shown, told,
        "the demo changed: look at it, then run UPDATE_README=1 cargo test -p rolegate-tests --test demo"
    );
}

#[test]
fn the_demo_fits_a_terminal_and_has_no_colour_codes_in_a_pipe() {
    let told = told();
    let wide: Vec<&str> = told.lines().filter(|line| line.chars().count() > 80).collect();
    assert_eq!(wide, Vec::<&str>::new());
    assert!(!told.contains('\u{1b}'));
}

#[test]
fn the_port_is_the_only_thing_that_is_taken_out() {
    assert_eq!(without_port("at http://127.0.0.1:4242 and 4242"), "at http://127.0.0.1:PORT and 4242");
}
