//! Asks who can reach a role of a small world in YAML, and prints the answer as lines.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops where its input is not as expected"
)]
#![expect(unreachable_pub, reason = "a module of several test programs")]

use crate::world::World;
use rolegate_engine::{Answer, Certainty, SearchOptions, who_can};

pub const BASE: &str = r#"
accounts:
  - {id: "111111111111", partition: aws}
  - {id: "222222222222", partition: aws}
"#;

pub fn read(world: &str) -> World {
    World::read(&serde_saphyr::from_str(&format!("{BASE}{world}")).expect("a world in YAML"))
}

pub fn ask(world: &str, target: &str, options: &SearchOptions) -> Answer {
    who_can(&read(world).index(), &target.parse().expect("a role ARN"), options)
}

pub fn short(name: &impl ToString) -> String {
    let name = name.to_string();
    match name.strip_prefix("arn:aws:iam::") {
        Some(rest) => rest.chars().next().into_iter().chain(rest.chars().skip(12)).collect(),
        None => name,
    }
}

/// `certain: 1:user/alice -[MFA]-> 2:role/R`
pub fn lines(answer: &Answer) -> Vec<String> {
    answer
        .paths
        .iter()
        .map(|path| {
            let mut line = match path.certainty {
                Certainty::Certain => "certain: ".to_owned(),
                Certainty::Possible(_) => "possible: ".to_owned(),
            };
            line += &short(&path.hops[0].from);
            for hop in &path.hops {
                for part in [" -[", &hop.requirements.to_string(), "]-> ", &short(&hop.to)] {
                    line += part;
                }
            }
            line
        })
        .collect()
}

pub fn check(world: &str, expected: &[&str]) {
    let answer = ask(world, "arn:aws:iam::222222222222:role/R", &SearchOptions::default());
    assert_eq!(lines(&answer), expected, "{answer:#?}");
}

/// A user who may assume anything, by name.
pub fn user(name: &str) -> String {
    format!(
        r#"  - arn: "arn:aws:iam::111111111111:user/{name}"
    id: "AIDA{name}0000000000000"
    inline_policies: [{{name: p, document: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: "sts:AssumeRole", Resource: "*"}}]}}}}]
"#
    )
}

pub fn role(name: &str, account: u64, trust: &str) -> String {
    format!(
        r#"  - arn: "arn:aws:iam::{account}:role/{name}"
    id: "AROA{name}000000000000000"
    max_session_duration: 3600
    trust_policy: {{Version: "2012-10-17", Statement: [{trust}]}}
    inline_policies: [{{name: p, document: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: "sts:AssumeRole", Resource: "*"}}]}}}}]
"#
    )
}

pub fn trusting(account: u64, condition: &str) -> String {
    let principal = format!("arn:aws:iam::{account}:root");
    format!(
        r#"{{Effect: Allow, Principal: {{AWS: "{principal}"}}, Action: "sts:AssumeRole", Condition: {{{condition}}}}}"#
    )
}

pub fn world(users: &[&str], roles: &[String]) -> String {
    let users: String = users.iter().map(|name| user(name)).collect();
    format!("users:\n{users}roles:\n{}", roles.concat())
}

pub const A: u64 = 111_111_111_111;
pub const B: u64 = 222_222_222_222;

pub fn one_hop(condition: &str) -> String {
    world(&["alice"], &[role("R", B, &trusting(A, condition))])
}
