//! The names by which Rolegate knows its own things in AWS (design §5): paths, tags, policy names, Sids, claims.
//! Knows no account's contents.

use rolegate_iam::policy::CanonicalStatement;
use rolegate_iam::{
    AccountId, GroupName, Partition, Path, PolicyArn, PolicyName, PolicyOwner, RoleName, Statement, UserName,
};
use sha2::{Digest, Sha256};
use smol_str::{SmolStr, format_smolstr};

/// Key of the tag that marks a role as ours.
pub const OWNER_TAG: &str = "rolegate.dev/owner";
/// Key of the tag that dates a dormant role.
pub const DORMANT_TAG: &str = "rolegate.dev/dormant-since";
/// Name of the inline policy that marks a group as ours (groups cannot be tagged, §4.5).
pub const OWNER_POLICY: &str = "rolegate-owner";
/// Name of the inline policy that cuts older sessions of a role.
pub const REVOKE_POLICY: &str = "rolegate-revoke-sessions";
/// Name of the managed policy whose Sid says who acts here.
pub const CLAIM_POLICY: &str = "rolegate-claim";
/// Name of the managed policy by which people manage their own credentials.
pub const SELF_MANAGEMENT_POLICY: &str = "rolegate-self-management";

/// One installation of Rolegate: the name that separates its things from everybody else's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Installation(SmolStr);

impl Installation {
    /// Takes a name that validation has found to be a DNS label of at most 20 characters.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `/rolegate/<installation>/`, the path of our groups and policies.
    pub fn path(&self) -> Path {
        // A DNS label between slashes is always a path; the fallback keeps this free of panics.
        format!("/rolegate/{}/", self.0).parse().unwrap_or_default()
    }

    /// Key of the membership tag on users.
    pub fn membership_tag(&self) -> SmolStr {
        format_smolstr!("rolegate.dev/{}", self.0)
    }

    /// Value of the owner tag of a role: names the very thing it sits on, so that a copied role is not ours.
    pub fn owner_tag(&self, access_role: &str, account: AccountId, role: &RoleName) -> String {
        format!("{}/{access_role}/{account}/{role}", self.0)
    }

    /// The AccessRole named by an owner tag, when the tag belongs to this installation and to the thing it sits on.
    pub fn owner_of<'a>(&self, tag: &'a str, account: AccountId, role: &RoleName) -> Option<&'a str> {
        let rest = tag.strip_prefix(self.0.as_str())?.strip_prefix('/')?;
        let (access_role, place) = rest.split_once('/')?;
        (place == format!("{account}/{role}")).then_some(access_role)
    }

    /// The ARN of one of our policies in an account.
    pub fn policy_arn(&self, partition: Partition, account: AccountId, name: &PolicyName) -> PolicyArn {
        PolicyArn { partition, owner: PolicyOwner::Account(account), path: self.path(), name: name.clone() }
    }
}

/// Who, in a gateway account, holds the identity half of a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// A group of ours.
    Group(GroupName),
    /// A directly named user.
    User(UserName),
    /// A machine role of the gateway.
    Role(RoleName),
}

impl Holder {
    fn prefix(&self) -> String {
        match self {
            Self::Group(name) => format!("group-{name}-"),
            Self::User(name) => format!("user-{name}-"),
            Self::Role(name) => format!("role-{name}-"),
        }
    }

    /// Name of the holder's policy number `index`, from 1; `None` when the holder's name leaves no room for it.
    pub fn policy_name(&self, index: usize) -> Option<PolicyName> {
        format!("{}{index}", self.prefix()).parse().ok()
    }

    /// The number in a policy name, when it is one of this holder's.
    pub fn policy_index(&self, name: &PolicyName) -> Option<usize> {
        let index: usize = name.as_str().strip_prefix(&self.prefix())?.parse().ok()?;
        (index > 0 && self.policy_name(index).as_ref() == Some(name)).then_some(index)
    }

    /// The holder and number that a policy name of ours stands for.
    pub fn of_policy(name: &PolicyName) -> Option<(Self, usize)> {
        let (stem, _) = name.as_str().rsplit_once('-')?;
        let (kind, holder) = stem.split_once('-')?;
        let holder = match kind {
            "group" => Self::Group(holder.parse().ok()?),
            "user" => Self::User(holder.parse().ok()?),
            "role" => Self::Role(holder.parse().ok()?),
            _ => return None,
        };
        let index = holder.policy_index(name)?;
        Some((holder, index))
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Group(name) => write!(f, "group {name}"),
            Self::User(name) => write!(f, "user {name}"),
            Self::Role(name) => write!(f, "role {name}"),
        }
    }
}

/// A constant name of ours as a typed name.
pub(crate) fn fixed_policy_name(name: &'static str) -> Option<PolicyName> {
    name.parse().ok()
}

/// Hex of the SHA-256 of a text, cut to `digits`.
pub(crate) fn hash(text: &str, digits: usize) -> String {
    Sha256::digest(text.as_bytes()).iter().flat_map(|byte| [byte >> 4, byte & 15]).take(digits).fold(
        String::new(),
        |mut hex, nibble| {
            hex.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            hex
        },
    )
}

/// The Sid of a statement of ours: `Rg` and 16 hex digits of its canonical content. A statement that still matches its Sid
/// was written by us as it is.
pub(crate) fn sid(statement: &Statement) -> SmolStr {
    sid_of(&statement.canonical())
}

fn sid_of(canonical: &CanonicalStatement) -> SmolStr {
    format_smolstr!("Rg{}", hash(&canonical.0, 16))
}

/// Gives a statement its Sid.
pub(crate) fn signed(mut statement: Statement) -> Statement {
    statement.sid = Some(sid(&statement));
    statement
}

/// Whether a statement of this canonical content is as we wrote it.
pub(crate) fn is_remembered(statement: &Statement, canonical: &CanonicalStatement) -> bool {
    statement.sid.as_ref().is_some_and(|written| *written == sid_of(canonical))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_tag_is_true_only_of_the_thing_it_sits_on() {
        let ours = Installation::new("acme");
        let account: AccountId = "111111111111".parse().unwrap();
        let role: RoleName = "Dev".parse().unwrap();
        let tag = ours.owner_tag("developer", account, &role);
        assert_eq!(ours.owner_of(&tag, account, &role), Some("developer"));
        assert_eq!(ours.owner_of(&tag, "222222222222".parse().unwrap(), &role), None);
        assert_eq!(ours.owner_of(&tag, account, &"Copy".parse().unwrap()), None);
        assert_eq!(Installation::new("acm").owner_of(&tag, account, &role), None);
        assert_eq!(Installation::new("acme2").owner_of(&tag, account, &role), None);
    }

    #[test]
    fn policy_names_of_holders_are_read_back_exactly() {
        let tricky = Holder::User("a-1".parse().unwrap());
        let name = tricky.policy_name(2).unwrap();
        assert_eq!(name.as_str(), "user-a-1-2");
        assert_eq!(Holder::of_policy(&name), Some((tricky, 2)));
        for foreign in ["user-x-0", "user-x-01", "team-x-1", "user-1", "rolegate-claim", "user-x-+1"] {
            assert_eq!(Holder::of_policy(&foreign.parse().unwrap()), None, "{foreign}");
        }
    }
}
