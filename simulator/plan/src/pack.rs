//! Which of a holder's numbered policies each gate stands in (design §5): as few as the quotas allow, and stable. A grant that comes,
//! goes or changes rewrites at most two policies; only when a holder has no policy left to add are gates moved together.
//! Depends on what is wanted and where it is, never on an order of input. Writes nothing.

use crate::entry::Window;
use crate::gate::{Gate, write};
use rolegate_iam::RoleArn;
use std::collections::{BTreeMap, BTreeSet};

/// The gates of each numbered policy, from 1.
pub type Packing = BTreeMap<usize, BTreeSet<Gate>>;

/// What IAM allows of a holder's policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Characters of one policy, as IAM counts them (§3.2).
    pub size: usize,
    /// Policies that may be attached to the holder beside what else is (§3.3).
    pub policies: usize,
}

/// Distributes gates over numbered policies. A gate that has a place keeps it; a changed one stays with its role; new ones go into
/// one policy that has room for all of them, else fill the roomiest and go on in new ones. When that takes more policies than
/// there may be, every gap is filled, and if need be everything is packed anew. The result holds every gate exactly once; it has
/// more policies than there may be only when nothing else is possible.
pub fn pack(wanted: &BTreeSet<Gate>, places: &BTreeMap<Gate, usize>, room: Room) -> Packing {
    let mut scale = Scale::default();
    let mut fits = |way: Way, places: &BTreeMap<Gate, usize>| {
        let mut filling =
            Filling { size: room.size, policies: BTreeMap::new(), scale: std::mem::take(&mut scale) };
        filling.keep(wanted, places);
        filling.add(wanted, places, way);
        let Filling { policies, scale: used, size: _ } = filling;
        scale = used;
        policies.into_iter().map(|(index, packed)| (index, packed.gates)).collect::<Packing>()
    };
    let stable = fits(Way::Stable, places);
    if stable.len() <= room.policies {
        return stable;
    }
    let filled = fits(Way::Gaps, places);
    if filled.len() <= room.policies {
        return filled;
    }
    fits(Way::Gaps, &BTreeMap::new())
}

/// More policies than this are never needed, wherever the gates stand; quick to tell. `None` where nothing is said.
pub(crate) fn at_most<'a>(wanted: impl Iterator<Item = &'a Gate>, size: usize) -> Option<usize> {
    let mut scale = Scale::default();
    let (mut all, mut longest) = (0, 0);
    for gate in wanted {
        let cost = listed(gate);
        scale.frame(gate);
        all += cost;
        longest = longest.max(cost);
    }
    // A policy is left only when the next gate does not fit, so but for the last each holds more than this.
    let frames: usize = scale.0.values().sum();
    let filled = size.checked_sub(frames)?.checked_sub(longest)?.checked_add(1)?;
    Some(1 + all / filled)
}

/// How gates without a place are placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// With few policies rewritten.
    Stable,
    /// Each in the first policy with room for it.
    Gaps,
}

/// Policies being filled.
struct Filling<'a> {
    size: usize,
    policies: BTreeMap<usize, Packed<'a>>,
    scale: Scale<'a>,
}

impl<'a> Filling<'a> {
    fn keep(&mut self, wanted: &'a BTreeSet<Gate>, places: &BTreeMap<Gate, usize>) {
        for gate in wanted {
            if let Some(place) = places.get(gate) {
                self.put(gate, *place);
            }
        }
    }

    fn add(&mut self, wanted: &'a BTreeSet<Gate>, places: &BTreeMap<Gate, usize>, way: Way) {
        let mut new: Vec<&Gate> = wanted.iter().filter(|gate| !places.contains_key(*gate)).collect();
        if way == Way::Stable {
            let gone = places.iter().filter(|(gate, _)| !wanted.contains(*gate));
            let left: BTreeMap<_, usize> = gone.map(|(gate, place)| (&gate.role, *place)).collect();
            // These policies are written anyway.
            new.retain(|gate| !left.get(&gate.role).is_some_and(|place| self.try_put(gate, *place)));
            for place in left.values().copied().collect::<BTreeSet<_>>() {
                new.retain(|gate| !self.try_put(gate, place));
            }
            let used: Vec<usize> = self.policies.keys().copied().collect();
            let whole = used.iter().find(|place| self.holds_all(&new, **place));
            let roomiest = || used.iter().min_by_key(|place| self.filled(**place));
            if let Some(place) = whole.or_else(roomiest).copied() {
                new.retain(|gate| !self.try_put(gate, place));
            }
            let unused = (1..).filter(|place| !used.contains(place));
            for place in unused.take(new.len()) {
                new.retain(|gate| !self.try_put(gate, place));
            }
        }
        for gate in new {
            let mut place = 1;
            while !self.try_put(gate, place) {
                place += 1;
            }
        }
    }

