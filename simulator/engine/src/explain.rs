//! One request with every layer's verdict, for people who ask why. Decides nothing: see `decide`.

use crate::control::{Controls, Level};
use crate::decide::{Question, ask};
use crate::decision::{Decision, Doubt, Layer, StatementRef};
use crate::facts::Facts;
use crate::guards::{at_level, endpoint, explain_endpoint, explain_level, rcp_account, scp_account};
use crate::keyring::Keyring;
use crate::layer::{self, Asked, By, Found, Says};
use crate::own::{Own, session_policies};
use crate::request::{AssumeRole, Caller, EndpointPolicy, Environment, Network};
use crate::settings::{Settings, UncollectedControls};
use crate::terms::Terms;
use crate::trust::{Trust, explain_trust};
use crate::truth::Truth;
use rolegate_iam::organization::ControlType;
use smol_str::{SmolStr, ToSmolStr};

/// A decision, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What AWS would answer; the same as [`crate::assume_role`] says.
    pub decision: Decision,
    /// Every action that must be authorised (§2.3), `sts:AssumeRole` first; none where the request was refused before any
    /// policy was read.
    pub actions: Vec<ActionVerdicts>,
}

/// What every layer says of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionVerdicts {
    /// Such as `sts:AssumeRole`.
    pub action: SmolStr,
    /// In the order of §2.1; of the policies of organizations one for every level, root first.
    pub layers: Vec<LayerVerdict>,
}

/// What one layer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerVerdict {
    /// The layer.
    pub layer: Layer,
    /// Which level of it, for people; `None` where there is one.
    pub level: Option<SmolStr>,
    /// What it says.
    pub said: Said,
    /// The statement that says so, where one does.
    pub by: Option<StatementRef>,
    /// What would be needed to tell.
    pub doubts: Vec<Doubt>,
    /// What else is to be said of it, for people.
    pub note: Option<SmolStr>,
}

/// The verdict of one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Said {
    /// It allows.
    Allows,
    /// It denies, whatever others say.
    Denies,
    /// It has no Allow for this, and no Deny.
    Silent,
    /// Nobody knows.
    Unknown,
    /// There is nothing that could bind this request.
    Absent,
}

/// Decides a request like [`crate::assume_role`], with every layer's verdict.
pub fn explain(
    world: &impl Facts,
    caller: &Caller,
    request: &AssumeRole,
    environment: &Environment,
    settings: &Settings,
) -> Explanation {
    ask(world, caller, request, environment, settings, |asked| match asked {
        Ok(question) => Explanation {
            actions: question.actions().map(|action| question.verdicts(action)).collect(),
            decision: question.answer(),
        },
        Err(refusal) => Explanation { decision: refusal.into(), actions: Vec::new() },
    })
}

