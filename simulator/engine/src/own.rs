//! What a caller's own policies say of one action: identity policies, permissions boundary, session policies.

use crate::decision::{Doubt, Layer};
use crate::facts::{Held, Source, SourceKind, Subject};
use crate::keyring::Keyring;
use crate::layer::{Asked, Reason, Says, explain, says};
use crate::request::Caller;
use crate::truth::Truth;

/// What the caller's own policies say.
pub(crate) struct Own<R> {
    pub(crate) identity: Says<R>,
    pub(crate) boundary: Says<R>,
    pub(crate) session: Says<R>,
}

impl<'w, R: Reason<'w>> Own<R> {
    pub(crate) fn of(keys: &Keyring<'w>, asked: Asked<'w>) -> Self {
        match keys.caller {
            Caller::Service { .. } => {
                return Self { identity: Says::NOTHING, boundary: Says::FREE, session: Says::FREE };
            }
            // No policy of its account binds the root user.
            Caller::Root { .. } => {
                return Self { identity: Says::FREE, boundary: Says::FREE, session: Says::FREE };
            }
            _ => {}
        }
        let at = |layer| keys.at(asked.action, layer);
        let Some(subject) = keys.subject else {
            let unknown = says::<R, &Held<'_>>(&[], true, asked, &at(Layer::Identity));
            return Self { identity: unknown, boundary: unknown, session: unknown };
        };
        let gaps = !subject.gaps.is_empty();
        Self {
            identity: says(&subject.policies, gaps, asked, &at(Layer::Identity)),
            boundary: match &subject.boundary {
                Some(boundary) => says([boundary], false, asked, &at(Layer::Boundary)),
                None => Says::FREE,
            },
            session: match keys.caller {
                caller if caller.has_session_policies() => {
                    says(session_policies(keys, subject), false, asked, &at(Layer::SessionPolicy))
                }
                _ => Says::FREE,
            },
        }
    }

    pub(crate) fn denied(&self) -> Option<(Layer, R)> {
        let Self { identity, boundary, session } = self;
        [(Layer::Identity, identity), (Layer::Boundary, boundary), (Layer::SessionPolicy, session)]
            .into_iter()
            .find(|(_, says)| says.deny.truth.is_yes())
            .map(|(layer, says)| (layer, says.deny.by))
    }

    pub(crate) fn may_deny(&self) -> Truth {
        self.identity.deny.truth.or(self.boundary.deny.truth).or(self.session.deny.truth)
    }

    pub(crate) fn limits(&self) -> Truth {
        self.boundary.allow.truth.and(self.session.allow.truth)
    }

    /// The first layer that does not allow.
    pub(crate) fn missing(&self) -> Layer {
        if self.identity.allow.truth.is_no() { Layer::Identity } else { self.missing_limit() }
    }

    pub(crate) fn missing_limit(&self) -> Layer {
        if self.boundary.allow.truth.is_no() { Layer::Boundary } else { Layer::SessionPolicy }
    }
}

pub(crate) fn session_policies<'w>(
    keys: &Keyring<'w>,
    subject: &Subject<'w>,
) -> impl Iterator<Item = Held<'w>> {
    let world = keys.world;
    let session = match keys.caller {
        Caller::RoleSession(session) => Some(session),
        _ => None,
    };
    let holder = subject.holder();
    session.into_iter().flat_map(move |session| {
        let inline = session.policies.iter().enumerate().map(move |(number, document)| Held {
            source: Source { holder, kind: SourceKind::Session(number) },
            document: Some(document),
            prepared: None,
        });
        inline.chain(session.managed_policies.iter().map(move |arn| Held {
            source: Source { holder, kind: SourceKind::ManagedSession(arn) },
            document: world.document(arn),
            prepared: None,
        }))
    })
}

/// Explains why their answer is not certain.
pub(crate) fn explain_own(keys: &Keyring<'_>, asked: Asked<'_>, needs: &mut Vec<Doubt>) {
    let Some(subject) = keys.subject else { return };
    needs.extend(subject.gaps.iter().cloned());
    explain(&subject.policies, asked, &keys.at(asked.action, Layer::Identity), needs);
    explain(&subject.boundary, asked, &keys.at(asked.action, Layer::Boundary), needs);
    explain(session_policies(keys, subject), asked, &keys.at(asked.action, Layer::SessionPolicy), needs);
}
