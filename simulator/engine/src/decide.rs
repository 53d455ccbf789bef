//! The decision procedure of §2.4 for one request: gates, then every required action by itself, then the duration.

use crate::decision::{Decision, DenyKind, Doubt, ErrorCode, Layer, Verdict};
use crate::facts::{Facts, Lookup, Subject};
use crate::gates::{self, Refusal, refused};
use crate::guards::{Guards, explain_guards};
use crate::keyring::{Call, Keyring, Situation};
use crate::layer::{Asked, By, Found, Reason};
use crate::own::{Own, explain_own};
use crate::parameters;
use crate::principal::Who;
use crate::request::{
    ASSUME_ROLE, Activation, AssumeRole, Caller, Environment, SET_CONTEXT, SET_SOURCE_IDENTITY, TAG_SESSION,
};
use crate::settings::Settings;
use crate::terms::Terms;
use crate::trust::{self, Trust};
use crate::truth::{Truth, Why};
use rolegate_iam::RoleArn;
use std::borrow::Cow;

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
    ask(world, caller, request, environment, settings, |asked| match asked {
        Ok(question) => question.answer(),
        Err(refusal) => refusal.into(),
    })
}

/// The answer of [`assume_role`] without its reasons, for many questions: `None` where it cannot be told.
pub fn verdict(
    world: &impl Facts,
    caller: &Caller,
    request: &AssumeRole,
    environment: &Environment,
    settings: &Settings,
) -> Option<Verdict> {
    ask(world, caller, request, environment, settings, |asked| match asked {
        Ok(question) => question.verdict(),
        Err(_) => Some(Verdict::Deny),
    })
}

/// Passes the gates before policy (§2.2, §2.10), looks up what the request is about, and answers.
pub(crate) fn ask<T>(
    world: &impl Facts,
    caller: &Caller,
    request: &AssumeRole,
    environment: &Environment,
    settings: &Settings,
    answer: impl FnOnce(Result<Question<'_>, Refusal>) -> T,
) -> T {
    let found = world.role_by_text(&request.role_arn);
    let (role, role_doubt) = match &found {
        Lookup::Found(role) => (Some(&**role), None),
        Lookup::Missing => (None, None),
        Lookup::NotCollected(doubt) => (None, Some(&**doubt)),
    };
    let target = match gates::of_environment(environment)
        .and_then(|()| gates::target(request, role, settings))
        .and_then(|target| gates::of_caller(caller, request, &target).map(|()| target))
    {
        Ok(target) => target,
        Err(refusal) => return answer(Err(refusal)),
    };
    if matches!(found, Lookup::Missing) {
        // The same answer as for a role that is there: no one learns which roles exist (§2.2).
        return answer(Err(refused(ErrorCode::AccessDenied, "there is no such role")));
    }
    if let Some(Err(refusal)) = role.map(|role| gates::of_role(caller, role)) {
        return answer(Err(refusal));
    }
    let (subject, subject_doubt) = match subject_of(world, caller) {
        Ok(found) => found,
        Err(refusal) => return answer(Err(refusal)),
    };
    if let Err(refusal) = gates::of_accounts(world, caller, subject.as_deref(), &target, role) {
        return answer(Err(refusal));
    }
    let situation = Situation {
        world,
        caller,
        subject: subject.as_deref(),
        environment,
        settings,
        call: Call::AssumeRole { request, target: &target, role },
    };
    let keys = Keyring { situation: &situation, action: ASSUME_ROLE, layer: Layer::Trust };
    let subject_doubt = subject_doubt.as_deref();
    answer(Ok(Question { keys, request, target: &target, role, role_doubt, subject_doubt }))
}

pub(crate) type Subjects<'a> = (Option<Cow<'a, Subject<'a>>>, Option<Box<Doubt>>);

pub(crate) fn subject_of<'a>(world: &'a dyn Facts, caller: &Caller) -> Result<Subjects<'a>, Refusal> {
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
pub(crate) struct Question<'w> {
    pub(crate) keys: Keyring<'w>,
    pub(crate) request: &'w AssumeRole,
    pub(crate) target: &'w RoleArn,
    pub(crate) role: Option<&'w Subject<'w>>,
    pub(crate) role_doubt: Option<&'w Doubt>,
    pub(crate) subject_doubt: Option<&'w Doubt>,
}

/// The answer for one required action.
enum Step<R> {
    Allowed { trust: R, identity: R },
    Denied { kind: DenyKind, layer: Layer, by: R },
    Possible(Truth),
}

