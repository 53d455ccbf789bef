//! Templates whose role a pod enters, by either of the two ways in which AWS gives roles to pods.

use crate::bootstrap::asked;
use rolegate::Code;
use rolegate::command::Output;
use rolegate::command::bootstrap::{Asked, Trusted, cloudformation, policy, terraform};
use serde_json::{Value, json};

const PROVIDER: &str = "arn:aws:iam::444444444444:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0A1B";
const CLUSTER: &str = "arn:aws:eks:eu-west-1:444444444444:cluster/tools";
const SUBJECT: &str = "system:serviceaccount:rolegate-system:rolegate-controller";

fn oidc(provider: &str, subject: &str) -> Trusted {
    Trusted::Oidc { provider: provider.to_owned(), subject: subject.to_owned() }
}

fn pod_identity(cluster: &str, subject: &str) -> Trusted {
    Trusted::PodIdentity { cluster: cluster.to_owned(), subject: subject.to_owned() }
}

fn trusting(accounts: &[&str], trusted: Trusted) -> Asked {
    Asked { trusted_by: Some(trusted), ..asked(accounts) }
}

fn statement(asked: &Asked) -> Value {
    let answer = cloudformation(asked, Output::Json);
    assert_eq!(answer.code, Code::Yes, "{}", answer.talk);
    let template: Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!(template["Parameters"], Value::Null, "nothing is left to ask");
    let trust = &template["Resources"]["ManagementRole"]["Properties"]["AssumeRolePolicyDocument"];
    assert_eq!(trust["Statement"].as_array().unwrap().len(), 1);
    trust["Statement"][0].clone()
}

#[test]
fn a_service_account_enters_by_the_providers_token_for_sts_alone() {
    let asked = trusting(&["production"], oidc(PROVIDER, SUBJECT));
    let expected = json!({
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {
            "oidc.eks.eu-west-1.amazonaws.com/id/0A1B:aud": "sts.amazonaws.com",
            "oidc.eks.eu-west-1.amazonaws.com/id/0A1B:sub": SUBJECT,
        }},
    });
    assert_eq!(statement(&asked), expected);
    let text = terraform(&asked).out;
    assert!(!text.contains("variable"), "{text}");
    for words in [
        "\"Federated\" = \"arn:aws:iam::444444444444:oidc-provider/",
        "\"oidc.eks.eu-west-1.amazonaws.com/id/0A1B:aud\" = \"sts.amazonaws.com\"",
        "\"oidc.eks.eu-west-1.amazonaws.com/id/0A1B:sub\" = \"system:serviceaccount:rolegate-system:rolegate-controller\"",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn a_service_account_enters_by_pod_identity_from_its_cluster_alone() {
    let asked = trusting(&["production"], pod_identity(CLUSTER, SUBJECT));
    let expected = json!({
        "Effect": "Allow",
        "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {"StringEquals": {
            "aws:RequestTag/eks-cluster-arn": CLUSTER,
            "aws:RequestTag/kubernetes-namespace": "rolegate-system",
            "aws:RequestTag/kubernetes-service-account": "rolegate-controller",
        }},
    });
    assert_eq!(statement(&asked), expected);
    assert!(terraform(&asked).out.contains("\"Service\" = \"pods.eks.amazonaws.com\""));
}

/// What the role may do does not depend on who enters it.
#[test]
fn the_policy_is_the_same() {
    let plain = policy(&asked(&["production"]), Output::Json);
    assert_eq!(policy(&trusting(&["production"], oidc(PROVIDER, SUBJECT)), Output::Json), plain);
}

