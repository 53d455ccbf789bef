//! The layers around a request that the case file does not reach: endpoint policies, managed session policies, contexts, tags.

#![expect(clippy::unwrap_used, reason = "a test stops where its input is not as expected")]

mod ask;
mod gates;
mod world;

use ask::{A, B, check, lines, one_hop, read, role, trusting, user};
use rolegate_engine::{
    AssumeRole, Caller, Decision, DenyKind, EndpointPolicy, Environment, Layer, Network, RoleSession,
    SearchOptions, Settings, assume_role, who_can,
};
use rolegate_iam::Document;

const TARGET: &str = "arn:aws:iam::222222222222:role/R";

fn decide(world: &str, caller: &Caller, request: &AssumeRole, network: Network) -> Decision {
    let environment = Environment { network, ..Environment::at("2026-11-24T12:00:00Z".parse().unwrap()) };
    assume_role(&read(world).index(), caller, request, &environment, &Settings::default())
}

fn alice() -> Caller {
    Caller::UserKey { arn: "arn:aws:iam::111111111111:user/alice".parse().unwrap() }
}

fn plain(trust: &str) -> String {
    format!("users:\n{}roles:\n{}", user("alice"), role("R", B, trust))
}

fn through(policy: EndpointPolicy) -> Network {
    Network::VpcEndpoint { endpoint: "vpce-0123456789abcdef0".into(), vpc: None, source_ip: None, policy }
}

fn statement(effect: &str, principal: &str, action: &str) -> EndpointPolicy {
    EndpointPolicy::Document(Document::parse(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "{effect}", {principal} "Action": "{action}", "Resource": "*"}}]}}"#
    )))
}