impl<'w> Question<'w> {
    pub(crate) fn answer(&self) -> Decision {
        let mut granted: Vec<crate::decision::StatementRef> = Vec::with_capacity(2);
        let mut uncertain = Vec::new();
        for action in self.actions() {
            match self.step::<By<'_>>(action) {
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
        match self.beside() {
            Err(refusal) => refusal.into(),
            Ok(doubts) if uncertain.is_empty() && doubts.is_empty() => {
                Decision::Allowed { granted_by: granted }
            }
            Ok(doubts) => self.possible(&uncertain, doubts),
        }
    }

    fn verdict(&self) -> Option<Verdict> {
        let mut certain = true;
        for action in self.actions() {
            match self.step::<()>(action) {
                Step::Allowed { .. } => {}
                Step::Denied { .. } => return Some(Verdict::Deny),
                Step::Possible(_) => certain = false,
            }
        }
        match self.beside() {
            Err(_) => Some(Verdict::Deny),
            Ok(doubts) => (certain && doubts.is_empty()).then_some(Verdict::Allow),
        }
    }

    /// What may refuse, or refuses, what the policies allow: the duration, limits that are not known, the Region.
    fn beside(&self) -> Result<Vec<Doubt>, Refusal> {
        let Situation { caller, environment, settings, .. } = self.keys.situation;
        let mut doubts = parameters::doubts(self.request, settings);
        doubts.extend(gates::duration(caller, self.request, self.role, self.target, settings)?);
        if environment.activation == Activation::NotKnown {
            doubts.push(Doubt::Region { region: environment.region.clone() });
        }
        Ok(doubts)
    }

    /// Which actions must be authorised (§2.3).
    pub(crate) fn actions(&self) -> impl Iterator<Item = &'static str> {
        let caller = self.keys.caller;
        let tagged = !self.request.tags.is_empty() || caller.transitive_tags().next().is_some();
        let identified = self.request.source_identity.is_some() || caller.source_identity().is_some();
        std::iter::once(ASSUME_ROLE)
            .chain(tagged.then_some(TAG_SESSION))
            .chain(identified.then_some(SET_SOURCE_IDENTITY))
            .chain((!self.request.provided_contexts.is_empty()).then_some(SET_CONTEXT))
    }

    pub(crate) fn asked(&self, action: &'static str) -> Asked<'w> {
        Asked { action, resource: &self.request.role_arn }
    }

    pub(crate) fn who(&self) -> Who<'w> {
        let id = self.keys.subject.map(Subject::id);
        Who { caller: self.keys.caller, id, partition: self.target.partition }
    }

    pub(crate) fn trust<R: Reason<'w>>(&self, action: &'static str) -> Trust<R> {
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

    fn step<R: Reason<'w>>(&self, action: &'static str) -> Step<R> {
        let trust: Trust<R> = self.trust(action);
        if trust.deny.truth.is_yes() {
            return Step::Denied { kind: DenyKind::Explicit, layer: Layer::Trust, by: trust.deny.by };
        }
        let own: Own<R> = Own::of(&self.keys, self.asked(action));
        if let Some((layer, by)) = own.denied() {
            return Step::Denied { kind: DenyKind::Explicit, layer, by };
        }
        let guards: Guards<R> =
            Guards::of(&self.keys, self.target, self.role, self.who(), self.asked(action));
        if let Some((layer, by)) = guards.denied() {
            return Step::Denied { kind: DenyKind::Explicit, layer, by };
        }
        if let Some(layer) = guards.missing() {
            return Step::Denied { kind: DenyKind::Implicit, layer, by: R::NONE };
        }
        let terms =
            Terms { settings: self.keys.settings, trust: &trust, own: &own, same: self.same_account() };
        let allow = match self.keys.caller {
            Caller::Service { .. } => terms.trust.kinds.any(),
            Caller::RoleSession(_) if action == SET_SOURCE_IDENTITY => {
                terms.iam().and(terms.chained_identity())
            }
            _ => terms.iam(),
        };
        if allow.is_no() {
            return Step::Denied { kind: DenyKind::Implicit, layer: terms.missing(action), by: R::NONE };
        }
        let may_deny = terms.trust.deny.truth.or(terms.own.may_deny()).or(guards.may_deny());
        let certain = allow.and(guards.allow()).and(!may_deny);
        if !certain.is_yes() {
            return Step::Possible(certain);
        }
        let identity = if terms.alone().is_yes() { R::NONE } else { terms.own.identity.allow.by };
        Step::Allowed { trust: terms.trust.by(), identity }
    }

    pub(crate) fn same_account(&self) -> bool {
        self.keys.caller.home().is_some_and(|(_, account)| account == self.target.account)
    }

    fn possible(&self, uncertain: &[(&'static str, Truth)], mut needs: Vec<Doubt>) -> Decision {
        needs.extend(self.role_doubt.into_iter().chain(self.subject_doubt).cloned());
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
        possible(self.default(), needs)
    }

    /// The likelier answer: that of the likelier ways of the open points, if it is certain, else no.
    fn default(&self) -> Verdict {
        let settings = Settings::guess();
        if *self.keys.settings == settings {
            return Verdict::Deny;
        }
        let situation = Situation { settings: &settings, ..*self.keys.situation };
        let keys = Keyring { situation: &situation, ..self.keys };
        let likelier = Question { keys, role_doubt: None, subject_doubt: None, ..*self };
        if likelier.answer().is_allowed() { Verdict::Allow } else { Verdict::Deny }
    }
}

pub(crate) fn explicit(layer: Layer, action: &str, by: By<'_>) -> Decision {
    Decision::Denied { kind: DenyKind::Explicit, layer, action: action.into(), by: by.map(Found::to_ref) }
}

pub(crate) fn implicit(layer: Layer, action: &str) -> Decision {
    Decision::Denied { kind: DenyKind::Implicit, layer, action: action.into(), by: None }
}

pub(crate) fn possible(default: Verdict, mut needs: Vec<Doubt>) -> Decision {
    needs.sort();
    needs.dedup();
    if needs.is_empty() {
        needs
            .push(Doubt::NotModelled { what: "the answer depends on something that is not modelled".into() });
    }
    Decision::Possible { default, needs }
}
