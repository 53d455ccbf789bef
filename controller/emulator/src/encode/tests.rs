//! Whole documents, letter by letter, against the files in `golden/` (one line per tag there, one line in all on the wire).

use super::{Service, failure, success};
use jiff::Timestamp;
use rolegate_cloud::AwsError;
use rolegate_cloud::api::{
    AccessKey, AccessKeyView, AssumedRole, AttachedPolicy, CallerIdentity, Details, Evaluation, GroupDetail,
    GroupView, InlinePolicy, MfaDeviceView, NewAccessKey, NewMfaDevice, Page, PolicyDetail,
    PolicyVersionView, PolicyView, ResourceEvaluation, Response, RoleDetail, RoleView, SessionCredentials,
    Tag, UserDetail, UserView,
};
use std::path::Path;

const DOCUMENT: &str = r#"{"Version": "2012-10-17", "Statement": []}"#;
const ID: &str = "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn time() -> Timestamp {
    at("2026-11-24T12:30:05.987Z")
}

fn page<T>(items: Vec<T>) -> Page<T> {
    Page { items, marker: None }
}

fn tags() -> Vec<Tag> {
    vec![("team".to_owned(), "a & b".to_owned()), ("empty".to_owned(), String::new())]
}

fn user() -> UserView {
    UserView {
        path: "/people/".to_owned(),
        user_name: Some("cobus".to_owned()),
        user_id: "AIDA1".to_owned(),
        arn: "arn:aws:iam::111111111111:user/people/cobus".to_owned(),
        create_date: time(),
        permissions_boundary: Some("arn:aws:iam::111111111111:policy/edge".to_owned()),
        tags: tags(),
    }
}

fn plain_user() -> UserView {
    UserView { permissions_boundary: None, tags: Vec::new(), ..user() }
}

fn group() -> GroupView {
    GroupView {
        path: "/".to_owned(),
        group_name: "developers".to_owned(),
        group_id: "AGPA1".to_owned(),
        arn: "arn:aws:iam::111111111111:group/developers".to_owned(),
        create_date: time(),
    }
}

fn role() -> RoleView {
    RoleView {
        path: "/x/".to_owned(),
        role_name: "Dev".to_owned(),
        role_id: "AROA1".to_owned(),
        arn: "arn:aws:iam::111111111111:role/x/Dev".to_owned(),
        create_date: time(),
        assume_role_policy_document: DOCUMENT.to_owned(),
        description: Some("<for> tests".to_owned()),
        max_session_duration: 7200,
        permissions_boundary: Some("arn:aws:iam::aws:policy/PowerUserAccess".to_owned()),
        tags: tags(),
    }
}

fn plain_role() -> RoleView {
    RoleView { description: None, permissions_boundary: None, tags: Vec::new(), ..role() }
}

fn policy() -> PolicyView {
    PolicyView {
        policy_name: "edge".to_owned(),
        policy_id: "ANPA1".to_owned(),
        arn: "arn:aws:iam::111111111111:policy/edge".to_owned(),
        path: "/".to_owned(),
        default_version_id: "v2".to_owned(),
        attachment_count: 3,
        permissions_boundary_usage_count: 1,
        description: Some("what may be had".to_owned()),
        create_date: time(),
        update_date: at("2026-11-25T00:00:00Z"),
        tags: tags(),
    }
}

fn version(document: Option<&str>) -> PolicyVersionView {
    PolicyVersionView {
        document: document.map(str::to_owned),
        version_id: "v2".to_owned(),
        is_default_version: true,
        create_date: time(),
    }
}

fn inline() -> InlinePolicy {
    InlinePolicy {
        holder: "Dev".to_owned(),
        policy_name: "p".to_owned(),
        policy_document: DOCUMENT.replace("[]", "[{\"Sid\": \"grün+~_.-*'\"}]"),
    }
}

fn attached() -> AttachedPolicy {
    AttachedPolicy {
        policy_name: "ReadOnlyAccess".to_owned(),
        policy_arn: "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned(),
    }
}

fn session() -> SessionCredentials {
    SessionCredentials {
        access_key_id: "ASIA1".to_owned(),
        secret_access_key: "s/+1".to_owned(),
        session_token: "t/+=".to_owned(),
        expiration: time(),
    }
}

fn simulated() -> Evaluation {
    let missing = || vec!["aws:SourceIp".to_owned()];
    Evaluation {
        action: "iam:TagUser".to_owned(),
        decision: "implicitDeny",
        missing_context_values: missing(),
        allowed_by_organizations: Some(false),
        allowed_by_boundary: Some(true),
        resources: vec![ResourceEvaluation {
            resource: "arn:aws:iam::111111111111:user/cobus".to_owned(),
            decision: "implicitDeny",
            missing_context_values: missing(),
            allowed_by_boundary: Some(true),
        }],
    }
}

fn details() -> Details {
    Details {
        users: vec![UserDetail {
            user: user(),
            inline: vec![inline()],
            group_names: vec!["developers".to_owned()],
            attached: vec![attached()],
        }],
        groups: vec![GroupDetail { group: group(), inline: vec![inline()], attached: Vec::new() }],
        roles: vec![RoleDetail {
            role: role(),
            inline: vec![inline()],
            attached: vec![attached()],
            instance_profiles: vec!["web".to_owned()],
        }],
        policies: vec![PolicyDetail { policy: policy(), versions: vec![version(Some(DOCUMENT))] }],
        marker: Some("m1".to_owned()),
    }
}

