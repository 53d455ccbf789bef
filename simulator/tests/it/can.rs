//! `can`: one request, with every layer's verdict, the place of the statement that decides, and exit codes.

use crate::world::{acme, examples, question, world};
use rolegate::command::Output;
use rolegate::command::can::{Asked, Endpoint, Mfa, Organizations, can};
use rolegate::engine::{EndpointPolicy, Layer};
use rolegate::iam::Document;
use rolegate::iam::organization::{
    Attached, ControlPolicy, ControlType, FULL_ACCESS, FeatureSet, Node, Organization,
};
use rolegate::{Answer, Code};
use serde_json::Value;

fn asked(subject: &str, target: &str) -> Asked {
    Asked { subject: subject.to_owned(), target: target.to_owned(), ..Asked::default() }
}

fn by_manifests(asked: &Asked) -> Answer {
    can(&question(acme(), None), asked, &[], Output::Text)
}

fn seen(asked: &Asked, output: Output) -> Answer {
    let files = rolegate::load::snapshot_texts(&[examples("world")]);
    can(&question(Vec::new(), Some(world())), asked, &files, output)
}

#[test]
fn mfa_decides_who_enters() {
    let with = Asked { mfa: Mfa::Now, ..asked("cobus", "production/Developer") };
    let yes = by_manifests(&with);
    assert_eq!(yes.code, Code::Yes, "{}", yes.out);
    assert!(yes.out.ends_with("Yes: AWS allows it.\n"), "{}", yes.out);
    let no = by_manifests(&asked("cobus", "production/Developer"));
    assert_eq!(no.code, Code::No, "{}", no.out);
    assert!(no.out.contains("No: nothing in the trust policy allows sts:AssumeRole."), "{}", no.out);
    let other = Asked { session_name: Some("eric".to_owned()), ..with };
    assert_eq!(by_manifests(&other).code, Code::No);
}

#[test]
fn what_was_not_collected_is_no_yes_and_no_no() {
    let direct = asked("olga@auth", "production/LegacyAdmin");
    assert_eq!(seen(&direct, Output::Text).code, Code::No, "no organization gives access");
    let chain = Asked { via: vec!["development/jenkins".to_owned()], ..direct };
    let open = seen(&chain, Output::Text);
    assert_eq!(open.code, Code::Unknown, "{}", open.out);
    assert!(open.out.contains("Cannot tell; rather yes. What is missing:"), "{}", open.out);
    assert!(open.out.contains("its organization is not in the snapshot"), "{}", open.out.replace('\n', " "));
    let assumed = Asked { organizations: Organizations::BindNothing, ..chain };
    assert_eq!(seen(&assumed, Output::Text).code, Code::Yes);
}

/// The statement that decides, with the file and the position of it there.
#[test]
fn a_statement_is_shown_where_it_stands() {
    let chain = Asked {
        organizations: Organizations::BindNothing,
        ..asked("role/jenkins@development", "production/LegacyAdmin")
    };
    let answer = seen(&chain, Output::Json);
    let report: Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!((&report["kind"], &report["answer"]), (&"CanReport".into(), &"yes".into()), "{report:#}");
    let layers = report["hops"][0]["actions"][0]["layers"].as_array().unwrap();
    let names: Vec<&str> = layers.iter().map(|layer| layer["layer"].as_str().unwrap()).collect();
    let all = [
        Layer::Trust,
        Layer::Identity,
        Layer::Boundary,
        Layer::SessionPolicy,
        Layer::Scp,
        Layer::Rcp,
        Layer::Endpoint,
    ];
    assert_eq!(names, all.map(|layer| layer.to_string()));
    for layer in &layers[..2] {
        assert_eq!(layer["says"], "allows", "{layer:#}");
        let by = &layer["by"];
        let text = std::fs::read_to_string(by["file"].as_str().unwrap()).unwrap();
        let number = |name: &str| usize::try_from(by[name].as_u64().unwrap()).unwrap();
        let line = text.lines().nth(number("line") - 1).unwrap();
        assert_eq!(line.chars().nth(number("column") - 1), Some('{'), "{by}: {line}");
    }
}

