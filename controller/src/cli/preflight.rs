//! `preflight`: which calls are allowed, denied or unknown per account, without writing.

use super::{Connection, Output, inputs};
use clap::Args;
use futures::StreamExt;
use futures::stream;
use rolegate::render::text::{paragraph, push_line};
use rolegate_aws::{Aws, Check, Permission};
use rolegate_plan::bootstrap::{self, Call};
use rolegate_plan::port::Entrance;
use rolegate_plan::validate::Validated;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Accounts asked at the same time.
const AT_ONCE: usize = 16;

#[derive(Debug, Args)]
pub(crate) struct PreflightArguments {
    #[command(flatten)]
    accounts: inputs::AccountArguments,

    #[command(flatten)]
    connection: Connection,

    /// What standard output holds.
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

pub(super) async fn run(arguments: PreflightArguments) -> u8 {
    let Some(installation) = arguments.accounts.installation.as_deref() else {
        let why = "--installation is missing: what may be written depends on the names and tags of our own things; give the \
                   name, or set ROLEGATE_INSTALLATION";
        return inputs::refuse(&[why.to_owned()]);
    };
    let inputs::Named { validated, entrances } = match inputs::named(&arguments.accounts) {
        Ok(named) => named,
        Err(errors) => return inputs::refuse(&errors),
    };
    let aws = Aws::new(arguments.connection.settings("preflight")).await;
    let aws = &aws;
    let mut answers: Vec<(Entrance, Vec<Check>)> = stream::iter(entrances)
        .map(|entrance| (calls(&validated, installation, &entrance), entrance))
        .map(|(calls, entrance)| async move {
            let checks = aws.preflight(&entrance, &calls).await;
            (entrance, checks)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    answers.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    match arguments.output {
        Output::Text => anstream::print!("{}", text(&answers)),
        Output::Json => anstream::println!("{:#}", Value::Array(answers.iter().map(json).collect())),
    }
    code(&answers)
}

/// The writes to ask about. An account that no manifest declares is one to enter, without boundaries.
fn calls(validated: &Validated, installation: &str, entrance: &Entrance) -> Vec<Call> {
    let declared = validated.accounts.values().find(|account| account.id == entrance.id);
    match declared {
        Some(account) => bootstrap::calls(validated, account),
        None => bootstrap::calls_undeclared(installation, entrance.partition, entrance.id),
    }
}

/// 1 when something is denied, else 3 when something is unknown.
fn code(answers: &[(Entrance, Vec<Check>)]) -> u8 {
    let checks = || answers.iter().flat_map(|(_, checks)| checks);
    match () {
        () if checks().any(|check| matches!(check.permission, Permission::Denied(_))) => 1,
        () if checks().any(|check| matches!(check.permission, Permission::Unknown(_))) => 3,
        () => 0,
    }
}

/// Per account one line per verdict and reason.
fn text(answers: &[(Entrance, Vec<Check>)]) -> String {
    let mut out = String::new();
    for (Entrance { name, id, .. }, checks) in answers {
        push_line(&mut out, &format!("{name} ({id})"));
        let mut groups: BTreeMap<(u8, String), Vec<&str>> = BTreeMap::new();
        for Check { action, permission } in checks {
            let (order, why) = match permission {
                Permission::Allowed => (0, "allowed".to_owned()),
                Permission::Denied(why) => (1, format!("DENIED, {why}")),
                Permission::Unknown(why) => (2, format!("unknown, {why}")),
            };
            groups.entry((order, why)).or_default().push(action);
        }
        for ((_, why), actions) in groups {
            paragraph(&mut out, "  ", "    ", &format!("{}: {why}", actions.join(", ")));
        }
    }
    out
}

fn json((entrance, checks): &(Entrance, Vec<Check>)) -> Value {
    let checks = checks.iter().map(|Check { action, permission }| {
        let (permission, why) = match permission {
            Permission::Allowed => ("Allowed", None),
            Permission::Denied(why) => ("Denied", Some(why)),
            Permission::Unknown(why) => ("Unknown", Some(why)),
        };
        json!({"action": action, "permission": permission, "why": why})
    });
    json!({"account": entrance.id.as_str(), "name": entrance.name, "checks": checks.collect::<Vec<_>>()})
}
