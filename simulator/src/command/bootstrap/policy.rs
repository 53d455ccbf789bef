//! `rolegate bootstrap policy`: the documents of one account's management role.

use super::Asked;
use super::node::Node;
use crate::command::{API_VERSION, Output};
use crate::render::text::{count, paragraph};
use crate::{Answer, Code};
use rolegate_plan::bootstrap::{ManagementRole, Place};
use rolegate_plan::validate::ValidAccount;

/// Answers.
pub fn policy(asked: &Asked, output: Output) -> Answer {
    let all = match asked.declared() {
        Ok(all) => all,
        Err(answer) => return answer,
    };
    let account = match asked.chosen(&all) {
        Ok(accounts) => accounts.first().copied(),
        Err(answer) => return answer,
    };
    let Some(account) = account else {
        return Answer::bad(["no account is named; name one by its id or by its AWSAccount".to_owned()]);
    };
    let role = ManagementRole::of(&all, account);
    let documents: Vec<Node> = role.documents(&Place::of(account)).iter().map(Node::of).collect();
    let out = match output {
        Output::Text => documents.iter().map(Node::json).collect(),
        Output::Json => report(account, &role, documents.clone()).json(),
    };
    let mut answer = Answer::new(Code::Yes, out);
    let words = format!(
        "{} for role {}{} of {} ({}). Attach it as managed policy {}-1 at path /{}; nothing else belongs on that role.",
        count(documents.len(), "policy document", "policy documents"),
        role.management.path,
        role.management.role,
        account.name,
        account.id,
        role.management.role,
        if documents.len() > 1 { ", the next as -2, and so on" } else { "" },
    );
    paragraph(&mut answer.talk, "", "", &words);
    answer
}

fn report(account: &ValidAccount, role: &ManagementRole, documents: Vec<Node>) -> Node {
    Node::map([
        ("apiVersion", Node::text(API_VERSION)),
        ("kind", Node::text("ManagementPolicy")),
        ("account", Node::text(account.id.as_str())),
        ("path", Node::text(role.management.path.as_str())),
        ("role", Node::text(role.management.role.as_str())),
        ("documents", Node::List(documents)),
    ])
}
