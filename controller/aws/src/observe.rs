//! Reads one account in bulk (§4.4): its details, its roles' settings, its quotas once, and the AWS-managed policies that are
//! attached in it once for all accounts. Changes nothing. What could not be read is recorded, never guessed.

use crate::convert;
use crate::error::{failure, is_session_over};
use crate::sessions::Session;
use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::EntityType;
use jiff::Timestamp;
use rolegate_iam::snapshot::{Collected, ManagedPolicy, Part, PolicyVersion};
use rolegate_iam::{Account, AccountId, PolicyArn, PolicyOwner, RoleName};
use rolegate_plan::port::{Entrance, ErrorClass, Failure, Observation};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most that AWS gives on one page.
const PAGE: i32 = 1000;
/// How long quotas are believed.
const SUMMARY_LIFETIME: Duration = Duration::from_hours(24);
/// How long an AWS-managed policy, or that it may not be read, is believed.
const MANAGED_LIFETIME: Duration = Duration::from_hours(1);

/// What need not be read again at every observation.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    summaries: Mutex<BTreeMap<AccountId, Summary>>,
    managed: tokio::sync::Mutex<Managed>,
}

#[derive(Debug, Clone)]
struct Summary {
    read: Instant,
    at: Timestamp,
    values: BTreeMap<SmolStr, i64>,
}

/// AWS-managed policies, the same for all accounts of a partition.
#[derive(Debug, Default)]
struct Managed {
    policies: BTreeMap<PolicyArn, (Instant, ManagedPolicy)>,
    refused: BTreeMap<(AccountId, PolicyArn), Instant>,
}

/// Reads the account.
///
/// # Errors
/// Not even the first page of details could be read.
pub(crate) async fn account(
    session: &Session,
    entrance: &Entrance,
    memory: &Memory,
) -> Result<Observation, Failure> {
    let began = Timestamp::now();
    let (details, settings, summary) =
        futures::join!(details(session), role_settings(session), summary(session, entrance.id, memory));
    let mut account = Account::empty(entrance.id, entrance.partition, Some(began));
    account.name = Some(entrance.name.as_str().into());
    read_details(&mut account, details?);
    match settings {
        Ok(settings) => add_settings(&mut account, settings),
        Err(why) => account.collected.role_settings = Part::NotCollected { why },
    }
    match summary {
        Ok(Summary { at, values, .. }) => {
            account.summary = values;
            account.collected.summary = Part::Collected { at: Some(at) };
        }
        Err(failure) => account.collected.summary = not_collected(&failure),
    }
    let aws_managed = aws_managed(session, &account, memory).await;
    Ok(Observation { account, aws_managed })
}

fn not_collected(failure: &Failure) -> Part {
    Part::NotCollected { why: failure.to_string().into() }
}

/// All pages, and what kept the rest away.
struct Pages {
    pages: Vec<GetAccountAuthorizationDetailsOutput>,
    broken_off: Option<Failure>,
}

async fn details(session: &Session) -> Result<Pages, Failure> {
    let filter = [EntityType::User, EntityType::Role, EntityType::Group, EntityType::LocalManagedPolicy];
    let mut pages: Vec<GetAccountAuthorizationDetailsOutput> = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        session.take().await;
        let call = session
            .reader()
            .get_account_authorization_details()
            .set_filter(Some(filter.to_vec()))
            .max_items(PAGE)
            .set_marker(marker.clone());
        match call.send().await {
            Ok(page) => {
                let next = following(page.is_truncated(), page.marker(), marker.as_deref());
                pages.push(page);
                match next {
                    Ok(next) => marker = next,
                    Err(why) => {
                        let broken_off = Some(no_way_on("GetAccountAuthorizationDetails", why));
                        return Ok(Pages { pages, broken_off });
                    }
                }
            }
            Err(error) => {
                let failure = failure("GetAccountAuthorizationDetails", error);
                if pages.is_empty() {
                    return Err(failure);
                }
                return Ok(Pages { pages, broken_off: Some(failure) });
            }
        }
        if marker.is_none() {
            return Ok(Pages { pages, broken_off: None });
        }
    }
}

