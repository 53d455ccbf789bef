//! The ways out of the fence, as calls.

use rolegate_cloud::api::Paging;
use rolegate_cloud::{AccessKey, Cloud, Credentials, Request, Response};

pub(super) const GATEWAY: &str = "111111111111";
pub(super) const TARGET: &str = "222222222222";
pub(super) const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
pub(super) const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
pub(super) const ANYBODY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}]}"#;
const OWNER: &str = "rolegate.dev/owner";

/// The session of the management role of an account.
pub(super) fn session(cloud: &mut Cloud, key: &AccessKey, account: &str) -> Credentials {
    enter(cloud, &key.credentials(), account, "rolegate-controller").unwrap()
}

/// The session of a role.
pub(super) fn enter(
    cloud: &mut Cloud,
    who: &Credentials,
    account: &str,
    role: &str,
) -> Result<Credentials, &'static str> {
    let request = Request::assume_role(format!("arn:aws:iam::{account}:role/{role}"), "attacker", None);
    match cloud.call(who, request).map_err(|error| error.code)? {
        Response::AssumedRole(role) => Ok(role.credentials.credentials()),
        other => panic!("{other:?}"),
    }
}

fn tags(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

pub(super) fn policy_arn(account: &str, path_and_name: &str) -> String {
    format!("arn:aws:iam::{account}:policy{path_and_name}")
}

pub(super) fn create_role(name: &str, owner: Option<&str>, boundary: Option<&str>) -> Request {
    Request::CreateRole {
        role_name: name.into(),
        path: None,
        assume_role_policy_document: ANYBODY.into(),
        description: None,
        max_session_duration: None,
        permissions_boundary: boundary.map(str::to_owned),
        tags: owner.map(|owner| tags(&[(OWNER, owner)])).unwrap_or_default(),
    }
}

pub(super) fn create_policy(path: &str, name: &str) -> Request {
    Request::CreatePolicy {
        policy_name: name.into(),
        path: Some(path.into()),
        policy_document: EVERYTHING.into(),
        description: None,
        tags: Vec::new(),
    }
}

fn new_version(arn: String) -> Request {
    Request::CreatePolicyVersion {
        policy_arn: arn,
        policy_document: EVERYTHING.into(),
        set_as_default: Some(true),
    }
}

pub(super) fn attach_role(role: &str, policy_arn: String) -> Request {
    Request::AttachRolePolicy { role_name: role.into(), policy_arn }
}

pub(super) fn attach_user(user: &str, policy_arn: String) -> Request {
    Request::AttachUserPolicy { user_name: user.into(), policy_arn }
}

fn attach_group(group: &str, policy_arn: String) -> Request {
    Request::AttachGroupPolicy { group_name: group.into(), policy_arn }
}

pub(super) fn put_role(role: &str) -> Request {
    Request::PutRolePolicy {
        role_name: role.into(),
        policy_name: "p".into(),
        policy_document: EVERYTHING.into(),
    }
}

fn trust(role: &str) -> Request {
    Request::UpdateAssumeRolePolicy { role_name: role.into(), policy_document: ANYBODY.into() }
}

fn tag_role(role: &str, pairs: &[(&str, &str)]) -> Request {
    Request::TagRole { role_name: role.into(), tags: tags(pairs) }
}

fn untag_role(role: &str, keys: &[&str]) -> Request {
    Request::UntagRole { role_name: role.into(), tag_keys: keys.iter().map(|&key| key.into()).collect() }
}

fn tag_user(pairs: &[(&str, &str)]) -> Request {
    Request::TagUser { user_name: "olga".into(), tags: tags(pairs) }
}

pub(super) type Ways = Vec<(&'static str, Vec<Request>)>;

/// Ways out that are tried in every account.
pub(super) fn everywhere(account: &str) -> Ways {
    [by_roles(account), by_things(account), by_people(account), by_itself(account), by_asking(account)]
        .concat()
}

/// A simulation tells what others may do.
fn by_asking(account: &str) -> Ways {
    let simulate = |entity: &str| Request::SimulatePrincipalPolicy {
        policy_source_arn: format!("arn:aws:iam::{account}:{entity}"),
        action_names: vec!["iam:*".into()],
        resource_arns: Vec::new(),
        context_entries: Vec::new(),
        paging: Paging::default(),
    };
    let others = [
        "role/stranger",
        "user/stranger",
        "role/Auditor",
        "role/x/rolegate-controller",
        "role/rolegate-controller2",
    ];
    vec![("learn what others may do", others.map(simulate).to_vec())]
}

fn by_roles(account: &str) -> Ways {
    let owner = |role: &str| format!("acme/auditor/{account}/{role}");
    vec![
        (
            "change a role that is not ours",
            vec![
                trust("stranger"),
                put_role("stranger"),
                attach_role("stranger", ADMIN.into()),
                Request::DetachRolePolicy { role_name: "stranger".into(), policy_arn: ADMIN.into() },
                Request::DeleteRolePolicy { role_name: "stranger".into(), policy_name: "p".into() },
                Request::UpdateRole {
                    role_name: "stranger".into(),
                    description: None,
                    max_session_duration: None,
                },
                Request::DeleteRolePermissionsBoundary { role_name: "stranger".into() },
                Request::DeleteRole { role_name: "stranger".into() },
            ],
        ),
        (
            "tag a role so that it becomes ours",
            vec![
                tag_role("stranger", &[(OWNER, &owner("stranger"))]),
                tag_role("stranger", &[("Rolegate.dev/OWNER", &owner("stranger"))]),
                tag_role("stranger", &[("team", "x")]),
                untag_role("stranger", &["rolegate.dev/dormant-since"]),
            ],
        ),
        (
            "give a role of ours to another installation, or to nobody",
            vec![
                tag_role("Auditor", &[(OWNER, &format!("other/auditor/{account}/Auditor"))]),
                tag_role("Auditor", &[("ROLEGATE.DEV/owner", "x")]),
                tag_role("Auditor", &[(OWNER, "acme/auditor/999999999999/Auditor")]),
                untag_role("Auditor", &[OWNER]),
                untag_role("Auditor", &["ROLEGATE.DEV/OWNER"]),
                untag_role("Auditor", &["rolegate.dev/dormant-since", OWNER]),
            ],
        ),
        (
            "make a role that is not ours",
            vec![
                create_role("new", None, None),
                create_role("new", Some(""), None),
                create_role("new", Some("other/auditor/111111111111/new"), None),
                create_role("new", Some("acme2/auditor/111111111111/new"), None),
                create_role("new", Some("acme/auditor/999999999999/new"), None),
            ],
        ),
    ]
}

fn by_things(account: &str) -> Ways {
    vec![
        (
            "write a policy that is not ours",
            vec![
                create_policy("/", "user-olga-1"),
                create_policy("/rolegate/", "user-olga-1"),
                create_policy("/rolegate/other/", "user-olga-1"),
                create_policy("/rolegate/acme2/", "user-olga-1"),
                create_policy("/rolegate/acme/", "anything"),
                new_version(policy_arn(account, "/foreign")),
                Request::DeletePolicy { policy_arn: policy_arn(account, "/foreign") },
                Request::SetDefaultPolicyVersion {
                    policy_arn: policy_arn(account, "/rolegate/acme/rolegate-claim"),
                    version_id: "v1".into(),
                },
                new_version(policy_arn(account, "/rolegate/acme/rolegate-claim")),
                Request::GetPolicy { policy_arn: policy_arn(account, "/foreign") },
            ],
        ),
        (
            "change a group that is not ours",
            vec![
                Request::CreateGroup { group_name: "new".into(), path: None },
                Request::CreateGroup { group_name: "new".into(), path: Some("/rolegate/other/".into()) },
                Request::DeleteGroup { group_name: "stranger".into() },
                Request::AddUserToGroup { group_name: "stranger".into(), user_name: "stranger".into() },
                Request::RemoveUserFromGroup { group_name: "stranger".into(), user_name: "stranger".into() },
                attach_group("stranger", ADMIN.into()),
                Request::DetachGroupPolicy { group_name: "stranger".into(), policy_arn: ADMIN.into() },
                Request::PutGroupPolicy {
                    group_name: "stranger".into(),
                    policy_name: "p".into(),
                    policy_document: EVERYTHING.into(),
                },
            ],
        ),
    ]
}

fn by_people(account: &str) -> Ways {
    vec![(
        "become a user, or more of one",
        vec![
            attach_user("stranger", ADMIN.into()),
            Request::PutUserPolicy {
                user_name: "stranger".into(),
                policy_name: "p".into(),
                policy_document: EVERYTHING.into(),
            },
            Request::CreateAccessKey { user_name: Some("stranger".into()) },
            Request::CreateUser {
                user_name: "new".into(),
                path: None,
                permissions_boundary: None,
                tags: Vec::new(),
            },
            Request::DeleteUser { user_name: "stranger".into() },
            Request::DeleteUserPermissionsBoundary { user_name: "stranger".into() },
            Request::PutUserPermissionsBoundary {
                user_name: "stranger".into(),
                permissions_boundary: ADMIN.into(),
            },
            Request::DeactivateMFADevice {
                user_name: Some("stranger".into()),
                serial_number: format!("arn:aws:iam::{account}:mfa/stranger"),
            },
            Request::DetachUserPolicy { user_name: "stranger".into(), policy_arn: ADMIN.into() },
        ],
    )]
}

fn by_itself(account: &str) -> Ways {
    let own = "rolegate-controller";
    let owner = format!("acme/auditor/{account}/{own}");
    vec![(
        "change itself",
        vec![
            trust(own),
            put_role(own),
            attach_role(own, ADMIN.into()),
            Request::DetachRolePolicy {
                role_name: own.into(),
                policy_arn: policy_arn(account, "/rolegate-controller-1"),
            },
            tag_role(own, &[(OWNER, &owner)]),
            Request::DeleteRole { role_name: own.into() },
            Request::UpdateRole {
                role_name: own.into(),
                description: None,
                max_session_duration: Some(43200),
            },
            Request::PutRolePermissionsBoundary { role_name: own.into(), permissions_boundary: ADMIN.into() },
            Request::DeleteRolePermissionsBoundary { role_name: own.into() },
            new_version(policy_arn(account, "/rolegate-controller-1")),
            Request::DeletePolicyVersion {
                policy_arn: policy_arn(account, "/rolegate-controller-1"),
                version_id: "v1".into(),
            },
        ],
    )]
}

/// What a target's role may not although a gateway's may.
pub(super) fn in_targets() -> Ways {
    let ours = |name: &str| policy_arn(TARGET, &format!("/rolegate/acme/{name}"));
    vec![(
        "do a gateway's work elsewhere",
        vec![
            create_policy("/rolegate/acme/", "user-stranger-1"),
            attach_user("stranger", ours("user-stranger-1")),
            attach_role("stranger", ours("role-stranger-1")),
            Request::CreateGroup { group_name: "new".into(), path: Some("/rolegate/acme/".into()) },
            Request::TagUser { user_name: "stranger".into(), tags: tags(&[("rolegate.dev/acme", ":sre:")]) },
        ],
    )]
}

pub(super) fn in_gateways() -> Ways {
    let ours = |name: &str| policy_arn(GATEWAY, &format!("/rolegate/acme/{name}"));
    vec![
        (
            "give people what they are not to have",
            vec![
                attach_user("olga", ours("group-rolegate-acme-sre-1")),
                attach_user("olga", ours("rolegate-self-management")),
                attach_user("olga", ours("role-ci-1")),
                attach_user("olga", policy_arn(GATEWAY, "/rolegate/other/user-olga-1")),
                attach_group("rolegate-acme-sre", ADMIN.into()),
                attach_group("rolegate-acme-sre", ours("user-kim-1")),
                attach_group("stranger", ours("group-rolegate-acme-sre-1")),
                attach_role("ci", ADMIN.into()),
                attach_role("ci", ours("user-kim-1")),
                Request::DeleteGroup { group_name: "rolegate-acme-sre".into() },
            ],
        ),
        (
            "write other tags on people than the membership",
            vec![
                tag_user(&[]),
                tag_user(&[("team", "payments")]),
                tag_user(&[("rolegate.dev/other", ":admins:")]),
                tag_user(&[("rolegate.dev/acme", ":sre:"), ("team", "payments")]),
                tag_user(&[(OWNER, "acme/x/111111111111/olga")]),
                Request::UntagUser { user_name: "olga".into(), tag_keys: vec!["team".into()] },
            ],
        ),
        ("hand itself a gate", vec![attach_role("rolegate-controller", ours("role-ci-1"))]),
    ]
}
