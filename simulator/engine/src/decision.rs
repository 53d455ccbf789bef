//! The answer, and what it rests on: which statement decided, which layer stopped it, what is missing. Owned data only.

use rolegate_iam::organization::Node;
use rolegate_iam::policy::Span;
use rolegate_iam::{AccountId, GroupArn, PolicyArn, PolicyName, RoleArn, UserArn};
use smol_str::SmolStr;
use std::fmt;

/// What AWS would answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "answers are made one at a time, and rarely kept")]
pub enum Decision {
    /// Yes, certainly.
    Allowed {
        /// The statements whose Allow was needed, the trust policy's first. Empty for the account root user.
        granted_by: Vec<StatementRef>,
    },
    /// No, certainly, because of policies.
    Denied {
        /// By a Deny, or for want of an Allow.
        kind: DenyKind,
        /// The layer that stopped it.
        layer: Layer,
        /// The first required action that is not authorised (§2.3).
        action: SmolStr,
        /// The Deny statement; `None` for an implicit denial.
        by: Option<StatementRef>,
    },
    /// Cannot tell.
    Possible {
        /// The likelier answer.
        default: Verdict,
        /// What would settle it; never empty.
        needs: Vec<Doubt>,
    },
    /// No, whatever the policies say (§2.2, §2.10).
    Refused {
        /// The error code of AWS.
        code: ErrorCode,
        /// Why, for people.
        why: SmolStr,
    },
}

impl Decision {
    /// Whether the answer is a certain yes.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }

    /// Whether the answer is a certain no.
    pub fn is_no(&self) -> bool {
        matches!(self, Self::Denied { .. } | Self::Refused { .. })
    }
}

/// The likelier way of a possible answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Allowed.
    Allow,
    /// Denied.
    Deny,
}

/// How policies deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DenyKind {
    /// A Deny statement applies.
    Explicit,
    /// No Allow statement applies.
    Implicit,
}

/// Where a decision is made (§2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Hard rules outside policies (§2.2).
    Gate,
    /// The target role's trust policy.
    Trust,
    /// The caller's identity policies.
    Identity,
    /// The caller's permissions boundary.
    Boundary,
    /// The session policies of the calling session.
    SessionPolicy,
    /// Service control policies of the caller's account, at every level.
    Scp,
    /// Resource control policies of the role's account, at every level.
    Rcp,
    /// The policy of the VPC endpoint that the request comes through.
    Endpoint,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gate => "gate",
            Self::Trust => "trust policy",
            Self::Identity => "identity policies",
            Self::Boundary => "permissions boundary",
            Self::SessionPolicy => "session policy",
            Self::Scp => "service control policy",
            Self::Rcp => "resource control policy",
            Self::Endpoint => "endpoint policy",
        })
    }
}

/// AWS's error codes for refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the AWS error code of the same name")]
pub enum ErrorCode {
    AccessDenied,
    ValidationError,
    InvalidClientTokenId,
    ExpiredToken,
    MalformedPolicyDocument,
    RegionDisabledException,
}

impl ErrorCode {
    /// The code as AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDenied",
            Self::ValidationError => "ValidationError",
            Self::InvalidClientTokenId => "InvalidClientTokenId",
            Self::ExpiredToken => "ExpiredToken",
            Self::MalformedPolicyDocument => "MalformedPolicyDocument",
            Self::RegionDisabledException => "RegionDisabledException",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One statement of one policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementRef {
    /// The part the policy plays in the decision.
    pub layer: Layer,
    /// The policy.
    pub policy: PolicySource,
    /// Its index among the statements that were understood, from 0.
    pub index: usize,
    /// Its `Sid`.
    pub sid: Option<SmolStr>,
    /// Where it stands in the document's text.
    pub span: Span,
}

impl fmt::Display for StatementRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layer: _, policy, index, sid, span } = self;
        match sid {
            Some(sid) => write!(f, "{policy}, statement {sid}")?,
            None => write!(f, "{policy}, statement {}", index.saturating_add(1))?,
        }
        if span.line > 0 { write!(f, " (line {})", span.line) } else { Ok(()) }
    }
}

