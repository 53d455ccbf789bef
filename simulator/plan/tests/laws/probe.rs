//! Questions to the engine: may this person become that role in this manner, and what may they do then.

use crate::model::{ADDRESSES, EXTERNAL_IDS, MACHINES, Manner, Person, THIRD, USERS, manner};
use crate::world::id;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rolegate_engine::{
    AssumeRole, Caller, Context, Decision, Environment, MfaInCall, RoleSession, Settings, UserSessionOrigin,
    assume_role, authorize,
};
use rolegate_iam::{RoleArn, Snapshot, UserArn};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Probe {
    pub(crate) person: Person,
    pub(crate) account: usize,
    pub(crate) role: &'static str,
    pub(crate) manner: Manner,
}

pub(crate) fn person() -> impl Strategy<Value = Person> {
    prop_oneof![
        6 => (0usize..2, 0usize..4).prop_map(|(gateway, user)| Person::User(gateway, user)),
        1 => (0usize..2).prop_map(Person::Machine),
        1 => Just(Person::Third),
    ]
}

pub(crate) fn probe() -> impl Strategy<Value = Probe> {
    let role = prop::sample::select(vec!["Developer", "Developer", "Operator", "Deploy", "Scan"]);
    (person(), 0usize..6, role, manner()).prop_map(|(person, account, role, manner)| Probe {
        person,
        account,
        role,
        manner,
    })
}

pub(crate) fn probes(count: usize) -> impl Strategy<Value = Vec<Probe>> {
    prop::collection::vec(probe(), count)
}

/// The usual manner of everybody to enter everything.
pub(crate) fn usual() -> Vec<Probe> {
    let mut all = Vec::new();
    let people = (0..2).flat_map(|gateway| (0..4).map(move |user| Person::User(gateway, user))).chain([
        Person::Machine(0),
        Person::Machine(1),
        Person::Third,
    ]);
    for person in people {
        for account in 0..6 {
            for role in ["Developer", "Operator", "Deploy", "Scan"] {
                let manner =
                    Manner { mfa: 2, own_name: true, address: 0, time: 1, external_id: Some(account % 2) };
                all.push(Probe { person, account, role, manner });
            }
        }
    }
    all
}

pub(crate) fn name(person: Person) -> &'static str {
    match person {
        Person::User(_, user) => USERS[user],
        Person::Machine(_) => "machine",
        Person::Third => "third",
    }
}

pub(crate) fn user_arn(gateway: usize, user: usize) -> UserArn {
    format!("arn:aws:iam::{}:user/{}", id(gateway), USERS[user]).parse().unwrap()
}

impl Probe {
    pub(crate) fn role_arn(&self) -> RoleArn {
        format!("arn:aws:iam::{}:role/{}", id(self.account), self.role).parse().unwrap()
    }

    fn caller(&self) -> Caller {
        let now = self.manner.instant();
        let hours = |hours| now - SignedDuration::from_hours(hours);
        let session = |arn: &str| {
            let role = arn.parse().unwrap();
            Caller::RoleSession(Box::new(RoleSession::plain(role, "run".parse().unwrap(), hours(0))))
        };
        match self.person {
            Person::User(gateway, user) => {
                let arn = user_arn(gateway, user);
                let since = |mfa| Caller::UserSession {
                    arn: user_arn(gateway, user),
                    issued_at: mfa,
                    mfa: Some(mfa),
                    origin: UserSessionOrigin::GetSessionToken,
                };
                match self.manner.mfa {
                    0 | 1 => Caller::UserKey { arn },
                    2 => since(hours(0)),
                    _ => since(hours(2)),
                }
            }
            Person::Machine(machine) => session(MACHINES[machine]),
            Person::Third => session(&format!("arn:aws:iam::{THIRD}:role/scanner")),
        }
    }

    pub(crate) fn decision(&self, world: &Snapshot, settings: &Settings) -> Decision {
        let session_name = if self.manner.own_name { name(self.person) } else { "somebody" };
        let mut request = AssumeRole::new(self.role_arn().to_string(), session_name);
        request.external_id = self.manner.external_id.map(|id| EXTERNAL_IDS[id].into());
        if self.manner.mfa == 1 && matches!(self.person, Person::User(..)) {
            request.mfa = MfaInCall::Valid;
        }
        let environment =
            Environment::at(self.manner.instant()).from_ip(ADDRESSES[self.manner.address].parse().unwrap());
        assume_role(world, &self.caller(), &request, &environment, settings)
    }

    /// Whether the person may enter; what may be is counted as what is.
    pub(crate) fn enters(&self, world: &Snapshot) -> bool {
        let has_caller = match self.person {
            Person::User(gateway, _) => world.accounts.contains_key(&id(gateway)),
            Person::Machine(_) | Person::Third => true,
        };
        has_caller
            && world.accounts.contains_key(&id(self.account))
            && !self.decision(world, &Settings::guess()).is_no()
    }
}

/// What a session of a role may do, one bit an action.
pub(crate) fn rights(world: &Snapshot, role: &RoleArn, issued_at: Timestamp, now: Timestamp) -> u8 {
    rights_of(world, role, "run", (issued_at, now))
}

/// What a session of that name may do, one bit an action.
pub(crate) fn rights_of(
    world: &Snapshot,
    role: &RoleArn,
    name: &str,
    (issued_at, now): (Timestamp, Timestamp),
) -> u8 {
    let there = world.accounts.get(&role.account).and_then(|account| account.roles.get(&role.name));
    if there.is_none() {
        return 0;
    }
    let session = RoleSession::plain(role.clone(), name.parse().unwrap(), issued_at);
    let caller = Caller::RoleSession(Box::new(session));
    let environment = Environment::at(now).from_ip(ADDRESSES[0].parse().unwrap());
    let actions = [
        ("s3:GetObject", "arn:aws:s3:::bucket/key".to_owned()),
        ("iam:CreateUser", format!("arn:aws:iam::{}:user/x", role.account)),
        ("ec2:RunInstances", format!("arn:aws:ec2:us-east-1:{}:instance/*", role.account)),
    ];
    let mut bits = 0;
    for (bit, (action, resource)) in actions.iter().enumerate() {
        let context = Context::new();
        let decision =
            authorize(world, &caller, action, resource, &context, &environment, &Settings::guess());
        bits |= u8::from(!decision.is_no()) << bit;
    }
    bits
}
