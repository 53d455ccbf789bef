//! Who may enter a management role, and the trust policy that says so: a role or user by ARN, or the pod of a controller in
//! Kubernetes, by either of the two ways in which AWS gives a role to a pod. Whatever is not certain to work is refused.

use super::node::Node;
use super::template::{TRUSTED, TRUSTED_ACCOUNT};
use crate::render::text::printable;
use rolegate_iam::{Partition, RoleArn, UserArn};
use rolegate_plan::bootstrap::ManagementRole;
use rolegate_plan::validate::ValidAccount;

/// Who may enter, as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trusted {
    /// A role or user, by ARN.
    Arn(String),
    /// A service account of the cluster whose tokens an OIDC provider of the account vouches for.
    Oidc {
        /// The ARN of the provider.
        provider: String,
        /// `system:serviceaccount:NAMESPACE:NAME`.
        subject: String,
    },
    /// A service account of an EKS cluster of the account, by EKS Pod Identity.
    PodIdentity {
        /// The ARN of the cluster.
        cluster: String,
        /// `system:serviceaccount:NAMESPACE:NAME`.
        subject: String,
    },
}

/// The trust policy, or `None` when whoever uses the template must be asked whom to trust.
///
/// # Errors
/// What is wrong with the request: the option, the cause and the way out.
pub(super) fn trust(
    asked: Option<&Trusted>,
    role: &ManagementRole,
    accounts: &[&ValidAccount],
) -> Result<Option<Node>, String> {
    let via = role.management.via.last().map(ToString::to_string);
    let external_id = role.management.external_id.as_deref();
    let name = accounts.first().map(|account| account.name.as_str()).unwrap_or_default();
    let trusted = match (asked, via) {
        (None, None) => return Ok(None),
        (None, Some(via)) => return Ok(Some(by_arn(Some(&via), external_id))),
        (Some(asked), Some(via)) if *asked != Trusted::Arn(via.clone()) => {
            return Err(format!(
                "{} names another than spec.managementRole.via of `{name}`, which ends with `{via}`: leave the option out",
                option(asked)
            ));
        }
        (Some(asked), _) => asked,
    };
    match trusted {
        Trusted::Arn(arn) if arn.parse::<RoleArn>().is_err() && arn.parse::<UserArn>().is_err() => {
            Err(format!(
                "--trusted-by `{}` is no ARN of an IAM role or user; write one like arn:aws:iam::111111111111:role/rolegate",
                printable(arn)
            ))
        }
        Trusted::Arn(arn) => Ok(Some(by_arn(Some(arn), external_id))),
        Trusted::Oidc { .. } | Trusted::PodIdentity { .. } if external_id.is_some() => Err(format!(
            "{}: a pod sends no external id, and spec.managementRole of `{name}` asks for one; take externalID out of it",
            option(trusted)
        )),
        Trusted::Oidc { provider, subject } => {
            let issuer = issuer(provider, accounts)?;
            let (namespace, account) = service_account(subject)?;
            Ok(Some(by_oidc(provider, issuer, namespace, account)))
        }
        Trusted::PodIdentity { cluster, subject } => {
            own_cluster(cluster, accounts)?;
            let (namespace, account) = service_account(subject)?;
            Ok(Some(by_pod_identity(cluster, namespace, account)))
        }
    }
}

/// The trust policy where the ARN is asked for when the template is used.
pub(super) fn asking(external_id: Option<&str>) -> Node {
    by_arn(None, external_id)
}

fn option(trusted: &Trusted) -> String {
    match trusted {
        Trusted::Arn(arn) => format!("--trusted-by `{}`", printable(arn)),
        Trusted::Oidc { provider, .. } => format!("--trusted-by-oidc `{}`", printable(provider)),
        Trusted::PodIdentity { cluster, .. } => format!("--trusted-by-pod-identity `{}`", printable(cluster)),
    }
}

/// Trusts an account, and says who of it in a condition: a principal that is made anew does not shut us out.
fn by_arn(trusted: Option<&str>, external_id: Option<&str>) -> Node {
    let arn = trusted.unwrap_or(TRUSTED);
    let account = trusted.map_or(TRUSTED_ACCOUNT, |arn| arn.split(':').nth(4).unwrap_or_default());
    let mut conditions = vec![("ArnEquals", Node::map([("aws:PrincipalArn", Node::text(arn))]))];
    if let Some(id) = external_id {
        conditions.push(("StringEquals", Node::map([("sts:ExternalId", Node::text(id))])));
    }
    let principal = Node::map([("AWS", Node::text(account))]);
    policy(principal, Node::text("sts:AssumeRole"), Node::map(conditions))
}

/// §2.9: the provider's tokens of this very service account, made for STS.
fn by_oidc(provider: &str, issuer: &str, namespace: &str, account: &str) -> Node {
    let equal = Node::map([
        (format!("{issuer}:aud"), Node::text("sts.amazonaws.com")),
        (format!("{issuer}:sub"), Node::text(format!("system:serviceaccount:{namespace}:{account}"))),
    ]);
    policy(
        Node::map([("Federated", Node::text(provider))]),
        Node::text("sts:AssumeRoleWithWebIdentity"),
        Node::map([("StringEquals", equal)]),
    )
}

