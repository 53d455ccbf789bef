//! Makes a typed request of decoded parameters, by one table of all operations. Checks only that what is required is there
//! and that numbers are numbers; everything else is the cloud's to judge, so that its errors are AWS's own.

use crate::form::Params;
use rolegate_cloud::api::{ContextEntry, Paging, Tag};
use rolegate_cloud::{AwsError, Request};
use std::cell::RefCell;

macro_rules! decoders {
    ($($name:ident { $($field:ident = $kind:ident $wire:literal),* $(,)? })+) => {
        /// The request that these parameters make, for an operation of the cloud.
        ///
        /// # Errors
        /// `InvalidAction` for any other operation; `ValidationError` with every missing or unreadable parameter.
        pub(crate) fn request(operation: &str, version: &str, params: &Params) -> Result<Request, AwsError> {
            let read = Reader { params, faults: RefCell::default() };
            read.refuse_unserved();
            let request = match operation {
                $(stringify!($name) => Request::$name { $($field: read.$kind($wire)),* },)+
                _ => return Err(unknown(operation, version)),
            };
            read.finish()?;
            Ok(request)
        }
    };
}

decoders! {
    CreateUser {
        user_name = need "UserName", path = text "Path", permissions_boundary = text "PermissionsBoundary",
        tags = tags "Tags",
    }
    GetUser { user_name = text "UserName" }
    DeleteUser { user_name = need "UserName" }
    ListUsers { path_prefix = text "PathPrefix", paging = paging "" }
    TagUser { user_name = need "UserName", tags = tags "Tags" }
    UntagUser { user_name = need "UserName", tag_keys = texts "TagKeys" }
    ListUserTags { user_name = need "UserName", paging = paging "" }
    CreateAccessKey { user_name = text "UserName" }
    DeleteAccessKey { user_name = text "UserName", access_key_id = need "AccessKeyId" }
    UpdateAccessKey { user_name = text "UserName", access_key_id = need "AccessKeyId", status = need "Status" }
    ListAccessKeys { user_name = text "UserName", paging = paging "" }
    PutUserPolicy {
        user_name = need "UserName", policy_name = need "PolicyName", policy_document = need "PolicyDocument",
    }
    GetUserPolicy { user_name = need "UserName", policy_name = need "PolicyName" }
    DeleteUserPolicy { user_name = need "UserName", policy_name = need "PolicyName" }
    ListUserPolicies { user_name = need "UserName", paging = paging "" }
    AttachUserPolicy { user_name = need "UserName", policy_arn = need "PolicyArn" }
    DetachUserPolicy { user_name = need "UserName", policy_arn = need "PolicyArn" }
    ListAttachedUserPolicies { user_name = need "UserName", path_prefix = text "PathPrefix", paging = paging "" }
    PutUserPermissionsBoundary { user_name = need "UserName", permissions_boundary = need "PermissionsBoundary" }
    DeleteUserPermissionsBoundary { user_name = need "UserName" }
    CreateVirtualMFADevice {
        virtual_mfa_device_name = need "VirtualMFADeviceName", path = text "Path", tags = tags "Tags",
    }
    DeleteVirtualMFADevice { serial_number = need "SerialNumber" }
    EnableMFADevice {
        user_name = need "UserName", serial_number = need "SerialNumber",
        authentication_code1 = need "AuthenticationCode1", authentication_code2 = need "AuthenticationCode2",
    }
    DeactivateMFADevice { user_name = text "UserName", serial_number = need "SerialNumber" }
    ListMFADevices { user_name = text "UserName", paging = paging "" }
    CreateGroup { group_name = need "GroupName", path = text "Path" }
    GetGroup { group_name = need "GroupName", paging = paging "" }
    DeleteGroup { group_name = need "GroupName" }
    ListGroups { path_prefix = text "PathPrefix", paging = paging "" }
    AddUserToGroup { group_name = need "GroupName", user_name = need "UserName" }
    RemoveUserFromGroup { group_name = need "GroupName", user_name = need "UserName" }
    ListGroupsForUser { user_name = need "UserName", paging = paging "" }
    PutGroupPolicy {
        group_name = need "GroupName", policy_name = need "PolicyName", policy_document = need "PolicyDocument",
    }
    GetGroupPolicy { group_name = need "GroupName", policy_name = need "PolicyName" }
    DeleteGroupPolicy { group_name = need "GroupName", policy_name = need "PolicyName" }
    ListGroupPolicies { group_name = need "GroupName", paging = paging "" }
    AttachGroupPolicy { group_name = need "GroupName", policy_arn = need "PolicyArn" }
    DetachGroupPolicy { group_name = need "GroupName", policy_arn = need "PolicyArn" }
    ListAttachedGroupPolicies { group_name = need "GroupName", path_prefix = text "PathPrefix", paging = paging "" }
    CreateRole {
        role_name = need "RoleName", path = text "Path", assume_role_policy_document = need "AssumeRolePolicyDocument",
        description = text "Description", max_session_duration = number "MaxSessionDuration",
        permissions_boundary = text "PermissionsBoundary", tags = tags "Tags",
    }
    GetRole { role_name = need "RoleName" }
    DeleteRole { role_name = need "RoleName" }
    ListRoles { path_prefix = text "PathPrefix", paging = paging "" }
    UpdateRole {
        role_name = need "RoleName", description = text "Description",
        max_session_duration = number "MaxSessionDuration",
    }
    UpdateAssumeRolePolicy { role_name = need "RoleName", policy_document = need "PolicyDocument" }
    TagRole { role_name = need "RoleName", tags = tags "Tags" }
    UntagRole { role_name = need "RoleName", tag_keys = texts "TagKeys" }
    ListRoleTags { role_name = need "RoleName", paging = paging "" }
    PutRolePolicy {
        role_name = need "RoleName", policy_name = need "PolicyName", policy_document = need "PolicyDocument",
    }
    GetRolePolicy { role_name = need "RoleName", policy_name = need "PolicyName" }
    DeleteRolePolicy { role_name = need "RoleName", policy_name = need "PolicyName" }
    ListRolePolicies { role_name = need "RoleName", paging = paging "" }
    AttachRolePolicy { role_name = need "RoleName", policy_arn = need "PolicyArn" }
    DetachRolePolicy { role_name = need "RoleName", policy_arn = need "PolicyArn" }
    ListAttachedRolePolicies { role_name = need "RoleName", path_prefix = text "PathPrefix", paging = paging "" }
    PutRolePermissionsBoundary { role_name = need "RoleName", permissions_boundary = need "PermissionsBoundary" }
    DeleteRolePermissionsBoundary { role_name = need "RoleName" }
    CreatePolicy {
        policy_name = need "PolicyName", path = text "Path", policy_document = need "PolicyDocument",
        description = text "Description", tags = tags "Tags",
    }
    GetPolicy { policy_arn = need "PolicyArn" }
    DeletePolicy { policy_arn = need "PolicyArn" }
    ListPolicies {
        scope = text "Scope", only_attached = flag "OnlyAttached", path_prefix = text "PathPrefix",
        policy_usage_filter = text "PolicyUsageFilter", paging = paging "",
    }
    CreatePolicyVersion {
        policy_arn = need "PolicyArn", policy_document = need "PolicyDocument", set_as_default = flag "SetAsDefault",
    }
    GetPolicyVersion { policy_arn = need "PolicyArn", version_id = need "VersionId" }
    ListPolicyVersions { policy_arn = need "PolicyArn", paging = paging "" }
    DeletePolicyVersion { policy_arn = need "PolicyArn", version_id = need "VersionId" }
    SetDefaultPolicyVersion { policy_arn = need "PolicyArn", version_id = need "VersionId" }
    GetAccountAuthorizationDetails { filter = texts "Filter", paging = paging "" }
    GetAccountSummary {}
    ListAccountAliases { paging = paging "" }
    SimulatePrincipalPolicy {
        policy_source_arn = need "PolicySourceArn", action_names = texts "ActionNames",
        resource_arns = texts "ResourceArns", context_entries = entries "ContextEntries", paging = paging "",
    }
    GetCallerIdentity {}
    AssumeRole {
        role_arn = need "RoleArn", role_session_name = need "RoleSessionName",
        duration_seconds = number "DurationSeconds", external_id = text "ExternalId",
        serial_number = text "SerialNumber", token_code = text "TokenCode", source_identity = text "SourceIdentity",
        tags = tags "Tags", transitive_tag_keys = texts "TransitiveTagKeys", policy = text "Policy",
        policy_arns = arns "PolicyArns",
    }
    GetSessionToken {
        duration_seconds = number "DurationSeconds", serial_number = text "SerialNumber",
        token_code = text "TokenCode",
    }
}

