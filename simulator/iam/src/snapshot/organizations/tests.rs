//! Outputs as the CLI prints them, and what is refused.

use super::*;
use crate::organization::{AccountStatus, ControlType, FeatureSet};
use crate::snapshot::folder::assemble;
use crate::strategies;
use proptest::prelude::*;

const DESCRIBED: &str = r#"{"Organization": {"Id": "o-acme123456", "Arn": "arn:aws:organizations::999999999999:organization/o-acme123456",
    "FeatureSet": "ALL", "MasterAccountArn": "arn:aws:organizations::999999999999:account/o-acme123456/999999999999",
    "MasterAccountId": "999999999999", "MasterAccountEmail": "root@acme.example",
    "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}}"#;
const LISTED: &str = r#"{"Roots": [{"Id": "r-ab12", "Arn": "arn:aws:organizations::999999999999:root/o-acme123456/r-ab12",
    "Name": "Root", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"},
                                    {"Type": "TAG_POLICY", "Status": "ENABLED"}]}]}"#;
const FULL: &str = r#"{"Policies": [{"Id": "p-FullAWSAccess", "Arn": "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
    "Name": "FullAWSAccess", "Description": "Allows access to every operation", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": true},
    {"Id": "p-12345678", "Name": "no-sts", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": false}]}"#;
const POLICY_TEXT: &str = r#"{"Policy": {"PolicySummary": {"Id": "p-12345678", "Name": "no-sts", "Type": "SERVICE_CONTROL_POLICY",
    "AwsManaged": false}, "Content": "{\n \"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Deny\", \"Action\": \"sts:*\", \"Resource\": \"*\"}}"}}"#;

fn whole() -> Vec<(&'static str, &'static str)> {
    vec![
        ("organization/describe-organization.json", DESCRIBED),
        ("organization/list-roots.json", LISTED),
        (
            "organization/list-organizational-units-for-parent.r-ab12.json",
            r#"{"OrganizationalUnits": [{"Id": "ou-ab12-dev00001", "Arn": "…", "Name": "dev"}]}"#,
        ),
        (
            "organization/list-accounts-for-parent.ou-ab12-dev00001.json",
            r#"{"Accounts": [{"Id": "222222222222", "Email": "b@acme.example", "Name": "staging", "Status": "ACTIVE", "JoinedMethod": "INVITED"},
                             {"Id": "333333333333", "Name": "old", "Status": "SUSPENDED"}]}"#,
        ),
        ("organization/list-parents.111111111111.json", r#"{"Parents": [{"Id": "r-ab12", "Type": "ROOT"}]}"#),
        ("organization/list-policies-for-target.ou-ab12-dev00001.SERVICE_CONTROL_POLICY.json", FULL),
        ("organization/list-policies-for-target.ou-ab12-dev00001.TAG_POLICY.json", r#"{"Policies": []}"#),
        ("organization/describe-policy.p-12345678.json", POLICY_TEXT),
        ("222222222222/account.json", "{}"),
    ]
}

