//! Roles whose declared policies or boundary their account lacks: IAM would refuse to attach them, and a role that may do less, or is
//! bounded less, than declared is not opened. What such a role takes away still goes; nobody comes in anew.

use crate::desired::DesiredRole;
use crate::diff::common;
use crate::entry::Entry;
use crate::naming::Installation;
use crate::trust;
use rolegate_iam::snapshot::Role;
use rolegate_iam::{Account, PolicyArn, PolicyOwner};
use std::collections::BTreeSet;

/// The customer managed policies that a role is declared to have and that its account has not. What the role bears is there, whatever
/// a list says (§4.4).
pub(crate) fn missing(account: &Account, found: Option<&Role>, wanted: &DesiredRole) -> BTreeSet<PolicyArn> {
    let declared = wanted.attached.iter().chain(&wanted.boundary);
    let borne = |arn: &PolicyArn| {
        found.is_some_and(|role| role.attached.contains(arn) || role.boundary.as_ref() == Some(arn))
    };
    let absent = |arn: &&PolicyArn| {
        arn.owner == PolicyOwner::Account(account.id) && !account.policies.contains_key(*arn) && !borne(arn)
    };
    declared.filter(absent).cloned().collect()
}

/// Takes what is missing, and everybody who is not inside already, out of what is wanted of a role that is there. Whether anybody is
/// left.
pub(crate) fn keep_inside(
    found: &Role,
    wanted: &mut DesiredRole,
    missing: &BTreeSet<PolicyArn>,
    installation: &Installation,
) -> bool {
    let DesiredRole { entries, behind, attached, boundary, .. } = wanted;
    attached.retain(|arn| !missing.contains(arn));
    if boundary.as_ref().is_some_and(|arn| missing.contains(arn)) {
        boundary.clone_from(&found.boundary);
    }
    let present: BTreeSet<Entry> = trust::read(&found.trust, installation).entries.into_keys().collect();
    let declared: BTreeSet<Entry> = entries.keys().cloned().collect();
    let inside = common(&present, &declared);
    let cause = |entry: &Entry| {
        let asks = entries.iter().find(|(declared, _)| *declared == entry);
        asks.or_else(|| entries.iter().find(|(declared, _)| entry.within(declared)))
            .map(|(_, cause)| cause.clone())
    };
    let kept = inside.iter().filter_map(|entry| Some((entry.clone(), cause(entry)?))).collect();
    *entries = kept;
    behind.retain(|entry, _| entries.contains_key(entry));
    !entries.is_empty()
}
