//! Statements read symbolically: facts of the caller are decided, what the caller may choose becomes a constraint, what is
//! not known becomes a doubt.

use super::formula::{Both, Way, Ways};
use super::free::Free;
use super::requirement::{Constraint, Credentials, FreeKey};
use crate::condition::holds;
use crate::decision::{Doubt, OpenPoint};
use crate::facts::Held;
use crate::glob::Piece;
use crate::keyring::Keyring;
use crate::layer::{Asked, Found, covers, doubt, may_be};
use crate::prepared::PreparedStatement;
use crate::principal::{Kinds, Who};
use crate::request::Caller;
use crate::settings::{AnyValueIfExists, Settings};
use crate::truth::{Truth, Why};
use crate::values::{Fact, Keys, Scalar};
use crate::variables::{Expanded, Value};
use jiff::Timestamp;
use rolegate_iam::policy::{
    BaseOperator, Condition, Effect, Operator, Principal, PrincipalClause, SetOperator, Statement, Version,
};
use smol_str::{SmolStr, ToSmolStr};
use std::borrow::Borrow;

/// One caller, with one kind of credentials, asking for one role.
pub(crate) struct Symbolic<'w> {
    /// The concrete keys; asked only for what is not free.
    pub(crate) keys: Keyring<'w>,
    /// What the caller holds; `None` for a caller that cannot be seen.
    pub(crate) credentials: Option<Credentials>,
    /// The instant; `None` where it is free.
    pub(crate) time: Option<Timestamp>,
    /// Whether the caller is a role that may have been given session tags.
    pub(crate) taggable: bool,
    /// Whether the caller may carry tags that stand in for those of the target (§2.7).
    pub(crate) inherits: bool,
    /// Whether the path of the calling role is not known.
    pub(crate) hides_path: bool,
}

/// The id that no account has.
pub(crate) const NO_ACCOUNT: &str = "000000000000";

impl Keys for Symbolic<'_> {
    /// Free keys have no value that could be put into a pattern.
    fn fact(&self, key: &str) -> Fact<'_> {
        if self.free(key).is_some() { Fact::Unknown(Why::Key) } else { self.keys.fact(key) }
    }

    fn settings(&self) -> &Settings {
        self.keys.settings
    }
}

