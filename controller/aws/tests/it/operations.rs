//! Every operation of the emulator through the Rust SDK: what goes in comes out.

use crate::common::{EXTERNAL_ID, HUB, TARGET, World, allow, cloud_time, trust};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_iam::types::{PolicyScopeType, StatusType, Tag};
use aws_sdk_iam::{Client as Iam, primitives::Blob};
use aws_sdk_sts::Client as Sts;
use rolegate_cloud::{AccessKey, Request, totp};
use std::collections::BTreeSet;

fn config(world: &World, credentials: Credentials) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(world.emulator.endpoint())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

fn long_term(key: &AccessKey) -> Credentials {
    Credentials::new(&key.access_key_id, &key.secret_access_key, None, None, "test")
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

#[tokio::test]
async fn every_operation_goes_through_the_sdk() {
    let world = World::start().await;
    let iam = Iam::new(&config(&world, long_term(&world.root)));
    users(&iam).await;
    keys(&iam).await;
    groups(&iam).await;
    policies(&iam).await;
    roles(&iam).await;
    devices(&world, &iam).await;
    account(&iam).await;
    sts(&world).await;
    remove(&iam).await;
    let called: BTreeSet<&str> = world.calls().into_iter().collect();
    let all: BTreeSet<String> =
        Request::OPERATIONS.iter().map(|(service, name)| format!("{service}:{name}")).collect();
    let missing: Vec<&String> = all.iter().filter(|action| !called.contains(action.as_str())).collect();
    assert!(missing.is_empty(), "not called: {missing:?}");
}

async fn users(iam: &Iam) {
    let made = iam
        .create_user()
        .user_name("eric")
        .path("/people/")
        .permissions_boundary("arn:aws:iam::aws:policy/ReadOnlyAccess")
        .tags(tag("team", "a b+c"))
        .send()
        .await
        .unwrap();
    let made = made.user.unwrap();
    assert_eq!(made.arn, format!("arn:aws:iam::{TARGET}:user/people/eric"));
    iam.tag_user().user_name("eric").tags(tag("Team", "x")).tags(tag("k", "")).send().await.unwrap();
    iam.untag_user().user_name("eric").tag_keys("k").send().await.unwrap();
    let tags = iam.list_user_tags().user_name("eric").send().await.unwrap();
    assert_eq!(tags.tags().len(), 1);
    let got = iam.get_user().user_name("eric").send().await.unwrap().user.unwrap();
    assert_eq!(got.user_id, made.user_id);
    assert_eq!(got.tags()[0].value, "x");
    let boundary = got.permissions_boundary.unwrap();
    assert_eq!(boundary.permissions_boundary_arn(), Some("arn:aws:iam::aws:policy/ReadOnlyAccess"));
    iam.delete_user_permissions_boundary().user_name("eric").send().await.unwrap();
    let boundary = "arn:aws:iam::aws:policy/AdministratorAccess";
    iam.put_user_permissions_boundary()
        .user_name("eric")
        .permissions_boundary(boundary)
        .send()
        .await
        .unwrap();
    iam.create_user().user_name("ann").send().await.unwrap();
    let (first, second) = {
        let first = iam.list_users().max_items(1).send().await.unwrap();
        assert!(first.is_truncated());
        let second = iam.list_users().set_marker(first.marker.clone()).send().await.unwrap();
        (first, second)
    };
    let names: Vec<&str> =
        first.users().iter().chain(second.users()).map(|user| user.user_name.as_str()).collect();
    assert_eq!(names, ["ann", "eric"]);
    iam.put_user_policy()
        .user_name("eric")
        .policy_name("own")
        .policy_document(allow("s3:*"))
        .send()
        .await
        .unwrap();
    let policy = iam.get_user_policy().user_name("eric").policy_name("own").send().await.unwrap();
    assert_eq!(decoded(&policy.policy_document), allow("s3:*"));
    let names = iam.list_user_policies().user_name("eric").send().await.unwrap();
    assert_eq!(names.policy_names(), ["own"]);
    iam.delete_user_policy().user_name("eric").policy_name("own").send().await.unwrap();
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    iam.attach_user_policy().user_name("eric").policy_arn(arn).send().await.unwrap();
    let attached = iam.list_attached_user_policies().user_name("eric").send().await.unwrap();
    assert_eq!(attached.attached_policies()[0].policy_arn(), Some(arn));
    iam.detach_user_policy().user_name("eric").policy_arn(arn).send().await.unwrap();
}

async fn keys(iam: &Iam) {
    let key = iam.create_access_key().user_name("eric").send().await.unwrap().access_key.unwrap();
    assert_eq!((key.access_key_id.len(), key.secret_access_key.len()), (20, 40));
    iam.update_access_key()
        .user_name("eric")
        .access_key_id(&key.access_key_id)
        .status(StatusType::Inactive)
        .send()
        .await
        .unwrap();
    let listed = iam.list_access_keys().user_name("eric").send().await.unwrap();
    assert_eq!(listed.access_key_metadata()[0].status(), Some(&StatusType::Inactive));
    iam.delete_access_key().user_name("eric").access_key_id(&key.access_key_id).send().await.unwrap();
}

async fn groups(iam: &Iam) {
    let made =
        iam.create_group().group_name("devs").path("/rolegate/acme/").send().await.unwrap().group.unwrap();
    assert_eq!(made.arn, format!("arn:aws:iam::{TARGET}:group/rolegate/acme/devs"));
    iam.add_user_to_group().group_name("devs").user_name("eric").send().await.unwrap();
    let members = iam.get_group().group_name("devs").send().await.unwrap();
    assert_eq!(members.users()[0].user_name, "eric");
    assert_eq!(iam.list_groups().path_prefix("/rolegate/").send().await.unwrap().groups().len(), 1);
    let of_eric = iam.list_groups_for_user().user_name("eric").send().await.unwrap();
    assert_eq!(of_eric.groups()[0].group_name, "devs");
    let put = iam.put_group_policy().group_name("devs").policy_name("p").policy_document(allow("s3:*"));
    put.send().await.unwrap();
    let policy = iam.get_group_policy().group_name("devs").policy_name("p").send().await.unwrap();
    assert_eq!(decoded(&policy.policy_document), allow("s3:*"));
    assert_eq!(iam.list_group_policies().group_name("devs").send().await.unwrap().policy_names(), ["p"]);
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    iam.attach_group_policy().group_name("devs").policy_arn(arn).send().await.unwrap();
    let attached = iam.list_attached_group_policies().group_name("devs").send().await.unwrap();
    assert_eq!(attached.attached_policies()[0].policy_name(), Some("ReadOnlyAccess"));
}

async fn policies(iam: &Iam) {
    let made = iam
        .create_policy()
        .policy_name("extra")
        .path("/team/")
        .policy_document(allow("s3:*"))
        .description("more: ü + 100%")
        .tags(tag("a", "b"))
        .send()
        .await
        .unwrap();
    let arn = made.policy.unwrap().arn.unwrap();
    iam.create_policy_version().policy_arn(&arn).policy_document(allow("s3:Get*")).send().await.unwrap();
    iam.set_default_policy_version().policy_arn(&arn).version_id("v2").send().await.unwrap();
    let got = iam.get_policy().policy_arn(&arn).send().await.unwrap().policy.unwrap();
    assert_eq!((got.default_version_id(), got.description()), (Some("v2"), Some("more: ü + 100%")));
    let version = iam.get_policy_version().policy_arn(&arn).version_id("v2").send().await.unwrap();
    assert_eq!(decoded(version.policy_version().unwrap().document().unwrap()), allow("s3:Get*"));
    let versions = iam.list_policy_versions().policy_arn(&arn).send().await.unwrap();
    assert_eq!(versions.versions().len(), 2);
    iam.delete_policy_version().policy_arn(&arn).version_id("v1").send().await.unwrap();
    let listed = iam.list_policies().scope(PolicyScopeType::Local).send().await.unwrap();
    assert_eq!(listed.policies()[0].arn(), Some(arn.as_str()));
}

async fn roles(iam: &Iam) {
    let made = iam
        .create_role()
        .role_name("Developer")
        .path("/x/")
        .assume_role_policy_document(trust(TARGET, None))
        .description("who builds")
        .max_session_duration(7200)
        .tags(tag("owner", "acme/dev"))
        .send()
        .await
        .unwrap();
    let made = made.role.unwrap();
    assert_eq!(made.arn, format!("arn:aws:iam::{TARGET}:role/x/Developer"));
    assert_eq!(decoded(made.assume_role_policy_document().unwrap()), trust(TARGET, None));
    let update = iam.update_assume_role_policy().role_name("Developer");
    update.policy_document(trust(TARGET, Some("id-1"))).send().await.unwrap();
    let update = iam.update_role().role_name("Developer").max_session_duration(3600);
    update.description("who builds, shorter").send().await.unwrap();
    iam.tag_role().role_name("Developer").tags(tag("team", "x")).send().await.unwrap();
    iam.untag_role().role_name("Developer").tag_keys("owner").send().await.unwrap();
    let tags = iam.list_role_tags().role_name("Developer").send().await.unwrap();
    assert_eq!((tags.tags()[0].key(), tags.tags()[0].value()), ("team", "x"));
    let got = iam.get_role().role_name("Developer").send().await.unwrap().role.unwrap();
    assert_eq!((got.max_session_duration(), got.description()), (Some(3600), Some("who builds, shorter")));
    let listed = iam.list_roles().path_prefix("/x/").send().await.unwrap();
    assert_eq!((listed.roles().len(), listed.roles()[0].max_session_duration()), (1, Some(3600)));
    let put = iam.put_role_policy().role_name("Developer").policy_name("p").policy_document(allow("s3:*"));
    put.send().await.unwrap();
    let policy = iam.get_role_policy().role_name("Developer").policy_name("p").send().await.unwrap();
    assert_eq!(decoded(&policy.policy_document), allow("s3:*"));
    assert_eq!(iam.list_role_policies().role_name("Developer").send().await.unwrap().policy_names(), ["p"]);
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    iam.attach_role_policy().role_name("Developer").policy_arn(arn).send().await.unwrap();
    let attached = iam.list_attached_role_policies().role_name("Developer").send().await.unwrap();
    assert_eq!(attached.attached_policies()[0].policy_arn(), Some(arn));
    iam.put_role_permissions_boundary()
        .role_name("Developer")
        .permissions_boundary(arn)
        .send()
        .await
        .unwrap();
    iam.delete_role_permissions_boundary().role_name("Developer").send().await.unwrap();
}

async fn devices(world: &World, iam: &Iam) {
    let made = iam.create_virtual_mfa_device().virtual_mfa_device_name("eric").send().await.unwrap();
    let device = made.virtual_mfa_device.unwrap();
    let seed = String::from_utf8(device.base32_string_seed().map(Blob::as_ref).unwrap().to_vec()).unwrap();
    let code = |seconds: i64| {
        totp(&seed, cloud_time().checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap()).unwrap()
    };
    let enable = iam.enable_mfa_device().user_name("eric").serial_number(device.serial_number());
    enable.authentication_code1(code(-30)).authentication_code2(code(0)).send().await.unwrap();
    let listed = iam.list_mfa_devices().user_name("eric").send().await.unwrap();
    assert_eq!(listed.mfa_devices()[0].serial_number(), device.serial_number());

    let key = iam.create_access_key().user_name("eric").send().await.unwrap().access_key.unwrap();
    world.emulator.set_clock(cloud_time().checked_add(jiff::SignedDuration::from_mins(1)).unwrap());
    let eric = Credentials::new(&key.access_key_id, &key.secret_access_key, None, None, "test");
    let session = Sts::new(&config(world, eric))
        .get_session_token()
        .serial_number(device.serial_number())
        .token_code(code(60))
        .send()
        .await
        .unwrap();
    assert!(session.credentials().unwrap().access_key_id().starts_with("ASIA"));
    iam.delete_access_key().user_name("eric").access_key_id(&key.access_key_id).send().await.unwrap();
    let serial = device.serial_number();
    iam.deactivate_mfa_device().user_name("eric").serial_number(serial).send().await.unwrap();
    iam.delete_virtual_mfa_device().serial_number(serial).send().await.unwrap();
}

async fn account(iam: &Iam) {
    let details = iam.get_account_authorization_details().send().await.unwrap();
    assert_eq!(details.user_detail_list().len(), 2);
    let summary = iam.get_account_summary().send().await.unwrap();
    let users = summary.summary_map().unwrap().iter().find(|(key, _)| key.as_str() == "Users");
    assert_eq!(users.map(|(_, value)| *value), Some(2));
    iam.list_account_aliases().send().await.unwrap();
    let source = format!("arn:aws:iam::{TARGET}:role/rolegate-controller");
    let simulation = iam.simulate_principal_policy().policy_source_arn(&source).action_names("iam:GetRole");
    let simulated = simulation.resource_arns(&source).send().await.unwrap();
    let result = &simulated.evaluation_results()[0].resource_specific_results()[0];
    assert_eq!(result.eval_resource_decision().as_str(), "allowed");
}

async fn sts(world: &World) {
    let sts = Sts::new(&config(world, long_term(&world.machine)));
    let caller = sts.get_caller_identity().send().await.unwrap();
    assert_eq!((caller.account(), caller.arn()), (Some(HUB), Some("arn:aws:iam::111111111111:user/machine")));
    let role = format!("arn:aws:iam::{TARGET}:role/rolegate-controller");
    let session =
        sts.assume_role().role_arn(role).role_session_name("rolegate-acme").external_id(EXTERNAL_ID);
    let session = session.send().await.unwrap();
    let credentials = session.credentials().unwrap();
    let credentials = Credentials::new(
        credentials.access_key_id(),
        credentials.secret_access_key(),
        Some(credentials.session_token().to_owned()),
        None,
        "test",
    );
    let inside = Iam::new(&config(world, credentials));
    assert_eq!(inside.list_groups().send().await.unwrap().groups().len(), 1);
}

async fn remove(iam: &Iam) {
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    iam.remove_user_from_group().group_name("devs").user_name("eric").send().await.unwrap();
    iam.delete_group_policy().group_name("devs").policy_name("p").send().await.unwrap();
    iam.detach_group_policy().group_name("devs").policy_arn(arn).send().await.unwrap();
    iam.delete_group().group_name("devs").send().await.unwrap();
    iam.delete_role_policy().role_name("Developer").policy_name("p").send().await.unwrap();
    iam.detach_role_policy().role_name("Developer").policy_arn(arn).send().await.unwrap();
    iam.delete_role().role_name("Developer").send().await.unwrap();
    let policy = format!("arn:aws:iam::{TARGET}:policy/team/extra");
    iam.delete_policy().policy_arn(policy).send().await.unwrap();
    for user in ["eric", "ann"] {
        iam.delete_user().user_name(user).send().await.unwrap();
    }
}
