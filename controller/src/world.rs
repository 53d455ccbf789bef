//! What is seen of AWS during one reconciliation: observes accounts, remembers which could not be. Writes nothing.

use crate::applied::{Calls, Unreachable, is_passing};
use crate::pace::{Pace, Sleeper};
use futures::StreamExt;
use futures::stream;
use rolegate_iam::{AccountId, RoleArn, Snapshot};
use rolegate_plan::port::{Entrance, Failure, Observation, Port};
use rolegate_plan::validate::{ValidAccount, Validated};
use std::collections::BTreeMap;

/// All accounts as last seen.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) snapshot: Snapshot,
    pub(crate) unreachable: BTreeMap<AccountId, Unreachable>,
}

/// How each declared account is entered.
pub fn entrances(validated: &Validated) -> Vec<Entrance> {
    validated.accounts.values().map(entrance).collect()
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

impl World {
    /// Observes these accounts anew. One that cannot be observed any more is not in the snapshot any more, so that nothing is
    /// planned there on old knowledge.
    pub(crate) async fn observe<P: Port, S: Sleeper>(
        &mut self,
        port: &P,
        entrances: &[&Entrance],
        pace: &Pace<S>,
        calls: &mut Calls,
    ) {
        let mut answers = stream::iter(entrances)
            .map(|entrance| async move { (entrance, observe(port, entrance, pace).await) })
            .buffer_unordered(pace.accounts_at_once.max(1));
        while let Some((entrance, (answer, tries))) = answers.next().await {
            calls.observed += tries;
            match answer {
                Ok(Observation { account, aws_managed }) => {
                    self.snapshot.aws_managed.extend(aws_managed);
                    self.snapshot.accounts.insert(entrance.id, account);
                    self.unreachable.remove(&entrance.id);
                }
                Err(failure) => {
                    self.snapshot.accounts.remove(&entrance.id);
                    let name = entrance.name.clone();
                    self.unreachable.insert(entrance.id, Unreachable { name, id: entrance.id, failure });
                }
            }
        }
    }
}

/// Observes one account, several times when the failure is one that passes.
async fn observe<P: Port, S: Sleeper>(
    port: &P,
    entrance: &Entrance,
    pace: &Pace<S>,
) -> (Result<Observation, Failure>, usize) {
    let mut tries = 0;
    loop {
        tries += 1;
        match port.observe(entrance).await {
            Err(failure) if is_passing(failure.class) && tries < pace.observe_tries => {
                pace.pause(tries).await;
            }
            answer => return (answer, tries as usize),
        }
    }
}
