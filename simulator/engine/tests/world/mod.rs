//! Reads the worlds and calls of the case file into a snapshot and a request.
#![expect(unreachable_pub, reason = "a module of several test programs")]

use rolegate_engine::facts::Subject;
use rolegate_engine::{
    AssumeRole, Caller, Environment, Facts, Index, Lookup, Membership, MfaInCall, Network, RoleSession,
    SessionMfa, UserSessionOrigin,
};
use rolegate_iam::snapshot::{Group, ManagedPolicy, PolicyVersion, Role, User};
use rolegate_iam::{
    Account, AccountId, Document, GroupArn, PolicyArn, PolicyName, RoleArn, Snapshot, Tags, UserArn,
};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::str::FromStr;

/// A snapshot, and the organizations that snapshots do not hold yet.
pub struct World {
    snapshot: Snapshot,
    memberships: BTreeMap<AccountId, Membership>,
}

impl World {
    pub fn read(world: &Value) -> Self {
        let mut snapshot = Snapshot::default();
        let mut memberships = BTreeMap::new();
        for account in list(&world["accounts"]) {
            let id = parse(&account["id"]);
            snapshot.accounts.insert(id, Account::empty(id, parse(&account["partition"]), None));
            let membership = match account["org"].as_str() {
                Some(organization) => Membership::Member {
                    organization: organization.into(),
                    path: account["org_path"].as_str().map(Into::into),
                },
                None => Membership::Alone,
            };
            memberships.insert(id, membership);
        }
        let mut managed = BTreeMap::new();
        for group in list(&world["groups"]) {
            let arn: GroupArn = parse(&group["arn"]);
            let (inline, attached) = policies(group, &mut managed);
            let group = Group {
                id: text(&group["id"]).into(),
                path: arn.path,
                name: arn.name.clone(),
                created: None,
                inline,
                attached,
            };
            snapshot.accounts.get_mut(&arn.account).unwrap().groups.insert(arn.name, group);
        }
        for user in list(&world["users"]) {
            let arn: UserArn = parse(&user["arn"]);
            let (inline, attached) = policies(user, &mut managed);
            let user = User {
                id: text(&user["id"]).into(),
                path: arn.path,
                name: arn.name.clone(),
                created: None,
                inline,
                attached,
                groups: list(&user["groups"]).map(parse).collect(),
                boundary: boundary(user, &mut managed),
                tags: tags(&user["tags"]),
            };
            snapshot.accounts.get_mut(&arn.account).unwrap().users.insert(arn.name, user);
        }
        for role in list(&world["roles"]) {
            let arn: RoleArn = parse(&role["arn"]);
            let (inline, attached) = policies(role, &mut managed);
            let role = Role {
                id: text(&role["id"]).into(),
                path: arn.path,
                name: arn.name.clone(),
                created: None,
                trust: document(&role["trust_policy"]),
                inline,
                attached,
                boundary: boundary(role, &mut managed),
                tags: tags(&role["tags"]),
                max_session_duration: role["max_session_duration"].as_u64().map(|n| n.try_into().unwrap()),
                description: None,
                instance_profiles: BTreeSet::new(),
            };
            snapshot.accounts.get_mut(&arn.account).unwrap().roles.insert(arn.name, role);
        }
        snapshot.aws_managed = managed;
        // A customer managed policy is looked for in its own account.
        for (arn, policy) in snapshot.aws_managed.clone() {
            if let rolegate_iam::PolicyOwner::Account(id) = arn.owner {
                snapshot.accounts.get_mut(&id).unwrap().policies.insert(arn, policy);
            }
        }
        Self { snapshot, memberships }
    }

    pub fn index(&self) -> Index<'_> {
        Index::new(&self.snapshot).with_memberships(self.memberships.clone())
    }
}

impl Facts for World {
    fn user(&self, arn: &UserArn) -> Lookup<Cow<'_, Subject<'_>>> {
        Facts::user(&self.snapshot, arn)
    }

    fn role(&self, arn: &RoleArn) -> Lookup<Cow<'_, Subject<'_>>> {
        Facts::role(&self.snapshot, arn)
    }

    fn membership(&self, account: AccountId) -> Membership {
        self.memberships.get(&account).cloned().unwrap_or(Membership::Unknown)
    }
}

pub fn call(call: &Value) -> (Caller, AssumeRole, Environment) {
    let environment = &call["environment"];
    let network = match (environment["vpc_endpoint"].as_str(), environment["source_ip"].as_str()) {
        (Some(endpoint), _) => Network::VpcEndpoint {
            endpoint: endpoint.into(),
            vpc: environment["vpc"].as_str().map(Into::into),
            source_ip: environment["vpc_source_ip"].as_str().map(|ip| ip.parse().unwrap()),
        },
        (None, Some(ip)) => Network::Public(ip.parse().unwrap()),
        (None, None) => Network::Unknown,
    };
    let environment = Environment {
        time: parse(&environment["time"]),
        network,
        region: text(&environment["region"]).into(),
        secure_transport: true,
        user_agent: None,
    };
    (caller(&call["caller"]), request(call), environment)
}

