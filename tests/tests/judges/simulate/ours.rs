//! The engine's answer to a scene.

use std::collections::{BTreeMap, BTreeSet};

use rolegate_engine::{
    AssumeRole, Caller, Decision, EndpointPolicy, Environment, Index, MfaInCall, Network, RoleSession,
    Settings, UserSessionOrigin, assume_role,
};
use rolegate_iam::organization::{
    Attached, ControlPolicy, ControlType, FeatureSet, Organization, RCP_FULL_ACCESS, Unit,
};
use rolegate_iam::snapshot::{Group, ManagedPolicy, PolicyVersion, Role, User};
use rolegate_iam::{Account, AccountId, Document, Partition, PolicyArn, PolicyName, Snapshot, Tags};
use serde_json::{Value, json};

use super::scene::{self, FIRST, NOW, ORGANIZATION, ROLES, SECOND, Scene, USERS, Who};
use super::tree;

/// A world and a request, ready to be decided.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) snapshot: Snapshot,
    pub(crate) caller: Caller,
    pub(crate) request: AssumeRole,
    pub(crate) environment: Environment,
}

impl Question {
    pub(crate) fn of(scene: &Scene) -> Self {
        Self {
            snapshot: snapshot(scene),
            caller: caller(scene),
            request: request(scene),
            environment: Environment { network: network(scene), ..Environment::at(NOW.parse().unwrap()) },
        }
    }

    pub(crate) fn index(&self) -> Index<'_> {
        Index::new(&self.snapshot)
    }

    pub(crate) fn answer(&self) -> Decision {
        let settings = Settings::default();
        assume_role(&self.index(), &self.caller, &self.request, &self.environment, &settings)
    }
}

/// The way that the request takes.
fn network(scene: &Scene) -> Network {
    let address = scene.source_ip.parse().unwrap();
    match &scene.endpoint {
        None => Network::Public(address),
        Some(statements) => Network::VpcEndpoint {
            endpoint: scene::ENDPOINT.into(),
            vpc: Some(scene::VPC.into()),
            source_ip: Some(address),
            policy: EndpointPolicy::Document(document(statements)),
        },
    }
}

/// The organization of both accounts, or their being in none.
fn organize(snapshot: &mut Snapshot, scene: &Scene) {
    let accounts = [FIRST, SECOND].map(|id| id.parse::<AccountId>().unwrap());
    let Some(tree) = &scene.tree else {
        snapshot.standalone = accounts.into();
        return;
    };
    let management = tree.management.parse().unwrap();
    let mut organization = Organization::unread(ORGANIZATION, management, FeatureSet::All);
    organization.add_policy(ControlPolicy::of_aws(RCP_FULL_ACCESS).unwrap()).unwrap();
    let unit = Unit { name: None, parent: Some(tree::ROOT.parse().unwrap()) };
    organization.units.insert(tree::UNIT.into(), unit);
    for account in accounts {
        let parent = tree::levels(account.as_str()).iter().rev().nth(1).unwrap().parse().unwrap();
        organization.members.entry(account).or_default().parent = Some(parent);
    }
    for tree::Node { name, scps, rcps } in &tree.nodes {
        attach(&mut organization, name, ControlType::Scp, scps);
        attach(&mut organization, name, ControlType::Rcp, rcps);
    }
    snapshot.add_organization(organization).unwrap();
}

fn attach(organization: &mut Organization, node: &str, kind: ControlType, policies: &[Vec<Value>]) {
    let mut list = Attached { policies: BTreeSet::new(), truncated: false };
    if kind == ControlType::Rcp {
        list.policies.insert(RCP_FULL_ACCESS.into());
    }
    for (number, statements) in policies.iter().enumerate() {
        let id = format!("p-{node}-{}-{number}", kind.as_str().to_lowercase());
        let policy = ControlPolicy {
            id: id.as_str().into(),
            name: id.as_str().into(),
            kind,
            document: Some(document(statements)),
        };
        organization.add_policy(policy).unwrap();
        list.policies.insert(id.into());
    }
    organization.attach(node.parse().unwrap(), kind, list).unwrap();
}

