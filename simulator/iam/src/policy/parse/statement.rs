//! One statement (§1.1): every element is understood, or the statement is not.

use super::{Defect, Members, Reader, SYNTAX, Understood, effect};
use crate::policy::{ActionClause, Effect, PrincipalClause, ResourceClause, Span, Statement};
use jsonc_parser::ast::Value;
use smol_str::SmolStr;

impl<'a> Reader<'a> {
    pub(super) fn statement(&mut self, value: &Value<'a>) -> Understood<Statement> {
        let mut members = self.object(value, "a statement")?;
        let sid = self.sid(members.take("Sid"))?;
        let effect = self.effect(&mut members)?;
        let principal = self.principal_clause(&mut members)?;
        let action = self.action_clause(&mut members)?;
        let resource = self.resource_clause(&mut members)?;
        let conditions = match members.take("Condition") {
            None => Vec::new(),
            Some((_, value)) => self.conditions(value)?,
        };
        members.finish(
            "statement",
            "only Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource and Condition are \
             allowed, in this spelling",
        )?;
        Ok(Statement { sid, effect, principal, action, resource, conditions, span: self.span(value) })
    }

    fn sid(&mut self, member: Option<(Span, &Value<'a>)>) -> Understood<Option<SmolStr>> {
        let Some((_, value)) = member else { return Ok(None) };
        let sid = self.string(value, "`Sid`")?;
        if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let refusal = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression \
                 [0-9A-Za-z]*";
            let message = format!("the Sid `{sid}` holds other characters than letters and digits");
            self.error(self.span(value), &message, "use A-Z, a-z and 0-9 only", refusal.to_owned());
        }
        Ok((!sid.is_empty()).then_some(sid))
    }

    fn effect(&self, members: &mut Members<'a, '_>) -> Understood<Effect> {
        let span = members.span;
        let help = "write `\"Effect\": \"Allow\"` or `\"Effect\": \"Deny\"`";
        let Some((_, value)) = members.take("Effect") else {
            let message = "`Effect` is missing".to_owned();
            return Err(Defect { span, message, help: help.to_owned(), refusal: SYNTAX });
        };
        let text = self.string(value, "`Effect`")?;
        effect(&text).ok_or_else(|| self.defect(value, &format!("unknown effect `{text}`"), help))
    }

    fn principal_clause(&mut self, members: &mut Members<'a, '_>) -> Understood<PrincipalClause> {
        match (members.take("Principal"), members.take("NotPrincipal")) {
            (None, None) => Ok(PrincipalClause::Absent),
            (Some((_, value)), None) => Ok(PrincipalClause::Is(self.principals(value)?)),
            (None, Some((_, value))) => Ok(PrincipalClause::IsNot(self.principals(value)?)),
            (Some(_), Some((span, _))) => Err(both(span, "Principal")),
        }
    }

    fn action_clause(&mut self, members: &mut Members<'a, '_>) -> Understood<ActionClause> {
        let span = members.span;
        match (members.take("Action"), members.take("NotAction")) {
            (Some((_, value)), None) => Ok(ActionClause::Is(self.actions(value)?)),
            (None, Some((_, value))) => Ok(ActionClause::IsNot(self.actions(value)?)),
            (Some(_), Some((span, _))) => Err(both(span, "Action")),
            (None, None) => Err(Defect {
                span,
                message: "`Action` is missing".to_owned(),
                help: "add `Action` or `NotAction`".to_owned(),
                refusal: "Policy statement must contain actions.",
            }),
        }
    }

    fn actions(&mut self, value: &Value<'a>) -> Understood<Vec<SmolStr>> {
        let actions = self.strings(value, "an action")?;
        if actions.is_empty() {
            self.lint(
                self.span(value),
                "the list of actions is empty",
                "name an action, or remove the statement",
            );
        }
        let mut names = Vec::with_capacity(actions.len());
        for (span, action) in actions {
            if action != "*" && !action.contains(':') {
                return Err(Defect {
                    span,
                    message: format!("the action `{action}` names no service"),
                    help: "write it as `service:Name`, or `*` for every action".to_owned(),
                    refusal: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
                });
            }
            names.push(action);
        }
        Ok(names)
    }

    fn resource_clause(&mut self, members: &mut Members<'a, '_>) -> Understood<ResourceClause> {
        match (members.take("Resource"), members.take("NotResource")) {
            (None, None) => Ok(ResourceClause::Absent),
            (Some((_, value)), None) => Ok(ResourceClause::Is(self.resources(value)?)),
            (None, Some((_, value))) => Ok(ResourceClause::IsNot(self.resources(value)?)),
            (Some(_), Some((span, _))) => Err(both(span, "Resource")),
        }
    }

    fn resources(&mut self, value: &Value<'a>) -> Understood<Vec<SmolStr>> {
        let resources = self.strings(value, "a resource")?;
        if resources.is_empty() {
            let help = "name a resource, or remove the statement";
            self.lint(self.span(value), "the list of resources is empty", help);
        }
        for (span, resource) in &resources {
            self.resource(*span, resource);
        }
        Ok(resources.into_iter().map(|(_, resource)| resource).collect())
    }

    /// The shape of a resource (§1.4): what matches nothing is said here, and refused when written.
    fn resource(&mut self, span: Span, resource: &str) {
        if resource == "*" {
            return;
        }
        let parts: Vec<&str> = resource.splitn(6, ':').collect();
        let (prefix, partition, service) =
            (parts.first().copied(), parts.get(1).copied(), parts.get(2).copied());
        let wild = |part: Option<&str>| part.is_some_and(|part| part.contains(['*', '?', '$']));
        if prefix != Some("arn") {
            let refusal = format!("Resource {resource} must be in ARN format or \"*\".");
            let message = format!("the resource `{resource}` is no ARN: it matches nothing");
            self.error(span, &message, "write `*` or an ARN", refusal);
        } else if wild(partition) {
            let partition = partition.unwrap_or_default();
            let refusal = format!("Partition \"{partition}\" is not valid for resource \"{resource}\".");
            let message =
                format!("the resource `{resource}` has a wildcard in its partition: it matches nothing");
            self.error(span, &message, "write the partition, such as `aws`", refusal);
        } else if wild(service) {
            let service = service.unwrap_or_default();
            let refusal = format!("Vendor {service} is not valid");
            let message =
                format!("the resource `{resource}` has a wildcard in its service: it matches nothing");
            self.error(span, &message, "write the service, such as `iam`", refusal);
        } else if parts.len() < 6 {
            let message =
                format!("the resource `{resource}` is an incomplete ARN: `*` is added for what is missing");
            self.lint(span, &message, "write all six components");
        }
    }
}

fn both(span: Span, name: &str) -> Defect {
    Defect {
        span,
        message: format!("`{name}` and `Not{name}` are in one statement"),
        help: "keep one of the two".to_owned(),
        refusal: SYNTAX,
    }
}
