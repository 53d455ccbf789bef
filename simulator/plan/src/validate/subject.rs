//! Checks one subject of an `AccountAccess`: that it is one, that it exists, and that it can meet what the role asks.

use super::account::external_id_characters;
use super::index::kube_like::Named;
use super::index::{Index, Target};
use super::report::Examined;
use super::role::demands;
use super::types::ValidSubject;
use rolegate_crds::{
    AWSAccount, AccessRole, AccountSubject, Audience, Mfa, Reference, RoleSubject, SessionNameRule, Subject,
    SubjectKind, SubjectMember, Trust, UserSubject,
};
use rolegate_iam::{AccountId, RoleArn};

/// What a binding grants, as far as it is known.
#[derive(Debug)]
pub(super) struct Granted<'a> {
    /// The role.
    pub(super) role: Option<&'a AccessRole>,
    /// The accounts that are selected now.
    pub(super) accounts: Vec<&'a AWSAccount>,
}

pub(super) fn subject(
    examined: &mut Examined<'_>,
    path: &str,
    subject: &Subject,
    granted: &Granted<'_>,
    index: &Index<'_>,
) -> Option<ValidSubject> {
    let Some(member) = subject.member() else {
        let help = "write one of group, user, role and account, and a further entry for each further subject";
        examined.refuse(path, "exactly one of group, user, role and account must be set", help);
        return None;
    };
    if let Some(role) = granted.role {
        suits(examined, path, member.kind(), role);
    }
    match member {
        SubjectMember::Group(reference) => group(examined, path, reference, granted, index),
        SubjectMember::User(UserSubject { name }) => {
            examined.exact(&format!("{path}.user.name"), name, "user name").map(ValidSubject::User)
        }
        SubjectMember::Role(RoleSubject { arn }) => {
            role(examined, &format!("{path}.role.arn"), arn, granted, index)
        }
        SubjectMember::Account(third_party) => {
            account(examined, &format!("{path}.account"), third_party, index)
        }
    }
}

/// Whether subjects of this kind can ever meet what the role asks.
fn suits(examined: &mut Examined<'_>, path: &str, kind: SubjectKind, role: &AccessRole) {
    let name = role.name();
    let (mfa, session_name) = demands(role);
    match (role.spec.audience, kind) {
        (Audience::Machine, SubjectKind::Group | SubjectKind::User) => {
            let message = format!("AccessRole `{name}` is for machines, and people may never assume it");
            examined.refuse(path, message, "bind people to a role of `audience: Human`");
        }
        (Audience::Human, SubjectKind::Role | SubjectKind::Account) => {
            let mut unmet = Vec::new();
            if mfa == Mfa::Required {
                unmet.push(match role.spec.trust {
                    Trust::Subjects => "`mfa: Required`",
                    Trust::GatewayAccount => "MFA of everybody (`trust: GatewayAccount`)",
                });
            }
            if session_name == SessionNameRule::UserName {
                unmet.push("`sessionName: UserName`");
            }
            if !unmet.is_empty() {
                let message = format!(
                    "AccessRole `{name}` asks for {}, which a {} can never meet",
                    unmet.join(" and "),
                    if kind == SubjectKind::Role { "role" } else { "third party" }
                );
                let help = match role.spec.trust {
                    Trust::Subjects => {
                        "bind it to a role of `audience: Machine`, or let this one take `sessionName: Any` without \
                         `mfa: Required`"
                    }
                    Trust::GatewayAccount => "bind it to a role of `audience: Machine`",
                };
                examined.refuse(path, message, help);
            }
        }
        (Audience::Machine, SubjectKind::Role | SubjectKind::Account)
        | (Audience::Human, SubjectKind::Group | SubjectKind::User) => {}
    }
}

fn group(
    examined: &mut Examined<'_>,
    path: &str,
    reference: &Reference,
    granted: &Granted<'_>,
    index: &Index<'_>,
) -> Option<ValidSubject> {
    let path = format!("{path}.group.name");
    let name = &reference.name;
    match index.group(name) {
        Target::Nothing(help) => {
            examined.refuse(&path, format!("there is no AccessGroup `{name}`"), help);
            return None;
        }
        Target::Unreadable => {}
        Target::Found(group) => {
            let home = &group.spec.gateway_ref.name;
            let elsewhere = granted.accounts.iter().find(|account| gateway_of(account) != home);
            if let Some(account) = elsewhere {
                let message = format!(
                    "its members sign in at `{home}`, and account `{}` is entered from `{}`",
                    account.name(),
                    gateway_of(account)
                );
                examined.refuse(
                    &path,
                    message,
                    "bind a group of that gateway, in an AccountAccess of its own",
                );
            }
        }
    }
    Some(ValidSubject::Group(name.as_str().into()))
}

fn gateway_of(account: &AWSAccount) -> &str {
    account.spec.gateway_ref.as_ref().map_or(account.name(), |gateway| &gateway.name)
}

fn role(
    examined: &mut Examined<'_>,
    path: &str,
    text: &str,
    granted: &Granted<'_>,
    index: &Index<'_>,
) -> Option<ValidSubject> {
    let arn = examined.exact::<RoleArn>(path, text, "role ARN")?;
    let Some(home) = index.account_with_id(arn.account.as_str()) else {
        let message = format!("no AWSAccount here describes account {}", arn.account);
        examined.refuse(
            path,
            message,
            "declare the account, or bind it as `account: {accountID, externalID}`",
        );
        return None;
    };
    if home.spec.partition.as_str() != arn.partition.as_str() {
        let message = format!("account `{}` is in partition {}", home.name(), home.spec.partition.as_str());
        examined.refuse(path, message, format!("write arn:{}:iam::…", home.spec.partition.as_str()));
    }
    if let Some(other) = granted.accounts.iter().find(|account| account.spec.partition != home.spec.partition)
    {
        let message =
            format!("account `{}` is in another partition, and nothing is trusted across", other.name());
        examined.refuse(path, message, "bind a role of the account's own partition");
    }
    let machine = granted.role.is_some_and(|role| role.spec.audience == Audience::Machine);
    let entered = index.roles.values().find(|known| {
        let name = known.spec.role_name.as_deref().unwrap_or(known.name());
        known.spec.audience == Audience::Human && name.eq_ignore_ascii_case(arn.name.as_str())
    });
    if let (true, Some(human)) = (machine, entered) {
        let message = format!(
            "this is the role of AccessRole `{}`, which people enter: they could go on from it",
            human.name()
        );
        examined.refuse(path, message, "bind a role that only machines have");
    }
    Some(ValidSubject::Role(arn))
}

fn account(
    examined: &mut Examined<'_>,
    path: &str,
    third_party: &AccountSubject,
    index: &Index<'_>,
) -> Option<ValidSubject> {
    let AccountSubject { account_id, external_id } = third_party;
    let id_path = format!("{path}.accountID");
    let id = examined.parse::<AccountId>(&id_path, account_id, "write the twelve digits, in quotes");
    if let Some(known) = index.account_with_id(account_id) {
        let message = format!("this is no third party: AWSAccount `{}` describes it", known.name());
        examined.refuse(&id_path, message, "bind its roles by ARN: `role: {arn: ...}`");
    }
    external_id_characters(examined, &format!("{path}.externalID"), external_id, 16);
    Some(ValidSubject::Account { id: id?, external_id: external_id.as_str().into() })
}
