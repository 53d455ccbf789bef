//! An emulator with a hub account, whose machine user may assume roles, and a target account with a management role.

use jiff::Timestamp;
use rolegate_aws::{Aws, Keys, Settings};
use rolegate_cloud::{AccessKey, Cloud, Request};
use rolegate_emulator::{Admin, Clock, Emulator, Exposure, Options};
use rolegate_iam::{AccountId, Document, Partition};
use rolegate_plan::port::Entrance;

pub(crate) const HUB: &str = "111111111111";
pub(crate) const TARGET: &str = "222222222222";
pub(crate) const OTHER: &str = "333333333333";
pub(crate) const EXTERNAL_ID: &str = "rg-7f0c2b9e41d8a6f3";

pub(crate) fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

/// The cloud's time. Real time is another: nothing may depend on the two being the same.
pub(crate) fn cloud_time() -> Timestamp {
    "2026-01-31T08:00:05Z".parse().unwrap()
}

/// A trust policy that lets the account in, with the external id when there is one.
pub(crate) fn trust(account: &str, external_id: Option<&str>) -> String {
    let condition = external_id
        .map(|id| format!(r#","Condition":{{"StringEquals":{{"sts:ExternalId":"{id}"}}}}"#))
        .unwrap_or_default();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":"sts:AssumeRole"{condition}}}]}}"#
    )
}

/// A policy that allows these actions on everything.
pub(crate) fn allow(actions: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{actions}","Resource":"*"}}]}}"#
    )
}

pub(crate) fn document(text: &str) -> Document {
    Document::parse(text)
}

/// A running emulator.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    /// The machine user of the hub.
    pub(crate) machine: AccessKey,
    /// The root user of the target.
    pub(crate) root: AccessKey,
}

impl World {
    pub(crate) async fn start() -> Self {
        let mut cloud = Cloud::new(cloud_time(), 7);
        let hub = cloud.add_account(id(HUB), Partition::Aws, "auth");
        let root = cloud.add_account(id(TARGET), Partition::Aws, "production");
        cloud.add_account(id(OTHER), Partition::Aws, "sandbox");
        let mut call = |key: &AccessKey, request| drop(cloud.call(&key.credentials(), request).unwrap());
        call(
            &hub,
            Request::CreateUser {
                user_name: "machine".into(),
                path: None,
                permissions_boundary: None,
                tags: Vec::new(),
            },
        );
        call(
            &hub,
            Request::PutUserPolicy {
                user_name: "machine".into(),
                policy_name: "enter".into(),
                policy_document: allow("sts:AssumeRole"),
            },
        );
        call(
            &root,
            Request::CreateRole {
                role_name: "rolegate-controller".into(),
                path: None,
                assume_role_policy_document: trust(HUB, Some(EXTERNAL_ID)),
                description: None,
                max_session_duration: None,
                permissions_boundary: None,
                tags: Vec::new(),
            },
        );
        call(
            &root,
            Request::PutRolePolicy {
                role_name: "rolegate-controller".into(),
                policy_name: "manage".into(),
                policy_document: allow("iam:*"),
            },
        );
        let machine = cloud.add_access_key(id(HUB), &"machine".parse().unwrap()).unwrap();
        cloud.clear_calls();
        let options = Options {
            clock: Clock::Still(cloud_time()),
            admin: Admin::Off,
            exposure: Exposure::Loopback,
            ..Options::default()
        };
        Self { emulator: Emulator::start(cloud, options).await.unwrap(), machine, root }
    }

    /// The port, beginning with the machine's key.
    pub(crate) async fn aws(&self) -> Aws {
        self.aws_as(&self.machine).await
    }

    pub(crate) async fn aws_as(&self, key: &AccessKey) -> Aws {
        Aws::new(Settings {
            endpoint_url: Some(self.emulator.endpoint()),
            credentials: Some(keys(key)),
            region: Some("eu-west-1".to_owned()),
            ..Settings::new("acme")
        })
        .await
    }

    /// How often each action was called since the last time this was asked.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        let calls = self.emulator.calls().into_iter().map(|call| call.action).collect();
        self.emulator.clear_calls();
        calls
    }
}

pub(crate) fn keys(key: &AccessKey) -> Keys {
    Keys {
        access_key_id: key.access_key_id.clone(),
        secret_access_key: key.secret_access_key.clone(),
        session_token: None,
    }
}

/// The target, entered through its management role.
pub(crate) fn target() -> Entrance {
    Entrance {
        name: "production".into(),
        id: id(TARGET),
        partition: Partition::Aws,
        roles: vec![format!("arn:aws:iam::{TARGET}:role/rolegate-controller").parse().unwrap()],
        external_id: Some(EXTERNAL_ID.into()),
    }
}