/// `InvalidAction`, as AWS words it.
pub(crate) fn unknown(operation: &str, version: &str) -> AwsError {
    AwsError {
        code: "InvalidAction",
        http_status: 400,
        message: format!("Could not find operation {operation} for version {version}"),
    }
}

/// Parameters of operations that are served, which are not.
const UNSERVED: [&str; 8] = [
    "CallerArn",
    "PermissionsBoundaryPolicyInputList",
    "PolicyExclusionList",
    "PolicyInputList",
    "ProvidedContexts",
    "ResourceHandlingOption",
    "ResourceOwner",
    "ResourcePolicy",
];

/// Reads parameters and remembers what is wrong with them, so that all of it is answered at once.
struct Reader<'a> {
    params: &'a Params,
    faults: RefCell<Vec<String>>,
}

impl Reader<'_> {
    fn finish(self) -> Result<(), AwsError> {
        let faults = self.faults.into_inner();
        match faults.len() {
            0 => Ok(()),
            1 => Err(AwsError::validation(format!("1 validation error detected: {}", faults.join("; ")))),
            n => Err(AwsError::validation(format!("{n} validation errors detected: {}", faults.join("; ")))),
        }
    }

    fn fault(&self, shown: &str, place: &str, constraint: &str) {
        self.faults
            .borrow_mut()
            .push(format!("Value {shown} at '{place}' failed to satisfy constraint: {constraint}"));
    }

    /// What would change who may enter, or what a simulation says, and is not served, must not pass unseen.
    fn refuse_unserved(&self) {
        for name in UNSERVED {
            if self.params.holds(name) {
                let constraint = "Member must be absent, because this emulator does not serve it";
                self.fault("set", &place(name), constraint);
            }
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        self.params.get(name).map(str::to_owned)
    }

    fn need(&self, name: &str) -> String {
        self.text(name).unwrap_or_else(|| {
            self.fault("null", &place(name), "Member must not be null");
            String::new()
        })
    }

    fn number(&self, name: &str) -> Option<i64> {
        let text = self.params.get(name)?;
        let number = text.parse().ok();
        if number.is_none() {
            self.fault(&format!("'{text}'"), &place(name), "Member must be a number");
        }
        number
    }

    fn flag(&self, name: &str) -> Option<bool> {
        let text = self.params.get(name)?;
        match text.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                self.fault(&format!("'{text}'"), &place(name), "Member must be true or false");
                None
            }
        }
    }

    /// The names are the same everywhere; the parameter is there because every reader of the table has one.
    fn paging(&self, _name: &str) -> Paging {
        Paging { marker: self.text("Marker"), max_items: self.number("MaxItems") }
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.params.values(name).into_iter().map(str::to_owned).collect()
    }

    fn tags(&self, name: &str) -> Vec<Tag> {
        let tags = self.params.structures(name, ["Key", "Value"]);
        (1..)
            .zip(tags)
            .map(|(n, [key, value])| (self.part(name, n, "key", key), self.part(name, n, "value", value)))
            .collect()
    }

    fn entries(&self, name: &str) -> Vec<ContextEntry> {
        let fields = ["ContextKeyName", "ContextKeyType"];
        self.params
            .structures_with_values(name, fields, "ContextKeyValues")
            .into_iter()
            .map(|([name, kind], values)| ContextEntry {
                name: name.unwrap_or_default().to_owned(),
                values: values.into_iter().map(str::to_owned).collect(),
                kind: kind.unwrap_or_default().to_owned(),
            })
            .collect()
    }

    fn arns(&self, name: &str) -> Vec<String> {
        let arns = self.params.structures(name, ["arn"]);
        (1..).zip(arns).map(|(n, [arn])| self.part(name, n, "arn", arn)).collect()
    }

    fn part(&self, list: &str, number: u32, part: &str, value: Option<&str>) -> String {
        if value.is_none() {
            self.fault("null", &format!("{}.{number}.member.{part}", place(list)), "Member must not be null");
        }
        value.unwrap_or_default().to_owned()
    }
}

