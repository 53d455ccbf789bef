//! A [`Snapshot`] with every user's and role's policies resolved once, for many questions. Changes nothing, decides nothing.

use crate::control::{self, Controls, Levels};
use crate::facts::{Entity, Facts, Lookup, Membership, Readied, Subject, absent_account, missing};
use crate::prepared::Prepared;
use rolegate_iam::organization::ControlType;
use rolegate_iam::{AccountId, Document, PolicyArn, RoleArn, Snapshot, UserArn};
use rustc_hash::FxHashMap;
use smol_str::{SmolStr, ToSmolStr};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An indexed snapshot. Subjects are kept in the order of account, kind and name, so every walk is deterministic.
#[derive(Debug)]
pub struct Index<'s> {
    snapshot: &'s Snapshot,
    subjects: Vec<Subject<'s>>,
    by_arn: FxHashMap<SmolStr, usize>,
    by_user: FxHashMap<UserArn, usize>,
    users_of: BTreeMap<AccountId, std::ops::Range<usize>>,
    roles_of: BTreeMap<AccountId, std::ops::Range<usize>>,
    memberships: FxHashMap<AccountId, Membership>,
    controls: FxHashMap<(AccountId, ControlType), (Controls<'s>, bool)>,
}

impl<'s> Index<'s> {
    /// Resolves everything.
    pub fn new(snapshot: &'s Snapshot) -> Self {
        let mut subjects = Vec::new();
        let mut users_of = BTreeMap::new();
        let mut roles_of = BTreeMap::new();
        for (id, account) in &snapshot.accounts {
            let start = subjects.len();
            subjects.extend(account.users.values().map(|user| Subject::of_user(snapshot, account, user)));
            let middle = subjects.len();
            subjects.extend(account.roles.values().map(|role| Subject::of_role(snapshot, account, role)));
            users_of.insert(*id, start..middle);
            roles_of.insert(*id, middle..subjects.len());
        }
        let by_arn = subjects.iter().enumerate().map(|(at, subject)| (subject.arn.clone(), at)).collect();
        let user = |subject: &Subject<'_>| match subject.entity {
            Entity::User(user) => Some(subject.account.user_arn(user)),
            Entity::Role(_) => None,
        };
        let by_user =
            subjects.iter().enumerate().filter_map(|(at, subject)| Some((user(subject)?, at))).collect();
        let members = snapshot.organizations.values().flat_map(|organization| organization.members.keys());
        let accounts: BTreeSet<AccountId> = snapshot.accounts.keys().chain(members).copied().collect();
        let memberships =
            accounts.iter().map(|account| (*account, control::membership(snapshot, *account))).collect();
        let controls = accounts
            .iter()
            .flat_map(|account| ControlType::ALL.map(|kind| (*account, kind)))
            .map(|(account, kind)| {
                let controls = control::controls(snapshot, account, kind);
                let open = matches!(&controls, Controls::Levels(levels) if control::are_open(levels));
                ((account, kind), (controls, open))
            })
            .collect();
        let mut index =
            Self { snapshot, subjects, by_arn, by_user, users_of, roles_of, memberships, controls };
        index.prepare();
        index
    }

    /// The snapshot it was made from.
    pub fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    /// Users and roles of an account, users first, each by name.
    pub fn subjects_of(&self, account: AccountId) -> impl Iterator<Item = &Subject<'s>> {
        let range = |table: &BTreeMap<AccountId, std::ops::Range<usize>>| {
            table.get(&account).cloned().unwrap_or(0..0)
        };
        let users = self.subjects.get(range(&self.users_of)).unwrap_or_default();
        let roles = self.subjects.get(range(&self.roles_of)).unwrap_or_default();
        users.iter().chain(roles)
    }

    /// Every user and role.
    pub fn subjects(&self) -> impl Iterator<Item = &Subject<'s>> {
        self.subjects.iter()
    }

    /// A user or role by the text of its ARN.
    pub fn subject(&self, arn: &str) -> Option<&Subject<'s>> {
        self.subjects.get(*self.by_arn.get(arn)?)
    }

    /// Prepares every policy, once for each document, and what else of a subject is the same for every question.
    fn prepare(&mut self) {
        let Self { subjects, controls, .. } = self;
        let mut documents: FxHashMap<*const Document, Arc<Prepared<'s>>> = FxHashMap::default();
        let mut prepared = |document: &'s Document| {
            let key = std::ptr::from_ref(document);
            Arc::clone(documents.entry(key).or_insert_with(|| Arc::new(Prepared::of(document))))
        };
        let is_free = |account, kind| match controls.get(&(account, kind)) {
            Some((Controls::Levels(_), open)) => *open,
            Some((Controls::Free(_), _)) => true,
            Some((Controls::NotCollected(_), _)) | None => false,
        };
        for subject in subjects {
            for held in subject.policies.iter_mut().chain(&mut subject.boundary) {
                held.prepared = held.document.map(&mut prepared);
            }
            let role = subject.as_role();
            subject.prepared = Readied {
                role_arn: role.map(|role| subject.account.role_arn(role)),
                trust: role.map(|role| prepared(&role.trust)),
                free_of_scps: is_free(subject.account.id, ControlType::Scp),
                free_of_rcps: is_free(subject.account.id, ControlType::Rcp),
            };
        }
    }

    fn find<'a>(&'a self, arn: &str) -> Option<Cow<'a, Subject<'a>>> {
        self.subject(arn).map(Cow::Borrowed)
    }
}

impl Facts for Index<'_> {
    fn user(&self, arn: &UserArn) -> Lookup<Cow<'_, Subject<'_>>> {
        if let Some(found) = self.by_user.get(arn).and_then(|at| self.subjects.get(*at)) {
            return Lookup::Found(Cow::Borrowed(found));
        }
        match self.snapshot.accounts.get(&arn.account) {
            Some(account) => missing(account.id, "users", &account.collected.users),
            None => Lookup::NotCollected(absent_account(arn.account, "users")),
        }
    }

    fn role(&self, arn: &RoleArn) -> Lookup<Cow<'_, Subject<'_>>> {
        self.role_by_text(&arn.to_smolstr())
    }

    fn role_by_text(&self, arn: &str) -> Lookup<Cow<'_, Subject<'_>>> {
        if let Some(found) = self.find(arn).filter(|found| found.as_role().is_some()) {
            return Lookup::Found(found);
        }
        let Ok(arn) = arn.parse::<RoleArn>() else { return Lookup::Missing };
        match self.snapshot.accounts.get(&arn.account) {
            Some(account) => missing(account.id, "roles", &account.collected.roles),
            None => Lookup::NotCollected(absent_account(arn.account, "roles")),
        }
    }

    fn document(&self, arn: &PolicyArn) -> Option<&Document> {
        self.snapshot.policy(arn)?.document()
    }

    fn membership(&self, account: AccountId) -> Membership {
        match self.memberships.get(&account) {
            Some(known) => known.clone(),
            None => control::membership(self.snapshot, account),
        }
    }

    fn controls(&self, account: AccountId, kind: ControlType) -> Controls<'_> {
        match self.controls.get(&(account, kind)) {
            Some((Controls::Levels(levels), open)) => Controls::Levels(Levels::Kept(levels, *open)),
            Some((Controls::Free(exempt), _)) => Controls::Free(*exempt),
            Some((Controls::NotCollected(doubt), _)) => Controls::NotCollected(doubt.clone()),
            None => control::controls(self.snapshot, account, kind),
        }
    }

    fn is_suspended(&self, account: AccountId) -> bool {
        control::is_suspended(self.snapshot, account)
    }
}
