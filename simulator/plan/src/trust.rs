//! Trust policies of our roles: written from [`Entry`]s, and read back into them. The only place that knows their form.
//!
//! Statements trust an account root and say who in a condition, so a principal that is gone or not yet visible cannot make
//! the document unwritable (design §5). Reading accepts exactly what writing produces; everything else is foreign.

mod memo;

pub(crate) use memo::{Reader, Scribe};

use crate::entry::{Entry, Facts, Mfa, SessionNameRule, Who, Window};
use crate::naming::{Installation, is_remembered, signed};
use jiff::Timestamp;
use rolegate_iam::policy::{
    ActionClause, BaseOperator, CanonicalStatement, Condition, Effect, Operator, Principal, PrincipalClause,
    ResourceClause, Span, Version,
};
use rolegate_iam::{AccountId, Document, Partition, Policy, Statement};
use smol_str::{SmolStr, format_smolstr};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// What a trust policy holds, in our terms.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The ways in, and whether each stands in a statement that we wrote as it is.
    pub entries: BTreeMap<Entry, Remembered>,
    /// Foreign statements that deny: taking them away gives access.
    pub foreign_denies: Vec<Statement>,
    /// Whether there are foreign statements that allow, or that nobody understands.
    pub foreign_allows: bool,
    /// Whether our statement is there that denies everybody.
    pub dormant: bool,
}

/// Whether we wrote what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remembered {
    /// The statement matches its Sid: written by us, for an object.
    Yes,
    /// It does not: changed by somebody else.
    No,
}

fn condition(base: BaseOperator, key: &str, values: impl IntoIterator<Item = SmolStr>) -> Condition {
    Condition { operator: Operator::plain(base), key: key.into(), values: values.into_iter().collect() }
}

/// The conditions of a time and place window, for either half of a grant.
pub(crate) fn window_conditions(window: &Window) -> Vec<Condition> {
    let Window { source_cidrs, not_before, not_after } = window;
    let mut conditions = Vec::new();
    if let Some(cidrs) = source_cidrs {
        conditions.push(condition(BaseOperator::IpAddress, "aws:SourceIp", cidrs.iter().cloned()));
    }
    if let Some(time) = not_before {
        conditions.push(condition(
            BaseOperator::DateGreaterThanEquals,
            "aws:CurrentTime",
            [format_smolstr!("{time}")],
        ));
    }
    if let Some(time) = not_after {
        conditions.push(condition(
            BaseOperator::DateLessThan,
            "aws:CurrentTime",
            [format_smolstr!("{time}")],
        ));
    }
    conditions
}

/// What statements are grouped by: everything but the values of the condition that says who.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Form {
    kind: Kind,
    partition: Partition,
    account: AccountId,
    facts: Facts,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Group,
    User,
    Role,
    /// With the external id, which is one per statement.
    Account(SmolStr),
    /// The account's own policies say who.
    Gateway,
}

impl Form {
    fn of(entry: &Entry) -> (Self, SmolStr) {
        let Entry { who, facts } = entry;
        let (kind, partition, account, value) = match who {
            Who::Group { partition, gateway, group } => {
                (Kind::Group, *partition, *gateway, format_smolstr!("*:{group}:*"))
            }
            Who::User(arn) => (Kind::User, arn.partition, arn.account, format_smolstr!("{arn}")),
            Who::Role(arn) => (Kind::Role, arn.partition, arn.account, format_smolstr!("{arn}")),
            Who::Account { partition, id, external_id } => {
                (Kind::Account(external_id.clone()), *partition, *id, external_id.clone())
            }
            Who::Gateway { partition, gateway } => (Kind::Gateway, *partition, *gateway, SmolStr::default()),
        };
        (Self { kind, partition, account, facts: facts.clone() }, value)
    }

    fn statement(&self, who: BTreeSet<SmolStr>, installation: &Installation) -> Statement {
        signed(self.unsigned(who, installation))
    }

