//! The decision procedure of §2.4 for one request: gates, then every required action by itself, then the duration.

use crate::context::Context;
use crate::decision::{Decision, DenyKind, Doubt, ErrorCode, Layer, OpenPoint, Verdict};
use crate::facts::{Facts, Lookup, Subject};
use crate::gates::{self, Duration, Refusal, refused};
use crate::guards::{self, Guards, explain_control, explain_guards};
use crate::keyring::{Call, Keyring};
use crate::layer::{Asked, Found, Says};
use crate::own::{Own, explain_own};
use crate::principal::Who;
use crate::request::{AssumeRole, Caller, Environment};
use crate::settings::{
    BoundaryOnTrustedUser, SessionPolicyOnTrustedSession, Settings, SourceIdentityChaining,
};
use crate::trust::{self, Trust};
use crate::truth::{Truth, Why};
use rolegate_iam::RoleArn;
use rolegate_iam::organization::ControlType;
use std::borrow::Cow;

const ASSUME_ROLE: &str = "sts:AssumeRole";
const TAG_SESSION: &str = "sts:TagSession";
const SET_SOURCE_IDENTITY: &str = "sts:SetSourceIdentity";

/// What AWS would answer to one `sts:AssumeRole` request (§2).
///
/// # Guarantees
/// `Allowed` and `Denied` hold whatever is missing from the world; everything else is `Possible`, with what would settle it.
pub fn assume_role(
    world: &impl Facts,
    caller: &Caller,
    request: &AssumeRole,
    environment: &Environment,
    settings: &Settings,
) -> Decision {
    let found = world.role_by_text(&request.role_arn);
    let known = match &found {
        Lookup::Found(role) => Some(&**role),
        Lookup::Missing | Lookup::NotCollected(_) => None,
    };
    let target = match gates::target(request, known) {
        Ok(target) => target,
        Err(refusal) => return refusal.into(),
    };
    if let Err(refusal) = gates::of_caller(caller, request, &target) {
        return refusal.into();
    }
    let (role, role_doubt) = match found {
        Lookup::Found(role) => (Some(role), None),
        // The same answer as for a role that is there: no one learns which roles exist (§2.2).
        Lookup::Missing => return refused(ErrorCode::AccessDenied, "there is no such role").into(),
        Lookup::NotCollected(doubt) => (None, Some(doubt)),
    };
    if let Some(Err(refusal)) = role.as_deref().map(|role| gates::of_role(caller, role)) {
        return refusal.into();
    }
    let (subject, subject_doubt) = match subject_of(world, caller) {
        Ok(found) => found,
        Err(refusal) => return refusal.into(),
    };
    let keys = Keyring {
        world,
        caller,
        subject: subject.as_deref(),
        environment,
        settings,
        call: Call::AssumeRole { request, target: &target, role: role.as_deref() },
        action: ASSUME_ROLE,
        layer: Layer::Trust,
    };
    let question =
        Question { keys, request, target: &target, role: role.as_deref(), role_doubt, subject_doubt };
    question.answer()
}

