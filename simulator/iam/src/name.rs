//! Names and paths of IAM entities (§3.1): parsed once at the edge, passed as types.
//!
//! IAM compares names for uniqueness ignoring case; [`RoleName::key`] and its like give the form to compare by. Reading
//! and matching stay case-sensitive, as in AWS (§1.5).

use smol_str::SmolStr;
use std::fmt;
use std::str::FromStr;

/// Why a text is no name of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid {kind} `{text}`: {rule}")]
pub struct InvalidName {
    /// What it should have been, such as `role name`.
    pub kind: &'static str,
    /// The text itself.
    pub text: String,
    /// The rule it breaks.
    pub rule: &'static str,
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-')
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $min:literal ..= $max:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(SmolStr);

        impl $name {
            /// The name as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The form in which IAM compares names for uniqueness: lower case.
            pub fn key(&self) -> SmolStr {
                self.0.to_ascii_lowercase().into()
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if ($min..=$max).contains(&text.len()) && text.chars().all(is_name_char) {
                    Ok(Self(text.into()))
                } else {
                    Err(InvalidName { kind: $kind, text: text.to_owned(), rule: $rule })
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0.as_str())
            }
        }
    };
}

name_type!(
    /// The name of an IAM role, without its path.
    RoleName, "role name", 1..=64, "1 to 64 letters, digits and _+=,.@- are allowed"
);
name_type!(
    /// The name of an IAM user, without its path. New users have at most 64 characters, existing ones up to 128.
    UserName, "user name", 1..=128, "1 to 128 letters, digits and _+=,.@- are allowed"
);
name_type!(
    /// The name of an IAM group, without its path.
    GroupName, "group name", 1..=128, "1 to 128 letters, digits and _+=,.@- are allowed"
);
name_type!(
    /// The name of a managed or inline policy, without its path.
    PolicyName, "policy name", 1..=128, "1 to 128 letters, digits and _+=,.@- are allowed"
);
name_type!(
    /// A role session name (§2.10).
    SessionName, "role session name", 2..=64, "2 to 64 letters, digits and _+=,.@- are allowed"
);

/// An IAM path: `/`, or a text that starts and ends with `/`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(SmolStr);

impl Path {
    /// The path `/`.
    pub fn root() -> Self {
        Self("/".into())
    }

    /// The path as written, with its slashes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Path {
    fn default() -> Self {
        Self::root()
    }
}

impl FromStr for Path {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let well_formed = text == "/"
            || (text.len() >= 3
                && text.len() <= 512
                && text.starts_with('/')
                && text.ends_with('/')
                && text.bytes().all(|b| (0x21..=0x7e).contains(&b)));
        if well_formed {
            Ok(Self(text.into()))
        } else {
            Err(InvalidName {
                kind: "path",
                text: text.to_owned(),
                rule: "`/`, or up to 512 printable ASCII characters that start and end with `/`",
            })
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_service_model() {
        assert!("Dev.Access+x=1,@-_".parse::<RoleName>().is_ok());
        for bad in ["", "a b", "a/b", "rôle", "a*", "${x}"] {
            assert!(bad.parse::<RoleName>().is_err(), "{bad:?}");
        }
        assert!("r".repeat(64).parse::<RoleName>().is_ok());
        assert!("r".repeat(65).parse::<RoleName>().is_err());
        assert!("g".repeat(128).parse::<GroupName>().is_ok());
        assert!("s".parse::<SessionName>().is_err());
    }

    #[test]
    fn a_path_starts_and_ends_with_a_slash() {
        for good in ["/", "/a/", "/team/x/"] {
            assert_eq!(good.parse::<Path>().unwrap().as_str(), good);
        }
        for bad in ["", "a", "/a", "a/", "/a b/", "/é/"] {
            assert!(bad.parse::<Path>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_are_unique_ignoring_case() {
        let (a, b): (RoleName, RoleName) = ("Admin".parse().unwrap(), "ADMIN".parse().unwrap());
        assert_ne!(a, b);
        assert_eq!(a.key(), b.key());
    }
}
