//! Where an export goes: standard output, a file, a folder. A bad file leaves all files as they are.

use super::company::{of, options};
use super::saving::Folder;
use crate::world::{acme, question};
use rolegate::command::Output;
use rolegate::command::export::Selection;
use rolegate::command::export::aws_config::aws_config;
use rolegate::deliver::deliver;
use rolegate::{Answer, Code};
use std::fs;
use std::path::Path;

fn export(selection: Selection, place: Option<&Path>, output: Output) -> Answer {
    deliver(aws_config(&question(acme(), None), &options(selection)).unwrap(), place, output)
}

#[test]
fn without_a_place_it_is_the_answer() {
    let shown = export(of("kim"), None, Output::Text);
    assert!(
        shown.out.starts_with("# >>> rolegate demo/auth >>>\n") && shown.code == Code::Yes,
        "{}",
        shown.out
    );
    assert!(shown.out.contains("[profile staging-developer]"));
    let dash = export(of("kim"), Some(Path::new("-")), Output::Text);
    assert_eq!(dash.out, shown.out);
    let many = export(Selection::Everybody, None, Output::Text);
    assert!(many.code == Code::Bad && many.talk.contains("--out DIR"), "{}", many.talk);
    let json: serde_json::Value =
        serde_json::from_str(&export(Selection::Everybody, None, Output::Json).out).unwrap();
    assert_eq!(json["of"].as_array().unwrap().len(), 7);
}

#[test]
fn a_file_is_merged_into_and_a_folder_holds_it() {
    let folder = Folder::new("file");
    let path = folder.path().join("config");
    fs::write(&path, "[default]\nregion = eu-west-1\n").unwrap();
    let first = export(of("kim"), Some(&path), Output::Text);
    assert_eq!((first.code, first.out), (Code::Yes, format!("changed {}\n", path.display())));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("[default]\nregion = eu-west-1\n\n# >>> rolegate demo/auth >>>\n"));
    let again = export(of("kim"), Some(folder.path()), Output::Json);
    let json: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(json["files"][0]["outcome"], "unchanged");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn one_bad_file_leaves_all_as_they_are() {
    let folder = Folder::new("bad");
    let place = folder.path().join("out");
    for user in ["kim", "ana"] {
        fs::create_dir_all(place.join("auth").join(user)).unwrap();
    }
    let (kim, ana) = (place.join("auth/kim/config"), place.join("auth/ana/config"));
    fs::write(&kim, "nonsense\n").unwrap();
    fs::write(&ana, b"\xff").unwrap();
    let answer = export(Selection::Everybody, Some(&place), Output::Text);
    assert_eq!(answer.code, Code::Bad);
    for part in [
        "kim/config: line 1: this is neither",
        "the file is left as it is",
        "ana/config: is not UTF-8",
        "nothing was written",
    ] {
        assert!(answer.talk.contains(part), "{part}: {}", answer.talk);
    }
    assert_eq!(
        (fs::read(&kim).unwrap(), fs::read(&ana).unwrap()),
        (b"nonsense\n".to_vec(), b"\xff".to_vec())
    );
    assert!(!place.join("auth/eric").exists());
    fs::remove_file(&kim).unwrap();
    fs::remove_file(&ana).unwrap();
    let good = export(Selection::Everybody, Some(&place), Output::Text);
    assert_eq!((good.code, good.out.lines().count()), (Code::Yes, 7), "{}", good.talk);
}
