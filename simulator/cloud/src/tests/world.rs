//! The world as a whole: collecting it, loading it, its log and its faults.

use super::{A, ADMIN, ALL, B, create_policy, create_user, id, lab, paging, trust};
use crate::api::{Details, Response};
use crate::{Cloud, Credentials, Faults, Request};
use proptest::prelude::*;
use rolegate_iam::Partition;

fn collect(cloud: &mut Cloud, who: &Credentials, filter: &[&str], max_items: i64) -> (Details, usize) {
    let (mut whole, mut marker, mut pages) = (Details::default(), None::<String>, 0);
    loop {
        let request = Request::GetAccountAuthorizationDetails {
            filter: filter.iter().map(|kind| (*kind).to_owned()).collect(),
            paging: paging(marker.as_deref(), max_items),
        };
        let Response::Details(page) = cloud.call(who, request).unwrap() else { panic!() };
        pages += 1;
        let Details { users, groups, roles, policies, marker: next } = page;
        whole.users.extend(users);
        whole.groups.extend(groups);
        whole.roles.extend(roles);
        whole.policies.extend(policies);
        match next {
            Some(next) => marker = Some(next),
            None => return (whole, pages),
        }
    }
}

fn furnished() -> super::Lab {
    let mut lab = lab();
    for number in 0..5 {
        lab.a(create_user(&format!("u{number}")));
        lab.a(Request::CreateGroup { group_name: format!("g{number}"), path: None });
        lab.role(A, &format!("r{number}"), &trust(&format!(r#"{{"AWS":"{B}"}}"#)));
        lab.a(create_policy(&format!("p{number}"), ALL));
    }
    lab.a(Request::AddUserToGroup { group_name: "g1".into(), user_name: "u1".into() });
    lab.a(Request::PutGroupPolicy {
        group_name: "g1".into(),
        policy_name: "x".into(),
        policy_document: ALL.into(),
    });
    lab.a(Request::AttachRolePolicy { role_name: "r1".into(), policy_arn: ADMIN.into() });
    lab
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn pages_across_kinds_put_together_are_the_whole(max_items in 1_i64..50) {
        let mut lab = furnished();
        let who = lab.a.clone();
        let (whole, _) = collect(&mut lab.cloud, &who, &[], 1000);
        prop_assert_eq!((whole.users.len(), whole.groups.len(), whole.roles.len()), (5, 5, 5));
        let total = 15 + whole.policies.len();
        let (parts, pages) = collect(&mut lab.cloud, &who, &[], max_items);
        prop_assert_eq!(&parts, &whole);
        prop_assert_eq!(pages, total.div_ceil(usize::try_from(max_items).unwrap()));
    }
}

#[test]
fn details_show_kinds_as_filtered_and_everything_that_hangs_on_them() {
    let mut lab = furnished();
    let who = lab.a.clone();
    let (local, _) = collect(&mut lab.cloud, &who, &["LocalManagedPolicy"], 100);
    assert_eq!((local.users.len(), local.roles.len(), local.policies.len()), (0, 0, 5));
    let (managed, _) = collect(&mut lab.cloud, &who, &["AWSManagedPolicy"], 100);
    assert!(managed.policies.iter().any(|detail| detail.policy.arn == ADMIN && detail.versions.len() == 1));
    let (rest, _) = collect(&mut lab.cloud, &who, &["User", "Role", "Group"], 100);
    assert_eq!(rest.users[1].group_names, ["g1"]);
    assert_eq!(rest.groups[1].inline[0].policy_document, ALL);
    assert_eq!(rest.roles[1].attached[0].policy_arn, ADMIN);
    let wrong =
        Request::GetAccountAuthorizationDetails { filter: vec!["Sock".into()], paging: paging(None, 9) };
    assert_eq!(lab.a_err(wrong).code, "ValidationError");
}

#[test]
fn a_world_survives_being_collected_and_loaded() {
    let lab = furnished();
    let snapshot = lab.cloud.snapshot();
    let account = &snapshot.accounts[&id(A)];
    assert!(account.collected.users.is_collected());
    assert_eq!(account.summary.get("Roles"), Some(&5));
    let mut loaded = Cloud::from_snapshot(snapshot.clone(), lab.cloud.clock(), 9);
    let again = loaded.snapshot();
    assert_eq!(again.accounts.len(), 2);
    for (id, account) in &snapshot.accounts {
        let other = &again.accounts[id];
        assert_eq!((&account.users, &account.groups), (&other.users, &other.groups));
        assert_eq!((&account.roles, &account.policies), (&other.roles, &other.policies));
        assert_eq!(account.summary, other.summary);
    }
    // Ids go on where nobody was before, and versions too.
    let root = loaded.root_key(id(A)).unwrap().credentials();
    loaded.call(&root, create_user("late")).unwrap();
    let arn = format!("arn:aws:iam::{A}:policy/p1");
    let version =
        Request::CreatePolicyVersion { policy_arn: arn, policy_document: ALL.into(), set_as_default: None };
    let Response::PolicyVersion(version) = loaded.call(&root, version).unwrap() else { panic!() };
    assert_eq!(version.version_id, "v2");
}

#[test]
fn what_was_not_collected_stays_unknown_and_is_refused() {
    use rolegate_iam::snapshot::Part;
    let mut lab = furnished();
    let key = lab.admin("u9");
    let mut snapshot = lab.cloud.snapshot();
    snapshot.accounts.get_mut(&id(A)).unwrap().collected.policies =
        Part::NotCollected { why: "access denied".into() };
    let arn = "arn:aws:iam::aws:policy/Unheard".parse().unwrap();
    let user = snapshot.accounts.get_mut(&id(A)).unwrap().users.get_mut(&"u9".parse().unwrap()).unwrap();
    user.attached = [arn].into_iter().collect();
    let mut loaded = Cloud::from_snapshot(snapshot, lab.cloud.clock(), 2);
    assert!(!loaded.snapshot().accounts[&id(A)].collected.policies.is_collected());
    assert_eq!(loaded.secret_for(&key.access_key_id), None);
    let key = loaded.add_access_key(id(A), &"u9".parse().unwrap()).unwrap();
    let error = loaded.call(&key.credentials(), Request::GetAccountSummary {}).unwrap_err();
    assert_eq!(error.code, "AccessDenied");
}

#[test]
fn roles_that_belong_to_aws_are_left_alone() {
    let mut lab = furnished();
    let mut snapshot = lab.cloud.snapshot();
    let roles = &mut snapshot.accounts.get_mut(&id(A)).unwrap().roles;
    let reserved = "/aws-reserved/sso.amazonaws.com/".parse().unwrap();
    roles.get_mut(&"r1".parse().unwrap()).unwrap().path = reserved;
    lab.cloud = Cloud::from_snapshot(snapshot, lab.cloud.clock(), 3);
    lab.a = lab.cloud.root_key(id(A)).unwrap().credentials();
    let r = || "r1".to_owned();
    let trust = trust(&format!(r#"{{"AWS":"{B}"}}"#));
    for request in [
        Request::DeleteRole { role_name: r() },
        Request::UpdateRole { role_name: r(), description: None, max_session_duration: None },
        Request::UpdateAssumeRolePolicy { role_name: r(), policy_document: trust },
        Request::TagRole { role_name: r(), tags: Vec::new() },
        Request::PutRolePolicy { role_name: r(), policy_name: "p".into(), policy_document: ALL.into() },
        Request::AttachRolePolicy { role_name: r(), policy_arn: ADMIN.into() },
        Request::DetachRolePolicy { role_name: r(), policy_arn: ADMIN.into() },
        Request::PutRolePermissionsBoundary { role_name: r(), permissions_boundary: ADMIN.into() },
    ] {
        let operation = request.operation();
        let error = lab.a_err(request);
        assert_eq!((error.code, error.http_status), ("UnmodifiableEntity", 400), "{operation}");
    }
    lab.a(Request::GetRole { role_name: r() });
}

#[test]
fn accounts_named_by_a_loaded_world_exist_elsewhere() {
    let mut lab = lab();
    lab.cloud.add_outside_account(id("999999999999"));
    let outside = trust(r#"{"AWS":"999999999999"}"#);
    lab.role(A, "Vendor", &outside);
    let mut loaded = Cloud::from_snapshot(lab.cloud.snapshot(), lab.cloud.clock(), 4);
    let root = loaded.root_key(id(A)).unwrap().credentials();
    loaded.call(&root, super::create_role("Other", &outside)).unwrap();
    let unheard = super::create_role("Third", &trust(r#"{"AWS":"888888888888"}"#));
    assert_eq!(loaded.call(&root, unheard).unwrap_err().code, "MalformedPolicyDocument");
}

#[test]
fn the_same_seed_and_calls_give_the_same_world() {
    let (one, two) = (furnished(), furnished());
    assert_eq!(one.cloud.snapshot(), two.cloud.snapshot());
    assert_eq!(one.a, two.a);
}

#[test]
fn every_call_is_logged_with_its_outcome() {
    let mut lab = lab();
    lab.cloud.clear_calls();
    lab.a(create_user("alice"));
    lab.a_err(create_user("alice"));
    let nobody = Credentials { access_key_id: "AKIANOBODY".into(), session_token: None };
    assert_eq!(
        lab.cloud.call(&nobody, Request::GetCallerIdentity {}).unwrap_err().code,
        "InvalidClientTokenId"
    );
    let lines: Vec<_> =
        lab.cloud.calls().iter().map(|call| (call.account, call.action, call.outcome)).collect();
    assert_eq!(
        lines,
        [
            (Some(id(A)), "iam:CreateUser", Ok(())),
            (Some(id(A)), "iam:CreateUser", Err("EntityAlreadyExists")),
            (None, "sts:GetCallerIdentity", Err("InvalidClientTokenId")),
        ]
    );
    assert_eq!(lab.cloud.calls()[0].caller, "arn:aws:iam::111111111111:root");
}

#[test]
fn faults_throttle_before_and_lose_answers_after() {
    let mut lab = lab();
    lab.cloud.clear_calls();
    lab.cloud.set_faults(Faults { throttle_every: Some(2), lose_response_every: Some(3) });
    lab.a(create_user("one"));
    assert_eq!(lab.a_err(create_user("two")).code, "Throttling");
    assert_eq!(lab.a_err(create_user("three")).code, "ServiceFailure");
    lab.cloud.set_faults(Faults::default());
    let users: Vec<_> = lab.cloud.snapshot().accounts[&id(A)].users.keys().map(ToString::to_string).collect();
    assert_eq!(users, ["one", "three"]);
}

#[test]
fn partitions_keep_to_themselves() {
    let mut lab = lab();
    let china = lab.cloud.add_account(id("333333333333"), Partition::AwsCn, "cn").credentials();
    lab.cloud.call(&china, create_user("alice")).unwrap();
    let attach = |partition: &str| Request::AttachUserPolicy {
        user_name: "alice".into(),
        policy_arn: format!("arn:{partition}:iam::aws:policy/AdministratorAccess"),
    };
    assert_eq!(lab.cloud.call(&china, attach("aws")).unwrap_err().code, "NoSuchEntity");
    lab.cloud.call(&china, attach("aws-cn")).unwrap();
    let role = super::create_role("R", &trust(&format!(r#"{{"AWS":"{A}"}}"#)));
    assert_eq!(lab.cloud.call(&china, role).unwrap_err().code, "MalformedPolicyDocument");
}
