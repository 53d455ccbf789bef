//! Trust policies: validation at the time of writing (§4.3), deleted and re-created principals (§2.8, §7.3).

use super::{A, B, allow, assume, create_role, create_user, lab, trust, trust_when};
use crate::Request;
use crate::api::Response;

fn write(document: &str) -> Request {
    Request::UpdateAssumeRolePolicy { role_name: "R".into(), policy_document: document.to_owned() }
}

#[test]
fn principals_must_exist_when_written() {
    let mut lab = lab();
    lab.a(create_user("alice"));
    lab.role(A, "R", &trust(&format!(r#"{{"AWS":"{A}"}}"#)));
    for good in [
        r#"{"AWS":"arn:aws:iam::111111111111:user/alice"}"#,
        r#"{"AWS":"arn:aws:iam::111111111111:role/R"}"#,
        r#"{"AWS":["222222222222","arn:aws:iam::111111111111:root"]}"#,
        r#"{"AWS":"*"}"#,
        r#"{"Service":"ec2.amazonaws.com"}"#,
        r#"{"AWS":"arn:aws:sts::222222222222:assumed-role/Any/session"}"#,
    ] {
        lab.a(write(&trust(good)));
    }
    for (bad, named) in [
        (r#"{"AWS":"arn:aws:iam::111111111111:user/bob"}"#, "arn:aws:iam::111111111111:user/bob"),
        (r#"{"AWS":"arn:aws:iam::111111111111:user/x/alice"}"#, "arn:aws:iam::111111111111:user/x/alice"),
        (r#"{"AWS":"arn:aws:iam::222222222222:role/R"}"#, "arn:aws:iam::222222222222:role/R"),
        (r#"{"AWS":"333333333333"}"#, "333333333333"),
        (r#"{"AWS":"arn:aws-cn:iam::111111111111:root"}"#, "arn:aws-cn:iam::111111111111:root"),
        (r#"{"AWS":"AIDAAAAAAAAAAAAAAAAAA"}"#, "AIDAAAAAAAAAAAAAAAAAA"),
    ] {
        let error = lab.a_err(write(&trust(bad)));
        assert_eq!((error.code, error.http_status), ("MalformedPolicyDocument", 400), "{bad}");
        assert_eq!(error.message, format!(r#"Invalid principal in policy: "AWS":"{named}""#));
    }
    let service = lab.a_err(write(&trust(r#"{"Service":"ec2.example.com"}"#)));
    assert_eq!(service.message, r#"Invalid principal in policy: "Service":"ec2.example.com""#);
}

#[test]
fn a_defect_is_named_in_iams_own_words() {
    let mut lab = lab();
    let own = format!(r#"{{"AWS":"{A}"}}"#);
    lab.role(A, "R", &trust(&own));
    for (document, message) in [
        ("{".to_owned(), "This policy contains invalid Json"),
        (trust(r#""*""#), r#"AssumeRolepolicy contained an invalid principal: "STAR":"*""#),
        (trust_when(&own, "s3:GetObject", ""), "AssumeRole policy may only specify STS AssumeRole actions."),
        (trust_when(&own, "sts:AssumeRole", r#","Resource":"*""#), "Has prohibited field Resource"),
    ] {
        let error = lab.a_err(write(&document));
        assert_eq!((error.code, error.message.as_str()), ("MalformedPolicyDocument", message), "{document}");
    }
}

#[test]
fn account_ids_are_shown_as_root_arns_and_living_ids_as_arns() {
    let mut lab = lab();
    let Response::User(alice) = lab.a(create_user("alice")) else { panic!() };
    lab.role(A, "R", &trust(&format!(r#"{{"AWS":["{B}","{}"]}}"#, alice.user_id)));
    let shown = lab.trust_of("R");
    assert!(shown.contains("arn:aws:iam::222222222222:root"), "{shown}");
    assert!(shown.contains("arn:aws:iam::111111111111:user/alice"), "{shown}");
    let untouched = trust(r#"{ "AWS" : "arn:aws:iam::111111111111:user/alice" }"#);
    lab.a(write(&untouched));
    assert_eq!(lab.trust_of("R"), untouched);
}

#[test]
fn a_re_created_principal_is_not_the_old_one_rows_54_to_58() {
    let mut lab = lab();
    let by_role = r#"{"AWS":"arn:aws:iam::111111111111:role/Dev"}"#;
    let account = trust(&format!(r#"{{"AWS":"{A}"}}"#));
    let conditional = trust_when(
        &format!(r#"{{"AWS":"{A}"}}"#),
        "sts:AssumeRole",
        r#","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/Dev"}}"#,
    );
    lab.role(A, "Dev", &account);
    lab.role(A, "R", &trust(by_role));
    lab.role(A, "ByCondition", &conditional);
    let admin = lab.admin("admin").credentials();
    let dev = |lab: &mut super::Lab| lab.assume(&admin, assume(A, "Dev")).unwrap();
    let before = dev(&mut lab);
    lab.assume(&before.credentials.credentials(), assume(A, "R")).unwrap();

    lab.a(Request::DeleteRole { role_name: "Dev".into() });
    let dead = before.assumed_role_id.split(':').next().unwrap().to_owned();
    let shown = lab.trust_of("R");
    assert!(shown.contains(&dead) && !shown.contains("role/Dev"), "{shown}");
    let error = lab.a_err(write(&shown));
    assert_eq!(error.message, format!(r#"Invalid principal in policy: "AWS":"{dead}""#));
    // The session died with its role, and does not revive.
    let me = Request::GetCallerIdentity {};
    let old = before.credentials.credentials();
    assert_eq!(lab.cloud.call(&old, me.clone()).unwrap_err().code, "InvalidClientTokenId");

    lab.role(A, "Dev", &account);
    assert_eq!(lab.cloud.call(&old, me).unwrap_err().code, "InvalidClientTokenId");
    let after = dev(&mut lab).credentials.credentials();
    assert_eq!(lab.assume(&after, assume(A, "R")).unwrap_err().code, "AccessDenied");
    // A condition is never turned into ids.
    lab.a(Request::PutRolePolicy {
        role_name: "Dev".into(),
        policy_name: "p".into(),
        policy_document: allow("sts:AssumeRole", "*"),
    });
    lab.assume(&after, assume(A, "ByCondition")).unwrap();
    assert_eq!(lab.assume(&after, assume(A, "R")).unwrap_err().code, "AccessDenied");
    // Written anew, the ARN means the new role.
    lab.a(write(&trust(by_role)));
    lab.assume(&after, assume(A, "R")).unwrap();
}

#[test]
fn a_deleted_user_leaves_its_id_in_other_accounts_too() {
    let mut lab = lab();
    let Response::User(alice) = lab.a(create_user("alice")) else { panic!() };
    lab.role(B, "R", &trust(r#"{"AWS":"arn:aws:iam::111111111111:user/alice"}"#));
    lab.a(Request::DeleteUser { user_name: "alice".into() });
    let key = lab.admin("alice");
    let Response::Role(role) = lab.b(Request::GetRole { role_name: "R".into() }) else { panic!() };
    assert!(role.assume_role_policy_document.contains(&alice.user_id));
    assert_eq!(lab.assume(&key.credentials(), assume(B, "R")).unwrap_err().code, "AccessDenied");
    lab.b(write(&trust(&format!(r#"{{"AWS":"{A}"}}"#))));
    lab.assume(&key.credentials(), assume(B, "R")).unwrap();
}

#[test]
fn a_role_may_not_trust_itself_before_it_exists() {
    let mut lab = lab();
    let own = trust(r#"{"AWS":"arn:aws:iam::111111111111:role/R"}"#);
    assert_eq!(lab.a_err(create_role("R", &own)).code, "MalformedPolicyDocument");
    lab.role(A, "R", &trust(&format!(r#"{{"AWS":"{A}"}}"#)));
    lab.a(write(&own));
}

#[test]
fn narrowing_trust_ends_no_session_row_59() {
    let mut lab = lab();
    let admin = lab.admin("admin").credentials();
    lab.role(A, "R", &trust(&format!(r#"{{"AWS":"{A}"}}"#)));
    let session = lab.assume(&admin, assume(A, "R")).unwrap().credentials.credentials();
    lab.a(write(&trust(r#"{"Service":"ec2.amazonaws.com"}"#)));
    lab.cloud.call(&session, Request::GetCallerIdentity {}).unwrap();
    assert_eq!(lab.assume(&admin, assume(A, "R")).unwrap_err().code, "AccessDenied");
}
