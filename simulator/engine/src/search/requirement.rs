//! What a way requires of its caller: a conjunction of constraints on what the caller may choose, printed for people.

use crate::condition::holds_for;
use crate::settings::Settings;
use crate::truth::{Truth, Why};
use crate::values::{Fact, Keys, Scalar, number};
use rolegate_iam::policy::{BaseOperator, Condition, Operator, Version};
use smol_str::SmolStr;
use std::collections::BTreeSet;
use std::fmt;

/// All of these must hold. Ordered, without repetition.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirements(pub BTreeSet<Requirement>);

/// One thing a caller must do or be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requirement {
    /// Credentials of one of these kinds. Never all kinds that the caller can have.
    Credentials(BTreeSet<Credentials>),
    /// A condition on a key that the caller chooses.
    Value(Constraint),
}

/// The kinds of credentials that a decision can tell apart (§2.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Credentials {
    /// A user's long-term key, no MFA in the call.
    Key,
    /// A user's long-term key, MFA in the call.
    KeyWithMfa,
    /// A user's session without MFA.
    Session,
    /// A user's session with MFA.
    SessionWithMfa,
    /// A role session, case (i): no MFA on the way, or only in the call that made it.
    Role,
    /// A role session, case (ii): obtained from an MFA-authenticated session (U4).
    RoleAfterMfa,
}

/// A condition on a key that the caller chooses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Constraint {
    /// The key.
    pub key: FreeKey,
    /// The operator, as in the policy.
    pub operator: Operator,
    /// The values; variables are expanded, literal `*` `?` `$` of the expansion are written `${*}` `${?}` `${$}`.
    pub values: Vec<SmolStr>,
    /// Whether the condition must hold, or must not.
    pub holds: bool,
    /// What stands before the chosen value in the key's value; empty except for `aws:userid`.
    pub prefix: SmolStr,
    /// Whether a value was written as `${aws:username}`.
    pub own_user_name: bool,
}

/// The keys that a caller chooses, or that only the caller knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FreeKey {
    /// `sts:ExternalId`; may be left out.
    ExternalId,
    /// `sts:RoleSessionName`.
    SessionName,
    /// `sts:SourceIdentity`; may be left out, and needs `sts:SetSourceIdentity`.
    SourceIdentity,
    /// `aws:SourceIp`; absent through a VPC endpoint.
    SourceIp,
    /// `aws:CurrentTime`, `aws:EpochTime`.
    Time,
    /// `aws:MultiFactorAuthAge` of an MFA session.
    MfaAge,
    /// `aws:TokenIssueTime` of a session.
    TokenIssueTime,
    /// `aws:UserAgent`.
    UserAgent,
    /// `aws:RequestedRegion`.
    Region,
    /// The name of the calling role session; chosen in the hop before.
    CallerSession,
    /// A key of the request or session that the search does not combine (session tags, VPC endpoints, …).
    Other(SmolStr),
    /// A fact of a principal that cannot be seen.
    Theirs(SmolStr),
}

impl FreeKey {
    /// Whether the search knows every value the key may take.
    pub(crate) fn is_exact(&self) -> bool {
        !matches!(self, Self::Other(_) | Self::Theirs(_))
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::ExternalId => "external id",
            Self::SessionName => "session name",
            Self::SourceIdentity => "source identity",
            Self::SourceIp => "source address",
            Self::Time => "time",
            Self::MfaAge => "MFA age",
            Self::TokenIssueTime => "issue time of the session",
            Self::UserAgent => "user agent",
            Self::Region => "region of the call",
            Self::CallerSession => "name of the calling session",
            Self::Other(key) | Self::Theirs(key) => key,
        }
    }
}

/// No keys: for values in which nothing is left to expand.
struct Expanded(Settings);

impl Keys for Expanded {
    fn fact(&self, _key: &str) -> Fact<'_> {
        Fact::Unknown(Why::Key)
    }

    fn settings(&self) -> &Settings {
        &self.0
    }
}

