//! A plan that is kept: when a few bindings change and nothing else does, only what they touch is decided anew.
//!
//! It goes on from a state in which nothing was to be done, nothing held and nothing left out: then whatever the changed
//! bindings do not touch has no steps now either. In every other case, and whenever in doubt, everything is decided. Law: both
//! ways have the same outcome.

mod base;
mod index;
#[cfg(test)]
mod tests;

use crate::accept::accept;
use crate::compile::compile;
use crate::observed::Ours;
use crate::outcome::{Options, Outcome, World, decide, ours};
use crate::scope::Scope;
use crate::trust::Scribe;
use crate::validate::Validated;
use base::Base;
use rolegate_iam::{AccountId, Snapshot};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// How much was decided anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything.
    Whole,
    /// What the bindings touch that changed since nothing was to be done.
    Touched,
}

/// Plans for accounts as they were observed once, again and again while objects change.
#[derive(Debug)]
pub struct Planner<'s> {
    seen: &'s Snapshot,
    /// What is ours in the accounts, and for what that was read.
    ours: BTreeMap<AccountId, Ours<'s>>,
    read_for: Option<ReadFor>,
    /// The last state in which nothing was to be done.
    base: Option<Base>,
}

/// What the reading of an account depends on beside the account.
#[derive(Debug, PartialEq, Eq)]
struct ReadFor {
    installation: SmolStr,
    claimant: String,
    accounts: BTreeSet<AccountId>,
}

impl<'s> Planner<'s> {
    /// A planner for these accounts.
    pub fn new(seen: &'s Snapshot) -> Self {
        Self { seen, ours: BTreeMap::new(), read_for: None, base: None }
    }

    /// What [`plan`](crate::outcome::plan) decides of the same objects, accounts and options.
    pub fn plan(&mut self, all: &Validated, options: &Options) -> (Outcome, Extent) {
        if let Some(outcome) = self.touched(all, options) {
            return (outcome, Extent::Touched);
        }
        self.read(all, options);
        let mut accepted = accept(all, self.seen, options.now);
        let mut desired = compile(all, &accepted);
        let complaints = accepted.complaints();
        let world = World { all, seen: self.seen, ours: &self.ours, options, scribe: &Scribe::default() };
        let decision = decide(&world, &mut desired, complaints, &Scope::Everything);
        self.base = Base::of(&world, &accepted, desired, &decision);
        (decision.outcome, Extent::Whole)
    }

    fn touched(&mut self, all: &Validated, options: &Options) -> Option<Outcome> {
        // If deciding fails half way, the base is gone and everything is decided next time.
        let mut base = self.base.take()?;
        let scribe = Scribe::default();
        let outcome =
            base.plan(&World { all, seen: self.seen, ours: &self.ours, options, scribe: &scribe })?;
        self.base = Some(base);
        Some(outcome)
    }

    fn read(&mut self, all: &Validated, options: &Options) {
        let read_for = ReadFor {
            installation: all.installation.clone(),
            claimant: options.claimant.clone(),
            accounts: all.accounts.values().map(|account| account.id).collect(),
        };
        if self.read_for.as_ref() != Some(&read_for) {
            self.ours = ours(all, self.seen, &options.claimant);
            self.read_for = Some(read_for);
        }
    }
}
