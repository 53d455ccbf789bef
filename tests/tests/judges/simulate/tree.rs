//! The organization of a scene: where its two accounts hang, who manages it, and which control policies are attached where.

use serde_json::Value;

use super::dice::Dice;
use super::pools;
use super::scene::{FIRST, ORGANIZATION, SECOND};

pub(crate) const ROOT: &str = "r-ab12";
pub(crate) const UNIT: &str = "ou-ab12-dev00001";
/// Every place to which policies are attached.
pub(crate) const NODES: [&str; 4] = [ROOT, UNIT, FIRST, SECOND];
/// An account that is neither caller nor target.
const ELSEWHERE: &str = "999999999999";

/// Policies at one place, each a list of statements.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) name: &'static str,
    pub(crate) scps: Vec<Vec<Value>>,
    /// Beside the one that AWS attaches and nobody can detach.
    pub(crate) rcps: Vec<Vec<Value>>,
}

/// An organization.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    pub(crate) management: &'static str,
    pub(crate) nodes: Vec<Node>,
}

/// The way from the root to an account.
pub(crate) fn levels(account: &str) -> &'static [&'static str] {
    if account == FIRST { &[ROOT, UNIT, FIRST] } else { &[ROOT, SECOND] }
}

/// The value of `aws:PrincipalOrgPaths` of an account.
pub(crate) fn org_path(account: &str) -> String {
    let (_, above) = levels(account).split_last().unwrap();
    format!("{ORGANIZATION}/{}/", above.join("/"))
}

impl Tree {
    pub(crate) fn roll(dice: &mut Dice) -> Self {
        let management = dice.pick(&[ELSEWHERE, ELSEWHERE, ELSEWHERE, FIRST, SECOND]);
        Self { management, nodes: NODES.map(|name| node(dice, name)).into() }
    }

    /// What binds an account, from the root down: nothing binds the management account (§2.6).
    pub(crate) fn binding(&self, account: &str) -> Vec<&Node> {
        if account == self.management {
            return Vec::new();
        }
        let at = |name: &&str| self.nodes.iter().find(|node| node.name == *name).unwrap();
        levels(account).iter().map(at).collect()
    }
}

fn node(dice: &mut Dice, name: &'static str) -> Node {
    let few =
        |dice: &mut Dice, make: fn(&mut Dice) -> Value| (0..=dice.below(2)).map(|_| make(dice)).collect();
    // Mostly everything is allowed at a place, and perhaps something denied.
    let mut scps = if dice.happens(9, 10) { vec![vec![pools::wide()]] } else { vec![few(dice, pools::own)] };
    if dice.happens(1, 6) {
        scps.push(few(dice, pools::own));
    }
    let rcps = if dice.happens(1, 8) { vec![few(dice, pools::rcp)] } else { Vec::new() };
    Node { name, scps, rcps }
}
