//! Every operation, over HTTP, signed, in an order in which each succeeds.

use crate::common::{ACCOUNT, World, cloud_time, encoded};
use jiff::SignedDuration;
use rolegate_cloud::{Request, totp};
use rolegate_emulator::{Admin, Signer};
use std::collections::{BTreeMap, BTreeSet};

const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;

/// An operation, its parameters and a part of the answer. `{ALLOW}`, `{TRUST}` and kept values stand in the parameters;
/// `keep` names an element of the answer whose text is kept under the element's name.
struct Step {
    operation: &'static str,
    params: &'static str,
    answer: &'static str,
    keep: Option<&'static str>,
}

const fn step(operation: &'static str, params: &'static str, answer: &'static str) -> Step {
    Step { operation, params, answer, keep: None }
}

const fn keep(operation: &'static str, params: &'static str, element: &'static str) -> Step {
    Step { operation, params, answer: element, keep: Some(element) }
}

const NAMED: &str = "UserName=cobus";

const STEPS: &[Step] = &[
    step("GetCallerIdentity", "", "<Arn>arn:aws:iam::111111111111:root</Arn><UserId>111111111111</UserId>"),
    step(
        "CreateUser",
        "UserName=cobus&Path=%2Fpeople%2F&Tags.member.1.Key=team&Tags.member.1.Value=a+b",
        ":user/people/cobus<",
    ),
    step("TagUser", "UserName=cobus&Tags.member.1.Key=empty&Tags.member.1.Value=", "<TagUserResponse"),
    step(
        "ListUserTags",
        NAMED,
        "<member><Key>empty</Key><Value/></member><member><Key>team</Key><Value>a b</Value></member>",
    ),
    step("UntagUser", "UserName=cobus&TagKeys.member.1=empty", "<UntagUserResponse"),
    step("GetUser", NAMED, "<Tags><member><Key>team</Key><Value>a b</Value></member></Tags>"),
    step("ListUsers", "PathPrefix=%2Fpeople%2F", "<IsTruncated>false</IsTruncated>"),
    keep("CreateAccessKey", NAMED, "AccessKeyId"),
    step(
        "UpdateAccessKey",
        "UserName=cobus&AccessKeyId={AccessKeyId}&Status=Inactive",
        "<UpdateAccessKeyResponse",
    ),
    step("ListAccessKeys", NAMED, "<Status>Inactive</Status>"),
    step("DeleteAccessKey", "UserName=cobus&AccessKeyId={AccessKeyId}", "<DeleteAccessKeyResponse"),
    step("PutUserPolicy", "UserName=cobus&PolicyName=all&PolicyDocument={ALLOW}", "<PutUserPolicyResponse"),
    step(
        "GetUserPolicy",
        "UserName=cobus&PolicyName=all",
        "<PolicyDocument>%7B%22Version%22%3A%222012-10-17%22",
    ),
    step("ListUserPolicies", NAMED, "<PolicyNames><member>all</member></PolicyNames>"),
    keep(
        "CreatePolicy",
        "PolicyName=edge&PolicyDocument={ALLOW}&Description=x&Tags.member.1.Key=k&Tags.member.1.Value=v",
        "Arn",
    ),
    step("GetPolicy", "PolicyArn={Arn}", "<DefaultVersionId>v1</DefaultVersionId>"),
    step(
        "CreatePolicyVersion",
        "PolicyArn={Arn}&PolicyDocument={ALLOW}&SetAsDefault=false",
        "<VersionId>v2</VersionId>",
    ),
    step("GetPolicyVersion", "PolicyArn={Arn}&VersionId=v2", "<IsDefaultVersion>false</IsDefaultVersion>"),
    step("SetDefaultPolicyVersion", "PolicyArn={Arn}&VersionId=v2", "<SetDefaultPolicyVersionResponse"),
    step("ListPolicyVersions", "PolicyArn={Arn}", "<IsDefaultVersion>true</IsDefaultVersion>"),
    step("DeletePolicyVersion", "PolicyArn={Arn}&VersionId=v1", "<DeletePolicyVersionResponse"),
    step("ListPolicies", "Scope=Local&OnlyAttached=false", "<PolicyName>edge</PolicyName>"),
    step("AttachUserPolicy", "UserName=cobus&PolicyArn={Arn}", "<AttachUserPolicyResponse"),
    step("ListAttachedUserPolicies", NAMED, "<AttachedPolicies><member><PolicyName>edge</PolicyName>"),
    step(
        "PutUserPermissionsBoundary",
        "UserName=cobus&PermissionsBoundary={Arn}",
        "<PutUserPermissionsBoundaryResponse",
    ),
    step("DeleteUserPermissionsBoundary", NAMED, "<DeleteUserPermissionsBoundaryResponse"),
    step("CreateGroup", "GroupName=developers&Path=%2F", "<GroupName>developers</GroupName>"),
    step("ListGroups", "", "<GroupName>developers</GroupName>"),
    step("AddUserToGroup", "GroupName=developers&UserName=cobus", "<AddUserToGroupResponse"),
    step("GetGroup", "GroupName=developers", "<UserName>cobus</UserName>"),
    step("ListGroupsForUser", NAMED, "<GroupName>developers</GroupName>"),
    step(
        "PutGroupPolicy",
        "GroupName=developers&PolicyName=all&PolicyDocument={ALLOW}",
        "<PutGroupPolicyResponse",
    ),
    step("GetGroupPolicy", "GroupName=developers&PolicyName=all", "<GroupName>developers</GroupName>"),
    step("ListGroupPolicies", "GroupName=developers", "<member>all</member>"),
    step("AttachGroupPolicy", "GroupName=developers&PolicyArn={Arn}", "<AttachGroupPolicyResponse"),
    step("ListAttachedGroupPolicies", "GroupName=developers", "<PolicyName>edge</PolicyName>"),
    step(
        "CreateRole",
        "RoleName=Dev&AssumeRolePolicyDocument={TRUST}&MaxSessionDuration=7200&PermissionsBoundary={Arn}",
        "<AssumeRolePolicyDocument>%7B%22Version%22",
    ),
    step("UpdateAssumeRolePolicy", "RoleName=Dev&PolicyDocument={TRUST}", "<UpdateAssumeRolePolicyResponse"),
    step("UpdateRole", "RoleName=Dev&Description=d&MaxSessionDuration=3600", "<UpdateRoleResult/>"),
    step("TagRole", "RoleName=Dev&Tags.member.1.Key=k&Tags.member.1.Value=v", "<TagRoleResponse"),
    step("GetRole", "RoleName=Dev", "<MaxSessionDuration>3600</MaxSessionDuration>"),
    step("ListRoleTags", "RoleName=Dev", "<member><Key>k</Key><Value>v</Value></member>"),
    step("UntagRole", "RoleName=Dev&TagKeys.member.1=k", "<UntagRoleResponse"),
    step("ListRoles", "", "<Description>d</Description>"),
    step("PutRolePolicy", "RoleName=Dev&PolicyName=all&PolicyDocument={ALLOW}", "<PutRolePolicyResponse"),
    step("GetRolePolicy", "RoleName=Dev&PolicyName=all", "<RoleName>Dev</RoleName>"),
    step("ListRolePolicies", "RoleName=Dev", "<member>all</member>"),
    step("AttachRolePolicy", "RoleName=Dev&PolicyArn={Arn}", "<AttachRolePolicyResponse"),
    step("ListAttachedRolePolicies", "RoleName=Dev", "<PolicyName>edge</PolicyName>"),
    step(
        "PutRolePermissionsBoundary",
        "RoleName=Dev&PermissionsBoundary={Arn}",
        "<PutRolePermissionsBoundaryResponse",
    ),
    step(
        "GetAccountAuthorizationDetails",
        "Filter.member.1=Role&Filter.member.2=User&Filter.member.3=Group&Filter.member.4=LocalManagedPolicy",
        "<PolicyVersionList><member><Document>%7B",
    ),
    step("GetAccountSummary", "", "<entry><key>Users</key><value>1</value></entry>"),
    step("ListAccountAliases", "", "<IsTruncated>false</IsTruncated>"),
    step(
        "SimulatePrincipalPolicy",
        "PolicySourceArn=arn:aws:iam::111111111111:user/people/cobus&ActionNames.member.1=iam:TagUser\
         &ResourceArns.member.1=arn:aws:iam::111111111111:user/x&ContextEntries.member.1.ContextKeyName=aws:TagKeys\
         &ContextEntries.member.1.ContextKeyType=stringList&ContextEntries.member.1.ContextKeyValues.member.1=a",
        "<EvalResourceName>arn:aws:iam::111111111111:user/x</EvalResourceName>",
    ),
    keep("CreateVirtualMFADevice", "VirtualMFADeviceName=cobus", "SerialNumber"),
    step(
        "EnableMFADevice",
        "UserName=cobus&SerialNumber={SerialNumber}&AuthenticationCode1={before}&AuthenticationCode2={now}",
        "<EnableMFADeviceResponse",
    ),
    step("ListMFADevices", NAMED, "<SerialNumber>arn:aws:iam::111111111111:mfa/cobus</SerialNumber>"),
    step("DeactivateMFADevice", "UserName=cobus&SerialNumber={SerialNumber}", "<DeactivateMFADeviceResponse"),
    step("DeleteVirtualMFADevice", "SerialNumber={SerialNumber}", "<DeleteVirtualMFADeviceResponse"),
    step("DeleteRolePermissionsBoundary", "RoleName=Dev", "<DeleteRolePermissionsBoundaryResponse"),
    step("DetachRolePolicy", "RoleName=Dev&PolicyArn={Arn}", "<DetachRolePolicyResponse"),
    step("DeleteRolePolicy", "RoleName=Dev&PolicyName=all", "<DeleteRolePolicyResponse"),
    step("DeleteRole", "RoleName=Dev", "<DeleteRoleResponse"),
    step("DetachGroupPolicy", "GroupName=developers&PolicyArn={Arn}", "<DetachGroupPolicyResponse"),
    step("DeleteGroupPolicy", "GroupName=developers&PolicyName=all", "<DeleteGroupPolicyResponse"),
    step("RemoveUserFromGroup", "GroupName=developers&UserName=cobus", "<RemoveUserFromGroupResponse"),
    step("DeleteGroup", "GroupName=developers", "<DeleteGroupResponse"),
    step("DetachUserPolicy", "UserName=cobus&PolicyArn={Arn}", "<DetachUserPolicyResponse"),
    step("DeleteUserPolicy", "UserName=cobus&PolicyName=all", "<DeleteUserPolicyResponse"),
    step("DeleteUser", NAMED, "<DeleteUserResponse"),
    step("DeletePolicy", "PolicyArn={Arn}", "<DeletePolicyResponse"),
    step("GetSessionToken", "DurationSeconds=900", "<Expiration>2026-01-31T08:15:05Z</Expiration>"),
];