/// Where the next page begins, if there is one; an error when there is one and no way to it.
pub(crate) fn following(
    more: bool,
    marker: Option<&str>,
    before: Option<&str>,
) -> Result<Option<String>, &'static str> {
    match marker.filter(|_| more) {
        None if more => Err("AWS said that there is more, and gave no marker"),
        Some(_) if marker == before => Err("AWS gave the same marker twice"),
        marker => Ok(marker.map(str::to_owned)),
    }
}

pub(crate) fn no_way_on(call: &'static str, why: &str) -> Failure {
    Failure { call, class: ErrorClass::Bug, code: None, message: why.to_owned() }
}

/// Fills in what was read. A part with an entity that is not understood is incomplete, and says so.
fn read_details(account: &mut Account, pages: Pages) {
    let mut faults: [Option<SmolStr>; 4] = [None, None, None, None];
    let [users, groups, roles, policies] = &mut faults;
    for page in &pages.pages {
        for user in page.user_detail_list().iter().map(convert::user) {
            keep(user, users, |user| drop(account.users.insert(user.name.clone(), user)));
        }
        for group in page.group_detail_list().iter().map(convert::group) {
            keep(group, groups, |group| drop(account.groups.insert(group.name.clone(), group)));
        }
        for role in page.role_detail_list().iter().map(convert::role) {
            keep(role, roles, |role| drop(account.roles.insert(role.name.clone(), role)));
        }
        for policy in page.policies().iter().map(convert::managed) {
            keep(policy, policies, |policy| {
                if policy.arn.owner == PolicyOwner::Account(account.id) {
                    account.policies.insert(policy.arn.clone(), policy);
                }
            });
        }
    }
    if let Some(failure) = pages.broken_off {
        faults = faults.map(|_| Some(failure.to_string().into()));
    }
    let Collected { users, groups, roles, policies, role_settings: _, summary: _ } = &mut account.collected;
    for (part, fault) in [users, groups, roles, policies].into_iter().zip(faults) {
        if let Some(why) = fault {
            *part = Part::NotCollected { why };
        }
    }
}

fn keep<T>(read: Result<T, convert::NotUnderstood>, fault: &mut Option<SmolStr>, insert: impl FnOnce(T)) {
    match read {
        Ok(entity) => insert(entity),
        Err(error) => *fault = Some(error.to_string().into()),
    }
}

/// What `RoleDetail` lacks.
struct RoleSettings {
    max_session_duration: Option<u32>,
    description: Option<String>,
}

async fn role_settings(session: &Session) -> Result<BTreeMap<RoleName, RoleSettings>, SmolStr> {
    let mut settings = BTreeMap::new();
    let mut marker: Option<String> = None;
    loop {
        session.take().await;
        let page = session.reader().list_roles().max_items(PAGE).set_marker(marker.clone()).send().await;
        let page = page.map_err(|error| SmolStr::from(failure("ListRoles", error).to_string()))?;
        for role in page.roles() {
            let name: RoleName = convert::parse("role name", Some(role.role_name()))
                .map_err(|error| SmolStr::from(error.to_string()))?;
            settings.insert(
                name,
                RoleSettings {
                    max_session_duration: role
                        .max_session_duration()
                        .and_then(|seconds| u32::try_from(seconds).ok()),
                    description: role.description().map(str::to_owned),
                },
            );
        }
        marker = following(page.is_truncated(), page.marker(), marker.as_deref())
            .map_err(|why| SmolStr::from(no_way_on("ListRoles", why).to_string()))?;
        if marker.is_none() {
            return Ok(settings);
        }
    }
}

