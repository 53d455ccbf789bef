//! One hop: by which ways one caller may enter one role (§2.4, read symbolically), for each kind of credentials it may hold.

use super::formula::{Way, Ways};
use super::free::is_taggable;
use super::merge::{Entrance, ModeWay, drop_covered, merge};
use super::requirement::{Constraint, Credentials, FreeKey};
use super::solve::{Choice, Solution, solve};
use super::symbolic::{KindWays, NO_ACCOUNT, Said, Symbolic};
use crate::decision::{Doubt, Layer, OpenPoint};
use crate::facts::{Facts, Subject};
use crate::keyring::{Call, Keyring, Situation};
use crate::layer::{Asked, Found, may_be};
use crate::principal::Who;
use crate::request::{
    AssumeRole, Caller, Environment, MfaInCall, RoleSession, SessionMfa, UserSessionOrigin,
};
use crate::settings::{BoundaryOnTrustedUser, Settings};
use crate::trust;
use jiff::Timestamp;
use rolegate_iam::policy::Effect;
use rolegate_iam::{AccountId, RoleArn, SessionName, UserArn};
use smol_str::{SmolStr, ToSmolStr};
use std::collections::{BTreeMap, BTreeSet};

/// Who may call.
#[derive(Debug, Clone)]
pub(crate) enum Candidate {
    User(UserArn),
    Role(RoleArn),
    /// A role that a session of it names, so that its path is not known.
    RoleOfSession(RoleArn),
    /// Anyone in this account; its principals cannot be seen.
    AnyoneIn(AccountId),
    /// Anyone in any account that is not in the snapshot.
    Anyone,
}

/// Everything that stays the same for one target.
pub(crate) struct Target<'w> {
    pub(crate) world: &'w dyn Facts,
    pub(crate) arn: &'w RoleArn,
    pub(crate) text: &'w str,
    pub(crate) subject: &'w Subject<'w>,
    pub(crate) settings: &'w Settings,
    pub(crate) time: Option<Timestamp>,
}

impl Candidate {
    /// The kinds of credentials it may hold; none for one that cannot be seen.
    fn kinds(&self) -> &'static [Credentials] {
        use Credentials as C;
        match self {
            Self::User(_) => &[C::Key, C::KeyWithMfa, C::Session, C::SessionWithMfa],
            Self::Role(_) | Self::RoleOfSession(_) => &[C::Role, C::RoleAfterMfa],
            Self::AnyoneIn(_) | Self::Anyone => &[],
        }
    }

    fn account(&self) -> Option<AccountId> {
        match self {
            Self::User(arn) => Some(arn.account),
            Self::Role(arn) | Self::RoleOfSession(arn) => Some(arn.account),
            Self::AnyoneIn(account) => Some(*account),
            Self::Anyone => None,
        }
    }
}

/// Stands for the name of a session that is chosen in the hop before.
const SOME_SESSION: &str = "some-session";

/// A concrete caller for the facts that do not depend on choices.
pub(crate) fn caller(
    candidate: &Candidate,
    credentials: Option<Credentials>,
    at: Timestamp,
) -> Option<Caller> {
    let mfa = (credentials == Some(Credentials::SessionWithMfa)).then_some(at);
    match candidate {
        Candidate::User(arn) => Some(match credentials {
            Some(Credentials::Session | Credentials::SessionWithMfa) => Caller::UserSession {
                arn: arn.clone(),
                issued_at: at,
                mfa,
                origin: UserSessionOrigin::GetSessionToken,
            },
            _ => Caller::UserKey { arn: arn.clone() },
        }),
        Candidate::Role(arn) | Candidate::RoleOfSession(arn) => {
            let name: SessionName = SOME_SESSION.parse().ok()?;
            let mfa = match credentials {
                Some(Credentials::RoleAfterMfa) => SessionMfa::FromMfaSession { at: None },
                _ => SessionMfa::False,
            };
            let session = RoleSession { mfa, ..RoleSession::plain(arn.clone(), name, at) };
            Some(Caller::RoleSession(Box::new(session)))
        }
        Candidate::AnyoneIn(_) | Candidate::Anyone => None,
    }
}

