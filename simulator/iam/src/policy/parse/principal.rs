//! `Principal` and `NotPrincipal` (§1.2): the form of every entry. Whether it exists is not asked here.

use super::{Reader, Understood};
use crate::policy::principal::Kind;
use crate::policy::{Principal, Span};
use jsonc_parser::ast::Value;

impl<'a> Reader<'a> {
    pub(super) fn principals(&mut self, value: &Value<'a>) -> Understood<Vec<Principal>> {
        if value.as_string_lit().is_some_and(|text| text.value == "*") {
            let refusal = "AssumeRolepolicy contained an invalid principal: \"STAR\":\"*\"".to_owned();
            let message = "a bare `*` as principal is refused in trust policies";
            self.error(self.span(value), message, "write `{\"AWS\": \"*\"}`", refusal);
            return Ok(vec![Principal::BareStar]);
        }
        let types = self.object(value, "`Principal`")?;
        let mut principals = Vec::new();
        let span = types.span;
        let mut types: Vec<_> = types.members.into_iter().collect();
        types.sort_by_key(|(_, (span, _))| span.start);
        for (name, (_, value)) in types {
            let Some(kind) = Kind::parse(name) else {
                let help = "AWS, Service, Federated and CanonicalUser are known";
                return Err(self.defect(value, &format!("unknown type of principal `{name}`"), help));
            };
            for (span, text) in self.strings(value, "a principal")? {
                let principal = Principal::parse(kind, &text);
                self.check_principal(span, kind, &text, &principal);
                principals.push(principal);
            }
        }
        if principals.is_empty() {
            self.lint(span, "the list of principals is empty", "name a principal, or remove the statement");
        }
        Ok(principals)
    }

    fn check_principal(&mut self, span: Span, kind: Kind, text: &str, principal: &Principal) {
        let help = match principal {
            Principal::CanonicalUser(_) => "only bucket policies know canonical users",
            Principal::Invalid(_) if text.contains(['*', '?']) => {
                "wildcards are not allowed here: name the account, and restrict it with an ArnLike condition on \
                 aws:PrincipalArn"
            }
            Principal::Invalid(_) if text.contains(":group/") => {
                "a group cannot be a principal: name its users or its account"
            }
            Principal::Invalid(_) => {
                "write an account id, or the ARN of a user, of a role or of a role session"
            }
            _ => return,
        };
        let name = kind.as_str();
        let refusal = format!("Invalid principal in policy: \"{}\":\"{text}\"", name.to_ascii_uppercase());
        let message = format!("invalid principal `{text}` of type `{name}`: it matches nobody");
        self.error(span, &message, help, refusal);
    }
}
