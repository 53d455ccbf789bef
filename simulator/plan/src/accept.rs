//! Which grants are in (design §2, §4): consent, conflicts, requirements that cannot be met together. Global, from all objects at
//! once, independent of their order. What is wrong in the objects is an error for all parties; what AWS lacks leaves one
//! grant out.

use crate::desired::Link;
use crate::entry::{Entry, Facts, Mfa, SessionNameRule, Who, Window};
use crate::manifest::Diagnostic;
use crate::outcome::LeftOut;
use crate::step::Cause;
use crate::validate::{Kind, ObjectKey, ValidAccess, ValidAccount, ValidRole, ValidSubject, Validated};
use ipnet::IpNet;
use jiff::Timestamp;
use rolegate_crds::{AccessState, Mfa as MfaRule, SessionNameRule as NameRule, Trust};
use rolegate_iam::{RoleArn, Snapshot, UserName};
use smol_str::{SmolStr, format_smolstr};
use std::collections::{BTreeMap, BTreeSet};

/// One binding × account × subject.
#[derive(Debug, Clone)]
pub struct Grant<'a> {
    /// The binding.
    pub access: &'a ValidAccess,
    /// The binding as people write it.
    pub object: SmolStr,
    /// What one becomes.
    pub role: &'a ValidRole,
    /// Where.
    pub account: &'a ValidAccount,
    /// Who, as the binding names them.
    pub subject: &'a ValidSubject,
    /// Who.
    pub who: Who,
    /// The way in: theirs, or that of everybody whom their gateway lets.
    pub entry: Entry,
    /// Whether it stands.
    pub standing: Standing,
}

/// Whether a grant stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Active,
    /// It does not, because of this; what is left of it in AWS goes for this reason.
    Over(Cause),
}

/// All grants, and what is wrong.
#[derive(Debug, Default)]
pub struct Accepted<'a> {
    /// In the order of the objects' names.
    pub grants: Vec<Grant<'a>>,
    /// Errors of the objects.
    pub errors: Vec<Diagnostic>,
    /// Grants that AWS's state keeps out.
    pub left_out: Vec<LeftOut>,
}

impl Accepted<'_> {
    /// Takes out what is wrong and what is left out.
    pub(crate) fn complaints(&mut self) -> (Vec<Diagnostic>, Vec<LeftOut>) {
        (std::mem::take(&mut self.errors), std::mem::take(&mut self.left_out))
    }
}

impl Grant<'_> {
    /// The role's ARN.
    pub fn role_arn(&self) -> RoleArn {
        role_arn(self.account, self.role)
    }

    /// The two ends.
    pub fn link(&self) -> Link {
        Link { who: self.who.clone(), role: self.role_arn() }
    }

    /// The way in that is theirs alone, under the same conditions.
    pub fn own_entry(&self) -> Entry {
        Entry { who: self.who.clone(), facts: self.entry.facts.clone() }
    }
}

fn role_arn(account: &ValidAccount, role: &ValidRole) -> RoleArn {
    RoleArn {
        partition: account.partition,
        account: account.id,
        path: role.path.clone(),
        name: role.role_name.clone(),
    }
}

fn object(access: &ValidAccess) -> SmolStr {
    format_smolstr!("{}", access.key())
}

/// Decides which grants are in. `seen` is asked for the users that bindings name.
pub fn accept<'a>(all: &'a Validated, seen: &Snapshot, now: Timestamp) -> Accepted<'a> {
    let mut accepted = Accepted::default();
    for access in all.accesses.values() {
        accept_binding(&mut accepted, all, seen, now, access, |_, _, _| true);
    }
    conflicts(&mut accepted);
    accepted
}

/// Decides the grants of one binding that `concerns` picks.
pub(crate) fn accept_binding<'a>(
    accepted: &mut Accepted<'a>,
    all: &'a Validated,
    seen: &Snapshot,
    now: Timestamp,
    access: &'a ValidAccess,
    concerns: impl Fn(&ValidRole, &ValidAccount, &ValidSubject) -> bool,
) {
    let Some(role) = all.roles.get(&access.role) else { return };
    let Some(window) = window(access, role) else {
        accepted.errors.push(access.source.diagnostic(
            access.key(),
            "spec.require.sourceCIDRs",
            format!("no address is both in these networks and in those of AccessRole {}", role.name),
            "name networks that lie within the role's, or leave the field out".to_owned(),
        ));
        return;
    };
    let object = object(access);
    for account in all.selected(access) {
        for subject in access.subjects.iter().filter(|subject| concerns(role, account, subject)) {
            accept_one(accepted, all, seen, now, (access, role, account, subject), (&window, &object));
        }
    }
}

type Parties<'a> = (&'a ValidAccess, &'a ValidRole, &'a ValidAccount, &'a ValidSubject);

