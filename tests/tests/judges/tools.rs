//! The judges are the ones that are pinned, and they run.

use std::path::Path;
use std::process::Command;

use rolegate_tests::judges;

fn pinned(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges");
    std::fs::read_to_string(folder.join(file)).unwrap()
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn python_has_every_package_at_its_pinned_version() {
    let code = "import importlib.metadata as m
for d in m.distributions(): print(f'{d.name}=={d.version}'.lower().replace('_', '-'))";
    let installed = said(Command::new(judges::python().unwrap()).args(["-c", code]));
    let installed: Vec<&str> = installed.lines().collect();
    let pins = pinned("python/requirements.txt");
    let pins: Vec<String> = pins
        .lines()
        .filter_map(|line| line.strip_suffix(" \\"))
        .filter(|line| line.contains("==") && !line.starts_with(' '))
        .map(|line| line.to_lowercase().replace('_', "-"))
        .collect();
    assert!(pins.len() > 50, "{pins:?}");
    let missing: Vec<&String> = pins.iter().filter(|pin| !installed.contains(&pin.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?} of {installed:?}");
}

#[test]
fn the_programs_of_the_python_judges_run() {
    let version = said(Command::new(judges::aws_cli().unwrap()).arg("--version"));
    assert!(version.starts_with("aws-cli/1."), "{version}");
    for name in ["ministack", "moto_server"] {
        assert!(judges::beside_python(name).unwrap().is_file(), "{name}");
    }
}

#[test]
fn node_finds_the_pinned_simulator() {
    let package = judges::node_modules().unwrap().join("@cloud-copilot/iam-simulate/package.json");
    let package: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(package).unwrap()).unwrap();
    let pins: serde_json::Value = serde_json::from_str(&pinned("node/package.json")).unwrap();
    assert_eq!(package["version"], pins["dependencies"]["@cloud-copilot/iam-simulate"]);
}
