//! Files are replaced whole or not at all, and stay what they are.

use rolegate::save::{Saved, Target};
use std::fs;
use std::path::{Path, PathBuf};

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rolegate-it-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// What is in the folder, by name.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn save(path: &Path, text: &str) -> Saved {
    Target::look(path).unwrap().replace(text).unwrap()
}

#[test]
fn a_file_is_made_changed_and_left_alone() {
    let folder = Folder::new("made");
    let path = folder.path().join("deep/er/config");
    assert_eq!(save(&path, "one"), Saved::Created);
    assert_eq!(save(&path, "two"), Saved::Changed);
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    assert_eq!(save(&path, "two"), Saved::Same);
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "something was left behind");
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_new_files_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("modes");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let path = folder.path().join("sub/config");
    save(&path, "one");
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    for wanted in [0o640, 0o444, 0o666] {
        fs::set_permissions(&path, fs::Permissions::from_mode(wanted)).unwrap();
        save(&path, &format!("mode {wanted:o}"));
        assert_eq!(mode(&path), wanted);
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_its_target_changes() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("links");
    fs::create_dir(folder.path().join("dotfiles")).unwrap();
    fs::create_dir(folder.path().join("aws")).unwrap();
    let (real, link) = (folder.path().join("dotfiles/config"), folder.path().join("aws/config"));
    symlink("../dotfiles/config", &link).unwrap();
    assert_eq!(save(&link, "made through a link to nothing"), Saved::Created);
    assert_eq!(save(&link, "through a link"), Saved::Changed);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), "through a link");
    assert_eq!(fs::read_dir(folder.path().join("aws")).unwrap().count(), 1);
    let circle = folder.path().join("circle");
    symlink("circle", &circle).unwrap();
    assert!(Target::look(&circle).unwrap_err().to_string().contains("from link to link without an end"));
}

#[test]
fn what_is_no_file_of_text_is_refused() {
    let folder = Folder::new("nofile");
    let error = Target::look(folder.path()).unwrap_err().to_string();
    assert!(error.contains("is no regular file"), "{error}");
    let path = folder.path().join("config");
    fs::write(&path, b"ab\xff").unwrap();
    let error = Target::look(&path).unwrap().text().unwrap_err().to_string();
    assert!(error.contains("is not UTF-8: byte 2 begins no character"), "{error}");
    fs::File::create(&path).unwrap().set_len(17 * 1024 * 1024).unwrap();
    assert!(Target::look(&path).unwrap_err().to_string().contains("more than any configuration"));
}

#[test]
fn a_file_that_somebody_wrote_in_the_meantime_is_left_as_it_is() {
    let folder = Folder::new("meantime");
    let path = folder.path().join("config");
    let new = Target::look(&path).unwrap();
    fs::write(&path, "theirs").unwrap();
    let changed = Target::look(&path).unwrap();
    fs::write(&path, "theirs again").unwrap();
    for target in [new, changed] {
        let error = target.replace("ours").unwrap_err().to_string();
        assert!(error.contains("was changed by somebody else"), "{error}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "theirs again");
    assert_eq!(folder.names(), ["config"]);
}

/// The system refuses in the middle: a name that leaves no room for what is written beside it is refused before, and a folder
/// that is a file cannot be made.
#[test]
fn when_the_system_refuses_nothing_changes() {
    let folder = Folder::new("refused");
    let path = folder.path().join("config");
    fs::write(&path, "good").unwrap();
    let below = Target::look(&path.join("below"));
    let error = match below {
        Ok(target) => target.replace("x").unwrap_err(),
        Err(error) => error,
    };
    assert!(error.to_string().contains("check the path and its permissions"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "good");
}
