//! An AWS organization as far as it decides access: its tree, and the control policies attached to it (§2.6). Plain data;
//! what is not known of it is `None` or absent, never empty.

use crate::account::AccountId;
use crate::policy::Document;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// How deep a tree can be: a root, five units below each other, an account. Twice as deep is a circle.
const MAX_DEPTH: usize = 14;

/// The id of the SCP that allows everything and is attached everywhere unless somebody detached it.
pub const FULL_ACCESS: &str = "p-FullAWSAccess";
/// The id of the RCP that allows everything and cannot be detached.
pub const RCP_FULL_ACCESS: &str = "p-RCPFullAWSAccess";

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// `o-…`
    pub id: SmolStr,
    /// Its management account, which no control policy binds.
    pub management_account: AccountId,
    /// What it is used for.
    pub features: FeatureSet,
    /// Its root, `r-…`, when known.
    pub root: Option<SmolStr>,
    /// Which types of policy are enabled on the root; an absent entry is not known.
    pub enabled: BTreeMap<ControlType, bool>,
    /// Its organizational units by id, `ou-…`.
    pub units: BTreeMap<SmolStr, Unit>,
    /// The accounts that are known to be in it. One that is not here may be all the same.
    pub members: BTreeMap<AccountId, Member>,
    /// What is attached to what; an absent entry was not collected.
    pub attached: BTreeMap<(Node, ControlType), Attached>,
    /// The policies by id.
    pub policies: BTreeMap<SmolStr, ControlPolicy>,
}

/// `FeatureSet`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeatureSet {
    /// Control policies count.
    All,
    /// There are no control policies.
    ConsolidatedBilling,
}

/// The types of policy that limit access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControlType {
    /// Service control policies limit the principals of an account.
    Scp,
    /// Resource control policies limit who may use the resources of an account.
    Rcp,
}

/// A place in the tree to which policies can be attached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// The root, `r-…`.
    Root(SmolStr),
    /// An organizational unit, `ou-…`.
    Unit(SmolStr),
    /// An account.
    Account(AccountId),
}

/// An organizational unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unit {
    /// Its name, when known.
    pub name: Option<SmolStr>,
    /// Where it hangs, when known.
    pub parent: Option<Node>,
}

/// An account of the organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Member {
    /// Its name in the organization, when known.
    pub name: Option<SmolStr>,
    /// Where it hangs, when known.
    pub parent: Option<Node>,
    /// Whether it is in use, when known.
    pub status: Option<AccountStatus>,
}

/// Whether an account is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountStatus {
    /// It is.
    Active,
    /// AWS suspended or closed it: its principals and roles are of no use (§2.2).
    Suspended,
}

/// The policies of one type that are attached to a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attached {
    /// Their ids.
    pub policies: BTreeSet<SmolStr>,
    /// Whether there may be more.
    pub truncated: bool,
}

/// A control policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlPolicy {
    /// `p-…`
    pub id: SmolStr,
    /// Its name.
    pub name: SmolStr,
    /// Its type.
    pub kind: ControlType,
    /// Its document; `None` when it was not collected.
    pub document: Option<Document>,
}

/// Why a text is no node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no root (r-…), no organizational unit (ou-…) and no account id")]
pub struct InvalidNode(pub String);

impl Organization {
    /// An organization of which nothing more is known.
    pub fn unread(id: impl Into<SmolStr>, management_account: AccountId, features: FeatureSet) -> Self {
        Self {
            id: id.into(),
            management_account,
            features,
            root: None,
            enabled: BTreeMap::new(),
            units: BTreeMap::new(),
            members: [(management_account, Member::default())].into(),
            attached: BTreeMap::new(),
            policies: BTreeMap::new(),
        }
    }

