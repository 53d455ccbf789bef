//! A second evaluator, slow and plain, written from the notes on AWS semantics alone (§1.3–§1.7, §2.4). It shares the parser and
//! the types with the engine, and nothing that decides. `None` is "cannot tell".
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where its input is not as expected"
)]
#![expect(unreachable_pub, reason = "a module of a test program")]

use crate::values::{holds, substitute};
use rolegate_engine::search::Call;
use rolegate_engine::settings::{
    BoundaryOnTrustedUser, SourceIdentityChaining, TrustActionWildcards, UncollectedControls,
};
use rolegate_engine::{Caller, Settings};
use rolegate_iam::organization::ControlType;
use rolegate_iam::policy::{
    ActionClause, Effect, Principal, PrincipalClause, ResourceClause, Statement, Version,
};
use rolegate_iam::snapshot::{Role, User};
use rolegate_iam::{AccountId, Document, PolicyArn, RoleArn, Snapshot};

/// Yes, no, or cannot tell.
pub type Truth = Option<bool>;

pub fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
    let truths: Vec<Truth> = truths.into_iter().collect();
    if truths.contains(&Some(false)) {
        Some(false)
    } else if truths.contains(&None) {
        None
    } else {
        Some(true)
    }
}

pub fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
    not(all(truths.into_iter().map(not)))
}

pub fn not(truth: Truth) -> Truth {
    truth.map(|truth| !truth)
}

/// `*` and `?`, by trying everything; a literal character is itself.
pub fn glob(pattern: &[(char, bool)], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((('*', false), rest)), _) => (0..=text.len()).any(|cut| glob(rest, &text[cut..])),
        (Some((('?', false), rest)), Some((_, tail))) => glob(rest, tail),
        (Some(((want, _), rest)), Some((found, tail))) => want == found && glob(rest, tail),
        _ => false,
    }
}

pub fn plain(pattern: &str, text: &str) -> bool {
    glob(&pattern.chars().map(|c| (c, false)).collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>())
}

/// Everything one request is decided from.
pub struct Asked<'a> {
    pub snapshot: &'a Snapshot,
    pub call: &'a Call,
    pub settings: Settings,
    pub target: RoleArn,
}

/// Who looks: the action that is authorised, and whether it is the trust policy.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub action: &'a str,
    pub trust: bool,
}