/// What root may never do; [`a_session_signs_and_ends`] covers it.
const BY_A_USER: &str = "AssumeRole";

#[tokio::test]
async fn every_operation_goes_over_the_wire() {
    let world = World::start(Admin::Off).await;
    let mut kept: BTreeMap<String, String> =
        [("ALLOW".to_owned(), ALLOW.to_owned()), ("TRUST".to_owned(), TRUST.to_owned())].into();
    for Step { operation, params, answer, keep } in STEPS {
        let params = kept.iter().fold((*params).to_owned(), |params, (name, value)| {
            params.replace(&format!("{{{name}}}"), &encoded(value))
        });
        let reply = world.call(operation, &params).await;
        assert_eq!(reply.status, 200, "{operation}: {}", reply.body);
        assert!(reply.body.contains(answer), "{operation}: no {answer} in {}", reply.body);
        assert!(
            reply.body.ends_with(&format!("</ResponseMetadata></{operation}Response>\n")),
            "{}",
            reply.body
        );
        if let Some(element) = keep {
            kept.insert((*element).to_owned(), reply.text(element));
        }
        if *operation == "CreateVirtualMFADevice" {
            let seed = reply.text("Base32StringSeed");
            let seed =
                String::from_utf8(base64::Engine::decode(&base64::prelude::BASE64_STANDARD, seed).unwrap())
                    .unwrap();
            let code = |back: i64| totp(&seed, cloud_time() - SignedDuration::from_secs(back)).unwrap();
            kept.extend([("before".to_owned(), code(30)), ("now".to_owned(), code(0))]);
        }
    }
    let run: BTreeSet<&str> = STEPS.iter().map(|step| step.operation).chain([BY_A_USER]).collect();
    let all: BTreeSet<&str> = Request::OPERATIONS.iter().map(|(_, operation)| *operation).collect();
    assert_eq!(run, all);
}

