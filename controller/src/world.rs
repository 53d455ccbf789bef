//! What is seen of AWS during one reconciliation: observes accounts, remembers which could not be. Writes nothing.

use crate::applied::{Calls, Unreachable, is_passing};
use crate::confirm::{Lists, Questions, confirm};
use crate::pace::{Pace, Sleeper};
use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream;
use rolegate_iam::{AccountId, RoleArn, Snapshot};
use rolegate_plan::absence::Entity;
use rolegate_plan::port::{Entrance, Failure, Observation, Port};
use rolegate_plan::validate::{ValidAccount, Validated};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;

/// All accounts as last seen.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) snapshot: Snapshot,
    pub(crate) unreachable: BTreeMap<AccountId, Unreachable>,
    /// Accounts of which a list lacked what is there: nothing is planned on it, and another look may help.
    pub(crate) torn: BTreeSet<AccountId>,
    /// What AWS said not to exist, and no list has shown since.
    absent: BTreeMap<AccountId, BTreeSet<Entity>>,
}

/// How each declared account is entered.
pub fn entrances(validated: &Validated) -> Vec<Entrance> {
    validated.accounts.values().map(|account| entrance(account)).collect()
}

fn entrance(account: &ValidAccount) -> Entrance {
    let management = &account.management;
    let role = RoleArn {
        partition: account.partition,
        account: account.id,
        path: management.path.clone(),
        name: management.role.clone(),
    };
    Entrance {
        name: account.name.to_string(),
        id: account.id,
        partition: account.partition,
        roles: management.via.iter().cloned().chain([role]).collect(),
        external_id: management.external_id.as_ref().map(ToString::to_string),
    }
}

/// Of which accounts a look is wanted, and what must be certain about them.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) entrances: &'a [&'a Entrance],
    pub(crate) questions: &'a Questions<'a>,
}

/// What came of looking at one account.
struct Seen {
    answer: Result<Observation, Failure>,
    lists: Lists,
    absent: BTreeSet<Entity>,
    calls: Calls,
}

impl World {
    /// Observes these accounts anew. One that cannot be observed any more is not in the snapshot any more, so that nothing is
    /// planned there on old knowledge.
    pub(crate) async fn observe<P: Port, S: Sleeper>(
        &mut self,
        port: &P,
        look: Look<'_>,
        pace: &Pace<S>,
        calls: &mut Calls,
    ) {
        let known: Vec<_> = look
            .entrances
            .iter()
            .map(|entrance| (*entrance, self.absent.get(&entrance.id).cloned().unwrap_or_default()))
            .collect();
        let mut answers = stream::iter(known)
            .map(|(entrance, absent)| async move {
                (entrance, observe(port, entrance, look.questions, absent, pace).await)
            })
            .buffer_unordered(pace.accounts_at_once.max(1));
        loop {
            // A read may be left as it is when nothing more is to be begun.
            let answer = match select(answers.next(), pin!(pace.sleeper.stopped())).await {
                Either::Left((answer, _)) => answer,
                Either::Right(_) => return,
            };
            let Some((entrance, Seen { answer, lists, absent, calls: made })) = answer else { return };
            calls.add(made);
            self.absent.insert(entrance.id, absent);
            self.torn.remove(&entrance.id);
            match answer {
                Ok(Observation { account, aws_managed }) => {
                    self.snapshot.aws_managed.extend(aws_managed);
                    self.snapshot.accounts.insert(entrance.id, account);
                    self.unreachable.remove(&entrance.id);
                    if lists == Lists::Torn {
                        self.torn.insert(entrance.id);
                    }
                }
                Err(failure) => {
                    self.snapshot.accounts.remove(&entrance.id);
                    let name = entrance.name.clone();
                    self.unreachable.insert(entrance.id, Unreachable { name, id: entrance.id, failure });
                }
            }
        }
    }

    /// Forgets accounts that nobody declares any more.
    pub(crate) fn keep(&mut self, declared: &BTreeSet<AccountId>) {
        self.snapshot.accounts.retain(|id, _| declared.contains(id));
        self.unreachable.retain(|id, _| declared.contains(id));
        self.torn.retain(|id| declared.contains(id));
        self.absent.retain(|id, _| declared.contains(id));
    }

    /// Something was written in the account: what AWS said not to exist may exist by now.
    pub(crate) fn forget_absences(&mut self, account: AccountId) {
        self.absent.remove(&account);
    }
}

/// Observes one account, several times when the failure is one that passes or a list lacks what is there.
async fn observe<P: Port, S: Sleeper>(
    port: &P,
    entrance: &Entrance,
    questions: &Questions<'_>,
    mut absent: BTreeSet<Entity>,
    pace: &Pace<S>,
) -> Seen {
    let mut calls = Calls::default();
    let mut tries = 0;
    loop {
        tries += 1;
        calls.observed += 1;
        let mut answer = port.observe(entrance).await;
        let mut lists = Lists::Settled;
        if let Ok(Observation { account, aws_managed: _ }) = &mut answer {
            let (found, asked) = confirm(port, entrance, account, questions, &mut absent).await;
            lists = found;
            calls.confirmed += asked;
        }
        let passing = answer.as_ref().err().is_some_and(|failure| is_passing(failure.class));
        if !(passing || lists == Lists::Torn) || tries >= pace.observe_tries {
            return Seen { answer, lists, absent, calls };
        }
        pace.pause(tries).await;
    }
}
