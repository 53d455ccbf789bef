//! What can be asked of the cloud and what it answers: one [`Request`] variant per AWS operation, with fields as they come
//! from the wire. Holds no behaviour; a field is checked where it is used, so that the error is AWS's own.

mod views;

pub use views::*;

use crate::error::AwsError;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Who signs a request, after the wire layer has verified the signature with [`crate::Cloud::secret_for`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `AKIA…` (long-term) or `ASIA…` (temporary).
    pub access_key_id: String,
    /// `X-Amz-Security-Token`, exactly when the key is temporary.
    pub session_token: Option<String>,
}

/// A key with its secret, as handed to people and programs.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// `AKIA…`.
    pub access_key_id: String,
    /// Forty characters.
    pub secret_access_key: String,
}

impl AccessKey {
    /// What signs a request made with this key.
    pub fn credentials(&self) -> Credentials {
        Credentials { access_key_id: self.access_key_id.clone(), session_token: None }
    }
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { access_key_id, secret_access_key: _ } = self;
        f.debug_struct("AccessKey").field("access_key_id", access_key_id).finish_non_exhaustive()
    }
}

/// A tag as sent: key and value.
pub type Tag = (String, String);

/// `ContextEntry` of a simulation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContextEntry {
    /// `ContextKeyName`.
    pub name: String,
    /// `ContextKeyValues`.
    pub values: Vec<String>,
    /// `ContextKeyType`, such as `string` or `stringList`.
    pub kind: String,
}

/// `Marker` and `MaxItems` of the list operations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paging {
    /// Where to go on; from the page before.
    pub marker: Option<String>,
    /// 1 to 1000; 100 when absent.
    pub max_items: Option<i64>,
}

macro_rules! requests {
    ($($service:literal $name:ident { $($field:ident : $type:ty),* $(,)? })+) => {
        /// One call. Variants and fields carry the names of AWS's service models, in Rust's spelling.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each variant and field is the AWS operation or parameter of the same name")]
        pub enum Request {
            $($name { $($field: $type),* },)+
        }

        impl Request {
            /// Every operation: service (`iam` or `sts`) and name.
            pub const OPERATIONS: &[(&str, &str)] = &[$(($service, stringify!($name))),+];

            /// `iam` or `sts`.
            pub fn service(&self) -> &'static str {
                match self { $(Self::$name { .. } => $service,)+ }
            }

            /// The operation, such as `CreateRole`.
            pub fn operation(&self) -> &'static str {
                match self { $(Self::$name { .. } => stringify!($name),)+ }
            }

            /// The IAM action that it needs, such as `iam:CreateRole`.
            pub fn action(&self) -> &'static str {
                match self { $(Self::$name { .. } => concat!($service, ":", stringify!($name)),)+ }
            }
        }
    };
}

