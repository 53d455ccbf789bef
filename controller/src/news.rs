//! What is told while watching: every change once, and every trouble once while it lasts. Prints nothing.

use crate::applied::{Applied, Reason};
use jiff::Timestamp;
use rolegate::render::effect_sign;
use rolegate_iam::AccountId;
use rolegate_plan::outcome::{Held, LeftOut};
use rolegate_plan::step::Step;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// A word from a closed set: `Done`, `Failed`, `Unreachable`, `Reachable`, `LeftOut`, `Held`, `Error`, `Readable`, `Undone`,
    /// `Stopped`.
    pub kind: &'static str,
    /// Where, if in one account.
    pub account: Option<AccountId>,
    /// What.
    pub text: String,
}

impl Event {
    /// A step that AWS did.
    pub(crate) fn done(at: Timestamp, step: &Step) -> Self {
        let text = format!("{} {} [{}]", effect_sign(step.effect), step.action, step.cause);
        Self { at, kind: "Done", account: Some(step.account), text }
    }

    /// The last words: what is undone.
    pub(crate) fn stopped(at: Timestamp, last: &Applied) -> Vec<Self> {
        let left = last.not_done.iter().filter(|not_done| not_done.reason == Reason::Stopped);
        let mut events: Vec<Self> = left
            .map(|not_done| Self {
                at,
                kind: "Undone",
                account: Some(not_done.step.account),
                text: not_done.step.action.to_string(),
            })
            .collect();
        let text = match events.len() {
            0 => "nothing was under way".to_owned(),
            number => format!("{number} steps are undone; the next run does them"),
        };
        events.push(Self { at, kind: "Stopped", account: None, text });
        events
    }

    /// For programs, one object per line.
    pub fn json(&self) -> Value {
        let Self { at, kind, account, text } = self;
        json!({
            "time": at.to_string(), "event": kind, "account": account.map(|id| id.to_string()), "text": text,
        })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, kind, account, text } = self;
        let at = at.to_string();
        let at = at.split_once('.').map_or(at.as_str(), |(seconds, _)| seconds).trim_end_matches('Z');
        write!(f, "{at}Z ")?;
        if let Some(account) = account {
            write!(f, "{account} ")?;
        }
        match *kind {
            "Done" => f.write_str(text),
            kind => write!(f, "{kind}: {text}"),
        }
    }
}

/// What was told and still holds.
#[derive(Debug, Default)]
pub(crate) struct News {
    troubles: BTreeMap<String, Event>,
    unreadable: Option<Vec<String>>,
}

impl News {
    /// Manifests that cannot be read: told once as long as they stay so.
    pub(crate) fn unreadable(&mut self, at: Timestamp, errors: Vec<String>) -> Vec<Event> {
        if self.unreadable.as_ref() == Some(&errors) {
            return Vec::new();
        }
        let mut events: Vec<Event> = errors
            .iter()
            .map(|error| Event { at, kind: "Error", account: None, text: error.clone() })
            .collect();
        let text = "nothing is written until the manifests can be read again".to_owned();
        events.push(Event { at, kind: "Error", account: None, text });
        self.unreadable = Some(errors);
        events
    }

    pub(crate) fn readable(&mut self, at: Timestamp) -> Option<Event> {
        self.unreadable.take()?;
        Some(Event {
            at,
            kind: "Readable",
            account: None,
            text: "the manifests can be read again".to_owned(),
        })
    }

    /// What of a reconciliation is news.
    pub(crate) fn of(&mut self, at: Timestamp, applied: &Applied) -> Vec<Event> {
        let now = troubles(at, applied);
        let mut events: Vec<Event> = now
            .iter()
            .filter(|(key, _)| !self.troubles.contains_key(*key))
            .map(|(_, event)| event.clone())
            .collect();
        for (_, event) in self.troubles.iter().filter(|(_, event)| event.kind == "Unreachable") {
            let same = |other: &&Event| other.kind == "Unreachable" && other.account == event.account;
            if now.values().find(same).is_none() {
                let text = "observed again".to_owned();
                events.push(Event { at, kind: "Reachable", account: event.account, text });
            }
        }
        self.troubles = now;
        events
    }
}

/// What is wrong now, by what makes it the same trouble as before.
fn troubles(at: Timestamp, applied: &Applied) -> BTreeMap<String, Event> {
    let mut found = BTreeMap::new();
    let mut add = |kind, account: Option<AccountId>, text: String| {
        let key = format!("{kind} {account:?} {text}");
        found.insert(key, Event { at, kind, account, text });
    };
    for error in &applied.errors {
        add("Error", None, format!("{error}; nothing is written until the objects agree"));
    }
    for failed in &applied.failed {
        add("Failed", Some(failed.step.account), format!("{}: {}", failed.step.action, failed.failure));
    }
    for account in &applied.unreachable {
        add("Unreachable", Some(account.id), format!("{}: {}", account.name, account.failure));
    }
    for LeftOut { account, object, reason, message } in &applied.left_out {
        let is_named =
            *reason == "NotObserved" && applied.unreachable.iter().any(|other| other.id == *account);
        if !is_named {
            add("LeftOut", Some(*account), format!("{object} {reason}: {message}").trim_start().to_owned());
        }
    }
    let Held { removals, digest } = &applied.held;
    if !removals.is_empty() {
        let what: Vec<String> =
            removals.iter().map(|removal| format!("{}: {}", removal.account, removal.what)).collect();
        let text = format!(
            "{} removals wait for an approval of exactly this set, --approve-removals {digest}: {}",
            removals.len(),
            what.join("; ")
        );
        add("Held", None, text);
    }
    found
}
