//! Makes sure of absences before anything is planned on them (design §6.4): what the objects or our own policies speak of and a
//! list lacks is asked for by its name. Writes nothing, decides nothing.

use crate::applied::is_passing;
use futures::StreamExt;
use futures::stream;
use rolegate_iam::Account;
use rolegate_plan::absence::{Entity, Presence};
use rolegate_plan::port::{Entrance, Port};
use smol_str::format_smolstr;
use std::collections::BTreeSet;

/// Point reads of one account at the same time.
const AT_ONCE: usize = 4;

/// What must be asked for before a plan is made on an account.
pub(crate) type Questions<'a> = dyn Fn(&Account) -> BTreeSet<Entity> + Sync + 'a;

/// What asking came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lists {
    /// Whatever they lack is not there, or it is recorded why that is not known.
    Settled,
    /// They lack what is there, or AWS did not answer: looking again may help.
    Torn,
}

/// Asks for everything that is questionable, and records in the account what absence does not mean. `absent` holds what AWS
/// said before not to exist: it is believed until a list shows it.
pub(crate) async fn confirm<P: Port>(
    port: &P,
    entrance: &Entrance,
    account: &mut Account,
    questions: &Questions<'_>,
    absent: &mut BTreeSet<Entity>,
) -> (Lists, usize) {
    absent.retain(|entity| !entity.is_listed(account));
    let open: Vec<Entity> =
        questions(account).into_iter().filter(|entity| !absent.contains(entity)).collect();
    let asked = open.len();
    let mut answers = stream::iter(open)
        .map(|entity| async move {
            let answer = port.exists(entrance, &entity).await;
            (entity, answer)
        })
        .buffered(AT_ONCE);
    let mut lists = Lists::Settled;
    while let Some((entity, answer)) = answers.next().await {
        match answer {
            Ok(Presence::Absent) => {
                absent.insert(entity);
            }
            Ok(Presence::Present) => {
                lists = Lists::Torn;
                let why = format_smolstr!(
                    "{entity} is there and the list does not show it: AWS has not caught up with a change; run again"
                );
                entity.doubt(account, why);
            }
            Err(failure) => {
                if is_passing(failure.class) {
                    lists = Lists::Torn;
                }
                let why = format_smolstr!(
                    "the list does not show {entity}, and whether it is there is not known: {failure}"
                );
                entity.doubt(account, why);
            }
        }
    }
    (lists, asked)
}
