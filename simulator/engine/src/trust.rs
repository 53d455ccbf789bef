//! What a role's trust policy says of one action and one caller: whether it denies, and by which match kinds it allows.

use crate::decision::{Doubt, Layer};
use crate::facts::{Held, HolderRef, Source, SourceKind, Subject};
use crate::keyring::Keyring;
use crate::layer::{Asked, Found, Outcome, Reason, applies, covers, doubt, explain, may_be, meets};
use crate::principal::{Kinds, Who};
use crate::truth::{Truth, Why};
use rolegate_iam::policy::{Effect, Principal, PrincipalClause, Version};
use rolegate_iam::snapshot::Role;

/// What the trust policy says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trust<R> {
    pub(crate) deny: Outcome<R>,
    pub(crate) kinds: Kinds,
    /// The first statement that certainly allows by a kind that no boundary limits.
    pub(crate) direct: R,
    /// The first that certainly allows the base role.
    pub(crate) role: R,
    /// The first that certainly allows the account.
    pub(crate) account: R,
}

impl<'w, R: Reason<'w>> Trust<R> {
    /// Of a role that was not collected.
    pub(crate) fn unknown() -> Self {
        let mut deny = Outcome::NO;
        deny.doubt(Why::Missing);
        Self { deny, kinds: Kinds::unknown(Why::Missing), direct: R::NONE, role: R::NONE, account: R::NONE }
    }

    /// The strongest statement that certainly allows.
    pub(crate) fn by(&self) -> R {
        self.direct.or(self.role).or(self.account)
    }

    fn allow(&mut self, kinds: Kinds, found: Found<'w>) {
        self.kinds = self.kinds.or(kinds);
        let direct = kinds.wildcard.is_yes()
            || kinds.user.is_yes()
            || kinds.session.is_yes()
            || kinds.service.is_yes();
        if direct {
            self.direct.keep(found);
        }
        if kinds.role.is_yes() {
            self.role.keep(found);
        }
        if kinds.account.is_yes() {
            self.account.keep(found);
        }
    }
}

/// Reads the trust policy of a role.
pub(crate) fn says<'w, R: Reason<'w>>(
    subject: &Subject<'w>,
    role: &'w Role,
    who: Who<'_>,
    asked: Asked<'_>,
    keys: &Keyring<'_>,
) -> Trust<R> {
    let source = source(subject, role);
    let policy = role.trust.policy();
    let prepared = subject.prepared.trust.as_deref();
    let mut trust: Trust<R> =
        Trust { deny: Outcome::NO, kinds: Kinds::NONE, direct: R::NONE, role: R::NONE, account: R::NONE };
    for broken in &policy.broken {
        if may_be(broken, Effect::Deny) {
            trust.deny.doubt(Why::Missing);
        }
        if may_be(broken, Effect::Allow) {
            trust.kinds = trust.kinds.or(Kinds::unknown(Why::Missing));
        }
    }
    for (index, statement) in policy.statements.iter().enumerate() {
        let prepared = prepared.and_then(|prepared| prepared.statement(index));
        let covered = covers(statement, prepared, policy.version, Layer::Trust, asked, keys);
        if covered.is_no() {
            continue;
        }
        let kinds = who.matched_by(&statement.principal, statement.effect, keys.settings);
        if kinds.any().is_no() {
            continue;
        }
        let kinds = kinds.and(meets(statement, prepared, policy.version, covered, keys));
        let found = Found { source, index, statement };
        match statement.effect {
            Effect::Deny => trust.deny.add(kinds.any(), found),
            Effect::Allow => trust.allow(kinds, found),
        }
    }
    trust
}

/// Explains why the trust policy's answer is not certain.
pub(crate) fn explain_trust(
    subject: &Subject<'_>,
    role: &Role,
    who: Who<'_>,
    asked: Asked<'_>,
    keys: &Keyring<'_>,
    doubts: &mut Vec<Doubt>,
) {
    let source = source(subject, role);
    let policy = role.trust.policy();
    for (index, statement) in policy.statements.iter().enumerate() {
        let kinds = who.matched_by(&statement.principal, statement.effect, keys.settings);
        if covers(statement, None, policy.version, Layer::Trust, asked, keys).is_no() || kinds.any().is_no() {
            continue;
        }
        let found = Found { source, index, statement };
        match kinds.any() {
            Truth::Unknown(Why::Id) => doubts.extend(ids(&statement.principal)),
            Truth::Unknown(why) => doubts.push(doubt(why, "aws:PrincipalArn", "", found)),
            Truth::Yes | Truth::No => {}
        }
        explain_one(found, policy.version, asked, keys, doubts);
    }
    explain_broken(source, role, asked, keys, doubts);
}

fn explain_one(
    found: Found<'_>,
    version: Version,
    asked: Asked<'_>,
    keys: &Keyring<'_>,
    doubts: &mut Vec<Doubt>,
) {
    if matches!(applies(found.statement, version, Layer::Trust, asked, keys), Truth::Unknown(_)) {
        crate::layer::explain_statement(found, version, asked, keys, doubts);
    }
}

fn explain_broken(
    source: Source<'_>,
    role: &Role,
    asked: Asked<'_>,
    keys: &Keyring<'_>,
    doubts: &mut Vec<Doubt>,
) {
    if !role.trust.policy().broken.is_empty() {
        let mut all = Vec::new();
        explain([Held { source, document: Some(&role.trust), prepared: None }], asked, keys, &mut all);
        doubts.extend(all.into_iter().filter(|doubt| matches!(doubt, Doubt::BrokenStatement { .. })));
    }
}

pub(crate) fn source<'w>(subject: &Subject<'w>, role: &'w Role) -> Source<'w> {
    Source { holder: HolderRef::Role(subject.account, role), kind: SourceKind::Trust }
}

fn ids(clause: &PrincipalClause) -> impl Iterator<Item = Doubt> {
    let principals = match clause {
        PrincipalClause::Is(principals) | PrincipalClause::IsNot(principals) => principals.as_slice(),
        PrincipalClause::Absent => &[],
    };
    principals.iter().filter_map(|principal| match principal {
        Principal::UniqueId(id) => Some(Doubt::UnknownId { id: id.clone() }),
        _ => None,
    })
}
