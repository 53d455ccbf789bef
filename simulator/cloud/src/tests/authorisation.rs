//! Every call is authorised: who may do nothing gets `AccessDenied` for everything, and conditions see the request.

use super::one_of_each::one_of_each;
use super::{A, ADMIN, ALL, NewRole, all, create_policy, create_user, id, lab, trust};
use crate::api::Response;
use crate::{Request, totp};
use proptest::prelude::*;

#[test]
fn without_permission_every_operation_is_denied_and_nothing_changes() {
    let mut lab = lab();
    let key = lab.user("alice").credentials();
    lab.a(Request::CreateGroup { group_name: "g".into(), path: None });
    lab.role(A, "R", &trust(&format!(r#"{{"AWS":"{A}"}}"#)));
    lab.a(create_policy("P", ALL));
    let before = lab.cloud.snapshot();
    let requests = one_of_each();
    let names: Vec<_> = requests.iter().map(|request| (request.service(), request.operation())).collect();
    assert_eq!(names, Request::OPERATIONS, "a new operation needs a request here");
    for request in requests {
        let (action, operation) = (request.action(), request.operation());
        let answer = lab.cloud.call(&key, request);
        match operation {
            "GetCallerIdentity" | "GetSessionToken" => assert!(answer.is_ok(), "{operation}"),
            _ => {
                let error = answer.unwrap_err();
                assert_eq!((error.code, error.http_status), ("AccessDenied", 403), "{operation}");
                let start = format!(
                    "User: arn:aws:iam::{A}:user/alice is not authorized to perform: {action} on resource: "
                );
                assert!(error.message.starts_with(&start), "{}", error.message);
            }
        }
    }
    assert_eq!(lab.cloud.snapshot(), before);
}

#[test]
fn with_every_permission_no_operation_is_denied() {
    for request in one_of_each() {
        let mut lab = lab();
        let key = lab.admin("alice").credentials();
        lab.a(Request::CreateGroup { group_name: "g".into(), path: None });
        lab.role(A, "R", &trust(&format!(r#"{{"AWS":"{A}"}}"#)));
        lab.a(create_policy("P", ALL));
        let operation = request.operation();
        if let Err(error) = lab.cloud.call(&key, request) {
            assert_ne!(error.code, "AccessDenied", "{operation}: {error}");
        }
    }
}

/// Whatever exists is referred to rightly: no group, policy or principal that is not there.
fn assert_whole(snapshot: &rolegate_iam::Snapshot) {
    use rolegate_iam::policy::{Principal, PrincipalClause};
    for account in snapshot.accounts.values() {
        let attached = account.users.values().flat_map(|user| user.attached.iter().chain(&user.boundary));
        let attached = attached.chain(account.groups.values().flat_map(|group| &group.attached));
        let attached = attached
            .chain(account.roles.values().flat_map(|role| role.attached.iter().chain(&role.boundary)));
        for arn in attached {
            assert!(snapshot.policy(arn).is_some_and(|policy| policy.document().is_some()), "{arn}");
        }
        for user in account.users.values() {
            assert!(user.groups.iter().all(|group| account.groups.contains_key(group)), "{:?}", user.name);
        }
        for role in account.roles.values() {
            for statement in &role.trust.policy().statements {
                let PrincipalClause::Is(principals) = &statement.principal else { panic!() };
                for principal in principals {
                    let lives = match principal {
                        Principal::User(arn) => snapshot.user(arn).is_some(),
                        Principal::Role(arn) => snapshot.role(arn).is_some(),
                        _ => true,
                    };
                    assert!(lives, "{principal:?}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_is_called_references_stay_whole_and_failures_change_nothing(
        order in prop::collection::vec(0..Request::OPERATIONS.len(), 1..60),
    ) {
        let mut lab = lab();
        let key = lab.admin("boss").credentials();
        lab.user("alice");
        lab.a(Request::CreateGroup { group_name: "g".into(), path: None });
        let by_user = r#"{"AWS":["arn:aws:iam::111111111111:user/alice","111111111111"]}"#;
        lab.role(A, "R", &trust(by_user));
        lab.role(A, "S", &trust(r#"{"AWS":"arn:aws:iam::111111111111:role/R"}"#));
        lab.a(create_policy("P", ALL));
        let requests = one_of_each();
        for index in order {
            let before = lab.cloud.snapshot();
            let answer = lab.cloud.call(&key, requests[index].clone());
            let after = lab.cloud.snapshot();
            assert_whole(&after);
            if answer.is_err() {
                prop_assert_eq!(after, before);
            }
        }
    }
}

fn user_with(document: &str) -> (super::Lab, crate::Credentials) {
    let mut lab = lab();
    let key = lab.user("alice").credentials();
    lab.a(Request::PutUserPolicy {
        user_name: "alice".into(),
        policy_name: "p".into(),
        policy_document: document.to_owned(),
    });
    (lab, key)
}

fn statement(effect: &str, action: &str, resource: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}","Condition":{{{condition}}}}}"#
    )
}

fn document(statements: &[String]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

#[test]
fn resources_are_matched_with_their_path() {
    let (mut lab, key) = user_with(&super::allow("iam:*", "arn:aws:iam::111111111111:group/rolegate/*"));
    for (path, allowed) in [(Some("/rolegate/"), true), (Some("/other/"), false), (None, false)] {
        let name = format!("g{}", path.map_or(0, str::len));
        let request = Request::CreateGroup { group_name: name, path: path.map(str::to_owned) };
        assert_eq!(lab.cloud.call(&key, request).is_ok(), allowed, "{path:?}");
    }
    // A missing entity counts as one without a path: no way to learn that it is missing.
    let missing = Request::GetGroup { group_name: "none".into(), paging: all() };
    assert_eq!(lab.cloud.call(&key, missing).unwrap_err().code, "AccessDenied");
    lab.cloud.call(&key, Request::GetGroup { group_name: "g10".into(), paging: all() }).unwrap();
}

fn tagged(name: &str, tags: &[(&str, &str)]) -> Request {
    let trust = trust(&format!(r#"{{"AWS":"{A}"}}"#));
    NewRole { name, trust: &trust, tags, ..NewRole::default() }.request()
}

fn tag_role(role: &str, key: &str) -> Request {
    Request::TagRole { role_name: role.into(), tags: vec![(key.to_owned(), "x".to_owned())] }
}

#[test]
fn tags_of_the_request_and_of_the_resource_are_condition_keys() {
    let create = statement("Allow", "iam:CreateRole", "*", r#""StringEquals":{"aws:RequestTag/owner":"x"}"#);
    let delete = statement("Allow", "iam:DeleteRole", "*", r#""StringEquals":{"iam:ResourceTag/owner":"x"}"#);
    let tag = statement(
        "Allow",
        "iam:TagRole",
        "*",
        r#""ForAllValues:StringEquals":{"aws:TagKeys":["note","owner"]},"StringEquals":{"aws:ResourceTag/owner":"x"}"#,
    );
    let (mut lab, key) = user_with(&document(&[create, delete, tag]));
    let denied = |lab: &mut super::Lab, request: Request| {
        assert_eq!(lab.cloud.call(&key, request).unwrap_err().code, "AccessDenied");
    };
    lab.a(tagged("Foreign", &[]));
    denied(&mut lab, tagged("R1", &[]));
    denied(&mut lab, tagged("R1", &[("owner", "y")]));
    denied(&mut lab, tagged("R1", &[("owner", "x"), ("other", "x")]));
    lab.cloud.call(&key, tagged("R1", &[("owner", "x")])).unwrap();
    lab.cloud.call(&key, tag_role("R1", "note")).unwrap();
    denied(&mut lab, tag_role("R1", "other"));
    // What somebody wants a role to carry does not count as what it carries.
    denied(&mut lab, tag_role("Foreign", "owner"));
    denied(&mut lab, Request::DeleteRole { role_name: "Foreign".into() });
    lab.cloud.call(&key, Request::DeleteRole { role_name: "R1".into() }).unwrap();
}

/// Making a thing with tags takes leave to tag as well; the tags that it is to have count as its own.
#[test]
fn tags_on_creation_need_leave_to_tag() {
    let owned = r#""StringEquals":{"aws:ResourceTag/owner":"x"}"#;
    for (action, also, request) in [
        ("iam:CreateRole", "iam:TagRole", tagged("R", &[("owner", "x")])),
        (
            "iam:CreateUser",
            "iam:TagUser",
            Request::CreateUser {
                user_name: "new".into(),
                path: None,
                permissions_boundary: None,
                tags: vec![("owner".into(), "x".into())],
            },
        ),
        (
            "iam:CreatePolicy",
            "iam:TagPolicy",
            Request::CreatePolicy {
                policy_name: "new".into(),
                path: None,
                policy_document: ALL.into(),
                description: None,
                tags: vec![("owner".into(), "x".into())],
            },
        ),
    ] {
        let create = statement("Allow", action, "*", "");
        let (mut lab, key) = user_with(&document(std::slice::from_ref(&create)));
        let error = lab.cloud.call(&key, request.clone()).unwrap_err();
        assert!(error.code == "AccessDenied" && error.message.contains(also), "{error}");
        let (mut lab, key) = user_with(&document(&[create, statement("Allow", also, "*", owned)]));
        lab.cloud.call(&key, request).unwrap();
    }
}

#[test]
fn boundaries_and_attached_policies_are_condition_keys() {
    let create = statement(
        "Allow",
        "iam:CreateUser",
        "*",
        &format!(r#""StringEquals":{{"iam:PermissionsBoundary":"{ADMIN}"}}"#),
    );
    let attach = statement(
        "Allow",
        "iam:AttachUserPolicy",
        "*",
        r#""ArnLike":{"iam:PolicyARN":"arn:aws:iam::aws:policy/Read*"}"#,
    );
    let (mut lab, key) = user_with(&document(&[create, attach]));
    let bounded = |boundary: Option<&str>| Request::CreateUser {
        user_name: "new".into(),
        path: None,
        permissions_boundary: boundary.map(str::to_owned),
        tags: Vec::new(),
    };
    assert_eq!(lab.cloud.call(&key, bounded(None)).unwrap_err().code, "AccessDenied");
    lab.cloud.call(&key, bounded(Some(ADMIN))).unwrap();
    let attach = |name: &str| Request::AttachUserPolicy {
        user_name: "new".into(),
        policy_arn: format!("arn:aws:iam::aws:policy/{name}"),
    };
    lab.cloud.call(&key, attach("ReadOnlyAccess")).unwrap();
    assert_eq!(lab.cloud.call(&key, attach("AdministratorAccess")).unwrap_err().code, "AccessDenied");
}

/// A call that neither sets nor weighs the boundary has no such key, whatever boundary its target has.
#[test]
fn the_boundary_is_a_condition_key_of_the_calls_that_weigh_it_alone() {
    let boundary = format!(r#""StringEquals":{{"iam:PermissionsBoundary":"{ADMIN}"}}"#);
    let (mut lab, key) = user_with(&document(&[statement("Allow", "iam:*", "*", &boundary)]));
    lab.role(A, "R", &trust(&format!(r#"{{"AWS":"{A}"}}"#)));
    lab.a(create_user("bob"));
    let (role, user) = (|| "R".to_owned(), || "bob".to_owned());
    lab.a(Request::PutRolePermissionsBoundary { role_name: role(), permissions_boundary: ADMIN.into() });
    lab.a(Request::PutUserPermissionsBoundary { user_name: user(), permissions_boundary: ADMIN.into() });
    let put =
        Request::PutRolePolicy { role_name: role(), policy_name: "p".into(), policy_document: ALL.into() };
    for request in [
        put,
        Request::DeleteRolePolicy { role_name: role(), policy_name: "p".into() },
        Request::AttachUserPolicy { user_name: user(), policy_arn: ADMIN.into() },
        Request::DetachUserPolicy { user_name: user(), policy_arn: ADMIN.into() },
    ] {
        let operation = request.operation();
        assert!(lab.cloud.call(&key, request).is_ok(), "{operation}");
    }
    for request in [
        Request::UpdateAssumeRolePolicy {
            role_name: role(),
            policy_document: trust(&format!(r#"{{"AWS":"{A}"}}"#)),
        },
        Request::TagRole { role_name: role(), tags: vec![("k".into(), "v".into())] },
        Request::DeleteRole { role_name: role() },
        Request::GetRole { role_name: role() },
        Request::CreateAccessKey { user_name: Some(user()) },
        Request::DeleteUser { user_name: user() },
    ] {
        let operation = request.operation();
        assert_eq!(lab.cloud.call(&key, request).unwrap_err().code, "AccessDenied", "{operation}");
    }
}

#[test]
fn people_manage_themselves_with_mfa_and_nobody_else() {
    let own = r#"{"Effect":"Allow","Action":["iam:*AccessKey*","iam:GetUser","iam:EnableMFADevice","iam:ListMFADevices"],"Resource":"arn:aws:iam::*:user/${aws:username}"}"#;
    let device =
        r#"{"Effect":"Allow","Action":"iam:CreateVirtualMFADevice","Resource":"arn:aws:iam::*:mfa/*"}"#;
    let deny = r#"{"Effect":"Deny","NotAction":["iam:CreateVirtualMFADevice","iam:EnableMFADevice","iam:GetUser","iam:ListMFADevices","sts:GetSessionToken"],"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#;
    let (mut lab, key) = user_with(&document(&[own.to_owned(), device.to_owned(), deny.to_owned()]));
    lab.a(create_user("bob"));
    lab.cloud.call(&key, Request::GetUser { user_name: None }).unwrap();
    assert_eq!(
        lab.cloud.call(&key, Request::GetUser { user_name: Some("bob".into()) }).unwrap_err().code,
        "AccessDenied"
    );
    let without = lab.cloud.call(&key, Request::CreateAccessKey { user_name: None }).unwrap_err();
    assert!(
        without.message.ends_with("with an explicit deny in an identity-based policy"),
        "{}",
        without.message
    );
    let (serial, seed) = lab.cloud.add_mfa_device(id(A), &"alice".parse().unwrap()).unwrap();
    let code = totp(&seed, lab.cloud.clock()).unwrap();
    let session = lab.session_token(&key, Some((serial.to_string(), code))).credentials();
    let Response::AccessKey(new) =
        lab.cloud.call(&session, Request::CreateAccessKey { user_name: None }).unwrap()
    else {
        panic!()
    };
    assert_eq!(new.user_name, "alice");
}

#[test]
fn a_boundary_limits_what_a_user_may_do() {
    let (mut lab, key) = user_with(ALL);
    lab.a(Request::PutUserPermissionsBoundary {
        user_name: "alice".into(),
        permissions_boundary: "arn:aws:iam::aws:policy/IAMReadOnlyAccess".into(),
    });
    lab.cloud.call(&key, Request::GetAccountSummary {}).unwrap();
    let error = lab.cloud.call(&key, create_user("x")).unwrap_err();
    assert!(
        error.message.ends_with("because no permissions boundary allows the iam:CreateUser action"),
        "{error}"
    );
}
