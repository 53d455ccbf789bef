//! `rolegate bootstrap`: the role through which Rolegate works in an account, as documents that
//! other tools take. What the role may do is [`rolegate_plan::bootstrap`]'s to say.

mod cloudformation;
mod node;
mod policy;
mod template;
mod terraform;
mod trusted;

pub use cloudformation::cloudformation;
pub use policy::policy;
pub use terraform::terraform;
pub use trusted::Trusted;

use super::declared::validated;
use crate::Answer;
use crate::render::text::printable;
use rolegate_plan::validate::{ValidAccount, Validated};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Manifests, each a name and its text.
    pub manifests: Vec<(String, String)>,
    /// Whose things are managed.
    pub installation: Option<String>,
    /// Accounts, each by its id or by the name of its AWSAccount.
    pub accounts: Vec<String>,
    /// Whoever may enter the role; else the last of the roles before it, else the template asks.
    pub trusted_by: Option<Trusted>,
}

impl Asked {
    /// Reads and validates.
    fn declared(&self) -> Result<Validated, Answer> {
        validated(&self.manifests, self.installation.as_deref())
    }

    /// The accounts asked for, each once, in the order of asking.
    fn chosen<'a>(&self, all: &'a Validated) -> Result<Vec<&'a ValidAccount>, Answer> {
        let (mut chosen, mut errors) = (Vec::<&ValidAccount>::new(), Vec::new());
        for asked in &self.accounts {
            let found =
                all.accounts.values().find(|account| account.name == *asked || account.id.as_str() == asked);
            match found {
                Some(account) if chosen.iter().any(|other| other.id == account.id) => {}
                Some(account) => chosen.push(account),
                None => errors.push(stranger(asked, all)),
            }
        }
        if errors.is_empty() { Ok(chosen) } else { Err(Answer::bad(errors)) }
    }
}

fn stranger(asked: &str, all: &Validated) -> String {
    let names: Vec<&str> = all.accounts.values().map(|account| account.name.as_str()).collect();
    let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    format!("`{}` is no account of the manifests; declared are: {known}", printable(asked))
}
