//! One AssumeRole request and the world that decides it, as plain data: made by dice, read by both sides.

use serde_json::Value;

use super::dice::Dice;
use super::pools;
use super::tree::Tree;

pub(crate) const FIRST: &str = "111111111111";
pub(crate) const SECOND: &str = "222222222222";
pub(crate) const NOW: &str = "2026-11-24T12:00:00Z";
pub(crate) const ENDPOINT: &str = "vpce-0123456789abcdef0";
pub(crate) const VPC: &str = "vpc-0123456789abcdef0";
pub(crate) const ORGANIZATION: &str = "o-acme123456";

/// A user or role: account, path, name, unique id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who {
    pub(crate) account: &'static str,
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) id: &'static str,
}

impl Who {
    pub(crate) fn arn(&self, kind: &str) -> String {
        format!("arn:aws:iam::{}:{kind}{}{}", self.account, self.path, self.name)
    }
}

const fn who(account: &'static str, path: &'static str, name: &'static str, id: &'static str) -> Who {
    Who { account, path, name, id }
}

pub(crate) const USERS: [Who; 2] =
    [who(FIRST, "/", "alice", "AIDA1ALICE0000000000"), who(SECOND, "/ops/", "bob", "AIDA2BOB000000000000")];
pub(crate) const ROLES: [Who; 4] = [
    who(FIRST, "/", "Hub", "AROA1HUB000000000000"),
    who(SECOND, "/", "R", "AROA2R00000000000000"),
    who(SECOND, "/team/", "S", "AROA2S00000000000000"),
    who(FIRST, "/", "Dev", "AROA1DEV000000000000"),
];

/// Who calls.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// A user with a long-term key.
    Key { user: Who },
    /// A user with a temporary session, made with MFA this many seconds ago or without.
    Session { user: Who, mfa_age: Option<u32> },
    /// A session of a role, without MFA.
    Role {
        role: Who,
        session: &'static str,
        tags: Vec<(&'static str, &'static str)>,
        source_identity: Option<&'static str>,
    },
}

/// One request and its world.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) number: u64,
    pub(crate) caller: Caller,
    pub(crate) target: Who,
    pub(crate) trust: Vec<Value>,
    /// Policies of the caller: its own, and for users those of a group.
    pub(crate) identity: Vec<Vec<Value>>,
    pub(crate) boundary: Option<Vec<Value>>,
    pub(crate) session: Option<Vec<Value>>,
    /// The organization of both accounts, if they are in one.
    pub(crate) tree: Option<Tree>,
    /// The statements of the policy of the VPC endpoint that is used, if one is.
    pub(crate) endpoint: Option<Vec<Value>>,
    pub(crate) session_name: &'static str,
    pub(crate) external_id: Option<&'static str>,
    pub(crate) mfa_in_call: bool,
    pub(crate) source_identity: Option<&'static str>,
    pub(crate) tags: Vec<(&'static str, &'static str)>,
    pub(crate) source_ip: &'static str,
    pub(crate) caller_tags: Vec<(&'static str, &'static str)>,
    pub(crate) target_tags: Vec<(&'static str, &'static str)>,
}

impl Caller {
    fn roll(dice: &mut Dice) -> Self {
        let user = dice.pick(&USERS);
        match dice.below(4) {
            0 => Self::Key { user },
            1 => Self::Session { user, mfa_age: dice.pick(&[None, Some(30), Some(1800), Some(7200)]) },
            _ => Self::Role {
                role: dice.pick(&ROLES),
                session: dice.pick(&["deploy", "alice"]),
                tags: if dice.happens(1, 4) { vec![("team", "R")] } else { Vec::new() },
                source_identity: if dice.happens(1, 6) { Some("alice") } else { None },
            },
        }
    }

    pub(crate) fn is_role(&self) -> bool {
        matches!(self, Self::Role { .. })
    }

    pub(crate) fn who(&self) -> Who {
        match self {
            Self::Key { user } | Self::Session { user, .. } => *user,
            Self::Role { role, .. } => *role,
        }
    }

    /// The ARN of the user, or of the base role.
    pub(crate) fn base_arn(&self) -> String {
        match self {
            Self::Key { user } | Self::Session { user, .. } => user.arn("user"),
            Self::Role { role, .. } => role.arn("role"),
        }
    }

    /// The ARN that signs.
    pub(crate) fn arn(&self) -> String {
        match self {
            Self::Key { .. } | Self::Session { .. } => self.base_arn(),
            Self::Role { role, session, .. } => {
                format!("arn:aws:sts::{}:assumed-role/{}/{session}", role.account, role.name)
            }
        }
    }

