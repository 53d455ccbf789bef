//! Whether a conjunction of constraints can be met, and by which values: candidates are made from the constraints' own
//! values and tried on the very evaluator of conditions, so the two can never disagree.

use super::requirement::{Constraint, FreeKey, numbers};
use crate::truth::{Truth, all};
use crate::values::{Scalar, range, time};
use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
use rolegate_iam::policy::BaseOperator;
use smol_str::{SmolStr, format_smolstr};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// 2100-01-01, later than any window that a policy gives.
const FAR_FUTURE: i64 = 4_102_444_800;

/// 36 hours: no session lasts longer (§2.10).
const LONGEST_SESSION: i64 = 129_600;

/// A choice for every key that is constrained; `None` is absent.
pub(crate) type Choice = BTreeMap<FreeKey, Option<Scalar<'static>>>;

/// Whether a conjunction can be met.
pub(crate) enum Solution {
    /// By these values.
    Met(Choice),
    /// No value was found, but not every value was tried: the keys.
    CannotTell(Choice, Vec<FreeKey>),
    /// Never.
    Never,
}

/// Solves each key by itself; keys are independent of each other, but for the order of issue time and current time.
pub(crate) fn solve(atoms: &BTreeSet<Constraint>, now: Option<Timestamp>) -> Solution {
    let mut by_key: BTreeMap<&FreeKey, Vec<&Constraint>> = BTreeMap::new();
    for atom in atoms {
        by_key.entry(&atom.key).or_default().push(atom);
    }
    let (mut choice, mut unsure) = (Choice::new(), Vec::new());
    for (key, constraints) in &by_key {
        if !key.is_exact() {
            continue;
        }
        let (candidates, complete) = candidates(key, constraints, now);
        let (mut found, mut sure) = (None, complete);
        for candidate in candidates {
            match all(constraints.iter().map(|constraint| constraint.met_by(candidate.as_ref()))) {
                Truth::Yes => {
                    found = Some(candidate);
                    break;
                }
                Truth::Unknown(_) => sure = false,
                Truth::No => {}
            }
        }
        match found {
            Some(value) => {
                choice.insert((*key).clone(), value);
            }
            None if sure => return Solution::Never,
            None => unsure.push((*key).clone()),
        }
    }
    let at = |key: &FreeKey| choice.get(key).and_then(|value| value.as_ref()?.time());
    if let (Some(issued), Some(now)) = (at(&FreeKey::TokenIssueTime), at(&FreeKey::Time).or(now))
        && issued > now
    {
        return Solution::Never;
    }
    if unsure.is_empty() { Solution::Met(choice) } else { Solution::CannotTell(choice, unsure) }
}

/// Values to try, in the order of preference, and whether a solution outside of them is impossible.
fn candidates(
    key: &FreeKey,
    constraints: &[&Constraint],
    now: Option<Timestamp>,
) -> (Vec<Option<Scalar<'static>>>, bool) {
    match key {
        // Later is better for the current time, earlier for the issue of a session, so that they meet if they can.
        FreeKey::Time => {
            let far = Timestamp::from_second(FAR_FUTURE).ok().map(Scalar::Time);
            let times = times(constraints, now, Timestamp::MIN).into_iter().rev();
            (far.into_iter().chain(times).map(Some).collect(), is_about_time(constraints))
        }
        FreeKey::TokenIssueTime => {
            let longest = SignedDuration::from_secs(LONGEST_SESSION);
            let earliest = now.map_or(Ok(Timestamp::UNIX_EPOCH), |now| now.checked_sub(longest));
            let earliest = earliest.unwrap_or(Timestamp::MIN);
            let times = times(constraints, now, earliest).into_iter();
            let values = std::iter::once(Scalar::Time(earliest)).chain(times).map(Some);
            (values.collect(), is_about_time(constraints))
        }
        FreeKey::MfaAge => {
            let mut ages: Vec<i64> = constraints
                .iter()
                .flat_map(|constraint| numbers(constraint))
                .flat_map(|age| [age.saturating_sub(1), age, age.saturating_add(1)])
                .chain([0])
                .filter(|age| *age >= 0)
                .collect();
            ages.sort_unstable();
            ages.dedup();
            let complete = constraints.iter().all(|constraint| is_about_numbers(&constraint.operator.base));
            (ages.into_iter().map(|age| Some(Scalar::Number(age))).collect(), complete)
        }
        FreeKey::SourceIp => {
            let addresses =
                constraints.iter().flat_map(|constraint| &constraint.values).filter_map(|value| range(value));
            let known = [
                IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)),
                IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
            ];
            let mut tried: Vec<IpAddr> = known.into_iter().chain(addresses.flat_map(edges)).collect();
            tried.dedup();
            let values = tried.into_iter().map(|ip| Some(Scalar::Ip(ip))).chain([None]);
            let complete = constraints.iter().all(|constraint| {
                matches!(
                    constraint.operator.base,
                    BaseOperator::IpAddress | BaseOperator::NotIpAddress | BaseOperator::Null
                )
            });
            (values.collect(), complete)
        }
        _ => texts(key, constraints),
    }
}

/// Whether the values tried for a time are all that matter: every constraint compares with an instant.
fn is_about_time(constraints: &[&Constraint]) -> bool {
    constraints.iter().all(|constraint| {
        let base = &constraint.operator.base;
        *base == BaseOperator::Null
            || ((is_about_dates(base) || is_about_numbers(base))
                && constraint.values.iter().all(|value| time(value).is_some()))
    })
}