requests! {
    "iam" CreateUser { user_name: String, path: Option<String>, permissions_boundary: Option<String>, tags: Vec<Tag> }
    "iam" GetUser { user_name: Option<String> }
    "iam" DeleteUser { user_name: String }
    "iam" ListUsers { path_prefix: Option<String>, paging: Paging }
    "iam" TagUser { user_name: String, tags: Vec<Tag> }
    "iam" UntagUser { user_name: String, tag_keys: Vec<String> }
    "iam" ListUserTags { user_name: String, paging: Paging }
    "iam" CreateAccessKey { user_name: Option<String> }
    "iam" DeleteAccessKey { user_name: Option<String>, access_key_id: String }
    "iam" UpdateAccessKey { user_name: Option<String>, access_key_id: String, status: String }
    "iam" ListAccessKeys { user_name: Option<String>, paging: Paging }
    "iam" PutUserPolicy { user_name: String, policy_name: String, policy_document: String }
    "iam" GetUserPolicy { user_name: String, policy_name: String }
    "iam" DeleteUserPolicy { user_name: String, policy_name: String }
    "iam" ListUserPolicies { user_name: String, paging: Paging }
    "iam" AttachUserPolicy { user_name: String, policy_arn: String }
    "iam" DetachUserPolicy { user_name: String, policy_arn: String }
    "iam" ListAttachedUserPolicies { user_name: String, path_prefix: Option<String>, paging: Paging }
    "iam" PutUserPermissionsBoundary { user_name: String, permissions_boundary: String }
    "iam" DeleteUserPermissionsBoundary { user_name: String }
    "iam" CreateVirtualMFADevice { virtual_mfa_device_name: String, path: Option<String>, tags: Vec<Tag> }
    "iam" DeleteVirtualMFADevice { serial_number: String }
    "iam" EnableMFADevice { user_name: String, serial_number: String, authentication_code1: String, authentication_code2: String }
    "iam" DeactivateMFADevice { user_name: Option<String>, serial_number: String }
    "iam" ListMFADevices { user_name: Option<String>, paging: Paging }
    "iam" CreateGroup { group_name: String, path: Option<String> }
    "iam" GetGroup { group_name: String, paging: Paging }
    "iam" DeleteGroup { group_name: String }
    "iam" ListGroups { path_prefix: Option<String>, paging: Paging }
    "iam" AddUserToGroup { group_name: String, user_name: String }
    "iam" RemoveUserFromGroup { group_name: String, user_name: String }
    "iam" ListGroupsForUser { user_name: String, paging: Paging }
    "iam" PutGroupPolicy { group_name: String, policy_name: String, policy_document: String }
    "iam" GetGroupPolicy { group_name: String, policy_name: String }
    "iam" DeleteGroupPolicy { group_name: String, policy_name: String }
    "iam" ListGroupPolicies { group_name: String, paging: Paging }
    "iam" AttachGroupPolicy { group_name: String, policy_arn: String }
    "iam" DetachGroupPolicy { group_name: String, policy_arn: String }
    "iam" ListAttachedGroupPolicies { group_name: String, path_prefix: Option<String>, paging: Paging }
    "iam" CreateRole {
        role_name: String, path: Option<String>, assume_role_policy_document: String, description: Option<String>,
        max_session_duration: Option<i64>, permissions_boundary: Option<String>, tags: Vec<Tag>,
    }
    "iam" GetRole { role_name: String }
    "iam" DeleteRole { role_name: String }
    "iam" ListRoles { path_prefix: Option<String>, paging: Paging }
    "iam" UpdateRole { role_name: String, description: Option<String>, max_session_duration: Option<i64> }
    "iam" UpdateAssumeRolePolicy { role_name: String, policy_document: String }
    "iam" TagRole { role_name: String, tags: Vec<Tag> }
    "iam" UntagRole { role_name: String, tag_keys: Vec<String> }
    "iam" ListRoleTags { role_name: String, paging: Paging }
    "iam" PutRolePolicy { role_name: String, policy_name: String, policy_document: String }
    "iam" GetRolePolicy { role_name: String, policy_name: String }
    "iam" DeleteRolePolicy { role_name: String, policy_name: String }
    "iam" ListRolePolicies { role_name: String, paging: Paging }
    "iam" AttachRolePolicy { role_name: String, policy_arn: String }
    "iam" DetachRolePolicy { role_name: String, policy_arn: String }
    "iam" ListAttachedRolePolicies { role_name: String, path_prefix: Option<String>, paging: Paging }
    "iam" PutRolePermissionsBoundary { role_name: String, permissions_boundary: String }
    "iam" DeleteRolePermissionsBoundary { role_name: String }
    "iam" CreatePolicy {
        policy_name: String, path: Option<String>, policy_document: String, description: Option<String>, tags: Vec<Tag>,
    }
    "iam" GetPolicy { policy_arn: String }
    "iam" DeletePolicy { policy_arn: String }
    "iam" ListPolicies {
        scope: Option<String>, only_attached: Option<bool>, path_prefix: Option<String>,
        policy_usage_filter: Option<String>, paging: Paging,
    }
    "iam" CreatePolicyVersion { policy_arn: String, policy_document: String, set_as_default: Option<bool> }
    "iam" GetPolicyVersion { policy_arn: String, version_id: String }
    "iam" ListPolicyVersions { policy_arn: String, paging: Paging }
    "iam" DeletePolicyVersion { policy_arn: String, version_id: String }
    "iam" SetDefaultPolicyVersion { policy_arn: String, version_id: String }
    "iam" GetAccountAuthorizationDetails { filter: Vec<String>, paging: Paging }
    "iam" GetAccountSummary {}
    "iam" ListAccountAliases { paging: Paging }
    "iam" SimulatePrincipalPolicy {
        policy_source_arn: String, action_names: Vec<String>, resource_arns: Vec<String>,
        context_entries: Vec<ContextEntry>, paging: Paging,
    }
    "sts" GetCallerIdentity {}
    "sts" AssumeRole {
        role_arn: String, role_session_name: String, duration_seconds: Option<i64>, external_id: Option<String>,
        serial_number: Option<String>, token_code: Option<String>, source_identity: Option<String>, tags: Vec<Tag>,
        transitive_tag_keys: Vec<String>, policy: Option<String>, policy_arns: Vec<String>,
    }
    "sts" GetSessionToken { duration_seconds: Option<i64>, serial_number: Option<String>, token_code: Option<String> }
}

