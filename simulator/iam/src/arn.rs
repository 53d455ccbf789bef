//! ARNs: the general six-component form, and the typed forms of IAM's entities (§3.1). Parses and prints; resolves nothing.

use crate::account::{AccountId, Partition};
use crate::name::{GroupName, Path, PolicyName, RoleName, SessionName, UserName};
use smol_str::SmolStr;
use std::fmt;
use std::str::FromStr;

/// Why a text is no ARN of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid {kind} ARN `{text}`: {rule}")]
pub struct InvalidArn {
    /// What it should have been, such as `role`.
    pub kind: &'static str,
    /// The text itself.
    pub text: String,
    /// The rule it breaks.
    pub rule: &'static str,
}

/// Any ARN, split into its six components; nothing is known of what it names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    /// `aws`, `aws-cn`, …; kept as text because foreign partitions may be read.
    pub partition: SmolStr,
    /// `iam`, `sts`, …
    pub service: SmolStr,
    /// Empty for IAM.
    pub region: SmolStr,
    /// Twelve digits, `aws`, or empty.
    pub account: SmolStr,
    /// Everything after the fifth colon.
    pub resource: SmolStr,
}

impl FromStr for Arn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next();
        match (next(), next(), next(), next(), next(), next()) {
            (Some("arn"), Some(partition), Some(service), Some(region), Some(account), Some(resource)) => {
                Ok(Self {
                    partition: partition.into(),
                    service: service.into(),
                    region: region.into(),
                    account: account.into(),
                    resource: resource.into(),
                })
            }
            _ => Err(InvalidArn {
                kind: "any",
                text: text.to_owned(),
                rule: "arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE is expected",
            }),
        }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// Splits `arn:P:iam::ACCOUNT:WORD/path/name`, checking all but the account.
fn split_iam<'a>(
    kind: &'static str,
    word: &str,
    rule: &'static str,
    text: &'a str,
) -> Result<(Partition, &'a str, Path, &'a str), InvalidArn> {
    let fault = || InvalidArn { kind, text: text.to_owned(), rule };
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().ok_or_else(fault);
    let (arn, partition, service, region, account, resource) =
        (next()?, next()?, next()?, next()?, next()?, next()?);
    if arn != "arn" || service != "iam" || !region.is_empty() {
        return Err(fault());
    }
    let partition = partition.parse().map_err(|_| fault())?;
    let rest = resource.strip_prefix(word).and_then(|rest| rest.strip_prefix('/')).ok_or_else(fault)?;
    let (folders, name) = rest.rsplit_once('/').map_or(("", rest), |(folders, name)| (folders, name));
    let path = if folders.is_empty() { "/".to_owned() } else { format!("/{folders}/") };
    Ok((partition, account, path.parse().map_err(|_| fault())?, name))
}

macro_rules! entity_arn {
    ($(#[$doc:meta])* $name:ident, $part:ident, $kind:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            /// The partition of the account.
            pub partition: Partition,
            /// The account that holds it.
            pub account: AccountId,
            /// Its path; part of the ARN (§1.4).
            pub path: Path,
            /// Its name.
            pub name: $part,
        }

        impl FromStr for $name {
            type Err = InvalidArn;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let fault = || InvalidArn { kind: $kind, text: text.to_owned(), rule: $rule };
                let (partition, account, path, name) = split_iam($kind, $kind, $rule, text)?;
                let account = account.parse().map_err(|_| fault())?;
                Ok(Self { partition, account, path, name: name.parse().map_err(|_| fault())? })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Self { partition, account, path, name } = self;
                write!(f, "arn:{partition}:iam::{account}:{}{path}{name}", $kind)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }
    };
}

entity_arn!(
    /// `arn:P:iam::ACCOUNT:role/path/Name`.
    RoleArn, RoleName, "role", "arn:PARTITION:iam::ACCOUNT:role/PATH/NAME is expected"
);
entity_arn!(
    /// `arn:P:iam::ACCOUNT:user/path/Name`.
    UserArn, UserName, "user", "arn:PARTITION:iam::ACCOUNT:user/PATH/NAME is expected"
);
entity_arn!(
    /// `arn:P:iam::ACCOUNT:group/path/Name`.
    GroupArn, GroupName, "group", "arn:PARTITION:iam::ACCOUNT:group/PATH/NAME is expected"
);
entity_arn!(
    /// `arn:P:iam::ACCOUNT:mfa/path/Name`, the serial number of a virtual MFA device.
    MfaArn, UserName, "mfa", "arn:PARTITION:iam::ACCOUNT:mfa/PATH/NAME is expected"
);

