//! How fast the engine decides the judged requests, and how fast iam-simulate does, in the same run.
//!
//! Both get the requests of the test of the same name. iam-simulate times each decision itself, so that neither its start nor
//! the pipe counts. It reads the policies at every decision; so the engine is timed both ways: with the world prepared, as it is
//! used, and with every policy read anew for each request.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench stops where its input is not as expected, and prints"
)]
#![expect(dead_code, reason = "the test needs more of these modules than the bench")]

#[path = "../tests/judges/simulate/dice.rs"]
mod dice;
#[path = "../tests/judges/simulate/disguise.rs"]
mod disguise;
#[path = "../tests/judges/simulate/explain.rs"]
mod explain;
#[path = "../tests/judges/simulate/ours.rs"]
mod ours;
#[path = "../tests/judges/simulate/pools.rs"]
mod pools;
#[path = "../tests/judges/simulate/scene.rs"]
mod scene;
#[path = "../tests/judges/simulate/theirs.rs"]
mod theirs;
#[path = "../tests/judges/simulate/tree.rs"]
mod tree;

use std::hint::black_box;
use std::time::Instant;

use ours::Question;
use rolegate_engine::{Settings, assume_role};
use scene::Scene;
use theirs::Asked;

const SCENES: u64 = 4_000;
/// Decided before any time is taken.
const WARM: usize = 1_000;
const ROUNDS: u32 = 20;

fn main() {
    let scenes: Vec<Scene> = (0..SCENES).map(Scene::number).collect();
    // They decide one action at a time; a request of several is several decisions for them, and one for us.
    let theirs = theirs::ask(&scenes.iter().map(Asked::plainly).collect::<Vec<_>>());
    let spent = |reply: &theirs::Reply| -> f64 {
        reply.raw.as_array().unwrap().iter().map(|one| one["microseconds"].as_f64().unwrap()).sum()
    };
    let each = theirs[WARM..].iter().map(spent).sum::<f64>()
        / f64::from(u32::try_from(theirs.len() - WARM).unwrap());
    let (prepared, anew) = (ours_prepared(&scenes), ours_anew(&scenes));
    println!("iam-simulate                       {each:10.2} µs a request");
    println!("the engine, policies read anew     {anew:10.2} µs a request, {:.0} times as fast", each / anew);
    println!(
        "the engine, the world prepared     {prepared:10.2} µs a request, {:.0} times as fast",
        each / prepared
    );
}

/// Microseconds for one decision, over all scenes and rounds.
fn ours_prepared(scenes: &[Scene]) -> f64 {
    let settings = Settings::default();
    let questions: Vec<Question> = scenes.iter().map(Question::of).collect();
    let indexed: Vec<_> = questions.iter().map(|question| (question, question.index())).collect();
    let begin = Instant::now();
    for _ in 0..ROUNDS {
        for (question, index) in &indexed {
            let Question { caller, request, environment, .. } = question;
            black_box(assume_role(index, black_box(caller), request, environment, &settings));
        }
    }
    microseconds(begin) / f64::from(ROUNDS) / f64::from(u32::try_from(scenes.len()).unwrap())
}

/// The same with the world made anew of its texts for each decision.
fn ours_anew(scenes: &[Scene]) -> f64 {
    let begin = Instant::now();
    for scene in scenes {
        black_box(Question::of(black_box(scene)).answer());
    }
    microseconds(begin) / f64::from(u32::try_from(scenes.len()).unwrap())
}

fn microseconds(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1e6
}
