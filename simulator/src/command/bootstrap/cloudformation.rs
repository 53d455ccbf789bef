//! `rolegate bootstrap cloudformation`: a template for a stack, or for a stack set over many accounts.

use super::Asked;
use super::node::{Node, quoted};
use super::template::{ACCOUNT, Asks, PARTITION, TRUSTED, TRUSTED_ACCOUNT, Template, answer};
use crate::Answer;
use crate::command::Output;

const PARAMETER: &str = "TrustedPrincipalArn";

/// Answers, in YAML or in JSON.
pub fn cloudformation(asked: &Asked, output: Output) -> Answer {
    answer(asked, |template| {
        let tree = tree(template);
        match output {
            Output::Text => yaml(&tree),
            Output::Json => tree.json(),
        }
    })
}

fn tree(template: &Template) -> Node {
    let Template { name, path, description, trust, documents, asks } = template;
    let mut members = vec![
        ("AWSTemplateFormatVersion", Node::text("2010-09-09")),
        ("Description", Node::text(description)),
    ];
    if *asks == Asks::Trusted {
        let parameter = Node::map([
            ("Type", Node::text("String")),
            ("Description", Node::text("The ARN of the IAM role or user with which Rolegate begins")),
            ("AllowedPattern", Node::text("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/.+$")),
        ]);
        members.push(("Parameters", Node::map([(PARAMETER, parameter)])));
    }
    let logical = |index: usize| format!("ManagementPolicy{}", index.saturating_add(1));
    let references = (0..documents.len()).map(|index| Node::map([("Ref", Node::text(logical(index)))]));
    let role = Node::map([
        ("RoleName", Node::text(name)),
        ("Path", Node::text(path)),
        ("Description", Node::text(description)),
        ("AssumeRolePolicyDocument", filled(trust)),
        ("ManagedPolicyArns", Node::List(references.collect())),
    ]);
    let mut resources = vec![("ManagementRole".to_owned(), resource("AWS::IAM::Role", role))];
    for (index, document) in documents.iter().enumerate() {
        let policy = Node::map([
            ("ManagedPolicyName", Node::text(format!("{name}-{}", index.saturating_add(1)))),
            ("Path", Node::text("/")),
            ("PolicyDocument", filled(document)),
        ]);
        resources.push((logical(index), resource("AWS::IAM::ManagedPolicy", policy)));
    }
    members.push(("Resources", Node::map(resources)));
    let arn = ["ManagementRole", "Arn"].map(Node::text);
    let value = Node::map([("Fn::GetAtt", Node::List(arn.into()))]);
    members.push(("Outputs", Node::map([("ManagementRoleArn", Node::map([("Value", value)]))])));
    Node::map(members)
}

fn resource(kind: &str, properties: Node) -> Node {
    Node::map([("Type", Node::text(kind)), ("Properties", properties)])
}

/// The tree with the template language's functions in the open places. What would be a function in a name is escaped.
fn filled(node: &Node) -> Node {
    match node {
        Node::Text(text) if text == TRUSTED => Node::map([("Ref", Node::text(PARAMETER))]),
        Node::Text(text) if text == TRUSTED_ACCOUNT => {
            let parts = Node::List(vec![Node::text(":"), Node::map([("Ref", Node::text(PARAMETER))])]);
            let select = Node::List(vec![Node::text("4"), Node::map([("Fn::Split", parts)])]);
            Node::map([("Fn::Select", select)])
        }
        Node::Text(text) if text.contains(PARTITION) || text.contains(ACCOUNT) => {
            let text = text.replace("${", "${!");
            let text = text.replace(PARTITION, "${AWS::Partition}").replace(ACCOUNT, "${AWS::AccountId}");
            Node::map([("Fn::Sub", Node::Text(text))])
        }
        Node::Text(text) => Node::text(text),
        Node::List(items) => Node::List(items.iter().map(filled).collect()),
        Node::Map(members) => Node::map(members.iter().map(|(key, value)| (key, filled(value)))),
    }
}

/// YAML in blocks; every text in double quotes, so that none is read as something else.
fn yaml(node: &Node) -> String {
    let mut out = String::new();
    write_yaml(node, 0, &mut out);
    out
}

fn write_yaml(node: &Node, depth: usize, out: &mut String) {
    let margin = "  ".repeat(depth);
    match node {
        Node::Text(text) => {
            out.push_str(&quoted(text));
            out.push('\n');
        }
        Node::List(items) => {
            for item in items {
                let mut block = String::new();
                write_yaml(item, depth.saturating_add(1), &mut block);
                // The dash takes the place of the first line's margin.
                for part in [&margin, "- ", block.trim_start_matches(' ')] {
                    out.push_str(part);
                }
            }
        }
        Node::Map(members) => {
            for (key, value) in members {
                let plain = key.chars().all(|c| c.is_ascii_alphanumeric());
                let key = if plain { key.clone() } else { quoted(key) };
                let opening = if matches!(value, Node::Text(_)) { ": " } else { ":\n" };
                for part in [&margin, &key, opening] {
                    out.push_str(part);
                }
                write_yaml(value, depth.saturating_add(1), out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_a_text() {
        let hostile = Node::text(format!("${{x}}:{ACCOUNT}"));
        assert_eq!(filled(&hostile), Node::map([("Fn::Sub", Node::text("${!x}:${AWS::AccountId}"))]));
        let quotes = Node::map([("a:\nb", Node::text("- \"q\": {}"))]);
        assert_eq!(yaml(&quotes), "\"a:\\nb\": \"- \\\"q\\\": {}\"\n");
    }
}