/// A role that was made between the two reads has no settings yet; the next observation has.
fn add_settings(account: &mut Account, mut settings: BTreeMap<RoleName, RoleSettings>) {
    for (name, role) in &mut account.roles {
        if let Some(RoleSettings { max_session_duration, description }) = settings.remove(name) {
            role.max_session_duration = max_session_duration;
            role.description = description;
        }
    }
}

async fn summary(session: &Session, id: AccountId, memory: &Memory) -> Result<Summary, Failure> {
    let known = memory.summaries.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
    if let Some(summary) = known.filter(|summary| summary.read.elapsed() < SUMMARY_LIFETIME) {
        return Ok(summary);
    }
    let (read, at) = (Instant::now(), Timestamp::now());
    session.take().await;
    let answer = session.reader().get_account_summary().send().await;
    let answer = answer.map_err(|error| failure("GetAccountSummary", error))?;
    let values = answer.summary_map().into_iter().flatten();
    let values = values.map(|(key, value)| (SmolStr::from(key.as_str()), i64::from(*value))).collect();
    let summary = Summary { read, at, values };
    memory.summaries.lock().unwrap_or_else(PoisonError::into_inner).insert(id, summary.clone());
    Ok(summary)
}

/// The AWS-managed policies that the account uses, as far as they may be read; one that may not be read is missing, which
/// means that its content is unknown.
async fn aws_managed(
    session: &Session,
    account: &Account,
    memory: &Memory,
) -> BTreeMap<PolicyArn, ManagedPolicy> {
    let mut found = BTreeMap::new();
    let mut managed = memory.managed.lock().await;
    for arn in used(account) {
        let known = managed.policies.get(&arn).cloned();
        if let Some((_, policy)) = known.as_ref().filter(|(read, _)| read.elapsed() < MANAGED_LIFETIME) {
            found.insert(arn, policy.clone());
            continue;
        }
        let refusal = (account.id, arn.clone());
        if managed.refused.get(&refusal).is_some_and(|read| read.elapsed() < MANAGED_LIFETIME) {
            continue;
        }
        match managed_policy(session, &arn, known.map(|(_, policy)| policy)).await {
            Ok(policy) => {
                managed.policies.insert(arn.clone(), (Instant::now(), policy.clone()));
                found.insert(arn, policy);
            }
            Err(failure) => {
                tracing::debug!(%arn, account = %account.id, %failure, "AWS-managed policy not read");
                if is_lasting(&failure) {
                    managed.refused.insert(refusal, Instant::now());
                }
            }
        }
    }
    found
}

/// Whether asking again soon would give the same. What was only not answered is asked again at the next observation.
fn is_lasting(failure: &Failure) -> bool {
    !matches!(failure.class, ErrorClass::Throttled | ErrorClass::Unavailable) && !is_session_over(failure)
}

/// Every AWS-managed policy that is attached, or is a boundary.
fn used(account: &Account) -> BTreeSet<PolicyArn> {
    let users = account.users.values().flat_map(|user| user.attached.iter().chain(&user.boundary));
    let groups = account.groups.values().flat_map(|group| &group.attached);
    let roles = account.roles.values().flat_map(|role| role.attached.iter().chain(&role.boundary));
    users.chain(groups).chain(roles).filter(|arn| arn.owner == PolicyOwner::Aws).cloned().collect()
}

