//! AssumeRole requests over all layers, decided by the engine and by iam-simulate. Every difference must be explained by a row
//! of the table in `docs/judges.md`.

mod dice;
mod disguise;
mod explain;
mod ours;
mod pools;
mod scene;
mod theirs;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use explain::ROWS;
use rolegate_engine::{Decision, DenyKind};
use scene::Scene;
use theirs::{Asked, Reply, Verdict};

const SCENES: u64 = 6_000;
/// So many of them must be decided for certain by both.
const COMPARED: usize = 5_500;

/// What decides, and in how many scenes at least, so that no layer drops out of the comparison.
const OUTCOMES: [(&str, usize); 14] = [
    ("allowed", 1500),
    ("explicit, trust policy", 400),
    ("explicit, identity policies", 200),
    ("explicit, permissions boundary", 25),
    ("explicit, session policy", 25),
    ("implicit, trust policy", 1500),
    ("implicit, identity policies", 500),
    ("implicit, permissions boundary", 150),
    ("implicit, session policy", 75),
    ("explicit, service control policy", 40),
    ("implicit, service control policy", 200),
    ("explicit, resource control policy", 150),
    ("explicit, endpoint policy", 10),
    ("implicit, endpoint policy", 100),
];

/// How two answers go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Compared {
    Agree,
    Differ,
    /// We say that nobody can tell.
    Uncertain,
    /// They would not read it.
    Refused,
}

fn compare(scene: &Scene, ours: &Decision, theirs: &Reply) -> Compared {
    if theirs.verdicts.contains(&Verdict::Refused) {
        return Compared::Refused;
    }
    let same = match ours {
        Decision::Possible { .. } => return Compared::Uncertain,
        Decision::Allowed { .. } => theirs.verdicts.iter().all(|verdict| *verdict == Verdict::Allowed),
        Decision::Denied { kind, action, .. } => {
            let at = scene.actions().iter().position(|name| name == action).unwrap();
            let wanted = match kind {
                DenyKind::Explicit => Verdict::Explicit,
                DenyKind::Implicit => Verdict::Implicit,
            };
            theirs.verdicts[at] == wanted
        }
        // Not generated: what is refused is refused before any policy is read.
        Decision::Refused { .. } => false,
    };
    if same { Compared::Agree } else { Compared::Differ }
}

/// A scene with both answers.
struct Case {
    scene: Scene,
    ours: Decision,
    theirs: Reply,
}

impl Case {
    fn compared(&self) -> Compared {
        compare(&self.scene, &self.ours, &self.theirs)
    }

    /// What decided, in a word.
    fn outcome(&self) -> String {
        match &self.ours {
            Decision::Allowed { .. } => "allowed".to_owned(),
            Decision::Denied { kind, layer, .. } => format!("{kind:?}, {layer}").to_lowercase(),
            Decision::Possible { .. } => "possible".to_owned(),
            Decision::Refused { .. } => "refused".to_owned(),
        }
    }

    fn told(&self) -> String {
        format!(
            "scene {}: we {:?}\n  they {}\n  {:?}",
            self.scene.number, self.ours, self.theirs.raw, self.scene
        )
    }
}

fn cases(numbers: Range<u64>) -> Vec<Case> {
    let scenes: Vec<Scene> = numbers.map(Scene::number).collect();
    let replies = theirs::ask(&scenes.iter().map(Asked::plainly).collect::<Vec<_>>());
    let case = |(scene, theirs): (Scene, Reply)| {
        let ours = ours::Question::of(&scene).answer();
        Case { scene, ours, theirs }
    };
    scenes.into_iter().zip(replies).map(case).collect()
}

