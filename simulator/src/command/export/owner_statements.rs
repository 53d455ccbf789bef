//! `rolegate export owner-statements`: what the owner of a machine's role or of a third party's account must add on their side,
//! where Rolegate writes only the trust (§2.4, §7.1): identity policies that allow `sts:AssumeRole` on exactly these roles.

use super::doors::{Door, Doors, Identity};
use super::{Content, Export, Piece, Shape, WRITTEN_BY, file_name, opened};
use crate::Answer;
use crate::command::{API_VERSION, Question};
use crate::render::text::{paragraph, push_line};
use rolegate_iam::policy::BaseOperator;
use rolegate_iam::{AccountId, Policy, RoleArn, Statement};
use serde_json::{Value, json};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Characters of a managed policy, at most (§3.2).
const LARGEST: usize = 6144;
/// By which a policy is known for ours.
const SID: &str = "RolegateExport";

/// What one holder must be given.
struct Holder<'a> {
    identity: Identity,
    /// The account in which the owner works.
    account: AccountId,
    doors: Vec<Door<'a>>,
    policies: Vec<Policy>,
}

/// The policies, each a file of its own below its owner's account, with an explanation.
///
/// # Errors
/// An answer that names everything that is wrong with the manifests.
pub fn owner_statements(question: &Question) -> Result<Export, Answer> {
    opened(question, |doors| {
        let holders = holders(doors);
        let mut export = Export::new(Shape::Folder);
        let mut text = String::new();
        let mut by_account: BTreeMap<AccountId, String> = BTreeMap::new();
        for holder in &holders {
            let words = words(doors, holder);
            text.push_str(&words);
            by_account.entry(holder.account).or_default().push_str(&words);
            for (path, policy) in holder.files() {
                let json = format!("{:#}\n", document(policy));
                json.lines().for_each(|line| push_line(&mut text, line));
                push_line(&mut text, "");
                let content = Content::Whole { text: json, mark: SID };
                export.pieces.push(Piece { path, content });
            }
        }
        for (account, words) in by_account {
            let path = [account.as_str(), "README.txt"].iter().collect();
            let text = format!("Written by `{WRITTEN_BY} owner-statements`.\n\n{words}");
            export.pieces.push(Piece { path, content: Content::whole(text) });
        }
        if holders.is_empty() {
            push_line(
                &mut text,
                "Nobody else must do anything: both halves of everything declared are written here.",
            );
        }
        export.report = report(&holders);
        export.text = Some(text);
        Ok(export)
    })
}

/// Machines outside the gateway of what they enter, and third parties.
fn holders<'a>(doors: &Doors<'a>) -> Vec<Holder<'a>> {
    let machines = doors.machines().into_iter().map(|role| (role.account, Identity::Machine(role)));
    let parties = doors.third_parties().into_iter().map(|id| (id, Identity::ThirdParty(id)));
    let mut holders = Vec::new();
    for (account, identity) in machines.chain(parties) {
        let mut foreign = doors.of_identity(&identity);
        foreign.retain(|door| {
            let gateway = doors.account(door.account.gateway_name());
            gateway.is_none_or(|gateway| gateway.id != account)
        });
        if !foreign.is_empty() {
            let policies = policies(&foreign);
            holders.push(Holder { identity, account, doors: foreign, policies });
        }
    }
    holders
}

