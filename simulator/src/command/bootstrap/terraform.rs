//! `rolegate bootstrap terraform`: the same as resources of the `aws` provider.

use super::Asked;
use super::node::Node;
use super::template::{ACCOUNT, Asks, PARTITION, TRUSTED, TRUSTED_ACCOUNT, Template, answer};
use crate::Answer;

const VARIABLE: &str = r#"variable "trusted_principal_arn" {
  type        = string
  description = "The ARN of the IAM role or user with which Rolegate begins"
}

"#;

const HEAD: &str = r#"data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
}

"#;

/// Answers, in HCL.
pub fn terraform(asked: &Asked) -> Answer {
    answer(asked, hcl)
}

fn hcl(template: &Template) -> String {
    let Template { name, path, description, trust, documents, asks } = template;
    let mut out = if *asks == Asks::Trusted { VARIABLE.to_owned() } else { String::new() };
    out.push_str(HEAD);
    out.push_str(&format_block(
        r#"resource "aws_iam_role" "rolegate""#,
        &[
            ("name", text(name)),
            ("path", text(path)),
            ("description", text(description)),
            ("assume_role_policy", encoded(trust)),
        ],
    ));
    for (index, document) in documents.iter().enumerate() {
        let number = index.saturating_add(1);
        out.push_str(&format_block(
            &format!(r#"resource "aws_iam_policy" "rolegate_{number}""#),
            &[
                ("name", text(&format!("{name}-{number}"))),
                ("path", text("/")),
                ("policy", encoded(document)),
            ],
        ));
        out.push_str(&format_block(
            &format!(r#"resource "aws_iam_role_policy_attachment" "rolegate_{number}""#),
            &[
                ("role", "aws_iam_role.rolegate.name".to_owned()),
                ("policy_arn", format!("aws_iam_policy.rolegate_{number}.arn")),
            ],
        ));
    }
    out.push_str("output \"management_role_arn\" {\n  value = aws_iam_role.rolegate.arn\n}\n");
    out
}

fn format_block(head: &str, attributes: &[(&str, String)]) -> String {
    let lines: Vec<String> = attributes.iter().map(|(name, value)| format!("  {name} = {value}\n")).collect();
    format!("{head} {{\n{}}}\n\n", lines.concat())
}

fn encoded(document: &Node) -> String {
    format!("jsonencode({})", expression(document, "\n  "))
}

/// A tree as an expression over several lines.
fn expression(node: &Node, margin: &str) -> String {
    let deeper = format!("{margin}  ");
    match node {
        Node::Text(whole) if whole == TRUSTED => "var.trusted_principal_arn".to_owned(),
        Node::Text(whole) if whole == TRUSTED_ACCOUNT => {
            "split(\":\", var.trusted_principal_arn)[4]".to_owned()
        }
        Node::Text(words) => text(words),
        Node::List(items) => {
            let items: Vec<String> =
                items.iter().map(|item| format!("{deeper}{},", expression(item, &deeper))).collect();
            format!("[{}{margin}]", items.concat())
        }
        Node::Map(members) => {
            let line = |(key, value): &(String, Node)| {
                format!("{deeper}{} = {}", text(key), expression(value, &deeper))
            };
            let members: Vec<String> = members.iter().map(line).collect();
            format!("{{{}{margin}}}", members.concat())
        }
    }
}

/// A string in double quotes. What would be a template in a name is escaped.
fn text(words: &str) -> String {
    let mut out = String::from("\"");
    for c in words.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format_escape(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    let out = out.replace("${", "$${").replace("%{", "%%{");
    out.replace(PARTITION, "${local.partition}").replace(ACCOUNT, "${local.account}")
}

fn format_escape(c: char) -> String {
    format!("\\u{:04x}", u32::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_a_text() {
        let hostile = format!("a\"b\\c\n${{x}} %{{y}} {PARTITION}:{ACCOUNT}");
        let escaped = r#""a\"b\\c\u000a$${x} %%{y} ${local.partition}:${local.account}""#;
        assert_eq!(text(&hostile), escaped);
    }
}
