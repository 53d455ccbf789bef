//! What IAM refuses when a document is written (§1.1 to §1.4, §4.3), in IAM's words. Whether a principal exists is for the
//! one who knows the world.

use super::parse::{self, SYNTAX};
use super::{
    ActionClause, Document, Effect, Fault, PrincipalClause, ResourceClause, Severity, Span, Statement,
};

/// Where a document is written, which decides what it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// `AssumeRolePolicyDocument`.
    Trust,
    /// An inline policy, a managed policy, a permissions boundary or a session policy.
    Identity,
}

/// The actions that a trust policy may name (§1.3), in lower case.
const TRUST_ACTIONS: [&str; 6] = [
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
];

/// The resource types of IAM, with which the sixth component of an IAM ARN must start.
const IAM_TYPES: [&str; 15] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
    "u2f/",
    "root",
];

/// The most characters that the API takes (§1.1).
const LONGEST: usize = 131_072;

/// Why IAM would refuse the document, in IAM's own words where they are known; empty when it would take it. Quotas of size
/// are not checked: see [`Document::size`].
pub fn validate(kind: DocumentKind, document: &Document) -> Vec<Fault> {
    let text = document.text();
    let mut faults = Vec::new();
    if text.chars().count() > LONGEST {
        let message = format!("Member must have length less than or equal to {LONGEST}");
        faults.push(fault(Span::default(), &message, "shorten the document"));
    }
    if !text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')) {
        let message =
            "Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+";
        faults.push(fault(Span::default(), message, "use Latin-1 characters only"));
    }
    // Stricter about white space and control characters than the reader, which must make do with what is there.
    if serde_json::from_str::<serde_json::Value>(text).is_err() {
        faults.push(fault(Span::default(), "This policy contains invalid Json", "write valid JSON"));
        return faults;
    }
    let reading = parse::read(text);
    for finding in reading.findings {
        if let Some(refusal) = finding.refusal {
            let identity_star = kind == DocumentKind::Identity && refusal.starts_with("AssumeRolepolicy");
            if !identity_star {
                faults.push(Fault { message: refusal, ..finding.fault });
            }
        }
    }
    if let (DocumentKind::Identity, Some(span)) = (kind, reading.id) {
        faults.push(fault(span, SYNTAX, "remove `Id`: only resource-based policies may have one"));
    }
    for statement in &reading.policy.statements {
        match kind {
            DocumentKind::Trust => trust(statement, &mut faults),
            DocumentKind::Identity => identity(statement, &mut faults),
        }
    }
    faults
}

fn fault(span: Span, message: &str, help: &str) -> Fault {
    Fault { span, severity: Severity::Error, message: message.to_owned(), help: help.to_owned() }
}

fn trust(statement: &Statement, faults: &mut Vec<Fault>) {
    let mut refuse = |message: &str, help: &str| faults.push(fault(statement.span, message, help));
    let resource_help = "remove it: a trust policy is about the role it belongs to";
    match &statement.resource {
        ResourceClause::Absent => {}
        ResourceClause::Is(_) => refuse("Has prohibited field Resource", resource_help),
        ResourceClause::IsNot(_) => refuse("Has prohibited field NotResource", resource_help),
    }
    match (&statement.principal, statement.effect) {
        (PrincipalClause::Absent, _) => refuse("Missing required field Principal", "add `Principal`"),
        (PrincipalClause::IsNot(_), Effect::Allow) => {
            refuse("Allow with NotPrincipal is not allowed.", "write `Principal`");
        }
        (PrincipalClause::IsNot(_), Effect::Deny) => {
            refuse("AssumeRole policy must not contain NotPrincipal field.", "write `Principal`");
        }
        (PrincipalClause::Is(_), _) => {}
    }
    let known = match &statement.action {
        ActionClause::Is(actions) => {
            actions.iter().all(|action| TRUST_ACTIONS.iter().any(|known| action.eq_ignore_ascii_case(known)))
        }
        ActionClause::IsNot(_) => false,
    };
    if !known {
        let message = "AssumeRole policy may only specify STS AssumeRole actions.";
        refuse(
            message,
            "write full names such as `sts:AssumeRole`, `sts:TagSession`, `sts:SetSourceIdentity`",
        );
    }
}

fn identity(statement: &Statement, faults: &mut Vec<Fault>) {
    let mut refuse = |message: &str, help: &str| faults.push(fault(statement.span, message, help));
    if statement.principal != PrincipalClause::Absent {
        let help = "remove it: the policy is about whom it is attached to";
        refuse("Policy document should not specify a principal.", help);
    }
    let (ResourceClause::Is(resources) | ResourceClause::IsNot(resources)) = &statement.resource else {
        refuse("Policy statement must contain resources.", "add `Resource`");
        return;
    };
    for resource in resources {
        if let Some(message) = iam_resource(resource) {
            refuse(&message, "write the ARN of an IAM entity, such as arn:aws:iam::ACCOUNT:role/PATH/NAME");
        }
    }
}

/// What IAM says about the ARN of one of its own resources.
fn iam_resource(resource: &str) -> Option<String> {
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let [_, _, "iam", region, _, name] = parts.as_slice() else { return None };
    if !region.is_empty() && *region != "*" {
        return Some(format!("IAM resource {resource} cannot contain region information."));
    }
    let known = *name == "*" || IAM_TYPES.iter().any(|word| name.starts_with(word));
    (!known).then(|| {
        let words = IAM_TYPES.join(", ");
        format!("IAM resource path must either be \"*\" or start with {words}.")
    })
}
