//! What a [`Caller`] is by itself, without any world.

use crate::request::Caller;
use rolegate_iam::{AccountId, Partition, Tags};
use smol_str::{SmolStr, ToSmolStr};

impl Caller {
    /// The partition and account of the caller; a service has none.
    pub fn home(&self) -> Option<(Partition, AccountId)> {
        match self {
            Self::UserKey { arn } | Self::UserSession { arn, .. } => Some((arn.partition, arn.account)),
            Self::RoleSession(session) => Some((session.role.partition, session.role.account)),
            Self::Root { account, partition } | Self::FederatedUser { account, partition, .. } => {
                Some((*partition, *account))
            }
            Self::Service { .. } => None,
        }
    }

    /// Whether its credentials are temporary.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::UserKey { .. } | Self::Root { .. } => false,
            Self::UserSession { .. }
            | Self::RoleSession(_)
            | Self::FederatedUser { .. }
            | Self::Service { .. } => true,
        }
    }

    /// `aws:PrincipalArn` of an IAM caller: of a session, its base role's.
    pub(crate) fn principal_arn(&self) -> Option<SmolStr> {
        match self {
            Self::UserKey { arn } | Self::UserSession { arn, .. } => Some(arn.to_smolstr()),
            Self::RoleSession(session) => Some(session.role.to_smolstr()),
            Self::Root { account, partition } => Some(format!("arn:{partition}:iam::{account}:root").into()),
            Self::FederatedUser { account, partition, name } => {
                Some(format!("arn:{partition}:sts::{account}:federated-user/{name}").into())
            }
            Self::Service { .. } => None,
        }
    }

    /// The source identity the session carries.
    pub(crate) fn source_identity(&self) -> Option<&SmolStr> {
        match self {
            Self::RoleSession(session) => session.source_identity.as_ref(),
            _ => None,
        }
    }

    /// The transitive tags the session carries.
    pub(crate) fn transitive_tags(&self) -> impl Iterator<Item = (&str, &str)> {
        let session = match self {
            Self::RoleSession(session) => Some(session),
            _ => None,
        };
        session.into_iter().flat_map(|session| {
            session.tags.iter().filter(|(key, _)| {
                session.transitive_tag_keys.iter().any(|transitive| transitive.eq_ignore_ascii_case(key))
            })
        })
    }

    /// Whether the session was made with session policies.
    pub(crate) fn has_session_policies(&self) -> bool {
        match self {
            Self::RoleSession(session) => {
                !session.policies.is_empty() || !session.managed_policies.is_empty()
            }
            _ => false,
        }
    }

    /// The session tags of the caller.
    pub(crate) fn session_tags(&self) -> Option<&Tags> {
        match self {
            Self::RoleSession(session) => Some(&session.tags),
            _ => None,
        }
    }
}