    fn filled(&self, place: usize) -> usize {
        self.policies.get(&place).map_or(0, |packed| packed.size)
    }

    fn holds_all(&mut self, gates: &[&'a Gate], place: usize) -> bool {
        let Some(packed) = self.policies.get(&place) else { return false };
        let mut packed = packed.clone();
        for gate in gates {
            let cost = packed.cost(gate, &mut self.scale);
            packed.add(gate, cost);
        }
        packed.size <= self.size
    }

    /// Puts a gate where it stood, whatever room there is.
    fn put(&mut self, gate: &'a Gate, place: usize) {
        let packed = self.policies.entry(place).or_default();
        let cost = packed.cost(gate, &mut self.scale);
        packed.add(gate, cost);
    }

    /// Puts a gate into a policy if it fits; an empty one takes any.
    fn try_put(&mut self, gate: &'a Gate, place: usize) -> bool {
        let nothing = Packed::default();
        let packed = self.policies.get(&place).unwrap_or(&nothing);
        let cost = packed.cost(gate, &mut self.scale);
        let fits = packed.gates.is_empty() || packed.size + cost <= self.size;
        if fits {
            self.policies.entry(place).or_default().add(gate, cost);
        }
        fits
    }
}

/// One policy being filled.
#[derive(Default, Clone)]
struct Packed<'a> {
    gates: BTreeSet<Gate>,
    windows: BTreeSet<&'a Window>,
    /// Never less than the size that IAM counts.
    size: usize,
}

impl<'a> Packed<'a> {
    /// What the gate adds at most: its ARN in a list, and a statement of its own if no other has its window.
    fn cost(&self, gate: &'a Gate, scale: &mut Scale<'a>) -> usize {
        let frame = if self.windows.contains(&gate.window) { 0 } else { scale.frame(gate) };
        frame + listed(gate)
    }

    fn add(&mut self, gate: &'a Gate, cost: usize) {
        self.gates.insert(gate.clone());
        self.windows.insert(&gate.window);
        self.size += cost;
    }
}

/// What a gate's ARN takes in a list.
fn listed(gate: &Gate) -> usize {
    length(&gate.role) + "\"\",".len()
}

/// How long an ARN is when written.
fn length(RoleArn { partition, account, path, name }: &RoleArn) -> usize {
    let parts = [partition.as_str(), account.as_str(), path.as_str(), name.as_str()];
    "arn::iam:::role".len() + parts.map(str::len).iter().sum::<usize>()
}

/// The size of a policy with one statement for each window, measured once.
#[derive(Default)]
struct Scale<'a>(BTreeMap<&'a Window, usize>);

