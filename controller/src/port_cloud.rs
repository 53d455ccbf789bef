//! The port to `rolegate_cloud` in process: the same steps as the SDK makes, without a network, for simulations. Decides nothing.

use jiff::{SignedDuration, Timestamp};
use rolegate_aws::error::classify;
use rolegate_cloud::api::Paging;
use rolegate_cloud::{AwsError, Cloud, Credentials, Request, Response, SessionCredentials};
use rolegate_iam::{Account, AccountId, Document, PolicyArn, PolicyOwner, RoleArn, Tags};
use rolegate_plan::absence::{Entity, Presence};
use rolegate_plan::port::{Entrance, ErrorClass, Failure, Observation, Port};
use rolegate_plan::step::Action;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A session this close to its end is not used any more.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// A cloud, the credentials to begin with, and the sessions made from them.
#[derive(Debug)]
pub struct CloudPort {
    inner: Mutex<Inner>,
    base: Credentials,
    session_name: String,
}

#[derive(Debug)]
struct Inner {
    cloud: Cloud,
    sessions: BTreeMap<(Vec<RoleArn>, Option<String>), SessionCredentials>,
    summarised: BTreeSet<AccountId>,
}

impl CloudPort {
    /// Acts on this cloud, beginning with these credentials.
    pub fn new(cloud: Cloud, base: Credentials, installation: &str) -> Self {
        let inner = Inner { cloud, sessions: BTreeMap::new(), summarised: BTreeSet::new() };
        Self { inner: Mutex::new(inner), base, session_name: format!("rolegate-{installation}") }
    }

