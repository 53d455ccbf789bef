//! Where a statement stands, in a file of the snapshot; and the objects that declare it, where they are written.

use crate::command::origin::{Behind, Origins};
use rolegate_engine::{Holder, PolicyKind, PolicySource, StatementRef};
use rolegate_iam::snapshot::locate::{Place, Position, position};
use rolegate_iam::{Document, RoleArn, Snapshot};

/// The files a snapshot was read from, and the world that was looked at.
pub(super) struct Places<'a> {
    pub(super) files: &'a [(String, String)],
    pub(super) world: &'a Snapshot,
    /// What the manifests declare.
    pub(super) origins: Option<Origins>,
}

impl Places<'_> {
    /// The file and the position of a statement; `None` when no file holds it as it was evaluated.
    pub(super) fn of(&self, statement: &StatementRef) -> Option<(&str, Position)> {
        let place = place(&statement.policy)?;
        let text = self.document(&statement.policy)?.text();
        self.files.iter().find_map(|(name, file)| {
            let at = position(file, &place, text, statement.span.start)?;
            Some((name.as_str(), at))
        })
    }

    /// The objects that declare a statement by which a role is entered.
    pub(super) fn declared(&self, statement: &StatementRef, target: &RoleArn) -> Vec<Behind<'_>> {
        self.origins.iter().flat_map(|origins| origins.behind(statement, target)).collect()
    }

    fn document(&self, PolicySource { holder, kind }: &PolicySource) -> Option<&Document> {
        let world = self.world;
        match (kind, holder) {
            (PolicyKind::Trust, Holder::Role(arn)) => world.role(arn).map(|role| &role.trust),
            (PolicyKind::Inline(name), Holder::Role(arn)) => world.role(arn)?.inline.get(name),
            (PolicyKind::Inline(name), Holder::User(arn)) => world.user(arn)?.inline.get(name),
            (PolicyKind::Inline(name), Holder::Group(arn)) => {
                world.accounts.get(&arn.account)?.groups.get(&arn.name)?.inline.get(name)
            }
            (PolicyKind::Managed(arn) | PolicyKind::Boundary(arn) | PolicyKind::ManagedSession(arn), _) => {
                world.policy(arn)?.document()
            }
            (PolicyKind::Scp(name) | PolicyKind::Rcp(name), Holder::Node { organization, .. }) => {
                let mut policies = world.organizations.get(organization)?.policies.values();
                policies.find(|policy| policy.name == *name)?.document.as_ref()
            }
            _ => None,
        }
    }
}

fn place(PolicySource { holder, kind }: &PolicySource) -> Option<Place> {
    Some(match kind {
        PolicyKind::Trust => Place::Trust(holder.to_string()),
        PolicyKind::Inline(name) => Place::Inline(holder.to_string(), name.to_string()),
        PolicyKind::Managed(arn) | PolicyKind::Boundary(arn) | PolicyKind::ManagedSession(arn) => {
            Place::Managed(arn.to_string())
        }
        PolicyKind::Scp(name) | PolicyKind::Rcp(name) => Place::Control(name.to_string()),
        PolicyKind::Session(_) | PolicyKind::Endpoint => return None,
    })
}
