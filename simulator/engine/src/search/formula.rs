//! Formulas over constraints, in disjunctive normal form: the ways in which a statement applies, or does not.

use super::requirement::Constraint;
use crate::decision::Doubt;
use crate::layer::Found;
use std::collections::BTreeSet;

/// More alternatives than this are not kept apart: they become one way that is only possible.
const LIMIT: usize = 200;

/// One way: all of these must hold, and it is certain only if there are no doubts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Way<'w> {
    pub(crate) atoms: BTreeSet<Constraint>,
    pub(crate) doubts: BTreeSet<Doubt>,
    /// The statement of the trust policy that lets it in.
    pub(crate) trust: Option<Found<'w>>,
    /// The statement of the caller's own policies.
    pub(crate) identity: Option<Found<'w>>,
}

/// Any of these ways; none means never.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ways<'w>(pub(crate) Vec<Way<'w>>);

/// The ways in which something holds, and those in which it does not.
#[derive(Debug, Clone)]
pub(crate) struct Both<'w> {
    pub(crate) holds: Ways<'w>,
    pub(crate) fails: Ways<'w>,
}

impl Way<'_> {
    fn and(&self, other: &Self) -> Self {
        Self {
            atoms: self.atoms.union(&other.atoms).cloned().collect(),
            doubts: self.doubts.union(&other.doubts).cloned().collect(),
            trust: self.trust.or(other.trust),
            identity: self.identity.or(other.identity),
        }
    }

    /// Whether whatever meets `other` meets this too, with no more doubt.
    fn covers(&self, other: &Self) -> bool {
        self.atoms.is_subset(&other.atoms) && self.doubts.is_subset(&other.doubts)
    }

    fn contradicts_itself(&self) -> bool {
        self.atoms.iter().any(|atom| !atom.holds && self.atoms.contains(&atom.negated()))
    }
}

impl<'w> Ways<'w> {
    pub(crate) fn never() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn always() -> Self {
        Self(vec![Way::default()])
    }

    pub(crate) fn doubtful(doubt: Doubt) -> Self {
        Self(vec![Way { doubts: [doubt].into(), ..Way::default() }])
    }

    pub(crate) fn atom(atom: Constraint) -> Self {
        Self(vec![Way { atoms: [atom].into(), ..Way::default() }])
    }

    pub(crate) fn is_never(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn or(mut self, other: Self) -> Self {
        for way in other.0 {
            self.add(way);
        }
        self.bounded()
    }

    pub(crate) fn and(&self, other: &Self) -> Self {
        let mut product = Self::never();
        for left in &self.0 {
            for right in &other.0 {
                let way = left.and(right);
                if !way.contradicts_itself() {
                    product.add(way);
                }
            }
        }
        product.bounded()
    }

    pub(crate) fn with_trust(mut self, found: Found<'w>) -> Self {
        self.0.iter_mut().for_each(|way| way.trust = Some(found));
        self
    }

    pub(crate) fn with_identity(mut self, found: Found<'w>) -> Self {
        self.0.iter_mut().for_each(|way| way.identity = Some(found));
        self
    }

    /// The same ways, where no statement of the caller's own policies is needed.
    pub(crate) fn without_identity(mut self) -> Self {
        self.0.iter_mut().for_each(|way| way.identity = None);
        self
    }

    fn add(&mut self, way: Way<'w>) {
        if self.0.iter().any(|known| known.covers(&way)) {
            return;
        }
        self.0.retain(|known| !way.covers(known));
        self.0.push(way);
    }

    /// Too many ways become one that asks for nothing and promises nothing, so that none is lost.
    fn bounded(self) -> Self {
        if self.0.len() <= LIMIT {
            return self;
        }
        let first = self.0.into_iter().next().unwrap_or_default();
        let what = "too many combinations of conditions to tell them apart".into();
        Self(vec![Way { atoms: BTreeSet::new(), doubts: [Doubt::NotModelled { what }].into(), ..first }])
    }
}

impl Both<'_> {
    pub(crate) fn yes() -> Self {
        Self { holds: Ways::always(), fails: Ways::never() }
    }

    pub(crate) fn no() -> Self {
        Self { holds: Ways::never(), fails: Ways::always() }
    }

    pub(crate) fn unknown(doubt: Doubt) -> Self {
        Self { holds: Ways::doubtful(doubt.clone()), fails: Ways::doubtful(doubt) }
    }

    pub(crate) fn free(atom: &Constraint) -> Self {
        Self { holds: Ways::atom(atom.clone()), fails: Ways::atom(atom.negated()) }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self { holds: self.holds.and(&other.holds), fails: self.fails.or(other.fails) }
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self { holds: self.holds.or(other.holds), fails: self.fails.and(&other.fails) }
    }
}
