//! Paths: entrances joined hop by hop, backwards from the target, with the facts that a session carries from hop to hop.

use super::candidates::candidates;
use super::entry::Target;
use super::merge::Entrance;
use super::requirement::{Constraint, Credentials, FreeKey, Requirement, Requirements};
use super::solve::{Solution, solve};
use super::witness::witness;
use super::{Answer, Certainty, Entry, Hop, Limit, Path, PrincipalRef, SearchOptions, others};
use crate::decide::assume_role;
use crate::decision::{Decision, Doubt};
use crate::facts::{Facts, Lookup};
use crate::index::Index;
use crate::layer::Found;
use crate::settings::Settings;
use rolegate_iam::RoleArn;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Who can enter `target` in one hop, time left free. Ordered by principal, then requirements; with what was not collected
/// and may hide further ones.
pub fn who_can_enter(index: &Index<'_>, target: &RoleArn, settings: &Settings) -> (Vec<Entry>, Vec<Doubt>) {
    let options = SearchOptions { settings: *settings, ..SearchOptions::default() };
    let mut search = Search { index, options: &options, budget: usize::MAX, doubts: BTreeSet::new() };
    let entries = search.entries(target);
    (entries, search.doubts.into_iter().collect())
}

/// Who can reach `target`, over at most [`SearchOptions::max_hops`] hops.
pub fn who_can(index: &Index<'_>, target: &RoleArn, options: &SearchOptions) -> Answer {
    let mut search = Search { index, options, budget: options.budget, doubts: BTreeSet::new() };
    let (paths, limit) = search.paths(target);
    Answer { paths, doubts: search.doubts.into_iter().collect(), limit }
}

struct Search<'a, 's> {
    index: &'a Index<'s>,
    options: &'a SearchOptions,
    /// How many more pairs may be looked at.
    budget: usize,
    doubts: BTreeSet<Doubt>,
}

/// A path that may be made longer at its front.
#[derive(Clone)]
struct Partial {
    /// From the origin to the target.
    hops: Vec<(Entry, RoleArn)>,
    doubts: BTreeSet<Doubt>,
}

impl Search<'_, '_> {
    fn entries(&mut self, target: &RoleArn) -> Vec<Entry> {
        let text = target.to_string();
        let subject = match self.index.role_by_text(&text) {
            Lookup::Found(subject) => subject,
            Lookup::Missing => return Vec::new(),
            Lookup::NotCollected(doubt) => {
                self.doubts.insert(*doubt);
                return Vec::new();
            }
        };
        if subject.suspended {
            return Vec::new();
        }
        let found = candidates(self.index, &subject);
        self.doubts.extend(found.doubts);
        let question = Target {
            world: self.index,
            arn: target,
            text: &text,
            subject: &subject,
            settings: &self.options.settings,
            time: self.options.time,
        };
        let mut entries = Vec::new();
        for (from, (candidate, subject)) in &found.callers {
            if self.budget == 0 {
                break;
            }
            self.budget = self.budget.saturating_sub(1);
            let entrances = question.entrances(candidate, *subject);
            entries.extend(entrances.into_iter().filter_map(|entrance| self.entry(from, target, entrance)));
        }
        if let Some(role) = subject.as_role() {
            let (policy, settings) = (role.trust.policy(), &self.options.settings);
            let limit = others::limit(self.index, target, settings);
            let others = found.others.into_iter();
            entries.extend(
                others.map(|(from, found)| others::entrance(from, found, policy, settings, limit.as_ref())),
            );
        }
        entries
    }

    /// A certain entrance is tried out: nothing is called certain that the evaluator of single requests does not allow.
    fn entry(&self, from: &PrincipalRef, target: &RoleArn, entrance: Entrance<'_>) -> Option<Entry> {
        let Entrance { requirements, mut doubts, trust, identity } = entrance;
        let trust_by = trust?.to_ref();
        if doubts.is_empty() {
            doubts.extend(self.unconfirmed(from, target, &requirements));
        }
        Some(Entry {
            from: from.clone(),
            requirements,
            certainty: certainty(doubts),
            trust_by,
            identity_by: identity.map(Found::to_ref),
        })
    }

    fn unconfirmed(
        &self,
        from: &PrincipalRef,
        target: &RoleArn,
        requirements: &Requirements,
    ) -> Option<Doubt> {
        let calls = witness(from, target, requirements, self.options.time.unwrap_or_default());
        let refused = calls.iter().find_map(|call| {
            let decision = assume_role(
                self.index,
                &call.caller,
                &call.request,
                &call.environment,
                &self.options.settings,
            );
            (!decision.is_allowed()).then_some(decision)
        });
        let why = match refused {
            None if !calls.is_empty() => return None,
            None => "no call was found that meets every requirement".to_owned(),
            Some(Decision::Possible { needs, .. }) => return needs.into_iter().next(),
            Some(_) => "a call that meets every requirement was not allowed".to_owned(),
        };
        Some(Doubt::NotModelled { what: why.into() })
    }

