//! Plans as text: by account, what gives access (`+`), what takes it away (`-`), what does neither (`~`), and why.

use super::access;
use super::text::{count, paragraph, push_line};
use rolegate_iam::{AccountId, RoleArn};
use rolegate_plan::naming::Installation;
use rolegate_plan::outcome::{Held, LeftOut, Orphan, Outcome};
use rolegate_plan::step::{Action, Effect, Step};
use rolegate_plan::validate::Validated;
use std::collections::BTreeMap;

/// The whole decision as text: what is left out, what would be done, what is held, what is nobody's, and the counts.
pub fn render_plan(outcome: &Outcome, validated: &Validated) -> String {
    // What is approved is in the plan, with that cause.
    let Outcome { errors, left_out, plan, held, approved: _, orphans } = outcome;
    let mut out = String::new();
    for error in errors {
        push_line(&mut out, &format!("error: {error}"));
    }
    let names = names(validated);
    let steps: Vec<(&Step, String)> = plan.steps.iter().map(|step| (step, later(step))).collect();
    let installation = Installation::new(&validated.installation);
    out.push_str(&render(&steps, &names, |action| access::lines(action, &installation)));
    out.push_str(&render_left_out(left_out, &names));
    out.push_str(&render_held(held, &names));
    out.push_str(&render_orphans(orphans, &names));
    push_line(&mut out, &counts(outcome));
    out
}

/// The names of the accounts, by id.
pub(super) type Names = BTreeMap<AccountId, String>;

/// The names by which people know the declared accounts.
pub fn names(validated: &Validated) -> BTreeMap<AccountId, String> {
    validated.accounts.values().map(|account| (account.id, account.name.to_string())).collect()
}

/// Steps by account, each with a remark that may be empty.
pub fn render_steps(steps: &[(&Step, String)], names: &BTreeMap<AccountId, String>) -> String {
    render(steps, names, |_| Vec::new())
}

/// Steps by account, each followed by lines that tell what it means.
fn render(steps: &[(&Step, String)], names: &Names, details: impl Fn(&Action) -> Vec<String>) -> String {
    let mut by_account: BTreeMap<String, Vec<&(&Step, String)>> = BTreeMap::new();
    for step in steps {
        by_account.entry(label(step.0.account, names)).or_default().push(step);
    }
    let mut out = String::new();
    for (account, steps) in by_account {
        push_line(&mut out, &account);
        for (step, remark) in steps {
            let Step { account: _, action, effect, cause, after: _, seen: _ } = step;
            let words = format!("{action} [{cause}]{remark}");
            paragraph(&mut out, &format!("  {} ", effect_sign(*effect)), "      ", &words);
            for line in details(action) {
                paragraph(&mut out, "      ", "        ", &line);
            }
        }
        push_line(&mut out, "");
    }
    out
}

/// `+` gives access, `-` takes it away, `~` does neither.
pub fn effect_sign(effect: Effect) -> char {
    match effect {
        Effect::Widens => '+',
        Effect::Narrows => '-',
        Effect::Neutral => '~',
    }
}

fn later(step: &Step) -> String {
    if step.seen.is_empty() {
        return String::new();
    }
    match step.seen.len() {
        1 => " (once 1 step before it is seen)".to_owned(),
        many => format!(" (once {many} steps before it are seen)"),
    }
}

/// What cannot be reached now, and what to do.
pub fn render_left_out(left_out: &[LeftOut], names: &BTreeMap<AccountId, String>) -> String {
    let mut out = String::new();
    if left_out.is_empty() {
        return out;
    }
    push_line(&mut out, "Left out, because of what is in AWS:");
    for LeftOut { account, object, reason, message } in left_out {
        let object = if object.is_empty() { "the whole account" } else { object.as_str() };
        let words = format!("{}: {object}: {reason}: {message}", label(*account, names));
        paragraph(&mut out, "  ! ", "      ", &words);
    }
    push_line(&mut out, "");
    out
}

/// Removals that wait for an approval, with the digest that names them.
pub fn render_held(held: &Held, names: &BTreeMap<AccountId, String>) -> String {
    let mut out = String::new();
    if held.removals.is_empty() {
        return out;
    }
    let title = format!("Held, until exactly this set is approved (digest {}):", held.digest);
    paragraph(&mut out, "", "  ", &title);
    for removal in &held.removals {
        let words = format!("{}: {} [{}]", label(removal.account, names), removal.what, removal.why);
        paragraph(&mut out, "  = ", "      ", &words);
    }
    push_line(&mut out, "");
    out
}

