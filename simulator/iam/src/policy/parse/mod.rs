//! JSON text to [`Policy`], with positions. Never fails and never guesses: see [`policy`].
//!
//! What IAM would refuse *and* what changes the meaning becomes [`Broken`]; what IAM would refuse but whose meaning is
//! plain stays, with a fault. Whether a document may be written is `policy::validate`'s question.

mod condition;
mod position;
mod principal;
mod statement;

use super::{Broken, Effect, Fault, Policy, Severity, Span, Version};
use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use position::Positions;
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// IAM's general refusal.
pub(super) const SYNTAX: &str = "Syntax errors in policy.";

/// A fault, and what IAM says about it when somebody writes the document.
pub(super) struct Finding {
    pub(super) fault: Fault,
    /// IAM's own message.
    pub(super) refusal: Option<String>,
}

/// What was read.
pub(super) struct Reading {
    pub(super) policy: Policy,
    pub(super) findings: Vec<Finding>,
    /// Where `Id` stands, which only resource-based policies may have (§1.1).
    pub(super) id: Option<Span>,
}

/// Reads a policy document (§1.1).
///
/// # Guarantees
/// Every statement of the text is either understood or in [`Policy::broken`]; a document that is not understood as a whole
/// is one [`Broken`] that covers it. Every `Broken` has a fault.
pub fn policy(text: &str) -> (Policy, Vec<Fault>) {
    let reading = read(text);
    (reading.policy, reading.findings.into_iter().map(|finding| finding.fault).collect())
}

/// Like [`policy`], keeping what IAM would say.
pub(super) fn read(text: &str) -> Reading {
    let mut reader = Reader { positions: Positions::new(text), findings: Vec::new() };
    let (policy, id) = match reader.document() {
        Ok(read) => read,
        Err(defect) => {
            let span = reader.positions.span(0, text.len());
            let broken = reader.broken(&defect, span, None);
            (Policy { version: Version::V2012, statements: Vec::new(), broken: vec![broken] }, None)
        }
    };
    Reading { policy, findings: reader.findings, id }
}

/// Why something is not understood.
struct Defect {
    span: Span,
    message: String,
    help: String,
    refusal: &'static str,
}

type Understood<T> = Result<T, Defect>;

struct Reader<'a> {
    positions: Positions<'a>,
    findings: Vec<Finding>,
}

/// An object without duplicate members, whose members are taken one by one.
struct Members<'a, 'b> {
    span: Span,
    members: BTreeMap<&'b str, (Span, &'b Value<'a>)>,
}

impl<'a, 'b> Members<'a, 'b> {
    fn take(&mut self, name: &str) -> Option<(Span, &'b Value<'a>)> {
        self.members.remove(name)
    }

