//! Joins the ways of several kinds of credentials into entrances with the smallest requirements. Evaluates nothing.

use super::requirement::{Constraint, Credentials, Requirement, Requirements};
use super::symbolic::is_met_by_kind;
use crate::decision::Doubt;
use crate::layer::Found;
use std::collections::BTreeSet;

/// One way in, with what it requires; `choice` meets it.
#[derive(Debug, Clone)]
pub(crate) struct Entrance<'w> {
    pub(crate) requirements: Requirements,
    pub(crate) doubts: BTreeSet<Doubt>,
    pub(crate) trust: Option<Found<'w>>,
    pub(crate) identity: Option<Found<'w>>,
}

/// One way of one kind of credentials; `own` are the constraints that only that kind has.
pub(crate) struct ModeWay<'w> {
    pub(crate) credentials: Option<Credentials>,
    pub(crate) own: BTreeSet<Constraint>,
    pub(crate) trust: Option<Found<'w>>,
    pub(crate) identity: Option<Found<'w>>,
}

/// Joins the ways of several kinds of credentials that require the same otherwise.
pub(crate) fn merge<'w>(
    atoms: &BTreeSet<Constraint>,
    doubts: &BTreeSet<Doubt>,
    ways: &[ModeWay<'w>],
    all: &[Credentials],
) -> Vec<Entrance<'w>> {
    let sets: BTreeSet<&BTreeSet<Constraint>> = ways.iter().map(|way| &way.own).collect();
    let joined: Vec<(&BTreeSet<Constraint>, Vec<&ModeWay<'w>>, BTreeSet<Credentials>)> = sets
        .into_iter()
        .map(|own| {
            let joined: Vec<&ModeWay<'w>> = ways.iter().filter(|way| way.fits(own)).collect();
            let kinds = joined.iter().filter_map(|way| way.credentials).collect();
            (own, joined, kinds)
        })
        .collect();
    let mut entrances = Vec::new();
    for (own, ways, kinds) in &joined {
        // Left to a way of more kinds only if that one asks nothing more of these.
        let within = joined.iter().any(|(asked, _, more)| {
            kinds.len() < more.len()
                && kinds.is_subset(more)
                && asked.difference(own).all(|atom| kinds.iter().all(|kind| is_met_by_kind(atom, *kind)))
        });
        let Some(first) = ways.first().filter(|_| !within) else { continue };
        let limited = !kinds.is_empty() && kinds.len() < all.len();
        let values = atoms.iter().chain(*own).cloned().map(Requirement::Value);
        let kinds = limited.then(|| Requirement::Credentials(kinds.clone()));
        entrances.push(Entrance {
            requirements: Requirements(values.chain(kinds).collect()),
            doubts: doubts.clone(),
            trust: first.trust,
            identity: first.identity,
        });
    }
    entrances
}

impl ModeWay<'_> {
    /// Whether these credentials meet the constraints, which other credentials have: they are the same, or fixed by the kind.
    fn fits(&self, own: &BTreeSet<Constraint>) -> bool {
        let met = |atom: &Constraint| self.credentials.is_some_and(|kind| is_met_by_kind(atom, kind));
        self.own.is_subset(own) && own.difference(&self.own).all(met)
    }
}

/// Drops entrances that ask for more than another one, and are no more certain.
pub(crate) fn drop_covered(entrances: Vec<Entrance<'_>>) -> Vec<Entrance<'_>> {
    let mut kept: Vec<Entrance<'_>> = Vec::new();
    for entrance in entrances {
        let covered = kept.iter().any(|known| {
            known.doubts.is_subset(&entrance.doubts) && entrance.requirements.implies(&known.requirements)
        });
        if !covered {
            kept.push(entrance);
        }
    }
    kept
}
