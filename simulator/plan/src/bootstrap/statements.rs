//! The statements of a management role, one subject each. Which condition key and which kind of resource an action knows is as
//! IAM's service authorization reference lists it: a key that an action does not know is absent, and its condition never true.

use super::{BoundaryRule, Kind, ManagementRole, Place};
use crate::naming::{CLAIM_POLICY, DORMANT_TAG, OWNER_TAG, SELF_MANAGEMENT_POLICY};
use crate::validate::PolicyRef;
use rolegate_iam::Statement;
use rolegate_iam::policy::{BaseOperator, Operator, SetOperator};

/// Boundaries in one statement: as many of the longest as surely fit into one policy.
const BOUNDARIES_AT_ONCE: usize = 6;

const FOR_ALL_VALUES: Operator =
    Operator { set: Some(SetOperator::ForAllValues), base: BaseOperator::StringEquals, if_exists: false };

pub(super) fn of(role: &ManagementRole, place: &Place) -> Vec<Statement> {
    let names = Names { role, place };
    let mut statements = names.reading();
    statements.extend(names.roles());
    statements.extend(names.removals());
    if role.kind == Kind::Gateway {
        statements.extend(names.gateway());
    }
    statements.extend(names.itself());
    statements
}

/// The names of one account's things.
struct Names<'a> {
    role: &'a ManagementRole,
    place: &'a Place,
}

