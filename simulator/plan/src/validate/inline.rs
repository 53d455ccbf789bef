//! Checks the policies that are written into an `AccessRole`, with the words in which IAM would refuse them.

use super::report::Examined;
use super::types::Template;
use rolegate_crds::InlinePolicy;
use rolegate_iam::policy::validate::{DocumentKind, validate};
use rolegate_iam::policy::{Severity, Span};
use rolegate_iam::{AccountId, Document, Partition, PolicyName};
use std::collections::BTreeMap;

/// The characters of all inline policies of a role together (§3.2).
const INLINE_CHARACTERS: usize = 10_240;
/// Names that begin so are Rolegate's own.
const OWN_PREFIX: &str = "rolegate-";
const VARIABLES: [&str; 2] = ["$(AWS_ACCOUNT_ID)", "$(AWS_PARTITION)"];

pub(super) fn inline_policies(
    examined: &mut Examined<'_>,
    policies: &[InlinePolicy],
) -> BTreeMap<PolicyName, Template> {
    let mut found = BTreeMap::new();
    let mut total = 0;
    for (number, InlinePolicy { name, document }) in policies.iter().enumerate() {
        let path = format!("spec.permissions.inlinePolicies[{number}]");
        let template = Template(serde_json::Value::Object(document.clone()).to_string());
        total += check(examined, &format!("{path}.document"), &template);
        if name.to_ascii_lowercase().starts_with(OWN_PREFIX) {
            let message = format!("names that start with `{OWN_PREFIX}` are Rolegate's own");
            examined.refuse(&format!("{path}.name"), message, "choose another name");
        }
        let Some(name) = examined.exact::<PolicyName>(&format!("{path}.name"), name, "policy name") else {
            continue;
        };
        if found.insert(name.clone(), template).is_some() {
            examined.refuse(
                &format!("{path}.name"),
                format!("`{name}` stands here twice"),
                "rename one of the two",
            );
        }
    }
    if total > INLINE_CHARACTERS {
        let message = format!(
            "the inline policies have {total} characters together, and AWS takes at most {INLINE_CHARACTERS} on a role"
        );
        let help = "move some of it into customer managed policies, or write shorter statements";
        examined.refuse("spec.permissions.inlinePolicies", message, help);
    }
    found
}

/// Checks one document as it would be in some account; the answer is its size.
fn check(examined: &mut Examined<'_>, path: &str, template: &Template) -> usize {
    unknown_variables(examined, path, &template.0);
    let Ok(some_account) = "000000000000".parse::<AccountId>() else { return 0 };
    // The longest partition counts, so that the answer does not depend on where the role will be.
    let document = Document::parse(&template.text(some_account, Partition::AwsUsGov));
    let policy = document.policy();
    for fault in validate(DocumentKind::Identity, &document) {
        if fault.severity != Severity::Error {
            continue;
        }
        // The statements in the order of the text, with those that were not understood.
        let mut spans: Vec<_> = policy.statements.iter().map(|statement| statement.span).collect();
        spans.extend(policy.broken.iter().map(|broken| broken.span));
        spans.sort();
        let holds = |outer: &Span| outer.start <= fault.span.start && fault.span.end <= outer.end;
        let statement = spans.iter().position(holds).filter(|_| fault.span.line > 0);
        let path = match statement {
            Some(number) => format!("{path}.Statement[{number}]"),
            None => path.to_owned(),
        };
        examined.refuse(&path, format!("IAM would refuse this: {}", fault.message), fault.help);
    }
    document.size()
}

fn unknown_variables(examined: &mut Examined<'_>, path: &str, text: &str) {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("$(") {
        let word = after.split_once(')').map_or(after, |(word, _)| word);
        let variable = format!("$({word})");
        if !VARIABLES.contains(&variable.as_str()) {
            let message = format!("`{variable}` is replaced by nothing");
            examined.refuse(path, message, format!("known: {}", VARIABLES.join(", ")));
        }
        rest = after;
    }
}
