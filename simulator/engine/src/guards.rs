//! What stands around a request whatever the two accounts' own policies say: SCPs of the caller's account, RCPs of the role's,
//! and the policy of the VPC endpoint it comes through (§2.1). None of them grants anything.

use crate::control::{Controls, Level, Levels};
use crate::decision::{Doubt, Layer};
use crate::facts::{Held, HolderRef, Source, SourceKind, Subject};
use crate::keyring::Keyring;
use crate::layer::{Asked, Found, Outcome, Reason, Says, applies, explain, may_be, says};
use crate::principal::Who;
use crate::request::{Caller, EndpointPolicy, Network};
use crate::settings::UncollectedControls;
use crate::truth::{Truth, Why, any};
use rolegate_iam::organization::ControlType;
use rolegate_iam::policy::{Effect, Principal, PrincipalClause};
use rolegate_iam::{AccountId, RoleArn};

/// What the layers around a request say.
pub(crate) struct Guards<R> {
    pub(crate) scp: Says<R>,
    /// Only its Deny counts: an Allow is always attached (§2.4, step 2).
    pub(crate) rcp: Says<R>,
    pub(crate) endpoint: Says<R>,
}

impl<'w, R: Reason<'w>> Guards<R> {
    /// `role` is the target, where it was collected.
    pub(crate) fn of(
        keys: &Keyring<'w>,
        target: &RoleArn,
        role: Option<&Subject<'_>>,
        who: Who<'_>,
        asked: Asked<'w>,
    ) -> Self {
        let says = |account: Option<AccountId>, kind, subject: Option<&Subject<'_>>| match account {
            Some(account) if !subject.is_some_and(|subject| subject.is_free_of(kind)) => {
                control(keys, account, kind, asked)
            }
            _ => Says::FREE,
        };
        Self {
            scp: says(scp_account(keys.caller), ControlType::Scp, keys.subject),
            rcp: says(rcp_account(keys.caller, target), ControlType::Rcp, role),
            endpoint: match &keys.environment.network {
                Network::VpcEndpoint { .. } => endpoint(&keys.at(asked.action, Layer::Endpoint), who, asked),
                Network::Public(_) | Network::Unknown => Says::FREE,
            },
        }
    }

    pub(crate) fn denied(&self) -> Option<(Layer, R)> {
        let Self { scp, rcp, endpoint } = self;
        [(Layer::Scp, scp), (Layer::Rcp, rcp), (Layer::Endpoint, endpoint)]
            .into_iter()
            .find(|(_, says)| says.deny.truth.is_yes())
            .map(|(layer, says)| (layer, says.deny.by))
    }

    pub(crate) fn may_deny(&self) -> Truth {
        self.scp.deny.truth.or(self.rcp.deny.truth).or(self.endpoint.deny.truth)
    }

    pub(crate) fn allow(&self) -> Truth {
        self.scp.allow.truth.and(self.endpoint.allow.truth)
    }

    /// The layer that certainly lacks an Allow.
    pub(crate) fn missing(&self) -> Option<Layer> {
        let lacks = |layer, says: &Says<R>| says.allow.truth.is_no().then_some(layer);
        lacks(Layer::Scp, &self.scp).or(lacks(Layer::Endpoint, &self.endpoint))
    }
}

fn layer(kind: ControlType) -> Layer {
    match kind {
        ControlType::Scp => Layer::Scp,
        ControlType::Rcp => Layer::Rcp,
    }
}

/// The account whose SCPs bind a caller: none bind services and service-linked roles (§2.6).
pub(crate) fn scp_account(caller: &Caller) -> Option<AccountId> {
    let (_, account) = caller.home()?;
    (!is_service_linked(caller)).then_some(account)
}

/// The account whose RCPs bind a request: none bind service-linked roles, on either side (§2.6).
pub(crate) fn rcp_account(caller: &Caller, target: &RoleArn) -> Option<AccountId> {
    let free = is_service_linked(caller) || is_service_linked_path(target.path.as_str());
    (!free).then_some(target.account)
}

