//! The inline policy that ends older sessions of a role: Denies for tokens issued before an instant (§2.8), of everybody or of named
//! sessions. Written from [`Cut`]s and read back into them; when to cut is for [`super::sessions`].

use crate::naming::{REVOKE_POLICY, fixed_policy_name};
use jiff::{SignedDuration, Timestamp};
use rolegate_iam::policy::{
    ActionClause, BaseOperator, Condition, Effect, Operator, PrincipalClause, ResourceClause, Span, Version,
};
use rolegate_iam::snapshot::Role;
use rolegate_iam::{Document, Policy, Statement};
use smol_str::{SmolStr, format_smolstr};
use std::collections::BTreeSet;

/// No session outlives the longest maximum that a role can have (§2.10).
pub(super) const LONGEST_SESSION: SignedDuration = SignedDuration::from_hours(12);
/// Characters of all names in one Deny; whoever is more than that is cut with everybody.
const NAMES: usize = 1500;
/// Denies beside each other; more are joined, with the latest date.
const DENIES: usize = 6;

/// Written before the door narrows, or dated again when that is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Begun,
    Done,
}

/// Up to when sessions are dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp {
    pub(super) stage: Stage,
    pub(super) date: Timestamp,
}

/// Whose sessions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whose {
    /// Those of these session names.
    Named(BTreeSet<SmolStr>),
    /// All.
    Everybody,
}

/// What stands in a role's policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cut {
    /// For the sake of permissions that widen.
    pub(super) whole: Option<Stamp>,
    /// For the sake of those who lost access.
    ended: BTreeSet<(Stamp, Whose)>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    Cut(Cut),
    /// Somebody changed it.
    Unreadable,
}

impl Stamp {
    fn lives(&self, now: Timestamp) -> bool {
        now.duration_since(self.date) <= LONGEST_SESSION
    }
}

impl Whose {
    /// These names, or everybody when they are too many to write down.
    pub(super) fn named(names: BTreeSet<SmolStr>) -> Self {
        let length: usize = names.iter().map(|name| name.len() + "\"*:\",".len()).sum();
        if length > NAMES { Self::Everybody } else { Self::Named(names) }
    }

    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everybody, _) => true,
            (Self::Named(_), Self::Everybody) => false,
            (Self::Named(mine), Self::Named(theirs)) => theirs.is_subset(mine),
        }
    }

    fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Named(mine), Self::Named(theirs)) => Self::named(mine.union(theirs).cloned().collect()),
            (Self::Everybody, _) | (_, Self::Everybody) => Self::Everybody,
        }
    }
}

impl Cut {
    /// Whether nothing is cut.
    pub(super) fn is_nothing(&self) -> bool {
        self.whole.is_none() && self.ended.is_empty()
    }

    /// Begins to end sessions, unless that is begun already.
    pub(super) fn begin(&mut self, whose: &Whose, now: Timestamp) {
        let begun = |(stamp, theirs): &&(Stamp, Whose)| stamp.stage == Stage::Begun && theirs.covers(whose);
        if self.ended.iter().find(begun).is_none() {
            self.ended.insert((Stamp { stage: Stage::Begun, date: now }, whose.clone()));
        }
    }

    /// Dates again what is begun.
    pub(super) fn finish(&mut self, now: Timestamp) {
        let done = Stamp { stage: Stage::Done, date: now };
        let again = |(stamp, whose): (Stamp, Whose)| match stamp.stage {
            Stage::Begun => (done, whose),
            Stage::Done => (stamp, whose),
        };
        self.ended = std::mem::take(&mut self.ended).into_iter().map(again).collect();
        while self.ended.len() > DENIES {
            let (Some((_, first)), Some((stamp, second))) = (self.ended.pop_first(), self.ended.pop_first())
            else {
                return;
            };
            self.ended.insert((stamp, first.and(&second)));
        }
    }

    /// Forgets what no session can be older than.
    pub(super) fn prune(&mut self, now: Timestamp) {
        self.whole = self.whole.filter(|stamp| stamp.lives(now));
        self.ended.retain(|(stamp, _)| stamp.lives(now));
    }

    /// The policy; `None` when nothing is cut.
    pub(super) fn document(&self) -> Option<Document> {
        if self.is_nothing() {
            return None;
        }
        let whole = self.whole.map(|stamp| {
            let sid = match stamp.stage {
                Stage::Begun => "RgCutBegun",
                Stage::Done => "RgCutDone",
            };
            statement(sid.into(), stamp, &Whose::Everybody)
        });
        let ended = self.ended.iter().enumerate().map(|(number, (stamp, whose))| {
            let sid = match stamp.stage {
                Stage::Begun => format_smolstr!("RgEndBegun{}", number + 1),
                Stage::Done => format_smolstr!("RgEndDone{}", number + 1),
            };
            statement(sid, *stamp, whose)
        });
        let statements = whole.into_iter().chain(ended).collect();
        Some(Document::from_policy(Policy { version: Version::V2012, statements, broken: Vec::new() }))
    }

    /// Reads what a role bears.
    pub(super) fn read(role: &Role) -> Found {
        let found = fixed_policy_name(REVOKE_POLICY).and_then(|name| role.inline.get(&name));
        let Some(found) = found else { return Found::Cut(Self::default()) };
        let mut cut = Self::default();
        for statement in &found.policy().statements {
            match read_statement(statement) {
                Some((Purpose::Widening, stamp, Whose::Everybody)) => cut.whole = Some(stamp),
                Some((Purpose::Ending, stamp, whose)) => {
                    cut.ended.insert((stamp, whose));
                }
                Some((Purpose::Widening, _, Whose::Named(_))) | None => return Found::Unreadable,
            }
        }
        let same = |again: &Document| again == found && sids(again) == sids(found);
        if cut.document().is_some_and(|again| same(&again)) { Found::Cut(cut) } else { Found::Unreadable }
    }
}

