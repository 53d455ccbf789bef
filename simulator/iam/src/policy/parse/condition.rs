//! `Condition` (§1.7): operators, keys and values as written. Evaluates nothing.

use super::{Reader, Understood};
use crate::policy::{BaseOperator, Condition, Operator, SetOperator};
use jsonc_parser::ast::Value;
use smol_str::SmolStr;

impl<'a> Reader<'a> {
    pub(super) fn conditions(&mut self, value: &Value<'a>) -> Understood<Vec<Condition>> {
        let block = self.object(value, "`Condition`")?;
        if block.members.is_empty() {
            self.lint(block.span, "the condition block is empty", "remove it, or add a condition");
        }
        let mut conditions = Vec::new();
        // The members are read in the order of the text, which is the order that people expect back.
        let mut operators: Vec<_> = block.members.into_iter().collect();
        operators.sort_by_key(|(_, (span, _))| span.start);
        for (name, (span, value)) in operators {
            let operator = Operator::parse(name);
            self.check_operator(span, name, &operator);
            let pairs = self.object(value, &format!("the condition `{name}`"))?;
            if pairs.members.is_empty() {
                let help = "add a condition key, or remove the operator";
                return Err(self.defect(value, &format!("the condition `{name}` has no key"), help));
            }
            let mut pairs: Vec<_> = pairs.members.into_iter().collect();
            pairs.sort_by_key(|(_, (span, _))| span.start);
            for (key, (_, value)) in pairs {
                let values = self.condition_values(value, key)?;
                if values.is_empty() {
                    let message = format!("the condition key `{key}` has no value");
                    self.lint(self.span(value), &message, "add a value, or remove the key");
                }
                conditions.push(Condition { operator: operator.clone(), key: key.into(), values });
            }
        }
        Ok(conditions)
    }

    fn check_operator(&mut self, span: crate::policy::Span, name: &str, operator: &Operator) {
        let refusal = || format!("Invalid Condition type : {name}.");
        match (&operator.base, operator.set) {
            (BaseOperator::Unknown(_), _) => {
                let message = format!("unknown condition operator `{name}`");
                self.error(span, &message, "write an operator that IAM knows", refusal());
            }
            (BaseOperator::Null, _) if operator.if_exists => {
                let help = "write `Null` alone: it already asks whether the key exists";
                self.error(span, &format!("`{name}` does not exist"), help, refusal());
            }
            (BaseOperator::Null, Some(SetOperator::ForAllValues)) => {
                self.lint(span, &format!("`{name}` is always true"), "write `Null` without a set prefix");
            }
            (BaseOperator::Null, Some(SetOperator::ForAnyValue)) => {
                self.lint(span, &format!("`{name}` is never true"), "write `Null` without a set prefix");
            }
            _ => {}
        }
    }

    fn condition_values(&self, value: &Value<'a>, key: &str) -> Understood<Vec<SmolStr>> {
        let one = |value: &Value<'a>| match value {
            Value::StringLit(text) => Ok(SmolStr::new(&text.value)),
            Value::NumberLit(number) => Ok(number.value.into()),
            Value::BooleanLit(boolean) => Ok(if boolean.value { "true".into() } else { "false".into() }),
            Value::Object(_) | Value::Array(_) | Value::NullKeyword(_) => {
                let message =
                    format!("a value of the condition key `{key}` is neither text, number nor boolean");
                Err(self.defect(value, &message, "write a string"))
            }
        };
        match value {
            Value::Array(array) => array.elements.iter().map(one).collect(),
            value => Ok(vec![one(value)?]),
        }
    }
}
