//! The one door, [`Cloud::call`]: faults, authentication, authorisation, performance, log, in this order.

use crate::api::{Answer, CallRecord, Credentials, Request};
use crate::authorise::Simulation;
use crate::caller::Who;
use crate::error::AwsError;
use crate::iam::Holder;
use crate::iam::policies::{NewPolicy, PolicyFilter};
use crate::iam::roles::NewRole;
use crate::state::Cloud;
use crate::sts::AssumeRoleCall;
use rolegate_engine::Caller;

impl Cloud {
    /// One call: authenticated, authorised, performed and logged.
    ///
    /// # Guarantees
    /// A call that fails changes nothing, save two things: a right MFA code is used up, and a call whose answer was lost
    /// ([`crate::Faults::lose_response_every`]) has done its work.
    ///
    /// # Errors
    /// AWS's own, with its own codes.
    pub fn call(&mut self, credentials: &Credentials, request: Request) -> Answer {
        let action = request.action();
        let who = self.authenticate(credentials);
        let answer = self.answer(who.as_ref().map_err(AwsError::clone), request);
        let (account, caller) = match &who {
            Ok(who) => (Some(who.account), who.arn.clone()),
            Err(_) => (None, credentials.access_key_id.clone()),
        };
        let outcome = answer.as_ref().map(|_| ()).map_err(|error| error.code);
        self.log.push(CallRecord { at: self.clock, account, caller, action, outcome });
        answer
    }

    fn answer(&mut self, who: Result<&Who, AwsError>, request: Request) -> Answer {
        let number = u64::try_from(self.log.len()).unwrap_or(u64::MAX).saturating_add(1);
        let due = |every: Option<u64>| every.is_some_and(|every| number.checked_rem(every) == Some(0));
        if due(self.faults.throttle_every) {
            return Err(AwsError::throttling());
        }
        let who = who?;
        let request = about_the_caller(who, request)?;
        self.authorise(who, &request)?;
        let answer = self.perform(who, request)?;
        if due(self.faults.lose_response_every) { Err(AwsError::lost_response()) } else { Ok(answer) }
    }

