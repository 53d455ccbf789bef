//! The policy by which people manage their own password, keys and MFA device, and nothing else (§6).
//!
//! Its "nothing without MFA" Deny exempts `sts:AssumeRole`: the roles demand MFA themselves, and whether MFA given in the
//! call satisfies an identity policy is not certain (U3), so what is compiled must not depend on it.

use rolegate_iam::{Document, Partition};

const OWN: &[&str] = &[
    "iam:ChangePassword",
    "iam:GetUser",
    "iam:CreateAccessKey",
    "iam:DeleteAccessKey",
    "iam:ListAccessKeys",
    "iam:UpdateAccessKey",
    "iam:DeleteSigningCertificate",
    "iam:ListSigningCertificates",
    "iam:UpdateSigningCertificate",
    "iam:UploadSigningCertificate",
    "iam:DeleteSSHPublicKey",
    "iam:GetSSHPublicKey",
    "iam:ListSSHPublicKeys",
    "iam:UpdateSSHPublicKey",
    "iam:UploadSSHPublicKey",
    "iam:CreateServiceSpecificCredential",
    "iam:DeleteServiceSpecificCredential",
    "iam:ListServiceSpecificCredentials",
    "iam:ResetServiceSpecificCredential",
    "iam:UpdateServiceSpecificCredential",
    "iam:DeactivateMFADevice",
    "iam:EnableMFADevice",
    "iam:ListMFADevices",
    "iam:ResyncMFADevice",
];

/// What stays possible without MFA: setting MFA up, asking who one is, and entering roles.
const WITHOUT_MFA: &[&str] = &[
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
    "sts:AssumeRole",
    "sts:GetSessionToken",
];

fn list(actions: &[&str]) -> String {
    actions.iter().map(|action| format!("\"{action}\"")).collect::<Vec<_>>().join(",")
}

/// The document for one partition. It serves users at path `/`: for others `${aws:username}` names nobody.
pub(crate) fn document(partition: Partition) -> Document {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[
{{"Sid":"ViewAccount","Effect":"Allow","Action":["iam:GetAccountPasswordPolicy","iam:ListVirtualMFADevices"],"Resource":"*"}},
{{"Sid":"ManageOwn","Effect":"Allow","Action":[{own}],"Resource":"arn:{partition}:iam::*:user/${{aws:username}}"}},
{{"Sid":"CreateOwnDevice","Effect":"Allow","Action":"iam:CreateVirtualMFADevice","Resource":"arn:{partition}:iam::*:mfa/*"}},
{{"Sid":"NothingElseWithoutMFA","Effect":"Deny","NotAction":[{free}],"Resource":"*","Condition":{{"BoolIfExists":{{"aws:MultiFactorAuthPresent":"false"}}}}}}
]}}"#,
        own = list(OWN),
        free = list(WITHOUT_MFA),
    );
    Document::parse(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolegate_iam::policy::Effect;

    #[test]
    fn the_document_is_sound_small_and_exempts_assume_role() {
        for partition in [Partition::Aws, Partition::AwsCn] {
            let document = document(partition);
            assert_eq!(document.faults(), []);
            assert_eq!(document.policy().broken, []);
            assert!(document.size() < 6144);
            let deny = document
                .policy()
                .statements
                .iter()
                .find(|statement| statement.effect == Effect::Deny)
                .unwrap();
            assert!(format!("{:?}", deny.action).contains("sts:AssumeRole"));
        }
    }
}
