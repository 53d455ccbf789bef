//! Tests of behaviour: requests and answers, as AWS gives them. Rows are numbered as in §7 of the notes.

mod authorisation;
mod entities;
mod one_of_each;
mod policies;
mod sessions;
mod simulation;
mod torn;
mod trust;
mod world;

use crate::api::{AssumedRole, Paging, Response, SessionCredentials};
use crate::{AccessKey, AwsError, Cloud, Credentials, Request};
use jiff::Timestamp;
use rolegate_iam::{AccountId, Partition};

pub(crate) const A: &str = "111111111111";
pub(crate) const B: &str = "222222222222";
pub(crate) const ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
pub(crate) const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Two accounts, with the keys of their root users.
pub(crate) struct Lab {
    pub(crate) cloud: Cloud,
    pub(crate) a: Credentials,
    pub(crate) b: Credentials,
}

pub(crate) fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

pub(crate) fn lab() -> Lab {
    let mut cloud = Cloud::new(Timestamp::from_second(1_800_000_000).unwrap(), 1);
    let a = cloud.add_account(id(A), Partition::Aws, "a").credentials();
    let b = cloud.add_account(id(B), Partition::Aws, "b").credentials();
    Lab { cloud, a, b }
}

/// A trust policy that names these principals, written as JSON.
pub(crate) fn trust(principals: &str) -> String {
    trust_when(principals, "sts:AssumeRole", "")
}

pub(crate) fn trust_when(principals: &str, action: &str, rest: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principals},"Action":"{action}"{rest}}}]}}"#
    )
}

pub(crate) fn allow(action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}]}}"#
    )
}

impl Lab {
    /// As root of account A, which must succeed.
    pub(crate) fn a(&mut self, request: Request) -> Response {
        self.cloud.call(&self.a.clone(), request).unwrap()
    }

    /// As root of account B, which must succeed.
    pub(crate) fn b(&mut self, request: Request) -> Response {
        self.cloud.call(&self.b.clone(), request).unwrap()
    }

    /// As root of account A, which must fail.
    pub(crate) fn a_err(&mut self, request: Request) -> AwsError {
        self.cloud.call(&self.a.clone(), request).unwrap_err()
    }

    pub(crate) fn user(&mut self, name: &str) -> AccessKey {
        self.a(create_user(name));
        self.cloud.add_access_key(id(A), &name.parse().unwrap()).unwrap()
    }

    /// A user of account A who may do everything there.
    pub(crate) fn admin(&mut self, name: &str) -> AccessKey {
        let key = self.user(name);
        self.a(Request::AttachUserPolicy { user_name: name.to_owned(), policy_arn: ADMIN.to_owned() });
        key
    }

    /// A role of account A or B.
    pub(crate) fn role(&mut self, account: &str, name: &str, trust: &str) {
        let root = if account == A { self.a.clone() } else { self.b.clone() };
        self.cloud.call(&root, create_role(name, trust)).unwrap();
    }

    pub(crate) fn trust_of(&mut self, role: &str) -> String {
        match self.a(Request::GetRole { role_name: role.to_owned() }) {
            Response::Role(role) => role.assume_role_policy_document,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn assume(&mut self, who: &Credentials, request: Request) -> Result<AssumedRole, AwsError> {
        match self.cloud.call(who, request)? {
            Response::AssumedRole(assumed) => Ok(assumed),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn session_token(
        &mut self,
        who: &Credentials,
        mfa: Option<(String, String)>,
    ) -> SessionCredentials {
        let (serial_number, token_code) = mfa.unzip();
        let request = Request::GetSessionToken { duration_seconds: None, serial_number, token_code };
        match self.cloud.call(who, request).unwrap() {
            Response::SessionToken(session) => session,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        let now = self.cloud.clock().as_second() + seconds;
        self.cloud.set_clock(Timestamp::from_second(now).unwrap());
    }
}

pub(crate) fn create_user(name: &str) -> Request {
    Request::CreateUser {
        user_name: name.to_owned(),
        path: None,
        permissions_boundary: None,
        tags: Vec::new(),
    }
}

/// The parameters of `CreateRole`, none of the optional ones given.
#[derive(Default)]
pub(crate) struct NewRole<'a> {
    pub(crate) name: &'a str,
    pub(crate) trust: &'a str,
    pub(crate) description: Option<&'a str>,
    pub(crate) max_session_duration: Option<i64>,
    pub(crate) tags: &'a [(&'a str, &'a str)],
}

impl NewRole<'_> {
    pub(crate) fn request(self) -> Request {
        Request::CreateRole {
            role_name: self.name.to_owned(),
            path: None,
            assume_role_policy_document: self.trust.to_owned(),
            description: self.description.map(str::to_owned),
            max_session_duration: self.max_session_duration,
            permissions_boundary: None,
            tags: self.tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        }
    }
}

pub(crate) fn create_role(name: &str, trust: &str) -> Request {
    NewRole { name, trust, ..NewRole::default() }.request()
}

pub(crate) fn create_policy(name: &str, document: &str) -> Request {
    Request::CreatePolicy {
        policy_name: name.to_owned(),
        path: None,
        policy_document: document.to_owned(),
        description: None,
        tags: Vec::new(),
    }
}

/// The parameters of `AssumeRole`, none of the optional ones given.
#[derive(Default)]
pub(crate) struct Assume<'a> {
    pub(crate) role_arn: String,
    pub(crate) duration_seconds: Option<i64>,
    pub(crate) external_id: Option<&'a str>,
    pub(crate) mfa: Option<(&'a str, &'a str)>,
    pub(crate) source_identity: Option<&'a str>,
    /// All of them transitive.
    pub(crate) tags: &'a [(&'a str, &'a str)],
    pub(crate) policy: Option<&'a str>,
    pub(crate) policy_arns: &'a [&'a str],
}

impl Assume<'_> {
    pub(crate) fn of(account: &str, role: &str) -> Self {
        Self { role_arn: format!("arn:aws:iam::{account}:role/{role}"), ..Self::default() }
    }

    pub(crate) fn request(self) -> Request {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Request::AssumeRole {
            role_arn: self.role_arn,
            role_session_name: "s1".to_owned(),
            duration_seconds: self.duration_seconds,
            external_id: own(self.external_id),
            serial_number: own(self.mfa.map(|(serial, _)| serial)),
            token_code: own(self.mfa.map(|(_, code)| code)),
            source_identity: own(self.source_identity),
            tags: self.tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            transitive_tag_keys: self.tags.iter().map(|(key, _)| (*key).to_owned()).collect(),
            policy: own(self.policy),
            policy_arns: self.policy_arns.iter().map(|arn| (*arn).to_owned()).collect(),
        }
    }
}

pub(crate) fn assume(account: &str, role: &str) -> Request {
    Assume::of(account, role).request()
}

pub(crate) fn paging(marker: Option<&str>, max_items: i64) -> Paging {
    Paging { marker: marker.map(str::to_owned), max_items: Some(max_items) }
}

pub(crate) fn all() -> Paging {
    Paging { marker: None, max_items: Some(1000) }
}
