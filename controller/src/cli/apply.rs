//! `apply`: manifests to AWS, once.

use super::ask::{Answers, Conversation};
use super::inputs::read;
use super::{ApplyArguments, Output};
use jiff::Timestamp;
use rolegate::load;
use rolegate_aws::Aws;
use rolegate_controller::applied::Ending;
use rolegate_controller::report::{self, Shown};
use rolegate_controller::{Pace, reconcile};
use rolegate_plan::outcome::Options;
use std::fmt::Display;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

/// Who claims the accounts when manifests come from files.
const CLAIMANT: &str = "files";

pub(super) async fn run(arguments: ApplyArguments) -> u8 {
    let paths: Vec<PathBuf> = arguments.paths.iter().chain(&arguments.manifests).cloned().collect();
    if paths.is_empty() {
        return usage("no manifests: name files, folders, or `-` for standard input");
    }
    let stdin_is_taken = paths.iter().any(|path| path.as_os_str() == load::STDIN);
    if arguments.watch && stdin_is_taken {
        return usage("standard input can be read once: name files or folders to watch");
    }
    let options = Options {
        approved: arguments.approve_removals.clone(),
        dormant_retention: arguments.dormant_role_retention,
        ..Options::new(CLAIMANT, Timestamp::now())
    };
    let validated = match read(&paths, &arguments.installation) {
        Ok(validated) => validated,
        Err(errors) => return refuse(&arguments, errors),
    };
    if validated.accounts.is_empty() {
        return usage("the manifests declare no AWSAccount, so there is nothing to reconcile");
    }
    if arguments.watch {
        return super::watch::run(&arguments, paths, options).await;
    }
    let answers = match (arguments.yes, io::stdin().is_terminal() && !stdin_is_taken) {
        (true, _) => Answers::Yes,
        (false, true) => Answers::Person(Box::new(io::stdin().lock())),
        (false, false) => Answers::Nobody,
    };
    let mut conversation = Conversation {
        validated: &validated,
        answers,
        approve_command: approve_command(&arguments, &paths),
        approved: arguments.approve_removals.clone(),
        output: arguments.output,
        unanswered: false,
        shown: Shown::default(),
    };
    let aws = Aws::new(arguments.connection.settings(&arguments.installation)).await;
    let applied = reconcile(&aws, &validated, &options, &Pace::default(), &mut conversation).await;
    match arguments.output {
        Output::Text => anstream::print!("{}", report::text(&applied, &validated, &conversation.shown)),
        Output::Json => anstream::println!("{:#}", report::json(&applied)),
    }
    if !conversation.has_shown(&applied.held) {
        conversation.explain_held(&applied.held);
    }
    if conversation.unanswered {
        return usage("nobody can be asked here, so nothing was written; give --yes to carry out the plan");
    }
    if applied.ending() == Ending::BadInput {
        anstream::eprintln!("Nothing was written.");
    }
    applied.ending().code()
}

fn refuse(arguments: &ApplyArguments, errors: Vec<String>) -> u8 {
    let number = errors.len();
    if arguments.output == Output::Json {
        let answer = serde_json::json!({"ending": "BadInput", "errors": errors});
        anstream::println!("{answer:#}");
    } else {
        for error in errors {
            anstream::println!("error: {error}");
        }
    }
    let errors = rolegate::render::text::count(number, "error", "errors");
    anstream::eprintln!("{errors} in the manifests; nothing was written");
    Ending::BadInput.code()
}

fn usage(message: impl Display) -> u8 {
    anstream::eprintln!("error: {message}");
    Ending::BadInput.code()
}

/// What to type to approve the held removals; the digest comes last.
fn approve_command(arguments: &ApplyArguments, paths: &[PathBuf]) -> String {
    let mut words = vec!["rolegate-controller apply".to_owned()];
    words.extend(paths.iter().map(|path| quoted(&path.display().to_string())));
    words.push(format!("--installation {}", quoted(&arguments.installation)));
    if let Some(url) = &arguments.connection.endpoint_url {
        words.push(format!("--endpoint-url {}", quoted(url)));
    }
    if let Some(region) = &arguments.connection.region {
        words.push(format!("--region {}", quoted(region)));
    }
    words.push("--yes \\\n    --approve-removals".to_owned());
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell_only_where_needed() {
        for (word, shell) in [("a/b.yaml", "a/b.yaml"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("", "''")]
        {
            assert_eq!(quoted(word), shell);
        }
    }
}
