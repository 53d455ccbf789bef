//! What a set of policies of one layer says of one action: whether it denies, whether it allows, and by which statement.

use crate::action;
use crate::condition::{holds, holds_as};
use crate::decision::{Doubt, Layer, StatementRef};
use crate::facts::{Held, Source};
use crate::keyring::Keyring;
use crate::prepared::PreparedStatement;
use crate::resource;
use crate::settings::TrustActionWildcards;
use crate::truth::{Truth, Why};
use crate::values::Keys;
use rolegate_iam::policy::{Broken, Effect, Statement, Version};
use smol_str::ToSmolStr;
use std::borrow::Borrow;

/// A statement, in the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'w> {
    pub(crate) source: Source<'w>,
    pub(crate) index: usize,
    pub(crate) statement: &'w Statement,
}

impl Found<'_> {
    pub(crate) fn to_ref(self) -> StatementRef {
        StatementRef {
            layer: self.source.layer(),
            policy: self.source.to_owned(),
            index: self.index,
            sid: self.statement.sid.clone(),
            span: self.statement.span,
        }
    }
}

/// What is kept of the statements that decide: the first of them, or nothing where nobody asks for reasons.
pub(crate) trait Reason<'w>: Copy {
    const NONE: Self;

    /// Keeps this one, unless there is one already.
    fn keep(&mut self, found: Found<'w>);

    /// The first of two.
    fn or(self, other: Self) -> Self;
}

/// The statement that decides, where one does.
pub(crate) type By<'w> = Option<Found<'w>>;

impl<'w> Reason<'w> for By<'w> {
    const NONE: Self = None;

    fn keep(&mut self, found: Found<'w>) {
        if self.is_none() {
            *self = Some(found);
        }
    }

    fn or(self, other: Self) -> Self {
        Option::or(self, other)
    }
}

impl<'w> Reason<'w> for () {
    const NONE: Self = ();

    fn keep(&mut self, _: Found<'w>) {}

    fn or(self, (): Self) -> Self {}
}

/// Whether something applies, and the statement because of which it certainly does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome<R> {
    pub(crate) truth: Truth,
    pub(crate) by: R,
}

impl<'w, R: Reason<'w>> Outcome<R> {
    pub(crate) const NO: Self = Self { truth: Truth::No, by: R::NONE };
    pub(crate) const YES: Self = Self { truth: Truth::Yes, by: R::NONE };

    /// Adds one statement's answer; the first that certainly applies is kept.
    pub(crate) fn add(&mut self, truth: Truth, found: Found<'w>) {
        if truth.is_yes() {
            self.by.keep(found);
        }
        self.truth = self.truth.or(truth);
    }

    pub(crate) fn unknown(why: Why) -> Self {
        Self { truth: Truth::Unknown(why), by: R::NONE }
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self { truth: self.truth.or(other.truth), by: self.by.or(other.by) }
    }

    pub(crate) fn doubt(&mut self, why: Why) {
        self.truth = self.truth.or(Truth::Unknown(why));
    }
}

/// What one layer says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Says<R> {
    pub(crate) deny: Outcome<R>,
    pub(crate) allow: Outcome<R>,
}

impl<'w, R: Reason<'w>> Says<R> {
    /// No limit, where a layer is missing that could only limit.
    pub(crate) const FREE: Self = Self { deny: Outcome::NO, allow: Outcome::YES };

    /// Neither allows nor denies.
    pub(crate) const NOTHING: Self = Self { deny: Outcome::NO, allow: Outcome::NO };

    /// May allow, and may deny.
    pub(crate) fn unknown(why: Why) -> Self {
        Self { deny: Outcome::unknown(why), allow: Outcome::unknown(why) }
    }
}

/// What is asked of a statement.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
}

/// Whether action and resource of a statement cover what is asked.
pub(crate) fn covers(
    statement: &Statement,
    prepared: Option<&PreparedStatement<'_>>,
    version: Version,
    layer: Layer,
    asked: Asked<'_>,
    keys: &impl Keys,
) -> Truth {
    let (wildcards, without) = match layer {
        Layer::Trust => (keys.settings().trust_action_wildcards, Truth::Yes),
        // IAM never stores such a statement, so what it would mean is not known.
        _ => (TrustActionWildcards::Glob, Truth::Unknown(Why::Odd)),
    };
    let action = action::covers(&statement.action, asked.action, wildcards);
    if action.is_no() {
        return Truth::No;
    }
    let listed = prepared.and_then(|prepared| prepared.resources.as_ref());
    action.and(resource::covers(&statement.resource, listed, asked.resource, version, keys, without))
}

