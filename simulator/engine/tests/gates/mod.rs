//! What AWS refuses whatever the policies say (§2.2, §2.10), and both readings of the open points that only show there (§8).
#![expect(clippy::unwrap_used, reason = "a test stops where its input is not as expected")]

use crate::ask::{self, A, B, lines, role, trusting, user};
use rolegate_engine::settings::{InstanceRoleCap, MfaOfLogin, SourceIdentityLength, TransitiveTagKeys};
use rolegate_engine::{
    Activation, AssumeRole, Caller, Decision, Delivery, Environment, ErrorCode, RoleSession, SearchOptions,
    Settings, UserSessionOrigin, Validity, assume_role, who_can,
};
use rolegate_iam::Document;
use smol_str::SmolStr;

const TARGET: &str = "arn:aws:iam::222222222222:role/R";
const NOON: &str = "2026-11-24T12:00:00Z";

fn noon() -> Environment {
    Environment::at(NOON.parse().unwrap())
}

fn key() -> Caller {
    Caller::UserKey { arn: "arn:aws:iam::111111111111:user/alice".parse().unwrap() }
}

/// Alice and Hub may enter a role that lets sessions last twelve hours.
fn plain(condition: &str) -> String {
    let role = role("R", B, &trusting(A, condition)).replace("3600", "43200");
    let role = role.replace(r#"Action: "sts:AssumeRole", Condition"#, r#"Action: "sts:*", Condition"#);
    let hub = ask::role("Hub", A, &trusting(A, ""));
    let all = format!("users:\n{}roles:\n{hub}{role}", user("alice"));
    all.replace(r#"Action: "sts:AssumeRole", Resource"#, r#"Action: "sts:*", Resource"#)
}

fn decide(world: &str, caller: &Caller, request: &AssumeRole, settings: &Settings) -> Decision {
    assume_role(&ask::read(world).index(), caller, request, &noon(), settings)
}

fn refused(decision: &Decision) -> Option<ErrorCode> {
    match decision {
        Decision::Refused { code, .. } => Some(*code),
        _ => None,
    }
}

fn is_open(decision: &Decision, point: &str) -> bool {
    let Decision::Possible { needs, .. } = decision else { return false };
    needs.iter().any(|need| need.to_string().ends_with(&format!("({point})")))
}

/// §2.2: expired sessions, inactive keys, Regions that are not activated.
#[test]
fn credentials_and_region_must_be_taken() {
    let world = ask::read(&plain(""));
    let index = world.index();
    let request = AssumeRole::new(TARGET, "alice");
    let asked = |environment| assume_role(&index, &key(), &request, &environment, &Settings::default());
    assert!(asked(noon()).is_allowed());
    for (environment, code) in [
        (Environment { validity: Validity::Expired, ..noon() }, ErrorCode::ExpiredToken),
        (Environment { validity: Validity::KeyInactive, ..noon() }, ErrorCode::InvalidClientTokenId),
        (Environment { activation: Activation::Inactive, ..noon() }, ErrorCode::RegionDisabledException),
    ] {
        let decision = asked(environment);
        assert_eq!(refused(&decision), Some(code), "{decision:?}");
    }
    let vague = asked(Environment { activation: Activation::NotKnown, region: "xx-new-1".into(), ..noon() });
    assert!(matches!(vague, Decision::Possible { .. }), "{vague:?}");
    // What the policies deny is denied whatever the Region.
    let other = AssumeRole::new("arn:aws:iam::222222222222:role/None", "alice");
    let vague = Environment { activation: Activation::NotKnown, ..noon() };
    assert!(assume_role(&index, &key(), &other, &vague, &Settings::default()).is_no());
}

fn organized(suspended: &str) -> rolegate_iam::Snapshot {
    let world = ask::read(&plain(""));
    let mut snapshot = world.index().snapshot().clone();
    snapshot.standalone.clear();
    let management = "999999999999".parse().unwrap();
    let features = rolegate_iam::organization::FeatureSet::ConsolidatedBilling;
    let mut organization =
        rolegate_iam::organization::Organization::unread("o-acme123456", management, features);
    for account in snapshot.accounts.keys() {
        let status = if account.as_str() == suspended {
            rolegate_iam::organization::AccountStatus::Suspended
        } else {
            rolegate_iam::organization::AccountStatus::Active
        };
        organization.members.entry(*account).or_default().status = Some(status);
    }
    snapshot.add_organization(organization).unwrap();
    snapshot
}

/// §2.2: nobody enters from or into an account that is suspended or closed; the search says the same.
#[test]
fn a_suspended_account_is_of_no_use() {
    let request = AssumeRole::new(TARGET, "alice");
    let ask = |snapshot: &rolegate_iam::Snapshot| {
        let index = rolegate_engine::Index::new(snapshot);
        let decisions = [
            assume_role(&index, &key(), &request, &noon(), &Settings::default()),
            assume_role(snapshot, &key(), &request, &noon(), &Settings::default()),
        ];
        let answer = who_can(&index, &TARGET.parse().unwrap(), &SearchOptions::default());
        (decisions, lines(&answer))
    };
    let ([one, two], found) = ask(&organized("none"));
    assert!(one.is_allowed() && two.is_allowed() && !found.is_empty(), "{one:?} {two:?} {found:?}");
    for suspended in ["111111111111", "222222222222"] {
        let (decisions, found) = ask(&organized(suspended));
        for decision in decisions {
            assert_eq!(refused(&decision), Some(ErrorCode::AccessDenied), "{suspended} {decision:?}");
        }
        assert_eq!(found, Vec::<String>::new(), "{suspended}");
    }
}

/// §2.10: the form of every parameter.
#[test]
fn parameters_have_their_form() {
    use ErrorCode::{MalformedPolicyDocument, ValidationError};
    let base = || AssumeRole::new(TARGET, "alice");
    let policy = |resource: &str| {
        Some(Document::parse(&format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "s3:*", "Resource": "{resource}"}}]}}"#
        )))
    };
    let arns = |arn: &str, count: usize| vec![SmolStr::from(arn); count];
    let read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    for (request, code) in [
        (AssumeRole { serial_number: Some("short".into()), ..base() }, ValidationError),
        (AssumeRole { serial_number: Some("arn:aws:iam::1:mfa/a b".into()), ..base() }, ValidationError),
        (AssumeRole { token_code: Some("12345".into()), ..base() }, ValidationError),
        (AssumeRole { token_code: Some("12345x".into()), ..base() }, ValidationError),
        (AssumeRole { policy_arns: arns(read_only, 11), ..base() }, ValidationError),
        (AssumeRole { policy_arns: arns("no arn", 1), ..base() }, ValidationError),
        (
            AssumeRole { policy_arns: arns("arn:aws:iam::111111111111:policy/p", 1), ..base() },
            ValidationError,
        ),
        (AssumeRole { policy_arns: arns("arn:aws-cn:iam::aws:policy/p", 1), ..base() }, ValidationError),
        (AssumeRole { policy: policy(&"x".repeat(2048)), ..base() }, ValidationError),
        (AssumeRole { policy: policy("arn:aws:s3"), ..base() }, MalformedPolicyDocument),
        (AssumeRole { session_name: "é".repeat(2).into(), ..base() }, ValidationError),
        (AssumeRole { source_identity: Some("a".repeat(257).into()), ..base() }, ValidationError),
    ] {
        let decision = decide(&plain(""), &key(), &request, &Settings::default());
        assert_eq!(refused(&decision), Some(code), "{request:?} {decision:?}");
    }
    let right = AssumeRole {
        serial_number: Some("arn:aws:iam::111111111111:mfa/alice".into()),
        token_code: Some("123456".into()),
        ..base()
    };
    assert!(decide(&plain(""), &key(), &right, &Settings::default()).is_allowed());
    // How AWS packs policies is not documented: they may be too large.
    for request in [
        AssumeRole { policy: policy("*"), ..base() },
        AssumeRole { policy_arns: arns(read_only, 10), ..base() },
        AssumeRole { policy_arns: arns("arn:aws:iam::222222222222:policy/p", 1), ..base() },
    ] {
        let decision = decide(&plain(""), &key(), &request, &Settings::default());
        let Decision::Possible { needs, .. } = &decision else { panic!("{decision:?}") };
        assert!(needs[0].to_string().contains("the packed size"), "{needs:?}");
    }
}