    fn paths(&mut self, target: &RoleArn) -> (Vec<Path>, Option<Limit>) {
        let mut known: BTreeMap<RoleArn, Vec<Entry>> = BTreeMap::new();
        let mut kept: Vec<Partial> = Vec::new();
        let mut queue = VecDeque::from([Partial { hops: Vec::new(), doubts: BTreeSet::new() }]);
        let mut limit = None;
        while let Some(partial) = queue.pop_front() {
            let head = match partial.hops.first() {
                None => target.clone(),
                Some((Entry { from: PrincipalRef::Role(role), .. }, _)) => role.clone(),
                Some(_) => continue,
            };
            if !known.contains_key(&head) {
                let beyond = partial.hops.len() >= self.options.max_hops;
                let asked = beyond.then(|| self.doubts.clone());
                let entries = self.entries(&head);
                known.insert(head.clone(), entries);
                // What is not known of longer paths says nothing about the ones that were asked for.
                if let Some(asked) = asked
                    && self.doubts != asked
                {
                    limit = Some(Limit::Hops);
                    self.doubts = asked;
                }
            }
            for entry in known.get(&head).into_iter().flatten() {
                if self.budget == 0 {
                    return (finish(kept), Some(Limit::Budget));
                }
                self.budget = self.budget.saturating_sub(1);
                if revisits(&partial, target, &entry.from) {
                    continue;
                }
                let Some(longer) = join(entry, &head, &partial, self.options) else { continue };
                if kept.iter().any(|path| path.covers(&longer)) {
                    continue;
                }
                if partial.hops.len() >= self.options.max_hops {
                    limit = Some(Limit::Hops);
                    break;
                }
                kept.push(longer.clone());
                queue.push_back(longer);
            }
        }
        (finish(kept), if self.budget == 0 { Some(Limit::Budget) } else { limit })
    }
}

fn finish(kept: Vec<Partial>) -> Vec<Path> {
    let mut paths: Vec<Path> = kept.into_iter().map(Partial::finish).collect();
    paths.sort_by(|a, b| {
        let key = |path: &Path| {
            let hops: Vec<_> =
                path.hops.iter().map(|hop| (hop.from.clone(), hop.requirements.clone())).collect();
            (path.hops.len(), hops)
        };
        key(a).cmp(&key(b))
    });
    paths
}

/// A role that is already on the path gives nothing new.
fn revisits(partial: &Partial, target: &RoleArn, from: &PrincipalRef) -> bool {
    let PrincipalRef::Role(role) = from else { return false };
    role == target || partial.hops.iter().any(|(entry, to)| to == role || entry.from == *from)
}

impl Partial {
    fn finish(self) -> Path {
        let hops = self
            .hops
            .into_iter()
            .map(|(entry, to)| Hop {
                from: entry.from,
                to,
                requirements: entry.requirements,
                trust_by: entry.trust_by,
                identity_by: entry.identity_by,
            })
            .collect();
        Path { hops, certainty: certainty(self.doubts) }
    }

    fn all_requirements(&self) -> Requirements {
        Requirements(self.hops.iter().flat_map(|(entry, _)| entry.requirements.0.iter().cloned()).collect())
    }

    /// Whether the windows of all hops have an instant in common; a chain of short sessions cannot wait for the next.
    fn fits_one_instant(&self, options: &SearchOptions) -> bool {
        let constraints = self.hops.iter().flat_map(|(entry, _)| entry.requirements.constraints());
        let windows = constraints.filter(|constraint| constraint.key == FreeKey::Time).cloned().collect();
        matches!(solve(&windows, options.time), Solution::Met(_))
    }

    /// Whether another path of the same origin asks for no more, is no longer and no less certain.
    fn covers(&self, other: &Self) -> bool {
        let origin = |path: &Self| path.hops.first().map(|(entry, _)| entry.from.clone());
        self.hops.len() <= other.hops.len()
            && origin(self) == origin(other)
            && self.doubts.is_subset(&other.doubts)
            && other.all_requirements().implies(&self.all_requirements())
    }
}

