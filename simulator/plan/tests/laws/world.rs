//! The AWS of the tests: what is there before, what strangers do to it, and the simplest executor of plans.

use crate::model::{ACCOUNTS, Company, NOW, THIRD, USERS};
use jiff::Timestamp;
use rolegate_iam::snapshot::{ManagedPolicy, PolicyVersion, Role, User};
use rolegate_iam::{Account, AccountId, Document, Path, PolicyArn, PolicyOwner, Snapshot, Tags};
use rolegate_plan::outcome::{Options, Outcome, plan};
use rolegate_plan::project::{apply, project};
use rolegate_plan::step::{Action, Step};
use rolegate_plan::validate::Validated;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn options() -> Options {
    Options::new("files", NOW.parse().unwrap())
}

pub(crate) fn at(now: Timestamp) -> Options {
    Options { now, ..options() }
}

pub(crate) fn id(account: usize) -> AccountId {
    ACCOUNTS[account].1.parse().unwrap()
}

pub(crate) fn user(name: &str) -> User {
    User::bare(format!("AIDAEXAMPLE{}", name.to_uppercase()), Path::root(), name.parse().unwrap())
}

pub(crate) fn role(name: &str, path: &str) -> Role {
    Role {
        id: format!("AROAEXAMPLE{}", name.to_uppercase()).into(),
        path: path.parse().unwrap(),
        name: name.parse().unwrap(),
        created: None,
        trust: Document::parse(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
        ),
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
        boundary: None,
        tags: Tags::new(),
        max_session_duration: Some(3600),
        description: None,
        instance_profiles: BTreeSet::new(),
    }
}

pub(crate) fn statement(text: &str) -> Document {
    Document::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{text}]}}"#))
}

pub(crate) const ASSUME_ANY: &str = r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}"#;

pub(crate) fn managed(arn: PolicyArn, text: &str) -> ManagedPolicy {
    ManagedPolicy {
        id: format!("ANPA{}", arn.name.as_str().to_uppercase()).into(),
        arn,
        default_version: "v1".into(),
        versions: BTreeMap::from([("v1".into(), PolicyVersion { created: None, document: statement(text) })]),
        description: None,
    }
}