    fn unsigned(&self, who: BTreeSet<SmolStr>, installation: &Installation) -> Statement {
        let Self { kind, partition, account, facts: Facts { mfa, session_name, window } } = self;
        let mut equals = Vec::new();
        let mut conditions = Vec::new();
        match kind {
            Kind::Group => {
                equals.push(("aws:PrincipalType", "User".into()));
                let key = format_smolstr!("aws:PrincipalTag/{}", installation.membership_tag());
                conditions.push(condition(BaseOperator::StringLike, &key, who));
            }
            Kind::User => {
                equals.push(("aws:PrincipalType", "User".into()));
                conditions.push(condition(BaseOperator::ArnEquals, "aws:PrincipalArn", who));
            }
            Kind::Role => conditions.push(condition(BaseOperator::ArnEquals, "aws:PrincipalArn", who)),
            Kind::Account(external_id) => equals.push(("sts:ExternalId", external_id.clone())),
            Kind::Gateway => {}
        }
        if *session_name == SessionNameRule::UserName {
            equals.push(("sts:RoleSessionName", "${aws:username}".into()));
        }
        conditions.extend(
            equals.into_iter().map(|(key, value)| condition(BaseOperator::StringEquals, key, [value])),
        );
        if let Some(Mfa { max_age }) = mfa {
            conditions.push(condition(BaseOperator::Bool, "aws:MultiFactorAuthPresent", ["true".into()]));
            conditions.extend(max_age.map(|age| {
                condition(BaseOperator::NumericLessThan, "aws:MultiFactorAuthAge", [format_smolstr!("{age}")])
            }));
        }
        conditions.extend(window_conditions(window));
        Statement {
            sid: None,
            effect: Effect::Allow,
            principal: PrincipalClause::Is(vec![Principal::Account {
                partition: Some(*partition),
                id: *account,
            }]),
            action: ActionClause::Is(vec!["sts:AssumeRole".into()]),
            resource: ResourceClause::Absent,
            conditions,
            span: Span::default(),
        }
    }
}

/// What a dormant role has instead of statements that let somebody in, made once.
struct Dormant {
    statement: Statement,
    canonical: CanonicalStatement,
    document: Document,
}

static DORMANT: LazyLock<Dormant> = LazyLock::new(|| {
    let statement = signed(Statement {
        sid: None,
        effect: Effect::Deny,
        principal: PrincipalClause::Is(vec![Principal::Any]),
        action: ActionClause::Is(vec![
            "sts:AssumeRole".into(),
            "sts:AssumeRoleWithSAML".into(),
            "sts:AssumeRoleWithWebIdentity".into(),
        ]),
        resource: ResourceClause::Absent,
        conditions: Vec::new(),
        span: Span::default(),
    });
    let (canonical, document) = (statement.canonical(), document(vec![statement.clone()]));
    Dormant { statement, canonical, document }
});

/// The statement of a dormant role: nobody may enter, whatever else stands beside it.
pub(crate) fn dormant_statement() -> Statement {
    DORMANT.statement.clone()
}

fn document(statements: Vec<Statement>) -> Document {
    Document::from_policy(Policy { version: Version::V2012, statements, broken: Vec::new() })
}

/// The trust policy of a dormant role.
pub fn dormant() -> Document {
    DORMANT.document.clone()
}

/// Entries by form, with the values that say who.
fn forms<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> BTreeMap<Form, BTreeSet<SmolStr>> {
    let mut forms: BTreeMap<Form, BTreeSet<SmolStr>> = BTreeMap::new();
    for entry in entries {
        let (form, value) = Form::of(entry);
        forms.entry(form).or_default().insert(value);
    }
    forms
}

/// The trust policy that lets in exactly these, beside foreign denies that are kept for now. Without entries: dormant.
pub fn write<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    kept_denies: &[Statement],
    installation: &Installation,
) -> Document {
    let forms = forms(entries);
    if forms.is_empty() && kept_denies.is_empty() {
        return dormant();
    }
    let mut statements: Vec<_> =
        forms.into_iter().map(|(form, who)| form.statement(who, installation)).collect();
    if statements.is_empty() {
        statements.push(dormant_statement());
    }
    statements.extend(kept_denies.iter().cloned());
    document(statements)
}