#[test]
fn the_policy_of_an_endpoint_must_allow_and_may_deny() {
    let world = plain(&trusting(A, ""));
    let request = AssumeRole::new(TARGET, "alice");
    let everybody = r#""Principal": "*","#;
    let asked = |policy| decide(&world, &alice(), &request, through(policy));
    assert!(asked(EndpointPolicy::FullAccess).is_allowed());
    assert!(asked(statement("Allow", everybody, "sts:AssumeRole")).is_allowed());
    let named = r#""Principal": {"AWS": "arn:aws:iam::111111111111:user/alice"},"#;
    assert!(asked(statement("Allow", named, "*")).is_allowed());
    for (policy, kind) in [
        (statement("Allow", everybody, "sts:GetCallerIdentity"), DenyKind::Implicit),
        (
            statement("Allow", r#""Principal": {"AWS": "arn:aws:iam::111111111111:user/bob"},"#, "*"),
            DenyKind::Implicit,
        ),
        (statement("Deny", everybody, "sts:*"), DenyKind::Explicit),
    ] {
        let decision = asked(policy);
        assert!(
            matches!(decision, Decision::Denied { layer: Layer::Endpoint, kind: found, .. } if found == kind),
            "{decision:?}"
        );
    }
    // What AWS makes of these is not documented.
    for policy in [
        EndpointPolicy::NotKnown,
        statement("Allow", r#""Principal": {"AWS": "111111111111"},"#, "*"),
        statement("Allow", "", "*"),
    ] {
        let decision = asked(policy);
        assert!(matches!(decision, Decision::Possible { .. }), "{decision:?}");
    }
}

#[test]
fn a_managed_session_policy_limits_like_an_inline_one() {
    let hub = role("Hub", A, &trusting(A, ""));
    let holder =
        user("alice").replace("inline_policies", "managed_policies: [POLICIES]\n    inline_policies");
    let world = |action: &str| {
        let policy = format!(
            r#"{{arn: "arn:aws:iam::111111111111:policy/narrow", document: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: "{action}", Resource: "*"}}]}}}}"#
        );
        format!(
            "users:\n{}roles:\n{hub}{}",
            holder.replace("POLICIES", &policy),
            role("R", B, &trusting(A, ""))
        )
    };
    let session = |arn: &str| {
        let role = "arn:aws:iam::111111111111:role/Hub".parse().unwrap();
        let plain =
            RoleSession::plain(role, "deploy".parse().unwrap(), "2026-11-24T11:00:00Z".parse().unwrap());
        Caller::RoleSession(Box::new(RoleSession { managed_policies: vec![arn.parse().unwrap()], ..plain }))
    };
    let request = AssumeRole::new(TARGET, "deploy");
    let narrow = session("arn:aws:iam::111111111111:policy/narrow");
    let asked = |world: &str, caller| decide(world, caller, &request, Network::Unknown);
    assert!(asked(&world("sts:AssumeRole"), &narrow).is_allowed());
    let denied = asked(&world("s3:*"), &narrow);
    assert!(matches!(denied, Decision::Denied { layer: Layer::SessionPolicy, .. }), "{denied:?}");
    let unread = asked(&world("s3:*"), &session("arn:aws:iam::aws:policy/ReadOnlyAccess"));
    assert!(matches!(unread, Decision::Possible { .. }), "{unread:?}");
}

#[test]
fn provided_contexts_need_their_own_action() {
    let request = AssumeRole {
        provided_contexts: vec!["arn:aws:iam::aws:contextProvider/IdentityCenter".into()],
        ..AssumeRole::new(TARGET, "alice")
    };
    let only = plain(&trusting(A, ""));
    let denied = decide(&only, &alice(), &request, Network::Unknown);
    assert!(matches!(&denied, Decision::Denied { action, .. } if action == "sts:SetContext"), "{denied:?}");
    let both = only.replace(r#"Action: "sts:AssumeRole""#, r#"Action: ["sts:AssumeRole", "sts:SetContext"]"#);
    assert!(decide(&both, &alice(), &request, Network::Unknown).is_allowed());
    let six = AssumeRole { provided_contexts: vec!["x".into(); 6], ..request };
    assert!(matches!(decide(&both, &alice(), &six, Network::Unknown), Decision::Refused { .. }));
}

#[test]
fn a_tag_has_the_characters_that_the_api_takes() {
    let world = plain(&trusting(A, "")).replace(r#"Action: "sts:AssumeRole""#, r#"Action: "sts:*""#);
    let world = world.replace(
        r#"Action: "sts:*", Condition"#,
        r#"Action: ["sts:AssumeRole", "sts:TagSession"], Condition"#,
    );
    for (value, taken) in
        [("sre", true), ("Équipe 7_.:/=+-@", true), ("a*", false), ("a\tb", false), ("{x}", false)]
    {
        let request =
            AssumeRole { tags: vec![("team".into(), value.into())], ..AssumeRole::new(TARGET, "alice") };
        let decision = decide(&world, &alice(), &request, Network::Unknown);
        assert_eq!(decision.is_allowed(), taken, "{value:?} {decision:?}");
    }
}

/// What the policies of an organization leave of one way in; both accounts are its members.
fn left_by(kind: &str, target: &str, statement: &str) -> Vec<String> {
    let (full, principal) = match kind {
        "scps" => ("", ""),
        _ => (r#"Principal: "*", "#, r#"Principal: "*", "#),
    };
    let world = format!(
        r#"
organizations:
  - id: o-acme123456
    feature_set: ALL
    management_account: "999999999999"
    root: r-ab12
    {kind}:
      - target: "{target}"
        policies:
          - {{name: Full, document: {{Version: "2012-10-17", Statement: [{{Effect: Allow, {full}Action: "*", Resource: "*"}}]}}}}
          - {{name: Own, document: {{Version: "2012-10-17", Statement: [{{Effect: Deny, {principal}{statement}}}]}}}}
accounts:
  - {{id: "111111111111", partition: aws, org: o-acme123456, parent: r-ab12, org_path: o-acme123456/r-ab12/}}
  - {{id: "222222222222", partition: aws, org: o-acme123456, parent: r-ab12, org_path: o-acme123456/r-ab12/}}
{}"#,
        one_hop("")
    );
    let world = world::World::read(&serde_saphyr::from_str(&world).unwrap());
    lines(&who_can(&world.index(), &TARGET.parse().unwrap(), &SearchOptions::default()))
}

#[test]
fn the_search_sees_what_an_organization_leaves() {
    let whole = "certain: 1:user/alice -[nothing more]-> 2:role/R";
    check(&ask::world(&["alice"], &[role("R", B, &trusting(A, ""))]), &[whole]);
    let all = r#"Action: "sts:*", Resource: "*""#;
    for (kind, target, statement, expected) in [
        ("scps", "111111111111", all, None),
        ("scps", "r-ab12", all, None),
        // The role's account does not bind the caller, nor the caller's account the role.
        ("scps", "222222222222", all, Some(whole)),
        ("rcps", "222222222222", all, None),
        ("rcps", "111111111111", all, Some(whole)),
        ("scps", "111111111111", r#"Action: "s3:*", Resource: "*""#, Some(whole)),
        (
            "scps",
            "111111111111",
            r#"Action: "sts:*", Resource: "*", Condition: {NotIpAddress: {"aws:SourceIp": "203.0.113.0/24"}}"#,
            Some("certain: 1:user/alice -[from 203.0.113.0/24]-> 2:role/R"),
        ),
        (
            "rcps",
            "r-ab12",
            r#"Action: "sts:AssumeRole", Resource: "*", Condition: {StringNotEqualsIfExists: {"aws:PrincipalOrgID": "o-acme123456"}}"#,
            Some(whole),
        ),
        (
            "rcps",
            "r-ab12",
            r#"Action: "sts:AssumeRole", Resource: "*", Condition: {BoolIfExists: {"aws:MultiFactorAuthPresent": "false"}}"#,
            Some("certain: 1:user/alice -[MFA]-> 2:role/R"),
        ),
    ] {
        let left = left_by(kind, target, statement);
        assert_eq!(left, Vec::from_iter(expected), "{kind} {target} {statement}");
    }
}