/// Who owns a managed policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyOwner {
    /// AWS itself: `arn:aws:iam::aws:policy/…`.
    Aws,
    /// An account: a customer managed policy.
    Account(AccountId),
}

/// `arn:P:iam::OWNER:policy/path/Name`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyArn {
    /// The partition.
    pub partition: Partition,
    /// AWS or an account.
    pub owner: PolicyOwner,
    /// Its path.
    pub path: Path,
    /// Its name.
    pub name: PolicyName,
}

impl FromStr for PolicyArn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rule = "arn:PARTITION:iam::ACCOUNT:policy/PATH/NAME is expected";
        let fault = || InvalidArn { kind: "policy", text: text.to_owned(), rule };
        let (partition, account, path, name) = split_iam("policy", "policy", rule, text)?;
        let owner = match account {
            "aws" => PolicyOwner::Aws,
            id => PolicyOwner::Account(id.parse().map_err(|_| fault())?),
        };
        Ok(Self { partition, owner, path, name: name.parse().map_err(|_| fault())? })
    }
}

impl fmt::Display for PolicyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, owner, path, name } = self;
        match owner {
            PolicyOwner::Aws => write!(f, "arn:{partition}:iam::aws:policy{path}{name}"),
            PolicyOwner::Account(id) => write!(f, "arn:{partition}:iam::{id}:policy{path}{name}"),
        }
    }
}

impl fmt::Debug for PolicyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// `arn:P:sts::ACCOUNT:assumed-role/RoleName/SessionName`; the role's path is not part of it (§1.2).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionArn {
    /// The partition.
    pub partition: Partition,
    /// The role's account.
    pub account: AccountId,
    /// The role's name, without path.
    pub role: RoleName,
    /// The role session name.
    pub session: SessionName,
}

impl FromStr for SessionArn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = || InvalidArn {
            kind: "role session",
            text: text.to_owned(),
            rule: "arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION is expected",
        };
        let arn: Arn = text.parse().map_err(|_| fault())?;
        let resource = arn.resource.strip_prefix("assumed-role/").ok_or_else(fault)?;
        let (role, session) = resource.split_once('/').ok_or_else(fault)?;
        if arn.service != "sts" || !arn.region.is_empty() {
            return Err(fault());
        }
        Ok(Self {
            partition: arn.partition.parse().map_err(|_| fault())?,
            account: arn.account.parse().map_err(|_| fault())?,
            role: role.parse().map_err(|_| fault())?,
            session: session.parse().map_err(|_| fault())?,
        })
    }
}

impl fmt::Display for SessionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, account, role, session } = self;
        write!(f, "arn:{partition}:sts::{account}:assumed-role/{role}/{session}")
    }
}

impl fmt::Debug for SessionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_arns_round_trip_with_and_without_path() {
        for text in ["arn:aws:iam::111111111111:role/R", "arn:aws-cn:iam::111111111111:role/a/b/R"] {
            assert_eq!(text.parse::<RoleArn>().unwrap().to_string(), text);
        }
        for text in
            ["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", "arn:aws:iam::111111111111:policy/P"]
        {
            assert_eq!(text.parse::<PolicyArn>().unwrap().to_string(), text);
        }
        let session = "arn:aws:sts::111111111111:assumed-role/Dev/s1";
        assert_eq!(session.parse::<SessionArn>().unwrap().to_string(), session);
        let any = "arn:aws:s3:::bucket/a:b";
        assert_eq!(any.parse::<Arn>().unwrap().to_string(), any);
    }

    #[test]
    fn a_wrong_shape_is_refused() {
        for bad in [
            "arn:aws:iam::111111111111:user/R",
            "arn:aws:iam::1111:role/R",
            "arn:aws:sts::111111111111:role/R",
            "arn:aws:iam:us-east-1:111111111111:role/R",
            "arn:aws:iam::111111111111:role/",
            "arn:aws:iam::111111111111:role",
            "arn:aws:iam::111111111111:role/a//R ",
            "arn:mars:iam::111111111111:role/R",
            "arn:aws:iam::111111111111:role/R:x",
        ] {
            assert!(bad.parse::<RoleArn>().is_err(), "{bad}");
        }
    }
}