impl Names<'_> {
    /// A policy under our path.
    fn policy(&self, name: &str) -> String {
        self.place.policy(self.role.installation.path(), name)
    }

    fn groups(&self) -> String {
        self.place.arn(&format!("group{}*", self.role.installation.path()))
    }

    fn boundary(&self, policy: &PolicyRef) -> String {
        self.place.policy(&policy.path, &policy.name)
    }

    /// The boundaries, some at a time.
    fn boundaries(&self) -> Vec<Vec<String>> {
        let all: Vec<String> =
            self.role.boundaries.policies.iter().map(|policy| self.boundary(policy)).collect();
        all.chunks(BOUNDARIES_AT_ONCE).map(<[String]>::to_vec).collect()
    }

    /// Owner tags of this installation in this account.
    fn owner(&self) -> String {
        format!("{}/*/{}/*", self.role.installation.as_str(), self.place.account)
    }

    /// On roles that carry our tag.
    fn owned(&self, statement: Statement) -> Statement {
        let key = format!("aws:ResourceTag/{OWNER_TAG}");
        statement.on([self.place.arn("role/*")]).when(BaseOperator::StringLike, key, [self.owner()])
    }

    /// On roles that carry our tag and one of the boundaries, or will; a statement per handful of boundaries.
    fn bounded(&self, sid: &str, statement: &Statement) -> Vec<Statement> {
        let key = "iam:PermissionsBoundary";
        let numbered = |(index, arns): (usize, Vec<String>)| {
            statement.clone().sid(format!("{sid}{}", suffix(index))).when(
                BaseOperator::StringEquals,
                key,
                arns,
            )
        };
        self.boundaries().into_iter().enumerate().map(numbered).collect()
    }

    /// Bulk reads know no resource. What lists may lack is asked for by name: a missing entity counts as one without a path
    /// (§4.2), so a path here would make "is it there?" unanswerable.
    fn reading(&self) -> Vec<Statement> {
        let bulk = ["iam:GetAccountAuthorizationDetails", "iam:GetAccountSummary", "iam:ListRoles"];
        let aws = format!("arn:{}:iam::aws:policy/*", self.place.partition);
        vec![
            Statement::allow(bulk).sid("Observe").on(["*"]),
            Statement::allow(["iam:GetGroup", "iam:GetRole", "iam:GetUser"])
                .sid("AskByName")
                .on(self.anybody()),
            Statement::allow(["iam:GetPolicy", "iam:GetPolicyVersion"])
                .sid("ReadPolicies")
                .on([aws, self.policy("*")]),
            // So that somebody can be told what is missing before anything is written.
            Statement::allow(["iam:SimulatePrincipalPolicy"]).sid("AskAboutItself").on([self.itself_arn()]),
        ]
    }

    fn itself_arn(&self) -> String {
        let management = &self.role.management;
        self.place.arn(&format!("role{}{}", management.path, management.role))
    }

    fn anybody(&self) -> [String; 3] {
        [self.place.arn("group/*"), self.place.arn("role/*"), self.place.arn("user/*")]
    }

    fn roles(&self) -> Vec<Statement> {
        let request = format!("aws:RequestTag/{OWNER_TAG}");
        let create = Statement::allow(["iam:CreateRole"]).on([self.place.arn("role/*")]).when(
            BaseOperator::StringLike,
            request.as_str(),
            [self.owner()],
        );
        let give = ["iam:AttachRolePolicy", "iam:PutRolePolicy"];
        let change = [
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
        ];
        let mut statements = match self.role.boundaries.rule {
            BoundaryRule::Always => {
                let mut bounded = self.bounded("CreateRoles", &create);
                bounded.extend(self.bounded("GiveToRoles", &self.owned(Statement::allow(give))));
                bounded
            }
            BoundaryRule::Sometimes => {
                let unbind = ["iam:DeleteRolePermissionsBoundary"];
                let free = give.into_iter().chain(unbind);
                vec![create.sid("CreateRoles"), self.owned(Statement::allow(free).sid("GiveToRoles"))]
            }
        };
        statements.extend(
            self.bounded("BoundRoles", &self.owned(Statement::allow(["iam:PutRolePermissionsBoundary"]))),
        );
        statements.push(self.owned(Statement::allow(change).sid("ChangeRoles")));
        // While a role is created the tags of the request count as its own. Whoever tags a role that is there must find it ours,
        // and leave it ours.
        let tag = self.owned(Statement::allow(["iam:TagRole"]).sid("TagRoles"));
        let ours = Operator::plain(BaseOperator::StringLike).if_exists();
        statements.push(tag.when(ours, request, [self.owner()]));
        let untag = self.owned(Statement::allow(["iam:UntagRole"]).sid("WakeRoles"));
        statements.push(untag.when(FOR_ALL_VALUES, "aws:TagKeys", [DORMANT_TAG]));
        statements
    }

    /// The claim, and taking away whatever lies under our path.
    fn removals(&self) -> Vec<Statement> {
        let detach = ["iam:DetachGroupPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy"];
        vec![
            Statement::allow(["iam:CreatePolicy"]).sid("Claim").on([self.policy(CLAIM_POLICY)]),
            Statement::allow(detach).sid("TakeOff").on(self.anybody()).when(
                BaseOperator::ArnLike,
                "iam:PolicyARN",
                [self.policy("*")],
            ),
            Statement::allow(["iam:DeletePolicy", "iam:DeletePolicyVersion"])
                .sid("DeletePolicies")
                .on([self.policy("*")]),
        ]
    }

    fn gateway(&self) -> Vec<Statement> {
        let write = ["iam:CreatePolicy", "iam:CreatePolicyVersion"];
        let written = ["group-*", "role-*", "user-*", SELF_MANAGEMENT_POLICY];
        let groups = [
            "iam:AddUserToGroup",
            "iam:CreateGroup",
            "iam:DeleteGroupPolicy",
            "iam:DetachGroupPolicy",
            "iam:PutGroupPolicy",
            "iam:RemoveUserFromGroup",
        ];
        let attach = |action, sid, bearers: String, policies: &[&str]| {
            let policies: Vec<String> = policies.iter().map(|name| self.policy(name)).collect();
            Statement::allow([action]).sid(sid).on([bearers]).when(
                BaseOperator::ArnLike,
                "iam:PolicyARN",
                policies,
            )
        };
        let key = self.role.installation.membership_tag();
        vec![
            Statement::allow(write).sid("WritePolicies").on(written.map(|name| self.policy(name))),
            Statement::allow(groups).sid("Groups").on([self.groups()]),
            attach(
                "iam:AttachGroupPolicy",
                "AttachToGroups",
                self.groups(),
                &["group-*", SELF_MANAGEMENT_POLICY],
            ),
            attach("iam:AttachUserPolicy", "AttachToUsers", self.place.arn("user/*"), &["user-*"]),
            attach("iam:AttachRolePolicy", "AttachToMachines", self.place.arn("role/*"), &["role-*"]),
            Statement::allow(["iam:TagUser", "iam:UntagUser"])
                .sid("MarkMembers")
                .on([self.place.arn("user/*")])
                .when(FOR_ALL_VALUES, "aws:TagKeys", [key])
                .when(BaseOperator::Null, "aws:TagKeys", ["false"]),
        ]
    }

    /// Whatever anything above allows: not the role itself, not its own policies, not the boundaries.
    fn itself(&self) -> Vec<Statement> {
        let own = self.place.arn(&format!("policy/{}-*", self.role.management.role));
        let protected: Vec<String> = [self.itself_arn(), own]
            .into_iter()
            .chain(self.role.boundaries.policies.iter().map(|policy| self.boundary(policy)))
            .collect();
        let deny = |(index, arns): (usize, &[String])| {
            Statement::deny(["iam:Get*", "iam:List*", "iam:Simulate*"])
                .except_actions()
                .sid(format!("NeverItself{}", suffix(index)))
                .on(arns.iter().cloned())
        };
        protected.chunks(BOUNDARIES_AT_ONCE).enumerate().map(deny).collect()
    }
}

/// The first of its name has none.
fn suffix(index: usize) -> String {
    if index == 0 { String::new() } else { index.saturating_add(1).to_string() }
}