impl<'w> Target<'w> {
    /// All entrances of one candidate, smallest requirements first; `subject` is `None` when it cannot be seen.
    pub(crate) fn entrances(
        &self,
        candidate: &Candidate,
        subject: Option<&'w Subject<'w>>,
    ) -> Vec<Entrance<'w>> {
        let mut groups: BTreeMap<(BTreeSet<Constraint>, BTreeSet<Doubt>), Vec<ModeWay<'w>>> = BTreeMap::new();
        let kinds = candidate.kinds();
        let modes: Vec<Option<Credentials>> =
            if kinds.is_empty() { vec![None] } else { kinds.iter().copied().map(Some).collect() };
        for credentials in modes {
            for (way, _) in self.ways(candidate, credentials, subject) {
                let Way { atoms, doubts, trust, identity } = way;
                let (own, atoms): (BTreeSet<_>, BTreeSet<_>) = atoms
                    .into_iter()
                    .partition(|atom| matches!(atom.key, FreeKey::MfaAge | FreeKey::TokenIssueTime));
                groups.entry((atoms, doubts)).or_default().push(ModeWay {
                    credentials,
                    own,
                    trust,
                    identity,
                });
            }
        }
        let mut entrances: Vec<Entrance<'w>> = groups
            .into_iter()
            .flat_map(|((atoms, doubts), ways)| merge(&atoms, &doubts, &ways, kinds))
            .collect();
        entrances.sort_by(|a, b| {
            (a.doubts.len(), a.requirements.0.len(), &a.requirements).cmp(&(
                b.doubts.len(),
                b.requirements.0.len(),
                &b.requirements,
            ))
        });
        drop_covered(entrances)
    }

    /// The solvable ways for one kind of credentials.
    pub(crate) fn ways(
        &self,
        candidate: &Candidate,
        credentials: Option<Credentials>,
        subject: Option<&'w Subject<'w>>,
    ) -> Vec<(Way<'w>, Choice)> {
        let at = self.time.unwrap_or_default();
        let stand_in = self.stand_in(candidate);
        let Some(caller) = caller(candidate, credentials, at).or(stand_in) else { return Vec::new() };
        if caller.home().is_some_and(|(partition, _)| partition != self.arn.partition) {
            return Vec::new();
        }
        // Neither from nor into an account that AWS closed (§2.2).
        let closed = |account| self.world.is_suspended(account);
        if closed(self.arn.account) || candidate.account().is_some_and(closed) {
            return Vec::new();
        }
        let environment = Environment::at(at);
        let mut request = AssumeRole::new(self.text, SOME_SESSION);
        if credentials == Some(Credentials::KeyWithMfa) {
            request.mfa = MfaInCall::Valid;
        }
        let hop = HopQuestion {
            target: self,
            candidate,
            caller: &caller,
            credentials,
            subject,
            environment: &environment,
            request: &request,
        };
        let mut found = Vec::new();
        for way in hop.formula("sts:AssumeRole").0 {
            let needs = match solve(&way.atoms, self.time) {
                Solution::Never => continue,
                Solution::Met(choice) | Solution::CannotTell(choice, _) => {
                    matches!(choice.get(&FreeKey::SourceIdentity), Some(Some(_)))
                }
            };
            let ways = if needs {
                Ways(vec![way]).and(&hop.formula("sts:SetSourceIdentity"))
            } else {
                Ways(vec![way])
            };
            found.extend(ways.0.into_iter().filter_map(|way| self.solved(way)));
        }
        found
    }

    fn solved(&self, mut way: Way<'w>) -> Option<(Way<'w>, Choice)> {
        match solve(&way.atoms, self.time) {
            Solution::Never => None,
            Solution::Met(choice) => Some((way, choice)),
            Solution::CannotTell(choice, keys) => {
                for key in keys {
                    let what = format!("no {} was found that meets every condition", key.name()).into();
                    way.doubts.insert(Doubt::NotModelled { what });
                }
                Some((way, choice))
            }
        }
    }

    /// A caller that cannot be seen, by something that has its account.
    fn stand_in(&self, candidate: &Candidate) -> Option<Caller> {
        let account = match candidate {
            Candidate::AnyoneIn(account) => *account,
            // No account has this id, so no statement about an account matches by accident.
            Candidate::Anyone => NO_ACCOUNT.parse().ok()?,
            Candidate::User(_) | Candidate::Role(_) | Candidate::RoleOfSession(_) => return None,
        };
        Some(Caller::Root { account, partition: self.arn.partition })
    }
}

