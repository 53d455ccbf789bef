//! The folder outside the repository in which foreign tools are kept, one folder per pinned version.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::process::Error;

/// `$XDG_CACHE_HOME/rolegate`, or `~/.cache/rolegate`.
///
/// # Errors
/// When neither variable names an absolute folder.
pub(crate) fn folder() -> Result<PathBuf, Error> {
    let base = base(env::var_os("XDG_CACHE_HOME"), env::var_os("HOME")).ok_or(Error::NoCache)?;
    Ok(base.join("rolegate"))
}

/// Where caches go, as the XDG base directory specification says: a relative path there is to be ignored.
fn base(xdg: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    xdg.and_then(absolute).or_else(|| home.and_then(absolute).map(|home| home.join(".cache")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_follows_the_xdg_specification() {
        let place = |xdg: Option<&str>, home: Option<&str>| base(xdg.map(Into::into), home.map(Into::into));
        let cases = [
            (Some("/var/cache/me"), Some("/home/me"), Some("/var/cache/me")),
            (None, Some("/home/me"), Some("/home/me/.cache")),
            (Some(""), Some("/home/me"), Some("/home/me/.cache")),
            (Some("relative"), Some("/home/me"), Some("/home/me/.cache")),
            (None, None, None),
        ];
        for (xdg, home, expected) in cases {
            assert_eq!(place(xdg, home), expected.map(PathBuf::from), "{xdg:?} {home:?}");
        }
    }
}