    #[expect(clippy::too_many_lines, reason = "one arm per operation, nothing else")]
    fn perform(&mut self, who: &Who, request: Request) -> Answer {
        use Request as R;
        let account = who.account;
        match request {
            R::CreateUser { user_name, path, permissions_boundary, tags } => {
                self.create_user(account, &user_name, path.as_deref(), permissions_boundary.as_deref(), &tags)
            }
            R::GetUser { user_name } => self.get_user(account, user_name.as_deref()),
            R::DeleteUser { user_name } => self.delete_user(account, &user_name),
            R::ListUsers { path_prefix, paging } => self.list_users(account, path_prefix.as_deref(), &paging),
            R::TagUser { user_name, tags } => self.tag_user(account, &user_name, &tags),
            R::UntagUser { user_name, tag_keys } => self.untag_user(account, &user_name, &tag_keys),
            R::ListUserTags { user_name, paging } => self.list_user_tags(account, &user_name, &paging),
            R::CreateAccessKey { user_name } => self.create_access_key(account, user_name.as_deref()),
            R::DeleteAccessKey { user_name, access_key_id } => {
                self.delete_access_key(account, user_name.as_deref(), &access_key_id)
            }
            R::UpdateAccessKey { user_name, access_key_id, status } => {
                self.update_access_key(account, user_name.as_deref(), &access_key_id, &status)
            }
            R::ListAccessKeys { user_name, paging } => {
                self.list_access_keys(account, user_name.as_deref(), &paging)
            }
            R::PutUserPolicy { user_name, policy_name, policy_document } => {
                self.put_inline(account, &Holder::user(&user_name)?, &policy_name, &policy_document)
            }
            R::GetUserPolicy { user_name, policy_name } => {
                self.get_inline(account, &Holder::user(&user_name)?, &policy_name)
            }
            R::DeleteUserPolicy { user_name, policy_name } => {
                self.delete_inline(account, &Holder::user(&user_name)?, &policy_name)
            }
            R::ListUserPolicies { user_name, paging } => {
                self.list_inline(account, &Holder::user(&user_name)?, &paging)
            }
            R::AttachUserPolicy { user_name, policy_arn } => {
                self.attach(account, &Holder::user(&user_name)?, &policy_arn)
            }
            R::DetachUserPolicy { user_name, policy_arn } => {
                self.detach(account, &Holder::user(&user_name)?, &policy_arn)
            }
            R::ListAttachedUserPolicies { user_name, path_prefix, paging } => {
                self.list_attached(account, &Holder::user(&user_name)?, path_prefix.as_deref(), &paging)
            }
            R::PutUserPermissionsBoundary { user_name, permissions_boundary } => {
                self.put_boundary(account, &Holder::user(&user_name)?, &permissions_boundary)
            }
            R::DeleteUserPermissionsBoundary { user_name } => {
                self.delete_boundary(account, &Holder::user(&user_name)?)
            }
            R::CreateVirtualMFADevice { virtual_mfa_device_name, path, tags } => {
                self.create_virtual_mfa_device(account, &virtual_mfa_device_name, path.as_deref(), &tags)
            }
            R::DeleteVirtualMFADevice { serial_number } => {
                self.delete_virtual_mfa_device(account, &serial_number)
            }
            R::EnableMFADevice { user_name, serial_number, authentication_code1, authentication_code2 } => {
                let codes = (authentication_code1.as_str(), authentication_code2.as_str());
                self.enable_mfa_device(account, &user_name, &serial_number, codes)
            }
            R::DeactivateMFADevice { user_name, serial_number } => {
                self.deactivate_mfa_device(account, user_name.as_deref(), &serial_number)
            }
            R::ListMFADevices { user_name, paging } => {
                self.list_mfa_devices(account, user_name.as_deref(), &paging)
            }
            R::CreateGroup { group_name, path } => self.create_group(account, &group_name, path.as_deref()),
            R::GetGroup { group_name, paging } => self.get_group(account, &group_name, &paging),
            R::DeleteGroup { group_name } => self.delete_group(account, &group_name),
            R::ListGroups { path_prefix, paging } => {
                self.list_groups(account, path_prefix.as_deref(), &paging)
            }
            R::AddUserToGroup { group_name, user_name } => {
                self.add_user_to_group(account, &group_name, &user_name)
            }
            R::RemoveUserFromGroup { group_name, user_name } => {
                self.remove_user_from_group(account, &group_name, &user_name)
            }
            R::ListGroupsForUser { user_name, paging } => {
                self.list_groups_for_user(account, &user_name, &paging)
            }
            R::PutGroupPolicy { group_name, policy_name, policy_document } => {
                self.put_inline(account, &Holder::group(&group_name)?, &policy_name, &policy_document)
            }
            R::GetGroupPolicy { group_name, policy_name } => {
                self.get_inline(account, &Holder::group(&group_name)?, &policy_name)
            }
            R::DeleteGroupPolicy { group_name, policy_name } => {
                self.delete_inline(account, &Holder::group(&group_name)?, &policy_name)
            }
            R::ListGroupPolicies { group_name, paging } => {
                self.list_inline(account, &Holder::group(&group_name)?, &paging)
            }
            R::AttachGroupPolicy { group_name, policy_arn } => {
                self.attach(account, &Holder::group(&group_name)?, &policy_arn)
            }
            R::DetachGroupPolicy { group_name, policy_arn } => {
                self.detach(account, &Holder::group(&group_name)?, &policy_arn)
            }
            R::ListAttachedGroupPolicies { group_name, path_prefix, paging } => {
                self.list_attached(account, &Holder::group(&group_name)?, path_prefix.as_deref(), &paging)
            }
            R::CreateRole {
                role_name,
                path,
                assume_role_policy_document,
                description,
                max_session_duration,
                permissions_boundary,
                tags,
            } => {
                let new = NewRole {
                    name: &role_name,
                    path: path.as_deref(),
                    trust: &assume_role_policy_document,
                    description: description.as_deref(),
                    max_session_duration,
                    boundary: permissions_boundary.as_deref(),
                    tags: &tags,
                };
                self.create_role(account, &new)
            }
            R::GetRole { role_name } => self.get_role(account, &role_name),
            R::DeleteRole { role_name } => self.delete_role(account, &role_name),
            R::ListRoles { path_prefix, paging } => self.list_roles(account, path_prefix.as_deref(), &paging),
            R::UpdateRole { role_name, description, max_session_duration } => {
                self.update_role(account, &role_name, description.as_deref(), max_session_duration)
            }
            R::UpdateAssumeRolePolicy { role_name, policy_document } => {
                self.update_assume_role_policy(account, &role_name, &policy_document)
            }
            R::TagRole { role_name, tags } => self.tag_role(account, &role_name, &tags),
            R::UntagRole { role_name, tag_keys } => self.untag_role(account, &role_name, &tag_keys),
            R::ListRoleTags { role_name, paging } => self.list_role_tags(account, &role_name, &paging),
            R::PutRolePolicy { role_name, policy_name, policy_document } => {
                self.put_inline(account, &Holder::role(&role_name)?, &policy_name, &policy_document)
            }
            R::GetRolePolicy { role_name, policy_name } => {
                self.get_inline(account, &Holder::role(&role_name)?, &policy_name)
            }
            R::DeleteRolePolicy { role_name, policy_name } => {
                self.delete_inline(account, &Holder::role(&role_name)?, &policy_name)
            }
            R::ListRolePolicies { role_name, paging } => {
                self.list_inline(account, &Holder::role(&role_name)?, &paging)
            }
            R::AttachRolePolicy { role_name, policy_arn } => {
                self.attach(account, &Holder::role(&role_name)?, &policy_arn)
            }
            R::DetachRolePolicy { role_name, policy_arn } => {
                self.detach(account, &Holder::role(&role_name)?, &policy_arn)
            }
            R::ListAttachedRolePolicies { role_name, path_prefix, paging } => {
                self.list_attached(account, &Holder::role(&role_name)?, path_prefix.as_deref(), &paging)
            }
            R::PutRolePermissionsBoundary { role_name, permissions_boundary } => {
                self.put_boundary(account, &Holder::role(&role_name)?, &permissions_boundary)
            }
            R::DeleteRolePermissionsBoundary { role_name } => {
                self.delete_boundary(account, &Holder::role(&role_name)?)
            }
            R::CreatePolicy { policy_name, path, policy_document, description, tags } => {
                let new = NewPolicy {
                    name: &policy_name,
                    path: path.as_deref(),
                    document: &policy_document,
                    description: description.as_deref(),
                    tags: &tags,
                };
                self.create_policy(account, &new)
            }
            R::GetPolicy { policy_arn } => self.get_policy(account, &policy_arn),
            R::DeletePolicy { policy_arn } => self.delete_policy(account, &policy_arn),
            R::ListPolicies { scope, only_attached, path_prefix, policy_usage_filter, paging } => {
                let filter = PolicyFilter {
                    scope: scope.as_deref(),
                    only_attached: only_attached.unwrap_or(false),
                    path_prefix: path_prefix.as_deref(),
                    usage: policy_usage_filter.as_deref(),
                };
                self.list_policies(account, &filter, &paging)
            }
            R::CreatePolicyVersion { policy_arn, policy_document, set_as_default } => {
                let default = set_as_default.unwrap_or(false);
                self.create_policy_version(account, &policy_arn, &policy_document, default)
            }
            R::GetPolicyVersion { policy_arn, version_id } => {
                self.get_policy_version(account, &policy_arn, &version_id)
            }
            R::ListPolicyVersions { policy_arn, paging } => {
                self.list_policy_versions(account, &policy_arn, &paging)
            }
            R::DeletePolicyVersion { policy_arn, version_id } => {
                self.delete_policy_version(account, &policy_arn, &version_id)
            }
            R::SetDefaultPolicyVersion { policy_arn, version_id } => {
                self.set_default_policy_version(account, &policy_arn, &version_id)
            }
            R::GetAccountAuthorizationDetails { filter, paging } => {
                self.begin_bulk_read(account, &paging);
                self.authorization_details(account, &filter, &paging)
            }
            R::GetAccountSummary {} => self.account_summary(account),
            R::ListAccountAliases { paging } => self.account_aliases(&paging),
            R::SimulatePrincipalPolicy {
                policy_source_arn,
                action_names,
                resource_arns,
                context_entries,
                paging,
            } => {
                let simulation = Simulation {
                    source: &policy_source_arn,
                    actions: &action_names,
                    resources: &resource_arns,
                    context: &context_entries,
                };
                self.simulate(account, &simulation, &paging)
            }
            R::GetCallerIdentity {} => Ok(Self::caller_identity(who)),
            R::AssumeRole {
                role_arn,
                role_session_name,
                duration_seconds,
                external_id,
                serial_number,
                token_code,
                source_identity,
                tags,
                transitive_tag_keys,
                policy,
                policy_arns,
            } => {
                let call = AssumeRoleCall {
                    role_arn,
                    role_session_name,
                    duration_seconds,
                    external_id,
                    serial_number,
                    token_code,
                    source_identity,
                    tags,
                    transitive_tag_keys,
                    policy,
                    policy_arns,
                };
                self.assume_role(who, call)
            }
            R::GetSessionToken { duration_seconds, serial_number, token_code } => {
                self.session_token(who, duration_seconds, serial_number.as_deref(), token_code.as_deref())
            }
        }
    }
}

/// Fills in the calling user where a request leaves its user out; root stays unnamed.
fn about_the_caller(who: &Who, mut request: Request) -> Result<Request, AwsError> {
    use Request as R;
    if let R::GetUser { user_name }
    | R::CreateAccessKey { user_name }
    | R::DeleteAccessKey { user_name, .. }
    | R::UpdateAccessKey { user_name, .. }
    | R::ListAccessKeys { user_name, .. }
    | R::DeactivateMFADevice { user_name, .. }
    | R::ListMFADevices { user_name, .. } = &mut request
        && user_name.is_none()
    {
        match (who.user_name(), &who.caller) {
            (Some(name), _) => *user_name = Some(name.to_string()),
            (None, Caller::Root { .. }) => {}
            (None, _) => {
                return Err(AwsError::validation(
                    "Must specify userName when calling with non-User credentials",
                ));
            }
        }
    }
    Ok(request)
}