    /// Where an account hangs: root, units, the account itself; `None` when a part of the way is not known.
    pub fn levels(&self, account: AccountId) -> Option<Vec<Node>> {
        let mut levels = vec![Node::Account(account)];
        let mut parent = self.members.get(&account)?.parent.clone()?;
        while levels.len() < MAX_DEPTH {
            levels.push(parent.clone());
            parent = match &parent {
                Node::Root(_) => {
                    levels.reverse();
                    return Some(levels);
                }
                Node::Unit(id) => self.units.get(id)?.parent.clone()?,
                Node::Account(_) => return None,
            };
        }
        None
    }

    /// The value of `aws:PrincipalOrgPaths` for an account, such as `o-x/r-y/ou-a/`; `None` when not known.
    pub fn path(&self, account: AccountId) -> Option<SmolStr> {
        let mut path = format!("{}/", self.id);
        for level in self.levels(account)? {
            match level {
                Node::Root(id) | Node::Unit(id) => {
                    path.push_str(&id);
                    path.push('/');
                }
                Node::Account(_) => {}
            }
        }
        Some(path.into())
    }

    /// Adds what another reading of the same organization says.
    ///
    /// # Errors
    /// What contradicts what is known, for people.
    pub fn merge(&mut self, other: Self) -> Result<(), String> {
        let Self { id, management_account, features, root, enabled, units, members, attached, policies } =
            other;
        if (management_account, features) != (self.management_account, self.features) {
            return Err(format!("{id} has two management accounts or feature sets"));
        }
        agree(&mut self.root, root, "the root of", &id)?;
        for (kind, enabled) in enabled {
            if *self.enabled.entry(kind).or_insert(enabled) != enabled {
                return Err(format!("{} are enabled and not enabled in {id}", kind.words()));
            }
        }
        for (unit, Unit { name, parent }) in units {
            let known = self.units.entry(unit.clone()).or_default();
            agree(&mut known.name, name, "the name of", &unit)?;
            agree(&mut known.parent, parent, "the parent of", &unit)?;
        }
        for (account, Member { name, parent, status }) in members {
            let known = self.members.entry(account).or_default();
            agree(&mut known.name, name, "the name of", &account)?;
            agree(&mut known.parent, parent, "the parent of", &account)?;
            agree(&mut known.status, status, "the status of", &account)?;
        }
        for ((node, kind), list) in attached {
            self.attach(node, kind, list)?;
        }
        for policy in policies.into_values() {
            self.add_policy(policy)?;
        }
        Ok(())
    }

    /// Notes what is attached to a node.
    ///
    /// # Errors
    /// When something else was said of it before.
    pub fn attach(&mut self, node: Node, kind: ControlType, list: Attached) -> Result<(), String> {
        match self.attached.get(&(node.clone(), kind)) {
            Some(known) if *known != list => Err(format!("two lists of the {} of {node}", kind.words())),
            _ => {
                self.attached.insert((node, kind), list);
                Ok(())
            }
        }
    }

    /// Adds a policy, or the document of one that is known by name.
    ///
    /// # Errors
    /// When it is known otherwise.
    pub fn add_policy(&mut self, policy: ControlPolicy) -> Result<(), String> {
        let ControlPolicy { id, name, kind, document } = policy;
        let known = self.policies.entry(id.clone()).or_insert_with(|| ControlPolicy {
            id: id.clone(),
            name: name.clone(),
            kind,
            document: None,
        });
        if (&known.name, known.kind) != (&name, kind) {
            return Err(format!("two policies have the id {id}"));
        }
        agree(&mut known.document, document, "the document of", &id)
    }

    /// The name of a node for people, when it has one.
    pub fn name_of(&self, node: &Node) -> Option<&SmolStr> {
        match node {
            Node::Root(_) => None,
            Node::Unit(id) => self.units.get(id)?.name.as_ref(),
            Node::Account(id) => self.members.get(id)?.name.as_ref(),
        }
    }
}

/// Keeps what is known; both may be, if they are the same.
fn agree<T: PartialEq>(
    known: &mut Option<T>,
    added: Option<T>,
    what: &str,
    of: &impl fmt::Display,
) -> Result<(), String> {
    match (&known, added) {
        (Some(known), Some(added)) if *known != added => {
            Err(format!("{what} {of} is given twice, differently"))
        }
        (None, Some(added)) => {
            *known = Some(added);
            Ok(())
        }
        _ => Ok(()),
    }
}

