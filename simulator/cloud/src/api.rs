//! What can be asked of the cloud and what it answers: one [`Request`] variant per AWS operation, with fields as they come
//! from the wire. Holds no behaviour; a field is checked where it is used, so that the error is AWS's own.

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
    "sts" GetCallerIdentity {}
    "sts" AssumeRole {
        role_arn: String, role_session_name: String, duration_seconds: Option<i64>, external_id: Option<String>,
        serial_number: Option<String>, token_code: Option<String>, source_identity: Option<String>, tags: Vec<Tag>,
        transitive_tag_keys: Vec<String>, policy: Option<String>, policy_arns: Vec<String>,
    }
    "sts" GetSessionToken { duration_seconds: Option<i64>, serial_number: Option<String>, token_code: Option<String> }
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
    /// `GetCallerIdentity`.
    CallerIdentity(CallerIdentity),
    /// `AssumeRole`.
    AssumedRole(AssumedRole),
    /// `GetSessionToken`.
    SessionToken(SessionCredentials),
}

/// One page of a list; `IsTruncated` is `marker.is_some()`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The members.
    pub items: Vec<T>,
    /// The `Marker` of the next page.
    pub marker: Option<String>,
}

/// `User`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    /// `Path`.
    pub path: String,
    /// `UserName`; `None` for the account root user.
    pub user_name: Option<String>,
    /// `UserId`.
    pub user_id: String,
    /// `Arn`.
    pub arn: String,
    /// `CreateDate`.
    pub create_date: Timestamp,
    /// `PermissionsBoundary.PermissionsBoundaryArn` (its type is always `Policy`).
    pub permissions_boundary: Option<String>,
    /// `Tags`.
    pub tags: Vec<Tag>,
}

/// `AccessKey`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccessKey {
    /// `UserName`.
    pub user_name: String,
    /// Id and secret; the only time the secret is shown.
    pub key: AccessKey,
    /// `CreateDate`.
    pub create_date: Timestamp,
}

/// `AccessKeyMetadata`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKeyView {
    /// `UserName`.
    pub user_name: String,
    /// `AccessKeyId`.
    pub access_key_id: String,
    /// `Active` or `Inactive`.
    pub status: &'static str,
    /// `CreateDate`.
    pub create_date: Timestamp,
}

/// An inline policy; the name of its holder is the one that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlinePolicy {
    /// `UserName`, `GroupName` or `RoleName`.
    pub holder: String,
    /// `PolicyName`.
    pub policy_name: String,
    /// JSON text; the wire percent-encodes it.
    pub policy_document: String,
}

/// `AttachedPolicy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedPolicy {
    /// `PolicyName`.
    pub policy_name: String,
    /// `PolicyArn`.
    pub policy_arn: String,
}

/// `VirtualMFADevice` at creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMfaDevice {
    /// `SerialNumber`: the device's ARN.
    pub serial_number: String,
    /// The seed in base32. On the wire `Base32StringSeed` is this text, base64-encoded once more as blobs are.
    pub base32_seed: String,
}

/// `MFADevice`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MfaDeviceView {
    /// `UserName`.
    pub user_name: String,
    /// `SerialNumber`.
    pub serial_number: String,
    /// `EnableDate`.
    pub enable_date: Timestamp,
}

/// `Group`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    /// `Path`.
    pub path: String,
    /// `GroupName`.
    pub group_name: String,
    /// `GroupId`.
    pub group_id: String,
    /// `Arn`.
    pub arn: String,
    /// `CreateDate`.
    pub create_date: Timestamp,
}

/// `Role`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleView {
    /// `Path`.
    pub path: String,
    /// `RoleName`.
    pub role_name: String,
    /// `RoleId`.
    pub role_id: String,
    /// `Arn`.
    pub arn: String,
    /// `CreateDate`.
    pub create_date: Timestamp,
    /// JSON text; the wire percent-encodes it.
    pub assume_role_policy_document: String,
    /// `Description`.
    pub description: Option<String>,
    /// `MaxSessionDuration`, seconds.
    pub max_session_duration: u32,
    /// `PermissionsBoundary.PermissionsBoundaryArn`.
    pub permissions_boundary: Option<String>,
    /// `Tags`.
    pub tags: Vec<Tag>,
}

