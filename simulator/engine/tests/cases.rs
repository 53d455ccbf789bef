//! Every decision of `aws-semantics-cases.yaml` whose layers exist, run from the data as it is. No expectation is changed.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test stops where its input is not as expected"
)]

mod calls;
mod world;

use calls::call;
use rolegate_engine::{Decision, DenyKind, Layer, Settings, Verdict, assume_role};
use serde_json::{Value, json};
use world::World;

/// Cases that are about a layer or call that does not exist yet, by what they need.
const LEFT: [(&str, &[&str]); 2] = [
    ("needs AssumeRoleWithWebIdentity", &["138", "139", "1010", "1011"]),
    ("needs AssumeRoleWithSAML", &["141", "142"]),
];

fn cases() -> Vec<Value> {
    let text = include_str!("data/aws-semantics-cases.yaml");
    let data: Value = serde_saphyr::from_str(text).expect("the case file is YAML");
    ["cases", "further_cases"]
        .into_iter()
        .flat_map(|list| data[list].as_array().expect("a list of cases").clone())
        .collect()
}

fn name(case: &Value) -> String {
    format!("{}{}", case["id"], case["variant"].as_str().unwrap_or(""))
}

#[test]
fn every_case_whose_layers_exist_is_decided_as_expected() {
    let (mut ran, mut wrong) = (0, Vec::new());
    for case in cases() {
        let name = name(&case);
        if LEFT.iter().any(|(_, ids)| ids.contains(&name.as_str())) {
            continue;
        }
        ran += 1;
        let world = World::read(&case["world"]);
        let (caller, request, environment) = call(&case["call"]);
        let settings = Settings::default();
        for decision in [
            assume_role(&world.index(), &caller, &request, &environment, &settings),
            assume_role(&world, &caller, &request, &environment, &settings),
        ] {
            if let Err(fault) = agrees(&case["expect"], &decision, request.session_duration()) {
                wrong.push(format!("{name} ({}): {fault}\n    got {decision:?}", case["title"]));
            }
        }
    }
    let left: usize = LEFT.iter().map(|(_, ids)| ids.len()).sum();
    for (reason, ids) in LEFT {
        eprintln!("left: {} {reason}: {}", ids.len(), ids.join(", "));
    }
    eprintln!("ran {ran}, left {left}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!((ran, left), (165, 6));
}

/// The table of what is left names only cases that are there, and none of a kind that could be run.
#[test]
fn what_is_left_is_in_the_file() {
    let names: Vec<String> = cases().iter().map(name).collect();
    assert_eq!(names.len(), 171);
    for (_, ids) in LEFT {
        for id in ids {
            assert!(names.iter().any(|name| name == id), "{id}");
        }
    }
    // Whatever is left is no AssumeRole call.
    for case in cases() {
        let other = case["call"]["action"] != "sts:AssumeRole";
        let left = LEFT.iter().any(|(_, ids)| ids.contains(&name(&case).as_str()));
        assert_eq!(other, left, "{}", name(&case));
    }
}

/// `Null` asks whether a key is there, one with several values too (§1.7).
#[test]
fn null_sees_a_multivalued_key_that_has_values() {
    for (value, allowed) in [("false", true), ("true", false)] {
        let mut case = cases().into_iter().find(|case| name(case) == "107").unwrap();
        let statement = &mut case["world"]["roles"][0]["trust_policy"]["Statement"][0];
        statement["Action"] = json!(["sts:AssumeRole", "sts:TagSession"]);
        statement["Condition"]["Null"]["aws:TagKeys"] = json!(value);
        case["call"]["parameters"]["Tags"] = json!([{"Key": "team", "Value": "sre"}]);
        let (caller, request, environment) = call(&case["call"]);
        let world = World::read(&case["world"]);
        let decision = assume_role(&world, &caller, &request, &environment, &Settings::default());
        assert_eq!((decision.is_allowed(), decision.is_no()), (allowed, !allowed), "{decision:?}");
    }
}

fn agrees(expect: &Value, decision: &Decision, duration: i64) -> Result<(), String> {
    let right = match (expect["result"].as_str().unwrap(), decision) {
        ("allow", Decision::Allowed { granted_by }) => {
            let mut layers: Vec<&str> = granted_by.iter().map(|by| layer(by.layer)).collect();
            layers.sort_unstable();
            layers.dedup();
            let mut wanted = strings(&expect["granted_by"]);
            wanted.sort_unstable();
            let lasts = expect["session_duration_seconds"].as_i64().is_none_or(|seconds| seconds == duration);
            layers == wanted && lasts
        }
        ("implicit-deny", Decision::Denied { kind: DenyKind::Implicit, layer: at, action, by: None })
        | ("explicit-deny", Decision::Denied { kind: DenyKind::Explicit, layer: at, action, by: Some(_) }) => {
            strings(&expect["layer"]).contains(&layer(*at)) && expect["action"].as_str() == Some(action)
        }
        // The row that allows the gate to answer a denial.
        ("implicit-deny", Decision::Refused { .. }) => strings(&expect["layer"]).contains(&"gate"),
        ("error", Decision::Refused { code, .. }) => {
            let codes = strings(&expect["error"]);
            strings(&expect["layer"]).contains(&"gate")
                && (codes.is_empty() || codes.contains(&code.as_str()))
        }
        ("unknown", Decision::Possible { default, needs }) => {
            let wanted = match expect["default"].as_str() {
                Some("allow") => Verdict::Allow,
                _ => Verdict::Deny,
            };
            let register = expect["register"].as_str().unwrap();
            *default == wanted && needs.iter().any(|need| need.to_string().contains(&format!("({register})")))
        }
        _ => false,
    };
    if right { Ok(()) } else { Err(format!("expected {expect}")) }
}

fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Gate => "gate",
        Layer::Trust => "trust",
        Layer::Identity => "identity",
        Layer::Boundary => "boundary",
        Layer::SessionPolicy => "session-policy",
        Layer::Scp => "scp",
        Layer::Rcp => "rcp",
        Layer::Endpoint => "endpoint",
    }
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().map(|item| item.as_str().unwrap()).collect(),
        _ => Vec::new(),
    }
}
