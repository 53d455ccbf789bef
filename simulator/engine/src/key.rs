//! The names of the condition keys that an AssumeRole request may carry (§2.7), read once per policy. Knows no value.

/// A condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key<'k> {
    /// As written.
    pub(crate) text: &'k str,
    pub(crate) name: Name,
    /// The tag that it names; empty where it names none.
    pub(crate) tag: &'k str,
}

/// Which key it is; by where its value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Caller(CallerKey),
    Environment(EnvironmentKey),
    Organization(OrganizationKey),
    Request(RequestKey),
    /// Of a SAML or OIDC provider.
    Federation,
    /// Not modelled.
    Other,
}

/// Keys of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallerKey {
    Tag,
    Arn,
    Account,
    Type,
    UserId,
    UserName,
    IsService,
    SourceIdentity,
    TokenIssueTime,
    SourceAccount,
    SourceArn,
    FederatedProvider,
}

/// Keys of time and way, MFA included, which the caller or the call may give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnvironmentKey {
    MfaPresent,
    MfaAge,
    Time,
    SourceIp,
    SourceVpce,
    SourceVpc,
    VpcSourceIp,
    SecureTransport,
    UserAgent,
    Region,
    ViaService,
}

/// Keys of the organizations of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrganizationKey {
    PrincipalId,
    PrincipalPaths,
    ResourceId,
    ResourcePaths,
}

/// Keys of the AssumeRole call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestKey {
    Tag,
    ResourceTag,
    ExternalId,
    SessionName,
    SourceIdentity,
    TransitiveTagKeys,
    TagKeys,
    ResourceAccount,
    /// Never there in an AssumeRole call.
    Never,
}

const NAMES: [(&str, Name); 35] = {
    use CallerKey as C;
    use EnvironmentKey as E;
    use Name::{Caller, Environment, Organization, Request};
    use OrganizationKey as O;
    use RequestKey as R;
    [
        ("aws:username", Caller(C::UserName)),
        ("aws:PrincipalArn", Caller(C::Arn)),
        ("aws:PrincipalAccount", Caller(C::Account)),
        ("aws:PrincipalType", Caller(C::Type)),
        ("aws:userid", Caller(C::UserId)),
        ("aws:PrincipalIsAWSService", Caller(C::IsService)),
        ("aws:SourceIdentity", Caller(C::SourceIdentity)),
        ("aws:TokenIssueTime", Caller(C::TokenIssueTime)),
        ("aws:SourceAccount", Caller(C::SourceAccount)),
        ("aws:SourceArn", Caller(C::SourceArn)),
        ("aws:FederatedProvider", Caller(C::FederatedProvider)),
        ("aws:MultiFactorAuthPresent", Environment(E::MfaPresent)),
        ("aws:MultiFactorAuthAge", Environment(E::MfaAge)),
        ("aws:CurrentTime", Environment(E::Time)),
        ("aws:EpochTime", Environment(E::Time)),
        ("aws:SourceIp", Environment(E::SourceIp)),
        ("aws:SourceVpce", Environment(E::SourceVpce)),
        ("aws:SourceVpc", Environment(E::SourceVpc)),
        ("aws:VpcSourceIp", Environment(E::VpcSourceIp)),
        ("aws:SecureTransport", Environment(E::SecureTransport)),
        ("aws:UserAgent", Environment(E::UserAgent)),
        ("aws:RequestedRegion", Environment(E::Region)),
        ("aws:ViaAWSService", Environment(E::ViaService)),
        ("aws:PrincipalOrgID", Organization(O::PrincipalId)),
        ("aws:PrincipalOrgPaths", Organization(O::PrincipalPaths)),
        ("aws:ResourceOrgID", Organization(O::ResourceId)),
        ("aws:ResourceOrgPaths", Organization(O::ResourcePaths)),
        ("sts:ExternalId", Request(R::ExternalId)),
        ("sts:RoleSessionName", Request(R::SessionName)),
        ("sts:SourceIdentity", Request(R::SourceIdentity)),
        ("sts:TransitiveTagKeys", Request(R::TransitiveTagKeys)),
        ("aws:TagKeys", Request(R::TagKeys)),
        ("aws:ResourceAccount", Request(R::ResourceAccount)),
        ("sts:DurationSeconds", Request(R::Never)),
        ("sts:RoleAuthorizedByIdp", Request(R::Never)),
    ]
};

/// The keys that name a tag after a slash.
const TAGS: [(&str, Name); 4] = [
    ("aws:PrincipalTag", Name::Caller(CallerKey::Tag)),
    ("aws:RequestTag", Name::Request(RequestKey::Tag)),
    ("aws:ResourceTag", Name::Request(RequestKey::ResourceTag)),
    ("iam:ResourceTag", Name::Request(RequestKey::ResourceTag)),
];

impl<'k> Key<'k> {
    /// Reads a key, ignoring case (§1.5).
    pub(crate) fn of(text: &'k str) -> Self {
        let find = |names: &[(&str, Name)], wanted: &str| {
            names.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, name)| *name)
        };
        let (known, tag) = match text.split_once('/') {
            Some((head, tag)) => (find(&TAGS, head), tag),
            None => (find(&NAMES, text), ""),
        };
        // Providers are named by host names, SAML's keys by `saml`.
        let federated = || {
            let (provider, _) = text.split_once(':')?;
            (provider.eq_ignore_ascii_case("saml") || provider.contains('.')).then_some(Name::Federation)
        };
        Self { text, name: known.or_else(federated).unwrap_or(Name::Other), tag }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_ignoring_case() {
        for (text, name) in [
            ("AWS:USERNAME", Name::Caller(CallerKey::UserName)),
            ("aws:principaltag/Team/x", Name::Caller(CallerKey::Tag)),
            ("IAM:resourcetag/env", Name::Request(RequestKey::ResourceTag)),
            ("aws:PrincipalTag", Name::Other),
            ("aws:PrincipalTags/x", Name::Other),
            ("saml:aud", Name::Federation),
            ("token.actions.githubusercontent.com:sub", Name::Federation),
            ("token.actions.githubusercontent.com/acme:sub", Name::Federation),
            ("ec2:SourceInstanceArn", Name::Other),
            ("", Name::Other),
        ] {
            assert_eq!(Key::of(text).name, name, "{text}");
        }
        assert_eq!(Key::of("aws:PrincipalTag/a/b").tag, "a/b");
        for (name, kind) in NAMES {
            assert_eq!(Key::of(&name.to_ascii_lowercase()).name, kind, "{name}");
        }
    }
}