fn read_all(files: &[(&str, &str)]) -> Result<crate::Snapshot, Vec<String>> {
    assemble(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

#[test]
fn what_the_cli_prints_is_read() {
    let snapshot = read_all(&whole()).unwrap();
    let organization = snapshot.organization_of("222222222222".parse().unwrap()).unwrap();
    assert_eq!(organization.id, "o-acme123456");
    assert_eq!(organization.features, FeatureSet::All);
    assert_eq!(organization.enabled, [(ControlType::Scp, true), (ControlType::Rcp, false)].into());
    let path = |account: &str| organization.path(account.parse().unwrap()).unwrap_or_default();
    assert_eq!(path("222222222222"), "o-acme123456/r-ab12/ou-ab12-dev00001/");
    assert_eq!(path("111111111111"), "o-acme123456/r-ab12/");
    assert_eq!(path("999999999999"), "");
    let old = &organization.members[&"333333333333".parse().unwrap()];
    assert_eq!(old.status, Some(AccountStatus::Suspended));
    let unit = "ou-ab12-dev00001".parse().unwrap();
    assert_eq!(organization.name_of(&unit).unwrap(), "dev");
    let attached = &organization.attached[&(unit, ControlType::Scp)];
    let documents: Vec<_> =
        attached.policies.iter().map(|id| organization.policies[id].document.as_ref().unwrap()).collect();
    assert_eq!(documents[0].policy().statements[0].span.line, 2);
    assert!(documents[1].text().contains("Allow"));
}

/// The outputs may stand in the folder of an account, which is then a member; several readings are put together.
#[test]
fn each_account_may_say_itself_where_it_is() {
    let mut files = whole();
    files.push(("444444444444/account.json", "{}"));
    files.push(("444444444444/describe-organization.json", DESCRIBED));
    files.push(("555555555555/account.json", r#"{"organization": "none"}"#));
    let snapshot = read_all(&files).unwrap();
    let organization = snapshot.organization_of("444444444444".parse().unwrap()).unwrap();
    assert_eq!(organization.root.as_deref(), Some("r-ab12"));
    assert!(snapshot.standalone.contains(&"555555555555".parse().unwrap()));
}

#[test]
fn what_cannot_be_read_says_where_and_why() {
    let at = |file: &str| format!("organization/{file}");
    for (file, text, expected) in [
        (
            "describe-organization.json",
            "{}",
            "organization/describe-organization.json: at line 1, column 2: missing field `Organization`",
        ),
        (
            "describe-organization.json",
            r#"{"Organization": {"Id": "o-acme123456", "FeatureSet": "SOME", "MasterAccountId": "999999999999"}}"#,
            "at Organization.FeatureSet: unknown feature set `SOME`",
        ),
        (
            "list-roots.json",
            r#"{"Roots": [{"Id": "x"}]}"#,
            "organization/list-roots.json: at Roots[0].Id: `x` is no root",
        ),
        ("list-roots.json", r#"{"Roots": [{"Id": "r-other"}]}"#, "cannot both be the root"),
        ("list-parents.777.json", r#"{"Parents": []}"#, "at its name: `777` is no root"),
        (
            "list-parents.222222222222.json",
            r#"{"Parents": [{"Id": "r-ab12", "Type": "ROOT"}]}"#,
            "hangs under",
        ),
        (
            "list-children.222222222222.ACCOUNT.json",
            r#"{"Children": [{"Id": "333333333333", "Type": "ACCOUNT"}]}"#,
            "nothing hangs under the account",
        ),
        (
            "list-policies-for-target.r-ab12.RESOURCE_CONTROL_POLICY.json",
            FULL,
            "is none of the resource control policies",
        ),
        ("describe-policy.p-87654321.json", POLICY_TEXT, "is not the policy that the file names"),
        ("list-handshakes.json", "{}", "this file has no place here"),
    ] {
        let mut files = whole();
        let path = at(file);
        files.retain(|(known, _)| **known != path);
        files.push((&path, text));
        let errors = read_all(&files).unwrap_err();
        assert!(errors.iter().any(|error| error.contains(expected)), "{file}: {errors:#?}");
        assert!(errors.iter().all(|error| error.contains(':')), "{errors:#?}");
    }
    let errors = read_all(&[("x/list-roots.json", LISTED)]).unwrap_err();
    assert!(errors[0].starts_with("x/list-roots.json: nothing says which organization"), "{errors:?}");
    let mut files = whole();
    files.push(("444444444444/account.json", r#"{"organization": "o-acme123456"}"#));
    files.push(("333333333333/account.json", r#"{"organization": "none"}"#));
    let errors = read_all(&files).unwrap_err();
    assert!(
        errors[0].contains("444444444444/account.json: at organization: `o-acme123456` is not understood"),
        "{errors:?}"
    );
    files.retain(|(path, _)| !path.starts_with("444444444444"));
    let errors = read_all(&files).unwrap_err();
    assert!(errors[0].contains("account 333333333333 is said to be in no organization"), "{errors:?}");
}

#[test]
fn only_outputs_that_are_known_are_outputs() {
    for name in ["describe-organization", "list-roots", "list-parents.1", "describe-policy.p-1"] {
        assert!(is_output(name), "{name}");
    }
    for name in ["list-roots.x", "list-parents", "describe-account.1", "account"] {
        assert!(!is_output(name), "{name}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(organization in strategies::organization()) {
        let outputs = write(&organization);
        prop_assert!(outputs.keys().all(|name| is_output(name)));
        let again = read(&outputs, &str::to_owned).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(again, organization);
    }
}