#[test]
fn what_would_let_others_in_or_nobody_is_refused_with_its_option_and_a_way_out() {
    let provider = |issuer: &str| format!("arn:aws:iam::444444444444:oidc-provider/{issuer}");
    for (trusted, words) in [
        (oidc("", SUBJECT), "no ARN of an OIDC provider; write one like"),
        (oidc(&provider(""), SUBJECT), "no ARN of an OIDC provider"),
        (oidc(&provider("*"), SUBJECT), "no ARN of an OIDC provider"),
        (oidc(&provider("localhost"), SUBJECT), "no ARN of an OIDC provider"),
        (oidc(&provider("a.example/${aws:username}"), SUBJECT), "no ARN of an OIDC provider"),
        (oidc(&provider("a.example/id\\n\u{1b}[31m"), SUBJECT), "no ARN of an OIDC provider"),
        (oidc("arn:aws:iam::444444444444:saml-provider/a.example", SUBJECT), "no ARN of an OIDC provider"),
        (
            oidc("arn:aws:iam:eu-west-1:444444444444:oidc-provider/a.example", SUBJECT),
            "no ARN of an OIDC provider",
        ),
        (
            oidc("arn:aws:iam::555555555555:oidc-provider/a.example", SUBJECT),
            "is not of account 444444444444",
        ),
        (oidc("arn:aws-us-gov:iam::444444444444:oidc-provider/a.example", SUBJECT), "is not of account"),
        (
            oidc(PROVIDER, "system:serviceaccount:*:*"),
            "--subject `system:serviceaccount:*:*` is no service account",
        ),
        (oidc(PROVIDER, "system:serviceaccount:a:b:c"), "is no service account"),
        (oidc(PROVIDER, "system:serviceaccount::b"), "is no service account"),
        (oidc(PROVIDER, "system:serviceaccount:a:"), "is no service account"),
        (oidc(PROVIDER, "system:serviceaccount:A:b"), "is no service account"),
        (oidc(PROVIDER, "repo:acme/app:ref:refs/heads/main"), "is no service account; write one like"),
        (pod_identity("", SUBJECT), "no ARN of an EKS cluster; write one like"),
        (pod_identity("arn:aws:eks:*:444444444444:cluster/tools", SUBJECT), "no ARN of an EKS cluster"),
        (pod_identity("arn:aws:eks:eu-west-1:444444444444:cluster/*", SUBJECT), "no ARN of an EKS cluster"),
        (pod_identity("arn:aws:eks::444444444444:cluster/tools", SUBJECT), "no ARN of an EKS cluster"),
        (pod_identity("arn:aws:eks:eu-west-1:555555555555:cluster/tools", SUBJECT), "--trusted-by"),
        (pod_identity(CLUSTER, "system:serviceaccount:a:b*"), "is no service account"),
    ] {
        for answer in [
            cloudformation(&trusting(&["production"], trusted.clone()), Output::Text),
            terraform(&trusting(&["production"], trusted.clone())),
        ] {
            let talk = answer.talk.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!((answer.code, answer.out.as_str()), (Code::Bad, ""), "{trusted:?}");
            assert!(talk.contains(words) && !talk.contains('\u{1b}'), "{trusted:?}: {talk}");
        }
    }
    let both = cloudformation(&trusting(&["production", "sandbox"], oidc(PROVIDER, SUBJECT)), Output::Text);
    assert!(both.talk.contains("is not of account 555555555555"), "{}", both.talk);
}

#[test]
fn a_pod_sends_no_external_id_and_goes_no_other_way() {
    let with = |management: &str| {
        let mut asked = trusting(&["production"], oidc(PROVIDER, SUBJECT));
        for (_, text) in &mut asked.manifests {
            let words = format!("  managementRole: {{{management}}}\n  environment: production");
            *text = text.replace("  environment: production", &words);
        }
        cloudformation(&asked, Output::Text)
    };
    for (management, words) in [
        ("externalID: acme-0123456789abcdef", "a pod sends no external id"),
        ("via: [\"arn:aws:iam::999999999999:role/hub\"]", "leave the option out"),
    ] {
        let answer = with(management);
        let talk = answer.talk.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!((answer.code, answer.out.as_str()), (Code::Bad, ""), "{talk}");
        assert!(talk.contains(words), "{talk}");
    }
}
