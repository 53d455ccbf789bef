//! What the trust policy of a role becomes: who is there, who is wanted, what may stay in between, why. Drafts nothing.

use super::Work;
use super::narrow::common;
use crate::admit::View;
use crate::desired::DesiredRole;
use crate::entry::Entry;
use crate::hold::Element;
use crate::observed::OwnedRole;
use crate::refused::{self, Standing};
use crate::step::Cause;
use rolegate_iam::RoleName;
use std::collections::{BTreeMap, BTreeSet};

/// What the trust policy of a role becomes.
#[derive(Debug)]
pub(super) struct TrustChange {
    /// Present and wanted, as sets.
    pub(super) present: BTreeSet<Entry>,
    pub(super) wanted: BTreeSet<Entry>,
    /// The ways in of those for whose sake a gateway's door is wanted: they may keep theirs until it is open.
    behind: BTreeSet<Entry>,
    /// Why each new entry is there.
    pub(super) causes: BTreeMap<Entry, Cause>,
    /// Why something goes.
    pub(super) removal: Option<Cause>,
    /// Entries that are kept only because their removal is held.
    pub(super) held: BTreeSet<Entry>,
    /// Entries that AWS refuses to have written.
    pub(super) unwritable: BTreeSet<Entry>,
    /// What may stay in between.
    between: Between,
}

/// What may stay while the rest is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    /// All that is covered before and after, in whatever words.
    Common,
    /// What is there before and after, word for word: a shorter document, because AWS refused the other for its length.
    Same,
}

impl TrustChange {
    pub(super) fn of(
        work: &Work<'_>,
        view: &View<'_>,
        owned: &OwnedRole<'_>,
        wanted: Option<&DesiredRole>,
    ) -> Self {
        let causes = wanted
            .map(|role| work.removals.doors.entries(view.account.id, &owned.role.name, role).clone())
            .unwrap_or_default();
        let behind = wanted.iter().flat_map(|role| role.behind.values()).flatten();
        let mut change = Self {
            behind: behind.map(|(entry, _)| entry.clone()).collect(),
            present: owned.trust.entries.keys().cloned().collect(),
            wanted: causes.keys().cloned().collect(),
            causes,
            removal: owned.trust.foreign_allows.then_some(Cause::Drift),
            held: BTreeSet::new(),
            unwritable: BTreeSet::new(),
            between: Between::Common,
        };
        for entry in &change.present {
            if change.causes.contains_key(entry) {
                continue;
            }
            match work.removals.cause(view.account.id, Element::Entry(owned.role.name.clone(), entry.clone()))
            {
                Some(cause) => {
                    change.removal.get_or_insert_with(|| cause.clone());
                }
                None => {
                    change.held.insert(entry.clone());
                }
            }
        }
        change.wanted.extend(change.held.iter().cloned());
        let refused = &work.options.refused;
        change.unwritable = refused.unwritable(&change.present, &change.wanted);
        if refused.too_long.contains(&(view.account.id, owned.role.name.clone())) {
            change.between = Between::Same;
        }
        change
    }

    /// Who can enter as things are.
    pub(super) fn present(&self) -> &BTreeSet<Entry> {
        &self.present
    }

    /// Who may enter when everything is done, with those whose removal is held.
    pub(super) fn wanted(&self) -> &BTreeSet<Entry> {
        &self.wanted
    }

    /// Without what AWS refuses.
    pub(super) fn writable(&self, entries: &BTreeSet<Entry>) -> BTreeSet<Entry> {
        entries.difference(&self.unwritable).cloned().collect()
    }

    /// Says of what was declared and AWS refuses that it is left out.
    pub(super) fn report_unwritable(&self, work: &mut Work<'_>, view: &View<'_>, name: &RoleName) {
        for (entry, cause) in self.causes.iter().filter(|(entry, _)| self.unwritable.contains(*entry)) {
            let presence = if self.present.contains(entry) { Standing::AsItWas } else { Standing::NotThere };
            work.left_out.push(refused::left_out(view.account.id, name, (entry, cause), presence));
        }
    }

    /// What may stay while the rest is on its way.
    pub(super) fn stays(&self, closing: bool) -> BTreeSet<Entry> {
        match self.between {
            _ if closing => BTreeSet::new(),
            Between::Common => {
                let by_name = self.present.iter().filter(|entry| !entry.is_gateway()).cloned().collect();
                let mut stays = common(&self.present, &self.wanted);
                stays.extend(common(&by_name, &self.behind));
                stays
            }
            Between::Same => {
                let kept = |entry: &&Entry| self.wanted.contains(*entry) || self.behind.contains(*entry);
                self.present.iter().filter(kept).cloned().collect()
            }
        }
    }

    /// Whether somebody is shut out. An entry that goes because a wider one takes its place shuts nobody out: it stays until
    /// the wider one is written.
    pub(super) fn shuts_out(&self, owned: &OwnedRole<'_>, stays: &BTreeSet<Entry>) -> bool {
        owned.trust.foreign_allows || self.present.iter().any(|entry| !stays.contains(entry))
    }

    pub(super) fn cause_of_opening(&self, stays: &BTreeSet<Entry>) -> Cause {
        let is_new = |entry: &Entry| !stays.contains(entry) && !self.unwritable.contains(entry);
        let new = self.causes.iter().find(|(entry, _)| is_new(entry));
        new.or_else(|| self.causes.iter().next()).map_or(Cause::Ownership, |(_, cause)| cause.clone())
    }
}
