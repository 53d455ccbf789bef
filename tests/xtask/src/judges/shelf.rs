//! A folder of the cache that is either whole or made anew. Knows nothing of what is put into it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::process::Error;

/// Written into a folder last: a folder without it was left half made.
const WHOLE: &str = "whole";

/// The folder, made by `fill` if it is not there whole and `sound`.
///
/// Two processes that want the same folder wait for each other. The folder is filled where it will stay, because a Python
/// environment cannot be moved; what `fill` left half done is thrown away by the next who comes.
///
/// # Errors
/// When the cache cannot be written, or with what `fill` says.
pub(crate) fn filled(
    folder: &Path,
    sound: impl Fn(&Path) -> bool,
    fill: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(fault("make the folder", parent))?;
    let lock = beside(folder, "lock");
    let guard = File::create(&lock).map_err(fault("make the lock", &lock))?;
    guard.lock().map_err(fault("wait for the lock", &lock))?;
    if folder.join(WHOLE).is_file() && sound(folder) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(fault("throw away the broken folder", folder))?;
    }
    fs::create_dir(folder).map_err(fault("make the folder", folder))?;
    fill(folder)?;
    fs::write(folder.join(WHOLE), "").map_err(fault("finish the folder", folder))
    // The lock is let go with `guard`, or by the system if we die.
}

fn beside(folder: &Path, ending: &str) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

pub(crate) fn fault<'a>(act: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> Error + 'a {
    move |source| Error::File { act, path: path.to_owned(), source }
}

/// A name for content: 64 bits of FNV-1a. Nobody chooses these contents to collide; the tools check their own hashes.
pub(crate) fn key<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        // The length goes in front, so that moving a byte from one part to the next is another key.
        for byte in u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes().iter().chain(part) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for each test, gone afterwards.
    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Place {
            let path = std::env::temp_dir().join(format!("rolegate-shelf-{}-{name}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Place(path)
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn write(folder: &Path) -> Result<(), Error> {
        fs::write(folder.join("tool"), "good").map_err(fault("write", folder))
    }

    fn never(_: &Path) -> Result<(), Error> {
        panic!("filled again")
    }

    #[test]
    fn it_is_filled_once() {
        let place = Place::new("once");
        let folder = place.0.join("tools-1");
        filled(&folder, |_| true, write).unwrap();
        filled(&folder, |_| true, never).unwrap();
        assert_eq!(fs::read_to_string(folder.join("tool")).unwrap(), "good");
    }

    #[test]
    fn what_was_left_half_made_is_never_taken_for_whole() {
        let place = Place::new("half");
        let folder = place.0.join("tools-1");
        let broken = filled(
            &folder,
            |_| true,
            |folder| {
                fs::write(folder.join("rubbish"), "").unwrap();
                Err(Error::Judge("no network".to_owned()))
            },
        );
        assert_eq!(broken.unwrap_err().to_string(), "no network");
        filled(&folder, |_| true, write).unwrap();
        assert!(folder.join("tool").is_file() && !folder.join("rubbish").exists());
    }

    #[test]
    fn what_is_no_longer_sound_is_made_anew() {
        let place = Place::new("sound");
        let folder = place.0.join("tools-1");
        let sound = |folder: &Path| folder.join("tool").is_file();
        filled(&folder, sound, write).unwrap();
        fs::remove_file(folder.join("tool")).unwrap();
        filled(&folder, sound, write).unwrap();
        assert!(sound(&folder));
    }

    #[test]
    fn two_at_the_same_time_fill_it_once() {
        let place = Place::new("two");
        let folder = place.0.join("tools-1");
        let count = std::sync::atomic::AtomicUsize::new(0);
        let work = || {
            filled(
                &folder,
                |_| true,
                |folder| {
                    count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    write(folder)
                },
            )
        };
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
            for one in all {
                one.join().unwrap().unwrap();
            }
        });
        assert_eq!(count.into_inner(), 1);
    }

    #[test]
    fn the_key_follows_every_byte_and_where_it_stands() {
        let keys =
            [key([b"ab".as_slice(), b"c"]), key([b"a".as_slice(), b"bc"]), key([b"ab".as_slice(), b"d"])];
        assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
        assert_eq!(key([b"ab".as_slice(), b"c"]), keys[0]);
    }
}
