//! Random small worlds and requests: two accounts, a few users, groups and roles, statements from small pools so that they meet.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where its input is not as expected"
)]
#![expect(unreachable_pub, reason = "a module of a test program")]

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use rolegate_engine::search::Call;
use rolegate_engine::settings::{
    AnyValueIfExists, BoolVariables, BoundaryOnTrustedUser, ExtraActionKeys, InstanceRoleCap, MfaAfterHop,
    MfaInCallSeenByIdentity, MfaOfLogin, MultivaluedNegated, SessionPolicyOnTrustedSession,
    SourceIdentityChaining, SourceIdentityLength, TransitiveTagKeys, TrustActionWildcards,
    UncollectedControls, WildcardForServices,
};
use rolegate_engine::{
    AssumeRole, Caller, Environment, MfaInCall, Network, RoleSession, SessionMfa, Settings, UserSessionOrigin,
};
use rolegate_iam::organization::{Attached, ControlPolicy, ControlType, FeatureSet, Node, Organization};
use rolegate_iam::snapshot::{Group, ManagedPolicy, PolicyVersion, Role, User};
use rolegate_iam::{Account, Document, PolicyArn, RoleArn, Snapshot, Tags, UserArn};
use std::collections::{BTreeMap, BTreeSet};

const USERS: [&str; 3] = ["111111111111:user/alice", "111111111111:user/bo", "222222222222:user/bob"];
const ROLES: [&str; 4] =
    ["111111111111:role/Hub", "222222222222:role/R", "222222222222:role/team/S", "111111111111:role/Dev"];
const HOLDERS: usize = USERS.len() + ROLES.len();

/// A world as texts of statements: easy to change, then built.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Trust statements of each role.
    trust: Vec<Vec<String>>,
    /// Identity statements of each holder: users, then roles.
    own: Vec<Vec<String>>,
    /// Statements of the group of the first account.
    group: Vec<String>,
    /// Statements of each holder's boundary.
    boundaries: Vec<Option<Vec<String>>>,
    /// Whether the documents at these places are lost.
    lost: BTreeSet<usize>,
    reversed: bool,
    around: Around,
}

/// What is known of the organization of the two accounts.
#[derive(Debug, Clone)]
pub enum Around {
    /// Nothing.
    NotCollected,
    /// Neither is in one.
    Alone,
    /// Both are in this one.
    Within(Tree),
}

/// A root with the two accounts below it.
#[derive(Debug, Clone)]
pub struct Tree {
    /// Statements of SCPs and RCPs at the root, the first and the second account, beside what AWS attaches.
    pub limits: [[Vec<String>; LEVELS]; 2],
    /// Where SCPs allow only what their statements do.
    pub strict: [bool; LEVELS],
    /// Lists that were not collected.
    pub unknown: BTreeSet<(usize, usize)>,
    /// Whether the first account is the management account.
    pub managed_by_first: bool,
}

pub const LEVELS: usize = 3;