fn sids(document: &Document) -> BTreeSet<Option<SmolStr>> {
    document.policy().statements.iter().map(|statement| statement.sid.clone()).collect()
}

fn statement(sid: SmolStr, stamp: Stamp, whose: &Whose) -> Statement {
    let condition =
        |base, key: &str, values| Condition { operator: Operator::plain(base), key: key.into(), values };
    let date = format_smolstr!("{}", stamp.date);
    let mut conditions = vec![condition(BaseOperator::DateLessThan, "aws:TokenIssueTime", vec![date])];
    if let Whose::Named(names) = whose {
        // The id of a role session is that of its role, a colon and its name; neither of the two has a colon in it.
        let sessions = names.iter().map(|name| format_smolstr!("*:{name}")).collect();
        conditions.push(condition(BaseOperator::StringLike, "aws:userid", sessions));
    }
    Statement {
        sid: Some(sid),
        effect: Effect::Deny,
        principal: PrincipalClause::Absent,
        action: ActionClause::Is(vec!["*".into()]),
        resource: ResourceClause::Is(vec!["*".into()]),
        conditions,
        span: Span::default(),
    }
}

/// What a Deny is for.
enum Purpose {
    Widening,
    Ending,
}

/// The caller proves by writing again that nothing was missed.
fn read_statement(statement: &Statement) -> Option<(Purpose, Stamp, Whose)> {
    let sid = statement.sid.as_deref()?;
    let (purpose, stage) = match sid.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "RgCutBegun" => (Purpose::Widening, Stage::Begun),
        "RgCutDone" => (Purpose::Widening, Stage::Done),
        "RgEndBegun" => (Purpose::Ending, Stage::Begun),
        "RgEndDone" => (Purpose::Ending, Stage::Done),
        _ => return None,
    };
    let of = |key: &str| statement.conditions.iter().find(|found| found.key.eq_ignore_ascii_case(key));
    let date = of("aws:TokenIssueTime")?.values.first()?.parse().ok()?;
    let whose = match of("aws:userid") {
        Some(names) => {
            let name = |value: &SmolStr| value.strip_prefix("*:").map(SmolStr::from);
            Whose::Named(names.values.iter().map(name).collect::<Option<_>>()?)
        }
        None => Whose::Everybody,
    };
    Some((purpose, Stamp { stage, date }, whose))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
    }

    fn named(names: &[&str]) -> Whose {
        Whose::named(names.iter().copied().map(SmolStr::from).collect())
    }

    fn bearing(document: Option<Document>) -> Role {
        let inline =
            document.map(|document| (REVOKE_POLICY.parse().unwrap(), document)).into_iter().collect();
        Role {
            id: "AROAEXAMPLE".into(),
            path: "/".parse().unwrap(),
            name: "Site".parse().unwrap(),
            created: None,
            trust: Document::parse("{}"),
            inline,
            attached: BTreeSet::new(),
            boundary: None,
            tags: rolegate_iam::Tags::new(),
            max_session_duration: None,
            description: None,
            instance_profiles: BTreeSet::new(),
        }
    }

    #[test]
    fn what_is_written_is_read_back_and_what_others_changed_is_not() {
        let mut cut = Cut { whole: Some(Stamp { stage: Stage::Done, date: at(1) }), ..Cut::default() };
        cut.begin(&named(&["ana", "bo.b"]), at(2));
        assert_eq!(Cut::read(&bearing(cut.document())), Found::Cut(cut.clone()));
        cut.finish(at(3));
        cut.begin(&Whose::Everybody, at(4));
        let document = cut.document().unwrap();
        assert_eq!(Cut::read(&bearing(Some(document.clone()))), Found::Cut(cut));
        assert_eq!(Cut::read(&bearing(None)), Found::Cut(Cut::default()));
        for (old, new) in [
            ("RgEndDone2", "RgEndDone3"),
            ("*:ana", "*"),
            ("DateLessThan", "DateGreaterThan"),
            ("Deny", "Allow"),
        ] {
            let text = document.text().replacen(old, new, 1);
            assert_ne!(text, document.text(), "{old}");
            assert_eq!(Cut::read(&bearing(Some(Document::parse(&text)))), Found::Unreadable, "{old}");
        }
    }

    #[test]
    fn beginning_twice_is_beginning_once_and_old_dates_go() {
        let mut cut = Cut::default();
        cut.begin(&named(&["ana", "bob"]), at(0));
        let once = cut.clone();
        cut.begin(&named(&["ana"]), at(1));
        assert_eq!(cut, once);
        cut.finish(at(2));
        cut.begin(&named(&["ana"]), at(3));
        assert_ne!(cut, once, "a session after the first end must end too");
        cut.finish(at(4));
        cut.prune(at(15));
        assert_eq!(cut.ended.len(), 1);
        cut.prune(at(17));
        assert!(cut.is_nothing());
    }

    #[test]
    fn many_names_are_everybody_and_many_ends_are_joined() {
        let many: BTreeSet<SmolStr> = (0..200).map(|number| format_smolstr!("person-{number}")).collect();
        assert_eq!(Whose::named(many), Whose::Everybody);
        let mut cut = Cut::default();
        for hour in 0..9 {
            cut.begin(&named(&[&format!("p{hour}")]), at(hour));
            cut.finish(at(hour));
        }
        assert_eq!(cut.ended.len(), DENIES);
        let all = cut.ended.iter().fold(named(&[]), |all, (_, whose)| all.and(whose));
        assert_eq!(all, named(&["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8"]));
    }
}
