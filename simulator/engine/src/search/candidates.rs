//! Who may be meant by a trust policy: the principals worth asking about, and what cannot be seen. Decides nothing.

use super::PrincipalRef;
use super::entry::Candidate;
use crate::decision::Doubt;
use crate::facts::{Entity, Subject};
use crate::index::Index;
use crate::layer::Found;
use crate::settings::TrustActionWildcards;
use crate::trust::source;
use rolegate_iam::AccountId;
use rolegate_iam::policy::{Effect, Principal, PrincipalClause, Statement};
use rolegate_iam::snapshot::Part;
use std::collections::{BTreeMap, BTreeSet};

/// The principals to ask about, and what is missing.
#[derive(Default)]
pub(crate) struct Candidates<'i> {
    /// In the order of the answer; `None` for those that cannot be seen.
    pub(crate) callers: BTreeMap<PrincipalRef, (Candidate, Option<&'i Subject<'i>>)>,
    /// Services, providers and principals that are not understood: by statement.
    pub(crate) others: Vec<(PrincipalRef, Found<'i>)>,
    pub(crate) doubts: BTreeSet<Doubt>,
}

/// Reads the trust policy of a role.
pub(crate) fn candidates<'i>(index: &'i Index<'i>, target: &'i Subject<'i>) -> Candidates<'i> {
    let mut candidates = Candidates::default();
    let Some(role) = target.as_role() else { return candidates };
    let (source, policy) = (source(target, role), role.trust.policy());
    candidates.doubts.extend(policy.broken.iter().map(|broken| Doubt::BrokenStatement {
        policy: source.to_owned(),
        span: broken.span,
        reason: broken.reason.clone(),
    }));
    for (number, statement) in policy.statements.iter().enumerate() {
        let found = Found { source, index: number, statement };
        if statement.effect == Effect::Allow && is_entry(statement) {
            match &statement.principal {
                PrincipalClause::Is(principals) => {
                    for principal in principals {
                        candidates.add(index, principal, found);
                    }
                }
                PrincipalClause::IsNot(_) | PrincipalClause::Absent => {
                    candidates.everyone(index);
                    candidates
                        .others
                        .push((PrincipalRef::Other("a statement without Principal".into()), found));
                }
            }
        }
    }
    candidates
}

/// Whether the statement may let anyone in at all.
fn is_entry(statement: &Statement) -> bool {
    ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
        .iter()
        .any(|action| !crate::action::covers(&statement.action, action, TrustActionWildcards::Glob).is_no())
}

impl<'i> Candidates<'i> {
    fn add(&mut self, index: &'i Index<'i>, principal: &Principal, found: Found<'i>) {
        match principal {
            Principal::Any | Principal::BareStar => self.everyone(index),
            Principal::Account { id, .. } => self.account(index, *id),
            Principal::User(arn) => {
                let known = index.subject(&arn.to_string());
                self.named(
                    index,
                    arn.account,
                    PrincipalRef::User(arn.clone()),
                    Candidate::User(arn.clone()),
                    known,
                );
            }
            Principal::Role(arn) => {
                let known = index.subject(&arn.to_string());
                self.named(
                    index,
                    arn.account,
                    PrincipalRef::Role(arn.clone()),
                    Candidate::Role(arn.clone()),
                    known,
                );
            }
            Principal::Session(arn) => self.session(index, arn),
            // One that still existed would be shown as an ARN (§2.8), so a principal that is not in sight is gone.
            Principal::UniqueId(id) => {
                let known = index.subjects().find(|subject| subject.id() == id.as_str());
                if let Some(subject) = known {
                    self.known(subject);
                }
            }
            Principal::Service(name) => self.others.push((PrincipalRef::Service(name.clone()), found)),
            Principal::Federated(name) => self.others.push((PrincipalRef::Federated(name.clone()), found)),
            // GetFederationToken sessions may not call AssumeRole; the others match nobody.
            Principal::FederatedUser(_) | Principal::CanonicalUser(_) | Principal::Invalid(_) => {}
        }
    }

    fn session(&mut self, index: &'i Index<'i>, arn: &rolegate_iam::SessionArn) {
        let account = index.snapshot().accounts.get(&arn.account);
        match account.and_then(|account| account.roles.get(&arn.role).map(|role| account.role_arn(role))) {
            Some(role) => {
                let known = index.subject(&role.to_string());
                self.named(
                    index,
                    arn.account,
                    PrincipalRef::Role(role.clone()),
                    Candidate::Role(role),
                    known,
                );
            }
            None if self.is_seen(index, arn.account, "roles") => {}
            None => {
                // The path of a role that cannot be seen is not known; its sessions do not show it.
                let path = rolegate_iam::Path::root();
                let role = rolegate_iam::RoleArn {
                    partition: arn.partition,
                    account: arn.account,
                    path,
                    name: arn.role.clone(),
                };
                self.callers
                    .entry(PrincipalRef::Role(role.clone()))
                    .or_insert((Candidate::RoleOfSession(role), None));
            }
        }
    }

    fn known(&mut self, subject: &'i Subject<'i>) {
        let (name, candidate) = match subject.entity {
            Entity::User(user) => {
                let arn = subject.account.user_arn(user);
                (PrincipalRef::User(arn.clone()), Candidate::User(arn))
            }
            Entity::Role(role) => {
                let arn = subject.account.role_arn(role);
                (PrincipalRef::Role(arn.clone()), Candidate::Role(arn))
            }
        };
        self.callers.insert(name, (candidate, Some(subject)));
    }

    fn named(
        &mut self,
        index: &'i Index<'i>,
        account: AccountId,
        name: PrincipalRef,
        candidate: Candidate,
        known: Option<&'i Subject<'i>>,
    ) {
        let part = if matches!(candidate, Candidate::User(_)) { "users" } else { "roles" };
        match known {
            Some(subject) => self.known(subject),
            None if self.is_seen(index, account, part) => {}
            None => {
                self.callers.insert(name, (candidate, None));
            }
        }
    }

    /// Every principal of an account, and whoever in it cannot be seen.
    fn account(&mut self, index: &'i Index<'i>, account: AccountId) {
        index.subjects_of(account).for_each(|subject| self.known(subject));
        let users = self.is_seen(index, account, "users");
        if !(self.is_seen(index, account, "roles") && users) {
            self.callers.insert(PrincipalRef::AnyoneIn(account), (Candidate::AnyoneIn(account), None));
        }
    }

    fn everyone(&mut self, index: &'i Index<'i>) {
        for account in index.snapshot().accounts.keys() {
            self.account(index, *account);
        }
        self.callers.insert(PrincipalRef::Anyone, (Candidate::Anyone, None));
    }

    /// Whether absence from this part of an account means absence; notes a doubt where it does not.
    fn is_seen(&mut self, index: &Index<'_>, account: AccountId, part: &'static str) -> bool {
        let why = match index.snapshot().accounts.get(&account) {
            None => "the account is not in the snapshot".into(),
            Some(known) => {
                match if part == "users" { &known.collected.users } else { &known.collected.roles } {
                    Part::Collected { .. } => return true,
                    Part::NotCollected { why } => why.clone(),
                }
            }
        };
        self.doubts.insert(Doubt::NotCollected { account, part, why });
        false
    }
}