impl Symbolic<'_> {
    /// One condition.
    fn condition<'w>(&self, condition: &Condition, version: Version, found: Found<'w>) -> Both<'w> {
        let Some(free) = self.free(&condition.key) else {
            return decided(holds(condition, version, self), condition, found);
        };
        let open = condition.operator.set == Some(SetOperator::ForAnyValue)
            && condition.operator.if_exists
            && self.keys.settings.any_value_if_exists == AnyValueIfExists::Report;
        if open {
            return Both::unknown(Doubt::Open(OpenPoint::U8));
        }
        let constraint = match self.constraint(condition, version, &free) {
            Ok(Some(constraint)) => constraint,
            // No variable has a value: nothing that could be chosen matches (§1.6).
            Ok(None) => return if condition.operator.base.is_negated() { Both::yes() } else { Both::no() },
            Err(why) => {
                return Both::unknown(doubt(why, &condition.key, condition.operator.base.as_str(), found));
            }
        };
        let Some(default) = &free.default else { return Both::free(&constraint) };
        let value = match default {
            Fact::One(value) => Some(value),
            Fact::Absent => None,
            _ => return Both::unknown(doubt(Why::Key, &condition.key, "", found)),
        };
        // Where nothing needs to be chosen the way is certain; where something must be, it is only possible.
        let chosen = |constraint: Constraint| {
            let what = format!("the search does not follow {} from hop to hop", condition.key).into();
            Ways(vec![Way {
                atoms: [constraint].into(),
                doubts: [Doubt::NotModelled { what }].into(),
                ..Way::default()
            }])
        };
        match constraint.met_by(value) {
            Truth::Yes => Both { holds: Ways::always(), fails: chosen(constraint.negated()) },
            Truth::No => Both { holds: chosen(constraint), fails: Ways::always() },
            Truth::Unknown(why) => Both::unknown(doubt(why, &condition.key, "", found)),
        }
    }

    fn constraint(
        &self,
        condition: &Condition,
        version: Version,
        free: &Free,
    ) -> Result<Option<Constraint>, Why> {
        let mut values = Vec::with_capacity(condition.values.len());
        let mut own_user_name = false;
        for value in &condition.values {
            match Value::of(value, version).expand(self) {
                Expanded::Exact(text) | Expanded::Plain(text) if text.contains("${") => {
                    values.push(text.replace('$', "${$}").into());
                }
                Expanded::Exact(text) | Expanded::Plain(text) => values.push(text.into()),
                Expanded::Literal(text) => {
                    own_user_name |= value.eq_ignore_ascii_case("${aws:username}");
                    let pieces: Vec<Piece> = text.text().chars().map(Piece::Literal).collect();
                    values.push(escape(&pieces));
                }
                Expanded::Pieces(pieces) => values.push(escape(&pieces)),
                // A variable without a value matches nothing.
                Expanded::NoValue => {}
                Expanded::Unknown(why) => return Err(why),
            }
        }
        let mut operator = condition.operator.clone();
        let forced = self.keys.settings.any_value_if_exists == AnyValueIfExists::True;
        if forced && operator.if_exists && operator.set == Some(SetOperator::ForAnyValue) {
            operator.set = None;
        }
        if values.is_empty() && !condition.values.is_empty() {
            if operator.set.is_none() && !operator.if_exists {
                return Ok(None);
            }
            // A list of nothing would say something else (§1.7); no value that an API takes has a line break.
            values.push("\n".into());
            operator.base = if operator.base.is_negated() {
                BaseOperator::StringNotEquals
            } else {
                BaseOperator::StringEquals
            };
        }
        Ok(Some(Constraint {
            key: free.key.clone(),
            operator,
            values,
            holds: true,
            prefix: free.prefix.clone(),
            own_user_name,
        }))
    }

    /// A statement, its principal aside.
    pub(crate) fn applies<'w>(
        &self,
        found: Found<'w>,
        prepared: Option<&PreparedStatement<'_>>,
        version: Version,
        asked: Asked<'_>,
    ) -> Both<'w> {
        let statement = found.statement;
        let mut both = match covers(statement, prepared, version, found.source.layer(), asked, self) {
            Truth::Yes => Both::yes(),
            Truth::No => return Both::no(),
            Truth::Unknown(why) => Both::unknown(doubt(why, "aws:resource", "", found)),
        };
        for condition in &statement.conditions {
            both = both.and(self.condition(condition, version, found));
        }
        both
    }

    /// What these policies together say.
    pub(crate) fn says<'w, H: Borrow<Held<'w>>>(
        &self,
        policies: impl IntoIterator<Item = H>,
        gaps: &[Doubt],
        asked: Asked<'_>,
    ) -> Said<'w> {
        let mut said = Said { allow: Ways::never(), no_deny: Ways::always() };
        for gap in gaps {
            said.doubt(gap.clone(), true, true);
        }
        for held in policies {
            let held = held.borrow();
            let Some(document) = held.document else {
                said.doubt(Doubt::MissingDocument { policy: held.source.to_owned() }, true, true);
                continue;
            };
            let policy = document.policy();
            for broken in &policy.broken {
                let doubt = Doubt::BrokenStatement {
                    policy: held.source.to_owned(),
                    span: broken.span,
                    reason: broken.reason.clone(),
                };
                said.doubt(doubt, may_be(broken, Effect::Allow), may_be(broken, Effect::Deny));
            }
            for (index, statement) in policy.statements.iter().enumerate() {
                let found = Found { source: held.source, index, statement };
                let prepared = held.prepared.as_ref().and_then(|prepared| prepared.statement(index));
                let both = self.applies(found, prepared, policy.version, asked);
                match statement.effect {
                    Effect::Allow => said.allow = said.allow.or(both.holds.with_identity(found)),
                    Effect::Deny => said.no_deny = said.no_deny.and(&both.fails),
                }
            }
        }
        said
    }

    /// How a trust statement's principal matches, by kinds.
    pub(crate) fn kinds<'w>(&self, statement: &'w Statement, who: Who<'_>, found: Found<'w>) -> KindWays<'w> {
        let mut ways = KindWays::default();
        match &statement.principal {
            PrincipalClause::Is(principals) => {
                for principal in principals {
                    match self.session_of(principal) {
                        Some(atom) => ways.direct = std::mem::take(&mut ways.direct).or(Both::free(&atom)),
                        None => ways
                            .add(who.matched_by_one(principal, statement.effect, self.keys.settings), found),
                    }
                }
            }
            // The session that the element exempts may be the calling one, whose name is not chosen yet.
            PrincipalClause::IsNot(principals)
                if principals.iter().any(|principal| self.session_of(principal).is_some()) =>
            {
                ways.add(Kinds::unknown(Why::Odd), found);
            }
            clause => ways.add(who.matched_by(clause, statement.effect, self.keys.settings), found),
        }
        ways
    }

    /// A session ARN of the calling role is a constraint on the name that the session was given.
    fn session_of(&self, principal: &Principal) -> Option<Constraint> {
        let (Principal::Session(arn), Caller::RoleSession(session)) = (principal, self.keys.caller) else {
            return None;
        };
        let role = &session.role;
        let same = role.name == arn.role && role.account == arn.account && role.partition == arn.partition;
        same.then(|| Constraint {
            key: FreeKey::CallerSession,
            operator: Operator::plain(BaseOperator::StringEquals),
            values: vec![arn.session.as_str().to_smolstr()],
            holds: true,
            prefix: SmolStr::default(),
            own_user_name: false,
        })
    }
}