fn accept_one<'a>(
    accepted: &mut Accepted<'a>,
    all: &'a Validated,
    seen: &Snapshot,
    now: Timestamp,
    (access, role, account, subject): Parties<'a>,
    (window, object): (&Window, &SmolStr),
) {
    let standing = standing(all, now, (access, role, account, subject));
    if standing == Standing::Active
        && let Some(error) = consent(all, (access, role, account, subject))
    {
        if !accepted.errors.contains(&error) {
            accepted.errors.push(error);
        }
        return;
    }
    let who = match who(all, seen, (access, account, subject)) {
        Ok(who) => who,
        Err(Refusal::Error(error)) => return accepted.errors.push(*error),
        Err(Refusal::LeftOut(reason, message)) => {
            if standing == Standing::Active {
                let left = LeftOut { account: account.id, object: object.to_string(), reason, message };
                accepted.left_out.push(left);
            }
            return;
        }
    };
    let entry = Entry { facts: facts(role, &who, window), who: door(role, &who) };
    accepted.grants.push(Grant {
        access,
        object: object.clone(),
        role,
        account,
        subject,
        who,
        entry,
        standing,
    });
}

fn standing(all: &Validated, now: Timestamp, (access, role, account, subject): Parties<'_>) -> Standing {
    let group = match subject {
        ValidSubject::Group(name) => all.groups.get(name).filter(|group| group.terminating),
        ValidSubject::User(_) | ValidSubject::Role(_) | ValidSubject::Account { .. } => None,
    };
    if access.terminating {
        Standing::Over(Cause::Terminating(object(access)))
    } else if access.state == AccessState::Withdrawn {
        Standing::Over(Cause::Withdrawn(object(access)))
    } else if access.not_after.is_some_and(|end| end <= now) {
        Standing::Over(Cause::Expired(object(access)))
    } else if role.terminating {
        Standing::Over(Cause::Terminating(format_smolstr!("AccessRole {}", role.name)))
    } else if account.terminating {
        Standing::Over(Cause::Terminating(format_smolstr!("AWSAccount {}", account.name)))
    } else if let Some(group) = group {
        Standing::Over(Cause::Terminating(format_smolstr!("AccessGroup {}", group.name)))
    } else {
        Standing::Active
    }
}

fn consent(all: &Validated, (access, role, account, subject): Parties<'_>) -> Option<Diagnostic> {
    let labels = all.namespaces.get(&access.namespace);
    if account.allows((&access.namespace, labels), (&role.name, &role.labels), subject.kind()) {
        return None;
    }
    Some(access.source.diagnostic(
        access.key(),
        "spec.accounts",
        format!(
            "AWSAccount {} does not allow namespace {} to bind AccessRole {} to a {:?}",
            account.name,
            access.namespace,
            role.name,
            subject.kind()
        ),
        format!(
            "leave the account out, or have an administrator add the three together to spec.allowedBindings of AWSAccount {}",
            account.name
        ),
    ))
}