async fn user_with_key(world: &World, name: &str) -> Signer {
    world.call("CreateUser", &format!("UserName={name}")).await;
    let put = format!("UserName={name}&PolicyName=all&PolicyDocument={}", encoded(ALLOW));
    assert_eq!(world.call("PutUserPolicy", &put).await.status, 200);
    let key = world.call("CreateAccessKey", &format!("UserName={name}")).await;
    Signer {
        access_key_id: key.text("AccessKeyId"),
        secret_access_key: key.text("SecretAccessKey"),
        ..world.signer("iam")
    }
}

#[tokio::test]
async fn a_session_signs_and_ends() {
    let world = World::start(Admin::Off).await;
    let user = user_with_key(&world, "cobus").await;
    let made =
        world.call("CreateRole", &format!("RoleName=Dev&AssumeRolePolicyDocument={}", encoded(TRUST))).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let params = format!("RoleArn={}&RoleSessionName=cobus", encoded(&made.text("Arn")));
    let assumed = world.call_as(&user, "AssumeRole", &params).await;
    assert_eq!(assumed.status, 200, "{}", assumed.body);
    assert_eq!(assumed.text("Expiration"), "2026-01-31T09:00:05Z");
    let session = Signer {
        access_key_id: assumed.text("AccessKeyId"),
        secret_access_key: assumed.text("SecretAccessKey"),
        session_token: Some(assumed.text("SessionToken")),
        ..user.clone()
    };
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/Dev/cobus");
    assert_eq!(world.call_as(&session, "GetCallerIdentity", "").await.text("Arn"), arn);
    assert_eq!(world.call_as(&session, "ListRoles", "").await.text("Code"), "AccessDenied");

    let without = Signer { session_token: None, ..session.clone() };
    assert_eq!(world.call_as(&without, "GetCallerIdentity", "").await.text("Code"), "InvalidClientTokenId");
    let wrong = Signer { session_token: Some("other".to_owned()), ..session.clone() };
    assert_eq!(world.call_as(&wrong, "GetCallerIdentity", "").await.text("Code"), "InvalidClientTokenId");

    world.emulator.set_clock(cloud_time() + SignedDuration::from_secs(3601));
    let late = world.call_as(&session, "GetCallerIdentity", "").await;
    assert_eq!((late.status, late.text("Code").as_str()), (403, "ExpiredToken"));
    assert_eq!(world.call_as(&user, "GetCallerIdentity", "").await.status, 200);
}