pub enum Who<'a> {
    User(&'a User),
    Role(&'a Role),
}

/// One document, or one that the snapshot lacks.
type Policies<'a> = Vec<Option<&'a Document>>;

/// Decides one request.
pub fn decide(snapshot: &Snapshot, call: &Call, settings: Settings) -> Truth {
    let target = call.request.role_arn.parse().unwrap();
    let asked = Asked { snapshot, call, settings, target };
    let identified = call.request.source_identity.is_some();
    let extra = identified.then_some("sts:SetSourceIdentity");
    all(std::iter::once("sts:AssumeRole").chain(extra).map(|action| asked.action(action)))
}

impl<'a> Asked<'a> {
    pub fn who(&self) -> Who<'a> {
        match &self.call.caller {
            Caller::UserKey { arn } | Caller::UserSession { arn, .. } => {
                Who::User(self.snapshot.user(arn).unwrap())
            }
            Caller::RoleSession(session) => Who::Role(self.snapshot.role(&session.role).unwrap()),
            _ => unreachable!(),
        }
    }

    pub fn home(&self) -> AccountId {
        self.call.caller.home().unwrap().1
    }

    fn managed(&self, arn: &PolicyArn) -> Option<&'a Document> {
        self.snapshot.policy(arn).and_then(|policy| policy.document())
    }

    fn identity(&self) -> Policies<'a> {
        let mut all: Policies<'a> = Vec::new();
        match self.who() {
            Who::User(user) => {
                all.extend(user.inline.values().map(Some));
                all.extend(user.attached.iter().map(|arn| self.managed(arn)));
                for name in &user.groups {
                    let group = &self.snapshot.accounts[&self.home()].groups[name];
                    all.extend(group.inline.values().map(Some));
                    all.extend(group.attached.iter().map(|arn| self.managed(arn)));
                }
            }
            Who::Role(role) => {
                all.extend(role.inline.values().map(Some));
                all.extend(role.attached.iter().map(|arn| self.managed(arn)));
            }
        }
        all
    }

    fn boundary(&self) -> Option<Policies<'a>> {
        let boundary = match self.who() {
            Who::User(user) => user.boundary.as_ref(),
            Who::Role(role) => role.boundary.as_ref(),
        };
        boundary.map(|arn| vec![self.managed(arn)])
    }

    /// The lists of policies above an account; `None` where nothing binds, and a list that is `None` is not known.
    fn levels(&self, account: AccountId, kind: ControlType) -> Option<Vec<Option<Policies<'a>>>> {
        let Some(organization) = self.snapshot.organization_of(account) else {
            let known = self.snapshot.standalone.contains(&account);
            let free = known || self.settings.uncollected_controls == UncollectedControls::BindNothing;
            return (!free).then(|| vec![None]);
        };
        if organization.management_account == account {
            return None;
        }
        let nodes = organization.levels(account).unwrap();
        let list = |node| {
            let attached = organization.attached.get(&(node, kind))?;
            Some(attached.policies.iter().map(|id| organization.policies[id].document.as_ref()).collect())
        };
        Some(nodes.into_iter().map(list).collect())
    }

    /// Whether some statement of this effect applies in these policies, principals aside.
    fn says(&self, policies: &Policies<'_>, effect: Effect, view: View<'_>) -> Truth {
        any(policies.iter().map(|document| {
            let Some(document) = document else { return None };
            let policy = document.policy();
            assert!(policy.broken.is_empty(), "the worlds hold no broken statements");
            any(policy
                .statements
                .iter()
                .filter(|statement| statement.effect == effect)
                .map(|statement| self.applies(statement, policy.version, view)))
        }))
    }

    fn applies(&self, statement: &Statement, version: Version, view: View<'_>) -> Truth {
        let ActionClause::Is(actions) = &statement.action else { unreachable!() };
        let action = any(actions.iter().map(|pattern| {
            let (pattern, action) = (pattern.to_lowercase(), view.action.to_lowercase());
            match (plain(&pattern, &action), pattern.contains('*') && view.trust) {
                (false, _) => Some(false),
                (true, false) => Some(true),
                // U6
                (true, true) => match self.settings.trust_action_wildcards {
                    TrustActionWildcards::Glob => Some(true),
                    TrustActionWildcards::Never => Some(false),
                    TrustActionWildcards::Report => None,
                },
            }
        }));
        let one = |pattern: &str| self.resource(pattern, version, view);
        let resource = match &statement.resource {
            ResourceClause::Absent => Some(true),
            ResourceClause::Is(patterns) => any(patterns.iter().map(|pattern| one(pattern))),
            ResourceClause::IsNot(patterns) => not(any(patterns.iter().map(|pattern| one(pattern)))),
        };
        let conditions = statement.conditions.iter().map(|condition| holds(self, condition, version, view));
        all([action, resource].into_iter().chain(conditions))
    }

    /// §1.4: segment by segment; a wildcard in the partition is refused by IAM, so that nobody knows what it means.
    fn resource(&self, pattern: &str, version: Version, view: View<'_>) -> Truth {
        let arn = self.call.request.role_arn.as_str();
        if pattern == "*" {
            return Some(true);
        }
        let (wanted, parts): (Vec<&str>, Vec<&str>) =
            (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
        let (exact, rest) = wanted.split_at(3);
        if exact.iter().any(|segment| segment.contains('*')) {
            return if plain(pattern, arn) { None } else { Some(false) };
        }
        if exact != &parts[..3] || !plain(rest[0], parts[3]) || !plain(rest[1], parts[4]) {
            return Some(false);
        }
        match substitute(self, rest[2], version, view) {
            Ok(Some(pieces)) => Some(glob(&pieces, &parts[5].chars().collect::<Vec<_>>())),
            Ok(None) => Some(false),
            Err(()) => None,
        }
    }

    /// Which kinds of a trust statement match the caller: wildcard or session, user, role, account.
    fn kinds(&self, statement: &Statement) -> [bool; 4] {
        let PrincipalClause::Is(principals) = &statement.principal else { unreachable!() };
        let id = match self.who() {
            Who::User(user) => &user.id,
            Who::Role(role) => &role.id,
        };
        let mut kinds = [false; 4];
        for principal in principals {
            match (principal, &self.call.caller) {
                (Principal::Any, _) => kinds[0] = true,
                (Principal::Session(wanted), Caller::RoleSession(session)) => {
                    let RoleArn { account, name, .. } = &session.role;
                    kinds[0] |= wanted.session == session.session_name
                        && wanted.account == *account
                        && wanted.role == *name;
                }
                (Principal::User(wanted), Caller::UserKey { arn } | Caller::UserSession { arn, .. }) => {
                    kinds[1] |= wanted == arn;
                }
                (Principal::Role(wanted), Caller::RoleSession(session)) => {
                    kinds[2] |= *wanted == session.role;
                }
                (Principal::UniqueId(wanted), Caller::RoleSession(_)) => kinds[2] |= wanted == id,
                (Principal::UniqueId(wanted), _) => kinds[1] |= wanted == id,
                (Principal::Account { id, .. }, _) => kinds[3] |= *id == self.home(),
                _ => {}
            }
        }
        kinds
    }

    /// §2.4 for one action.
    fn action(&self, action: &str) -> Truth {
        let (view, trusting) = (View { action, trust: false }, View { action, trust: true });
        let trust = self.snapshot.role(&self.target).unwrap().trust.policy();
        let mut trust_denies = Vec::new();
        let mut kinds = [Some(false); 4];
        for statement in &trust.statements {
            let matched = self.kinds(statement);
            if !matched.contains(&true) {
                continue;
            }
            let applies = self.applies(statement, trust.version, trusting);
            match statement.effect {
                Effect::Deny => trust_denies.push(applies),
                Effect::Allow => {
                    for (kind, matched) in kinds.iter_mut().zip(matched) {
                        *kind = any([*kind, all([applies, Some(matched)])]);
                    }
                }
            }
        }
        let identity = self.identity();
        let boundary = self.boundary();
        let limits = |policies: &Option<Policies<'_>>| match policies {
            None => (Some(false), Some(true)),
            Some(policies) => {
                (self.says(policies, Effect::Deny, view), self.says(policies, Effect::Allow, view))
            }
        };
        let (boundary_denies, boundary_allows) = limits(&boundary);
        let scps = self.levels(self.home(), ControlType::Scp).unwrap_or_default();
        let rcps = self.levels(self.target.account, ControlType::Rcp).unwrap_or_default();
        let level = |list: &Option<Policies<'_>>, effect| match list {
            None => None,
            Some(policies) => self.says(policies, effect, view),
        };
        let denied = any([
            any(trust_denies),
            self.says(&identity, Effect::Deny, view),
            boundary_denies,
            any(scps.iter().map(|list| level(list, Effect::Deny))),
            any(rcps.iter().map(|list| level(list, Effect::Deny))),
        ]);
        let scp_allows = all(scps.iter().map(|list| level(list, Effect::Allow)));
        let identity = self.says(&identity, Effect::Allow, view);
        all([not(denied), scp_allows, self.grant(action, kinds, identity, boundary_allows)])
    }

    /// Step 4 of §2.4.
    fn grant(&self, action: &str, kinds: [Truth; 4], identity: Truth, boundary: Truth) -> Truth {
        let [direct, user, role, account] = kinds;
        if self.home() != self.target.account {
            return all([any(kinds), identity, boundary]);
        }
        // U1
        let limited = match self.settings.boundary_on_trusted_user {
            BoundaryOnTrustedUser::Limited => Some(false),
            BoundaryOnTrustedUser::NotLimited => Some(true),
            BoundaryOnTrustedUser::Report => None,
        };
        let granted = any([
            direct,
            all([user, any([boundary, limited])]),
            all([role, boundary]),
            all([account, identity, boundary]),
        ]);
        if action != "sts:SetSourceIdentity" || !matches!(self.call.caller, Caller::RoleSession(_)) {
            return granted;
        }
        // U22
        let chained = match self.settings.source_identity_chaining {
            SourceIdentityChaining::TrustSuffices => Some(true),
            SourceIdentityChaining::NeedsIdentity => Some(false),
            SourceIdentityChaining::Report => None,
        };
        all([granted, any([identity, chained])])
    }
}