/// The Sid of the statement that each entry stands in when these are written together.
pub fn statements<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    installation: &Installation,
) -> Vec<(SmolStr, &'a Entry)> {
    let mut forms: BTreeMap<Form, (BTreeSet<SmolStr>, Vec<&'a Entry>)> = BTreeMap::new();
    for entry in entries {
        let (form, value) = Form::of(entry);
        let (who, members) = forms.entry(form).or_default();
        who.insert(value);
        members.push(entry);
    }
    let mut found = Vec::new();
    for (form, (who, members)) in forms {
        if let Some(sid) = form.statement(who, installation).sid {
            found.extend(members.into_iter().map(|entry| (sid.clone(), entry)));
        }
    }
    found
}

/// Reads a trust policy of one of our roles.
pub fn read(trust: &Document, installation: &Installation) -> Trust {
    let policy = trust.policy();
    let mut found = Trust { foreign_allows: !policy.broken.is_empty(), ..Trust::default() };
    for statement in &policy.statements {
        if statement.effect == Effect::Deny {
            if statement.canonical() == DORMANT.canonical {
                found.dormant = true;
            } else {
                // Without its Sid, which could collide with one of ours and means nothing.
                found.foreign_denies.push(Statement { sid: None, ..statement.clone() });
            }
            continue;
        }
        // Variables are literal text in a document of the older version, so our statements mean something else there.
        match read_statement(statement, installation).filter(|_| policy.version == Version::V2012) {
            Some((entries, remembered)) => {
                for entry in entries {
                    let known = found.entries.entry(entry).or_insert(remembered);
                    *known = (*known).min(remembered);
                }
            }
            None => found.foreign_allows = true,
        }
    }
    found
}

/// The entries of one statement, if it is exactly what [`write`] makes of them.
fn read_statement(statement: &Statement, installation: &Installation) -> Option<(Vec<Entry>, Remembered)> {
    let PrincipalClause::Is(principals) = &statement.principal else { return None };
    let [Principal::Account { partition, id }] = principals.as_slice() else { return None };
    let parts = Parts::read(&statement.conditions, installation)?;
    let partition = partition.unwrap_or_default();
    let facts = Facts {
        mfa: parts.mfa.then_some(Mfa { max_age: parts.mfa_age }),
        session_name: if parts.named { SessionNameRule::UserName } else { SessionNameRule::Any },
        window: Window {
            source_cidrs: parts.cidrs,
            not_before: parts.not_before,
            not_after: parts.not_after,
        },
    };
    let who: Vec<Who> = if !parts.tags.is_empty() {
        let names = parts.tags.iter().map(|pattern| pattern.strip_prefix("*:")?.strip_suffix(":*"));
        names
            .map(|name| name.map(|group| Who::Group { partition, gateway: *id, group: group.into() }))
            .collect::<Option<_>>()?
    } else if !parts.arns.is_empty() {
        let whom = |arn: &SmolStr| {
            let user = arn.parse().map(Who::User);
            user.or_else(|_| arn.parse().map(Who::Role)).ok()
        };
        parts.arns.iter().map(whom).collect::<Option<_>>()?
    } else {
        match parts.external_id {
            Some(external_id) => vec![Who::Account { partition, id: *id, external_id }],
            None => vec![Who::Gateway { partition, gateway: *id }],
        }
    };
    let entries: Vec<_> = who.into_iter().map(|who| Entry { who, facts: facts.clone() }).collect();
    let mut again = forms(&entries).into_iter().map(|(form, who)| form.unsigned(who, installation));
    let canonical = statement.canonical();
    let is_same = again.next().is_some_and(|only| only.canonical() == canonical) && again.next().is_none();
    let remembered = if is_remembered(statement, &canonical) { Remembered::Yes } else { Remembered::No };
    is_same.then_some((entries, remembered))
}

#[derive(Default)]
struct Parts {
    tags: Vec<SmolStr>,
    arns: Vec<SmolStr>,
    external_id: Option<SmolStr>,
    mfa: bool,
    mfa_age: Option<u32>,
    named: bool,
    cidrs: Option<BTreeSet<SmolStr>>,
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
}

impl Parts {
    /// Collects what is recognised; the caller proves by writing again that nothing was missed.
    fn read(conditions: &[Condition], installation: &Installation) -> Option<Self> {
        let tag_key = format!("aws:principaltag/{}", installation.membership_tag().to_ascii_lowercase());
        let mut parts = Self::default();
        for condition in conditions {
            let Condition { operator, key, values } = condition;
            let one = || values.first().cloned();
            match (&operator.base, key.to_ascii_lowercase().as_str()) {
                (BaseOperator::StringLike, key) if key == tag_key => parts.tags.clone_from(values),
                (BaseOperator::ArnEquals, "aws:principalarn") => parts.arns.clone_from(values),
                (BaseOperator::StringEquals, "sts:externalid") => parts.external_id = one(),
                (BaseOperator::StringEquals, "sts:rolesessionname") => parts.named = true,
                (BaseOperator::StringEquals, "aws:principaltype") => {}
                (BaseOperator::Bool, "aws:multifactorauthpresent") => parts.mfa = true,
                (BaseOperator::NumericLessThan, "aws:multifactorauthage") => {
                    parts.mfa_age = Some(one()?.parse().ok()?);
                }
                _ => parts.read_window_condition(condition)?,
            }
        }
        Some(parts)
    }

    fn read_window(conditions: &[Condition]) -> Option<Self> {
        let mut parts = Self::default();
        conditions.iter().try_for_each(|condition| parts.read_window_condition(condition))?;
        Some(parts)
    }

    fn read_window_condition(&mut self, condition: &Condition) -> Option<()> {
        let Condition { operator, key, values } = condition;
        match (&operator.base, key.to_ascii_lowercase().as_str(), values.as_slice()) {
            (BaseOperator::IpAddress, "aws:sourceip", cidrs) => {
                self.cidrs = Some(cidrs.iter().cloned().collect());
            }
            (BaseOperator::DateGreaterThanEquals, "aws:currenttime", [time]) => {
                self.not_before = time.parse().ok();
            }
            (BaseOperator::DateLessThan, "aws:currenttime", [time]) => self.not_after = time.parse().ok(),
            _ => return None,
        }
        Some(())
    }
}

impl Window {
    /// Reads what [`window_conditions`] writes; `None` when there is anything else.
    pub(crate) fn read(conditions: &[Condition]) -> Option<Self> {
        let parts = Parts::read_window(conditions)?;
        Some(Self { source_cidrs: parts.cidrs, not_before: parts.not_before, not_after: parts.not_after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(who: Who, mfa: Option<Mfa>, session_name: SessionNameRule) -> Entry {
        Entry { who, facts: Facts { mfa, session_name, window: Window::default() } }
    }

    fn gateway(id: &str) -> Who {
        Who::Gateway { partition: Partition::Aws, gateway: id.parse().unwrap() }
    }

    #[test]
    fn a_gateway_s_door_asks_for_mfa_and_name_and_is_read_back() {
        let ours = Installation::new("acme");
        let strict =
            entry(gateway("111111111111"), Some(Mfa { max_age: Some(3600) }), SessionNameRule::UserName);
        let document = write([&strict], &[], &ours);
        let statement = document.policy().statements.first().unwrap();
        assert_eq!(
            document.text().replacen(statement.sid.as_deref().unwrap(), "SID", 1),
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"SID","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"},"Bool":{"aws:MultiFactorAuthPresent":"true"},"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}}]}"#
        );
        let found = read(&document, &ours);
        assert_eq!(found.entries, [(strict, Remembered::Yes)].into());
        assert!(!found.foreign_allows);
    }

    #[test]
    fn a_plain_door_for_an_account_is_read_as_its_gateway_s_and_a_condition_of_others_is_foreign() {
        let ours = Installation::new("acme");
        let plain = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"sts:AssumeRole"}]}"#;
        let open = entry(gateway("999999999999"), None, SessionNameRule::Any);
        assert_eq!(read(&Document::parse(plain), &ours).entries, [(open, Remembered::No)].into());
        let odd = plain.replace(
            r#"AssumeRole"}"#,
            r#"AssumeRole","Condition":{"StringEquals":{"aws:username":"ana"}}}"#,
        );
        let found = read(&Document::parse(&odd), &ours);
        assert!(found.entries.is_empty() && found.foreign_allows);
    }
}