fn document(statements: &[Value]) -> Document {
    Document::parse(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
}

fn tags(tags: &[(&str, &str)]) -> Tags {
    tags.iter().copied().collect()
}

/// Policies of the caller go in turn inline and managed, so that both ways are read.
type Held = (BTreeMap<PolicyName, Document>, BTreeSet<PolicyArn>);

fn keep(name: &str, statements: &[Value], snapshot: &mut Snapshot) -> PolicyArn {
    let arn: PolicyArn = format!("arn:aws:iam::aws:policy/{name}").parse().unwrap();
    let version = PolicyVersion { created: None, document: document(statements) };
    let policy = ManagedPolicy {
        id: "ANPA".into(),
        arn: arn.clone(),
        default_version: "v1".into(),
        versions: [("v1".into(), version)].into(),
        description: None,
    };
    snapshot.aws_managed.insert(arn.clone(), policy);
    arn
}

fn own(scene: &Scene, is_caller: bool, snapshot: &mut Snapshot) -> Held {
    match (is_caller, scene.number % 2) {
        (false, _) => (BTreeMap::new(), BTreeSet::new()),
        (true, 0) => ([("own".parse().unwrap(), document(&scene.identity[0]))].into(), BTreeSet::new()),
        (true, _) => (BTreeMap::new(), [keep("Own", &scene.identity[0], snapshot)].into()),
    }
}

fn boundary(scene: &Scene, is_caller: bool, snapshot: &mut Snapshot) -> Option<PolicyArn> {
    scene.boundary.as_ref().filter(|_| is_caller).map(|statements| keep("Boundary", statements, snapshot))
}

fn snapshot(scene: &Scene) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for id in [FIRST, SECOND].map(|id| id.parse().unwrap()) {
        snapshot.accounts.insert(id, Account::empty(id, Partition::Aws, None));
    }
    for who in USERS {
        let user = user(scene, who, &mut snapshot);
        let account = snapshot.accounts.get_mut(&who.account.parse().unwrap()).unwrap();
        account.users.insert(user.name.clone(), user);
    }
    for who in ROLES {
        let role = role(scene, who, &mut snapshot);
        let account = snapshot.accounts.get_mut(&who.account.parse().unwrap()).unwrap();
        account.roles.insert(role.name.clone(), role);
    }
    if !scene.caller.is_role() {
        let account = snapshot.accounts.get_mut(&scene.caller.who().account.parse().unwrap()).unwrap();
        account.groups.insert("people".parse().unwrap(), group(scene));
    }
    organize(&mut snapshot, scene);
    snapshot
}

fn user(scene: &Scene, who: Who, snapshot: &mut Snapshot) -> User {
    let is_caller = scene.caller.who().id == who.id;
    let (inline, attached) = own(scene, is_caller, snapshot);
    User {
        id: who.id.into(),
        path: who.path.parse().unwrap(),
        name: who.name.parse().unwrap(),
        created: None,
        inline,
        attached,
        groups: if is_caller { ["people".parse().unwrap()].into() } else { BTreeSet::new() },
        boundary: boundary(scene, is_caller, snapshot),
        tags: if is_caller { tags(&scene.caller_tags) } else { Tags::new() },
    }
}

fn role(scene: &Scene, who: Who, snapshot: &mut Snapshot) -> Role {
    let (is_caller, is_target) = (scene.caller.who().id == who.id, scene.target.id == who.id);
    let (inline, attached) = own(scene, is_caller, snapshot);
    Role {
        id: who.id.into(),
        path: who.path.parse().unwrap(),
        name: who.name.parse().unwrap(),
        created: None,
        trust: document(if is_target { &scene.trust } else { &[] }),
        inline,
        attached,
        boundary: boundary(scene, is_caller, snapshot),
        tags: tags(scene.role_tags(is_caller, is_target)),
        max_session_duration: Some(3600),
        description: None,
        instance_profiles: BTreeSet::new(),
    }
}

fn group(scene: &Scene) -> Group {
    Group {
        id: "AGPA".into(),
        path: "/".parse().unwrap(),
        name: "people".parse().unwrap(),
        created: None,
        inline: [("group".parse().unwrap(), document(&scene.identity[1]))].into(),
        attached: BTreeSet::new(),
    }
}

fn caller(scene: &Scene) -> Caller {
    let issued_at = scene::issued_at().parse().unwrap();
    match &scene.caller {
        scene::Caller::Key { user } => Caller::UserKey { arn: user.arn("user").parse().unwrap() },
        scene::Caller::Session { user, mfa_age } => Caller::UserSession {
            arn: user.arn("user").parse().unwrap(),
            issued_at,
            mfa: mfa_age.map(|age| scene::ago(age).parse().unwrap()),
            origin: UserSessionOrigin::GetSessionToken,
        },
        scene::Caller::Role { role, session, tags: session_tags, source_identity } => {
            Caller::RoleSession(Box::new(RoleSession {
                tags: tags(session_tags),
                source_identity: source_identity.map(Into::into),
                policies: scene.session.iter().map(|statements| document(statements)).collect(),
                ..RoleSession::plain(role.arn("role").parse().unwrap(), session.parse().unwrap(), issued_at)
            }))
        }
    }
}

fn request(scene: &Scene) -> AssumeRole {
    AssumeRole {
        external_id: scene.external_id.map(Into::into),
        mfa: if scene.mfa_in_call { MfaInCall::Valid } else { MfaInCall::None },
        tags: scene.tags.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
        source_identity: scene.source_identity.map(Into::into),
        ..AssumeRole::new(scene.target.arn("role"), scene.session_name)
    }
}