/// One candidate with one kind of credentials before one target.
pub(super) struct HopQuestion<'q, 'w> {
    pub(super) target: &'q Target<'w>,
    pub(super) candidate: &'q Candidate,
    pub(super) caller: &'q Caller,
    credentials: Option<Credentials>,
    subject: Option<&'w Subject<'w>>,
    environment: &'q Environment,
    request: &'q AssumeRole,
}

impl<'w> HopQuestion<'_, 'w> {
    /// The ways in which one action is allowed.
    fn formula(&self, action: &'static str) -> Ways<'w> {
        let target = self.target;
        let asked = Asked { action, resource: target.text };
        let trust = self.trust(asked);
        if trust.any.is_never() {
            return Ways::never();
        }
        let identity = self.own(asked, Layer::Identity);
        let boundary = self.own(asked, Layer::Boundary);
        let limits = &boundary.allow;
        let same = self.candidate.account() == Some(target.arn.account);
        let allow = if same {
            let user = trust.user.and(&limits.clone().or(self.boundary_term()));
            let by_account = trust.account.and(&identity.allow).and(limits);
            let alone = trust.direct.or(user).or(trust.role.and(limits));
            let alone = if action == "sts:SetSourceIdentity" && matches!(self.caller, Caller::RoleSession(_))
            {
                alone.and(&identity.allow.clone().or(self.chaining_term()))
            } else {
                alone
            };
            alone.or(by_account)
        } else {
            trust.any.and(&identity.allow).and(limits)
        };
        let allow = allow.and(&trust.no_deny).and(&identity.no_deny).and(&boundary.no_deny);
        if allow.is_never() { allow } else { allow.and(&self.guards(asked)) }
    }

    fn boundary_term(&self) -> Ways<'w> {
        match self.target.settings.boundary_on_trusted_user {
            BoundaryOnTrustedUser::Report => Ways::doubtful(Doubt::Open(OpenPoint::U1)),
            BoundaryOnTrustedUser::NotLimited => Ways::always(),
            BoundaryOnTrustedUser::Limited => Ways::never(),
        }
    }

    fn chaining_term(&self) -> Ways<'w> {
        use crate::settings::SourceIdentityChaining as U22;
        match self.target.settings.source_identity_chaining {
            U22::Report => Ways::doubtful(Doubt::Open(OpenPoint::U22)),
            U22::TrustSuffices => Ways::always(),
            U22::NeedsIdentity => Ways::never(),
        }
    }

    pub(super) fn with_keys<T>(
        &self,
        asked: Asked<'_>,
        layer: Layer,
        ask: impl FnOnce(&Symbolic<'_>) -> T,
    ) -> T {
        let target = self.target;
        let situation = Situation {
            world: target.world,
            caller: self.caller,
            subject: self.subject,
            environment: self.environment,
            settings: target.settings,
            call: Call::AssumeRole { request: self.request, target: target.arn, role: Some(target.subject) },
        };
        let keys = Keyring { situation: &situation, action: asked.action, layer };
        let taggable = self.subject.is_some_and(is_taggable);
        let carries_tags = match self.candidate {
            Candidate::User(_) => false,
            Candidate::Role(_) | Candidate::RoleOfSession(_) => self.subject.is_none_or(is_taggable),
            Candidate::AnyoneIn(_) | Candidate::Anyone => true,
        };
        ask(&Symbolic {
            keys,
            credentials: self.credentials,
            time: target.time,
            taggable,
            inherits: carries_tags && is_taggable(target.subject),
            hides_path: matches!(self.candidate, Candidate::RoleOfSession(_)),
        })
    }

    /// What the caller's own policies of one layer say.
    fn own(&self, asked: Asked<'_>, layer: Layer) -> Said<'w> {
        let Some(subject) = self.subject else {
            let doubt = Ways::doubtful(Doubt::Outside { who: self.name() });
            return match layer {
                Layer::Identity => Said { allow: doubt.clone(), no_deny: doubt },
                _ => Said { allow: doubt.clone(), no_deny: Ways::always() },
            };
        };
        self.with_keys(asked, layer, |symbolic| match layer {
            Layer::Identity => symbolic.says(&subject.policies, &subject.gaps, asked),
            _ => subject
                .boundary
                .as_ref()
                .map_or_else(Said::free, |boundary| symbolic.says([boundary], &[], asked)),
        })
    }

    fn name(&self) -> SmolStr {
        match self.candidate {
            Candidate::User(arn) => arn.to_smolstr(),
            Candidate::Role(arn) | Candidate::RoleOfSession(arn) => arn.to_smolstr(),
            Candidate::AnyoneIn(account) => format!("account {account}").into(),
            Candidate::Anyone => "other accounts".into(),
        }
    }

    fn trust(&self, asked: Asked<'_>) -> TrustSaid<'w> {
        let subject = self.target.subject;
        let mut said = TrustSaid::default();
        let Some(role) = subject.as_role() else { return said };
        let source = trust::source(subject, role);
        let who = Who {
            caller: self.caller,
            id: self.subject.map(Subject::id),
            partition: self.target.arn.partition,
        };
        let policy = role.trust.policy();
        for broken in &policy.broken {
            let doubt = Doubt::BrokenStatement {
                policy: source.to_owned(),
                span: broken.span,
                reason: broken.reason.clone(),
            };
            if may_be(broken, Effect::Deny) {
                said.no_deny = said.no_deny.and(&Ways::doubtful(doubt));
            }
        }
        self.with_keys(asked, Layer::Trust, |symbolic| {
            for (index, statement) in policy.statements.iter().enumerate() {
                let found = Found { source, index, statement };
                let kinds = symbolic.kinds(statement, who, found);
                let applies = symbolic.applies(found, None, policy.version, asked);
                match statement.effect {
                    Effect::Deny => said.no_deny = said.no_deny.and(&kinds.any().and(applies).fails),
                    Effect::Allow => said.allow(kinds, &applies.holds, found),
                }
            }
        });
        said
    }
}

/// What the trust policy says.
struct TrustSaid<'w> {
    direct: Ways<'w>,
    user: Ways<'w>,
    role: Ways<'w>,
    account: Ways<'w>,
    any: Ways<'w>,
    no_deny: Ways<'w>,
}

impl Default for TrustSaid<'_> {
    fn default() -> Self {
        let never = Ways::never;
        Self {
            direct: never(),
            user: never(),
            role: never(),
            account: never(),
            any: never(),
            no_deny: Ways::always(),
        }
    }
}

impl<'w> TrustSaid<'w> {
    fn allow(&mut self, kinds: KindWays<'w>, applies: &Ways<'w>, found: Found<'w>) {
        let KindWays { direct, user, role, account } = kinds;
        let add = |into: &mut Ways<'w>, kind: Ways<'w>| {
            *into = std::mem::take(into).or(kind.and(applies).with_trust(found));
        };
        for kind in [&direct, &user, &role, &account] {
            add(&mut self.any, kind.holds.clone());
        }
        add(&mut self.direct, direct.holds);
        add(&mut self.user, user.holds);
        add(&mut self.role, role.holds);
        add(&mut self.account, account.holds);
    }
}