/// U10: both lengths of a source identity.
#[test]
fn a_source_identity_of_more_than_64_characters_is_open() {
    let of = |length: usize| AssumeRole {
        source_identity: Some("a".repeat(length).into()),
        ..AssumeRole::new(TARGET, "alice")
    };
    let ask = |length, way| {
        let settings = Settings { source_identity_length: way, ..Settings::default() };
        decide(&plain(""), &key(), &of(length), &settings)
    };
    for way in [SourceIdentityLength::UpTo64, SourceIdentityLength::UpTo256, SourceIdentityLength::Report] {
        assert!(ask(64, way).is_allowed(), "{way:?}");
        assert!(ask(257, way).is_no(), "{way:?}");
    }
    assert!(ask(65, SourceIdentityLength::UpTo256).is_allowed());
    assert_eq!(refused(&ask(65, SourceIdentityLength::UpTo64)), Some(ErrorCode::ValidationError));
    assert!(is_open(&ask(65, SourceIdentityLength::Report), "U10"));
}

/// U11: whether a long-term key brings `sts:TransitiveTagKeys`.
#[test]
fn transitive_tag_keys_of_a_long_term_key_are_open() {
    let world = plain(r#""Null": {"sts:TransitiveTagKeys": "false"}"#);
    let request = AssumeRole {
        tags: vec![("team".into(), "sre".into())],
        transitive_tag_keys: vec!["team".into()],
        ..AssumeRole::new(TARGET, "alice")
    };
    let session = Caller::UserSession {
        arn: "arn:aws:iam::111111111111:user/alice".parse().unwrap(),
        issued_at: NOON.parse().unwrap(),
        mfa: None,
        origin: UserSessionOrigin::GetSessionToken,
    };
    let ask = |caller: &Caller, way| {
        let settings = Settings { transitive_tag_keys: way, ..Settings::default() };
        decide(&world, caller, &request, &settings)
    };
    for way in [
        TransitiveTagKeys::RequestParameter,
        TransitiveTagKeys::TemporaryCredentials,
        TransitiveTagKeys::Report,
    ] {
        assert!(ask(&session, way).is_allowed(), "{way:?}");
    }
    assert!(ask(&key(), TransitiveTagKeys::RequestParameter).is_allowed());
    assert!(ask(&key(), TransitiveTagKeys::TemporaryCredentials).is_no());
    assert!(is_open(&ask(&key(), TransitiveTagKeys::Report), "U11"));
}

fn hub(delivery: Delivery) -> Caller {
    let role = "arn:aws:iam::111111111111:role/Hub".parse().unwrap();
    let plain = RoleSession::plain(role, "deploy".parse().unwrap(), NOON.parse().unwrap());
    Caller::RoleSession(Box::new(RoleSession { delivery, ..plain }))
}

/// U24: the limit of one hour and the credentials of an instance.
#[test]
fn the_hour_of_an_instance_is_open() {
    let ask = |delivery, seconds, way| {
        let settings = Settings { instance_role_cap: way, ..Settings::default() };
        let request = AssumeRole { duration_seconds: Some(seconds), ..AssumeRole::new(TARGET, "deploy") };
        decide(&plain(""), &hub(delivery), &request, &settings)
    };
    for way in [InstanceRoleCap::Capped, InstanceRoleCap::RoleMaximum, InstanceRoleCap::Report] {
        assert!(ask(Delivery::Instance, 3600, way).is_allowed(), "{way:?}");
        assert!(ask(Delivery::Instance, 43201, way).is_no(), "{way:?}");
        assert!(ask(Delivery::Assumed, 7200, way).is_no(), "{way:?}");
    }
    assert!(ask(Delivery::Instance, 7200, InstanceRoleCap::Capped).is_no());
    assert!(ask(Delivery::Instance, 7200, InstanceRoleCap::RoleMaximum).is_allowed());
    assert!(is_open(&ask(Delivery::Instance, 7200, InstanceRoleCap::Report), "U24"));
}

/// U27: the MFA of `aws login`, in an Allow, in a Deny and in its age.
#[test]
fn mfa_of_a_login_is_open() {
    let login = |mfa: bool| Caller::UserSession {
        arn: "arn:aws:iam::111111111111:user/alice".parse().unwrap(),
        issued_at: NOON.parse().unwrap(),
        mfa: mfa.then(|| NOON.parse().unwrap()),
        origin: UserSessionOrigin::Login,
    };
    let request = AssumeRole::new(TARGET, "alice");
    let ask = |condition: &str, mfa, way| {
        let settings = Settings { mfa_of_login: way, ..Settings::default() };
        decide(&plain(condition), &login(mfa), &request, &settings)
    };
    let present = r#"Bool: {"aws:MultiFactorAuthPresent": "true"}"#;
    let fresh = r#"NumericLessThan: {"aws:MultiFactorAuthAge": "3600"}"#;
    for condition in [present, fresh] {
        assert!(ask(condition, true, MfaOfLogin::Kept).is_allowed(), "{condition}");
        assert!(ask(condition, false, MfaOfLogin::Kept).is_no(), "{condition}");
        assert!(ask(condition, true, MfaOfLogin::Lost).is_no(), "{condition}");
        for mfa in [true, false] {
            assert!(is_open(&ask(condition, mfa, MfaOfLogin::Report), "U27"), "{condition}");
        }
    }
    let hours = AssumeRole { duration_seconds: Some(7200), ..request.clone() };
    assert!(decide(&plain(""), &login(true), &hours, &Settings::default()).is_no(), "capped at one hour");
}