/// A policy: who holds it, and as what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicySource {
    /// Who holds it.
    pub holder: Holder,
    /// As what.
    pub kind: PolicyKind,
}

/// Who holds a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// A user.
    User(UserArn),
    /// A group.
    Group(GroupArn),
    /// A role.
    Role(RoleArn),
    /// A root, an organizational unit or an account of an organization.
    Node {
        /// The organization.
        organization: SmolStr,
        /// Which of its nodes.
        node: Node,
        /// The name of the node, when known.
        name: Option<SmolStr>,
    },
    /// A VPC endpoint.
    Endpoint(SmolStr),
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(arn) => write!(f, "{arn}"),
            Self::Group(arn) => write!(f, "{arn}"),
            Self::Role(arn) => write!(f, "{arn}"),
            Self::Node { organization, node, name } => {
                match node {
                    Node::Root(_) => f.write_str("root ")?,
                    Node::Unit(_) => f.write_str("unit ")?,
                    Node::Account(_) => f.write_str("account ")?,
                }
                match name {
                    Some(name) => write!(f, "{name} ({node}) of {organization}"),
                    None => write!(f, "{node} of {organization}"),
                }
            }
            Self::Endpoint(endpoint) => write!(f, "endpoint {endpoint}"),
        }
    }
}

/// As what a policy is held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// The trust policy.
    Trust,
    /// An inline policy.
    Inline(PolicyName),
    /// An attached managed policy.
    Managed(PolicyArn),
    /// The permissions boundary.
    Boundary(PolicyArn),
    /// The nth session policy of the calling session, from 0.
    Session(usize),
    /// A managed policy given to the calling session when it was made.
    ManagedSession(PolicyArn),
    /// A service control policy, by name.
    Scp(SmolStr),
    /// A resource control policy, by name.
    Rcp(SmolStr),
    /// The policy of a VPC endpoint.
    Endpoint,
}

impl fmt::Display for PolicySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holder = &self.holder;
        match &self.kind {
            PolicyKind::Trust => write!(f, "trust policy of {holder}"),
            PolicyKind::Inline(name) => write!(f, "inline policy {name} of {holder}"),
            PolicyKind::Managed(arn) => write!(f, "managed policy {arn} of {holder}"),
            PolicyKind::Boundary(arn) => write!(f, "boundary {arn} of {holder}"),
            PolicyKind::Session(number) => {
                write!(f, "session policy {} of a session of {holder}", number.saturating_add(1))
            }
            PolicyKind::ManagedSession(arn) => write!(f, "managed policy {arn} of a session of {holder}"),
            PolicyKind::Scp(name) => write!(f, "service control policy {name} on {holder}"),
            PolicyKind::Rcp(name) => write!(f, "resource control policy {name} on {holder}"),
            PolicyKind::Endpoint => write!(f, "policy of {holder}"),
        }
    }
}