/// What the caller's own policies (identity policies, boundary, session policies) and the SCPs of its account say of any action
/// on a resource of the caller's account. `resource` is an ARN, or `*` for actions without one; `context` holds the request's own keys.
pub fn authorize(
    world: &impl Facts,
    caller: &Caller,
    action: &str,
    resource: &str,
    context: &Context,
    environment: &Environment,
    settings: &Settings,
) -> Decision {
    match caller {
        Caller::Service { .. } => return implicit(Layer::Identity, action),
        Caller::FederatedUser { name, .. } => {
            let needs = vec![Doubt::Outside { who: format!("the federated user {name}").into() }];
            return Decision::Possible { default: Verdict::Deny, needs };
        }
        Caller::Root { .. }
        | Caller::UserKey { .. }
        | Caller::UserSession { .. }
        | Caller::RoleSession(_) => {}
    }
    let (subject, doubt) = match subject_of(world, caller) {
        Ok(found) => found,
        Err(refusal) => return refusal.into(),
    };
    let keys = Keyring {
        world,
        caller,
        subject: subject.as_deref(),
        environment,
        settings,
        call: Call::Other(context),
        action,
        layer: Layer::Identity,
    };
    let asked = Asked { action, resource };
    let own = Own::of(&keys, asked);
    let scp = match guards::scp_account(caller) {
        Some(account) => guards::control(&keys.at(action, Layer::Scp), account, ControlType::Scp, asked),
        None => Says::FREE,
    };
    let by_scp = scp.deny.truth.is_yes().then_some((Layer::Scp, scp.deny.by));
    if let Some((layer, found)) = own.denied().or(by_scp) {
        return explicit(layer, action, found);
    }
    if scp.allow.truth.is_no() {
        return implicit(Layer::Scp, action);
    }
    let allow = own.identity.allow.truth.and(own.limits());
    if allow.is_no() {
        return implicit(own.missing(), action);
    }
    if allow.and(scp.allow.truth).is_yes() && own.may_deny().or(scp.deny.truth).is_no() {
        return Decision::Allowed {
            granted_by: own.identity.allow.by.map(Found::to_ref).into_iter().collect(),
        };
    }
    let mut needs: Vec<Doubt> = doubt.into_iter().collect();
    explain_own(&keys, asked, &mut needs);
    if let Some(account) = guards::scp_account(caller) {
        explain_control(&keys.at(action, Layer::Scp), account, ControlType::Scp, asked, &mut needs);
    }
    possible(Verdict::Deny, needs)
}

type Subjects<'a> = (Option<Cow<'a, Subject<'a>>>, Option<Doubt>);

fn subject_of<'a>(world: &'a dyn Facts, caller: &Caller) -> Result<Subjects<'a>, Refusal> {
    let found = match caller {
        Caller::UserKey { arn } | Caller::UserSession { arn, .. } => world.user(arn),
        Caller::RoleSession(session) => world.role(&session.role),
        Caller::Root { .. } | Caller::FederatedUser { .. } | Caller::Service { .. } => {
            return Ok((None, None));
        }
    };
    match found {
        Lookup::Found(subject) => Ok((Some(subject), None)),
        Lookup::Missing => {
            Err(refused(ErrorCode::InvalidClientTokenId, "the caller's user or role does not exist"))
        }
        Lookup::NotCollected(doubt) => Ok((None, Some(doubt))),
    }
}

/// One AssumeRole request, with all that was looked up for it.
struct Question<'w> {
    keys: Keyring<'w>,
    request: &'w AssumeRole,
    target: &'w RoleArn,
    role: Option<&'w Subject<'w>>,
    role_doubt: Option<Doubt>,
    subject_doubt: Option<Doubt>,
}

/// The answer for one required action.
enum Step<'w> {
    Allowed { trust: Option<Found<'w>>, identity: Option<Found<'w>> },
    Denied { kind: DenyKind, layer: Layer, by: Option<Found<'w>> },
    Possible(Truth),
}

impl<'w> Question<'w> {
    fn answer(&self) -> Decision {
        let mut granted: Vec<crate::decision::StatementRef> = Vec::with_capacity(2);
        let mut uncertain = Vec::new();
        for action in self.actions() {
            match self.step(action) {
                Step::Allowed { trust, identity } => {
                    for found in trust.into_iter().chain(identity) {
                        let reference = found.to_ref();
                        if !granted.contains(&reference) {
                            granted.push(reference);
                        }
                    }
                }
                Step::Denied { kind: DenyKind::Explicit, layer, by } => return explicit(layer, action, by),
                Step::Denied { kind: DenyKind::Implicit, layer, .. } => return implicit(layer, action),
                Step::Possible(why) => uncertain.push((action, why)),
            }
        }
        let duration = gates::duration(self.keys.caller, self.request, self.role);
        match duration {
            Duration::Refused(refusal) => refusal.into(),
            Duration::Fits if uncertain.is_empty() => Decision::Allowed { granted_by: granted },
            Duration::Fits | Duration::NotKnown => {
                self.possible(&uncertain, matches!(duration, Duration::NotKnown))
            }
        }
    }