fn conditions() -> impl Strategy<Value = String> {
    let pool: Vec<&'static str> = vec![
        r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#,
        r#""Bool": {"aws:MultiFactorAuthPresent": "false"}"#,
        r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}"#,
        r#""BoolIfExists": {"aws:multifactorauthpresent": "false"}"#,
        r#""Null": {"aws:MultiFactorAuthPresent": "true"}"#,
        r#""Null": {"aws:MultiFactorAuthAge": "true"}"#,
        r#""NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}"#,
        r#""NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "600"}"#,
        r#""StringEquals": {"sts:ExternalId": ["acme-1", "acme-2"]}"#,
        r#""StringNotEquals": {"sts:ExternalId": "acme-1"}"#,
        r#""StringEqualsIfExists": {"sts:ExternalId": "acme-1"}"#,
        r#""Null": {"sts:ExternalId": "false"}"#,
        r#""StringEquals": {"sts:RoleSessionName": "${aws:username}"}"#,
        r#""StringNotEquals": {"sts:RoleSessionName": "${aws:username}"}"#,
        r#""StringLike": {"sts:RoleSessionName": ["deploy*", "al?ce"]}"#,
        r#""StringNotLike": {"sts:RoleSessionName": "a*"}"#,
        r#""IpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#,
        r#""NotIpAddress": {"aws:SourceIp": ["203.0.113.0/25", "198.51.100.0/24"]}"#,
        r#""DateLessThan": {"aws:CurrentTime": "2026-11-24T12:00:00Z"}"#,
        r#""DateGreaterThanEquals": {"aws:CurrentTime": "2026-11-25T00:00:00Z"}"#,
        r#""DateLessThan": {"aws:TokenIssueTime": "2026-11-24T06:00:00Z"}"#,
        r#""StringEquals": {"aws:PrincipalTag/team": "sre"}"#,
        r#""StringNotEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}"#,
        r#""StringEquals": {"aws:PrincipalType": "User"}"#,
        r#""StringLike": {"aws:userid": "*:deploy"}"#,
        r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}"#,
        r#""ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/Hub"}"#,
        r#""StringEquals": {"aws:PrincipalOrgID": "o-acme123456"}"#,
        r#""StringEquals": {"sts:SourceIdentity": "alice"}"#,
        r#""ForAllValues:StringEquals": {"aws:TagKeys": "team"}"#,
        r#""StringNotEquals": {"aws:TagKeys": "team"}"#,
        r#""ForAnyValue:StringEqualsIfExists": {"sts:TransitiveTagKeys": "team"}"#,
        r#""Sounds": {"aws:username": "alice"}"#,
        r#""Null": {"aws:TokenIssueTime": "false"}"#,
        r#""StringLike": {"aws:CurrentTime": "2026-*"}"#,
        r#""StringEquals": {"aws:UserAgent": ["te*", "test"]}"#,
        r#""StringEquals": {"aws:ResourceTag/team": "sre"}"#,
        r#""StringNotEquals": {"sts:RoleSessionName": ["rolegate", "x1", "deploy"]}"#,
        r#""NumericNotEquals": {"aws:EpochTime": "soon"}"#,
        r#""StringEquals": {"aws:username": []}"#,
    ];
    prop_oneof![2 => Just(Vec::new()), 3 => prop::collection::vec(select(pool), 1..=2)].prop_map(
        |mut pool| {
            // An operator may stand only once.
            let operator = |text: &str| text.split(':').next().map(str::to_owned);
            if pool.len() == 2 && operator(pool[0]) == operator(pool[1]) {
                pool.pop();
            }
            format!("{{{}}}", pool.join(", "))
        },
    )
}

fn effect() -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => Just("Allow"), 1 => Just("Deny")]
}

fn trust_statement() -> impl Strategy<Value = String> {
    let principals = vec![
        "arn:aws:iam::111111111111:root",
        "222222222222",
        "arn:aws:iam::111111111111:user/alice",
        "arn:aws:iam::222222222222:user/bob",
        "arn:aws:iam::111111111111:role/Hub",
        "arn:aws:iam::222222222222:role/team/S",
        "arn:aws:sts::111111111111:assumed-role/Hub/deploy",
        "AIDAGONE000000000000",
        "AIDA1ALICE0000000000",
        "arn:aws:iam::222222222222:root",
        "111111111111",
        "*",
        "*",
    ];
    let actions = vec![
        r#""sts:AssumeRole""#,
        r#"["sts:AssumeRole", "sts:SetSourceIdentity"]"#,
        r#""sts:*""#,
        r#"["STS:assumerole", "sts:TagSession"]"#,
    ];
    (effect(), select(principals), select(actions), conditions()).prop_map(|(effect, principal, action, condition)| {
        format!(
            r#"{{"Effect": "{effect}", "Principal": {{"AWS": "{principal}"}}, "Action": {action}, "Condition": {condition}}}"#
        )
    })
}