impl Constraint {
    /// Whether the constraint is met when the key has this state. `None` is absent.
    pub(crate) fn met_by(&self, value: Option<&Scalar<'_>>) -> Truth {
        let condition = Condition {
            operator: self.operator.clone(),
            key: self.key.name().into(),
            values: self.values.clone(),
        };
        let version = Version::V2012;
        let held = holds_for(&condition, version, &Expanded(Settings::guess()), || match value {
            None => Fact::Absent,
            Some(value) if self.prefix.is_empty() => Fact::One(value.clone()),
            Some(value) => Fact::text(format!("{}{}", self.prefix, value.text())),
        });
        if self.holds { held } else { !held }
    }

    /// The opposite.
    pub(crate) fn negated(&self) -> Self {
        Self { holds: !self.holds, ..self.clone() }
    }
}

impl Requirements {
    /// Whether whoever meets these also meets `other`. Careful: `false` may only mean that it could not be told.
    pub fn implies(&self, other: &Self) -> bool {
        other.0.iter().all(|wanted| self.0.iter().any(|have| have.implies(wanted)))
    }

    /// The constraints on chosen values.
    pub fn constraints(&self) -> impl Iterator<Item = &Constraint> {
        self.0.iter().filter_map(|requirement| match requirement {
            Requirement::Value(constraint) => Some(constraint),
            Requirement::Credentials(_) => None,
        })
    }

    /// The kinds of credentials that do; `None` when any will.
    pub fn credentials(&self) -> Option<&BTreeSet<Credentials>> {
        self.0.iter().find_map(|requirement| match requirement {
            Requirement::Credentials(kinds) => Some(kinds),
            Requirement::Value(_) => None,
        })
    }

    /// Whether MFA is required, in the call or in the session.
    pub fn requires_mfa(&self) -> bool {
        self.credentials().is_some_and(|kinds| {
            kinds.iter().all(|kind| {
                matches!(
                    kind,
                    Credentials::KeyWithMfa | Credentials::SessionWithMfa | Credentials::RoleAfterMfa
                )
            })
        })
    }
}

impl Requirement {
    fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Credentials(have), Self::Credentials(wanted)) => have.is_subset(wanted),
            (have, wanted) => have == wanted,
        }
    }
}

impl fmt::Display for Requirements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let aged = self.constraints().any(|constraint| constraint.key == FreeKey::MfaAge);
        let mut first = true;
        for requirement in &self.0 {
            // An age of MFA says MFA already.
            if aged && matches!(requirement, Requirement::Credentials(_)) && self.requires_mfa() {
                continue;
            }
            write!(f, "{}{requirement}", if first { "" } else { ", " })?;
            first = false;
        }
        if first { f.write_str("nothing more") } else { Ok(()) }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credentials(kinds) => credentials(kinds, f),
            Self::Value(constraint) => constraint.fmt(f),
        }
    }
}

