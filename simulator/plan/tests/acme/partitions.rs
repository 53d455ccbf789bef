//! The example company in every partition: nothing of another partition is in what is written, and the same people enter.

use crate::company::{acme_files, empty_world, options, validated};
use rolegate_engine::{AssumeRole, Caller, Environment, MfaInCall, Settings, assume_role};
use rolegate_iam::{AccountId, Partition, Snapshot};
use rolegate_plan::outcome::plan;
use rolegate_plan::project::project;
use rolegate_plan::step::Action;
use rolegate_plan::validate::Validated;

const PARTITIONS: [&str; 4] = ["aws", "aws-cn", "aws-us-gov", "aws-eusc"];

/// The company as it would be written in another partition.
fn acme_in(partition: &str) -> Validated {
    let moved = acme_files().into_iter().map(|(name, text)| {
        let text = text.replace("arn:aws:", &format!("arn:{partition}:"));
        (name, text.replace("\n  accountID:", &format!("\n  partition: {partition}\n  accountID:")))
    });
    validated(&moved.collect::<Vec<_>>())
}

fn enters(world: &Snapshot, partition: &str, user: &str) -> bool {
    let arn = format!("arn:{partition}:iam::111111111111:user/{user}").parse().unwrap();
    let mut request =
        AssumeRole::new(format!("arn:{partition}:iam::444444444444:role/SiteReliability"), user);
    request.mfa = MfaInCall::Valid;
    let environment = Environment::at(options().now);
    !assume_role(world, &Caller::UserKey { arn }, &request, &environment, &Settings::guess()).is_no()
}

#[test]
fn the_company_is_the_same_in_every_partition() {
    for partition in PARTITIONS {
        let all = acme_in(partition);
        assert_eq!(all.accounts["production"].partition.as_str(), partition);
        let world = empty_world(&all);
        let outcome = plan(&all, &world, &options());
        assert_eq!((&outcome.errors, &outcome.left_out), (&vec![], &vec![]), "{partition}");
        let others: Vec<String> = PARTITIONS
            .iter()
            .filter(|other| **other != partition)
            .map(|other| format!("arn:{other}:"))
            .collect();
        let mut managed = 0;
        for step in &outcome.plan.steps {
            let text = match &step.action {
                Action::UpdateTrust { document, .. }
                | Action::PutRolePolicy { document, .. }
                | Action::PutGroupPolicy { document, .. }
                | Action::CreatePolicy { document, .. } => document.text().to_owned(),
                Action::AttachRolePolicy { policy, .. } => {
                    managed += usize::from(
                        policy.to_string().starts_with(&format!("arn:{partition}:iam::aws:policy/")),
                    );
                    policy.to_string()
                }
                Action::AttachGroupPolicy { policy, .. } | Action::AttachUserPolicy { policy, .. } => {
                    policy.to_string()
                }
                other => format!("{other:?}"),
            };
            assert!(others.iter().all(|other| !text.contains(other)), "{partition}: {text}");
        }
        assert!(managed > 3, "{partition}: AWS's own policies are named in the partition");
        let after = project(&world, &outcome.plan);
        assert!(plan(&all, &after, &options()).plan.is_empty(), "{partition} comes to rest");
        assert!(enters(&after, partition, "eric") && !enters(&after, partition, "michael"), "{partition}");
    }
}

#[test]
fn an_account_seen_in_another_partition_than_declared_is_left_alone() {
    let all = acme_in("aws-cn");
    let mut world = empty_world(&all);
    let id: AccountId = "444444444444".parse().unwrap();
    world.accounts.get_mut(&id).unwrap().partition = Partition::Aws;
    let outcome = plan(&all, &world, &options());
    let left: Vec<_> = outcome.left_out.iter().filter(|left| left.reason == "WrongPartition").collect();
    assert_eq!(left.len(), 1, "{left:#?}");
    assert!(outcome.plan.steps.iter().all(|step| step.account != id));
}
