//! What answers are made of: AWS's own structures, as text. Holds no behaviour.

use super::{AccessKey, Credentials, Tag};
use jiff::Timestamp;

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

/// `EvaluationResult` of a simulation: one action on every resource that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// `EvalActionName`.
    pub action: String,
    /// `EvalDecision`: that of the resources that is worst for the caller.
    pub decision: &'static str,
    /// `MissingContextValues`, of all resources together.
    pub missing_context_values: Vec<String>,
    /// `OrganizationsDecisionDetail.AllowedByOrganizations`; `None` outside of organizations.
    pub allowed_by_organizations: Option<bool>,
    /// `PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary`; `None` without a boundary.
    pub allowed_by_boundary: Option<bool>,
    /// `ResourceSpecificResults`; empty when no resource was named.
    pub resources: Vec<ResourceEvaluation>,
}

/// `ResourceSpecificResult`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceEvaluation {
    /// `EvalResourceName`.
    pub resource: String,
    /// `EvalResourceDecision`: `allowed`, `explicitDeny` or `implicitDeny`.
    pub decision: &'static str,
    /// `MissingContextValues`.
    pub missing_context_values: Vec<String>,
    /// `PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary`; `None` without a boundary.
    pub allowed_by_boundary: Option<bool>,
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
