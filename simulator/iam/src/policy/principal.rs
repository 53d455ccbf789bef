//! The forms of a principal (§1.2): text to [`Principal`] and back. Resolves nothing.

use super::Principal;
use crate::arn::Arn;
use smol_str::{SmolStr, format_smolstr};

/// The types of principal that IAM knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `AWS`: accounts, users, roles, sessions.
    Aws,
    /// `Service`.
    Service,
    /// `Federated`.
    Federated,
    /// `CanonicalUser`.
    CanonicalUser,
}

impl Kind {
    /// The member name in the `Principal` object.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }

    /// Reads a member name, exactly.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Aws, Self::Service, Self::Federated, Self::CanonicalUser]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

impl Principal {
    /// Reads one entry. What IAM would refuse is [`Principal::Invalid`], which keeps its type in its text unless that
    /// is `AWS` (`Service:*`): it must never be read back as something that matches.
    pub fn parse(kind: Kind, text: &str) -> Self {
        let plain = !text.is_empty() && !text.contains(['*', '?', ' ', '$']);
        match kind {
            Kind::Aws => Self::parse_aws(text),
            Kind::Service if plain => Self::Service(text.into()),
            Kind::Federated if plain => Self::Federated(text.into()),
            Kind::CanonicalUser if plain => Self::CanonicalUser(text.into()),
            Kind::Service | Kind::Federated | Kind::CanonicalUser => {
                Self::Invalid(format_smolstr!("{}:{text}", kind.as_str()))
            }
        }
    }

    /// Reads a value of `{"AWS": …}`.
    pub fn parse_aws(text: &str) -> Self {
        if text == "*" {
            return Self::Any;
        }
        if let Ok(id) = text.parse() {
            return Self::Account { partition: None, id };
        }
        // A path may hold any printable character, but no wildcard means anything inside a principal.
        if text.contains(['*', '?']) {
            return Self::Invalid(text.into());
        }
        if is_unique_id(text) {
            return Self::UniqueId(text.into());
        }
        if let Ok(user) = text.parse() {
            return Self::User(user);
        }
        if let Ok(role) = text.parse() {
            return Self::Role(role);
        }
        if let Ok(session) = text.parse() {
            return Self::Session(session);
        }
        text.parse::<Arn>()
            .ok()
            .and_then(|arn| root_or_federated_user(&arn, text))
            .unwrap_or_else(|| Self::Invalid(text.into()))
    }

    /// The type under which the principal is written, and its text. [`Principal::BareStar`] has no type of its own; it is
    /// written as `"*"` when it stands alone.
    pub fn written(&self) -> (Kind, SmolStr) {
        match self {
            Self::Any | Self::BareStar => (Kind::Aws, "*".into()),
            Self::Account { partition: None, id } => (Kind::Aws, id.as_str().into()),
            Self::Account { partition: Some(partition), id } => {
                (Kind::Aws, format_smolstr!("arn:{partition}:iam::{id}:root"))
            }
            Self::User(arn) => (Kind::Aws, format_smolstr!("{arn}")),
            Self::Role(arn) => (Kind::Aws, format_smolstr!("{arn}")),
            Self::Session(arn) => (Kind::Aws, format_smolstr!("{arn}")),
            Self::UniqueId(text) | Self::FederatedUser(text) => (Kind::Aws, text.clone()),
            Self::Service(text) => (Kind::Service, text.clone()),
            Self::Federated(text) => (Kind::Federated, text.clone()),
            Self::CanonicalUser(text) => (Kind::CanonicalUser, text.clone()),
            Self::Invalid(text) if matches!(Self::parse_aws(text), Self::Invalid(_)) => {
                (Kind::Aws, text.clone())
            }
            // Built by hand from a text that means somebody: it must keep meaning nobody.
            Self::Invalid(text) => (Kind::Aws, format_smolstr!("invalid:{text}")),
        }
    }
}

fn is_unique_id(text: &str) -> bool {
    ["AIDA", "AROA"].into_iter().filter_map(|prefix| text.strip_prefix(prefix)).any(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    })
}

fn root_or_federated_user(arn: &Arn, text: &str) -> Option<Principal> {
    let (partition, id) = (arn.partition.parse().ok()?, arn.account.parse().ok()?);
    if !arn.region.is_empty() {
        return None;
    }
    match (arn.service.as_str(), arn.resource.as_str()) {
        ("iam", "root") => Some(Principal::Account { partition: Some(partition), id }),
        ("sts", resource) => {
            let name = resource.strip_prefix("federated-user/").filter(|name| !name.is_empty())?;
            (!name.contains('/')).then(|| Principal::FederatedUser(text.into()))
        }
        _ => None,
    }
}
