//! Of whom an export is: reads what was asked for against the manifests. Offers near names where nobody is meant.

use super::doors::{Doors, Identity, Person};
use crate::Answer;
use rolegate_iam::{AccountId, RoleArn};
use std::collections::BTreeSet;

/// Of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// One person: `USER`, or `GATEWAY/USER` where two gateways have a user of that name.
    User(String),
    /// Everybody whom the manifests name.
    Everybody,
    /// A machine, by the ARN of its role.
    Machine(String),
    /// A third party, by its account.
    ThirdParty(String),
}

impl Selection {
    /// The identities that are meant, at least one.
    ///
    /// # Errors
    /// The manifests name nobody of the kind, or two.
    pub(super) fn find(&self, doors: &Doors<'_>) -> Result<Vec<Identity>, Answer> {
        match self {
            Self::User(text) => Ok(vec![Identity::Person(person(text, &doors.people())?)]),
            Self::Everybody => {
                let people = doors.people();
                if people.is_empty() {
                    return Err(Answer::bad(["no manifest names a user".to_owned()]));
                }
                Ok(people.into_iter().map(Identity::Person).collect())
            }
            Self::Machine(text) => {
                let known = doors.machines();
                let found = text.parse::<RoleArn>().map_err(|error| Answer::bad([error.to_string()]))?;
                if known.contains(&found) {
                    Ok(vec![Identity::Machine(found)])
                } else {
                    Err(unknown("role", text, known.iter().map(ToString::to_string)))
                }
            }
            Self::ThirdParty(text) => {
                let known = doors.third_parties();
                let found = text.parse::<AccountId>().map_err(|error| Answer::bad([error.to_string()]))?;
                if known.contains(&found) {
                    Ok(vec![Identity::ThirdParty(found)])
                } else {
                    Err(unknown("account", text, known.iter().map(ToString::to_string)))
                }
            }
        }
    }
}

fn person(text: &str, known: &BTreeSet<Person>) -> Result<Person, Answer> {
    let is_meant = |person: &&Person| match text.split_once('/') {
        Some((gateway, user)) => person.gateway == gateway && person.user.as_str() == user,
        None => person.user.as_str() == text,
    };
    let mut found = known.iter().filter(is_meant);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.clone()),
        (Some(one), Some(other)) => Err(Answer::bad([format!(
            "user `{text}` signs in at several gateways, and these may be different people; write {}/{} or {}/{}",
            one.gateway, one.user, other.gateway, other.user
        )])),
        (None, _) => Err(unknown("user", text, known.iter().map(|person| person.user.to_string()))),
    }
}

/// Nobody of that name; what is near it.
fn unknown(what: &str, text: &str, known: impl Iterator<Item = String>) -> Answer {
    let near = known
        .map(|name| (strsim::damerau_levenshtein(&name, text), name))
        .filter(|(distance, _)| *distance <= 3)
        .min();
    let help = match near {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => "name one that an AccessGroup or an AccountAccess names".to_owned(),
    };
    Answer::bad([format!("no manifest names the {what} `{text}`; {help}")])
}