fn is_about_dates(base: &BaseOperator) -> bool {
    use BaseOperator as Op;
    matches!(
        base,
        Op::DateEquals
            | Op::DateNotEquals
            | Op::DateLessThan
            | Op::DateLessThanEquals
            | Op::DateGreaterThan
            | Op::DateGreaterThanEquals
    )
}

fn is_about_numbers(base: &BaseOperator) -> bool {
    use BaseOperator as Op;
    matches!(
        base,
        Op::Null
            | Op::NumericEquals
            | Op::NumericNotEquals
            | Op::NumericLessThan
            | Op::NumericLessThanEquals
            | Op::NumericGreaterThan
            | Op::NumericGreaterThanEquals
    )
}

fn times(constraints: &[&Constraint], now: Option<Timestamp>, earliest: Timestamp) -> Vec<Scalar<'static>> {
    let second = SignedDuration::from_secs(1);
    let mut times: Vec<Timestamp> = constraints
        .iter()
        .flat_map(|constraint| &constraint.values)
        .filter_map(|value| time(value))
        .flat_map(|at| [at.checked_sub(second).ok(), Some(at), at.checked_add(second).ok()])
        .flatten()
        .chain(now)
        .filter(|at| *at >= earliest && now.is_none_or(|now| *at <= now))
        .collect();
    times.sort_unstable();
    times.dedup();
    times.into_iter().map(Scalar::Time).collect()
}

/// The first and last address of a range and their neighbours: every region that ranges can bound holds one of them.
fn edges(range: IpNet) -> impl Iterator<Item = IpAddr> {
    let step = |ip: IpAddr, up: bool| match ip {
        IpAddr::V4(ip) => {
            let bits = u32::from(ip);
            if up { bits.checked_add(1) } else { bits.checked_sub(1) }.map(|bits| IpAddr::V4(bits.into()))
        }
        IpAddr::V6(ip) => {
            let bits = u128::from(ip);
            if up { bits.checked_add(1) } else { bits.checked_sub(1) }.map(|bits| IpAddr::V6(bits.into()))
        }
    };
    let (first, last) = (range.network(), range.broadcast());
    // The first host rather than the network address, where there is one.
    [
        step(first, true).filter(|ip| range.contains(ip)),
        Some(first),
        Some(last),
        step(first, false),
        step(last, true),
    ]
    .into_iter()
    .flatten()
}

fn texts(key: &FreeKey, constraints: &[&Constraint]) -> (Vec<Option<Scalar<'static>>>, bool) {
    let optional = matches!(key, FreeKey::ExternalId | FreeKey::SourceIdentity);
    let mut values: Vec<SmolStr> = Vec::new();
    for constraint in constraints {
        for value in &constraint.values {
            // What stands before the chosen value is not chosen.
            let own = value.strip_prefix(constraint.prefix.as_str()).unwrap_or(value);
            values.extend(["*", "", "x", "rolegate"].map(|filler| fill(own, filler)));
        }
    }
    let absent = optional.then_some(None);
    let fresh = ["rolegate", "us-east-1"].map(SmolStr::new_static);
    // One more than there are values, so that no list of exceptions holds them all.
    let others = (0..=values.len()).map(|number| format_smolstr!("rolegate-{number}"));
    let tried = fresh
        .into_iter()
        .chain(values.iter().cloned())
        .chain(others)
        .filter(|value| legal(key, value))
        .map(|value| Some(Scalar::Text(value)));
    (absent.into_iter().chain(tried).collect(), is_complete(constraints))
}

/// Among equalities and their negations every solution is one of the values, absent, or as good as a fresh value.
fn is_complete(constraints: &[&Constraint]) -> bool {
    let exact = |constraint: &&Constraint| {
        matches!(
            constraint.operator.base,
            BaseOperator::StringEquals | BaseOperator::StringNotEquals | BaseOperator::Null
        ) || !constraint.values.iter().any(|value| value.contains(['*', '?']))
            && matches!(constraint.operator.base, BaseOperator::StringLike | BaseOperator::StringNotLike)
    };
    let pins = |constraint: &&Constraint| {
        constraint.holds
            && constraint.operator.base == BaseOperator::StringEquals
            && !constraint.operator.if_exists
    };
    constraints.iter().all(exact) || constraints.iter().any(pins)
}

/// A text that the pattern matches, its wildcards replaced; escapes become what they stand for.
fn fill(pattern: &str, filler: &str) -> SmolStr {
    let (mut text, mut rest) = (String::new(), pattern);
    while let Some(c) = rest.chars().next() {
        let escaped = ["${*}", "${?}", "${$}"].into_iter().find(|escape| rest.starts_with(escape));
        match (escaped, c) {
            (Some(escape), _) => {
                text.extend(escape.chars().nth(2));
                rest = rest.strip_prefix(escape).unwrap_or_default();
                continue;
            }
            (None, '*') => text.push_str(filler),
            (None, '?') => text.push('x'),
            (None, c) => text.push(c),
        }
        rest = rest.strip_prefix(c).unwrap_or_default();
    }
    text.into()
}

/// Whether the API takes the value (§2.10).
fn legal(key: &FreeKey, value: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-');
    let fits = |longest: usize, more: &[char]| {
        (2..=longest).contains(&value.len()) && value.chars().all(|c| word(c) || more.contains(&c))
    };
    match key {
        FreeKey::SessionName | FreeKey::CallerSession => fits(64, &[]),
        FreeKey::ExternalId => fits(1224, &[':', '/']),
        FreeKey::SourceIdentity => fits(256, &[]) && !value.starts_with("aws:"),
        _ => !value.is_empty(),
    }
}