fn own_statement(effect: impl Strategy<Value = &'static str>) -> impl Strategy<Value = String> {
    let actions = vec![r#""sts:AssumeRole""#, r#""sts:*""#, r#""*""#, r#""s3:Get*""#];
    let resources = vec![
        r#""Resource": "*""#,
        r#""Resource": "arn:aws:iam::222222222222:role/R""#,
        r#""Resource": "arn:aws:iam::*:role/*S""#,
        r#""NotResource": "arn:aws:iam::222222222222:role/team/*""#,
        r#""Resource": "arn:aws:iam::222222222222:role/${aws:PrincipalTag/team}""#,
        r#""Resource": "arn:*:iam::222222222222:role/R""#,
    ];
    let plain = prop_oneof![2 => Just("{}".to_owned()), 1 => conditions()];
    (effect, select(actions), select(resources), plain).prop_map(|(effect, action, resource, condition)| {
        format!(r#"{{"Effect": "{effect}", "Action": {action}, {resource}, "Condition": {condition}}}"#)
    })
}

/// A Deny that fits anywhere but in a trust policy, and one that fits there.
pub fn deny() -> impl Strategy<Value = (String, String)> {
    let trust =
        trust_statement().prop_map(|text| text.replace(r#""Effect": "Allow""#, r#""Effect": "Deny""#));
    (own_statement(Just("Deny")), trust)
}

/// The statements of a policy.
pub fn policy() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(own_statement(effect()), 0..=3)
}

pub fn spec() -> impl Strategy<Value = Spec> {
    let own = prop_oneof![
        Just(vec![r#"{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}"#.to_owned()]),
        policy(),
    ];
    let boundary = prop_oneof![6 => Just(None), 1 => policy().prop_map(Some)];
    (
        prop::collection::vec(prop::collection::vec(trust_statement(), 0..=4), ROLES.len()),
        prop::collection::vec(own, HOLDERS),
        policy(),
        prop::collection::vec(boundary, HOLDERS),
        prop_oneof![
            5 => Just(Around::Alone),
            4 => tree().prop_map(Around::Within),
            1 => Just(Around::NotCollected)
        ],
    )
        .prop_map(|(trust, own, group, boundaries, around)| Spec {
            trust,
            own,
            group,
            boundaries,
            lost: BTreeSet::new(),
            reversed: false,
            around,
        })
}

/// An SCP statement; made an RCP where it denies.
fn limit() -> impl Strategy<Value = String> {
    let effect = prop_oneof![1 => Just("Allow"), 2 => Just("Deny")];
    own_statement(effect)
}

pub fn tree() -> impl Strategy<Value = Tree> {
    let lists = || prop::collection::vec(prop::collection::vec(limit(), 0..=1), LEVELS);
    let strict = prop::collection::vec(prop::bool::weighted(0.1), LEVELS);
    let unknown = prop::collection::btree_set((0..2usize, 0..LEVELS), 0..=1);
    let unknown = prop_oneof![4 => Just(BTreeSet::new()), 1 => unknown];
    (lists(), lists(), strict, unknown, prop::bool::weighted(0.2)).prop_map(
        |(scps, rcps, strict, unknown, managed_by_first)| Tree {
            limits: [scps, rcps].map(|lists| lists.try_into().unwrap()),
            strict: strict.try_into().unwrap(),
            unknown,
            managed_by_first,
        },
    )
}

impl Tree {
    /// The same tree, with nothing attached beside what AWS attaches.
    pub fn bare(&self) -> Self {
        Self {
            limits: std::array::from_fn(|_| std::array::from_fn(|_| Vec::new())),
            strict: [false; LEVELS],
            ..self.clone()
        }
    }

    fn statements(&self, kind: usize, level: usize) -> Vec<String> {
        let own = self.limits[kind][level].iter();
        let everything = r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#;
        if kind == 0 {
            let full = everything.replace(r#""Principal": "*", "#, "");
            (!self.strict[level]).then_some(full).into_iter().chain(own.cloned()).collect()
        } else {
            let denies = own.filter(|text| text.contains(r#""Effect": "Deny""#));
            let everybody = r#""Effect": "Deny", "Principal": "*""#;
            let denies = denies.map(|text| text.replace(r#""Effect": "Deny""#, everybody));
            std::iter::once(everything.to_owned()).chain(denies).collect()
        }
    }

    fn organization(&self, document: impl Fn(&[String]) -> Document) -> Organization {
        let [first, second] = ["111111111111", "222222222222"];
        let management = if self.managed_by_first { first } else { "999999999999" };
        let mut organization =
            Organization::unread("o-acme123456", management.parse().unwrap(), FeatureSet::All);
        let root: Node = "r-ab12".parse().unwrap();
        for account in [first, second] {
            let member = organization.members.entry(account.parse().unwrap()).or_default();
            member.parent = Some(root.clone());
        }
        for (number, kind) in ControlType::ALL.into_iter().enumerate() {
            for (level, node) in ["r-ab12", first, second].into_iter().enumerate() {
                if self.unknown.contains(&(number, level)) {
                    continue;
                }
                let id = format!("p-{number}{level}");
                let policy = ControlPolicy {
                    id: id.as_str().into(),
                    name: id.as_str().into(),
                    kind,
                    document: Some(document(&self.statements(number, level))),
                };
                organization.add_policy(policy).unwrap();
                let attached = Attached { policies: [id.into()].into(), truncated: false };
                organization.attach(node.parse().unwrap(), kind, attached).unwrap();
            }
        }
        organization
    }
}

impl Spec {
    pub fn targets() -> Vec<RoleArn> {
        ROLES.iter().map(|name| format!("arn:aws:iam::{name}").parse().unwrap()).collect()
    }

    /// Adds a statement to the policy at this place, in the form that fits there.
    pub fn with_statement(mut self, place: usize, (own, trust): (String, String)) -> Self {
        match place % (ROLES.len() + HOLDERS + 1) {
            role if role < ROLES.len() => self.trust[role].push(trust),
            at if at < ROLES.len() + HOLDERS => self.own[at - ROLES.len()].push(own),
            _ => self.group.push(own),
        }
        self
    }

    pub fn without_boundaries(&self) -> Self {
        Self { boundaries: vec![None; HOLDERS], ..self.clone() }
    }

    pub fn with_boundary(mut self, place: usize, statements: Vec<String>) -> Self {
        self.boundaries[place % HOLDERS] = Some(statements);
        self
    }

    /// Loses the document of a managed policy: each holder's second policy, or its boundary.
    pub fn without_document(mut self, place: usize) -> Self {
        self.lost.insert(place % (2 * HOLDERS));
        self
    }

    /// The place of a caller's boundary.
    pub fn holder_of(caller: &Caller) -> usize {
        let arn = match caller {
            Caller::UserKey { arn } | Caller::UserSession { arn, .. } => arn.to_string(),
            Caller::RoleSession(session) => session.role.to_string(),
            _ => String::new(),
        };
        let holders = USERS.iter().chain(&ROLES);
        holders.into_iter().position(|name| arn.ends_with(name)).unwrap()
    }

    pub fn around(&self, around: Around) -> Self {
        Self { around, ..self.clone() }
    }

    pub fn reversed(&self) -> Self {
        Self { reversed: true, ..self.clone() }
    }

    fn document(&self, statements: &[String]) -> Document {
        let mut statements = statements.to_vec();
        if self.reversed {
            statements.reverse();
        }
        Document::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", ")))
    }

    /// Half of a holder's statements are inline, half in a managed policy.
    fn own(
        &self,
        at: usize,
        snapshot: &mut Snapshot,
    ) -> (BTreeMap<rolegate_iam::PolicyName, Document>, BTreeSet<PolicyArn>) {
        let (inline, managed) = self.own[at].split_at(self.own[at].len() / 2);
        let arn = self.keep(at, at, managed, snapshot);
        ([("inline".parse().unwrap(), self.document(inline))].into(), [arn].into())
    }

    fn keep(&self, number: usize, place: usize, statements: &[String], snapshot: &mut Snapshot) -> PolicyArn {
        let arn: PolicyArn = format!("arn:aws:iam::aws:policy/P{number}").parse().unwrap();
        if !self.lost.contains(&place) {
            let version = PolicyVersion { created: None, document: self.document(statements) };
            let policy = ManagedPolicy {
                id: "ANPA".into(),
                arn: arn.clone(),
                default_version: "v1".into(),
                versions: [("v1".into(), version)].into(),
                description: None,
            };
            snapshot.aws_managed.insert(arn.clone(), policy);
        }
        arn
    }

    fn boundary(&self, at: usize, snapshot: &mut Snapshot) -> Option<PolicyArn> {
        let statements = self.boundaries[at].clone()?;
        Some(self.keep(100 + at, HOLDERS + at, &statements, snapshot))
    }

    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::default();
        let mut accounts: BTreeMap<_, _> = ["111111111111", "222222222222"]
            .map(|id| {
                (id.parse().unwrap(), Account::empty(id.parse().unwrap(), rolegate_iam::Partition::Aws, None))
            })
            .into();
        let group = Group {
            id: "AGPA".into(),
            path: rolegate_iam::Path::root(),
            name: "people".parse().unwrap(),
            created: None,
            inline: [("g".parse().unwrap(), self.document(&self.group))].into(),
            attached: BTreeSet::new(),
        };
        let first: rolegate_iam::AccountId = "111111111111".parse().unwrap();
        accounts.get_mut(&first).unwrap().groups.insert(group.name.clone(), group);
        for (at, name) in USERS.iter().enumerate() {
            let arn: UserArn = format!("arn:aws:iam::{name}").parse().unwrap();
            let (inline, attached) = self.own(at, &mut snapshot);
            let user = User {
                id: if at == 0 { "AIDA1ALICE0000000000".into() } else { format!("AIDA{at}").into() },
                path: arn.path.clone(),
                name: arn.name.clone(),
                created: None,
                inline,
                attached,
                groups: if at == 0 { ["people".parse().unwrap()].into() } else { BTreeSet::new() },
                boundary: self.boundary(at, &mut snapshot),
                tags: if at == 0 { [("Team", "sre")].into_iter().collect() } else { Tags::new() },
            };
            accounts.get_mut(&arn.account).unwrap().users.insert(arn.name, user);
        }
        for (number, name) in ROLES.iter().enumerate() {
            let arn: RoleArn = format!("arn:aws:iam::{name}").parse().unwrap();
            let at = USERS.len() + number;
            let (inline, attached) = self.own(at, &mut snapshot);
            let role = Role {
                id: format!("AROA{number}").into(),
                path: arn.path.clone(),
                name: arn.name.clone(),
                created: None,
                trust: self.document(&self.trust[number]),
                inline,
                attached,
                boundary: self.boundary(at, &mut snapshot),
                tags: if number == 0 { [("team", "sre")].into_iter().collect() } else { Tags::new() },
                max_session_duration: Some(3600),
                description: None,
                instance_profiles: BTreeSet::new(),
            };
            accounts.get_mut(&arn.account).unwrap().roles.insert(arn.name, role);
        }
        snapshot.accounts = accounts;
        match &self.around {
            Around::NotCollected => {}
            Around::Alone => snapshot.standalone = snapshot.accounts.keys().copied().collect(),
            Around::Within(tree) => {
                let organization = tree.organization(|statements| self.document(statements));
                snapshot.add_organization(organization).unwrap();
            }
        }
        snapshot
    }
}

pub fn noon() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// One request.
#[derive(Debug, Clone)]
pub struct Sample {
    pub call: Call,
}

impl Sample {
    /// The session that the call gives, if it is allowed.
    pub fn becomes(&self) -> Option<Caller> {
        let Call { caller, request, environment } = &self.call;
        let mfa = match caller {
            Caller::UserSession { mfa: Some(at), .. } => SessionMfa::FromMfaSession { at: Some(*at) },
            Caller::RoleSession(session) => session.mfa,
            _ => SessionMfa::False,
        };
        let role = request.role_arn.parse().ok()?;
        let session = RoleSession {
            mfa,
            source_identity: request.source_identity.clone(),
            ..RoleSession::plain(role, request.session_name.parse().ok()?, environment.time)
        };
        Some(Caller::RoleSession(Box::new(session)))
    }

    /// The same call by another caller.
    pub fn called_by(&self, caller: Caller) -> Self {
        let mut sample = self.clone();
        sample.call.request.mfa = MfaInCall::None;
        sample.call.request.source_identity = None;
        sample.call.caller = caller;
        sample
    }
}

fn caller() -> impl Strategy<Value = Caller> {
    let user =
        || select(&USERS[..]).prop_map(|name| format!("arn:aws:iam::{name}").parse::<UserArn>().unwrap());
    let role =
        || select(&ROLES[..]).prop_map(|name| format!("arn:aws:iam::{name}").parse::<RoleArn>().unwrap());
    let times = vec!["2026-11-24T11:59:30Z", "2026-11-24T11:30:00Z", "2026-11-24T05:00:00Z"];
    let time = move || select(times.clone()).prop_map(|at| at.parse::<Timestamp>().unwrap());
    let mfa = prop_oneof![
        Just(SessionMfa::False),
        time().prop_map(|at| SessionMfa::FromMfaSession { at: Some(at) }),
    ];
    prop_oneof![
        user().prop_map(|arn| Caller::UserKey { arn }),
        (user(), time(), prop::bool::ANY).prop_map(|(arn, at, mfa)| Caller::UserSession {
            arn,
            issued_at: at,
            mfa: mfa.then_some(at),
            origin: UserSessionOrigin::GetSessionToken,
        }),
        (role(), time(), mfa, select(vec!["deploy", "alice"])).prop_map(|(role, at, mfa, name)| {
            let session = RoleSession { mfa, ..RoleSession::plain(role, name.parse().unwrap(), at) };
            Caller::RoleSession(Box::new(session))
        }),
    ]
}

pub fn call() -> impl Strategy<Value = Sample> {
    let request = (
        select(&ROLES[..]),
        select(vec!["alice", "deploy", "deploy-7", "bo", "root"]),
        select(vec![None, Some("acme-1"), Some("acme-2"), Some("other")]),
        prop::bool::ANY,
        select(vec![None, None, None, Some("alice")]),
    );
    let place = (
        select(vec!["203.0.113.7", "203.0.113.200", "198.51.100.9", "192.0.2.1"]),
        select(vec!["2026-11-24T11:59:59Z", "2026-11-24T12:00:00Z", "2027-01-01T00:00:00Z"]),
    );
    (caller(), request, place).prop_map(|(caller, (role, name, external_id, mfa, identity), (ip, time))| {
        let mut request = AssumeRole::new(format!("arn:aws:iam::{role}"), name);
        request.external_id = external_id.map(Into::into);
        request.source_identity = identity.map(Into::into);
        if mfa && matches!(caller, Caller::UserKey { .. }) {
            request.mfa = MfaInCall::Valid;
        }
        let environment = Environment {
            network: Network::Public(ip.parse().unwrap()),
            user_agent: Some("test".into()),
            ..Environment::at(time.parse().unwrap())
        };
        Sample { call: Call { caller, request, environment } }
    })
}

/// Any combination of forced settings, or the default.
pub fn settings() -> impl Strategy<Value = Settings> {
    prop_oneof![Just(Settings::default()), (0..Settings::combinations()).prop_map(Settings::combination)]
}

/// Every open point reported.
pub fn reporting() -> Settings {
    Settings {
        boundary_on_trusted_user: BoundaryOnTrustedUser::Report,
        session_policy_on_trusted_session: SessionPolicyOnTrustedSession::Report,
        mfa_in_call: MfaInCallSeenByIdentity::Report,
        mfa_after_hop: MfaAfterHop::Report,
        trust_action_wildcards: TrustActionWildcards::Report,
        multivalued_negated: MultivaluedNegated::Report,
        any_value_if_exists: AnyValueIfExists::Report,
        bool_variables: BoolVariables::Report,
        source_identity_length: SourceIdentityLength::Report,
        transitive_tag_keys: TransitiveTagKeys::Report,
        instance_role_cap: InstanceRoleCap::Report,
        mfa_of_login: MfaOfLogin::Report,
        source_identity_chaining: SourceIdentityChaining::Report,
        wildcard_for_services: WildcardForServices::Report,
        extra_action_keys: ExtraActionKeys::Report,
        uncollected_controls: UncollectedControls::Report,
    }
}
