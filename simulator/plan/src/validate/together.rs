//! What no object can know of itself: two that are one, groups that share a name, users in too many groups.

use super::access;
use super::index::cluster_key;
use super::index::kube_like::Named;
use super::types::{Kind, ObjectKey};
use crate::manifest::{Diagnostic, Located, Manifests, Source};
use rolegate_crds::AccessGroup;
use std::collections::BTreeMap;

/// How many groups an IAM user may be in (§3.3).
const GROUPS_OF_A_USER: usize = 10;

/// Something that must be unique: what it is, where it stands.
struct Claim<'a> {
    key: ObjectKey,
    path: String,
    source: &'a Source,
}

/// Errors between objects, each with the objects that it puts in error.
pub(super) fn together(manifests: &Manifests, installation: &str) -> Vec<(ObjectKey, Diagnostic)> {
    let mut found = duplicates(manifests);
    let mut ids: BTreeMap<&str, Vec<Claim<'_>>> = BTreeMap::new();
    for Located { object, source } in &manifests.accounts {
        let key = cluster_key(Kind::Account, object.name());
        ids.entry(&object.spec.account_id).or_default().push(Claim {
            key,
            path: "spec.accountID".into(),
            source,
        });
    }
    for (id, claims) in ids {
        shared(
            &mut found,
            &claims,
            &format!("account {id}"),
            "an account is described once: keep one of the two",
        );
    }
    let mut names: BTreeMap<(&str, String), Vec<Claim<'_>>> = BTreeMap::new();
    for Located { object, source } in &manifests.groups {
        let key = cluster_key(Kind::Group, object.name());
        let gateway = object.spec.gateway_ref.name.as_str();
        let claim = Claim { key, path: "spec.groupName".into(), source };
        names
            .entry((gateway, group_name(object, installation).to_ascii_lowercase()))
            .or_default()
            .push(claim);
    }
    for ((gateway, name), claims) in names {
        let what = format!("IAM group `{name}` of `{gateway}`");
        shared(&mut found, &claims, &what, "IAM ignores case: choose another groupName");
    }
    crowded(&mut found, manifests);
    found
}

fn group_name(object: &AccessGroup, installation: &str) -> String {
    object.spec.group_name.clone().unwrap_or_else(|| format!("rolegate-{installation}-{}", object.name()))
}

fn duplicates(manifests: &Manifests) -> Vec<(ObjectKey, Diagnostic)> {
    let Manifests { accounts, roles, groups, accesses, namespaces: _, unreadable: _ } = manifests;
    let mut places: BTreeMap<ObjectKey, Vec<&Source>> = BTreeMap::new();
    let mut add = |key: ObjectKey, source| places.entry(key).or_default().push(source);
    for found in accounts {
        add(cluster_key(Kind::Account, found.object.name()), &*found.source);
    }
    for found in roles {
        add(cluster_key(Kind::Role, found.object.name()), &*found.source);
    }
    for found in groups {
        add(cluster_key(Kind::Group, found.object.name()), &*found.source);
    }
    for found in accesses {
        add(access::key(&found.object), &*found.source);
    }
    let mut found = Vec::new();
    for (key, sources) in places {
        let Some((first, others)) = sources.split_first() else { continue };
        for other in others {
            let message = format!("is declared twice; first in {}", place(first, "metadata.name"));
            let diagnostic = other.diagnostic(
                &key,
                "metadata.name",
                message,
                "rename one of the two, or leave it out".into(),
            );
            found.push((key.clone(), diagnostic));
        }
    }
    found
}

/// Of several objects that want one thing none gets it: which one is right is not ours to guess.
fn shared(found: &mut Vec<(ObjectKey, Diagnostic)>, claims: &[Claim<'_>], what: &str, help: &str) {
    for Claim { key, path, source } in claims {
        let Some(other) = claims.iter().find(|other| other.key != *key) else { continue };
        let message = format!("{what} is also that of {} in {}", other.key, place(other.source, &other.path));
        found.push((key.clone(), source.diagnostic(key, path, message, help.to_owned())));
    }
}

fn crowded(found: &mut Vec<(ObjectKey, Diagnostic)>, manifests: &Manifests) {
    let mut homes: BTreeMap<(&str, String), Vec<Claim<'_>>> = BTreeMap::new();
    for Located { object, source } in &manifests.groups {
        for (number, member) in object.spec.members.iter().enumerate() {
            let claim = Claim {
                key: cluster_key(Kind::Group, object.name()),
                path: format!("spec.members[{number}]"),
                source,
            };
            let user = (object.spec.gateway_ref.name.as_str(), member.to_ascii_lowercase());
            homes.entry(user).or_default().push(claim);
        }
    }
    for ((gateway, user), mut claims) in homes {
        claims.dedup_by(|a, b| a.key == b.key);
        if claims.len() <= GROUPS_OF_A_USER {
            continue;
        }
        let message = format!(
            "user `{user}` of `{gateway}` is in {} AccessGroups, and AWS allows {GROUPS_OF_A_USER} groups for a user",
            claims.len()
        );
        for Claim { key, path, source } in &claims {
            let help = "take the user out of some, or bind the user directly";
            found.push((key.clone(), source.diagnostic(key, path, message.clone(), help.into())));
        }
    }
}

fn place(source: &Source, path: &str) -> String {
    let position = source.position(path);
    format!("{}:{}", source.file, position.line)
}
