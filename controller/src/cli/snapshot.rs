//! `snapshot`: accounts as they are, into the folder that `rolegate -s` reads.

use super::inputs;
use super::{Connection, Output};
use clap::Args;
use futures::StreamExt;
use futures::stream;
use rolegate::render::text::{count, paragraph};
use rolegate_aws::Aws;
use rolegate_controller::snapshot::{Missing, WriteError, Written, write};
use rolegate_plan::port::{Entrance, Failure};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Accounts collected at the same time.
const AT_ONCE: usize = 16;

#[derive(Debug, Args)]
pub(crate) struct SnapshotArguments {
    #[command(flatten)]
    accounts: inputs::AccountArguments,

    /// The folder to write: a folder per account, named by its id. Accounts that are not named stay as they are in it.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    #[command(flatten)]
    connection: Connection,

    /// What standard output holds.
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

/// What became of one account.
enum Outcome {
    Unreachable(Failure),
    Unwritable(WriteError),
    Written(Written, Vec<Missing>),
}

pub(super) async fn run(arguments: SnapshotArguments) -> u8 {
    let entrances = match inputs::named(&arguments.accounts) {
        Ok(named) => named.entrances,
        Err(errors) => return inputs::refuse(&errors),
    };
    if let Err(error) = std::fs::create_dir_all(&arguments.out) {
        return inputs::refuse(&[format!("{}: cannot be made: {error}", arguments.out.display())]);
    }
    let aws = Aws::new(arguments.connection.settings("snapshot")).await;
    let (aws, out) = (&aws, &arguments.out);
    let mut outcomes: Vec<(Entrance, Outcome)> = stream::iter(entrances)
        .map(|entrance| async move {
            let outcome = match aws.collect(&entrance).await {
                Err(failure) => Outcome::Unreachable(failure),
                Ok(collection) => match write(out, &entrance, collection) {
                    Ok((written, missing)) => Outcome::Written(written, missing),
                    Err(error) => Outcome::Unwritable(error),
                },
            };
            (entrance, outcome)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    outcomes.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    match arguments.output {
        Output::Text => anstream::print!("{}", text(&outcomes)),
        Output::Json => anstream::println!("{:#}", Value::Array(outcomes.iter().map(json).collect())),
    }
    code(&outcomes)
}

/// 2 when something cannot be written, 3 when something was not collected.
fn code(outcomes: &[(Entrance, Outcome)]) -> u8 {
    let is_unwritable = |outcome: &Outcome| matches!(outcome, Outcome::Unwritable(_));
    let is_whole = |outcome: &Outcome| matches!(outcome, Outcome::Written(Written::Whole, _));
    match () {
        () if outcomes.iter().any(|(_, outcome)| is_unwritable(outcome)) => 2,
        () if outcomes.iter().all(|(_, outcome)| is_whole(outcome)) => 0,
        () => 3,
    }
}

fn text(outcomes: &[(Entrance, Outcome)]) -> String {
    let mut out = String::new();
    let mut whole = 0;
    for (entrance, outcome) in outcomes {
        let name = format!("{} ({})", entrance.name, entrance.id);
        let line = match outcome {
            Outcome::Unreachable(failure) => format!("{name}: not collected, left as it was: {failure}"),
            Outcome::Unwritable(error) => format!("{name}: {error}"),
            Outcome::Written(Written::Whole, _) => {
                whole += 1;
                format!("{name}: collected")
            }
            Outcome::Written(written, missing) => {
                let missing: Vec<String> =
                    missing.iter().map(|(file, failure)| format!("{file}: {failure}")).collect();
                let what = match written {
                    Written::Kept => "not collected in full, so the older folder was left as it was",
                    Written::Partial | Written::Whole => "collected in part",
                };
                format!("{name}: {what}; {}", missing.join("; "))
            }
        };
        paragraph(&mut out, "", "  ", &line);
    }
    let all = count(outcomes.len(), "account", "accounts");
    paragraph(&mut out, "", "  ", &format!("{whole} of {all} collected in full."));
    out
}

fn json((entrance, outcome): &(Entrance, Outcome)) -> Value {
    let failure = |failure: &Failure| json!({"call": failure.call, "class": failure.class.as_str(), "code": failure.code, "message": failure.message});
    let (state, missing, why) = match outcome {
        Outcome::Unreachable(cause) => ("Unreachable", Vec::new(), failure(cause)),
        Outcome::Unwritable(error) => ("Unwritable", Vec::new(), json!({"message": error.to_string()})),
        Outcome::Written(written, missing) => {
            let missing =
                missing.iter().map(|(file, cause)| json!({"file": file, "failure": failure(cause)}));
            (
                match written {
                    Written::Whole => "Whole",
                    Written::Partial => "Partial",
                    Written::Kept => "Kept",
                },
                missing.collect(),
                Value::Null,
            )
        }
    };
    json!({
        "account": entrance.id.as_str(), "name": entrance.name, "state": state, "missing": missing, "failure": why,
    })
}