    /// The principals with which a trust policy can mean this caller.
    fn names(&self) -> Vec<String> {
        let account = self.who().account;
        vec![self.base_arn(), self.arn(), account.to_owned(), format!("arn:aws:iam::{account}:root")]
    }
}

fn statements(dice: &mut Dice, make: impl Fn(&mut Dice) -> Value, most: usize) -> Vec<Value> {
    (0..dice.below(most + 1)).map(|_| make(dice)).collect()
}

/// Mostly wide, so that requests get through to the other layers.
fn policy(dice: &mut Dice, wide_of_4: usize) -> Vec<Value> {
    let mut all = statements(dice, pools::own, 2);
    if dice.happens(wide_of_4, 4) {
        all.push(pools::wide());
    }
    all
}

/// Endpoint policies name principals; everybody is the one that people write.
fn endpoint(dice: &mut Dice) -> Vec<Value> {
    let mut statements = policy(dice, 3);
    for statement in &mut statements {
        statement["Principal"] = "*".into();
    }
    statements
}

impl Scene {
    /// The scene of this number.
    pub(crate) fn number(number: u64) -> Self {
        let dice = &mut Dice::new(number);
        let caller = Caller::roll(dice);
        let is_key = matches!(caller, Caller::Key { .. });
        let is_role = caller.is_role();
        let names = caller.names();
        let mut trust = statements(dice, |dice| pools::trust(dice, &names), 3);
        trust.push(pools::trust(dice, &names));
        let mut identity = vec![policy(dice, 2)];
        if !is_role {
            identity.push(policy(dice, 1));
        }
        let inherited = matches!(&caller, Caller::Role { source_identity: Some(_), .. });
        Self {
            number,
            target: dice.pick(&ROLES),
            trust,
            identity,
            boundary: dice.happens(1, 4).then(|| policy(dice, 2)),
            session: (is_role && dice.happens(1, 3)).then(|| policy(dice, 2)),
            tree: dice.happens(1, 2).then(|| Tree::roll(dice)),
            endpoint: dice.happens(1, 6).then(|| endpoint(dice)),
            session_name: dice.pick(&["alice", "deploy", "deploy-7", "bob", "root"]),
            external_id: dice.pick(&[None, None, Some("acme-1"), Some("acme-2"), Some("other")]),
            mfa_in_call: is_key && dice.happens(1, 2),
            source_identity: if !inherited && dice.happens(1, 5) { Some("alice") } else { None },
            tags: dice
                .pick(&[&[][..], &[], &[], &[], &[("team", "sre")], &[("team", "R"), ("cost", "7")]])
                .to_vec(),
            source_ip: dice.pick(&[
                "203.0.113.7",
                "203.0.113.200",
                "198.51.100.9",
                "192.0.2.1",
                "2001:db8::1",
            ]),
            caller_tags: dice
                .pick(&[&[][..], &[("team", "sre")], &[("Team", "R"), ("groups", ":ops:dev:")]])
                .to_vec(),
            target_tags: dice.pick(&[&[][..], &[("team", "sre")]]).to_vec(),
            caller,
        }
    }

    /// Which actions must be authorised (§2.3), in the order of the decision.
    pub(crate) fn actions(&self) -> Vec<&'static str> {
        let inherited = matches!(&self.caller, Caller::Role { source_identity: Some(_), .. });
        let mut actions = vec!["sts:AssumeRole"];
        if !self.tags.is_empty() {
            actions.push("sts:TagSession");
        }
        if self.source_identity.is_some() || inherited {
            actions.push("sts:SetSourceIdentity");
        }
        actions
    }

    pub(crate) fn same_account(&self) -> bool {
        self.caller.who().account == self.target.account
    }
}

/// When temporary credentials were issued; MFA cannot be older.
pub(crate) fn issued_at() -> &'static str {
    "2026-11-24T05:00:00Z"
}

/// The moment this many seconds before [`NOW`].
pub(crate) fn ago(seconds: u32) -> String {
    let now: jiff::Timestamp = NOW.parse().unwrap();
    (now - jiff::SignedDuration::from_secs(seconds.into())).to_string()
}

impl Scene {
    /// A role that is caller and target has the target's tags: it is one role.
    pub(crate) fn role_tags(&self, is_caller: bool, is_target: bool) -> &[(&'static str, &'static str)] {
        match (is_target, is_caller) {
            (true, _) => &self.target_tags,
            (false, true) => &self.caller_tags,
            (false, false) => &[],
        }
    }
}
