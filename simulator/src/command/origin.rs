//! Where a way in, or a statement, comes from: the objects that declare it, or nobody.

use jiff::Timestamp;
use rolegate_engine::search::{Hop, Path};
use rolegate_engine::{Holder, PolicyKind, StatementRef};
use rolegate_iam::{AccountId, PolicyOwner, RoleArn, Snapshot};
use rolegate_plan::accept::accept;
use rolegate_plan::compile::compile;
use rolegate_plan::desired::Desired;
use rolegate_plan::manifest::Position;
use rolegate_plan::naming;
use rolegate_plan::step::Cause;
use rolegate_plan::trust;
use rolegate_plan::validate::Validated;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// The objects behind every statement that the manifests compile to.
pub(super) struct Origins {
    /// Those behind the statements of trust policies, by role and Sid.
    statements: BTreeMap<(RoleArn, SmolStr), BTreeSet<String>>,
    /// Those behind leave to assume a role, by gateway and holder.
    leave: BTreeMap<(AccountId, naming::Holder, RoleArn), BTreeSet<String>>,
    /// The path of our policies.
    path: rolegate_iam::Path,
    /// Where each object is written.
    places: BTreeMap<String, (SmolStr, Position)>,
    /// The roles by which Rolegate itself enters.
    management: BTreeSet<RoleArn>,
}

/// An object that declares something.
pub(super) struct Behind<'a> {
    pub(super) object: String,
    /// Its file and where it begins there.
    pub(super) place: Option<(&'a str, Position)>,
}

impl Origins {
    pub(super) fn of(declared: &Validated, seen: &Snapshot, at: Timestamp) -> Self {
        let desired = compile(declared, &accept(declared, seen, at));
        let places = declared
            .accesses
            .values()
            .map(|access| (access.key().to_string(), (access.source.file.clone(), access.source.start)));
        let management = declared.accounts.values().map(|account| RoleArn {
            partition: account.partition,
            account: account.id,
            path: account.management.path.clone(),
            name: account.management.role.clone(),
        });
        Self {
            statements: statements(&desired),
            leave: leave(&desired),
            path: desired.installation.path(),
            places: places.collect(),
            management: management.collect(),
        }
    }

    /// The objects that declare a statement by which a role is entered.
    pub(super) fn behind(&self, statement: &StatementRef, target: &RoleArn) -> Vec<Behind<'_>> {
        let objects = match (&statement.policy.kind, &statement.policy.holder, &statement.sid) {
            (PolicyKind::Trust, Holder::Role(role), Some(sid)) => {
                self.statements.get(&(role.clone(), sid.clone()))
            }
            (PolicyKind::Managed(arn), _, Some(_)) => {
                match (&arn.owner, naming::Holder::of_policy(&arn.name)) {
                    (PolicyOwner::Account(gateway), Some((holder, _))) if arn.path == self.path => {
                        self.leave.get(&(*gateway, holder, target.clone()))
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        let behind = |object: &'_ String| Behind {
            object: object.clone(),
            place: self.places.get(object).map(|(file, position)| (file.as_str(), *position)),
        };
        objects.into_iter().flatten().map(behind).collect()
    }

    /// Where a path comes from, for people.
    pub(super) fn tell(&self, path: &Path) -> String {
        let mut objects = BTreeSet::new();
        let mut undeclared = Vec::new();
        for (number, hop) in path.hops.iter().enumerate() {
            match self.objects(hop) {
                Some(found) => objects.extend(found),
                None => undeclared.push(number + 1),
            }
        }
        let declared = objects.into_iter().collect::<Vec<_>>().join(", ");
        match (undeclared.as_slice(), declared.as_str()) {
            ([], declared) => format!("declared by {declared}"),
            (_, "") => "DECLARED BY NO MANIFEST".to_owned(),
            (hops, declared) => {
                let hops: Vec<_> = hops.iter().map(ToString::to_string).collect();
                format!("declared by {declared}; HOP {} BY NO MANIFEST", hops.join(", "))
            }
        }
    }

    fn objects(&self, Hop { to, trust_by, .. }: &Hop) -> Option<BTreeSet<String>> {
        if self.management.contains(to) {
            return Some(BTreeSet::from(["spec.managementRole (Rolegate itself)".to_owned()]));
        }
        self.statements.get(&(to.clone(), trust_by.sid.clone()?)).cloned()
    }
}

fn object(cause: &Cause) -> String {
    cause.to_string()
}

fn statements(desired: &Desired) -> BTreeMap<(RoleArn, SmolStr), BTreeSet<String>> {
    let mut found: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for (id, account) in &desired.accounts {
        for (name, role) in &account.roles {
            let arn = RoleArn {
                partition: account.partition,
                account: *id,
                path: role.path.clone(),
                name: name.clone(),
            };
            for (sid, entry) in trust::statements(role.entries.keys(), &desired.installation) {
                let cause = role.entries.get(entry).map(object).unwrap_or_default();
                found.entry((arn.clone(), sid)).or_default().insert(cause);
            }
        }
    }
    found
}

fn leave(desired: &Desired) -> BTreeMap<(AccountId, naming::Holder, RoleArn), BTreeSet<String>> {
    let mut found: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for (id, account) in &desired.accounts {
        for (holder, gates) in &account.gates {
            for (gate, wanted) in gates {
                let key = (*id, holder.clone(), gate.role.clone());
                found.entry(key).or_default().insert(object(&wanted.cause));
            }
        }
    }
    found
}
