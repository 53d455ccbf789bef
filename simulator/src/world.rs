//! The world a question is about: what is declared, what was seen, or what was seen as it will be once it is as declared.

use rolegate_crds::AccessState;
use rolegate_iam::snapshot::{Role, User};
use rolegate_iam::{Account, Document, Path, RoleArn, RoleName, Snapshot, Tags, UserName};
use rolegate_plan::validate::{ValidSubject, Validated};
use smol_str::format_smolstr;
use std::collections::{BTreeMap, BTreeSet};

/// Accounts as they would be if nothing but what the manifests presuppose were there: the people and machines they name.
pub fn presupposed(declared: &Validated) -> Snapshot {
    let mut world = Snapshot::default();
    for account in declared.accounts.values() {
        let mut empty = Account::empty(account.id, account.partition, None);
        empty.name = Some(account.name.clone());
        // An account twice is an error of the manifests, found by validation.
        drop(world.add(empty));
    }
    for group in declared.groups.values() {
        let Some(gateway) = declared.accounts.get(&group.gateway) else { continue };
        for member in &group.members {
            add_user(&mut world, gateway.id, member);
        }
    }
    for access in declared.accesses.values() {
        for subject in &access.subjects {
            match subject {
                ValidSubject::User(name) => {
                    let targets = declared.accounts.values().filter(|account| access.selects(account));
                    for target in targets {
                        if let Some(gateway) = declared.accounts.get(target.gateway_name()) {
                            add_user(&mut world, gateway.id, name);
                        }
                    }
                }
                // What the manifests make themselves is not there before they do.
                ValidSubject::Role(arn) if is_declared(declared, arn) => {}
                ValidSubject::Role(arn) => add_role(&mut world, arn),
                ValidSubject::Group(_) | ValidSubject::Account { .. } => {}
            }
        }
    }
    world
}

/// Whether a binding that stands makes a role of this name in that account.
fn is_declared(declared: &Validated, arn: &RoleArn) -> bool {
    declared.accesses.values().filter(|access| access.state == AccessState::Active).any(|access| {
        let role = declared.roles.get(&access.role);
        role.is_some_and(|role| role.role_name.key() == arn.name.key())
            && declared.accounts.values().any(|account| account.id == arn.account && access.selects(account))
    })
}

fn add_user(world: &mut Snapshot, account: rolegate_iam::AccountId, name: &UserName) {
    let Some(account) = world.accounts.get_mut(&account) else { return };
    account.users.entry(name.clone()).or_insert_with(|| {
        User::bare(
            format_smolstr!("AIDADECLARED{}", name.as_str().to_ascii_uppercase()),
            Path::root(),
            name.clone(),
        )
    });
}

fn add_role(world: &mut Snapshot, arn: &RoleArn) {
    let Some(account) = world.accounts.get_mut(&arn.account) else { return };
    let name: &RoleName = &arn.name;
    account.roles.entry(name.clone()).or_insert_with(|| Role {
        id: format_smolstr!("AROADECLARED{}", name.as_str().to_ascii_uppercase()),
        path: arn.path.clone(),
        name: name.clone(),
        created: None,
        // Who enters the machine's own role is declared nowhere, so it is not known: no document is what says so.
        trust: Document::parse(""),
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
        boundary: None,
        tags: Tags::new(),
        max_session_duration: Some(3600),
        description: None,
        instance_profiles: BTreeSet::new(),
    });
}
