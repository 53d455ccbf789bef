//! Talks with the person at the terminal: shows the plan, asks, tells what happens. Decides by the answers alone.

use super::Output;
use rolegate_controller::report::{self, Shown};
use rolegate_controller::{AnsweredBy, Decision, Preview, Ui};
use rolegate_plan::outcome::Held;
use rolegate_plan::port::Failure;
use rolegate_plan::step::Step;
use rolegate_plan::validate::Validated;
use std::io::{self, BufRead, IsTerminal, Write};

/// Where the answers come from.
pub(crate) enum Answers {
    /// `--yes` was given: the plan is carried out, what is held stays held.
    Yes,
    /// A person at a terminal, line by line.
    Person(Box<dyn BufRead>),
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
        match &mut self.answers {
            Answers::Yes => Decision::Apply,
            Answers::Nobody if outcome.plan.is_empty() => Decision::Apply,
            Answers::Nobody => {
                self.unanswered = true;
                Decision::Stop
            }
            Answers::Person(input) => {
                if !outcome.plan.is_empty() && !ask(input, "Carry out this plan?", "yes") {
                    return Decision::Stop;
                }
                let word = held.digest.get(..8).unwrap_or(&held.digest);
                if !held.removals.is_empty()
                    && ask(input, "Remove what is held, too? A manifest may be missing.", word)
                {
                    return Decision::ApplyWithHeld;
                }
                Decision::Apply
            }
        }
    }

    fn answered_by(&self) -> AnsweredBy {
        match self.answers {
            Answers::Person(_) => AnsweredBy::Person,
            Answers::Yes | Answers::Nobody => AnsweredBy::Program,
        }
    }

    fn changed(&mut self) {
        anstream::eprintln!("Meanwhile something changed in AWS, and with it the plan. This is it now:\n");
    }

    fn tried(&mut self, _round: usize, step: &Step, answer: Result<(), &Failure>) {
        let sign = rolegate::render::effect_sign(step.effect);
        match answer {
            // What was done is in the answer; only somebody who watches is told of it step by step.
            Ok(()) if !io::stderr().is_terminal() => {}
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

/// Whether the person types exactly the word. No answer is no.
fn ask(input: &mut dyn BufRead, question: &str, word: &str) -> bool {
    anstream::eprint!("{question} Type {word} to do it: ");
    let mut answer = String::new();
    // A question that cannot be seen must not be answered.
    io::stderr().flush().is_ok() && input.read_line(&mut answer).is_ok() && answer.trim() == word
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolegate_plan::outcome::{HeldRemoval, Outcome};
    use rolegate_plan::step::{Action, Cause, Effect, Plan};
    use std::io::Cursor;

    #[derive(Clone, Copy)]
    enum Plans {
        Nothing,
        Step,
    }

    #[derive(Clone, Copy)]
    enum Holds {
        Nothing,
        Removal,
    }

    fn outcome(plans: Plans, holds: Holds) -> Outcome {
        let step = Step {
            account: "111111111111".parse().unwrap(),
            action: Action::DeleteRole { role: "r".parse().unwrap() },
            effect: Effect::Narrows,
            cause: Cause::Drift,
            after: Vec::new(),
            seen: Vec::new(),
        };
        let removal =
            HeldRemoval { account: step.account, what: "role r".to_owned(), why: "absent".to_owned() };
        let mut outcome = Outcome::default();
        if let Plans::Step = plans {
            outcome.plan = Plan { steps: vec![step] };
        }
        if let Holds::Removal = holds {
            outcome.held = Held { removals: vec![removal], digest: "0123456789abcdef".to_owned() };
        }
        outcome
    }

    fn answer(answers: Answers, outcome: &Outcome) -> (Decision, bool) {
        let mut conversation = Conversation {
            validated: &Validated::default(),
            answers,
            approve_command: String::new(),
            approved: None,
            output: Output::Json,
            unanswered: false,
            shown: Shown::default(),
        };
        let decision = conversation.decide(&Preview { outcome, unreachable: Vec::new() });
        (decision, conversation.unanswered)
    }

    #[test]
    fn a_person_answers_for_the_plan_and_for_what_is_held() {
        use Decision::{Apply, ApplyWithHeld, Stop};
        for (typed, plans, holds, decision) in [
            ("yes\n", Plans::Step, Holds::Nothing, Apply),
            ("y\n", Plans::Step, Holds::Nothing, Stop),
            ("no\n", Plans::Step, Holds::Nothing, Stop),
            ("", Plans::Step, Holds::Nothing, Stop),
            ("yes\nyes\n", Plans::Step, Holds::Removal, Apply),
            ("yes\n01234567\n", Plans::Step, Holds::Removal, ApplyWithHeld),
            ("no\n01234567\n", Plans::Step, Holds::Removal, Stop),
            ("01234567\n", Plans::Nothing, Holds::Removal, ApplyWithHeld),
            ("\n", Plans::Nothing, Holds::Removal, Apply),
        ] {
            let answers = Answers::Person(Box::new(Cursor::new(typed)));
            assert_eq!(answer(answers, &outcome(plans, holds)), (decision, false), "{typed:?}");
        }
    }

    #[test]
    fn nobody_and_yes_never_let_through_what_is_held() {
        let both = outcome(Plans::Step, Holds::Removal);
        assert_eq!(answer(Answers::Yes, &both), (Decision::Apply, false));
        assert_eq!(answer(Answers::Nobody, &both), (Decision::Stop, true));
        assert_eq!(
            answer(Answers::Nobody, &outcome(Plans::Nothing, Holds::Removal)),
            (Decision::Apply, false)
        );
    }
}