/// Whether a statement applies, its principal aside.
pub(crate) fn applies(
    statement: &Statement,
    version: Version,
    layer: Layer,
    asked: Asked<'_>,
    keys: &impl Keys,
) -> Truth {
    meets(statement, None, version, covers(statement, None, version, layer, asked, keys), keys)
}

/// Whether what is covered so far also meets the conditions of the statement.
pub(crate) fn meets(
    statement: &Statement,
    prepared: Option<&PreparedStatement<'_>>,
    version: Version,
    covered: Truth,
    keys: &impl Keys,
) -> Truth {
    let mut truth = covered;
    for (number, condition) in statement.conditions.iter().enumerate() {
        if truth.is_no() {
            break;
        }
        truth = truth.and(match prepared.and_then(|prepared| prepared.conditions.get(number)) {
            Some(read) => holds_as(condition, read, keys),
            None => holds(condition, version, keys),
        });
    }
    truth
}

/// Whether a statement that was not understood may have this effect.
pub(crate) fn may_be(broken: &Broken, effect: Effect) -> bool {
    broken.effect.is_none_or(|known| known == effect)
}

/// What these policies together say (their union). `gaps` tells that there may be more of them.
pub(crate) fn says<'w, R: Reason<'w>, H: Borrow<Held<'w>>>(
    policies: impl IntoIterator<Item = H>,
    gaps: bool,
    asked: Asked<'_>,
    keys: &Keyring<'_>,
) -> Says<R> {
    let mut says = Says::NOTHING;
    if gaps {
        says.deny.doubt(Why::Missing);
        says.allow.doubt(Why::Missing);
    }
    for held in policies {
        let held = held.borrow();
        let Some(document) = held.document else {
            says.deny.doubt(Why::Missing);
            says.allow.doubt(Why::Missing);
            continue;
        };
        let policy = document.policy();
        for broken in &policy.broken {
            if may_be(broken, Effect::Deny) {
                says.deny.doubt(Why::Missing);
            }
            if may_be(broken, Effect::Allow) {
                says.allow.doubt(Why::Missing);
            }
        }
        for (index, statement) in policy.statements.iter().enumerate() {
            let outcome = match statement.effect {
                Effect::Deny => &mut says.deny,
                Effect::Allow => &mut says.allow,
            };
            if !outcome.truth.is_yes() {
                let prepared = held.prepared.as_ref().and_then(|prepared| prepared.statement(index));
                let layer = held.source.layer();
                let covered = covers(statement, prepared, policy.version, layer, asked, keys);
                let truth = meets(statement, prepared, policy.version, covered, keys);
                outcome.add(truth, Found { source: held.source, index, statement });
            }
        }
    }
    says
}

/// Explains why these policies' answer is not certain: every statement that cannot be told, with its cause.
pub(crate) fn explain<'w, H: Borrow<Held<'w>>>(
    policies: impl IntoIterator<Item = H>,
    asked: Asked<'_>,
    keys: &Keyring<'_>,
    doubts: &mut Vec<Doubt>,
) {
    for held in policies {
        let held = held.borrow();
        let Some(document) = held.document else {
            doubts.push(Doubt::MissingDocument { policy: held.source.to_owned() });
            continue;
        };
        let policy = document.policy();
        doubts.extend(policy.broken.iter().map(|broken| Doubt::BrokenStatement {
            policy: held.source.to_owned(),
            span: broken.span,
            reason: broken.reason.clone(),
        }));
        for (index, statement) in policy.statements.iter().enumerate() {
            let found = Found { source: held.source, index, statement };
            let layer = held.source.layer();
            if matches!(applies(statement, policy.version, layer, asked, keys), Truth::Unknown(_)) {
                explain_statement(found, policy.version, asked, keys, doubts);
            }
        }
    }
}

pub(crate) fn explain_statement(
    found: Found<'_>,
    version: Version,
    asked: Asked<'_>,
    keys: &impl Keys,
    doubts: &mut Vec<Doubt>,
) {
    let statement = found.statement;
    if let Truth::Unknown(why) = covers(statement, None, version, found.source.layer(), asked, keys) {
        doubts.push(doubt(why, "aws:resource", "", found));
    }
    for condition in &statement.conditions {
        if let Truth::Unknown(why) = holds(condition, version, keys) {
            doubts.push(doubt(why, &condition.key, &condition.operator.to_smolstr(), found));
        }
    }
}

/// The cause, as a doubt about a statement.
pub(crate) fn doubt(why: Why, key: &str, operator: &str, found: Found<'_>) -> Doubt {
    let statement = found.to_ref();
    match why {
        Why::Open(point) => Doubt::Open(point),
        Why::Operator => Doubt::UnknownOperator { operator: operator.into(), statement },
        Why::Odd => Doubt::OddElement { statement },
        Why::Key | Why::Id | Why::Missing => Doubt::UnknownKey { key: key.into(), statement },
    }
}