fn is_service_linked(caller: &Caller) -> bool {
    matches!(caller, Caller::RoleSession(session) if is_service_linked_path(session.role.path.as_str()))
}

pub(crate) fn is_service_linked_path(path: &str) -> bool {
    path.starts_with("/aws-service-role/")
}

/// What the control policies of one type above an account say. SCPs need an Allow at every level.
pub(crate) fn control<'w, R: Reason<'w>>(
    keys: &Keyring<'w>,
    account: AccountId,
    kind: ControlType,
    asked: Asked<'w>,
) -> Says<R> {
    match keys.world.controls(account, kind) {
        Controls::Free(_) | Controls::Levels(Levels::Kept(_, true)) => Says::FREE,
        Controls::NotCollected(_) => match keys.settings.uncollected_controls {
            UncollectedControls::Report => Says::unknown(Why::Missing),
            UncollectedControls::BindNothing => Says::FREE,
        },
        Controls::Levels(levels) => {
            let keys = keys.at(asked.action, layer(kind));
            let mut whole: Says<R> = Says::FREE;
            for level in levels.iter() {
                let level: Says<R> = at_level(&keys, level, kind, asked);
                whole.deny = whole.deny.or(level.deny);
                whole.allow.truth = whole.allow.truth.and(level.allow.truth);
            }
            whole
        }
    }
}

/// What one level says.
pub(crate) fn at_level<'w, R: Reason<'w>>(
    keys: &Keyring<'w>,
    level: &Level<'w>,
    kind: ControlType,
    asked: Asked<'w>,
) -> Says<R> {
    let mut said: Says<R> = says(&level.policies, level.gap.is_some(), asked, keys);
    if kind == ControlType::Rcp {
        said.allow = Outcome::YES;
        if level.policies.iter().any(names_somebody) {
            said.deny = Outcome::unknown(Why::Odd);
        }
    }
    said
}

/// Whether an RCP names other principals than `*`. IAM takes no such policy (§2.6), so what it would mean is not known.
pub(crate) fn names_somebody(held: &Held<'_>) -> bool {
    let everybody = |clause: &PrincipalClause| match clause {
        PrincipalClause::Is(principals) => {
            principals.iter().any(|principal| matches!(principal, Principal::Any | Principal::BareStar))
        }
        PrincipalClause::IsNot(_) | PrincipalClause::Absent => false,
    };
    let statements = held.document.map(|document| &document.policy().statements);
    statements
        .into_iter()
        .flatten()
        .any(|statement| statement.effect == Effect::Deny && !everybody(&statement.principal))
}

/// What the policy of the endpoint says that a request comes through. One that was not given is AWS's own, which allows
/// everything; one that is not known may allow or deny.
pub(crate) fn endpoint<'w, R: Reason<'w>>(keys: &Keyring<'w>, who: Who<'_>, asked: Asked<'_>) -> Says<R> {
    let Network::VpcEndpoint { endpoint, policy, .. } = &keys.environment.network else { return Says::FREE };
    let document = match policy {
        EndpointPolicy::FullAccess => return Says::FREE,
        EndpointPolicy::NotKnown => return Says::unknown(Why::Missing),
        EndpointPolicy::Document(document) => document,
    };
    let source = Source { holder: HolderRef::Endpoint(endpoint), kind: SourceKind::Endpoint };
    let policy = document.policy();
    let mut said: Says<R> = Says::NOTHING;
    for broken in &policy.broken {
        if may_be(broken, Effect::Deny) {
            said.deny.doubt(Why::Missing);
        }
        if may_be(broken, Effect::Allow) {
            said.allow.doubt(Why::Missing);
        }
    }
    for (index, statement) in policy.statements.iter().enumerate() {
        let named = named_at_endpoint(&statement.principal, statement.effect, who, keys);
        let truth = named.and(applies(statement, policy.version, Layer::Endpoint, asked, keys));
        let found = Found { source, index, statement };
        match statement.effect {
            Effect::Allow => said.allow.add(truth, found),
            Effect::Deny => said.deny.add(truth, found),
        }
    }
    said
}