impl ControlPolicy {
    /// The policies that AWS made, by id: everybody has them, with the same documents.
    pub fn of_aws(id: &str) -> Option<Self> {
        let (name, kind, principal) = match id {
            FULL_ACCESS => ("FullAWSAccess", ControlType::Scp, ""),
            RCP_FULL_ACCESS => ("RCPFullAWSAccess", ControlType::Rcp, r#""Principal": "*", "#),
            _ => return None,
        };
        let document = Document::parse(&format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", {principal}"Action": "*", "Resource": "*"}}]}}"#
        ));
        Some(Self { id: id.into(), name: name.into(), kind, document: Some(document) })
    }
}

impl ControlType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Scp, Self::Rcp];

    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scp => "SERVICE_CONTROL_POLICY",
            Self::Rcp => "RESOURCE_CONTROL_POLICY",
        }
    }

    /// Reads the API's word; `None` for types that do not limit access, such as `TAG_POLICY`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// For people, in the plural.
    pub fn words(self) -> &'static str {
        match self {
            Self::Scp => "service control policies",
            Self::Rcp => "resource control policies",
        }
    }
}

impl FeatureSet {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::ConsolidatedBilling => "CONSOLIDATED_BILLING",
        }
    }
}

impl FromStr for Node {
    type Err = InvalidNode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(account) = text.parse() {
            return Ok(Self::Account(account));
        }
        let after = |prefix: &str| text.strip_prefix(prefix).is_some_and(is_word);
        if after("r-") {
            Ok(Self::Root(text.into()))
        } else if after("ou-") {
            Ok(Self::Unit(text.into()))
        } else {
            Err(InvalidNode(text.to_owned()))
        }
    }
}

/// Whether a text may be the variable part of an id of Organizations.
pub(crate) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(id) | Self::Unit(id) => f.write_str(id),
            Self::Account(id) => f.write_str(id.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organization() -> Organization {
        let management: AccountId = "999999999999".parse().unwrap();
        let mut organization = Organization::unread("o-acme123456", management, FeatureSet::All);
        organization.units.insert(
            "ou-ab12-dev00001".into(),
            Unit { name: Some("dev".into()), parent: Some("r-ab12".parse().unwrap()) },
        );
        organization
    }

    #[test]
    fn levels_go_from_the_root_to_the_account() {
        let mut organization = organization();
        let account: AccountId = "111111111111".parse().unwrap();
        assert_eq!(organization.levels(account), None);
        let parent = Some("ou-ab12-dev00001".parse().unwrap());
        organization.members.insert(account, Member { parent, ..Member::default() });
        let levels: Vec<String> =
            organization.levels(account).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(levels, ["r-ab12", "ou-ab12-dev00001", "111111111111"]);
        assert_eq!(organization.path(account).unwrap(), "o-acme123456/r-ab12/ou-ab12-dev00001/");
    }

    #[test]
    fn a_circle_of_units_has_no_levels() {
        let mut organization = organization();
        let account: AccountId = "111111111111".parse().unwrap();
        let unit: Node = "ou-ab12-dev00001".parse().unwrap();
        organization.members.insert(account, Member { parent: Some(unit.clone()), ..Member::default() });
        organization.units.get_mut("ou-ab12-dev00001").unwrap().parent = Some(unit);
        assert_eq!(organization.levels(account), None);
    }

    #[test]
    fn the_policies_of_aws_allow_everything() {
        for (id, kind) in [(FULL_ACCESS, ControlType::Scp), (RCP_FULL_ACCESS, ControlType::Rcp)] {
            let policy = ControlPolicy::of_aws(id).unwrap();
            assert_eq!(policy.kind, kind);
            assert!(policy.document.unwrap().policy().broken.is_empty());
        }
        assert_eq!(ControlPolicy::of_aws("p-other"), None);
    }
}