/// The name as AWS's messages spell it: `roleName`.
fn place(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(operation: &str, form: &str) -> Result<Request, AwsError> {
        request(operation, "2010-05-08", &Params::parse(form.as_bytes()).unwrap())
    }

    #[test]
    fn every_operation_of_the_cloud_is_known() {
        for (_, operation) in Request::OPERATIONS {
            match decode(operation, "") {
                Ok(request) => assert_eq!(request.operation(), *operation),
                Err(error) => assert_eq!(error.code, "ValidationError", "{operation}"),
            }
        }
    }

    #[test]
    fn parameters_of_every_kind_are_read() {
        let form = "RoleArn=arn&RoleSessionName=me&DurationSeconds=900&Tags.member.1.Key=a&Tags.member.1.Value=\
                    &TransitiveTagKeys.member.1=a&PolicyArns.member.1.arn=p&Policy=%7B%7D";
        let expected = Request::AssumeRole {
            role_arn: "arn".to_owned(),
            role_session_name: "me".to_owned(),
            duration_seconds: Some(900),
            external_id: None,
            serial_number: None,
            token_code: None,
            source_identity: None,
            tags: vec![("a".to_owned(), String::new())],
            transitive_tag_keys: vec!["a".to_owned()],
            policy: Some("{}".to_owned()),
            policy_arns: vec!["p".to_owned()],
        };
        assert_eq!(decode("AssumeRole", form), Ok(expected));
        let form = "Scope=Local&OnlyAttached=true&Marker=m&MaxItems=7";
        let expected = Request::ListPolicies {
            scope: Some("Local".to_owned()),
            only_attached: Some(true),
            path_prefix: None,
            policy_usage_filter: None,
            paging: Paging { marker: Some("m".to_owned()), max_items: Some(7) },
        };
        assert_eq!(decode("ListPolicies", form), Ok(expected));
    }

    #[test]
    fn what_is_missing_or_no_number_is_answered_at_once() {
        let null = "failed to satisfy constraint: Member must not be null";
        for (operation, form, message) in [
            ("GetRole", "", format!("1 validation error detected: Value null at 'roleName' {null}")),
            (
                "AttachRolePolicy",
                "",
                format!("2 validation errors detected: Value null at 'roleName' {null}; Value null at 'policyArn' {null}"),
            ),
            (
                "TagRole",
                "RoleName=r&Tags.member.1.Key=k",
                format!("1 validation error detected: Value null at 'tags.1.member.value' {null}"),
            ),
            (
                "ListRoles",
                "MaxItems=many",
                "1 validation error detected: Value 'many' at 'maxItems' failed to satisfy constraint: Member must be a \
                 number"
                    .to_owned(),
            ),
            (
                "GetSessionToken",
                "ProvidedContexts.member.1.ContextAssertion=x",
                "1 validation error detected: Value set at 'providedContexts' failed to satisfy constraint: Member must be \
                 absent, because this emulator does not serve it"
                    .to_owned(),
            ),
            (
                "ListPolicies",
                "OnlyAttached=perhaps",
                "1 validation error detected: Value 'perhaps' at 'onlyAttached' failed to satisfy constraint: Member must \
                 be true or false"
                    .to_owned(),
            ),
        ] {
            assert_eq!(decode(operation, form), Err(AwsError::validation(message)), "{operation} {form}");
        }
    }

    #[test]
    fn another_operation_is_no_operation() {
        let error = decode("CreateSpaceship", "").unwrap_err();
        assert_eq!((error.code, error.http_status), ("InvalidAction", 400));
        assert_eq!(error.message, "Could not find operation CreateSpaceship for version 2010-05-08");
    }
}