/// Whether a statement of an endpoint policy names the caller. That an account there means all of its principals is not
/// documented; some pages say that it means its root user.
fn named_at_endpoint(clause: &PrincipalClause, effect: Effect, who: Who<'_>, keys: &Keyring<'_>) -> Truth {
    match clause {
        PrincipalClause::Is(principals) => any(principals.iter().map(|principal| match principal {
            Principal::Any | Principal::BareStar => Truth::Yes,
            Principal::Account { .. } => {
                let kinds = who.matched_by_one(principal, effect, keys.settings);
                kinds.any().and(Truth::Unknown(Why::Odd))
            }
            principal => who.matched_by_one(principal, effect, keys.settings).any(),
        })),
        PrincipalClause::IsNot(_) | PrincipalClause::Absent => Truth::Unknown(Why::Odd),
    }
}

pub(crate) fn explain_endpoint(keys: &Keyring<'_>, who: Who<'_>, asked: Asked<'_>, needs: &mut Vec<Doubt>) {
    let Network::VpcEndpoint { endpoint, policy, .. } = &keys.environment.network else { return };
    let source = Source { holder: HolderRef::Endpoint(endpoint), kind: SourceKind::Endpoint };
    match policy {
        EndpointPolicy::FullAccess => {}
        EndpointPolicy::NotKnown => needs.push(Doubt::MissingDocument { policy: source.to_owned() }),
        EndpointPolicy::Document(document) => {
            explain([Held { source, document: Some(document), prepared: None }], asked, keys, needs);
            for (index, statement) in document.policy().statements.iter().enumerate() {
                let named = named_at_endpoint(&statement.principal, statement.effect, who, keys);
                if matches!(named, Truth::Unknown(_)) {
                    let statement = Found { source, index, statement }.to_ref();
                    needs.push(Doubt::OddElement { statement });
                }
            }
        }
    }
}

/// Explains why their answer is not certain.
pub(crate) fn explain_guards(
    keys: &Keyring<'_>,
    target: &RoleArn,
    who: Who<'_>,
    asked: Asked<'_>,
    needs: &mut Vec<Doubt>,
) {
    explain_endpoint(&keys.at(asked.action, Layer::Endpoint), who, asked, needs);
    let accounts =
        [(scp_account(keys.caller), ControlType::Scp), (rcp_account(keys.caller, target), ControlType::Rcp)];
    for (account, kind) in accounts {
        if let Some(account) = account {
            explain_control(&keys.at(asked.action, layer(kind)), account, kind, asked, needs);
        }
    }
}

pub(crate) fn explain_control(
    keys: &Keyring<'_>,
    account: AccountId,
    kind: ControlType,
    asked: Asked<'_>,
    needs: &mut Vec<Doubt>,
) {
    match keys.world.controls(account, kind) {
        Controls::Free(_) => {}
        Controls::NotCollected(doubt) => {
            if keys.settings.uncollected_controls == UncollectedControls::Report {
                needs.push(*doubt);
            }
        }
        Controls::Levels(levels) => {
            for level in levels.iter() {
                explain_level(keys, level, kind, asked, needs);
            }
        }
    }
}

pub(crate) fn explain_level(
    keys: &Keyring<'_>,
    level: &Level<'_>,
    kind: ControlType,
    asked: Asked<'_>,
    needs: &mut Vec<Doubt>,
) {
    needs.extend(level.gap.clone());
    explain(&level.policies, asked, keys, needs);
    let odd = level.policies.iter().filter(|held| kind == ControlType::Rcp && names_somebody(held));
    needs.extend(odd.map(|held| Doubt::OddPolicy { policy: held.source.to_owned() }));
}
