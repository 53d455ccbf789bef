//! What is asked: who calls, with which parameters, from where and when. Holds data; validates nothing (see `gates`).

use jiff::Timestamp;
use rolegate_iam::{AccountId, Document, Partition, PolicyArn, RoleArn, SessionName, Tags, UserArn};
use smol_str::SmolStr;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The action that every call needs.
pub(crate) const ASSUME_ROLE: &str = "sts:AssumeRole";
/// The further action that tags need, passed or inherited (§2.3).
pub(crate) const TAG_SESSION: &str = "sts:TagSession";
/// The further action that a source identity needs, passed or inherited.
pub(crate) const SET_SOURCE_IDENTITY: &str = "sts:SetSourceIdentity";
/// The further action that provided contexts need.
pub(crate) const SET_CONTEXT: &str = "sts:SetContext";

/// Who signs the request (§0.3). Policies, tags and ids are looked up in the world; a caller holds only what a session
/// carries with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// An IAM user's long-term access key.
    UserKey {
        /// The user.
        arn: UserArn,
    },
    /// An IAM user's temporary session.
    UserSession {
        /// The user.
        arn: UserArn,
        /// `aws:TokenIssueTime`.
        issued_at: Timestamp,
        /// When MFA was given; `None` when the session was made without.
        mfa: Option<Timestamp>,
        /// How the session was made.
        origin: UserSessionOrigin,
    },
    /// A role session, however it was obtained.
    RoleSession(Box<RoleSession>),
    /// The account root user.
    Root {
        /// The account.
        account: AccountId,
        /// Its partition.
        partition: Partition,
    },
    /// A `GetFederationToken` session.
    FederatedUser {
        /// The account.
        account: AccountId,
        /// Its partition.
        partition: Partition,
        /// The name given to the session.
        name: SmolStr,
    },
    /// An AWS service.
    Service {
        /// Such as `lambda.amazonaws.com`.
        principal: SmolStr,
        /// `aws:SourceAccount`, where the service sends it.
        source_account: Option<AccountId>,
        /// `aws:SourceArn`, where the service sends it.
        source_arn: Option<SmolStr>,
    },
}

/// How an IAM user's temporary session was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserSessionOrigin {
    /// `GetSessionToken`; roles assumed from it are capped at one hour (§2.10).
    GetSessionToken,
    /// `aws login`: whether it carries the MFA of the sign-in is open (U27). Capped at one hour like every temporary credential.
    Login,
    /// Console sign-in; switching role in the console is exempt from the cap (§2.11).
    Console,
}

/// A session of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSession {
    /// The base role, path included.
    pub role: RoleArn,
    /// How its credentials are delivered.
    pub delivery: Delivery,
    /// The role session name.
    pub session_name: SessionName,
    /// `aws:TokenIssueTime`.
    pub issued_at: Timestamp,
    /// What is known of MFA (§2.7, column R).
    pub mfa: SessionMfa,
    /// Tags passed when the role was assumed, inherited transitive ones included.
    pub tags: Tags,
    /// Keys of [`RoleSession::tags`] that are transitive; compared ignoring case.
    pub transitive_tag_keys: BTreeSet<SmolStr>,
    /// The source identity, passed or inherited.
    pub source_identity: Option<SmolStr>,
    /// Inline session policies. With the managed ones they are one layer (§2.4); none of either means no limit.
    pub policies: Vec<Document>,
    /// Managed session policies, whose documents are those of the world.
    pub managed_policies: Vec<PolicyArn>,
}

/// How the credentials of a role session are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Delivery {
    /// By AssumeRole or any other way.
    Assumed,
    /// To an EC2 instance; whether the limit of one hour binds them is open (U24).
    Instance,
}

/// What is known of MFA in a role session (§2.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SessionMfa {
    /// Case (i): assumed with a long-term key (MFA in that call or not), or from any origin without MFA. The key is
    /// present and `false`.
    False,
    /// Case (ii): assumed from an MFA-authenticated session, or further down such a chain. Open point U4.
    FromMfaSession {
        /// When MFA was given, when known.
        at: Option<Timestamp>,
    },
    /// The origin is not known: nothing can be said.
    NotKnown,
}

impl RoleSession {
    /// A session that carries nothing: no MFA, tags, source identity or policies.
    pub fn plain(role: RoleArn, session_name: SessionName, issued_at: Timestamp) -> Self {
        Self {
            role,
            delivery: Delivery::Assumed,
            session_name,
            issued_at,
            mfa: SessionMfa::False,
            tags: Tags::new(),
            transitive_tag_keys: BTreeSet::new(),
            source_identity: None,
            policies: Vec::new(),
            managed_policies: Vec::new(),
        }
    }
}

