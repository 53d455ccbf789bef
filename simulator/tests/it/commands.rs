//! `check`, `plan` and `who-can` over the example company.

use crate::world::{acme, question, world};
use rolegate::command::who_can::{Reach, Scope, who_can};
use rolegate::command::{Output, check, plan};
use rolegate::iam::{RoleName, Snapshot};
use rolegate::plan::project::project;
use rolegate::{Answer, Code};
use serde_json::Value;

fn ask(manifests: Vec<(String, String)>, snapshot: Option<Snapshot>, target: &str, reach: Reach) -> Answer {
    who_can(&question(manifests, snapshot), target, reach, Output::Text)
}

/// The block of one role in the answer.
fn block(answer: &Answer, role: &str) -> String {
    let head = format!("role {role} of");
    let (_, rest) = answer.out.split_once(&head).unwrap();
    let block = rest.split("\n\n").next().unwrap_or_default();
    format!("{head}{block}")
}

#[test]
fn the_example_is_sound() {
    let answer = check::check(&question(acme(), None), Output::Text);
    assert_eq!(answer.out, "The manifests are sound: 5 accounts, 7 roles, 3 groups, 8 bindings.\n");
    assert_eq!((answer.code, answer.talk.as_str()), (Code::Yes, ""));
}

#[test]
fn who_can_enter_production_by_the_manifests_alone() {
    let answer = ask(acme(), None, "production", Reach::OneHop);
    assert_eq!(answer.code, Code::Yes, "{}", answer.out);
    assert_eq!(
        block(&answer, "Developer"),
        "role Developer of production (444444444444):\n\
         \x20 users of auth (111111111111): ana, cobus, michael\n\
         \x20   with MFA, session name = own user name\n\
         \x20   declared by AccountAccess developers/production"
    );
    assert!(
        block(&answer, "SiteReliability")
            .contains("eric, sofia\n    with session name = own user name, MFA younger than 1h")
    );
    assert!(block(&answer, "Auditor").contains("ana, ines"));
    assert!(
        block(&answer, "Deploy")
            .contains("sessions of role ci of auth (111111111111)\n    with nothing more")
    );
    let partner = block(&answer, "PartnerScanner");
    assert!(
        partner.contains("in account 666666666666")
            && partner.contains("external id acme-5b1f09c37d2e8a64, from 198.51.100.0/24")
    );
}

#[test]
fn the_forgotten_path_is_found_over_two_hops_and_called_undeclared() {
    let answer = ask(acme(), Some(world()), "production/LegacyAdmin", Reach::Chains);
    let block = block(&answer, "LegacyAdmin");
    let olga = "  users of auth (111111111111): olga\n\
                \x20   1. enters role jenkins of development (222222222222), with nothing more\n\
                \x20   2. enters role LegacyAdmin of production (444444444444), with nothing more\n\
                \x20   DECLARED BY NO MANIFEST";
    assert!(block.contains(olga), "{block}");
    assert!(answer.talk.contains("As it will be after"), "{}", answer.talk);
}

#[test]
fn who_enters_a_machine_is_declared_nowhere_so_nobody_can_tell() {
    for (target, reach) in [("auth/ci", Reach::OneHop), ("production/Deploy", Reach::Chains)] {
        let answer = ask(acme(), None, target, reach);
        assert_eq!(answer.code, Code::Unknown, "{}", answer.out);
        assert!(answer.out.contains("role/ci was not") && !answer.out.contains("no one"), "{}", answer.out);
    }
    assert_eq!(ask(acme(), None, "production/Deploy", Reach::OneHop).code, Code::Yes);
}

#[test]
fn an_account_that_is_missing_makes_the_answer_cannot_tell_and_never_no_one() {
    let mut partial = world();
    partial.accounts.remove(&"111111111111".parse().unwrap());
    let answer = ask(acme(), Some(partial.clone()), "production", Reach::OneHop);
    assert_eq!(answer.code, Code::Unknown);
    assert!(answer.out.contains("account auth was not observed"), "{}", answer.out);
    assert!(!answer.out.contains("no one"), "{}", answer.out);
    let alone = ask(Vec::new(), Some(partial.clone()), "444444444444", Reach::OneHop);
    assert_eq!(alone.code, Code::Unknown);
    assert!(alone.out.contains("account 111111111111"), "{}", alone.out);
    partial.accounts.remove(&"444444444444".parse().unwrap());
    let target =
        ask(Vec::new(), Some(partial.clone()), "arn:aws:iam::444444444444:role/LegacyAdmin", Reach::Chains);
    assert_eq!(target.code, Code::Unknown);
    assert!(
        target.out.contains("nobody that is known")
            && target.out.contains("account 444444444444 is not in the snapshot")
    );
    assert_eq!(plan::plan(&question(acme(), Some(partial)), Output::Text).code, Code::Unknown);
}