/// The rows that explain each difference: one that does alone, or all that change the question.
fn explained<'a>(differing: &[&'a Case]) -> Vec<(&'a Case, Vec<&'static str>)> {
    // Each row alone, then all together.
    let mut ways: Vec<Vec<usize>> = (0..ROWS.len()).map(|row| vec![row]).collect();
    ways.push((0..ROWS.len()).collect());
    let mut questions = Vec::new();
    for case in differing {
        for way in &ways {
            let mut asked = Asked::plainly(&case.scene);
            for row in way {
                (ROWS[*row].without)(&mut asked, &case.ours);
            }
            questions.push(asked);
        }
    }
    let replies = theirs::ask(&questions);
    let one = |(case, replies): (&&'a Case, &[Reply])| {
        let agrees = |reply: &Reply| compare(&case.scene, &case.ours, reply) == Compared::Agree;
        let way = replies.iter().position(agrees).map(|at| ways[at].clone()).unwrap_or_default();
        (*case, way.iter().map(|row| ROWS[*row].name).collect())
    };
    differing.iter().zip(replies.chunks(ways.len())).map(one).collect()
}

#[test]
fn the_engine_and_iam_simulate_agree_or_a_page_of_aws_decides() {
    let cases = cases(0..SCENES);
    let mut counts: BTreeMap<Compared, usize> = BTreeMap::new();
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for case in &cases {
        *counts.entry(case.compared()).or_default() += 1;
        *outcomes.entry(case.outcome()).or_default() += 1;
    }
    let differing: Vec<&Case> = cases.iter().filter(|case| case.compared() == Compared::Differ).collect();
    let explained = explained(&differing);
    eprintln!("{counts:?}\n{outcomes:?}");
    let unexplained: Vec<String> =
        explained.iter().filter(|(_, rows)| rows.is_empty()).map(|(case, _)| case.told()).collect();
    assert!(unexplained.is_empty(), "{} unexplained:\n{}", unexplained.len(), unexplained.join("\n"));
    let used: BTreeSet<&str> = explained.into_iter().flat_map(|(_, rows)| rows).collect();
    assert_eq!(
        used,
        ROWS.iter().map(|row| row.name).collect(),
        "rows that explain nothing are to be taken out"
    );
    assert_eq!(counts.get(&Compared::Refused), None, "they did not read: {counts:?}");
    let compared = counts[&Compared::Agree] + counts[&Compared::Differ];
    assert!(compared >= COMPARED, "only {compared} of {SCENES} requests were compared");
    for (outcome, least) in OUTCOMES {
        assert!(outcomes.get(outcome) >= Some(&least), "too few of `{outcome}`: {outcomes:?}");
    }
}

#[test]
fn the_table_of_differences_is_the_one_in_the_docs() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/judges.md");
    let text = std::fs::read_to_string(docs).unwrap();
    let (_, table) = text.split_once("<!-- iam-simulate:begin -->\n").unwrap();
    let (table, _) = table.split_once("<!-- iam-simulate:end -->").unwrap();
    let rows: Vec<Vec<&str>> =
        table.lines().skip(2).map(|line| line.split('|').map(str::trim).collect()).collect();
    let names: BTreeSet<&str> = rows.iter().map(|cells| cells[1]).collect();
    assert_eq!(names, ROWS.iter().map(|row| row.name).collect());
    for cells in &rows {
        assert!(cells[4].contains("(https://docs.aws.amazon.com/"), "no page of AWS decides `{}`", cells[1]);
    }
}

#[test]
fn a_wrong_answer_is_found_and_explained_by_no_row() {
    let turned = |case: &Case| {
        let ours = match &case.ours {
            Decision::Allowed { .. } => Decision::Denied {
                kind: DenyKind::Implicit,
                layer: rolegate_engine::Layer::Trust,
                action: "sts:AssumeRole".into(),
                by: None,
            },
            _ => Decision::Allowed { granted_by: Vec::new() },
        };
        Case { scene: case.scene.clone(), ours, theirs: case.theirs.clone() }
    };
    let agreed = cases(0..300).into_iter().filter(|case| case.compared() == Compared::Agree);
    let wrong: Vec<Case> = agreed.map(|case| turned(&case)).collect();
    assert!(wrong.iter().all(|case| case.compared() == Compared::Differ));
    let explained = explained(&wrong.iter().collect::<Vec<_>>());
    let excused = explained.iter().filter(|(_, rows)| !rows.is_empty()).count();
    assert!(excused * 50 < wrong.len(), "{excused} of {} wrong answers are explained away", wrong.len());
}