/// What manifests compile to is shown with the objects that declare it, on both sides.
#[test]
fn a_declared_statement_is_shown_with_its_object() {
    let with = Asked { mfa: Mfa::Now, ..asked("cobus", "production/Developer") };
    let answer = can(&question(acme(), None), &with, &[], Output::Json);
    let report: Value = serde_json::from_str(&answer.out).unwrap();
    let layers = report["hops"][0]["actions"][0]["layers"].as_array().unwrap();
    for layer in &layers[..2] {
        let [by] = layer["declaredBy"].as_array().unwrap().as_slice() else {
            panic!("one object: {layer:#}")
        };
        assert_eq!(by["object"], "AccountAccess developers/production");
        let text = std::fs::read_to_string(by["file"].as_str().unwrap()).unwrap();
        let number = |name: &str| usize::try_from(by[name].as_u64().unwrap()).unwrap();
        let (line, column) = (number("line") - 1, number("column") - 1);
        let below: Vec<&str> = text.lines().skip(line).take(6).collect();
        assert_eq!(column, 0);
        assert!(
            below.contains(&"kind: AccountAccess") && below.contains(&"  name: production"),
            "{below:#?}"
        );
    }
    let text = by_manifests(&with).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("declared by AccountAccess developers/production, "), "{text}");
}

#[test]
fn a_policy_of_the_organization_is_named_with_its_level() {
    let mut world = world();
    let management = "999999999999".parse().unwrap();
    let mut organization = Organization::unread("o-acme123456", management, FeatureSet::All);
    let root: Node = "r-ab12".parse().unwrap();
    organization.enabled = [(ControlType::Scp, true), (ControlType::Rcp, false)].into();
    organization.add_policy(ControlPolicy::of_aws(FULL_ACCESS).unwrap()).unwrap();
    let deny = r#"{"Version": "2012-10-17", "Statement": {"Sid": "NoHops", "Effect": "Deny", "Action": "sts:*", "Resource": "*"}}"#;
    let document = Some(Document::parse(deny));
    let policy =
        ControlPolicy { id: "p-nohops01".into(), name: "no-hops".into(), kind: ControlType::Scp, document };
    organization.add_policy(policy).unwrap();
    for account in world.accounts.keys() {
        organization.members.entry(*account).or_default().parent = Some(root.clone());
        let attached = Attached { policies: [FULL_ACCESS.into()].into(), truncated: false };
        organization.attach(Node::Account(*account), ControlType::Scp, attached).unwrap();
    }
    let both = Attached { policies: [FULL_ACCESS.into(), "p-nohops01".into()].into(), truncated: false };
    organization.attach(root, ControlType::Scp, both).unwrap();
    world.add_organization(organization).unwrap();
    let question = question(Vec::new(), Some(world));
    let answer = can(&question, &asked("jenkins", "production/LegacyAdmin"), &[], Output::Text);
    assert_eq!(answer.code, Code::No, "{}", answer.out);
    let flat = answer.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = "No: the service control policy denies sts:AssumeRole (service control policy no-hops on root r-ab12 of \
               o-acme123456, statement NoHops (line 1)).";
    assert!(flat.contains(why), "{flat}");
    assert!(flat.contains("this type of policy is not enabled in the organization"), "{flat}");
    assert!(
        flat.contains("service control policy allows service control policy FullAWSAccess on account"),
        "{flat}"
    );
}

#[test]
fn who_and_what_must_be_clear() {
    for (subject, target, expected) in [
        ("olgo", "production/LegacyAdmin", "nobody here is called `olgo`; did you mean user/olga@auth?"),
        ("olga", "production", "one role is asked about, and `production` is"),
        ("rolegate-controller", "production/LegacyAdmin", "may be any of"),
        ("arn:aws:s3:::bucket", "production/LegacyAdmin", "is no ARN of a user, a role"),
        ("olga", "production/LegacyAdmn", "did you mean production/LegacyAdmin?"),
    ] {
        let answer = seen(&asked(subject, target), Output::Text);
        assert_eq!(answer.code, Code::Bad, "{subject} {target}: {}", answer.out);
        assert!(answer.talk.contains(expected), "{}", answer.talk);
    }
    for subject in ["user/olga@auth", "olga@111111111111", "auth/olga", "arn:aws:iam::111111111111:user/olga"]
    {
        assert_eq!(seen(&asked(subject, "production/LegacyAdmin"), Output::Text).code, Code::No, "{subject}");
    }
    let root = seen(&asked("arn:aws:iam::111111111111:root", "production/LegacyAdmin"), Output::Text);
    assert!(root.code == Code::No && root.out.contains("roles may not be"), "{}", root.out);
}