/// Every account with its people and machines, and nothing of ours.
pub(crate) fn base(company: &Company) -> Snapshot {
    let mut world = Snapshot::default();
    for (number, (_, text, gateway)) in ACCOUNTS.iter().enumerate() {
        if !company.is_here(number) {
            continue;
        }
        let mut account = Account::empty(text.parse().unwrap(), "aws".parse().unwrap(), None);
        account.summary.insert("AssumeRolePolicySizeQuota".into(), 8192);
        if number == *gateway {
            for name in USERS {
                account.users.insert(name.parse().unwrap(), user(name));
            }
        }
        if number == 0 {
            account.roles.insert("ci".parse().unwrap(), role("ci", "/"));
        }
        if number == 2 {
            let mut worker = role("worker", "/svc/");
            worker.inline.insert("own".parse().unwrap(), statement(ASSUME_ANY));
            account.roles.insert("worker".parse().unwrap(), worker);
        }
        for (name, text) in [
            ("limit", r#"{"Effect":"Allow","Action":["s3:*","ec2:*"],"Resource":"*"}"#),
            ("tight", r#"{"Effect":"Allow","Action":["s3:*","iam:*"],"Resource":"*"}"#),
        ] {
            let arn = account.policy_arn(&"/".parse().unwrap(), &name.parse().unwrap());
            account.policies.insert(arn.clone(), managed(arn, text));
        }
        world.accounts.insert(account.id, account);
    }
    let mut third = Account::empty(THIRD.parse().unwrap(), "aws".parse().unwrap(), None);
    let mut scanner = role("scanner", "/");
    scanner.inline.insert("own".parse().unwrap(), statement(ASSUME_ANY));
    third.roles.insert("scanner".parse().unwrap(), scanner);
    world.accounts.insert(third.id, third);
    for (name, text) in [
        ("ReadOnly", r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#),
        ("Power", r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#),
        ("Stop", r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#),
    ] {
        let arn = aws(name);
        world.aws_managed.insert(arn.clone(), managed(arn, text));
    }
    world
}

pub(crate) fn aws(name: &str) -> PolicyArn {
    PolicyArn {
        partition: "aws".parse().unwrap(),
        owner: PolicyOwner::Aws,
        path: "/".parse().unwrap(),
        name: name.parse().unwrap(),
    }
}

/// Plans and performs everything in order until nothing is left. Answers the last outcome too.
pub(crate) fn settle(validated: &Validated, world: &Snapshot, options: &Options) -> (Snapshot, Outcome) {
    let mut world = world.clone();
    for _ in 0..12 {
        let outcome = plan(validated, &world, options);
        if outcome.plan.is_empty() {
            return (world, outcome);
        }
        world = project(&world, &outcome.plan);
    }
    let outcome = plan(validated, &world, options);
    panic!("never at rest: {:#?}", lines(&outcome.plan.steps));
}

pub(crate) fn line(step: &Step) -> String {
    format!("{} {} ({:?}, {})", step.account, step.action, step.effect, step.cause)
}

pub(crate) fn lines(steps: &[Step]) -> Vec<String> {
    steps
        .iter()
        .enumerate()
        .map(|(n, step)| format!("{n}: {} after {:?} seen {:?}", line(step), step.after, step.seen))
        .collect()
}

/// What a step does, without the version that is thrown away to make room.
pub(crate) fn essence(step: &Step) -> String {
    let mut action = step.action.clone();
    if let Action::CreatePolicyVersion { prune, .. } = &mut action {
        *prune = None;
    }
    let texts = match &action {
        Action::UpdateTrust { document, .. }
        | Action::PutRolePolicy { document, .. }
        | Action::CreatePolicyVersion { document, .. }
        | Action::CreatePolicy { document, .. } => format!("{:?}", document.canonical()),
        other => format!("{other:?}"),
    };
    format!("{} {action} {texts}", step.account)
}

/// Performs one step as AWS would; `Err` where AWS refuses.
pub(crate) fn perform(world: &mut Snapshot, step: &Step) -> Result<(), String> {
    let account = world.accounts.get_mut(&step.account).ok_or("no such account")?;
    refusal(account, &step.action).map_or(Ok(()), Err)?;
    apply(account, &step.action);
    Ok(())
}

fn refusal(account: &Account, action: &Action) -> Option<String> {
    let missing = |there: bool, what: &str| (!there).then(|| format!("NoSuchEntity: {what}"));
    let role = |name| missing(account.roles.contains_key(name), "role");
    let group = |name| missing(account.groups.contains_key(name), "group");
    let user = |name| missing(account.users.contains_key(name), "user");
    let policy = |arn: &PolicyArn| {
        missing(matches!(arn.owner, PolicyOwner::Aws) || account.policies.contains_key(arn), "policy")
    };
    let attached = |arn: &PolicyArn| {
        account.roles.values().any(|role| role.attached.contains(arn))
            || account.groups.values().any(|group| group.attached.contains(arn))
            || account.users.values().any(|user| user.attached.contains(arn))
    };
    match action {
        Action::CreateRole { role, .. } => account.roles.contains_key(role).then(|| "role exists".into()),
        Action::CreateGroup { group, .. } => {
            account.groups.contains_key(group).then(|| "group exists".into())
        }
        Action::CreatePolicy { path, name, .. } => {
            account.policies.contains_key(&account.policy_arn(path, name)).then(|| "policy exists".into())
        }
        Action::UpdateTrust { role: name, .. }
        | Action::UpdateRole { role: name, .. }
        | Action::TagRole { role: name, .. }
        | Action::UntagRole { role: name, .. }
        | Action::PutRolePolicy { role: name, .. }
        | Action::DeleteRoleBoundary { role: name } => role(name),
        Action::PutRoleBoundary { role: name, policy: arn }
        | Action::AttachRolePolicy { role: name, policy: arn } => role(name).or_else(|| policy(arn)),
        Action::AttachGroupPolicy { group: name, policy: arn } => group(name).or_else(|| policy(arn)),
        Action::AttachUserPolicy { user: name, policy: arn } => user(name).or_else(|| policy(arn)),
        Action::PutGroupPolicy { group: name, .. } => group(name),
        Action::AddUserToGroup { user: name, group: into } => user(name).or_else(|| group(into)),
        Action::TagUser { user: name, .. } | Action::UntagUser { user: name, .. } => user(name),
        Action::CreatePolicyVersion { policy: arn, prune, .. } => policy(arn).or_else(|| {
            let kept = account.policies[arn].versions.keys().filter(|id| Some(*id) != prune.as_ref()).count();
            (kept >= 5).then(|| "LimitExceeded: versions".into())
        }),
        Action::DeleteRole { role: name } => account.roles.get(name).and_then(|role| {
            let bare =
                role.inline.is_empty() && role.attached.is_empty() && role.instance_profiles.is_empty();
            (!bare).then(|| "DeleteConflict: role".into())
        }),
        Action::DeletePolicy { policy: arn } => account.policies.get(arn).and_then(|policy| {
            (attached(arn) || policy.versions.len() > 1).then(|| "DeleteConflict: policy".into())
        }),
        Action::DeleteRolePolicy { .. }
        | Action::DetachRolePolicy { .. }
        | Action::DeleteGroupPolicy { .. }
        | Action::DetachGroupPolicy { .. }
        | Action::RemoveUserFromGroup { .. }
        | Action::DetachUserPolicy { .. }
        | Action::DeletePolicyVersion { .. } => None,
    }
}