impl Question<'_> {
    fn verdicts(&self, action: &'static str) -> ActionVerdicts {
        let asked = self.asked(action);
        let trust: Trust<By<'_>> = self.trust(action);
        let own = Own::of(&self.keys, asked);
        let mut layers = vec![self.trust_verdict(&trust, asked)];
        let terms =
            Terms { settings: self.keys.settings, trust: &trust, own: &own, same: self.same_account() };
        layers.extend(self.own_verdicts(&terms, asked));
        layers.extend(self.control_verdicts(ControlType::Scp, asked));
        layers.extend(self.control_verdicts(ControlType::Rcp, asked));
        layers.push(self.endpoint_verdict(asked));
        ActionVerdicts { action: action.into(), layers }
    }

    fn trust_verdict(&self, trust: &Trust<By<'_>>, asked: Asked<'_>) -> LayerVerdict {
        let mut doubts = Vec::new();
        match self.role.and_then(|subject| Some((subject, subject.as_role()?))) {
            Some((subject, role)) => {
                let keys = self.keys.at(asked.action, Layer::Trust);
                explain_trust(subject, role, self.who(), asked, &keys, &mut doubts);
            }
            None => doubts.extend(self.role_doubt.cloned()),
        }
        let (said, by) = said(trust.deny.truth, trust.kinds.any(), trust.deny.by, trust.by());
        LayerVerdict::new(Layer::Trust, None, said, by, doubts)
    }

    fn own_verdicts(&self, terms: &Terms<'_, By<'_>>, asked: Asked<'_>) -> Vec<LayerVerdict> {
        let keys = &self.keys;
        if matches!(keys.caller, Caller::Service { .. }) {
            let absent = |layer| LayerVerdict::absent(layer, "a service has none");
            return [Layer::Identity, Layer::Boundary, Layer::SessionPolicy].map(absent).into();
        }
        let Own { identity, boundary, session } = terms.own;
        let Some(subject) = keys.subject else {
            let unknown = |layer| {
                let doubts = self.subject_doubt.into_iter().cloned().collect();
                LayerVerdict::new(layer, None, Said::Unknown, None, doubts)
            };
            let carried = self.session_verdict(session, asked);
            return vec![unknown(Layer::Identity), unknown(Layer::Boundary), carried];
        };
        let mut doubts = subject.gaps.clone();
        layer::explain(&subject.policies, asked, &keys.at(asked.action, Layer::Identity), &mut doubts);
        let mut of_identity = LayerVerdict::of(Layer::Identity, None, identity, doubts);
        if terms.alone().is_yes() {
            of_identity.note = Some("not needed: in one account the trust policy is enough here".into());
        }
        let of_boundary = match &subject.boundary {
            None => LayerVerdict::absent(Layer::Boundary, "none is set"),
            Some(policy) => {
                let mut doubts = Vec::new();
                layer::explain([policy], asked, &keys.at(asked.action, Layer::Boundary), &mut doubts);
                LayerVerdict::of(Layer::Boundary, None, boundary, doubts)
            }
        };
        vec![of_identity, of_boundary, self.session_verdict(session, asked)]
    }

    fn session_verdict(&self, session: &Says<By<'_>>, asked: Asked<'_>) -> LayerVerdict {
        let keys = &self.keys;
        if !keys.caller.has_session_policies() {
            return LayerVerdict::absent(Layer::SessionPolicy, "the session has none");
        }
        let mut doubts = Vec::new();
        if let Some(subject) = keys.subject {
            let policies = session_policies(keys, subject);
            layer::explain(policies, asked, &keys.at(asked.action, Layer::SessionPolicy), &mut doubts);
        }
        LayerVerdict::of(Layer::SessionPolicy, None, session, doubts)
    }

    fn control_verdicts(&self, kind: ControlType, asked: Asked<'_>) -> Vec<LayerVerdict> {
        let (layer, account) = match kind {
            ControlType::Scp => (Layer::Scp, scp_account(self.keys.caller)),
            ControlType::Rcp => (Layer::Rcp, rcp_account(self.keys.caller, self.target)),
        };
        let Some(account) = account else {
            return vec![LayerVerdict::absent(layer, "services and service-linked roles are not bound")];
        };
        match self.keys.world.controls(account, kind) {
            Controls::Free(exempt) => vec![LayerVerdict::absent(layer, exempt.reason())],
            Controls::NotCollected(doubt) => {
                let mut verdict = LayerVerdict::new(layer, None, Said::Unknown, None, vec![*doubt]);
                if self.keys.settings.uncollected_controls == UncollectedControls::BindNothing {
                    verdict.said = Said::Absent;
                    verdict.note = Some("assumed, because the organization was not collected".into());
                    verdict.doubts.clear();
                }
                vec![verdict]
            }
            Controls::Levels(levels) => {
                let keys = self.keys.at(asked.action, layer);
                levels.iter().map(|level| level_verdict(&keys, level, kind, asked)).collect()
            }
        }
    }

    fn endpoint_verdict(&self, asked: Asked<'_>) -> LayerVerdict {
        let Network::VpcEndpoint { policy, .. } = &self.keys.environment.network else {
            return LayerVerdict::absent(Layer::Endpoint, "the request comes through none");
        };
        if *policy == EndpointPolicy::FullAccess {
            return LayerVerdict::absent(Layer::Endpoint, "it is AWS's own, which allows everything");
        }
        let keys = self.keys.at(asked.action, Layer::Endpoint);
        let mut doubts = Vec::new();
        explain_endpoint(&keys, self.who(), asked, &mut doubts);
        LayerVerdict::of(Layer::Endpoint, None, &endpoint(&keys, self.who(), asked), doubts)
    }
}

fn level_verdict(keys: &Keyring<'_>, level: &Level<'_>, kind: ControlType, asked: Asked<'_>) -> LayerVerdict {
    let says: Says<By<'_>> = at_level(keys, level, kind, asked);
    let mut doubts = Vec::new();
    explain_level(keys, level, kind, asked, &mut doubts);
    let place = level
        .policies
        .first()
        .map_or_else(|| level.node.to_smolstr(), |held| held.source.to_owned().holder.to_smolstr());
    LayerVerdict::of(keys.layer, Some(place), &says, doubts)
}

/// A Deny that certainly applies comes first, then what is not known, then the Allow.
fn said(deny: Truth, allow: Truth, denied_by: By<'_>, allowed_by: By<'_>) -> (Said, Option<StatementRef>) {
    let (said, by) = match (deny, allow) {
        (Truth::Yes, _) => (Said::Denies, denied_by),
        (Truth::No, Truth::Yes) => (Said::Allows, allowed_by),
        (_, Truth::No) => (Said::Silent, None),
        _ => (Said::Unknown, None),
    };
    (said, by.map(Found::to_ref))
}

impl LayerVerdict {
    fn new(
        layer: Layer,
        level: Option<SmolStr>,
        said: Said,
        by: Option<StatementRef>,
        mut doubts: Vec<Doubt>,
    ) -> Self {
        doubts.sort();
        doubts.dedup();
        let doubts = if said == Said::Unknown { doubts } else { Vec::new() };
        Self { layer, level, said, by, doubts, note: None }
    }

    fn of(layer: Layer, level: Option<SmolStr>, says: &Says<By<'_>>, doubts: Vec<Doubt>) -> Self {
        let Says { deny, allow } = says;
        let (said, by) = said(deny.truth, allow.truth, deny.by, allow.by);
        Self::new(layer, level, said, by, doubts)
    }

    fn absent(layer: Layer, why: &str) -> Self {
        Self { note: Some(why.into()), ..Self::new(layer, None, Said::Absent, None, Vec::new()) }
    }
}
