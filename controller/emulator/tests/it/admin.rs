//! The endpoints for tests: the clock and the call log.

use crate::common::World;
use jiff::Timestamp;
use rolegate_emulator::Admin;
use serde_json::{Value, json};

const CLOCK: &str = "/_rolegate/v1/clock";
const CALLS: &str = "/_rolegate/v1/calls";

fn json_type() -> Vec<(String, String)> {
    vec![("content-type".to_owned(), "application/json".to_owned())]
}

#[tokio::test]
async fn the_clock_is_read_and_set() {
    let world = World::start(Admin::On).await;
    let reply = world.send("GET", CLOCK, &[], b"").await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "{\"now\":\"2026-01-31T08:00:05Z\"}\n"));
    let reply = world.send("POST", CLOCK, &json_type(), b"{\"now\": \"2026-02-01T00:00:00Z\"}").await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "{\"now\":\"2026-02-01T00:00:00Z\"}\n"));
    assert_eq!(world.emulator.now(), "2026-02-01T00:00:00Z".parse::<Timestamp>().unwrap());
}

#[tokio::test]
async fn a_wrong_time_is_refused_and_changes_nothing() {
    let world = World::start(Admin::On).await;
    let now = br#"{"now": "2026-02-01T00:00:00Z"}"#;
    for (headers, body, status) in [
        (json_type(), &br#"{"now": "tomorrow"}"#[..], 400),
        (json_type(), br#"{"then": "2026-02-01T00:00:00Z"}"#, 400),
        (json_type(), br#"{"now": 5}"#, 400),
        (json_type(), b"", 400),
        (json_type(), b"\xff", 400),
        (json_type(), &[b'x'; 5000], 400),
        // What a web page may send without asking.
        (vec![("content-type".to_owned(), "text/plain".to_owned())], now, 415),
        (Vec::new(), now, 415),
    ] {
        let reply = world.send("POST", CLOCK, &headers, body).await;
        assert_eq!(reply.status, status, "{}", body.escape_ascii());
        assert!(serde_json::from_str::<Value>(&reply.body).unwrap()["error"].is_string());
    }
    assert_eq!(world.emulator.now(), crate::common::cloud_time());
}

#[tokio::test]
async fn calls_are_listed_and_forgotten() {
    let world = World::start(Admin::On).await;
    world.call("CreateGroup", "GroupName=g").await;
    world.call("GetRole", "RoleName=none").await;
    let listed = |body: &str| serde_json::from_str::<Value>(body).unwrap()["calls"].clone();
    let root = format!("arn:aws:iam::{}:root", crate::common::ACCOUNT);
    let line = |action: &str, error: Value| {
        json!({
            "at": "2026-01-31T08:00:05Z", "account": crate::common::ACCOUNT, "caller": root, "action": action, "error": error,
        })
    };
    let reply = world.send("GET", CALLS, &[], b"").await;
    assert_eq!(
        listed(&reply.body),
        json!([line("iam:CreateGroup", Value::Null), line("iam:GetRole", json!("NoSuchEntity"))])
    );
    assert_eq!(world.emulator.calls().len(), 2);
    assert_eq!(world.send("DELETE", CALLS, &[], b"").await.status, 200);
    assert_eq!(listed(&world.send("GET", CALLS, &[], b"").await.body), json!([]));
    assert_eq!(world.emulator.calls(), []);
}
