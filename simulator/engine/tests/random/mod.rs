//! Random small worlds and requests: two accounts, a few users, groups and roles, statements from small pools so that they meet.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where its input is not as expected"
)]
#![expect(unreachable_pub, reason = "a module of a test program")]

mod requests;
mod statements;

pub use requests::{Sample, call, reporting, settings};
pub use statements::{deny, policy, spec, tree};

use jiff::Timestamp;
use rolegate_engine::Caller;
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