fn people() -> Vec<(&'static str, Response)> {
    let root = UserView { user_name: None, path: String::new(), ..plain_user() };
    vec![
        ("CreateUser", Response::User(plain_user())),
        ("GetUser", Response::User(user())),
        ("GetUser-root", Response::User(root)),
        ("ListUsers", Response::Users(Page { items: vec![plain_user()], marker: Some("m<1>".to_owned()) })),
        ("ListUserTags", Response::Tags(page(tags()))),
        (
            "CreateAccessKey",
            Response::AccessKey(NewAccessKey {
                user_name: "cobus".to_owned(),
                key: AccessKey { access_key_id: "AKIA1".to_owned(), secret_access_key: "s/+1".to_owned() },
                create_date: time(),
            }),
        ),
        (
            "ListAccessKeys",
            Response::AccessKeys(page(vec![AccessKeyView {
                user_name: "cobus".to_owned(),
                access_key_id: "AKIA1".to_owned(),
                status: "Inactive",
                create_date: time(),
            }])),
        ),
        ("GetUserPolicy", Response::InlinePolicy(inline())),
        (
            "CreateVirtualMFADevice",
            Response::VirtualMfaDevice(NewMfaDevice {
                serial_number: "arn:aws:iam::111111111111:mfa/cobus".to_owned(),
                base32_seed: "JBSWY3DP".to_owned(),
            }),
        ),
        (
            "ListMFADevices",
            Response::MfaDevices(page(vec![MfaDeviceView {
                user_name: "cobus".to_owned(),
                serial_number: "arn:aws:iam::111111111111:mfa/cobus".to_owned(),
                enable_date: time(),
            }])),
        ),
        ("CreateGroup", Response::Group(group())),
        ("GetGroup", Response::GroupMembers { group: group(), users: page(vec![plain_user()]) }),
        ("ListGroupsForUser", Response::Groups(page(vec![group()]))),
        ("GetGroupPolicy", Response::InlinePolicy(inline())),
    ]
}

fn the_rest() -> Vec<(&'static str, Response)> {
    vec![
        ("AddUserToGroup", Response::Done),
        ("UpdateRole", Response::Done),
        ("CreateRole", Response::Role(plain_role())),
        ("GetRole", Response::Role(role())),
        ("ListRoles", Response::Roles(page(vec![plain_role()]))),
        ("GetRolePolicy", Response::InlinePolicy(inline())),
        ("ListRolePolicies", Response::PolicyNames(page(vec!["p".to_owned(), "q".to_owned()]))),
        ("ListAttachedRolePolicies", Response::AttachedPolicies(page(vec![attached()]))),
        ("GetPolicy", Response::Policy(policy())),
        ("ListPolicies", Response::Policies(page(Vec::new()))),
        ("GetPolicyVersion", Response::PolicyVersion(version(Some(DOCUMENT)))),
        ("ListPolicyVersions", Response::PolicyVersions(page(vec![version(None)]))),
        ("GetAccountAuthorizationDetails", Response::Details(details())),
        (
            "GetAccountSummary",
            Response::Summary([("Users".to_owned(), 3), ("UsersQuota".to_owned(), 5000)].into()),
        ),
        ("ListAccountAliases", Response::AccountAliases(page(vec!["acme".to_owned()]))),
        ("SimulatePrincipalPolicy", Response::Simulation(page(vec![simulated()]))),
        (
            "GetCallerIdentity",
            Response::CallerIdentity(CallerIdentity {
                user_id: "AIDA1".to_owned(),
                account: "111111111111".to_owned(),
                arn: "arn:aws:iam::111111111111:user/people/cobus".to_owned(),
            }),
        ),
        (
            "AssumeRole",
            Response::AssumedRole(AssumedRole {
                credentials: session(),
                assumed_role_id: "AROA1:cobus".to_owned(),
                arn: "arn:aws:sts::111111111111:assumed-role/Dev/cobus".to_owned(),
                source_identity: Some("cobus".to_owned()),
            }),
        ),
        ("GetSessionToken", Response::SessionToken(session())),
    ]
}

/// Compares with the committed file; `UPDATE_GOLDEN=1` writes it instead.
fn check(name: &str, document: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{name}.xml"));
    let shown = document.replace("><", ">\n<");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &shown).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        committed, shown,
        "{name}: run UPDATE_GOLDEN=1 cargo test -p rolegate-emulator and look at the difference"
    );
}

#[test]
fn answers_have_the_shape_of_aws() {
    for (name, response) in people().into_iter().chain(the_rest()) {
        let operation = name.split('-').next().unwrap();
        let service = match operation {
            "GetCallerIdentity" | "AssumeRole" | "GetSessionToken" => Service::Sts,
            _ => Service::Iam,
        };
        check(name, &success(service, operation, &response, ID));
    }
}

#[test]
fn errors_have_the_shape_of_aws() {
    let error =
        |code, http_status, message: &str| AwsError { code, http_status, message: message.to_owned() };
    let missing = error("NoSuchEntity", 404, "The role with name <a&b> cannot be found.");
    let broken =
        error("ServiceFailure", 500, "The request processing has failed because of an unknown error.");
    check("error-iam", &failure(Service::Iam, &missing, ID));
    check("error-sts", &failure(Service::Sts, &broken, ID));
}