#[tokio::test]
async fn pages_follow_one_another() {
    let world = World::start(Admin::Off).await;
    for number in 0..7 {
        assert_eq!(world.call("CreateGroup", &format!("GroupName=g{number}")).await.status, 200);
    }
    let (mut names, mut marker) = (Vec::new(), String::new());
    for _ in 0..7 {
        let reply = world.call("ListGroups", &format!("MaxItems=3{marker}")).await;
        names.extend(
            reply.body.split("<GroupName>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()),
        );
        if reply.text("IsTruncated") == "false" {
            break;
        }
        marker = format!("&Marker={}", encoded(&reply.text("Marker")));
    }
    assert_eq!(names, ["g0", "g1", "g2", "g3", "g4", "g5", "g6"]);
}

#[tokio::test]
async fn a_presigned_query_is_a_call() {
    let world = World::start(Admin::Off).await;
    let now = jiff::Timestamp::now();
    let query =
        world.signer("sts").presign(&world.host(), "Action=GetCallerIdentity&Version=2011-06-15", 60, now);
    let reply = world.send("GET", &format!("/?{query}"), &[], b"").await;
    assert_eq!((reply.status, reply.text("Account").as_str()), (200, ACCOUNT), "{}", reply.body);
    let other = query.replace("GetCallerIdentity", "GetSessionToken");
    assert_eq!(
        world.send("GET", &format!("/?{other}"), &[], b"").await.text("Code"),
        "SignatureDoesNotMatch"
    );
}

#[tokio::test]
async fn errors_of_the_cloud_keep_their_code_and_status() {
    let world = World::start(Admin::Off).await;
    world.call("CreateGroup", "GroupName=developers").await;
    for (operation, params, status, code) in [
        ("GetRole", "RoleName=none", 404, "NoSuchEntity"),
        ("CreateGroup", "GroupName=Developers", 409, "EntityAlreadyExists"),
        ("GetRole", "", 400, "ValidationError"),
        ("GetRole", "RoleName=a%2Fb", 400, "ValidationError"),
        ("ListRoles", "MaxItems=1001", 400, "ValidationError"),
        ("ListRoles", "MaxItems=some", 400, "ValidationError"),
        ("CreateRole", "RoleName=r&AssumeRolePolicyDocument=no", 400, "MalformedPolicyDocument"),
        (
            "AssumeRole",
            "RoleArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fx&RoleSessionName=me",
            403,
            "AccessDenied",
        ),
    ] {
        let reply = world.call(operation, params).await;
        assert_eq!(
            (reply.status, reply.text("Code").as_str()),
            (status, code),
            "{operation} {params}: {}",
            reply.body
        );
    }
}