/// The parameters of one `sts:AssumeRole` call. What `Policy` and `PolicyArns` say takes no part in the decision (§2.1); their
/// form does (§2.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumeRole {
    /// `RoleArn` as sent.
    pub role_arn: SmolStr,
    /// `RoleSessionName` as sent.
    pub session_name: SmolStr,
    /// `ExternalId`.
    pub external_id: Option<SmolStr>,
    /// `SerialNumber` and `TokenCode`.
    pub mfa: MfaInCall,
    /// `DurationSeconds`.
    pub duration_seconds: Option<i64>,
    /// `Tags`, in the order sent.
    pub tags: Vec<(SmolStr, SmolStr)>,
    /// `TransitiveTagKeys`.
    pub transitive_tag_keys: Vec<SmolStr>,
    /// `SourceIdentity`.
    pub source_identity: Option<SmolStr>,
    /// The provider ARNs of `ProvidedContexts`.
    pub provided_contexts: Vec<SmolStr>,
    /// `SerialNumber`; only its form is looked at, see [`AssumeRole::mfa`].
    pub serial_number: Option<SmolStr>,
    /// `TokenCode`; the same.
    pub token_code: Option<SmolStr>,
    /// `Policy`.
    pub policy: Option<Document>,
    /// `PolicyArns`.
    pub policy_arns: Vec<SmolStr>,
}

/// The MFA parameters of a call, already checked against the device by whoever holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MfaInCall {
    /// None were passed.
    None,
    /// Passed and right: MFA is present, its age is 0.
    Valid,
    /// Passed and wrong, expired or replayed.
    Invalid,
}

impl AssumeRole {
    /// A call with the two required parameters only.
    pub fn new(role_arn: impl Into<SmolStr>, session_name: impl Into<SmolStr>) -> Self {
        Self {
            role_arn: role_arn.into(),
            session_name: session_name.into(),
            external_id: None,
            mfa: MfaInCall::None,
            duration_seconds: None,
            tags: Vec::new(),
            transitive_tag_keys: Vec::new(),
            source_identity: None,
            provided_contexts: Vec::new(),
            serial_number: None,
            token_code: None,
            policy: None,
            policy_arns: Vec::new(),
        }
    }

    /// How long the new session lasts if the call is allowed, in seconds (§2.10).
    pub fn session_duration(&self) -> i64 {
        self.duration_seconds.unwrap_or(3600)
    }
}

/// When and from where the request comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `aws:CurrentTime`.
    pub time: Timestamp,
    /// The way it takes.
    pub network: Network,
    /// `aws:RequestedRegion`; `us-east-1` for the global endpoint.
    pub region: SmolStr,
    /// `aws:SecureTransport`.
    pub secure_transport: bool,
    /// `aws:UserAgent`; unknown when `None`.
    pub user_agent: Option<SmolStr>,
    /// Whether STS is active in the Region of the endpoint.
    pub activation: Activation,
    /// Whether AWS still takes the caller's credentials.
    pub validity: Validity,
}

/// Whether STS is active in a Region (§2.2): in those that an account must opt in to it may not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Activation {
    /// It is, as in every Region without opt-in.
    Active,
    /// It is not.
    Inactive,
    /// Nobody knows.
    NotKnown,
}

/// The Regions in which STS is active for every account of their partition.
const WITHOUT_OPT_IN: [&str; 21] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "sa-east-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-north-1",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "cn-north-1",
    "cn-northwest-1",
    "us-gov-east-1",
    "us-gov-west-1",
];

/// Whether AWS takes credentials (§2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Validity {
    /// It does.
    Valid,
    /// The session has expired.
    Expired,
    /// The access key is inactive, or deleted.
    KeyInactive,
}

/// The network way of a request (§2.7: `aws:SourceIp`, `aws:SourceVpc`, …).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Network {
    /// Over the public endpoint, from this address.
    Public(IpAddr),
    /// Through an STS VPC endpoint: `aws:SourceIp` is absent.
    VpcEndpoint {
        /// `aws:SourceVpce`.
        endpoint: SmolStr,
        /// `aws:SourceVpc`, when known.
        vpc: Option<SmolStr>,
        /// `aws:VpcSourceIp`, when known.
        source_ip: Option<IpAddr>,
        /// The policy of the endpoint.
        policy: EndpointPolicy,
    },
    /// Not known: every key of the network is unknown. No policy of an endpoint is supposed to stand in the way.
    Unknown,
}

/// The policy of a VPC endpoint (§2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointPolicy {
    /// That of AWS, which every endpoint has unless somebody wrote another: it allows everything.
    FullAccess,
    /// This one.
    Document(Document),
    /// Nobody knows.
    NotKnown,
}

impl Environment {
    /// A call over TLS at this time, to the global endpoint, of which nothing else is known.
    pub fn at(time: Timestamp) -> Self {
        Self {
            time,
            network: Network::Unknown,
            region: "us-east-1".into(),
            secure_transport: true,
            user_agent: None,
            activation: Activation::Active,
            validity: Validity::Valid,
        }
    }

    /// The same call to the endpoint of a Region. Whether an account has activated one that it must opt in to is not known.
    #[must_use]
    pub fn in_region(self, region: &str) -> Self {
        let activation =
            if WITHOUT_OPT_IN.contains(&region) { Activation::Active } else { Activation::NotKnown };
        Self { region: region.into(), activation, ..self }
    }

    /// The same call from a public address.
    #[must_use]
    pub fn from_ip(self, ip: IpAddr) -> Self {
        Self { network: Network::Public(ip), ..self }
    }
}
