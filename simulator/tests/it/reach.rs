//! `reach`: everything that somebody ends up being able to enter; the other face of `who-can`.

use crate::world::{acme, question, world};
use rolegate::command::who_can::{Reach, Scope, who_can};
use rolegate::command::{Output, Question, reach};
use rolegate::iam::snapshot::Part;
use rolegate::iam::{Document, Snapshot};
use rolegate::{Answer, Code};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const BUDGET: usize = 1_000_000;

fn text(question: &Question, subject: &str) -> Answer {
    reach::reach(question, subject, BUDGET, Output::Text)
}

fn report(question: &Question, subject: &str) -> (Code, Value) {
    let answer = reach::reach(question, subject, BUDGET, Output::Json);
    assert_ne!(answer.code, Code::Bad, "{subject}: {}", answer.talk);
    (answer.code, serde_json::from_str(&answer.out).unwrap())
}

fn strings(list: &Value, field: &str) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
}

fn reached(question: &Question, subject: &str) -> BTreeSet<String> {
    strings(&report(question, subject).1["reached"], "role")
}

/// For every account, by role, from whom paths begin.
fn who_can_enter(question: &Question, accounts: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for account in accounts {
        let answer = who_can(question, account, Scope::from(Reach::Chains), Output::Json);
        let report: Value = serde_json::from_str(&answer.out).unwrap();
        for role in report["roles"].as_array().unwrap() {
            all.insert(role["role"].as_str().unwrap().to_owned(), strings(&role["paths"], "from"));
        }
    }
    all
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Changes one account of the example's.
fn changed(account: &str, change: impl Fn(&mut rolegate::iam::Account)) -> Snapshot {
    let mut world = world();
    let account = world.accounts.values_mut().find(|one| one.name.as_deref() == Some(account));
    change(account.unwrap());
    world
}

/// Lets principals into a role of production besides.
fn letting_in(principal: &str) -> Snapshot {
    changed("production", |production| {
        let role = production.roles.values_mut().find(|role| role.name.as_str() == "LegacyAdmin");
        role.unwrap().trust = Document::parse(&format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}},
            "Action": "sts:AssumeRole"}}}}"#
        ));
    })
}

/// The law: a role is in `reach` of somebody exactly when somebody is in `who-can` of the role.
fn agrees(question: &Question) {
    let (_, all) = report(question, "anyone");
    let accounts: BTreeSet<String> = all["accounts"].as_object().unwrap().keys().cloned().collect();
    let by_role = who_can_enter(question, &accounts);
    assert_eq!(all["lookedAt"]["roles"].as_u64(), Some(by_role.len() as u64));
    let mut subjects: BTreeSet<&str> = by_role.values().flatten().map(String::as_str).collect();
    subjects.extend(by_role.keys().map(String::as_str));
    // Those who reach nothing, too.
    let presupposed = ["ana", "eric", "kim"].map(|name| format!("arn:aws:iam::111111111111:user/{name}"));
    subjects.extend(presupposed.iter().map(String::as_str));
    for from in subjects {
        let subject = match from.strip_prefix("the service ") {
            Some(service) => service,
            None if from.starts_with("arn:") => from,
            // Not one principal, but all of an account.
            None => continue,
        };
        let expected: BTreeSet<String> =
            by_role.iter().filter(|(_, who)| who.contains(from)).map(|(role, _)| role.clone()).collect();
        assert_eq!(reached(question, subject), expected, "{subject}");
    }
    assert!(
        by_role.values().filter(|who| !who.is_empty()).count() > 2,
        "nobody reaches anything: {by_role:#?}"
    );
}

#[test]
fn a_role_is_reached_exactly_by_those_who_can_enter_it_as_declared() {
    agrees(&question(acme(), None));
}

#[test]
fn a_role_is_reached_exactly_by_those_who_can_enter_it_as_seen() {
    agrees(&question(Vec::new(), Some(world())));
}

#[test]
fn a_role_is_reached_exactly_by_those_who_can_enter_it_as_it_will_be() {
    agrees(&question(acme(), Some(world())));
}

#[test]
fn chains_are_followed_and_every_call_says_what_it_asks() {
    let seen = text(&question(Vec::new(), Some(world())), "olga");
    assert_eq!(seen.code, Code::Yes, "{}", seen.out);
    let words = flat(&seen.out);
    let expected = "role LegacyAdmin of production (444444444444): in 2 calls: 1. enters role jenkins of development \
                    (222222222222), with nothing more 2. enters role LegacyAdmin of production (444444444444), with \
                    nothing more by statement 1 (policy deploy-everywhere)";
    assert!(words.contains(expected), "{words}");
    assert!(words.contains("2 of 8 roles in 5 accounts, over chains of any length."), "{words}");
    let declared = flat(&text(&question(acme(), None), "eric").out);
    let expected = "role SiteReliability of production (444444444444): in one call, with session name = own user name, \
                    MFA younger than 1h declared by AccountAccess sre/production";
    assert!(declared.contains(expected), "{declared}");
}

#[test]
fn roles_are_in_order_of_their_accounts_names_and_lines_are_short() {
    let both = question(acme(), Some(world()));
    let answer = text(&both, "ana");
    let roles: Vec<&str> = answer.out.lines().filter(|line| line.starts_with("role ")).collect();
    let mut sorted = roles.clone();
    sorted.sort_by_key(|line| line.split_once(" of ").map(|(role, account)| (account, role)));
    assert!(roles.len() > 8 && roles == sorted, "{roles:#?}");
    assert!(answer.out.lines().all(|line| line.chars().count() <= 80), "{}", answer.out);
}

