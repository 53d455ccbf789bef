//! Talks with the person at the terminal: shows the plan, asks, tells what happens. Decides by the answers alone.

use super::Output;
use rolegate_controller::report::{self, Shown};
use rolegate_controller::{Decision, Preview, Ui};
use rolegate_plan::outcome::Held;
use rolegate_plan::port::Failure;
use rolegate_plan::step::Step;
use rolegate_plan::validate::Validated;
use std::io::{self, BufRead, Write};

/// Where the answers come from.
pub(crate) enum Answers {
    /// `--yes` was given: the plan is carried out, what is held stays held.
    Yes,
    /// A person at a terminal.
    Terminal,
    /// Nobody can answer: nothing is written.
    Nobody,
}

/// The conversation.
pub(crate) struct Conversation<'a> {
    pub(crate) validated: &'a Validated,
    pub(crate) answers: Answers,
    /// The command that approves what is held, without the digest.
    pub(crate) approve_command: String,
    /// The digest that was given and does not name what is held, if so.
    pub(crate) approved: Option<String>,
    /// Whether standard output is for people, so that the plan belongs there.
    pub(crate) output: Output,
    /// Whether a plan was to be carried out and nobody could say yes.
    pub(crate) unanswered: bool,
    /// What was shown of the plan.
    pub(crate) shown: Shown,
}

impl Ui for Conversation<'_> {
    fn decide(&mut self, preview: &Preview<'_>) -> Decision {
        self.show(preview);
        let outcome = preview.outcome;
        let held = &outcome.held;
        match self.answers {
            Answers::Yes => Decision::Apply,
            Answers::Nobody if outcome.plan.is_empty() => Decision::Apply,
            Answers::Nobody => {
                self.unanswered = true;
                Decision::Stop
            }
            Answers::Terminal => {
                let plan = outcome.plan.is_empty() || ask("Carry out this plan?", "yes");
                let word = held.digest.get(..8).unwrap_or(&held.digest);
                match plan {
                    false => Decision::Stop,
                    true if held.removals.is_empty() => Decision::Apply,
                    true if ask("Remove what is held, too? It may be missing by mistake.", word) => {
                        Decision::ApplyWithHeld
                    }
                    true => Decision::Apply,
                }
            }
        }
    }

    fn tried(&mut self, _round: usize, step: &Step, answer: Result<(), &Failure>) {
        let sign = rolegate::render::effect_sign(step.effect);
        match answer {
            Ok(()) => anstream::eprintln!("{} {sign} {}", step.account, step.action),
            Err(failure) => anstream::eprintln!("{} ! {}: {failure}", step.account, step.action),
        }
    }
}

impl Conversation<'_> {
    fn show(&mut self, preview: &Preview<'_>) {
        let text = report::preview(preview, self.validated);
        match self.output {
            Output::Text => anstream::println!("{text}"),
            Output::Json => anstream::eprintln!("{text}"),
        }
        self.shown = Shown::preview(preview);
        self.explain_held(&preview.outcome.held);
    }

    /// How to approve what is held.
    pub(crate) fn explain_held(&self, held: &Held) {
        if held.removals.is_empty() {
            return;
        }
        if let Some(digest) = &self.approved {
            anstream::eprintln!(
                "The digest {digest} names another set: what is held changed since it was shown."
            );
        }
        anstream::eprintln!("To approve exactly what is held:\n  {} {}\n", self.approve_command, held.digest);
    }

    /// Whether this was shown before anything was written.
    pub(crate) fn has_shown(&self, held: &Held) -> bool {
        self.shown.held() == held
    }
}

/// Whether the person types exactly the word.
fn ask(question: &str, word: &str) -> bool {
    anstream::eprint!("{question} Type {word} to do it: ");
    let mut answer = String::new();
    io::stderr().flush().is_ok() && io::stdin().lock().read_line(&mut answer).is_ok() && answer.trim() == word
}
