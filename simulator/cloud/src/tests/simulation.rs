//! `SimulatePrincipalPolicy`: what the policies of a user or role say of what nobody does.

use super::{A, ADMIN, ALL, Lab, allow, create_role, create_user, lab, trust};
use crate::api::{ContextEntry, Evaluation, Page, Paging, Response};
use crate::{AwsError, Request};

const ROLE: &str = "arn:aws:iam::111111111111:role/R";

fn entry(name: &str, kind: &str, values: &[&str]) -> ContextEntry {
    let values = values.iter().map(|&value| value.to_owned()).collect();
    ContextEntry { name: name.to_owned(), values, kind: kind.to_owned() }
}

fn simulate(source: &str, actions: &[&str], resources: &[&str], context: Vec<ContextEntry>) -> Request {
    let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
    Request::SimulatePrincipalPolicy {
        policy_source_arn: source.to_owned(),
        action_names: texts(actions),
        resource_arns: texts(resources),
        context_entries: context,
        paging: Paging::default(),
    }
}

fn page(response: Response) -> Page<Evaluation> {
    match response {
        Response::Simulation(page) => page,
        other => panic!("{other:?}"),
    }
}

/// Role R with this inline policy.
fn with_role(document: &str) -> Lab {
    let mut lab = lab();
    lab.a(create_role("R", &trust(&format!(r#"{{"AWS":"{A}"}}"#))));
    lab.a(Request::PutRolePolicy {
        role_name: "R".into(),
        policy_name: "p".into(),
        policy_document: document.to_owned(),
    });
    lab
}

/// What one action on one resource comes to, and the keys that were missing.
fn one(
    lab: &mut Lab,
    action: &str,
    resource: &str,
    context: Vec<ContextEntry>,
) -> (&'static str, Vec<String>) {
    let Page { items, marker } = page(lab.a(simulate(ROLE, &[action], &[resource], context)));
    assert_eq!((items.len(), marker), (1, None));
    let [specific] = items[0].resources.as_slice() else { panic!("{items:?}") };
    assert_eq!((specific.resource.as_str(), items[0].action.as_str()), (resource, action));
    assert_eq!(
        (items[0].decision, &items[0].missing_context_values),
        (specific.decision, &specific.missing_context_values)
    );
    (specific.decision, specific.missing_context_values.clone())
}

#[test]
fn each_action_is_decided_on_each_resource_and_the_worst_stands_above() {
    let mut lab = with_role(
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::111111111111:user/*"},
            {"Effect":"Deny","Action":"iam:DeleteUser","Resource":"arn:aws:iam::111111111111:user/root"}]}"#,
    );
    let users = ["arn:aws:iam::111111111111:user/ana", "arn:aws:iam::111111111111:user/root", ROLE];
    let Page { items, .. } = page(lab.a(simulate(ROLE, &["iam:GetUser", "iam:DeleteUser"], &users, vec![])));
    let told: Vec<(&str, &str, Vec<&str>)> = items
        .iter()
        .map(|item| {
            let specific = item.resources.iter().map(|one| one.decision).collect();
            (item.action.as_str(), item.decision, specific)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("iam:GetUser", "implicitDeny", vec!["allowed", "allowed", "implicitDeny"]),
            ("iam:DeleteUser", "explicitDeny", vec!["allowed", "explicitDeny", "implicitDeny"]),
        ]
    );
    // Without a resource it is any: what is allowed on some is not allowed on that.
    let Page { items, .. } = page(lab.a(simulate(ROLE, &["iam:GetUser"], &[], vec![])));
    assert_eq!((items[0].decision, items[0].resources.len()), ("implicitDeny", 0));
}

#[test]
fn keys_that_are_asked_for_and_not_given_are_absent_and_named() {
    let mut lab = with_role(
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"iam:TagUser","Resource":"*","Condition":{
                "StringLike":{"aws:ResourceTag/owner":"acme/*"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}},
            {"Effect":"Allow","Action":"iam:GetUser","Resource":"*"},
            {"Effect":"Deny","Action":"iam:GetUser","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}"#,
    );
    let user = "arn:aws:iam::111111111111:user/ana";
    let owner = || entry("aws:ResourceTag/owner", "string", &["acme/x"]);
    let keys = |keys: &[&str]| entry("AWS:TagKeys", "stringList", keys);
    for (action, context, expected, missing) in [
        ("iam:TagUser", vec![owner(), keys(&["team"])], "allowed", vec![]),
        ("iam:TagUser", vec![owner(), keys(&["team", "cost"])], "implicitDeny", vec![]),
        ("iam:TagUser", vec![keys(&["team"])], "implicitDeny", vec!["aws:ResourceTag/owner"]),
        ("iam:GetUser", vec![], "explicitDeny", vec!["aws:SourceIp"]),
        ("iam:GetUser", vec![entry("aws:SourceIp", "ip", &["10.1.2.3"])], "allowed", vec![]),
        ("iam:GetUser", vec![entry("aws:SourceIp", "ip", &["11.1.2.3"])], "explicitDeny", vec![]),
        ("iam:DeleteUser", vec![], "implicitDeny", vec![]),
    ] {
        let told = one(&mut lab, action, user, context.clone());
        assert_eq!(
            told,
            (expected, missing.iter().map(ToString::to_string).collect()),
            "{action} {context:?}"
        );
    }
}

#[test]
fn a_boundary_takes_part_and_says_so() {
    let mut lab = with_role(ALL);
    let user = "arn:aws:iam::111111111111:user/ana";
    let boundary = |lab: &mut Lab, action: &str| {
        page(lab.a(simulate(ROLE, &[action], &[user], vec![]))).items[0].allowed_by_boundary
    };
    assert_eq!(boundary(&mut lab, "iam:GetUser"), None);
    lab.a(Request::CreatePolicy {
        policy_name: "fence".into(),
        path: None,
        policy_document: allow("iam:GetUser", "*"),
        description: None,
        tags: Vec::new(),
    });
    lab.a(Request::PutRolePermissionsBoundary {
        role_name: "R".into(),
        permissions_boundary: format!("arn:aws:iam::{A}:policy/fence"),
    });
    assert_eq!(boundary(&mut lab, "iam:GetUser"), Some(true));
    assert_eq!(boundary(&mut lab, "iam:DeleteUser"), Some(false));
    assert_eq!(one(&mut lab, "iam:DeleteUser", user, vec![]).0, "implicitDeny");
}

#[test]
fn users_are_simulated_with_their_groups() {
    let mut lab = lab();
    lab.a(create_user("ana"));
    let source = format!("arn:aws:iam::{A}:user/ana");
    let decision =
        |lab: &mut Lab| page(lab.a(simulate(&source, &["s3:GetObject"], &[], vec![]))).items[0].decision;
    assert_eq!(decision(&mut lab), "implicitDeny");
    lab.a(Request::CreateGroup { group_name: "g".into(), path: None });
    lab.a(Request::AddUserToGroup { group_name: "g".into(), user_name: "ana".into() });
    lab.a(Request::AttachGroupPolicy { group_name: "g".into(), policy_arn: ADMIN.into() });
    assert_eq!(decision(&mut lab), "allowed");
}

#[test]
fn results_come_in_pages_in_the_order_of_the_actions() {
    let mut lab = with_role(ALL);
    let actions = ["iam:TagUser", "iam:GetUser", "iam:GetRole"];
    let (mut marker, mut seen) = (None, Vec::new());
    loop {
        let Request::SimulatePrincipalPolicy {
            policy_source_arn,
            action_names,
            resource_arns,
            context_entries,
            ..
        } = simulate(ROLE, &actions, &[], vec![])
        else {
            unreachable!()
        };
        let paging = Paging { marker, max_items: Some(2) };
        let request = Request::SimulatePrincipalPolicy {
            policy_source_arn,
            action_names,
            resource_arns,
            context_entries,
            paging,
        };
        let page = page(lab.a(request));
        seen.extend(page.items.into_iter().map(|item| item.action));
        match page.marker {
            Some(next) => marker = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, actions);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut lab = with_role(ALL);
    let refused = |lab: &mut Lab, request: Request| -> AwsError { lab.a_err(request) };
    for (source, code) in [
        ("arn:aws:iam::111111111111:role/gone", "NoSuchEntity"),
        ("arn:aws:iam::111111111111:role/path/R", "NoSuchEntity"),
        ("arn:aws:iam::222222222222:role/R", "NoSuchEntity"),
        ("arn:aws:iam::111111111111:user/gone", "NoSuchEntity"),
        ("arn:aws:iam::111111111111:group/g", "InvalidInput"),
        ("arn:aws:sts::111111111111:assumed-role/R/s", "InvalidInput"),
        ("R", "InvalidInput"),
    ] {
        assert_eq!(refused(&mut lab, simulate(source, &["iam:GetUser"], &[], vec![])).code, code, "{source}");
    }
    for action in ["GetUser", ":GetUser", "iam:"] {
        assert_eq!(
            refused(&mut lab, simulate(ROLE, &[action], &[], vec![])).code,
            "InvalidInput",
            "{action}"
        );
    }
    assert_eq!(refused(&mut lab, simulate(ROLE, &[], &[], vec![])).code, "ValidationError");
    for wrong in [
        entry("", "string", &["x"]),
        entry("aws:SourceIp", "address", &["x"]),
        entry("aws:TagKeys", "stringList", &[]),
    ] {
        let request = simulate(ROLE, &["iam:GetUser"], &[], vec![wrong]);
        assert_eq!(refused(&mut lab, request).code, "InvalidInput");
    }
}