#[test]
fn a_role_that_nobody_may_enter_is_told_so_with_certainty() {
    let mut world = world();
    let role: RoleName = "LegacyAdmin".parse().unwrap();
    let production = world.accounts.get_mut(&"444444444444".parse().unwrap()).unwrap();
    production.roles.get_mut(&role).unwrap().trust = rolegate::iam::Document::parse(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#,
    );
    let answer = ask(Vec::new(), Some(world), "production/LegacyAdmin", Reach::OneHop);
    assert_eq!(answer.code, Code::Yes, "{}", answer.out);
    assert!(answer.out.contains("  no one\n"), "{}", answer.out);
}

#[test]
fn an_unknown_target_is_bad_usage_and_near_names_are_offered() {
    let answer = ask(acme(), None, "prodution", Reach::OneHop);
    assert_eq!(answer.code, Code::Bad);
    assert!(
        answer.talk.contains("nothing here is called `prodution`; did you mean production"),
        "{}",
        answer.talk
    );
    let nothing = who_can(&question(Vec::new(), None), "production", Reach::OneHop, Output::Text);
    assert!(
        nothing.code == Code::Bad && nothing.talk.contains("give manifests (-m), a snapshot (-s), or both")
    );
}

#[test]
fn a_plan_says_what_and_why_and_differs_until_it_is_done() {
    let first = question(acme(), Some(world()));
    let answer = plan::plan(&first, Output::Text);
    assert_eq!(answer.code, Code::No);
    assert!(answer.out.contains("  + write trust policy of role SiteReliability [AccountAccess sre/production]\n      lets in group sre: MFA younger than 1h"));
    let outcome = first.declared().unwrap();
    let done = project(&outcome.seen, &outcome.outcome.plan);
    let after = plan::plan(&question(acme(), Some(done)), Output::Text);
    assert_eq!((after.code, after.out.as_str()), (Code::Yes, "Nothing to do\n"));
}

#[test]
fn a_lost_manifest_is_held_and_its_digest_lets_it_go() {
    let first = question(acme(), Some(world())).declared().unwrap();
    let done = project(&first.seen, &first.outcome.plan);
    let fewer: Vec<_> = acme().into_iter().filter(|(name, _)| !name.ends_with("sre.yaml")).collect();
    let mut question = question(fewer, Some(done));
    let held = plan::plan(&question, Output::Json);
    assert_eq!(held.code, Code::No);
    let report: Value = serde_json::from_str(&held.out).unwrap();
    assert_eq!(report["steps"].as_array().unwrap().len(), 0);
    assert_eq!(report["held"]["removals"].as_array().unwrap().len(), 2);
    let digest = report["held"]["digest"].as_str().unwrap().to_owned();
    assert!(held.talk.contains(&format!("--approve-removals {digest}")));
    question.approved = Some("000000000000".to_owned());
    let wrong: Value = serde_json::from_str(&plan::plan(&question, Output::Json).out).unwrap();
    assert_eq!(wrong["steps"].as_array().unwrap().len(), 0);
    question.approved = Some(digest);
    let right: Value = serde_json::from_str(&plan::plan(&question, Output::Json).out).unwrap();
    assert!(
        right["steps"]
            .as_array()
            .unwrap()
            .iter()
            .all(|step| step["cause"] == "approved removal" || step["effect"] == "Neutral")
    );
    assert!(right["held"]["removals"].as_array().unwrap().is_empty());
}

#[test]
fn programs_get_one_object_with_a_version() {
    for (answer, kind) in [
        (check::check(&question(acme(), None), Output::Json), "CheckReport"),
        (plan::plan(&question(acme(), None), Output::Json), "PlanReport"),
        (who_can(&question(acme(), None), "production", Reach::OneHop, Output::Json), "WhoCanReport"),
    ] {
        let report: Value = serde_json::from_str(&answer.out).unwrap();
        assert_eq!(
            (report["apiVersion"].as_str(), report["kind"].as_str()),
            (Some("rolegate.dev/v1alpha1"), Some(kind))
        );
    }
}

/// A search that was cut off is never taken for one that found nobody.
#[test]
fn a_budget_that_is_used_up_is_part_of_the_answer() {
    let question = question(Vec::new(), Some(world()));
    let ask = |budget| {
        let scope = Scope { budget, ..Scope::from(Reach::Chains) };
        who_can(&question, "production/LegacyAdmin", scope, Output::Text)
    };
    let poor = ask(0);
    assert_eq!(poor.code, Code::Unknown, "{}", poor.out);
    let flat = poor.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("nobody that is known") && !flat.contains("no one"), "{flat}");
    assert!(flat.contains("was stopped by its budget of 0 pairs of a principal and a role"), "{flat}");
    assert!(flat.contains("raise it with --budget"), "{flat}");
    let rich = ask(1_000_000);
    assert!(!rich.out.contains("budget") && rich.out.contains("jenkins"), "{}", rich.out);
}