#[test]
fn a_group_reaches_what_every_member_does() {
    let both = question(acme(), Some(world()));
    for name in ["auditors", "AccessGroup/auditors", "auditors@auth", "group/rolegate-demo-auditors@auth"] {
        let (_, report) = report(&both, name);
        let members = &report["subject"]["members"];
        assert_eq!(
            *members,
            Value::from(vec!["arn:aws:iam::111111111111:user/ana", "arn:aws:iam::111111111111:user/ines",]),
            "{name}"
        );
        let each = ["ana", "ines"].map(|member| reached(&both, member));
        let both_do: BTreeSet<String> = each[0].intersection(&each[1]).cloned().collect();
        assert!(both_do.len() < each[0].len(), "ana is in two groups");
        assert_eq!(strings(&report["reached"], "role"), both_do, "{name}");
    }
    let developers = text(&both, "developers");
    assert_eq!(developers.code, Code::Yes, "{}", developers.out);
    // A declared member who is not there is nobody.
    let without = changed("auth", |auth| drop(auth.users.remove(&"michael".parse().unwrap())));
    let fewer = text(&question(acme(), Some(without)), "developers");
    assert!(flat(&fewer.out).contains("user michael is no member of it"), "{}", fewer.out);
    assert!(fewer.out.starts_with("What every one of the 2 members of AccessGroup developers can enter:"));
}

#[test]
fn nothing_is_said_only_where_it_is_certain() {
    let nothing = text(&question(Vec::new(), Some(world())), "anyone");
    assert_eq!(nothing.code, Code::No, "{}", nothing.out);
    assert!(nothing.out.starts_with("Nothing: anyone in any other account"), "{}", nothing.out);
    let open = text(&question(Vec::new(), Some(letting_in("*"))), "anyone");
    assert_eq!(open.code, Code::Yes, "{}", open.out);
    assert!(open.out.contains("role LegacyAdmin of production"), "{}", open.out);
    // The roles of one account are not known: nobody's reach is.
    let hidden = changed("sandbox", |sandbox| {
        sandbox.roles.clear();
        sandbox.collected.roles = Part::NotCollected { why: "list-roles was denied".into() };
    });
    for subject in ["anyone", "olga"] {
        let answer = text(&question(Vec::new(), Some(hidden.clone())), subject);
        assert_eq!(answer.code, Code::Unknown, "{subject}: {}", answer.out);
        assert!(
            answer.out.contains("? the roles of account 555555555555 were not collected"),
            "{}",
            answer.out
        );
    }
    // A declared account is not in the snapshot at all.
    let mut without = world();
    without.accounts.retain(|_, account| account.name.as_deref() != Some("production"));
    let answer = text(&question(acme(), Some(without)), "eric");
    assert_eq!(answer.code, Code::Unknown, "{}", answer.out);
    assert!(answer.out.contains("account 444444444444 is not in the snapshot"), "{}", answer.out);
}

#[test]
fn a_spent_budget_is_part_of_the_answer() {
    let seen = question(Vec::new(), Some(world()));
    for subject in ["olga", "anyone"] {
        let answer = reach::reach(&seen, subject, 1, Output::Text);
        assert_eq!(answer.code, Code::Unknown, "{subject}: {}", answer.out);
        assert!(flat(&answer.out).contains("was stopped by its budget of 1 pair"), "{}", answer.out);
    }
}

#[test]
fn who_cannot_be_seen_is_among_anyone_of_the_account() {
    let scanner = "arn:aws:iam::666666666666:role/Scan";
    let (code, report) = report(&question(acme(), None), scanner);
    assert_eq!(
        strings(&report["reached"], "role"),
        ["arn:aws:iam::444444444444:role/PartnerScanner".to_owned()].into()
    );
    assert_eq!((code, &report["reached"][0]["certain"]), (Code::Unknown, &Value::Bool(false)));
    let stranger = "arn:aws:iam::777777777777:user/stranger";
    let open = question(Vec::new(), Some(letting_in("*")));
    assert_eq!(reached(&open, stranger).len(), 1, "they are anyone");
    assert_eq!(reached(&question(Vec::new(), Some(world())), stranger).len(), 0);
}

#[test]
fn a_session_reaches_what_is_open_to_its_name() {
    let open = letting_in("arn:aws:sts::222222222222:assumed-role/jenkins/nightly");
    let seen = question(Vec::new(), Some(open));
    let session =
        |name: &str| reached(&seen, &format!("arn:aws:sts::222222222222:assumed-role/jenkins/{name}"));
    let admin: BTreeSet<String> = ["arn:aws:iam::444444444444:role/LegacyAdmin".to_owned()].into();
    assert_eq!(session("nightly"), admin);
    assert_eq!(session("daily"), BTreeSet::new());
    assert_eq!(reached(&seen, "jenkins"), admin, "some session of the role does");
}

#[test]
fn nobody_is_offered_somebody() {
    let both = question(acme(), Some(world()));
    for (subject, expected) in [
        ("olgo", "nobody here is called `olgo`; did you mean user/olga@auth"),
        ("devlopers", "or the group AccessGroup/developers?"),
        (
            "group/developes",
            "no group here is called `group/developes`; did you mean AccessGroup/developers?",
        ),
        ("arn:aws:iam::111111111111:user/olgo", "user/olgo does not exist; did you mean user/olga@auth"),
        (
            "arn:aws:iam::222222222222:role/jenkinz",
            "role/jenkinz does not exist; did you mean role/jenkins@development",
        ),
    ] {
        let answer = text(&both, subject);
        assert_eq!(answer.code, Code::Bad, "{subject}: {}", answer.out);
        assert!(answer.talk.contains(expected), "{}", answer.talk);
    }
}