fn credentials(kinds: &BTreeSet<Credentials>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    use Credentials as C;
    let kinds: Vec<C> = kinds.iter().copied().collect();
    match kinds.as_slice() {
        [C::KeyWithMfa, C::SessionWithMfa] => f.write_str("MFA"),
        [C::Key, C::KeyWithMfa] => f.write_str("a long-term key"),
        [C::Session, C::SessionWithMfa] => f.write_str("temporary credentials"),
        [C::Key, C::Session] => f.write_str("no MFA"),
        [C::KeyWithMfa, C::Session, C::SessionWithMfa] => f.write_str("MFA or temporary credentials"),
        [C::Key, C::KeyWithMfa, C::SessionWithMfa] => f.write_str("a long-term key, or a session with MFA"),
        _ => {
            for (at, kind) in kinds.iter().enumerate() {
                let name = match kind {
                    C::Key => "a long-term key without MFA",
                    C::KeyWithMfa => "a long-term key with MFA in the call",
                    C::Session => "a session without MFA",
                    C::SessionWithMfa => "a session with MFA",
                    C::Role => "a role session without MFA",
                    C::RoleAfterMfa => "a role session obtained from an MFA session",
                };
                write!(f, "{}{name}", if at == 0 { "" } else { " or " })?;
            }
            Ok(())
        }
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use BaseOperator as Op;
        let name = self.key.name();
        let plain = self.operator.set.is_none() && !self.operator.if_exists;
        let negated = self.operator.base.is_negated();
        let not = if self.holds == negated { "not " } else { "" };
        let values = self.values.iter().map(|value| unescape(value)).collect::<Vec<_>>().join(" or ");
        if self.own_user_name && plain && not.is_empty() {
            return write!(f, "{name} = own user name");
        }
        match (&self.operator.base, plain) {
            (
                Op::StringEquals
                | Op::StringNotEquals
                | Op::StringEqualsIgnoreCase
                | Op::StringNotEqualsIgnoreCase,
                true,
            ) => {
                write!(f, "{name} {not}{values}")
            }
            (
                Op::StringLike
                | Op::StringNotLike
                | Op::ArnLike
                | Op::ArnNotLike
                | Op::ArnEquals
                | Op::ArnNotEquals,
                true,
            ) => {
                write!(f, "{name} {not}like {values}")
            }
            (Op::IpAddress | Op::NotIpAddress, true) => write!(f, "{not}from {values}"),
            (Op::Null, true) => {
                let absent = values.eq_ignore_ascii_case("true") == self.holds;
                write!(f, "{} {name}", if absent { "no" } else { "some" })
            }
            (base, true) => match (order(base, self.holds), &self.key) {
                (Some(order), FreeKey::MfaAge) => write!(f, "MFA {} {}", order.age, age(&values)),
                (Some(order), FreeKey::Time) => write!(f, "{} {values}", order.time),
                (Some(order), _) => write!(f, "{name} {} {values}", order.sign),
                (None, _) => self.fmt_plainly(&values, f),
            },
            (_, false) => self.fmt_plainly(&values, f),
        }
    }
}

impl Constraint {
    fn fmt_plainly(&self, values: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{} {} {values}", if self.holds { "" } else { "not " }, self.key.name(), self.operator)
    }
}

struct Order {
    age: &'static str,
    time: &'static str,
    sign: &'static str,
}

/// How an ordering operator reads; a negated one reads as its opposite.
fn order(base: &BaseOperator, holds: bool) -> Option<Order> {
    use BaseOperator as Op;
    let below = Order { age: "younger than", time: "before", sign: "<" };
    let at_most = Order { age: "no older than", time: "no later than", sign: "<=" };
    let above = Order { age: "older than", time: "after", sign: ">" };
    let at_least = Order { age: "at least", time: "from", sign: ">=" };
    Some(match (base, holds) {
        (Op::NumericLessThan | Op::DateLessThan, true)
        | (Op::NumericGreaterThanEquals | Op::DateGreaterThanEquals, false) => below,
        (Op::NumericLessThanEquals | Op::DateLessThanEquals, true)
        | (Op::NumericGreaterThan | Op::DateGreaterThan, false) => at_most,
        (Op::NumericGreaterThan | Op::DateGreaterThan, true)
        | (Op::NumericLessThanEquals | Op::DateLessThanEquals, false) => above,
        (Op::NumericGreaterThanEquals | Op::DateGreaterThanEquals, true)
        | (Op::NumericLessThan | Op::DateLessThan, false) => at_least,
        _ => return None,
    })
}

fn age(seconds: &str) -> String {
    match seconds.parse::<u64>() {
        Ok(seconds) if seconds > 0 && seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        Ok(seconds) if seconds > 0 && seconds.is_multiple_of(60) => format!("{}min", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

fn unescape(value: &str) -> String {
    value.replace("${*}", "*").replace("${?}", "?").replace("${$}", "$")
}

/// The numbers a constraint speaks of.
pub(crate) fn numbers(constraint: &Constraint) -> impl Iterator<Item = i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a candidate outside of i64 is of no use; the cast saturates"
    )]
    constraint.values.iter().filter_map(|value| number(value)).map(|number| number as i64)
}
