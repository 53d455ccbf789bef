//! `apply` against AWSes that other people wrote: ministack, which checks signatures and trust, and moto, which does not.
//!
//! The company is that of the examples, in the accounts as somebody left them. Applied by `rolegate-controller apply --yes`, read
//! back by the AWS CLI and by `rolegate-controller snapshot`, and asked who can: the answer must be the one that the manifests
//! promise.

mod company;
mod served;

use std::collections::BTreeSet;

use company::{Company, DOORS, promised, who_can_enter};
use serde_json::Value;
use served::Served;

const LOBBY: &str = "arn:aws:iam::222222222222:role/Lobby";
const DEPLOY: [&str; 3] = [
    "arn:aws:iam::222222222222:role/Deploy",
    "arn:aws:iam::333333333333:role/Deploy",
    "arn:aws:iam::444444444444:role/Deploy",
];

/// Applies twice, and holds what the AWS CLI reads against what the manifests promise.
async fn applied_and_read_back(served: &Served) -> Company {
    let company = Company::furnish(served).await;
    let first = company.apply().await;
    assert!(first.len() > 40, "only {} steps", first.len());
    let again = company.apply().await;
    assert_eq!(again, Vec::<Value>::new(), "a second run finds something to do");
    let mut read = vec![("the AWS CLI", company.snapshot().await)];
    // moto leaves the names of managed policies out, so that what is collected of it is not what AWS prints.
    if served.kind == "ministack" {
        read.push(("rolegate-controller snapshot", company.collected().await));
    }
    for target in ["auth", "development", "staging", "production", "sandbox"] {
        let promised = promised(target);
        assert!(!promised.is_empty(), "{target}");
        for (reader, seen) in &read {
            assert_eq!(who_can_enter(target, seen.clone()), promised, "who can {target}, read by {reader}");
        }
    }
    company
}

#[tokio::test(flavor = "multi_thread")]
async fn ministack_becomes_as_declared_and_lets_in_whom_the_manifests_let_in() {
    let served = Served::ministack().await;
    let company = applied_and_read_back(&served).await;
    let tried = company.try_doors().await;
    assert_eq!(tried.len(), (company.users() + 1) * DOORS.len() + DEPLOY.len());
    let entered: BTreeSet<(&str, &str)> = tried
        .iter()
        .filter(|(_, _, answer)| answer == "entered")
        .map(|(who, door, _)| (who.as_str(), door.as_str()))
        .collect();
    // Nobody has MFA here. The machine gets in only where its session's ARN stands in for its role's: see docs/judges.md.
    let mut expected: BTreeSet<(&str, &str)> = ["ana", "ines"].map(|who| (who, LOBBY)).into();
    expected.extend(DEPLOY.map(|door| ("machine, by its session", door)));
    assert_eq!(entered, expected, "{tried:#?}");
    let codes: BTreeSet<&str> = tried.iter().map(|(_, _, answer)| answer.as_str()).collect();
    assert_eq!(codes, ["AccessDenied", "entered"].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn moto_is_written_and_read_as_aws_is() {
    let served = Served::moto().await;
    applied_and_read_back(&served).await;
}