fn request(call: &Value) -> AssumeRole {
    let parameters = &call["parameters"];
    AssumeRole {
        external_id: parameters["ExternalId"].as_str().map(Into::into),
        mfa: match call["token_code_valid"].as_bool() {
            None => MfaInCall::None,
            Some(true) => MfaInCall::Valid,
            Some(false) => MfaInCall::Invalid,
        },
        duration_seconds: parameters["DurationSeconds"].as_i64(),
        tags: list(&parameters["Tags"])
            .map(|tag| (text(&tag["Key"]).into(), text(&tag["Value"]).into()))
            .collect(),
        transitive_tag_keys: list(&parameters["TransitiveTagKeys"]).map(|key| text(key).into()).collect(),
        source_identity: parameters["SourceIdentity"].as_str().map(Into::into),
        ..AssumeRole::new(text(&parameters["RoleArn"]), text(&parameters["RoleSessionName"]))
    }
}

fn caller(caller: &Value) -> Caller {
    match text(&caller["kind"]) {
        "user-key" => Caller::UserKey { arn: parse(&caller["arn"]) },
        "user-session" => Caller::UserSession {
            arn: parse(&caller["arn"]),
            issued_at: parse(&caller["issued_at"]),
            mfa: caller["mfa_authenticated"].as_bool().unwrap().then(|| match caller["mfa_authenticated_at"]
                .as_str()
            {
                Some(at) => at.parse().unwrap(),
                None => parse(&caller["issued_at"]),
            }),
            origin: match text(&caller["origin"]) {
                "console" => UserSessionOrigin::Console,
                _ => UserSessionOrigin::GetSessionToken,
            },
        },
        "role-session" => Caller::RoleSession(Box::new(RoleSession {
            mfa: match text(&caller["assumed_with_mfa"]) {
                "calling-session" => SessionMfa::FromMfaSession { at: None },
                _ => SessionMfa::False,
            },
            tags: tags(&caller["session_tags"]),
            transitive_tag_keys: list(&caller["transitive_tag_keys"]).map(|key| text(key).into()).collect(),
            source_identity: caller["source_identity"].as_str().map(Into::into),
            policies: list(&caller["session_policies"]).map(document).collect(),
            ..RoleSession::plain(
                parse(&caller["role_arn"]),
                parse(&caller["session_name"]),
                parse(&caller["issued_at"]),
            )
        })),
        "root" => {
            let account: AccountId = account_of(text(&caller["arn"]));
            Caller::Root { account, partition: rolegate_iam::Partition::Aws }
        }
        "federated-user" => Caller::FederatedUser {
            account: account_of(text(&caller["arn"])),
            partition: rolegate_iam::Partition::Aws,
            name: text(&caller["arn"]).rsplit('/').next().unwrap().into(),
        },
        "service" => Caller::Service {
            principal: text(&caller["service"]).into(),
            source_account: caller["source_account"].as_str().map(|id| id.parse().unwrap()),
            source_arn: caller["source_arn"].as_str().map(Into::into),
        },
        kind => panic!("no caller of kind {kind}"),
    }
}

fn account_of(arn: &str) -> AccountId {
    arn.split(':').nth(4).unwrap().parse().unwrap()
}

type Inline = BTreeMap<PolicyName, Document>;

fn policies(
    holder: &Value,
    managed: &mut BTreeMap<PolicyArn, ManagedPolicy>,
) -> (Inline, BTreeSet<PolicyArn>) {
    let inline = list(&holder["inline_policies"])
        .map(|policy| (parse(&policy["name"]), document(&policy["document"])))
        .collect();
    // Not in the case file: policies that are attached and whose documents nobody read.
    let missing = list(&holder["missing_policies"]).map(parse);
    let attached =
        list(&holder["managed_policies"]).map(|policy| keep(policy, managed)).chain(missing).collect();
    (inline, attached)
}

fn boundary(holder: &Value, managed: &mut BTreeMap<PolicyArn, ManagedPolicy>) -> Option<PolicyArn> {
    (!holder["boundary"].is_null()).then(|| keep(&holder["boundary"], managed))
}

fn keep(policy: &Value, managed: &mut BTreeMap<PolicyArn, ManagedPolicy>) -> PolicyArn {
    let arn: PolicyArn = parse(&policy["arn"]);
    let version = PolicyVersion { created: None, document: document(&policy["document"]) };
    managed.insert(
        arn.clone(),
        ManagedPolicy {
            id: "ANPAEXAMPLE".into(),
            arn: arn.clone(),
            default_version: "v1".into(),
            versions: [("v1".into(), version)].into(),
            description: None,
        },
    );
    arn
}

fn document(value: &Value) -> Document {
    Document::parse(&value.to_string())
}

fn tags(value: &Value) -> Tags {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), text(value).to_owned()))
        .collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text is expected, not {value}"))
}

fn parse<T: FromStr<Err: Debug>>(value: &Value) -> T {
    text(value).parse().unwrap()
}
