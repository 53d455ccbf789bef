//! What a template of a management role holds, whichever tool reads it: the documents with places left open for what the tool
//! fills in. One template serves several accounts that ask for the same role.

use super::Asked;
use super::node::Node;
use super::trusted::{asking, trust};
use crate::{Answer, Code};
use rolegate_plan::bootstrap::{Kind, ManagementRole, Place};

/// The partition in a text: letters that stand in no name, as many as the longest has, so that sizes are not underrated.
pub(super) const PARTITION: &str =
    "\u{E000}\u{E000}\u{E000}\u{E000}\u{E000}\u{E000}\u{E000}\u{E000}\u{E000}\u{E000}";
/// The account in a text, as long as one.
pub(super) const ACCOUNT: &str =
    "\u{E001}\u{E001}\u{E001}\u{E001}\u{E001}\u{E001}\u{E001}\u{E001}\u{E001}\u{E001}\u{E001}\u{E001}";
/// The whole of a text: the ARN of whoever may enter the role, asked for when the template is used.
pub(super) const TRUSTED: &str = "\u{E002}";
/// The whole of a text: that one's account.
pub(super) const TRUSTED_ACCOUNT: &str = "\u{E003}";

/// A template before it is written.
pub(super) struct Template {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) description: String,
    pub(super) trust: Node,
    pub(super) documents: Vec<Node>,
    pub(super) asks: Asks,
}

/// Whether the template asks for the ARN of whoever may enter the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    Trusted,
    Nothing,
}

impl Template {
    fn of(role: &ManagementRole, trust: Option<Node>) -> Self {
        let place = Place { partition: PARTITION.into(), account: ACCOUNT.into() };
        let kind = match role.kind {
            Kind::Gateway => "a gateway",
            Kind::Target => "an account that people enter",
        };
        Self {
            name: role.management.role.to_string(),
            path: role.management.path.to_string(),
            description: format!("Rolegate manages {kind}: installation {}", role.installation.as_str()),
            asks: if trust.is_some() { Asks::Nothing } else { Asks::Trusted },
            trust: trust.unwrap_or_else(|| asking(role.management.external_id.as_deref())),
            documents: role.documents(&place).iter().map(Node::of).collect(),
        }
    }
}

/// Makes the template of the accounts asked for, and prints it.
pub(super) fn answer(asked: &Asked, print: impl Fn(&Template) -> String) -> Answer {
    match template(asked) {
        Ok(template) => Answer::new(Code::Yes, print(&template)),
        Err(answer) => answer,
    }
}

fn template(asked: &Asked) -> Result<Template, Answer> {
    let all = asked.declared()?;
    let accounts = asked.chosen(&all)?;
    let Some((first, others)) = accounts.split_first() else {
        return Err(Answer::bad(["no account is named; name some by id or by AWSAccount".to_owned()]));
    };
    let role = ManagementRole::of(&all, first);
    let different = others.iter().filter(|account| ManagementRole::of(&all, account) != role);
    let errors: Vec<String> = different
        .map(|other| {
            format!(
                "`{}` and `{}` ask for different management roles (gateway or not, name, path, external id, the roles before it, \
                 or boundaries): make a template for each",
                first.name, other.name
            )
        })
        .collect();
    if !errors.is_empty() {
        return Err(Answer::bad(errors));
    }
    let trust = trust(asked.trusted_by.as_ref(), &role, &accounts).map_err(|error| Answer::bad([error]))?;
    Ok(Template::of(&role, trust))
}