/// Something that is not known and that the answer depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// A policy whose document the snapshot lacks: it may allow or deny anything.
    MissingDocument {
        /// The policy.
        policy: PolicySource,
    },
    /// A group that a user lists and the snapshot lacks.
    MissingGroup {
        /// The group.
        group: GroupArn,
    },
    /// A part of an account that was not collected.
    NotCollected {
        /// The account.
        account: AccountId,
        /// Such as `roles`.
        part: &'static str,
        /// Why.
        why: SmolStr,
    },
    /// A condition key whose value cannot be known (§2.7, U26).
    UnknownKey {
        /// The key as written.
        key: SmolStr,
        /// The statement that asks for it.
        statement: StatementRef,
    },
    /// A condition operator that IAM does not know.
    UnknownOperator {
        /// The operator as written.
        operator: SmolStr,
        /// The statement it is in.
        statement: StatementRef,
    },
    /// A statement that could not be understood: it may allow or deny anything.
    BrokenStatement {
        /// The policy it is in.
        policy: PolicySource,
        /// Where it stands.
        span: Span,
        /// Why it was not understood.
        reason: String,
    },
    /// A pattern or element that IAM refuses today and that may mean something in an old document (§1.4).
    OddElement {
        /// The statement it is in.
        statement: StatementRef,
    },
    /// A policy that AWS would not take, and that may mean something all the same.
    OddPolicy {
        /// The policy.
        policy: PolicySource,
    },
    /// A principal's unique id is not known, and a trust policy names one.
    UnknownId {
        /// The id in the trust policy.
        id: SmolStr,
    },
    /// Whether STS is active in an opt-in Region (§2.2).
    Region {
        /// The Region of the endpoint.
        region: SmolStr,
    },
    /// AWS's behaviour itself is not known (§8).
    Open(OpenPoint),
    /// Whoever this is, its own policies cannot be seen.
    Outside {
        /// Who, for people.
        who: SmolStr,
    },
    /// Something the search does not model, for people.
    NotModelled {
        /// What.
        what: SmolStr,
    },
}

/// A point of §8 that is open and that an answer depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the entry of the register of the same name")]
pub enum OpenPoint {
    U1,
    U2,
    U3,
    U4,
    U6,
    U7,
    U8,
    U9,
    U10,
    U11,
    U22,
    U23,
    U24,
    U25,
    U27,
}

impl OpenPoint {
    /// The question, in one line.
    pub fn question(self) -> &'static str {
        match self {
            Self::U1 => "whether a boundary limits a user whom the trust policy names",
            Self::U2 => "whether a session policy limits a session whom the trust policy names",
            Self::U3 => "whether MFA given in the call satisfies the caller's own policies",
            Self::U4 => "whether MFA survives the way from an MFA session through a role",
            Self::U6 => "whether wildcards count in the actions of a trust policy",
            Self::U7 => "what a negated operator says of a multivalued key without a set operator",
            Self::U8 => "what ForAnyValue with IfExists says of an absent key",
            Self::U9 => "whether policy variables are expanded for Bool",
            Self::U10 => "how long a source identity may be",
            Self::U11 => "whether sts:TransitiveTagKeys is there for long-term keys",
            Self::U24 => "whether the limit of one hour binds the credentials of an instance's role",
            Self::U27 => "whether the credentials of `aws login` carry MFA",
            Self::U22 => "whether a source identity in a chain needs the caller's own policy",
            Self::U23 => "whether the AWS wildcard covers services",
            Self::U25 => "whether sts:TagSession and sts:SetSourceIdentity see all keys of the request",
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingDocument { policy } => write!(f, "the document of {policy} is not in the snapshot"),
            Self::MissingGroup { group } => write!(f, "the group {group} is not in the snapshot"),
            Self::NotCollected { account, part, why } => {
                write!(f, "{part} of account {account} were not collected: {why}")
            }
            Self::UnknownKey { key, statement } => write!(f, "the value of {key} is not known ({statement})"),
            Self::UnknownOperator { operator, statement } => {
                write!(f, "`{operator}` is no condition operator ({statement})")
            }
            Self::BrokenStatement { policy, span, reason } => {
                write!(f, "a statement of {policy} was not understood (line {}): {reason}", span.line)
            }
            Self::OddElement { statement } => {
                write!(f, "an element is not valid, and may count all the same ({statement})")
            }
            Self::OddPolicy { policy } => write!(f, "the {policy} is not valid, and may count all the same"),
            Self::Region { region } => write!(f, "whether STS is active in {region} is not known"),
            Self::UnknownId { id } => write!(f, "whose unique id {id} is, is not known"),
            Self::Open(point) => write!(f, "AWS does not say {} ({point:?})", point.question()),
            Self::Outside { who } => write!(f, "the policies of {who} cannot be seen"),
            Self::NotModelled { what } => f.write_str(what),
        }
    }
}