    /// Which actions must be authorised (§2.3).
    fn actions(&self) -> impl Iterator<Item = &'static str> {
        let caller = self.keys.caller;
        let tagged = !self.request.tags.is_empty() || caller.transitive_tags().next().is_some();
        let identified = self.request.source_identity.is_some() || caller.source_identity().is_some();
        std::iter::once(ASSUME_ROLE)
            .chain(tagged.then_some(TAG_SESSION))
            .chain(identified.then_some(SET_SOURCE_IDENTITY))
    }

    fn asked(&self, action: &'static str) -> Asked<'w> {
        Asked { action, resource: &self.request.role_arn }
    }

    fn who(&self) -> Who<'w> {
        let id = self.keys.subject.map(Subject::id);
        Who { caller: self.keys.caller, id, partition: self.target.partition }
    }

    fn trust(&self, action: &'static str) -> Trust<'w> {
        match self.role.and_then(|subject| subject.as_role().map(|role| (subject, role))) {
            Some((subject, role)) => trust::says(
                subject,
                role,
                self.who(),
                self.asked(action),
                &self.keys.at(action, Layer::Trust),
            ),
            None => Trust::unknown(),
        }
    }

    fn step(&self, action: &'static str) -> Step<'w> {
        let trust = self.trust(action);
        if trust.deny.truth.is_yes() {
            return Step::Denied { kind: DenyKind::Explicit, layer: Layer::Trust, by: trust.deny.by };
        }
        let own = Own::of(&self.keys, self.asked(action));
        if let Some((layer, by)) = own.denied() {
            return Step::Denied { kind: DenyKind::Explicit, layer, by };
        }
        let guards = Guards::of(&self.keys, self.target, self.who(), self.asked(action));
        if let Some((layer, by)) = guards.denied() {
            return Step::Denied { kind: DenyKind::Explicit, layer, by };
        }
        if let Some(layer) = guards.missing() {
            return Step::Denied { kind: DenyKind::Implicit, layer, by: None };
        }
        let terms = Terms { settings: self.keys.settings, trust, own, same: self.same_account() };
        let allow = match self.keys.caller {
            Caller::Service { .. } => terms.trust.kinds.any(),
            Caller::RoleSession(_) if action == SET_SOURCE_IDENTITY => {
                terms.iam().and(terms.chained_identity())
            }
            _ => terms.iam(),
        };
        if allow.is_no() {
            return Step::Denied { kind: DenyKind::Implicit, layer: terms.missing(action), by: None };
        }
        let may_deny = terms.trust.deny.truth.or(terms.own.may_deny()).or(guards.may_deny());
        let certain = allow.and(guards.allow()).and(!may_deny);
        if !certain.is_yes() {
            return Step::Possible(certain);
        }
        let identity = if terms.alone().is_yes() { None } else { terms.own.identity.allow.by };
        Step::Allowed { trust: terms.trust.by(), identity }
    }

    fn same_account(&self) -> bool {
        self.keys.caller.home().is_some_and(|(_, account)| account == self.target.account)
    }

    fn possible(&self, uncertain: &[(&'static str, Truth)], duration: bool) -> Decision {
        let mut needs: Vec<Doubt> = self.role_doubt.iter().chain(&self.subject_doubt).cloned().collect();
        for (action, truth) in uncertain {
            if let Truth::Unknown(Why::Open(point)) = truth {
                needs.push(Doubt::Open(*point));
            }
            let asked = self.asked(action);
            if let Some((subject, role)) =
                self.role.and_then(|subject| subject.as_role().map(|role| (subject, role)))
            {
                let keys = self.keys.at(action, Layer::Trust);
                trust::explain_trust(subject, role, self.who(), asked, &keys, &mut needs);
            }
            explain_own(&self.keys, asked, &mut needs);
            explain_guards(&self.keys, self.target, self.who(), asked, &mut needs);
        }
        if duration {
            needs.push(Doubt::NotCollected {
                account: self.target.account,
                part: "role settings",
                why: "the maximum session duration of the role is not in the snapshot".into(),
            });
        }
        possible(self.default(), needs)
    }

    /// The likelier answer: that of the likelier ways of the open points, if it is certain, else no.
    fn default(&self) -> Verdict {
        let settings = Settings::guess();
        if *self.keys.settings == settings {
            return Verdict::Deny;
        }
        let keys = Keyring { settings: &settings, ..self.keys };
        let likelier = Question { keys, role_doubt: None, subject_doubt: None, ..*self };
        if likelier.answer().is_allowed() { Verdict::Allow } else { Verdict::Deny }
    }
}

/// The terms of the formula of §2.4, step 4.
struct Terms<'w, 's> {
    settings: &'s Settings,
    trust: Trust<'w>,
    own: Own<'w>,
    same: bool,
}

impl Terms<'_, '_> {
    /// Whether an IAM caller is allowed.
    fn iam(&self) -> Truth {
        let identity = self.own.identity.allow.truth;
        if self.same {
            self.alone().or(self.trust.kinds.account.and(identity).and(self.own.limits()))
        } else {
            self.trust.kinds.any().and(identity).and(self.own.limits())
        }
    }

    /// Whether the trust policy's grant suffices without an identity policy; only in one account.
    fn alone(&self) -> Truth {
        if !self.same {
            return Truth::No;
        }
        let kinds = self.trust.kinds;
        let boundary = self.own.boundary.allow.truth;
        let session = self.own.session.allow.truth;
        kinds
            .wildcard
            .or(kinds.user.and(boundary.or(self.boundary_term())))
            .or(kinds.session.and(session.or(self.session_term())))
            .or(kinds.role.and(boundary).and(session))
    }

    fn boundary_term(&self) -> Truth {
        match self.settings.boundary_on_trusted_user {
            BoundaryOnTrustedUser::Report => Truth::Unknown(Why::Open(OpenPoint::U1)),
            BoundaryOnTrustedUser::NotLimited => Truth::Yes,
            BoundaryOnTrustedUser::Limited => Truth::No,
        }
    }

    fn session_term(&self) -> Truth {
        match self.settings.session_policy_on_trusted_session {
            SessionPolicyOnTrustedSession::Report => Truth::Unknown(Why::Open(OpenPoint::U2)),
            SessionPolicyOnTrustedSession::NotLimited => Truth::Yes,
            SessionPolicyOnTrustedSession::Limited => Truth::No,
        }
    }

    /// U22: whether the caller's own policies are needed for a source identity in a chain within one account.
    fn chained_identity(&self) -> Truth {
        let identity = self.own.identity.allow.truth;
        if !self.same {
            return Truth::Yes;
        }
        identity.or(match self.settings.source_identity_chaining {
            SourceIdentityChaining::Report => Truth::Unknown(Why::Open(OpenPoint::U22)),
            SourceIdentityChaining::TrustSuffices => Truth::Yes,
            SourceIdentityChaining::NeedsIdentity => Truth::No,
        })
    }

    /// The layer for want of whose Allow an action is denied.
    fn missing(&self, action: &str) -> Layer {
        let kinds = self.trust.kinds;
        if kinds.any().is_no() {
            return Layer::Trust;
        }
        if action == SET_SOURCE_IDENTITY && self.chained_identity().is_no() {
            return Layer::Identity;
        }
        let by_role = self.same && !kinds.role.or(kinds.user).or(kinds.session).is_no();
        if by_role { self.own.missing_limit() } else { self.own.missing() }
    }
}

fn explicit(layer: Layer, action: &str, by: Option<Found<'_>>) -> Decision {
    Decision::Denied { kind: DenyKind::Explicit, layer, action: action.into(), by: by.map(Found::to_ref) }
}

fn implicit(layer: Layer, action: &str) -> Decision {
    Decision::Denied { kind: DenyKind::Implicit, layer, action: action.into(), by: None }
}

fn possible(default: Verdict, mut needs: Vec<Doubt>) -> Decision {
    needs.sort();
    needs.dedup();
    if needs.is_empty() {
        needs
            .push(Doubt::NotModelled { what: "the answer depends on something that is not modelled".into() });
    }
    Decision::Possible { default, needs }
}