enum Refusal {
    Error(Box<Diagnostic>),
    LeftOut(&'static str, String),
}

fn who(
    all: &Validated,
    seen: &Snapshot,
    (access, account, subject): (&ValidAccess, &ValidAccount, &ValidSubject),
) -> Result<Who, Refusal> {
    let gateway = all.accounts.get(account.gateway_name());
    match subject {
        ValidSubject::Group(name) => {
            let group = all.groups.get(name);
            let home = group.and_then(|group| all.accounts.get(&group.gateway));
            match (home, gateway) {
                (Some(home), Some(gateway)) if home.id == gateway.id => {
                    Ok(Who::Group { partition: home.partition, gateway: home.id, group: name.clone() })
                }
                _ => {
                    let theirs = group.map(|group| group.gateway.as_str()).unwrap_or_default();
                    let message = format!(
                        "AccessGroup {name} is in gateway {theirs}, but AWSAccount {} is entered from gateway {}",
                        account.name,
                        account.gateway_name()
                    );
                    let help = "bind a group of the account's own gateway".to_owned();
                    Err(Refusal::Error(Box::new(access.source.diagnostic(
                        access.key(),
                        "spec.subjects",
                        message,
                        help,
                    ))))
                }
            }
        }
        ValidSubject::User(name) => user(seen, gateway.map(AsRef::as_ref), name),
        ValidSubject::Role(arn) => Ok(Who::Role(arn.clone())),
        ValidSubject::Account { id, external_id } => {
            Ok(Who::Account { partition: account.partition, id: *id, external_id: external_id.clone() })
        }
    }
}

fn user(seen: &Snapshot, gateway: Option<&ValidAccount>, name: &UserName) -> Result<Who, Refusal> {
    let Some(gateway) = gateway else {
        return Err(Refusal::LeftOut("NotObserved", format!("the gateway of user {name} is not declared")));
    };
    let Some(home) = seen.accounts.get(&gateway.id).filter(|home| home.collected.users.is_collected()) else {
        let message =
            format!("gateway {} was not observed: whether user {name} is there is not known", gateway.name);
        return Err(Refusal::LeftOut("NotObserved", message));
    };
    let Some(found) = home.users.get(name) else {
        let message = format!(
            "there is no IAM user {name} in gateway {}: create the user, or remove the subject",
            gateway.name
        );
        return Err(Refusal::LeftOut("UserNotFound", message));
    };
    // Paths may hold what conditions read as a pattern; a statement about such a user would not be exact.
    if found.path.as_str().contains(['*', '?', '$']) {
        let message =
            format!("the path {} of user {name} holds a wildcard character: move the user", found.path);
        return Err(Refusal::LeftOut("UnsafePath", message));
    }
    Ok(Who::User(home.user_arn(found)))
}

/// Whom the trust policy lets in for somebody's sake.
fn door(role: &ValidRole, who: &Who) -> Who {
    match (role.trust, who) {
        (Trust::GatewayAccount, Who::Group { partition, gateway, group: _ }) => {
            Who::Gateway { partition: *partition, gateway: *gateway }
        }
        (Trust::GatewayAccount, Who::User(arn)) => {
            Who::Gateway { partition: arn.partition, gateway: arn.account }
        }
        (Trust::GatewayAccount, Who::Role(_) | Who::Account { .. } | Who::Gateway { .. })
        | (Trust::Subjects, _) => who.clone(),
    }
}

fn facts(role: &ValidRole, who: &Who, window: &Window) -> Facts {
    let person = matches!(who, Who::Group { .. } | Who::User(_));
    let mfa = match role.mfa {
        MfaRule::Required => true,
        MfaRule::RequiredForIAMUsers => person,
        MfaRule::NotRequired => false,
    };
    let named = role.session_name == NameRule::UserName;
    Facts {
        mfa: mfa.then_some(Mfa { max_age: role.mfa_max_age }),
        session_name: if named { SessionNameRule::UserName } else { SessionNameRule::Any },
        window: window.clone(),
    }
}

/// The role's networks and the binding's together, and the binding's time. `None` when no address is in both.
fn window(access: &ValidAccess, role: &ValidRole) -> Option<Window> {
    let source_cidrs = match (role.source_cidrs.is_empty(), access.source_cidrs.is_empty()) {
        (true, true) => None,
        (false, true) => Some(role.source_cidrs.clone()),
        (true, false) => Some(access.source_cidrs.clone()),
        (false, false) => Some(overlap(&role.source_cidrs, &access.source_cidrs))
            .filter(|both| !both.is_empty())
            .map(Some)?,
    };
    Some(Window { source_cidrs, not_before: access.not_before, not_after: access.not_after })
}

/// Networks are nested or apart, so what is in both is the narrower of each nested pair.
fn overlap(one: &BTreeSet<SmolStr>, other: &BTreeSet<SmolStr>) -> BTreeSet<SmolStr> {
    let nets = |texts: &BTreeSet<SmolStr>| -> Vec<IpNet> {
        texts.iter().filter_map(|text| text.parse().ok()).collect()
    };
    let others = nets(other);
    let mut both = BTreeSet::new();
    for net in nets(one) {
        for other in &others {
            if net.contains(other) {
                both.insert(format_smolstr!("{other}"));
            } else if other.contains(&net) {
                both.insert(format_smolstr!("{net}"));
            }
        }
    }
    both
}

/// Two AccessRoles of one role name, both actively bound in one account: an error for all parties, whichever came first.
pub(crate) fn conflicts(accepted: &mut Accepted<'_>) {
    let mut claims: BTreeMap<_, BTreeSet<&SmolStr>> = BTreeMap::new();
    let active = || accepted.grants.iter().filter(|grant| grant.standing == Standing::Active);
    for grant in active() {
        claims.entry((grant.account.id, grant.role.role_name.key())).or_default().insert(&grant.role.name);
    }
    let mut errors = BTreeSet::new();
    for grant in active() {
        let rivals =
            claims.get(&(grant.account.id, grant.role.role_name.key())).filter(|names| names.len() > 1);
        let Some(rivals) = rivals else { continue };
        let names: Vec<_> = rivals.iter().map(|name| name.as_str()).collect();
        errors.insert(grant.access.source.diagnostic(
            grant.access.key(),
            "spec.accounts",
            format!(
                "AccessRoles {} all want the role name {} in AWSAccount {}",
                names.join(" and "),
                grant.role.role_name,
                grant.account.name
            ),
            "let only one of them be bound there, or give one another spec.roleName".to_owned(),
        ));
    }
    accepted.errors.extend(errors);
}

/// The key of an AccessRole, for messages.
pub(crate) fn role_key(role: &ValidRole) -> ObjectKey {
    ObjectKey { kind: Kind::Role, namespace: SmolStr::default(), name: role.name.clone() }
}
