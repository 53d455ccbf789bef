//! STS: roles assumed with and without MFA, sessions and their ends (§2.2, §2.7, §2.10, §7.5).

use super::{A, ADMIN, Assume, B, Lab, allow, assume, id, lab, trust, trust_when};
use crate::api::Response;
use crate::{Credentials, Request, totp};

const MFA: &str = r#","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;

fn account(id: &str) -> String {
    format!(r#"{{"AWS":"{id}"}}"#)
}

fn with_mfa(account: &str, role: &str, serial: &str, code: &str) -> Request {
    Assume { mfa: Some((serial, code)), ..Assume::of(account, role) }.request()
}

fn lasting(account: &str, role: &str, seconds: i64) -> Request {
    Assume { duration_seconds: Some(seconds), ..Assume::of(account, role) }.request()
}

/// A user with a device of its own, and the device's seed.
fn person(lab: &mut Lab, name: &str) -> (Credentials, String, String) {
    let key = lab.admin(name);
    let (serial, seed) = lab.cloud.add_mfa_device(id(A), &name.parse().unwrap()).unwrap();
    (key.credentials(), serial.to_string(), seed)
}

#[test]
fn production_opens_with_mfa_only_and_a_code_counts_once() {
    let mut lab = lab();
    let (alice, serial, seed) = person(&mut lab, "alice");
    lab.role(B, "Prod", &trust_when(&account(A), "sts:AssumeRole", MFA));
    let denied = lab.assume(&alice, assume(B, "Prod")).unwrap_err();
    assert_eq!(denied.http_status, 403);
    assert_eq!(
        denied.message,
        "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: sts:AssumeRole on resource: \
         arn:aws:iam::222222222222:role/Prod"
    );
    let code = totp(&seed, lab.cloud.clock()).unwrap();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let refused = lab.assume(&alice, with_mfa(B, "Prod", &serial, wrong)).unwrap_err();
    assert_eq!(refused.code, "AccessDenied");
    assert!(refused.message.contains("invalid MFA one time pass code"), "{}", refused.message);

    let assumed = lab.assume(&alice, with_mfa(B, "Prod", &serial, &code)).unwrap();
    assert_eq!(assumed.arn, "arn:aws:sts::222222222222:assumed-role/Prod/s1");
    assert_eq!(assumed.credentials.expiration.as_second(), lab.cloud.clock().as_second() + 3600);
    let again = lab.assume(&alice, with_mfa(B, "Prod", &serial, &code)).unwrap_err();
    assert_eq!(again.code, "AccessDenied");
    lab.pass(30);
    let next = totp(&seed, lab.cloud.clock()).unwrap();
    lab.assume(&alice, with_mfa(B, "Prod", &serial, &next)).unwrap();

    let session = assumed.credentials.credentials();
    let Response::CallerIdentity(me) = lab.cloud.call(&session, Request::GetCallerIdentity {}).unwrap()
    else {
        panic!()
    };
    assert_eq!((me.account.as_str(), me.arn.as_str()), (B, assumed.arn.as_str()));
    assert_eq!(me.user_id, assumed.assumed_role_id);
}

#[test]
fn another_persons_device_is_no_help() {
    let mut lab = lab();
    let (alice, _, _) = person(&mut lab, "alice");
    let (_, serial, seed) = person(&mut lab, "bob");
    lab.role(B, "Prod", &trust_when(&account(A), "sts:AssumeRole", MFA));
    let code = totp(&seed, lab.cloud.clock()).unwrap();
    assert_eq!(lab.assume(&alice, with_mfa(B, "Prod", &serial, &code)).unwrap_err().code, "AccessDenied");
}

#[test]
fn a_device_is_made_enabled_and_taken_away_by_its_user() {
    let mut lab = lab();
    let key = lab.admin("alice");
    let who = key.credentials();
    let create = Request::CreateVirtualMFADevice {
        virtual_mfa_device_name: "alice".into(),
        path: None,
        tags: Vec::new(),
    };
    let Response::VirtualMfaDevice(device) = lab.cloud.call(&who, create.clone()).unwrap() else { panic!() };
    assert_eq!(device.serial_number, "arn:aws:iam::111111111111:mfa/alice");
    assert_eq!(lab.cloud.call(&who, create).unwrap_err().code, "EntityAlreadyExists");
    let now = lab.cloud.clock();
    let before = jiff::Timestamp::from_second(now.as_second() - 30).unwrap();
    let code = |at| totp(&device.base32_seed, at).unwrap();
    let enable = |one: String, two: String| Request::EnableMFADevice {
        user_name: "alice".into(),
        serial_number: device.serial_number.clone(),
        authentication_code1: one,
        authentication_code2: two,
    };
    let same = lab.cloud.call(&who, enable(code(now), code(now))).unwrap_err();
    assert_eq!((same.code, same.http_status), ("InvalidAuthenticationCode", 403));
    lab.cloud.call(&who, enable(code(before), code(now))).unwrap();
    let Response::MfaDevices(devices) =
        lab.cloud.call(&who, Request::ListMFADevices { user_name: None, paging: super::all() }).unwrap()
    else {
        panic!()
    };
    assert_eq!(devices.items.len(), 1);
    // The second code was used up.
    let used = Request::GetSessionToken {
        duration_seconds: None,
        serial_number: Some(device.serial_number.clone()),
        token_code: Some(code(now)),
    };
    assert_eq!(lab.cloud.call(&who, used).unwrap_err().code, "AccessDenied");
    assert_eq!(
        lab.cloud
            .call(&who, Request::DeleteVirtualMFADevice { serial_number: device.serial_number.clone() })
            .unwrap_err()
            .code,
        "DeleteConflict"
    );
    let off = Request::DeactivateMFADevice { user_name: None, serial_number: device.serial_number.clone() };
    lab.cloud.call(&who, off).unwrap();
    lab.cloud.call(&who, Request::DeleteVirtualMFADevice { serial_number: device.serial_number }).unwrap();
}

#[test]
fn a_session_with_mfa_carries_it_and_is_capped_at_an_hour() {
    let mut lab = lab();
    let (alice, serial, seed) = person(&mut lab, "alice");
    lab.role(B, "Prod", &trust_when(&account(A), "sts:AssumeRole", MFA));
    let plain = lab.session_token(&alice, None).credentials();
    assert_eq!(lab.assume(&plain, assume(B, "Prod")).unwrap_err().code, "AccessDenied");
    let code = totp(&seed, lab.cloud.clock()).unwrap();
    let session = lab.session_token(&alice, Some((serial, code)));
    assert_eq!(session.expiration.as_second(), lab.cloud.clock().as_second() + 43_200);
    let with = session.credentials();
    lab.assume(&with, assume(B, "Prod")).unwrap();
    lab.b(Request::UpdateRole {
        role_name: "Prod".into(),
        description: None,
        max_session_duration: Some(43_200),
    });
    let long = lab.assume(&with, lasting(B, "Prod", 3601)).unwrap_err();
    assert_eq!((long.code, long.http_status), ("ValidationError", 400));
    assert_eq!(
        long.message,
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    );
    // IAM answers an MFA session only, and neither session makes another one.
    let me = Request::GetUser { user_name: None };
    assert_eq!(lab.cloud.call(&plain, me.clone()).unwrap_err().code, "InvalidClientTokenId");
    lab.cloud.call(&with, me).unwrap();
    let again = Request::GetSessionToken { duration_seconds: None, serial_number: None, token_code: None };
    assert_eq!(lab.cloud.call(&with, again).unwrap_err().code, "AccessDenied");
    lab.cloud.call(&plain, Request::GetCallerIdentity {}).unwrap();
    let root = lab.a.clone();
    let root = lab.session_token(&root, None);
    assert_eq!(root.expiration.as_second(), lab.cloud.clock().as_second() + 3600);
    let error = lab.cloud.call(&root.credentials(), Request::GetAccountSummary {}).unwrap_err();
    assert_eq!(error.code, "InvalidClientTokenId");
}

#[test]
fn mfa_does_not_survive_a_hop_from_a_key_and_is_given_the_benefit_of_u4_from_a_session() {
    let mut lab = lab();
    let (alice, serial, seed) = person(&mut lab, "alice");
    lab.role(A, "Hop", &trust(&account(A)));
    lab.a(Request::AttachRolePolicy { role_name: "Hop".into(), policy_arn: ADMIN.into() });
    lab.role(B, "Prod", &trust_when(&account(A), "sts:AssumeRole", MFA));
    let code = |lab: &Lab| totp(&seed, lab.cloud.clock()).unwrap();
    let by_key = with_mfa(A, "Hop", &serial, &code(&lab));
    let by_key = lab.assume(&alice, by_key).unwrap().credentials.credentials();
    assert_eq!(lab.assume(&by_key, assume(B, "Prod")).unwrap_err().code, "AccessDenied");
    lab.pass(30);
    let code = code(&lab);
    let session = lab.session_token(&alice, Some((serial, code))).credentials();
    let by_session = lab.assume(&session, assume(A, "Hop")).unwrap().credentials.credentials();
    lab.assume(&by_session, assume(B, "Prod")).unwrap();
}

#[test]
fn root_assumes_nothing_rows_47_and_48() {
    let mut lab = lab();
    lab.role(A, "R", &trust(&account(A)));
    lab.role(B, "R", &trust(&account(A)));
    let root = lab.a.clone();
    for account in [A, B] {
        let error = lab.assume(&root, assume(account, "R")).unwrap_err();
        assert_eq!(error.code, "AccessDenied");
        assert_eq!(error.message, "Roles may not be assumed by root accounts.");
    }
}

#[test]
fn a_missing_role_looks_like_a_forbidden_one_row_52() {
    let mut lab = lab();
    let alice = lab.admin("alice").credentials();
    lab.role(B, "Closed", &trust(&account(B)));
    let missing = lab.assume(&alice, assume(B, "None")).unwrap_err();
    let closed = lab.assume(&alice, assume(B, "Closed")).unwrap_err();
    assert_eq!(missing.code, "AccessDenied");
    assert_eq!(missing.message.replace("None", "Closed"), closed.message);
    let nowhere = lab.assume(&alice, assume("999999999999", "R")).unwrap_err();
    assert_eq!((nowhere.code, nowhere.http_status), ("AccessDenied", 403));
}

#[test]
fn durations_follow_the_role_and_the_chain_rows_117_to_121() {
    let mut lab = lab();
    let alice = lab.admin("alice").credentials();
    lab.role(A, "R", &trust(&account(A)));
    lab.a(Request::AttachRolePolicy { role_name: "R".into(), policy_arn: ADMIN.into() });
    let seconds = |lab: &mut Lab, who: &Credentials, asked: i64| {
        let now = lab.cloud.clock().as_second();
        lab.assume(who, lasting(A, "R", asked))
            .map(|assumed| assumed.credentials.expiration.as_second() - now)
            .map_err(|error| error.code)
    };
    for (asked, answer) in
        [(900, Ok(900)), (3600, Ok(3600)), (3601, Err("ValidationError")), (899, Err("ValidationError"))]
    {
        assert_eq!(seconds(&mut lab, &alice, asked), answer, "{asked}");
    }
    lab.a(Request::UpdateRole {
        role_name: "R".into(),
        description: None,
        max_session_duration: Some(43_200),
    });
    assert_eq!(seconds(&mut lab, &alice, 43_200), Ok(43_200));
    assert_eq!(seconds(&mut lab, &alice, 43_201), Err("ValidationError"));
    let chained = lab.assume(&alice, assume(A, "R")).unwrap().credentials.credentials();
    assert_eq!(seconds(&mut lab, &chained, 3600), Ok(3600));
    assert_eq!(seconds(&mut lab, &chained, 3601), Err("ValidationError"));
}

#[test]
fn a_session_ends_with_its_time_and_with_its_token() {
    let mut lab = lab();
    let alice = lab.admin("alice").credentials();
    lab.role(A, "R", &trust(&account(A)));
    let session = lab.assume(&alice, lasting(A, "R", 900)).unwrap().credentials;
    let me = Request::GetCallerIdentity {};
    let stolen = Credentials { session_token: Some("x".into()), ..session.credentials() };
    let bare = Credentials { session_token: None, ..session.credentials() };
    for wrong in [stolen, bare] {
        assert_eq!(lab.cloud.call(&wrong, me.clone()).unwrap_err().code, "InvalidClientTokenId");
    }
    lab.pass(899);
    lab.cloud.call(&session.credentials(), me.clone()).unwrap();
    lab.pass(1);
    let error = lab.cloud.call(&session.credentials(), me).unwrap_err();
    assert_eq!((error.code, error.http_status), ("ExpiredToken", 403));
    assert!(lab.cloud.secret_for(&session.access_key_id).is_some());
}

#[test]
fn a_deleted_user_takes_its_sessions_along() {
    let mut lab = lab();
    let key = lab.user("alice");
    let session = lab.session_token(&key.credentials(), None).credentials();
    lab.a(Request::DeleteAccessKey { user_name: Some("alice".into()), access_key_id: key.access_key_id });
    lab.a(Request::DeleteUser { user_name: "alice".into() });
    lab.user("alice");
    let error = lab.cloud.call(&session, Request::GetCallerIdentity {}).unwrap_err();
    assert_eq!(error.code, "InvalidClientTokenId");
}

#[test]
fn external_id_tags_and_source_identity_reach_the_trust_policy() {
    let mut lab = lab();
    let alice = lab.admin("alice").credentials();
    let external = r#","Condition":{"StringEquals":{"sts:ExternalId":"42"}}"#;
    lab.role(B, "Third", &trust_when(&account(A), "sts:AssumeRole", external));
    lab.role(
        B,
        "Tagged",
        &trust_when(&account(A), "sts:*", "")
            .replace(r#""sts:*""#, r#"["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]"#),
    );
    lab.role(B, "Plain", &trust(&account(A)));
    let call = |role: &str, external_id: Option<&str>, tags: &[(&str, &str)], source: Option<&str>| {
        Assume { external_id, tags, source_identity: source, ..Assume::of(B, role) }.request()
    };
    lab.assume(&alice, call("Third", Some("42"), &[], None)).unwrap();
    assert_eq!(lab.assume(&alice, call("Third", None, &[], None)).unwrap_err().code, "AccessDenied");
    assert_eq!(lab.assume(&alice, call("Third", Some("43"), &[], None)).unwrap_err().code, "AccessDenied");
    let assumed = lab.assume(&alice, call("Tagged", None, &[("team", "x")], Some("alice"))).unwrap();
    assert_eq!(assumed.source_identity.as_deref(), Some("alice"));
    let tags = lab.assume(&alice, call("Plain", None, &[("team", "x")], None)).unwrap_err();
    assert!(tags.message.contains("sts:TagSession"), "{}", tags.message);
    let source = lab.assume(&alice, call("Plain", None, &[], Some("alice"))).unwrap_err();
    assert!(source.message.contains("sts:SetSourceIdentity"), "{}", source.message);

    // Transitive tags and the source identity go on with the session.
    lab.b(Request::AttachRolePolicy { role_name: "Tagged".into(), policy_arn: ADMIN.into() });
    lab.role(
        B,
        "Next",
        &trust_when(
            &account(B),
            "sts:AssumeRole",
            r#","Condition":{"StringEquals":{"aws:PrincipalTag/team":"x","aws:SourceIdentity":"alice"}}"#,
        )
        .replace(r#""sts:AssumeRole""#, r#"["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]"#),
    );
    let session = assumed.credentials.credentials();
    let next = lab.assume(&session, call("Next", None, &[], None)).unwrap();
    assert_eq!(next.source_identity.as_deref(), Some("alice"));
}

#[test]
fn a_session_policy_limits_the_new_session_only_row_123() {
    let mut lab = lab();
    let alice = lab.admin("alice").credentials();
    lab.role(A, "R", &trust(&account(A)));
    lab.a(Request::AttachRolePolicy { role_name: "R".into(), policy_arn: ADMIN.into() });
    let limited = |policy: Option<&str>, policy_arns: &[&str]| {
        Assume { policy, policy_arns, ..Assume::of(A, "R") }.request()
    };
    let list = Request::ListUsers { path_prefix: None, paging: super::all() };
    let get = Request::GetUser { user_name: Some("alice".into()) };
    let only_get = allow("iam:GetUser", "*");
    let session = lab.assume(&alice, limited(Some(&only_get), &[])).unwrap().credentials.credentials();
    lab.cloud.call(&session, get.clone()).unwrap();
    assert_eq!(lab.cloud.call(&session, list.clone()).unwrap_err().code, "AccessDenied");
    let by_arn = limited(None, &["arn:aws:iam::aws:policy/IAMReadOnlyAccess"]);
    let session = lab.assume(&alice, by_arn).unwrap().credentials.credentials();
    lab.cloud.call(&session, list).unwrap();
    assert_eq!(lab.cloud.call(&session, super::create_user("x")).unwrap_err().code, "AccessDenied");
    for (policy, arns, code) in [
        (Some(allow("s3:*", "arn:aws:s3")), vec![], "MalformedPolicyDocument"),
        (Some("{".to_owned()), vec![], "MalformedPolicyDocument"),
        (Some(allow("s3:*", &format!("arn:aws:s3:::{}", "b".repeat(2048)))), vec![], "ValidationError"),
        (None, vec!["arn:aws:iam::222222222222:policy/P"], "MalformedPolicyDocument"),
        (None, vec![ADMIN; 11], "ValidationError"),
    ] {
        let error = lab.assume(&alice, limited(policy.as_deref(), &arns)).unwrap_err();
        assert_eq!(error.code, code, "{policy:?} {arns:?}");
    }
}
