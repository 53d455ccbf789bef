//! One way into a role: [`Who`] may enter, under which [`Facts`]. The unit in which access is compiled, compared and held.

use jiff::Timestamp;
use rolegate_iam::{AccountId, Partition, RoleArn, UserArn};
use smol_str::SmolStr;
use std::collections::BTreeSet;
use std::fmt;

/// Who a trust statement lets in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// The IAM users of an AccessGroup, by the membership tag that Rolegate keeps on them.
    Group {
        /// Partition of the gateway.
        partition: Partition,
        /// The gateway account.
        gateway: AccountId,
        /// `metadata.name` of the AccessGroup, a DNS label.
        group: SmolStr,
    },
    /// One IAM user.
    User(UserArn),
    /// One machine role, in any session.
    Role(RoleArn),
    /// A third party's account, with the external id that it must pass.
    Account {
        /// Its partition.
        partition: Partition,
        /// The account.
        id: AccountId,
        /// `sts:ExternalId`.
        external_id: SmolStr,
    },
    /// Whoever the gateway's own policies let: the whole account is trusted, and leave to assume the role decides.
    Gateway {
        /// Its partition.
        partition: Partition,
        /// The gateway account.
        gateway: AccountId,
    },
}

/// Multi-factor authentication that is demanded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mfa {
    /// Seconds since the second factor was shown, at most; absent = of any age.
    pub max_age: Option<u32>,
}

/// Whether the session must be named after the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SessionNameRule {
    /// Any session name.
    Any,
    /// `sts:RoleSessionName` equals `aws:username`.
    UserName,
}

/// When and from where a grant holds; what both halves of a grant can carry.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// Networks in CIDR form; absent = from anywhere. Never an empty set.
    pub source_cidrs: Option<BTreeSet<SmolStr>>,
    /// First instant.
    pub not_before: Option<Timestamp>,
    /// First instant at which it no longer holds.
    pub not_after: Option<Timestamp>,
}

/// Under which conditions somebody may enter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Facts {
    /// A second factor.
    pub mfa: Option<Mfa>,
    /// How the session is named.
    pub session_name: SessionNameRule,
    /// When and from where.
    pub window: Window,
}

/// One way in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// Who.
    pub who: Who,
    /// Under which conditions.
    pub facts: Facts,
}

impl Who {
    /// Whether a trust statement for `self` lets in everybody whom one for `other` lets in: the same, or a gateway and its people.
    pub fn covers(&self, other: &Self) -> bool {
        let Self::Gateway { partition, gateway } = self else { return self == other };
        match other {
            Self::Group { partition: theirs, gateway: home, group: _ } => {
                theirs == partition && home == gateway
            }
            Self::User(arn) => arn.partition == *partition && arn.account == *gateway,
            Self::Role(_) | Self::Account { .. } | Self::Gateway { .. } => self == other,
        }
    }
}

impl Window {
    /// Whether everything that `self` lets through, `other` lets through too.
    pub fn within(&self, other: &Self) -> bool {
        let places = match (&self.source_cidrs, &other.source_cidrs) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(mine), Some(theirs)) => mine.is_subset(theirs),
        };
        let begins = other.not_before.is_none_or(|bound| self.not_before.is_some_and(|mine| mine >= bound));
        let ends = other.not_after.is_none_or(|bound| self.not_after.is_some_and(|mine| mine <= bound));
        places && begins && ends
    }
}

impl Facts {
    /// Whether everything that `self` lets in, `other` lets in too: `self` asks for at least as much.
    pub fn within(&self, other: &Self) -> bool {
        let mfa = match (&self.mfa, &other.mfa) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(mine), Some(theirs)) => {
                theirs.max_age.is_none_or(|bound| mine.max_age.is_some_and(|age| age <= bound))
            }
        };
        let named =
            other.session_name == SessionNameRule::Any || self.session_name == SessionNameRule::UserName;
        mfa && named && self.window.within(&other.window)
    }
}

impl Entry {
    /// Whether everything that `self` lets in, `other` lets in too.
    pub fn within(&self, other: &Self) -> bool {
        other.who.covers(&self.who) && self.facts.within(&other.facts)
    }

    /// Whether it lets in whoever a gateway's own policies let.
    pub fn is_gateway(&self) -> bool {
        matches!(self.who, Who::Gateway { .. })
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group { group, .. } => write!(f, "group {group}"),
            Self::User(arn) => write!(f, "user {}", arn.name),
            Self::Role(arn) => write!(f, "role {} of {}", arn.name, arn.account),
            Self::Account { id, external_id, .. } => write!(f, "account {id} with external id {external_id}"),
            Self::Gateway { gateway, .. } => write!(f, "whoever gateway {gateway} lets"),
        }
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        match &self.mfa {
            Some(Mfa { max_age: Some(age) }) => parts.push(format!("MFA younger than {}", span(*age))),
            Some(Mfa { max_age: None }) => parts.push("MFA".to_owned()),
            None => {}
        }
        if self.session_name == SessionNameRule::UserName {
            parts.push("session named after the user".to_owned());
        }
        let Window { source_cidrs, not_before, not_after } = &self.window;
        if let Some(cidrs) = source_cidrs {
            parts.push(format!("from {}", cidrs.iter().map(SmolStr::as_str).collect::<Vec<_>>().join(", ")));
        }
        parts.extend(not_before.map(|time| format!("from {time} on")));
        parts.extend(not_after.map(|time| format!("before {time}")));
        f.write_str(&parts.join(", "))
    }
}

/// Seconds as people say them: `1h`, `90m`, `45s`.
fn span(seconds: u32) -> String {
    match (seconds % 3600, seconds % 60) {
        (0, _) => format!("{}h", seconds / 3600),
        (_, 0) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "it stands where an optional requirement does")]
    fn of_age(max_age: Option<u32>) -> Option<Mfa> {
        Some(Mfa { max_age })
    }

    fn facts(mfa: Option<Mfa>, session_name: SessionNameRule, cidrs: &[&str], end: Option<&str>) -> Facts {
        Facts {
            mfa,
            session_name,
            window: Window {
                source_cidrs: (!cidrs.is_empty()).then(|| cidrs.iter().copied().map(SmolStr::from).collect()),
                not_before: None,
                not_after: end.map(|time| time.parse().unwrap()),
            },
        }
    }

    #[test]
    fn stricter_is_within_looser_and_not_the_reverse() {
        use SessionNameRule::{Any, UserName};
        let open = facts(None, Any, &[], None);
        for strict in [
            facts(of_age(None), Any, &[], None),
            facts(of_age(Some(60)), Any, &[], None),
            facts(None, UserName, &[], None),
            facts(None, Any, &["203.0.113.0/24"], None),
            facts(None, Any, &[], Some("2027-01-01T00:00:00Z")),
        ] {
            assert!(strict.within(&open), "{strict}");
            assert!(!open.within(&strict), "{strict}");
            assert!(strict.within(&strict));
        }
        assert!(facts(of_age(Some(60)), Any, &[], None).within(&facts(of_age(Some(3600)), Any, &[], None)));
        assert!(!facts(of_age(Some(3600)), Any, &[], None).within(&facts(of_age(Some(60)), Any, &[], None)));
        assert!(!facts(of_age(None), Any, &[], None).within(&facts(of_age(Some(60)), Any, &[], None)));
        assert!(!facts(of_age(None), Any, &[], None).within(&facts(None, UserName, &[], None)));
    }
}