/// What a set of policies says: the ways in which it allows, and those in which it does not deny.
pub(crate) struct Said<'w> {
    pub(crate) allow: Ways<'w>,
    pub(crate) no_deny: Ways<'w>,
}

impl Said<'_> {
    pub(crate) fn free() -> Self {
        Self { allow: Ways::always(), no_deny: Ways::always() }
    }

    /// Where this may limit, or may not.
    pub(crate) fn doubtful(doubt: &Doubt) -> Self {
        Self { allow: Ways::doubtful(doubt.clone()), no_deny: Ways::doubtful(doubt.clone()) }
    }

    fn doubt(&mut self, doubt: Doubt, allow: bool, deny: bool) {
        if allow {
            self.allow = std::mem::take(&mut self.allow).or(Ways::doubtful(doubt.clone()));
        }
        if deny {
            self.no_deny = self.no_deny.and(&Ways::doubtful(doubt));
        }
    }
}

/// The ways in which a principal matches: without limit, as a user (U1), as a role, as an account.
#[derive(Debug, Clone, Default)]
pub(crate) struct KindWays<'w> {
    pub(crate) direct: Both<'w>,
    pub(crate) user: Both<'w>,
    pub(crate) role: Both<'w>,
    pub(crate) account: Both<'w>,
}

impl Default for Both<'_> {
    fn default() -> Self {
        Self::no()
    }
}

impl<'w> KindWays<'w> {
    fn add(&mut self, kinds: Kinds, found: Found<'w>) {
        let Kinds { wildcard, user, session, role, account, service } = kinds;
        let both = |truth| match truth {
            Truth::Yes => Both::yes(),
            Truth::No => Both::no(),
            Truth::Unknown(why) => Both::unknown(doubt(why, "aws:PrincipalArn", "", found)),
        };
        self.direct = std::mem::take(&mut self.direct).or(both(wildcard.or(session).or(service)));
        self.user = std::mem::take(&mut self.user).or(both(user));
        self.role = std::mem::take(&mut self.role).or(both(role));
        self.account = std::mem::take(&mut self.account).or(both(account));
    }

    pub(crate) fn any(self) -> Both<'w> {
        self.direct.or(self.user).or(self.role).or(self.account)
    }
}

/// The pieces as a value of which nothing is left to expand.
fn escape(pieces: &[Piece]) -> SmolStr {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Any => text.push('*'),
            Piece::One => text.push('?'),
            Piece::Literal(c @ ('*' | '?' | '$')) => {
                text.push_str("${");
                text.push(*c);
                text.push('}');
            }
            Piece::Literal(c) => text.push(*c),
        }
    }
    text.into()
}

/// A condition that is decided by facts.
fn decided<'w>(truth: Truth, condition: &Condition, found: Found<'w>) -> Both<'w> {
    match truth {
        Truth::Yes => Both::yes(),
        Truth::No => Both::no(),
        Truth::Unknown(why) => {
            Both::unknown(doubt(why, &condition.key, condition.operator.base.as_str(), found))
        }
    }
}

/// Whether a kind of credentials fixes the key so that the constraint is met.
pub(crate) fn is_met_by_kind(atom: &Constraint, credentials: Credentials) -> bool {
    let value = match (&atom.key, credentials) {
        (FreeKey::MfaAge, Credentials::KeyWithMfa) => Some(Scalar::Number(0)),
        (FreeKey::MfaAge, Credentials::Key | Credentials::Session | Credentials::Role)
        | (FreeKey::TokenIssueTime, Credentials::Key | Credentials::KeyWithMfa) => None,
        _ => return false,
    };
    atom.met_by(value.as_ref()).is_yes()
}