/// What is ours and no object explains.
pub fn render_orphans(orphans: &[Orphan], names: &BTreeMap<AccountId, String>) -> String {
    let mut out = String::new();
    if orphans.is_empty() {
        return out;
    }
    push_line(&mut out, "Made by this installation, declared by no object; left as it is:");
    for Orphan { account, what } in orphans {
        paragraph(&mut out, "  ? ", "      ", &format!("{}: {what}", label(*account, names)));
    }
    push_line(&mut out, "");
    out
}

pub(crate) fn label(id: AccountId, names: &Names) -> String {
    names.get(&id).map_or_else(|| id.to_string(), |name| format!("{name} ({id})"))
}

/// A role, for people.
pub(crate) fn entity(role: &RoleArn, names: &Names) -> String {
    let path = role.path.as_str().trim_start_matches('/');
    format!("role {path}{} of {}", role.name, label(role.account, names))
}

fn counts(outcome: &Outcome) -> String {
    let steps = &outcome.plan.steps;
    let of = |effect| steps.iter().filter(|step| step.effect == effect).count();
    let mut words = if steps.is_empty() {
        "Nothing to do".to_owned()
    } else {
        format!(
            "{}: {} give access (+), {} take it away (-), {} do neither (~)",
            count(steps.len(), "step", "steps"),
            of(Effect::Widens),
            of(Effect::Narrows),
            of(Effect::Neutral)
        )
    };
    for (number, what) in [
        (outcome.held.removals.len(), "held"),
        (outcome.left_out.len(), "left out"),
        (outcome.orphans.len(), "orphaned"),
    ] {
        if number > 0 {
            words = format!("{words}; {number} {what}");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolegate_plan::outcome::HeldRemoval;
    use rolegate_plan::step::{Cause, Plan};

    fn step(account: &str, action: Action, effect: Effect, cause: Cause, seen: Vec<usize>) -> Step {
        Step { account: account.parse().unwrap(), action, effect, cause, after: Vec::new(), seen }
    }

    #[test]
    fn a_plan_is_grouped_by_account_marked_and_counted() {
        let add = Action::AddUserToGroup { user: "eric".parse().unwrap(), group: "devs".parse().unwrap() };
        let remove =
            Action::RemoveUserFromGroup { user: "cobus".parse().unwrap(), group: "devs".parse().unwrap() };
        let declared = || Cause::Declared("AccessGroup developers".into());
        let outcome = Outcome {
            plan: Plan {
                steps: vec![
                    step("111111111111", remove, Effect::Narrows, Cause::Drift, vec![]),
                    step("111111111111", add, Effect::Widens, declared(), vec![0]),
                ],
            },
            left_out: vec![LeftOut {
                account: "222222222222".parse().unwrap(),
                object: String::new(),
                reason: "NotObserved",
                message: "it cannot be entered, so nothing is known of it and nothing is done there".into(),
            }],
            held: Held {
                removals: vec![HeldRemoval {
                    account: "111111111111".parse().unwrap(),
                    what: "role Developer: entry by group developers".into(),
                    why: "no object explains it".into(),
                }],
                digest: "abc123".into(),
            },
            ..Outcome::default()
        };
        let text = render_plan(&outcome, &Validated::default());
        assert_eq!(
            text,
            "\
111111111111
  - remove user cobus from group devs [drift: changed by somebody else]
  + add user eric to group devs [AccessGroup developers] (once 1 step before it
      is seen)

Left out, because of what is in AWS:
  ! 222222222222: the whole account: NotObserved: it cannot be entered, so
      nothing is known of it and nothing is done there

Held, until exactly this set is approved (digest abc123):
  = 111111111111: role Developer: entry by group developers [no object explains
      it]

2 steps: 1 give access (+), 1 take it away (-), 0 do neither (~); 1 held; 1 left out
"
        );
        let nothing = render_plan(&Outcome::default(), &Validated::default());
        assert_eq!(nothing, "Nothing to do\n");
    }
}
