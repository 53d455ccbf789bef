//! Worlds from files and folders, and what is said of those that are none.

use rolegate_cloud::Cloud;
use rolegate_emulator::world;
use rolegate_iam::Partition;
use rolegate_iam::snapshot::file;
use std::fs;
use std::path::PathBuf;

/// A folder of this test's own below the build's folder for such things, emptied.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("world").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn a_file_gives_the_world_that_was_written() {
    let mut cloud = Cloud::new("2026-01-31T08:00:00Z".parse().unwrap(), 1);
    cloud.add_account("111111111111".parse().unwrap(), Partition::Aws, "auth");
    let path = folder("file").join("world.json");
    fs::write(&path, file::write(&cloud.snapshot())).unwrap();
    let world = world::load(&path).unwrap();
    assert_eq!(world.accounts.len(), 1);
    assert_eq!(world, cloud.snapshot());
}

#[test]
fn a_folder_gives_an_account_for_each_folder_in_it() {
    let path = folder("folder");
    fs::create_dir_all(path.join("222222222222")).unwrap();
    fs::create_dir_all(path.join("staging/.cache")).unwrap();
    fs::write(path.join("222222222222/account-authorization-details.json"), "{\"UserDetailList\": []}")
        .unwrap();
    fs::write(path.join("staging/account.json"), "{\"id\": \"333333333333\"}").unwrap();
    fs::write(path.join("staging/.cache/broken.json"), "{").unwrap();
    fs::write(path.join("README.md"), "made by hand").unwrap();
    let world = world::load(&path).unwrap();
    let ids: Vec<String> = world.accounts.keys().map(ToString::to_string).collect();
    assert_eq!(ids, ["222222222222", "333333333333"]);
}

#[test]
fn what_is_no_world_is_named_with_its_place_and_the_way_out() {
    let path = folder("broken");
    fs::create_dir_all(path.join("111111111111")).unwrap();
    fs::write(path.join("111111111111/list-roles.json"), "{\"Roles\": 3}").unwrap();
    fs::write(path.join("odd.json"), "{").unwrap();
    fs::write(path.join("binary.txt"), b"\xff").unwrap();
    let empty = folder("empty");
    for (path, parts) in [
        (path.join("none"), &["failed to read `", "/none`", "name a snapshot folder or file"][..]),
        (empty.clone(), &["/empty`", "it holds no `.json` file"]),
        (path.clone(), &["no snapshot in `", "111111111111/list-roles.json", "odd.json"]),
        (path.join("odd.json"), &["no snapshot in `", "/odd.json: at line 1"]),
        (path.join("binary.txt"), &["failed to read `", "UTF-8"]),
    ] {
        let message = world::load(&path).unwrap_err().to_string();
        for part in parts {
            assert!(message.contains(part), "no {part} in {message}");
        }
    }
}
