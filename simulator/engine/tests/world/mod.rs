//! Reads the worlds of the case file into a snapshot.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where its input is not as expected")]
#![expect(unreachable_pub, reason = "a module of several test programs")]

use rolegate_engine::facts::Subject;
use rolegate_engine::{Controls, Facts, Index, Lookup, Membership};
use rolegate_iam::organization::{
    Attached, ControlPolicy, ControlType, FULL_ACCESS, FeatureSet, Node, Organization, RCP_FULL_ACCESS, Unit,
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

/// A snapshot.
pub struct World {
    snapshot: Snapshot,
}

impl World {
    pub fn read(world: &Value) -> Self {
        let mut snapshot = Snapshot::default();
        for organization in list(&world["organizations"]) {
            let organization = self::organization(organization);
            snapshot.add_organization(organization).unwrap();
        }
        for account in list(&world["accounts"]) {
            let id = parse(&account["id"]);
            snapshot.accounts.insert(id, Account::empty(id, parse(&account["partition"]), None));
            match account["org"].as_str() {
                Some(organization) => {
                    let organization = snapshot.organizations.get_mut(organization).unwrap();
                    let parent = account["parent"].as_str().map(|parent| parent.parse().unwrap());
                    organization.members.entry(id).or_default().parent = parent;
                    for kind in ControlType::ALL {
                        carry_full_access(organization, &Node::Account(id), kind);
                    }
                    let path = account["org_path"].as_str().map(Into::into);
                    assert_eq!(organization.path(id), path, "the path of {id}");
                }
                None => snapshot.add_standalone(id).unwrap(),
            }
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
        Self { snapshot }
    }

    pub fn index(&self) -> Index<'_> {
        Index::new(&self.snapshot)
    }
}

impl Facts for World {
    fn user(&self, arn: &UserArn) -> Lookup<Cow<'_, Subject<'_>>> {
        Facts::user(&self.snapshot, arn)
    }

    fn role(&self, arn: &RoleArn) -> Lookup<Cow<'_, Subject<'_>>> {
        Facts::role(&self.snapshot, arn)
    }

    fn document(&self, arn: &PolicyArn) -> Option<&Document> {
        self.snapshot.document(arn)
    }

    fn membership(&self, account: AccountId) -> Membership {
        self.snapshot.membership(account)
    }

    fn controls(&self, account: AccountId, kind: ControlType) -> Controls<'_> {
        self.snapshot.controls(account, kind)
    }

    fn is_suspended(&self, account: AccountId) -> bool {
        self.snapshot.is_suspended(account)
    }
}

/// What is not listed carries only what AWS attaches everywhere.
fn organization(organization: &Value) -> Organization {
    let features = match text(&organization["feature_set"]) {
        "ALL" => FeatureSet::All,
        _ => FeatureSet::ConsolidatedBilling,
    };
    let mut read =
        Organization::unread(text(&organization["id"]), parse(&organization["management_account"]), features);
    let root = text(&organization["root"]);
    read.root = Some(root.into());
    let mut nodes = vec![Node::Root(root.into())];
    for unit in list(&organization["ous"]) {
        nodes.push(parse(&unit["id"]));
        let parent = Some(parse(&unit["parent"]));
        let name = unit["name"].as_str().map(Into::into);
        read.units.insert(text(&unit["id"]).into(), Unit { name, parent });
    }
    for (kind, listed) in [(ControlType::Scp, "scps"), (ControlType::Rcp, "rcps")] {
        read.enabled.insert(kind, true);
        for target in list(&organization[listed]) {
            let mut attached = Attached::default();
            for policy in list(&target["policies"]) {
                let id = format!("p-{}", text(&policy["name"]));
                attached.policies.insert(id.as_str().into());
                let document = Some(document(&policy["document"]));
                let policy =
                    ControlPolicy { id: id.into(), name: text(&policy["name"]).into(), kind, document };
                read.add_policy(policy).unwrap();
            }
            read.attach(parse(&target["target"]), kind, attached).unwrap();
        }
        for node in &nodes {
            carry_full_access(&mut read, node, kind);
        }
    }
    read
}

fn carry_full_access(organization: &mut Organization, node: &Node, kind: ControlType) {
    if !organization.attached.contains_key(&(node.clone(), kind)) {
        let id = match kind {
            ControlType::Scp => FULL_ACCESS,
            ControlType::Rcp => RCP_FULL_ACCESS,
        };
        let policies = [id.into()].into();
        organization.attach(node.clone(), kind, Attached { policies, truncated: false }).unwrap();
        organization.add_policy(ControlPolicy::of_aws(id).unwrap()).unwrap();
    }
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

pub fn document(value: &Value) -> Document {
    Document::parse(&value.to_string())
}

pub fn tags(value: &Value) -> Tags {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), text(value).to_owned()))
        .collect()
}

pub fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text is expected, not {value}"))
}

pub fn parse<T: FromStr<Err: Debug>>(value: &Value) -> T {
    text(value).parse().unwrap()
}