/// Puts one hop before a path, if the session it gives can go on.
fn join(entry: &Entry, to: &RoleArn, rest: &Partial, options: &SearchOptions) -> Option<Partial> {
    let mut entry = entry.clone();
    let mut rest = rest.clone();
    if let Some((next, _)) = rest.hops.first_mut() {
        entry.requirements = carry(&entry, next, options, &mut rest.doubts)?;
        // What the hop before now ensures need not be said again.
        next.requirements.0.retain(|requirement| !ensured(requirement));
        if sets_source_identity(&entry.requirements, options) {
            doubt(
                &mut rest.doubts,
                "the session inherits a source identity, which the next role must accept",
            );
        }
    }
    if let Certainty::Possible(doubts) = &entry.certainty {
        rest.doubts.extend(doubts.iter().cloned());
    }
    rest.hops.insert(0, (entry, to.clone()));
    if rest.hops.len() > 1 && !rest.fits_one_instant(options) {
        doubt(&mut rest.doubts, "no instant was found at which every hop is allowed");
    }
    Some(rest)
}

fn doubt(doubts: &mut BTreeSet<Doubt>, what: &str) {
    doubts.insert(Doubt::NotModelled { what: what.into() });
}

fn ensured(requirement: &Requirement) -> bool {
    match requirement {
        Requirement::Credentials(kinds) => {
            kinds.iter().all(|kind| matches!(kind, Credentials::Role | Credentials::RoleAfterMfa))
        }
        Requirement::Value(constraint) => constraint.key == FreeKey::CallerSession,
    }
}

/// The requirements of a hop whose session must then meet those of the next.
fn carry(
    entry: &Entry,
    next: &Entry,
    options: &SearchOptions,
    doubts: &mut BTreeSet<Doubt>,
) -> Option<Requirements> {
    let mut requirements = entry.requirements.clone();
    let names = next.requirements.constraints().filter(|constraint| constraint.key == FreeKey::CallerSession);
    for constraint in names {
        let chosen = Constraint { key: FreeKey::SessionName, ..constraint.clone() };
        requirements.0.insert(Requirement::Value(chosen));
        if !matches!(entry.from, PrincipalRef::User(_) | PrincipalRef::Role(_)) {
            doubt(doubts, &format!("the session names that {} gives are not known", entry.from));
        }
    }
    if let Some(wanted) = next.requirements.credentials() {
        // A service or provider gives sessions without MFA (§2.7).
        let without_mfa = matches!(entry.from, PrincipalRef::Service(_) | PrincipalRef::Federated(_));
        if without_mfa && !wanted.contains(&Credentials::Role) {
            return None;
        }
        let all = all_credentials(&entry.from);
        let have = entry.requirements.credentials().unwrap_or(&all).clone();
        let left: BTreeSet<Credentials> =
            have.iter().copied().filter(|kind| wanted.contains(&becomes(*kind))).collect();
        if left.is_empty() && !all.is_empty() {
            return None;
        }
        requirements.0.retain(|requirement| !matches!(requirement, Requirement::Credentials(_)));
        if left.len() < all.len() {
            requirements.0.insert(Requirement::Credentials(left));
        }
    }
    let atoms = requirements.constraints().cloned().collect();
    match solve(&atoms, options.time) {
        Solution::Never => return None,
        Solution::Met(_) => {}
        Solution::CannotTell(_, keys) => {
            for key in keys {
                doubt(doubts, &format!("no {} was found that meets every condition", key.name()));
            }
        }
    }
    Some(requirements)
}

fn all_credentials(from: &PrincipalRef) -> BTreeSet<Credentials> {
    use Credentials as C;
    match from {
        PrincipalRef::User(_) => [C::Key, C::KeyWithMfa, C::Session, C::SessionWithMfa].into(),
        PrincipalRef::Role(_) => [C::Role, C::RoleAfterMfa].into(),
        _ => BTreeSet::new(),
    }
}

/// What kind of role session credentials give (§2.7, U4): only an MFA session may pass MFA on.
fn becomes(kind: Credentials) -> Credentials {
    match kind {
        Credentials::SessionWithMfa | Credentials::RoleAfterMfa => Credentials::RoleAfterMfa,
        Credentials::Key | Credentials::KeyWithMfa | Credentials::Session | Credentials::Role => {
            Credentials::Role
        }
    }
}

fn sets_source_identity(requirements: &Requirements, options: &SearchOptions) -> bool {
    let atoms = requirements.constraints().cloned().collect();
    match solve(&atoms, options.time) {
        Solution::Met(choice) | Solution::CannotTell(choice, _) => {
            matches!(choice.get(&FreeKey::SourceIdentity), Some(Some(_)))
        }
        Solution::Never => false,
    }
}

fn certainty(doubts: BTreeSet<Doubt>) -> Certainty {
    if doubts.is_empty() { Certainty::Certain } else { Certainty::Possible(doubts.into_iter().collect()) }
}
