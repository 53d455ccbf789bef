//! The committed definitions are what the types say, and are definitions that an API server takes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::Value;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../charts/rolegate/crds")
}

#[test]
fn committed_definitions_equal_the_types() {
    let update = std::env::var_os("UPDATE_CRDS").is_some();
    let mut expected = Vec::new();
    for definition in rolegate_crds::all() {
        let name = format!("{}.yaml", definition.spec.names.plural);
        let text = format!(
            "# Generated from the types in crds/: change those, then run UPDATE_CRDS=1 cargo test -p rolegate-crds\n{}",
            serde_saphyr::to_string(&definition).unwrap()
        );
        if update {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(folder().join(&name), &text).unwrap();
        }
        let committed = std::fs::read_to_string(folder().join(&name)).unwrap_or_default();
        assert_eq!(
            committed, text,
            "{name} is not what the types say: run UPDATE_CRDS=1 cargo test -p rolegate-crds"
        );
        expected.push(name);
    }
    let mut found: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "a file here belongs to no kind");
}

/// Calls `visit` with every schema under a schema and its path.
fn walk(path: &str, schema: &Value, visit: &mut impl FnMut(&str, &Value)) {
    visit(path, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(&format!("{path}.{name}"), property, visit);
    }
    if schema["items"].is_object() {
        walk(&format!("{path}[]"), &schema["items"], visit);
    }
    if schema["additionalProperties"].is_object() {
        walk(&format!("{path}.*"), &schema["additionalProperties"], visit);
    }
}

fn for_every_schema(mut visit: impl FnMut(&str, &Value)) {
    let mut seen = 0;
    for definition in rolegate_crds::all() {
        let definition = serde_json::to_value(&definition).unwrap();
        let kind = definition["spec"]["names"]["kind"].as_str().unwrap();
        let root = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        walk(kind, root, &mut |path, schema| {
            seen += 1;
            visit(path, schema);
        });
    }
    assert!(seen > 100, "the walk visits the schemas: {seen}");
}

#[test]
fn an_api_server_takes_every_schema() {
    for_every_schema(|path, schema| {
        assert!(schema["type"].is_string(), "{path} has no type");
        for word in ["$ref", "oneOf", "anyOf", "allOf", "nullable", "uniqueItems"] {
            assert!(schema[word].is_null(), "{path} has {word}");
        }
        assert!(
            schema["additionalProperties"] != Value::Bool(false),
            "{path} refuses by additionalProperties"
        );
        assert!(
            schema["properties"].is_null() || schema["additionalProperties"].is_null(),
            "{path} has properties and additionalProperties"
        );
        assert!(
            !schema["format"].as_str().is_some_and(|format| format.starts_with("uint")),
            "{path} is unsigned"
        );
    });
}

#[test]
fn every_list_is_bounded_and_says_how_it_merges() {
    for_every_schema(|path, schema| match schema["type"].as_str() {
        Some("array") => {
            assert!(schema["maxItems"].is_number(), "{path} has no maxItems");
            assert!(schema["x-kubernetes-list-type"].is_string(), "{path} has no list type");
        }
        Some("string") => {
            let bounded = schema["maxLength"].is_number() || schema["enum"].is_array();
            let outside = path.ends_with(".*") || !path.contains(".spec");
            assert!(bounded || outside, "{path} has no maxLength");
        }
        _ => {}
    });
}

#[test]
fn what_must_not_change_is_immutable_in_every_kind() {
    let mut immutable = Vec::new();
    for_every_schema(|path, schema| {
        for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
            let message = rule["message"].as_str().unwrap();
            if let Some((field, _)) = message.split_once(" is immutable") {
                assert!(rule["rule"].as_str().unwrap().contains("oldSelf"), "{path}");
                immutable.push(format!("{}.{field}", path.split('.').next().unwrap()));
            }
        }
    });
    immutable.sort();
    assert_eq!(
        immutable,
        [
            "AWSAccount.accountID",
            "AWSAccount.gatewayRef",
            "AWSAccount.partition",
            "AccessGroup.gatewayRef",
            "AccessGroup.groupName",
            "AccessRole.audience",
            "AccessRole.path",
            "AccessRole.roleName",
            "AccountAccess.roleRef",
        ]
    );
}

#[test]
fn names_and_columns_are_as_documented() {
    let summary: Vec<String> = rolegate_crds::all()
        .iter()
        .map(|definition| {
            let definition = serde_json::to_value(definition).unwrap();
            let (names, version) = (&definition["spec"]["names"], &definition["spec"]["versions"][0]);
            let columns: Vec<&str> = version["additionalPrinterColumns"]
                .as_array()
                .unwrap()
                .iter()
                .map(|column| column["name"].as_str().unwrap())
                .collect();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            format!(
                "{} {} {} {} {}: {}",
                text(&definition["spec"]["scope"]),
                text(&names["kind"]),
                text(&names["plural"]),
                text(&names["shortNames"][0]),
                text(&names["categories"][0]),
                columns.join(" ")
            )
        })
        .collect();
    assert_eq!(
        summary,
        [
            "Cluster AWSAccount awsaccounts awsacct rolegate: ID ENV MODE GATEWAY AGE",
            "Cluster AccessRole accessroles arole rolegate: ROLE AUDIENCE TRUST AGE MAXSESSION",
            "Cluster AccessGroup accessgroups agroup rolegate: GATEWAY AGE GROUP",
            "Namespaced AccountAccess accountaccesses aac rolegate: ROLE STATE EXPIRES AGE JUSTIFICATION",
        ]
    );
    let kinds: Vec<String> =
        rolegate_crds::all().into_iter().map(|definition| definition.spec.names.kind).collect();
    assert_eq!(kinds, rolegate_crds::KINDS);
}