    /// Looks into the cloud, or changes it behind everybody's back.
    pub fn with_cloud<T>(&self, work: impl FnOnce(&mut Cloud) -> T) -> T {
        work(&mut self.lock().cloud)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Port for CloudPort {
    async fn observe(&self, entrance: &Entrance) -> Result<Observation, Failure> {
        let mut inner = self.lock();
        let session = inner.enter(&self.base, &self.session_name, entrance)?;
        inner.observe(&session, entrance)
    }

    async fn exists(&self, entrance: &Entrance, entity: &Entity) -> Result<Presence, Failure> {
        let mut inner = self.lock();
        let session = inner.enter(&self.base, &self.session_name, entrance)?;
        let first = Paging { marker: None, max_items: Some(1) };
        let request = match entity {
            Entity::User(name) => Request::GetUser { user_name: Some(name.to_string()) },
            Entity::Role(name) => Request::GetRole { role_name: name.to_string() },
            Entity::Group(name) => Request::GetGroup { group_name: name.to_string(), paging: first },
            Entity::Policy(arn) => Request::GetPolicy { policy_arn: arn.to_string() },
        };
        match inner.call(&session, request) {
            Ok(_) => Ok(Presence::Present),
            Err(failure) if failure.code.as_deref() == Some("NoSuchEntity") => Ok(Presence::Absent),
            Err(failure) => Err(failure),
        }
    }

    async fn perform(&self, entrance: &Entrance, action: &Action) -> Result<(), Failure> {
        let mut inner = self.lock();
        let session = inner.enter(&self.base, &self.session_name, entrance)?;
        if let Action::CreatePolicyVersion { policy, document, prune } = action {
            return inner.new_version(&session, policy, document, prune.as_deref());
        }
        let removes = is_removal(action);
        match inner.call(&session, request(action)) {
            Err(failure) if removes && failure.code.as_deref() == Some("NoSuchEntity") => Ok(()),
            answer => answer.map(drop),
        }
    }
}

impl Inner {
    fn call(&mut self, credentials: &Credentials, request: Request) -> Result<Response, Failure> {
        let call = request.operation();
        self.cloud.call(credentials, request).map_err(|error| failure(call, error))
    }

    fn enter(&mut self, base: &Credentials, name: &str, entrance: &Entrance) -> Result<Credentials, Failure> {
        let mut credentials = base.clone();
        for taken in 1..=entrance.roles.len() {
            let way: Vec<RoleArn> = entrance.roles.iter().take(taken).cloned().collect();
            let external_id = entrance.external_id.clone().filter(|_| taken == entrance.roles.len());
            credentials = self.link(&credentials, name, way, external_id)?;
        }
        match self.call(&credentials, Request::GetCallerIdentity {})? {
            Response::CallerIdentity(caller) if caller.account == entrance.id.as_str() => Ok(credentials),
            answer => Err(Failure {
                call: "GetCallerIdentity",
                class: ErrorClass::Denied,
                code: None,
                message: format!("the account entered is not {}: {answer:?}", entrance.id),
            }),
        }
    }

    fn link(
        &mut self,
        before: &Credentials,
        name: &str,
        way: Vec<RoleArn>,
        external_id: Option<String>,
    ) -> Result<Credentials, Failure> {
        let now = self.cloud.clock();
        let key = (way, external_id);
        if let Some(session) = self.sessions.get(&key).filter(|session| is_good(session, now)) {
            return Ok(session.credentials());
        }
        let request = Request::assume_role(
            key.0.last().map(ToString::to_string).unwrap_or_default(),
            name,
            key.1.clone(),
        );
        match self.call(before, request)? {
            Response::AssumedRole(role) => {
                let credentials = role.credentials.credentials();
                self.sessions.insert(key, role.credentials);
                Ok(credentials)
            }
            answer => Err(unexpected("AssumeRole", &answer)),
        }
    }

    /// Makes the calls of a bulk read, so that they are authorised and counted, and takes what they would have told.
    fn observe(&mut self, session: &Credentials, entrance: &Entrance) -> Result<Observation, Failure> {
        let filter = ["User", "Role", "Group", "LocalManagedPolicy"].map(str::to_owned).to_vec();
        let mut paging = Paging { marker: None, max_items: Some(1000) };
        loop {
            let (filter, paging_now) = (filter.clone(), paging.clone());
            let details = Request::GetAccountAuthorizationDetails { filter, paging: paging_now };
            match self.call(session, details)? {
                Response::Details(page) if page.marker.is_some() => paging.marker = page.marker,
                Response::Details(_) => break,
                answer => return Err(unexpected("GetAccountAuthorizationDetails", &answer)),
            }
        }
        self.call(session, Request::ListRoles { path_prefix: None, paging: Paging::default() })?;
        if self.summarised.insert(entrance.id) {
            self.call(session, Request::GetAccountSummary {})?;
        }
        let mut snapshot = self.cloud.snapshot();
        let Some(account) = snapshot.accounts.remove(&entrance.id) else {
            let why = "the cloud holds no such account";
            let account = Account::unread(entrance.id, entrance.partition, why);
            return Ok(Observation { account, aws_managed: BTreeMap::new() });
        };
        let mut account = self.cloud.as_listed(account);
        account.name = Some(entrance.name.as_str().into());
        let used = used(&account);
        let aws_managed = snapshot.aws_managed.into_iter().filter(|(arn, _)| used.contains(arn)).collect();
        Ok(Observation { account, aws_managed })
    }

    /// A version that already is the default is not made again.
    fn new_version(
        &mut self,
        session: &Credentials,
        policy: &PolicyArn,
        document: &Document,
        prune: Option<&str>,
    ) -> Result<(), Failure> {
        let arn = policy.to_string();
        let default = match self.call(session, Request::GetPolicy { policy_arn: arn.clone() })? {
            Response::Policy(policy) => policy.default_version_id,
            answer => return Err(unexpected("GetPolicy", &answer)),
        };
        let get = Request::GetPolicyVersion { policy_arn: arn.clone(), version_id: default.clone() };
        match self.call(session, get)? {
            Response::PolicyVersion(version)
                if version.document.as_deref().is_some_and(|text| Document::parse(text) == *document) =>
            {
                return Ok(());
            }
            _ => {}
        }
        if let Some(version) = prune.filter(|version| *version != default) {
            let delete =
                Request::DeletePolicyVersion { policy_arn: arn.clone(), version_id: version.to_owned() };
            match self.call(session, delete) {
                Err(failure) if failure.code.as_deref() != Some("NoSuchEntity") => return Err(failure),
                _ => {}
            }
        }
        let policy_document = document.text().to_owned();
        let create =
            Request::CreatePolicyVersion { policy_arn: arn, policy_document, set_as_default: Some(true) };
        self.call(session, create).map(drop)
    }
}

fn is_good(session: &SessionCredentials, now: Timestamp) -> bool {
    session.expiration.duration_since(now) > MARGIN
}

fn failure(call: &'static str, error: AwsError) -> Failure {
    let AwsError { code, http_status: _, message } = error;
    Failure { call, class: classify(code, &message), code: Some(code.to_owned()), message }
}

fn unexpected(call: &'static str, answer: &Response) -> Failure {
    let message = format!("the cloud answered something else: {answer:?}");
    Failure { call, class: ErrorClass::Bug, code: None, message }
}

fn used(account: &Account) -> BTreeSet<PolicyArn> {
    let users = account.users.values().flat_map(|user| user.attached.iter().chain(&user.boundary));
    let groups = account.groups.values().flat_map(|group| &group.attached);
    let roles = account.roles.values().flat_map(|role| role.attached.iter().chain(&role.boundary));
    users.chain(groups).chain(roles).filter(|arn| arn.owner == PolicyOwner::Aws).cloned().collect()
}

/// Whether what is not there any more means that the action is done.
fn is_removal(action: &Action) -> bool {
    match action {
        Action::UntagRole { .. }
        | Action::DeleteRolePolicy { .. }
        | Action::DetachRolePolicy { .. }
        | Action::DeleteRoleBoundary { .. }
        | Action::DeleteRole { .. }
        | Action::DeleteGroupPolicy { .. }
        | Action::DetachGroupPolicy { .. }
        | Action::RemoveUserFromGroup { .. }
        | Action::UntagUser { .. }
        | Action::DetachUserPolicy { .. }
        | Action::DeletePolicyVersion { .. }
        | Action::DeletePolicy { .. } => true,
        Action::CreateRole { .. }
        | Action::UpdateTrust { .. }
        | Action::UpdateRole { .. }
        | Action::TagRole { .. }
        | Action::PutRolePolicy { .. }
        | Action::AttachRolePolicy { .. }
        | Action::PutRoleBoundary { .. }
        | Action::CreateGroup { .. }
        | Action::PutGroupPolicy { .. }
        | Action::AttachGroupPolicy { .. }
        | Action::AddUserToGroup { .. }
        | Action::TagUser { .. }
        | Action::AttachUserPolicy { .. }
        | Action::CreatePolicy { .. }
        | Action::CreatePolicyVersion { .. } => false,
    }
}

fn tags(tags: &Tags) -> Vec<(String, String)> {
    tags.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn keys(keys: &[SmolStr]) -> Vec<String> {
    keys.iter().map(ToString::to_string).collect()
}

/// The one call that an action is.
#[expect(clippy::too_many_lines, reason = "one arm per action, each one call: a table")]
fn request(action: &Action) -> Request {
    match action.clone() {
        Action::CreateRole { role, path, trust, max_session_duration, description, boundary, tags: with } => {
            Request::CreateRole {
                role_name: role.to_string(),
                path: Some(path.to_string()),
                assume_role_policy_document: trust.text().to_owned(),
                description: Some(description),
                max_session_duration: Some(max_session_duration.into()),
                permissions_boundary: boundary.map(|arn| arn.to_string()),
                tags: tags(&with),
            }
        }
        Action::UpdateTrust { role, document } => Request::UpdateAssumeRolePolicy {
            role_name: role.to_string(),
            policy_document: document.text().to_owned(),
        },
        Action::UpdateRole { role, max_session_duration, description } => Request::UpdateRole {
            role_name: role.to_string(),
            description: Some(description),
            max_session_duration: Some(max_session_duration.into()),
        },
        Action::TagRole { role, tags: with } => {
            Request::TagRole { role_name: role.to_string(), tags: tags(&with) }
        }
        Action::UntagRole { role, keys: without } => {
            Request::UntagRole { role_name: role.to_string(), tag_keys: keys(&without) }
        }
        Action::PutRolePolicy { role, policy, document } => Request::PutRolePolicy {
            role_name: role.to_string(),
            policy_name: policy.to_string(),
            policy_document: document.text().to_owned(),
        },
        Action::DeleteRolePolicy { role, policy } => {
            Request::DeleteRolePolicy { role_name: role.to_string(), policy_name: policy.to_string() }
        }
        Action::AttachRolePolicy { role, policy } => {
            Request::AttachRolePolicy { role_name: role.to_string(), policy_arn: policy.to_string() }
        }
        Action::DetachRolePolicy { role, policy } => {
            Request::DetachRolePolicy { role_name: role.to_string(), policy_arn: policy.to_string() }
        }
        Action::PutRoleBoundary { role, policy } => Request::PutRolePermissionsBoundary {
            role_name: role.to_string(),
            permissions_boundary: policy.to_string(),
        },
        Action::DeleteRoleBoundary { role } => {
            Request::DeleteRolePermissionsBoundary { role_name: role.to_string() }
        }
        Action::DeleteRole { role } => Request::DeleteRole { role_name: role.to_string() },
        Action::CreateGroup { group, path } => {
            Request::CreateGroup { group_name: group.to_string(), path: Some(path.to_string()) }
        }
        Action::PutGroupPolicy { group, policy, document } => Request::PutGroupPolicy {
            group_name: group.to_string(),
            policy_name: policy.to_string(),
            policy_document: document.text().to_owned(),
        },
        Action::DeleteGroupPolicy { group, policy } => {
            Request::DeleteGroupPolicy { group_name: group.to_string(), policy_name: policy.to_string() }
        }
        Action::AttachGroupPolicy { group, policy } => {
            Request::AttachGroupPolicy { group_name: group.to_string(), policy_arn: policy.to_string() }
        }
        Action::DetachGroupPolicy { group, policy } => {
            Request::DetachGroupPolicy { group_name: group.to_string(), policy_arn: policy.to_string() }
        }
        Action::AddUserToGroup { user, group } => {
            Request::AddUserToGroup { group_name: group.to_string(), user_name: user.to_string() }
        }
        Action::RemoveUserFromGroup { user, group } => {
            Request::RemoveUserFromGroup { group_name: group.to_string(), user_name: user.to_string() }
        }
        Action::TagUser { user, tags: with } => {
            Request::TagUser { user_name: user.to_string(), tags: tags(&with) }
        }
        Action::UntagUser { user, keys: without } => {
            Request::UntagUser { user_name: user.to_string(), tag_keys: keys(&without) }
        }
        Action::AttachUserPolicy { user, policy } => {
            Request::AttachUserPolicy { user_name: user.to_string(), policy_arn: policy.to_string() }
        }
        Action::DetachUserPolicy { user, policy } => {
            Request::DetachUserPolicy { user_name: user.to_string(), policy_arn: policy.to_string() }
        }
        Action::CreatePolicy { path, name, document, description } => Request::CreatePolicy {
            policy_name: name.to_string(),
            path: Some(path.to_string()),
            policy_document: document.text().to_owned(),
            description: Some(description),
            tags: Vec::new(),
        },
        Action::CreatePolicyVersion { policy, document, prune: _ } => Request::CreatePolicyVersion {
            policy_arn: policy.to_string(),
            policy_document: document.text().to_owned(),
            set_as_default: Some(true),
        },
        Action::DeletePolicyVersion { policy, version } => {
            Request::DeletePolicyVersion { policy_arn: policy.to_string(), version_id: version.to_string() }
        }
        Action::DeletePolicy { policy } => Request::DeletePolicy { policy_arn: policy.to_string() },
    }
}
