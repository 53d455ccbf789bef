//! Checks one `AccessGroup`. Whether several of them fit together is for [`super::together`].

use super::index::kube_like::Named;
use super::index::{Index, Target, cluster_key};
use super::report::Examined;
use super::types::{Kind, ValidGroup};
use crate::manifest::{Diagnostic, Located};
use rolegate_crds::{AccessGroup, AccessGroupSpec};
use rolegate_iam::UserName;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn group(
    located: &Located<AccessGroup>,
    index: &Index<'_>,
) -> (Option<ValidGroup>, Vec<Diagnostic>) {
    let object = &located.object;
    let mut examined = Examined::new(cluster_key(Kind::Group, object.name()), &located.source);
    let valid = read(&mut examined, located, index);
    let Examined { found, .. } = examined;
    (valid.filter(|_| found.is_empty()), found)
}

fn read(
    examined: &mut Examined<'_>,
    located: &Located<AccessGroup>,
    index: &Index<'_>,
) -> Option<ValidGroup> {
    let AccessGroup { metadata, spec } = &located.object;
    let AccessGroupSpec { gateway_ref, group_name, members, self_managed_credentials } = spec;
    let name = SmolStr::new(located.object.name());
    // It goes into the membership tag, of which ten must fit into 256 characters.
    examined.label("metadata.name", &name, 24);
    let gateway = &gateway_ref.name;
    match index.account(gateway) {
        Target::Nothing(help) => {
            examined.refuse("spec.gatewayRef.name", format!("there is no AWSAccount `{gateway}`"), help);
        }
        Target::Found(account) if account.spec.gateway_ref.is_some() => {
            let message = format!("AWSAccount `{gateway}` is no gateway: nobody signs in there");
            examined.refuse(
                "spec.gatewayRef.name",
                message,
                "name the account in which the members' users are",
            );
        }
        Target::Found(_) | Target::Unreadable => {}
    }
    let wanted = group_name.clone().unwrap_or_else(|| format!("rolegate-{}-{name}", index.installation));
    let group_name = examined.exact("spec.groupName", &wanted, "group name");
    let members = read_members(examined, members);
    Some(ValidGroup {
        labels: metadata.labels.clone().unwrap_or_default(),
        gateway: gateway.as_str().into(),
        group_name: group_name?,
        members,
        self_managed: *self_managed_credentials,
        terminating: metadata.deletion_timestamp.is_some(),
        source: located.source.clone(),
        name,
    })
}

fn read_members(examined: &mut Examined<'_>, members: &[String]) -> BTreeSet<UserName> {
    let mut found: BTreeSet<UserName> = BTreeSet::new();
    let mut spellings: BTreeMap<SmolStr, &str> = BTreeMap::new();
    for (number, member) in members.iter().enumerate() {
        let path = format!("spec.members[{number}]");
        let Some(user) = examined.exact::<UserName>(&path, member, "user name") else { continue };
        match spellings.insert(user.key(), member) {
            Some(other) if other == member => {
                examined.refuse(&path, format!("`{member}` stands here twice"), "leave one of the two out");
            }
            Some(other) => {
                let message = format!("`{member}` and `{other}` are one user: IAM ignores case");
                examined.refuse(&path, message, "keep the spelling that the user has in AWS");
            }
            None => {
                found.insert(user);
            }
        }
    }
    found
}
