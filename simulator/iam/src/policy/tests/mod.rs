//! Tests of the policy language: what is read, what is equal, what is refused.

mod meaning;
mod reading;
mod refusals;

/// A trust policy of one statement with this principal and these further elements.
fn trust(principal: &str, rest: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"{rest}}}]}}"#
    )
}