impl Request {
    /// An `AssumeRole` call with nothing more than it needs, and the external id that some roles ask for.
    pub fn assume_role(
        role_arn: impl Into<String>,
        session_name: impl Into<String>,
        external_id: Option<String>,
    ) -> Self {
        Self::AssumeRole {
            role_arn: role_arn.into(),
            role_session_name: session_name.into(),
            duration_seconds: None,
            external_id,
            serial_number: None,
            token_code: None,
            source_identity: None,
            tags: Vec::new(),
            transitive_tag_keys: Vec::new(),
            policy: None,
            policy_arns: Vec::new(),
        }
    }
}

/// What a call answers: one variant per shape, shared by the operations that return it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// Nothing but the request id.
    Done,
    /// `CreateUser`, `GetUser`. `None` fields are left out of the XML.
    User(UserView),
    /// `ListUsers` (which omits boundary and tags).
    Users(Page<UserView>),
    /// `ListUserTags`, `ListRoleTags`.
    Tags(Page<Tag>),
    /// `CreateAccessKey`.
    AccessKey(NewAccessKey),
    /// `ListAccessKeys`.
    AccessKeys(Page<AccessKeyView>),
    /// `Get{User,Group,Role}Policy`.
    InlinePolicy(InlinePolicy),
    /// `List{User,Group,Role}Policies`.
    PolicyNames(Page<String>),
    /// `ListAttached{User,Group,Role}Policies`.
    AttachedPolicies(Page<AttachedPolicy>),
    /// `CreateVirtualMFADevice`.
    VirtualMfaDevice(NewMfaDevice),
    /// `ListMFADevices`.
    MfaDevices(Page<MfaDeviceView>),
    /// `CreateGroup`.
    Group(GroupView),
    /// `ListGroups`, `ListGroupsForUser`.
    Groups(Page<GroupView>),
    /// `GetGroup`.
    GroupMembers {
        /// The group.
        group: GroupView,
        /// Its members.
        users: Page<UserView>,
    },
    /// `CreateRole`, `GetRole`.
    Role(RoleView),
    /// `ListRoles` (which omits boundary and tags).
    Roles(Page<RoleView>),
    /// `CreatePolicy`, `GetPolicy`.
    Policy(PolicyView),
    /// `ListPolicies` (which omits description and tags).
    Policies(Page<PolicyView>),
    /// `CreatePolicyVersion` (without document), `GetPolicyVersion`.
    PolicyVersion(PolicyVersionView),
    /// `ListPolicyVersions` (without documents).
    PolicyVersions(Page<PolicyVersionView>),
    /// `GetAccountAuthorizationDetails`.
    Details(Details),
    /// `GetAccountSummary`: `SummaryMap`.
    Summary(BTreeMap<String, i64>),
    /// `ListAccountAliases`.
    AccountAliases(Page<String>),
    /// `SimulatePrincipalPolicy`.
    Simulation(Page<Evaluation>),
    /// `GetCallerIdentity`.
    CallerIdentity(CallerIdentity),
    /// `AssumeRole`.
    AssumedRole(AssumedRole),
    /// `GetSessionToken`.
    SessionToken(SessionCredentials),
}

/// One line of the call log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The clock at the call.
    pub at: Timestamp,
    /// The caller's account; `None` when the credentials were refused.
    pub account: Option<rolegate_iam::AccountId>,
    /// The caller's ARN, or its access key id when the credentials were refused.
    pub caller: String,
    /// Such as `iam:CreateRole`.
    pub action: &'static str,
    /// `Err` with AWS's error code.
    pub outcome: Result<(), &'static str>,
}

/// What a call gives back.
pub type Answer = Result<Response, AwsError>;