/// §2.3: EKS passes tags that name cluster, namespace and service account, and so needs `sts:TagSession`.
fn by_pod_identity(cluster: &str, namespace: &str, account: &str) -> Node {
    let tags = [
        ("eks-cluster-arn", cluster),
        ("kubernetes-namespace", namespace),
        ("kubernetes-service-account", account),
    ];
    let equal = Node::map(tags.map(|(tag, value)| (format!("aws:RequestTag/{tag}"), Node::text(value))));
    let actions = ["sts:AssumeRole", "sts:TagSession"].map(Node::text);
    policy(
        Node::map([("Service", Node::text("pods.eks.amazonaws.com"))]),
        Node::List(actions.into()),
        Node::map([("StringEquals", equal)]),
    )
}

fn policy(principal: Node, action: Node, condition: Node) -> Node {
    let statement = Node::map([
        ("Effect", Node::text("Allow")),
        ("Principal", principal),
        ("Action", action),
        ("Condition", condition),
    ]);
    Node::map([("Version", Node::text("2012-10-17")), ("Statement", Node::List(vec![statement]))])
}

/// The issuer that a provider's ARN names; the provider is one of the very account, because IAM looks for it there.
fn issuer<'a>(provider: &'a str, accounts: &[&ValidAccount]) -> Result<&'a str, String> {
    let shown = printable(provider);
    let example =
        "arn:aws:iam::111111111111:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF";
    let malformed =
        || format!("--trusted-by-oidc `{shown}` is no ARN of an OIDC provider; write one like {example}");
    let (partition, account, rest) = parts(provider, "iam", malformed)?;
    let issuer = rest.strip_prefix("oidc-provider/").ok_or_else(malformed)?;
    let is_plain = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || ".-_~".contains(c))
    };
    let host = issuer.split('/').next().unwrap_or_default();
    if !issuer.split('/').all(is_plain) || !host.contains('.') {
        return Err(malformed());
    }
    in_account(&format!("--trusted-by-oidc `{shown}`"), "provider", (partition, account), accounts)?;
    Ok(issuer)
}

/// Makes sure that an ARN is of a cluster in the very account: EKS gives its pods roles of no other.
fn own_cluster(cluster: &str, accounts: &[&ValidAccount]) -> Result<(), String> {
    let shown = printable(cluster);
    let malformed = || {
        format!(
            "--trusted-by-pod-identity `{shown}` is no ARN of an EKS cluster; write one like \
             arn:aws:eks:eu-west-1:111111111111:cluster/tools"
        )
    };
    let (partition, account, rest) = parts(cluster, "eks", malformed)?;
    let name = rest.strip_prefix("cluster/").ok_or_else(malformed)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if name.is_empty() || name.len() > 100 || !name.chars().all(is_plain) {
        return Err(malformed());
    }
    in_account(&format!("--trusted-by-pod-identity `{shown}`"), "cluster", (partition, account), accounts)
}

/// Partition, account and the rest of an ARN of a service; a region is there exactly when the service has some.
fn parts<'a>(
    arn: &'a str,
    service: &str,
    malformed: impl Fn() -> String,
) -> Result<(&'a str, &'a str, &'a str), String> {
    let mut parts = arn.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let [scheme, partition, of, region, account, rest] = [next(), next(), next(), next(), next(), next()];
    let is_region = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = scheme == "arn"
        && of == service
        && (service == "iam") == region.is_empty()
        && region.chars().all(is_region);
    if fits { Ok((partition, account, rest)) } else { Err(malformed()) }
}

fn in_account(
    option: &str,
    thing: &str,
    (partition, account): (&str, &str),
    accounts: &[&ValidAccount],
) -> Result<(), String> {
    for declared in accounts {
        if declared.partition == Partition::AwsCn {
            return Err(format!(
                "{option}: what tokens and service names are called in partition aws-cn is not known here; make the pod a role of \
                 its own, and give its ARN with --trusted-by"
            ));
        }
        if declared.id.as_str() != account || declared.partition.as_str() != partition {
            return Err(format!(
                "{option} is not of account {} (`{}`), and AWS lets a {thing} give roles of its own account alone; make the pod a \
                 role in the account of the {thing}, and give its ARN with --trusted-by",
                declared.id, declared.name
            ));
        }
    }
    Ok(())
}

/// Namespace and name of a service account.
fn service_account(subject: &str) -> Result<(&str, &str), String> {
    let malformed = || {
        format!(
            "--subject `{}` is no service account; write one like system:serviceaccount:rolegate-system:rolegate-controller",
            printable(subject)
        )
    };
    let rest = subject.strip_prefix("system:serviceaccount:").ok_or_else(malformed)?;
    let (namespace, name) = rest.split_once(':').ok_or_else(malformed)?;
    let is_label = |text: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !text.is_empty() && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
    };
    let fits =
        namespace.len() <= 63 && is_label(namespace) && name.len() <= 253 && name.split('.').all(is_label);
    if fits { Ok((namespace, name)) } else { Err(malformed()) }
}