    /// Whatever was not taken has no meaning to IAM.
    fn finish(self, what: &str, help: &str) -> Understood<()> {
        match self.members.into_iter().next() {
            None => Ok(()),
            Some((name, (span, _))) => Err(Defect {
                span,
                message: format!("unknown {what} element `{name}`"),
                help: help.to_owned(),
                refusal: SYNTAX,
            }),
        }
    }
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Understood<(Policy, Option<Span>)> {
        let text = self.positions.text();
        let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT).map_err(|error| Defect {
            span: self.positions.span(error.range().start, error.range().end),
            message: format!("invalid JSON: {}", lower_first(&error.kind().to_string())),
            help: "write one JSON object, without comments or trailing commas".to_owned(),
            refusal: "This policy contains invalid Json",
        })?;
        let Some(value) = parsed.value else {
            return Err(Defect {
                span: self.positions.span(0, text.len()),
                message: "the document is empty".to_owned(),
                help: "write one JSON object with `Version` and `Statement`".to_owned(),
                refusal: "This policy contains invalid Json",
            });
        };
        let mut members = self.object(&value, "a policy document")?;
        let version = self.version(members.take("Version"))?;
        let id = match members.take("Id") {
            None => None,
            Some((span, value)) => self.string(value, "`Id`").map(|_| Some(span))?,
        };
        let span = members.span;
        let statement = members.take("Statement").ok_or_else(|| Defect {
            span,
            message: "`Statement` is missing".to_owned(),
            help: "add `\"Statement\": [...]`".to_owned(),
            refusal: SYNTAX,
        })?;
        members.finish("policy", "only `Version`, `Id` and `Statement` are allowed")?;
        let mut policy = Policy { version, statements: Vec::new(), broken: Vec::new() };
        self.statements(statement.1, &mut policy)?;
        Ok((policy, id))
    }

    fn version(&self, member: Option<(Span, &Value<'a>)>) -> Understood<Version> {
        let Some((_, value)) = member else { return Ok(Version::V2008) };
        match value.as_string_lit().map(|text| text.value.as_ref()) {
            Some("2012-10-17") => Ok(Version::V2012),
            Some("2008-10-17") => Ok(Version::V2008),
            _ => Err(Defect {
                span: self.span(value),
                message: format!("unknown policy version {}", self.source(value)),
                help: "write `\"2012-10-17\"`".to_owned(),
                refusal: "The policy must contain a valid version string",
            }),
        }
    }

    fn statements(&mut self, value: &Value<'a>, policy: &mut Policy) -> Understood<()> {
        let elements = match value {
            Value::Array(array) => array.elements.iter().collect(),
            Value::Object(_) => vec![value],
            _ => {
                return Err(self.defect(
                    value,
                    "`Statement` must be an object or an array of objects",
                    "write `\"Statement\": [{...}]`",
                ));
            }
        };
        if elements.is_empty() {
            self.error(self.span(value), "the policy has no statement", "add one", SYNTAX.to_owned());
        }
        for element in elements {
            match self.statement(element) {
                Ok(statement) => policy.statements.push(statement),
                Err(defect) => {
                    let effect = element.as_object().and_then(unique_effect);
                    let broken = self.broken(&defect, self.span(element), effect);
                    policy.broken.push(broken);
                }
            }
        }
        self.unique_sids(policy);
        Ok(())
    }

    fn unique_sids(&mut self, policy: &Policy) {
        let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
        let mut found = Vec::new();
        for statement in &policy.statements {
            let Some(sid) = &statement.sid else { continue };
            if let Some(line) = seen.get(sid.as_str()) {
                found.push((statement.span, format!("the Sid `{sid}` is used twice, first in line {line}")));
            } else {
                seen.insert(sid, statement.span.line);
            }
        }
        for (span, message) in found {
            let refusal = "The Statement Ids in the policy are not unique".to_owned();
            self.error(span, &message, "give every statement a Sid of its own, or none", refusal);
        }
    }

    fn object<'b>(&self, value: &'b Value<'a>, what: &str) -> Understood<Members<'a, 'b>> {
        let Some(object) = value.as_object() else {
            return Err(self.defect(value, &format!("{what} must be an object"), "write `{...}`"));
        };
        let mut members = BTreeMap::new();
        for property in &object.properties {
            let span = self.span(property);
            if members.insert(property.name.as_str(), (span, &property.value)).is_some() {
                return Err(Defect {
                    span,
                    message: format!("`{}` occurs twice in one object", property.name.as_str()),
                    help: "merge the two, or remove one".to_owned(),
                    refusal: SYNTAX,
                });
            }
        }
        Ok(Members { span: self.span(value), members })
    }

    fn string(&self, value: &Value<'a>, what: &str) -> Understood<SmolStr> {
        match value.as_string_lit() {
            Some(text) => Ok(SmolStr::new(&text.value)),
            None => Err(self.defect(value, &format!("{what} must be a string"), "put it in quotes")),
        }
    }

    /// A string, or an array of strings.
    fn strings(&self, value: &Value<'a>, what: &str) -> Understood<Vec<(Span, SmolStr)>> {
        let one = |value| Ok((self.span(value), self.string(value, what)?));
        match value {
            Value::Array(array) => array.elements.iter().map(one).collect(),
            value => Ok(vec![one(value)?]),
        }
    }

    fn span(&self, node: &impl Ranged) -> Span {
        self.positions.span(node.start(), node.end())
    }

    fn source(&self, node: &impl Ranged) -> &'a str {
        self.positions.source(node.start(), node.end())
    }

    fn defect(&self, node: &impl Ranged, message: &str, help: &str) -> Defect {
        Defect { span: self.span(node), message: message.to_owned(), help: help.to_owned(), refusal: SYNTAX }
    }

    fn broken(&mut self, defect: &Defect, span: Span, effect: Option<Effect>) -> Broken {
        self.error(defect.span, &defect.message, &defect.help, defect.refusal.to_owned());
        let source = self.positions.source(span.start, span.end).to_owned();
        Broken { effect, span, reason: defect.message.clone(), source }
    }

    fn error(&mut self, span: Span, message: &str, help: &str, refusal: String) {
        let fault =
            Fault { span, severity: Severity::Error, message: message.to_owned(), help: help.to_owned() };
        self.findings.push(Finding { fault, refusal: Some(refusal) });
    }

    fn lint(&mut self, span: Span, message: &str, help: &str) {
        let fault =
            Fault { span, severity: Severity::Lint, message: message.to_owned(), help: help.to_owned() };
        self.findings.push(Finding { fault, refusal: None });
    }
}

/// JSON as the standard has it: every extension off.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The effect of a statement that is broken elsewhere, when it is written exactly once and plainly.
fn unique_effect(object: &Object<'_>) -> Option<Effect> {
    let mut effects = object.properties.iter().filter(|property| property.name.as_str() == "Effect");
    match (effects.next(), effects.next()) {
        (Some(property), None) => effect(property.value.as_string_lit()?.value.as_ref()),
        _ => None,
    }
}

fn effect(text: &str) -> Option<Effect> {
    match text {
        "Allow" => Some(Effect::Allow),
        "Deny" => Some(Effect::Deny),
        _ => None,
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}