impl<'a> Scale<'a> {
    fn frame(&mut self, gate: &'a Gate) -> usize {
        // A list has brackets that a single value lacks.
        let measure = || write([gate], &[]).map_or(0, |document| document.size()) + "[]".len();
        *self.0.entry(&gate.window).or_insert_with(measure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROOM: Room = Room { size: 6144, policies: 10 };

    fn size(gates: &BTreeSet<Gate>) -> usize {
        write(gates, &[]).map_or(0, |document| document.size())
    }

    fn gate(role: &str, ends: u8) -> Gate {
        let end = (ends > 0).then(|| format!("20{}-01-01T00:00:00Z", 30 + ends).parse().unwrap());
        Gate {
            role: format!("arn:aws:iam::222222222222:role/{role}").parse().unwrap(),
            window: Window { not_after: end, ..Window::default() },
        }
    }

    fn places(packing: &Packing) -> BTreeMap<Gate, usize> {
        let pairs =
            packing.iter().flat_map(|(index, gates)| gates.iter().map(move |gate| (gate.clone(), *index)));
        pairs.collect()
    }

    fn rewritten(before: &Packing, after: &Packing) -> usize {
        let all: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        all.into_iter().filter(|index| before.get(index) != after.get(index)).count()
    }

    /// Holds for every packing.
    fn sound(wanted: &BTreeSet<Gate>, packing: &Packing, room: Room) {
        assert_eq!(packing.values().map(BTreeSet::len).sum::<usize>(), wanted.len(), "each once");
        assert_eq!(packing.values().flatten().cloned().collect::<BTreeSet<_>>(), *wanted);
        for gates in packing.values() {
            assert!(!gates.is_empty() && (gates.len() == 1 || size(gates) <= room.size));
        }
    }

    /// A grant of a role that may come, go or change: a number of roles, and which of the windows.
    fn changes() -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
        prop::collection::vec((0u8..120, 1u8..16, 0u8..4), 1..40)
    }

    #[test]
    fn an_arn_is_as_long_as_it_is_written() {
        for arn in ["arn:aws:iam::111111111111:role/A", "arn:aws-us-gov:iam::111111111111:role/a/path/Name"] {
            assert_eq!(length(&arn.parse().unwrap()), arn.len());
        }
    }

    proptest! {
        #[test]
        fn a_grant_that_comes_goes_or_changes_rewrites_at_most_two_policies(
            changes in changes(), size in 900usize..2500,
        ) {
            let room = Room { size, policies: 1000 };
            let (mut wanted, mut packing) = (BTreeSet::new(), Packing::new());
            for (role, _, window) in changes {
                let name = format!("role-number-{role}{}", "x".repeat(usize::from(role) % 23));
                wanted.retain(|gate: &Gate| gate.role.name.as_str() != name);
                if window < 3 {
                    wanted.insert(gate(&name, window));
                }
                let next = pack(&wanted, &places(&packing), room);
                sound(&wanted, &next, room);
                prop_assert!(rewritten(&packing, &next) <= 2, "{packing:#?}\n{next:#?}");
                packing = next;
            }
        }

        #[test]
        fn a_binding_that_fits_into_one_policy_rewrites_at_most_two(changes in changes(), size in 2000usize..4000) {
            let room = Room { size, policies: 1000 };
            let (mut wanted, mut packing) = (BTreeSet::new(), Packing::new());
            for (binding, (first, count, window)) in changes.into_iter().enumerate() {
                if window == 3 {
                    // Gaps, of any size.
                    wanted.retain(|gate: &Gate| !gate.role.name.as_str().ends_with(char::from(b'0' + first % 10)));
                    packing = pack(&wanted, &places(&packing), room);
                    continue;
                }
                let new: BTreeSet<_> =
                    (0..count).map(|account| gate(&format!("b{binding}-{first}-{account}"), window)).collect();
                prop_assume!(super::tests::size(&new) + 8 * new.len() <= size);
                wanted.extend(new);
                let next = pack(&wanted, &places(&packing), room);
                sound(&wanted, &next, room);
                prop_assert!(rewritten(&packing, &next) <= 2, "{packing:#?}\n{next:#?}");
                prop_assert_eq!(rewritten(&next, &pack(&wanted, &places(&next), room)), 0, "at rest");
                packing = next;
            }
        }

        #[test]
        fn no_gap_keeps_out_what_would_fit(count in 1usize..60, gone in any::<u64>(), size in 900usize..2500) {
            let all: BTreeSet<_> =
                (0..count).map(|number| gate(&format!("r{number}"), u8::from(number % 3 == 0))).collect();
            let wide = Room { size, policies: 1000 };
            let packing = pack(&all, &BTreeMap::new(), wide);
            prop_assert!(at_most(all.iter(), size).is_none_or(|most| packing.len() <= most));
            let left: BTreeSet<_> =
                all.iter().enumerate().filter(|(n, _)| gone >> n & 1 == 0).map(|(_, gate)| gate.clone()).collect();
            let fewest = pack(&left, &BTreeMap::new(), wide).len();
            let tight = pack(&left, &places(&packing), Room { size, policies: fewest });
            sound(&left, &tight, wide);
            prop_assert!(tight.len() <= fewest, "{} policies, and {fewest} are enough", tight.len());
        }
    }

    #[test]
    fn what_a_gate_costs_is_never_less_than_what_it_adds() {
        let mut wanted = BTreeSet::new();
        for number in 0..60 {
            wanted.insert(gate(&format!("r{number}"), number % 3));
        }
        for size in 300..900 {
            sound(
                &wanted,
                &pack(&wanted, &BTreeMap::new(), Room { size, policies: 1000 }),
                Room { size, policies: 1000 },
            );
        }
    }

    #[test]
    fn what_cannot_fit_is_packed_all_the_same_and_can_be_counted() {
        let many: BTreeSet<_> = (0..2000).map(|number| gate(&format!("role-number-{number}"), 0)).collect();
        let packing = pack(&many, &BTreeMap::new(), ROOM);
        sound(&many, &packing, ROOM);
        assert!(packing.len() > ROOM.policies);
        assert!((packing.len()..packing.len() + 3).contains(&at_most(many.iter(), ROOM.size).unwrap()));
    }
}