/// As few as the quota allows, of at least one door, each with a statement for each external id.
fn policies(doors: &[Door<'_>]) -> Vec<Policy> {
    let mut roles: BTreeMap<Option<SmolStr>, BTreeSet<&RoleArn>> = BTreeMap::new();
    for door in doors {
        roles.entry(door.external_id.clone()).or_default().insert(&door.role);
    }
    let one_by_one =
        roles.into_iter().flat_map(|(id, roles)| roles.into_iter().map(move |role| (id.clone(), role)));
    let mut policies = Vec::new();
    let mut open: BTreeMap<Option<SmolStr>, Vec<&RoleArn>> = BTreeMap::new();
    for (external_id, role) in one_by_one {
        let mut longer = open.clone();
        longer.entry(external_id.clone()).or_default().push(role);
        if policy(&longer).to_json().len() > LARGEST && !open.is_empty() {
            policies.push(policy(&open));
            longer = BTreeMap::from([(external_id, vec![role])]);
        }
        open = longer;
    }
    policies.push(policy(&open));
    policies
}

fn policy(roles: &BTreeMap<Option<SmolStr>, Vec<&RoleArn>>) -> Policy {
    let statements = roles.iter().enumerate().map(|(number, (external_id, roles))| {
        let sid = if number == 0 { SID.to_owned() } else { format!("{SID}{}", number + 1) };
        let statement =
            Statement::allow(["sts:AssumeRole"]).sid(sid).on(roles.iter().map(ToString::to_string));
        match external_id {
            Some(id) => statement.when(BaseOperator::StringEquals, "sts:ExternalId", [id.clone()]),
            None => statement,
        }
    });
    Policy::new(statements.collect())
}

impl Holder<'_> {
    /// The policies with their places, below the account of the owner.
    fn files(&self) -> impl Iterator<Item = (PathBuf, &Policy)> {
        let name = match &self.identity {
            Identity::Machine(role) => format!("role-{}", role.name),
            Identity::Person(person) => file_name(person.user.as_str()),
            Identity::ThirdParty(_) => "any-role".to_owned(),
        };
        self.policies.iter().enumerate().map(move |(number, policy)| {
            let number = if number == 0 { String::new() } else { format!("-{}", number + 1) };
            let path = [self.account.as_str(), &format!("{name}{number}.json")].iter().collect();
            (path, policy)
        })
    }

    fn who(&self) -> String {
        match &self.identity {
            Identity::Machine(role) => format!("role {role}"),
            Identity::Person(person) => format!("user {}", person.user),
            Identity::ThirdParty(account) => format!("those roles of account {account} that are to enter"),
        }
    }
}

fn words(doors: &Doors<'_>, holder: &Holder<'_>) -> String {
    let mut out = String::new();
    let files: Vec<String> = holder
        .files()
        .filter_map(|(path, _)| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    let what = format!(
        "The owner of account {} attaches the policy {} to {}. Until then nothing can be entered, although the roles trust it.",
        holder.account,
        files.join(" and "),
        holder.who()
    );
    paragraph(&mut out, "", "", &what);
    for door in &holder.doors {
        let from = door.opens_later(doors.at()).map(|time| format!("opens at {time}; "));
        let facts: Vec<String> =
            door.ways.iter().map(|way| way.facts.to_string()).filter(|facts| !facts.is_empty()).collect();
        let facts = if facts.is_empty() { "with nothing more".to_owned() } else { facts.join(", or ") };
        let id = door.external_id.as_ref().map(|id| format!("sends --external-id {id}; "));
        let by: Vec<&str> = door.ways.iter().map(|way| way.object.as_str()).collect();
        let line = format!(
            "{}: {}{}{facts}; by {}",
            door.role,
            from.unwrap_or_default(),
            id.unwrap_or_default(),
            by.join(", ")
        );
        paragraph(&mut out, "- ", "  ", &line);
    }
    push_line(&mut out, "");
    out
}

/// A policy as JSON that people read.
fn document(policy: &Policy) -> Value {
    // What we print is JSON.
    serde_json::from_str(&policy.to_json()).unwrap_or_default()
}

fn report(holders: &[Holder<'_>]) -> Value {
    let one = |holder: &Holder<'_>| {
        let door = |door: &Door<'_>| {
            json!({
                "roleARN": door.role.to_string(),
                "externalID": door.external_id.as_deref(),
                "bindings": door.ways.iter().map(|way| way.object.to_string()).collect::<Vec<_>>(),
            })
        };
        json!({
            "account": holder.account.to_string(),
            "holder": holder.who(),
            "roles": holder.doors.iter().map(door).collect::<Vec<_>>(),
            "policies": holder.policies.iter().map(document).collect::<Vec<_>>(),
        })
    };
    json!({
        "apiVersion": API_VERSION,
        "kind": "OwnerStatementsExport",
        "owners": holders.iter().map(one).collect::<Vec<_>>(),
    })
}
