//! Round trips of snapshots, and tables of what is read, recorded as missing, or refused.

use super::gaad::{AccountFiles, apply_details, apply_roles, apply_summary, read_account, read_details};
use super::*;
use crate::strategies;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

const ROLE_DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;

fn role(name: &str, document: &str) -> String {
    format!(
        r#"{{"Path":"/","RoleName":"{name}","RoleId":"AROA{name}","Arn":"arn:aws:iam::222222222222:role/{name}","CreateDate":"2026-01-31T08:00:00+00:00","AssumeRolePolicyDocument":{document},"InstanceProfileList":[{{"InstanceProfileName":"ip","Roles":[]}}],"RolePolicyList":[{{"PolicyName":"p","PolicyDocument":{{"Statement":[]}}}}],"AttachedManagedPolicies":[{{"PolicyName":"ReadOnlyAccess","PolicyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}],"PermissionsBoundary":{{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"arn:aws:iam::222222222222:policy/b"}},"Tags":[{{"Key":"Team","Value":"x"}}],"RoleLastUsed":{{}}}}"#
    )
}

fn roles(list: &str) -> String {
    format!(r#"{{"RoleDetailList":[{list}]}}"#)
}

fn file(path: &str, text: &str) -> (String, String) {
    (path.to_owned(), text.to_owned())
}

#[test]
fn an_account_is_read_from_what_the_cli_prints() {
    let details = format!(
        r#"{{"UserDetailList":[{{"Path":"/","UserName":"eve","UserId":"AIDAEVE","Arn":"arn:aws:iam::222222222222:user/eve","GroupList":["g"]}}],"GroupDetailList":[],"RoleDetailList":[{}],"Policies":[
            {{"PolicyName":"b","PolicyId":"ANPAB","Arn":"arn:aws:iam::222222222222:policy/b","Path":"/","DefaultVersionId":"v2","AttachmentCount":0,"IsAttachable":true,"PolicyVersionList":[{{"Document":{{"Statement":[]}},"VersionId":"v2","IsDefaultVersion":true}}]}},
            {{"PolicyName":"ReadOnlyAccess","PolicyId":"ANPAR","Arn":"arn:aws:iam::aws:policy/ReadOnlyAccess","Path":"/","DefaultVersionId":"v1","PolicyVersionList":[]}}]}}"#,
        role("R", ROLE_DOCUMENT)
    );
    let list_roles = r#"{"Roles":[{"Path":"/","RoleName":"R","RoleId":"AROAR","Arn":"arn:aws:iam::222222222222:role/R","Description":"d","MaxSessionDuration":7200},
        {"Path":"/","RoleName":"New","RoleId":"AROANEW","Arn":"arn:aws:iam::222222222222:role/New","MaxSessionDuration":3600}]}"#;
    let summary = r#"{"SummaryMap":{"AssumeRolePolicySizeQuota":2048}}"#;
    let at = "2026-01-31T09:00:00Z".parse().ok();
    let files = AccountFiles { details: Some(&details), roles: Some(list_roles), summary: Some(summary), at };
    let (account, aws_managed) = read_account(None, files).unwrap();
    assert_eq!((account.id.as_str(), &account.collected), ("222222222222", &Collected::everything(at)));
    assert_eq!(account.roles.len(), 1);
    let read = account.roles.values().next().unwrap();
    assert_eq!(read.trust, Document::parse(ROLE_DOCUMENT));
    assert_eq!((read.max_session_duration, read.description.as_deref()), (Some(7200), Some("d")));
    assert_eq!(read.created, "2026-01-31T08:00:00Z".parse().ok());
    assert_eq!(read.tags.get("team"), Some("x"));
    assert_eq!((read.attached.len(), read.inline.len(), read.instance_profiles.len()), (1, 1, 1));
    assert_eq!(read.boundary, "arn:aws:iam::222222222222:policy/b".parse().ok());
    assert_eq!(
        account.policies.values().next().unwrap().document(),
        Some(&Document::parse(r#"{"Statement":[]}"#))
    );
    assert_eq!(aws_managed.values().next().unwrap().document(), None);
    assert_eq!(account.users.values().next().unwrap().groups.len(), 1);
    assert_eq!(account.summary.get("AssumeRolePolicySizeQuota"), Some(&2048));
}

#[test]
fn documents_may_be_objects_or_encoded_text() {
    let encoded = utf8_percent_encode(ROLE_DOCUMENT, NON_ALPHANUMERIC);
    let escaped = serde_json::Value::from(ROLE_DOCUMENT).to_string();
    for document in [ROLE_DOCUMENT.to_owned(), format!("\"{encoded}\""), escaped] {
        let details = read_details(&roles(&role("R", &document))).unwrap();
        let read = details.roles.unwrap().into_values().next().unwrap();
        assert_eq!(read.trust, Document::parse(ROLE_DOCUMENT));
    }
    // What JSON readers usually forgive must not be lost on the way.
    let doubled = r#"{"Statement":[{"Effect":"Allow","Effect":"Deny","Action":"*"}]}"#;
    let details = read_details(&roles(&role("R", doubled))).unwrap();
    assert_eq!(details.roles.unwrap().into_values().next().unwrap().trust.policy().broken.len(), 1);
}

#[test]
fn what_is_not_there_or_not_all_there_is_not_collected() {
    let why = |part: &Part| match part {
        Part::Collected { .. } => "collected".to_owned(),
        Part::NotCollected { why } => why.to_string(),
    };
    let account = |details: &str| {
        let id = "222222222222".parse().ok();
        read_account(id, AccountFiles { details: Some(details), ..AccountFiles::default() }).unwrap().0
    };
    let some = account(&roles(""));
    assert_eq!(why(&some.collected.roles), "collected");
    assert_eq!(why(&some.collected.users), "`UserDetailList` is not in the snapshot");
    assert_eq!(why(&some.collected.role_settings), "not in the snapshot");
    for mark in [r#""IsTruncated":true"#, r#""NextToken":"x""#] {
        let text = format!(r#"{{"RoleDetailList":[{}],{mark}}}"#, role("R", ROLE_DOCUMENT));
        let truncated = account(&text);
        assert_eq!(truncated.roles.len(), 1);
        assert_eq!(why(&truncated.collected.roles), "the output is truncated: more was to come");
        assert!(!truncated.collected.users.is_collected());
    }
    assert_eq!(why(&account(r#"{"RoleDetailList":[],"IsTruncated":false}"#).collected.roles), "collected");
}

#[test]
fn a_role_made_anew_keeps_its_settings_unknown() {
    let details = read_details(&roles(&role("R", ROLE_DOCUMENT))).unwrap();
    let mut account = Account::unread("222222222222".parse().unwrap(), Partition::Aws, "test");
    apply_details(&mut account, details, None).unwrap();
    let other = r#"{"Roles":[{"Path":"/","RoleName":"R","RoleId":"AROAOTHER","Arn":"arn:aws:iam::222222222222:role/R","MaxSessionDuration":7200}]}"#;
    apply_roles(&mut account, other, None).unwrap();
    assert_eq!(account.roles.values().next().unwrap().max_session_duration, None);
    apply_roles(&mut account, r#"{"Roles":[],"IsTruncated":true}"#, None).unwrap();
    assert!(!account.collected.role_settings.is_collected());
    apply_summary(&mut account, r#"{"SummaryMap":{}}"#, None).unwrap();
    assert!(account.collected.summary.is_collected());
}

#[test]
fn unreadable_output_says_where_and_why() {
    let role = |name: &str| role(name, ROLE_DOCUMENT);
    for (text, at, cause) in [
        ("{".to_owned(), "line 1, column 1", "EOF while parsing an object"),
        ("[]".to_owned(), "line 1, column 2", "invalid length 0, expected an object"),
        (
            r#"{"Roles":[]}"#.to_owned(),
            "",
            "none of UserDetailList, GroupDetailList, RoleDetailList and Policies is here",
        ),
        (roles(r#"{"Path":"/"}"#), "line 1, column 31", "missing field `RoleName`"),
        (
            roles(&role("R").replace("role/R\"", "role/R*\"")),
            "RoleDetailList[0].Arn",
            "invalid role ARN `arn:aws:iam::222222222222:role/R*`: arn:PARTITION:iam::ACCOUNT:role/PATH/NAME is expected",
        ),
        (
            roles(&role("R").replace(r#""RoleName":"R""#, r#""RoleName":"S""#)),
            "RoleDetailList[0].Arn",
            "`arn:aws:iam::222222222222:role/R` disagrees with path `/` and name `S`",
        ),
        (roles(&format!("{},{}", role("R"), role("R"))), "RoleDetailList[1]", "`R` occurs twice"),
        (
            roles(&format!("{},{}", role("R"), role("S").replace("222222222222:role", "333333333333:role"))),
            "RoleDetailList[1].Arn",
            "this is of account 333333333333 (aws), what stands before it is of account 222222222222 (aws)",
        ),
        (
            roles(&role("R").replace("2026-01-31T08:00:00+00:00", "yesterday")),
            "RoleDetailList[0].CreateDate",
            "`yesterday` is no point in time",
        ),
        (
            roles(&super::tests::role("R", "7")),
            "RoleDetailList[0].AssumeRolePolicyDocument",
            "this is no policy document",
        ),
        (
            roles(&role("R").replace("policy/ReadOnlyAccess", "polcy/ReadOnlyAccess")),
            "RoleDetailList[0].AttachedManagedPolicies[0].PolicyArn",
            "invalid policy ARN `arn:aws:iam::aws:polcy/ReadOnlyAccess`: arn:PARTITION:iam::ACCOUNT:policy/PATH/NAME is expected",
        ),
    ] {
        let error = read_details(&text).unwrap_err();
        assert_eq!((error.at.as_str(), error.cause.as_str()), (at, cause), "{text}");
    }
}

#[test]
fn accounts_must_agree_about_who_they_are() {
    let details = roles(&role("R", ROLE_DOCUMENT));
    let read = |id: Option<&str>, details: &str| {
        let files = AccountFiles { details: Some(details), ..AccountFiles::default() };
        read_account(id.map(|id| id.parse().unwrap()), files).map_err(|error| error.to_string())
    };
    assert!(read(Some("222222222222"), &details).is_ok());
    assert_eq!(
        read(Some("111111111111"), &details).unwrap_err(),
        "account-authorization-details.json: this is of account 222222222222 (aws), not of account 111111111111 (aws); \
         put the output of each account into a place of its own, under its own id and partition"
    );
    assert_eq!(
        read(None, &roles("")).unwrap_err(),
        "account-authorization-details.json: nothing here names the account; give its id in account.json, or name the \
         folder by it"
    );
}

#[test]
fn a_folder_is_assembled() {
    let details = roles(&role("R", ROLE_DOCUMENT));
    let snapshot = folder::assemble([
        file("README.md", "x"),
        file("staging/account-authorization-details.json", &details),
        file("111111111111/account.json", r#"{"name":"auth","partition":"aws-cn","collectedAt":"2026-01-31T08:00:00Z"}"#),
        file("111111111111/list-roles.json", r#"{"Roles":[]}"#),
        file(
            "aws-managed-policies.json",
            r#"[{"PolicyName":"X","PolicyId":"ANPAX","Arn":"arn:aws:iam::aws:policy/X","Path":"/","DefaultVersionId":"v1","PolicyVersionList":[]}]"#,
        ),
    ])
    .unwrap();
    let described: Vec<_> = snapshot
        .accounts
        .values()
        .map(|account| {
            let Account { id, partition, name, collected, .. } = account;
            let roles = (collected.roles.is_collected(), collected.role_settings.clone());
            (id.to_string(), *partition, name.clone().unwrap_or_default().to_string(), roles)
        })
        .collect();
    let at = "2026-01-31T08:00:00Z".parse().ok();
    assert_eq!(
        described,
        [
            ("111111111111".to_owned(), Partition::AwsCn, "auth".to_owned(), (false, Part::Collected { at })),
            (
                "222222222222".to_owned(),
                Partition::Aws,
                "staging".to_owned(),
                (true, Part::NotCollected { why: "not in the snapshot".into() })
            ),
        ]
    );
    assert_eq!(snapshot.aws_managed.len(), 1);
}

#[test]
fn a_folder_reports_every_error_with_its_file() {
    let details = roles(&role("R", ROLE_DOCUMENT));
    let errors = folder::assemble([
        file("a/account-authorization-details.json", &details),
        file("b/account-authorization-details.json", &details),
        file("111111111111/account-authorization-details.json", &details),
        file("333333333333/account.json", r#"{"id":"444444444444"}"#),
        file("c/account.json", r#"{"id":"12"}"#),
        file("d/account.json", r#"{"ID":"444444444444"}"#),
        file("e/list-roles.json", "{"),
        file("f/account-summary.json", r#"{"SummaryMap":{}}"#),
        file("g/account-authorisation-details.json", "{}"),
        file("aws-managed-policies.json", "[1]"),
    ])
    .unwrap_err();
    let found: Vec<_> =
        errors.iter().map(|error| format!("{} {} {}", error.file, error.at, error.cause)).collect();
    assert_eq!(
        found,
        [
            "g/account-authorisation-details.json  this file has no place here",
            "aws-managed-policies.json line 1, column 2 invalid type: integer `1`, expected an object",
            "111111111111/account-authorization-details.json  this is of account 222222222222 (aws), not of account 111111111111 (aws)",
            "333333333333/account.json id `444444444444` is not the account 333333333333 that the folder names",
            "b  account 222222222222 was read from `a` already",
            "c/account.json id invalid account id `12`: twelve digits are expected (in YAML, quoted)",
            "d/account.json line 1, column 5 unknown field `ID`, expected one of `id`, `name`, `partition`, `collectedAt`, `organization`",
            "e/list-roles.json line 1, column 1 EOF while parsing an object",
            "f/account-authorization-details.json  nothing here names the account",
        ]
    );
}

#[test]
fn a_snapshot_file_that_contradicts_itself_is_refused() {
    for (text, at, cause) in [
        (
            r#"{"accounts":{"111111111111":{},"111111111111":{}}}"#,
            "accounts.111111111111",
            "account 111111111111 occurs twice",
        ),
        (
            r#"{"accounts":{"1":{}}}"#,
            "accounts.1",
            "invalid account id `1`: twelve digits are expected (in YAML, quoted)",
        ),
        (
            r#"{"accounts":{"111111111111":{"parts":{"users":{}}}}}"#,
            "accounts.111111111111.parts.users",
            "this part is said to be collected, but it is not there in full",
        ),
        (
            r#"{"accounts":{"111111111111":{"parts":{"user":{}}}}}"#,
            "accounts.111111111111.parts.user",
            "unknown part `user`",
        ),
        (
            r#"{"accounts":{"111111111111":{"parts":{"users":{"notCollected":"x","collectedAt":"2026-01-31T08:00:00Z"}}}}}"#,
            "accounts.111111111111.parts.users",
            "`collectedAt` and `notCollected` contradict each other",
        ),
        (
            r#"{"accounts":{"111111111111":{"partition":"mars"}}}"#,
            "accounts.111111111111.partition",
            "unknown partition `mars`: one of aws, aws-cn, aws-us-gov, aws-eusc is expected",
        ),
        (
            r#"{"accounts":{},"foo":1}"#,
            "line 1, column 20",
            "unknown field `foo`, expected one of `accounts`, `awsManagedPolicies`, `organizations`",
        ),
    ] {
        let error = file::read(text).unwrap_err();
        assert_eq!((error.at.as_str(), error.cause.as_str()), (at, cause), "{text}");
    }
}

#[test]
fn of_an_aws_managed_policy_read_twice_the_newer_is_kept() {
    let policy = |version: &str| ManagedPolicy {
        id: "ANPAX".into(),
        arn: "arn:aws:iam::aws:policy/X".parse().unwrap(),
        default_version: version.into(),
        versions: BTreeMap::new(),
        description: None,
    };
    let mut snapshot = Snapshot::default();
    for version in ["v9", "v10", "v2"] {
        snapshot.add_aws_managed([policy(version)]);
    }
    assert_eq!(snapshot.aws_managed.values().next().unwrap().default_version, "v10");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_snapshot_file_round_trips(snapshot in strategies::snapshot()) {
        prop_assert_eq!(file::read(&file::write(&snapshot)), Ok(snapshot));
    }

    #[test]
    fn an_account_that_was_collected_round_trips_through_the_output_of_the_cli(account in strategies::account()) {
        let account = Account { name: None, collected: Collected::everything(None), ..account };
        let details = gaad::write_details(&account);
        let (roles, summary) = (gaad::write_roles(&account), gaad::write_summary(&account));
        let files = AccountFiles {
            details: Some(&details),
            roles: roles.as_deref(),
            summary: summary.as_deref(),
            at: None,
        };
        let mut account = account;
        if account.users.is_empty() && account.groups.is_empty() && account.roles.is_empty() && account.policies.is_empty() {
            // Without an ARN, only the id can be given from outside.
            account.partition = Partition::Aws;
        }
        let read = read_account(Some(account.id), files).map(|(account, _)| account);
        prop_assert_eq!(read, Ok(account));
    }
}