/// `Policy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyView {
    /// `PolicyName`.
    pub policy_name: String,
    /// `PolicyId`.
    pub policy_id: String,
    /// `Arn`.
    pub arn: String,
    /// `Path`.
    pub path: String,
    /// `DefaultVersionId`.
    pub default_version_id: String,
    /// `AttachmentCount`: users, groups and roles.
    pub attachment_count: i64,
    /// `PermissionsBoundaryUsageCount`.
    pub permissions_boundary_usage_count: i64,
    /// `Description`.
    pub description: Option<String>,
    /// `CreateDate`.
    pub create_date: Timestamp,
    /// `UpdateDate`.
    pub update_date: Timestamp,
    /// `Tags`.
    pub tags: Vec<Tag>,
}

/// `PolicyVersion`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersionView {
    /// `Document`: JSON text; the wire percent-encodes it. Absent where AWS leaves it out.
    pub document: Option<String>,
    /// `VersionId`.
    pub version_id: String,
    /// `IsDefaultVersion`.
    pub is_default_version: bool,
    /// `CreateDate`.
    pub create_date: Timestamp,
}

/// One page of `GetAccountAuthorizationDetails`; `IsTruncated` is `marker.is_some()`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// `UserDetailList`.
    pub users: Vec<UserDetail>,
    /// `GroupDetailList`.
    pub groups: Vec<GroupDetail>,
    /// `RoleDetailList`.
    pub roles: Vec<RoleDetail>,
    /// `Policies`.
    pub policies: Vec<PolicyDetail>,
    /// The `Marker` of the next page.
    pub marker: Option<String>,
}

/// `UserDetail`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDetail {
    /// Path, name, id, ARN, date, boundary and tags.
    pub user: UserView,
    /// `UserPolicyList`.
    pub inline: Vec<InlinePolicy>,
    /// `GroupList`.
    pub group_names: Vec<String>,
    /// `AttachedManagedPolicies`.
    pub attached: Vec<AttachedPolicy>,
}

/// `GroupDetail`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupDetail {
    /// Path, name, id, ARN and date.
    pub group: GroupView,
    /// `GroupPolicyList`.
    pub inline: Vec<InlinePolicy>,
    /// `AttachedManagedPolicies`.
    pub attached: Vec<AttachedPolicy>,
}

/// `RoleDetail`. On the wire it has neither `Description` nor `MaxSessionDuration` (§4.4): leave these of `role` out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleDetail {
    /// Path, name, id, ARN, date, trust, boundary and tags.
    pub role: RoleView,
    /// `RolePolicyList`.
    pub inline: Vec<InlinePolicy>,
    /// `AttachedManagedPolicies`.
    pub attached: Vec<AttachedPolicy>,
    /// Names in `InstanceProfileList`.
    pub instance_profiles: Vec<String>,
}

/// `ManagedPolicyDetail`. On the wire it has no `Tags` (§4.4): leave these of `policy` out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDetail {
    /// Everything but the versions.
    pub policy: PolicyView,
    /// `PolicyVersionList`, with documents.
    pub versions: Vec<PolicyVersionView>,
}

/// `GetCallerIdentityResult`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    /// `UserId`: `AIDA…`, `AROA…:session`, or the account id for root.
    pub user_id: String,
    /// `Account`.
    pub account: String,
    /// `Arn`.
    pub arn: String,
}

/// `AssumeRoleResult`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumedRole {
    /// `Credentials`.
    pub credentials: SessionCredentials,
    /// `AssumedRoleUser.AssumedRoleId`: `AROA…:session`.
    pub assumed_role_id: String,
    /// `AssumedRoleUser.Arn`.
    pub arn: String,
    /// `SourceIdentity`.
    pub source_identity: Option<String>,
}

/// `Credentials` of STS.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionCredentials {
    /// `ASIA…`.
    pub access_key_id: String,
    /// `SecretAccessKey`.
    pub secret_access_key: String,
    /// `SessionToken`.
    pub session_token: String,
    /// `Expiration`.
    pub expiration: Timestamp,
}

impl SessionCredentials {
    /// What signs a request made in this session.
    pub fn credentials(&self) -> Credentials {
        Credentials {
            access_key_id: self.access_key_id.clone(),
            session_token: Some(self.session_token.clone()),
        }
    }
}

impl std::fmt::Debug for SessionCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { access_key_id, secret_access_key: _, session_token: _, expiration } = self;
        f.debug_struct("SessionCredentials")
            .field("access_key_id", access_key_id)
            .field("expiration", expiration)
            .finish_non_exhaustive()
    }
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
