//! The AWS-managed policies that the cloud knows. Only `AdministratorAccess` says what AWS's own document says; the others
//! are short approximations, written from what AWS's documentation says of them and not from AWS's text: enough to tell
//! reading from writing, narrower than AWS's in most places and perhaps wider in some. An answer that hangs on one of them
//! needs the document as collected, which takes its place ([`crate::Cloud::from_snapshot`]).

use crate::ids::{IdKind, Ids};
use jiff::Timestamp;
use rolegate_iam::policy::Document;
use rolegate_iam::snapshot::{ManagedPolicy, PolicyVersion};
use rolegate_iam::{Partition, Path, PolicyArn, PolicyOwner};
use std::collections::BTreeMap;

/// Path, name and document.
const TABLE: &[(&str, &str, &str)] = &[
    (
        "/",
        "AdministratorAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    ),
    (
        "/",
        "PowerUserAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["iam:ListRoles","organizations:DescribeOrganization","account:ListRegions"],"Resource":"*"}]}"#,
    ),
    (
        "/",
        "ReadOnlyAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudformation:Describe*","cloudformation:List*","cloudtrail:Describe*","cloudtrail:LookupEvents","cloudwatch:Describe*","cloudwatch:Get*","cloudwatch:List*","dynamodb:Describe*","dynamodb:List*","ec2:Describe*","ec2:Get*","ecs:Describe*","ecs:List*","eks:Describe*","eks:List*","iam:Get*","iam:List*","lambda:Get*","lambda:List*","logs:Describe*","logs:Get*","rds:Describe*","rds:List*","s3:Get*","s3:List*","sqs:Get*","sqs:List*","sts:GetCallerIdentity"],"Resource":"*"}]}"#,
    ),
    (
        "/",
        "SecurityAudit",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudtrail:Describe*","cloudtrail:GetTrailStatus","cloudtrail:ListTrails","config:Describe*","ec2:Describe*","guardduty:List*","iam:GenerateCredentialReport","iam:Get*","iam:List*","kms:Describe*","kms:List*","s3:GetBucketPolicy","s3:GetBucketAcl","s3:ListAllMyBuckets"],"Resource":"*"}]}"#,
    ),
    (
        "/",
        "IAMReadOnlyAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*","iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]}"#,
    ),
    (
        "/",
        "IAMFullAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount","organizations:DescribeOrganization","organizations:ListRoots"],"Resource":"*"}]}"#,
    ),
    (
        "/",
        "IAMUserChangePassword",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ChangePassword","Resource":"arn:aws:iam::*:user/${aws:username}"},{"Effect":"Allow","Action":"iam:GetAccountPasswordPolicy","Resource":"*"}]}"#,
    ),
    (
        "/",
        "AmazonS3ReadOnlyAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*","s3:Describe*"],"Resource":"*"}]}"#,
    ),
    (
        "/",
        "AmazonS3FullAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#,
    ),
    (
        "/",
        "CloudWatchReadOnlyAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudwatch:Describe*","cloudwatch:Get*","cloudwatch:List*","logs:Describe*","logs:Get*","logs:List*"],"Resource":"*"}]}"#,
    ),
    (
        "/job-function/",
        "ViewOnlyAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudformation:List*","cloudwatch:Get*","dynamodb:ListTables","ec2:Describe*","ecs:List*","iam:GetAccountSummary","iam:List*","lambda:List*","logs:Describe*","rds:Describe*","s3:ListAllMyBuckets","s3:ListBucket"],"Resource":"*"}]}"#,
    ),
    (
        "/job-function/",
        "Billing",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["billing:Get*","billing:List*","budgets:ViewBudget","ce:Get*","cur:Describe*","cur:Get*"],"Resource":"*"}]}"#,
    ),
];

/// The bundled policies of a partition.
pub(crate) fn bundled(partition: Partition) -> BTreeMap<PolicyArn, ManagedPolicy> {
    // One seed for all worlds: AWS's ids are the same in every account.
    let mut ids = Ids::new(0);
    let policy = |(path, name, text): &(&str, &str, &str)| {
        let arn = PolicyArn {
            partition,
            owner: PolicyOwner::Aws,
            path: path.parse::<Path>().ok()?,
            name: name.parse().ok()?,
        };
        // Written in the commercial partition, as ARNs in AWS's own documents are rewritten for the others.
        let text = text.replace("arn:aws:", &format!("arn:{partition}:"));
        let version =
            PolicyVersion { created: Some(Timestamp::UNIX_EPOCH), document: Document::parse(&text) };
        let policy = ManagedPolicy {
            id: ids.id(IdKind::Policy),
            arn: arn.clone(),
            default_version: "v1".into(),
            versions: [("v1".into(), version)].into_iter().collect(),
            description: None,
        };
        Some((arn, policy))
    };
    TABLE.iter().filter_map(policy).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_policy_is_a_document_without_faults() {
        for partition in [Partition::Aws, Partition::AwsCn] {
            let bundled = bundled(partition);
            assert_eq!(bundled.len(), TABLE.len());
            for (arn, policy) in bundled {
                let document = policy.document().unwrap();
                assert!(document.policy().broken.is_empty() && document.faults().is_empty(), "{arn}");
            }
        }
    }
}