#[test]
fn a_session_of_a_role_that_cannot_be_seen_is_not_guessed_at() {
    let session = "arn:aws:sts::999999999999:assumed-role/Hidden/s1";
    let answer = seen(&asked(session, "production/LegacyAdmin"), Output::Text);
    assert_eq!(answer.code, Code::Bad, "{}", answer.out);
    let expected = "the path of role Hidden of account 999999999999 is not in the snapshot; name the role by its own ARN";
    assert!(answer.talk.contains(expected), "{}", answer.talk);
    // By its own ARN the role may be anything, so nothing is certain but what the trust policy leaves out.
    let by_arn =
        seen(&asked("arn:aws:iam::999999999999:role/Hidden", "production/LegacyAdmin"), Output::Text);
    assert_eq!(by_arn.code, Code::No, "the trust policy names another: {}", by_arn.out);
}

#[test]
fn a_region_with_opt_in_is_not_taken_for_active() {
    let with = Asked { mfa: Mfa::Now, ..asked("cobus", "production/Developer") };
    let ask = |region: &str| by_manifests(&Asked { region: Some(region.to_owned()), ..with.clone() });
    assert_eq!(ask("eu-west-1").code, Code::Yes);
    let open = ask("af-south-1");
    assert_eq!(open.code, Code::Unknown, "{}", open.out);
    assert!(open.out.contains("whether STS is active in af-south-1 is not known"), "{}", open.out);
    let no = by_manifests(&Asked { mfa: Mfa::Not, region: Some("af-south-1".to_owned()), ..with.clone() });
    assert_eq!(no.code, Code::No, "what is denied is denied everywhere: {}", no.out);
}

#[test]
fn an_endpoint_is_unknown_unless_its_policy_is_said() {
    let with = Asked { mfa: Mfa::Now, ..asked("cobus", "production/Developer") };
    let ask = |policy| {
        let endpoint = Some(Endpoint { id: "vpce-0123456789abcdef0".to_owned(), policy });
        by_manifests(&Asked { endpoint, ..with.clone() }).code
    };
    assert_eq!(ask(EndpointPolicy::NotKnown), Code::Unknown);
    assert_eq!(ask(EndpointPolicy::FullAccess), Code::Yes);
    let nothing = r#"{"Version": "2012-10-17", "Statement": []}"#;
    assert_eq!(ask(EndpointPolicy::Document(Document::parse(nothing))), Code::No);
}

/// Two roles of which the second asks for a tag of the caller: only one that is carried on meets it.
#[test]
fn a_transitive_tag_is_inherited_by_later_calls() {
    let mut world = world();
    let trust = |account: &str, condition: &str| {
        Document::parse(&format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{account}"}},
            "Action": ["sts:AssumeRole", "sts:TagSession"], "Condition": {condition}}}}}"#
        ))
    };
    let account = world
        .accounts
        .values_mut()
        .find(|account| account.roles.keys().any(|name| name.as_str() == "jenkins"));
    let account = account.unwrap();
    let id = account.id.to_string();
    let admin =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}"#;
    let hub = account.roles.values().find(|role| role.name.as_str() == "jenkins").unwrap().clone();
    for (name, condition) in
        [("First", "{}"), ("Second", r#"{"StringEquals": {"aws:PrincipalTag/team": "sre"}}"#)]
    {
        let mut role = hub.clone();
        role.name = name.parse().unwrap();
        role.id = format!("AROA{name}00000000000").into();
        role.trust = trust(&id, condition);
        role.inline = [("all".parse().unwrap(), Document::parse(admin))].into();
        account.roles.insert(role.name.clone(), role);
    }
    let mut caller = hub.clone();
    caller.name = "Caller".parse().unwrap();
    caller.inline = [("all".parse().unwrap(), Document::parse(admin))].into();
    account.roles.insert(caller.name.clone(), caller);
    let question = question(Vec::new(), Some(world));
    let ask = |tags: &[(&str, &str)]| {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let asked = Asked {
            via: vec![format!("arn:aws:iam::{id}:role/First")],
            transitive_tags: tags.iter().map(owned).collect(),
            organizations: Organizations::BindNothing,
            ..asked(&format!("arn:aws:iam::{id}:role/Caller"), &format!("arn:aws:iam::{id}:role/Second"))
        };
        can(&question, &asked, &[], Output::Text)
    };
    let yes = ask(&[("team", "sre")]);
    assert_eq!(yes.code, Code::Yes, "{}", yes.out);
    for other in [vec![], vec![("team", "web")]] {
        let no = ask(&other);
        assert_eq!(no.code, Code::No, "{}", no.out);
    }
}
