//! Where a way in comes from: the objects that declare it, or nobody.

use jiff::Timestamp;
use rolegate_engine::search::{Hop, Path};
use rolegate_iam::{RoleArn, Snapshot};
use rolegate_plan::accept::accept;
use rolegate_plan::compile::compile;
use rolegate_plan::step::Cause;
use rolegate_plan::trust;
use rolegate_plan::validate::Validated;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// The objects behind every trust statement that the manifests compile to.
pub(super) struct Origins {
    statements: BTreeMap<(RoleArn, SmolStr), BTreeSet<String>>,
    /// The roles by which Rolegate itself enters.
    management: BTreeSet<RoleArn>,
}

impl Origins {
    pub(super) fn of(declared: &Validated, seen: &Snapshot, at: Timestamp) -> Self {
        let desired = compile(declared, &accept(declared, seen, at));
        let mut statements: BTreeMap<(RoleArn, SmolStr), BTreeSet<String>> = BTreeMap::new();
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
                    statements.entry((arn.clone(), sid)).or_default().insert(cause);
                }
            }
        }
        let management = declared.accounts.values().map(|account| RoleArn {
            partition: account.partition,
            account: account.id,
            path: account.management.path.clone(),
            name: account.management.role.clone(),
        });
        Self { statements, management: management.collect() }
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