/// Reads a managed policy; its document only when the version is not the one that is known.
async fn managed_policy(
    session: &Session,
    arn: &PolicyArn,
    known: Option<ManagedPolicy>,
) -> Result<ManagedPolicy, Failure> {
    let unexpected =
        |why: String| Failure { call: "GetPolicy", class: ErrorClass::Bug, code: None, message: why };
    session.take().await;
    let answer = session.writer().get_policy().policy_arn(arn.to_string()).send().await;
    let answer = answer.map_err(|error| failure("GetPolicy", error))?;
    let policy = answer.policy().ok_or_else(|| unexpected(format!("AWS answered without {arn}")))?;
    let version = policy
        .default_version_id()
        .map(SmolStr::from)
        .ok_or_else(|| unexpected(format!("AWS answered without the default version of {arn}")))?;
    if let Some(known) = known.filter(|known| known.default_version == version) {
        return Ok(known);
    }
    let answer = session
        .writer()
        .get_policy_version()
        .policy_arn(arn.to_string())
        .version_id(version.as_str())
        .send()
        .await;
    let answer = answer.map_err(|error| failure("GetPolicyVersion", error))?;
    let read = answer.policy_version();
    let text = read.and_then(|read| read.document());
    let text = text.ok_or_else(|| unexpected(format!("AWS answered without a document of {arn}")))?;
    let created = convert::time(read.and_then(|read| read.create_date()));
    Ok(ManagedPolicy {
        id: policy.policy_id().unwrap_or_default().into(),
        arn: arn.clone(),
        default_version: version.clone(),
        versions: [(version, PolicyVersion { created, document: convert::document(text) })].into(),
        description: policy.description().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_iam::types::{RoleDetail, UserDetail};
    use rolegate_iam::Partition;

    fn page(user: &str, role: &str) -> GetAccountAuthorizationDetailsOutput {
        GetAccountAuthorizationDetailsOutput::builder()
            .user_detail_list(UserDetail::builder().path("/").user_name(user).build())
            .role_detail_list(RoleDetail::builder().path("/").role_name(role).build())
            .is_truncated(false)
            .build()
    }

    fn read(pages: Pages) -> Account {
        let id = "111111111111".parse().unwrap();
        let mut account = Account::empty(id, Partition::Aws, None);
        read_details(&mut account, pages);
        account
    }

    fn parts(account: &Account) -> [bool; 4] {
        let Collected { users, groups, roles, policies, .. } = &account.collected;
        [users, groups, roles, policies].map(Part::is_collected)
    }

    #[test]
    fn when_a_page_is_missing_absence_means_nothing() {
        let why = Failure {
            call: "GetAccountAuthorizationDetails",
            class: ErrorClass::Throttled,
            code: Some("Throttling".to_owned()),
            message: "Rate exceeded".to_owned(),
        };
        let account = read(Pages { pages: vec![page("eric", "Developer")], broken_off: Some(why) });
        assert_eq!(parts(&account), [false; 4]);
        assert_eq!((account.users.len(), account.roles.len()), (1, 1), "what was read is kept");
        match &account.collected.groups {
            Part::NotCollected { why } => assert!(why.contains("Rate exceeded"), "{why}"),
            Part::Collected { .. } => panic!("was broken off"),
        }
    }

    #[test]
    fn only_a_lasting_refusal_is_remembered() {
        for (class, code, lasting) in [
            (ErrorClass::Denied, Some("AccessDenied"), true),
            (ErrorClass::Conflict, Some("NoSuchEntity"), true),
            (ErrorClass::Denied, Some("ExpiredToken"), false),
            (ErrorClass::Throttled, Some("Throttling"), false),
            (ErrorClass::Unavailable, None, false),
        ] {
            let code = code.map(str::to_owned);
            let failure = Failure { call: "GetPolicy", class, code, message: String::new() };
            assert_eq!(is_lasting(&failure), lasting, "{failure}");
        }
    }

    #[test]
    fn a_part_with_something_not_understood_is_not_collected_and_the_others_are() {
        let pages = vec![page("eric", "not a name"), page("ann", "Developer")];
        let account = read(Pages { pages, broken_off: None });
        assert_eq!(parts(&account), [true, true, false, true]);
        assert_eq!((account.users.len(), account.roles.len()), (2, 1));
        match &account.collected.roles {
            Part::NotCollected { why } => assert!(why.contains("not a name"), "{why}"),
            Part::Collected { .. } => panic!("was not understood"),
        }
    }
}
