//! A company as manifests.

use super::{
    ACCOUNTS, Access, Company, EXTERNAL_IDS, FUTURE, GROUPS, Group, MACHINES, NAMESPACES, NETWORKS, PAST,
    ROLES, Role, Subject, THIRD, USERS,
};
use jiff::Timestamp;
use rolegate_plan::manifest::Diagnostic;
use rolegate_plan::validate::{ValidateOptions, Validated, validate};
use serde_json::{Value, json};

/// Documents for inline policies, by number.
pub(crate) fn document(number: u8) -> Value {
    let statement = match number {
        0 => json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]),
        1 => json!([{"Effect": "Allow", "Action": ["s3:GetObject", "ec2:RunInstances"], "Resource": "*"}]),
        2 => json!([{"Effect": "Allow", "Action": "*", "Resource": "*"},
                    {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]),
        3 => json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]),
        4 => json!([{"Effect": "Allow", "Action": "iam:CreateUser", "Resource": "*"},
                    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]),
        5 => json!([{"Effect": "Allow", "NotAction": "ec2:*", "Resource": "*"}]),
        _ => json!([{"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*"},
                    {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]),
    };
    json!({"Version": "2012-10-17", "Statement": statement})
}

fn of(bits: u8) -> Vec<&'static str> {
    NETWORKS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, net)| *net).collect()
}

impl Company {
    /// The manifests, one object a file.
    pub(crate) fn files(&self) -> Vec<(String, String)> {
        let mut objects = Vec::new();
        for (number, (name, id, gateway)) in ACCOUNTS.iter().enumerate() {
            if !self.is_here(number) {
                continue;
            }
            let mut spec = json!({
                "accountID": id,
                "environment": "any",
                "mode": if self.observed_only == Some(number) { "Observe" } else { "Enforce" },
                "allowedBindings": [{
                    "namespaces": {"names": NAMESPACES}, "roles": {"all": {}},
                    "subjects": ["Group", "User", "Role", "Account"],
                }],
            });
            if number >= 2 {
                spec["gatewayRef"] = json!({"name": ACCOUNTS[*gateway].0});
            }
            if self.bounded {
                spec["roleDefaults"] =
                    json!({"permissionsBoundary": {"customerManaged": {"name": "limit", "path": "/"}}});
            }
            objects.push(object("AWSAccount", name, spec));
        }
        for (number, role) in self.roles.iter().enumerate() {
            objects.extend(role.as_ref().map(|role| role.object(number)));
        }
        for (number, group) in self.groups.iter().enumerate() {
            objects.extend(group.as_ref().map(|group| group.object(number)));
        }
        for (number, access) in self.accesses.iter().enumerate() {
            objects.extend(access.as_ref().map(|access| access.object(number)));
        }
        let named = |(number, object): (usize, Value)| (format!("{number:02}.json"), object.to_string());
        objects.into_iter().enumerate().map(named).collect()
    }

    pub(crate) fn validated(&self) -> Validated {
        let (validated, faults) = read(&self.files());
        assert_eq!(faults, [], "the model renders sound manifests");
        validated
    }
}

/// Reads and validates.
pub(crate) fn read(files: &[(String, String)]) -> (Validated, Vec<Diagnostic>) {
    let (manifests, mut faults) = rolegate_plan::manifest::read(files);
    let (validated, more) = validate(&manifests, &ValidateOptions { installation: "acme".into() });
    faults.extend(more);
    (validated, faults)
}

fn object(kind: &str, name: &str, spec: Value) -> Value {
    let mut object = json!({"apiVersion": "rolegate.dev/v1alpha1", "kind": kind, "metadata": {"name": name}});
    object["spec"] = spec;
    object
}

impl Role {
    fn object(&self, number: usize) -> Value {
        let (name, role_name, human) = ROLES[number];
        let managed: Vec<&str> = ["ReadOnly", "Power"]
            .into_iter()
            .enumerate()
            .filter(|(bit, _)| self.managed >> bit & 1 == 1)
            .map(|(_, name)| name)
            .collect();
        let inline: Vec<Value> = self
            .inline
            .iter()
            .map(|(name, text)| json!({"name": format!("inline-{name}"), "document": document(*text)}))
            .collect();
        let mut require = json!({"sourceCIDRs": of(self.networks)});
        if human {
            require["mfa"] = ["RequiredForIAMUsers", "RequiredForIAMUsers", "Required", "NotRequired"]
                [usize::from(self.mfa)]
            .into();
            require["sessionName"] = if self.named { "UserName" } else { "Any" }.into();
        }
        if self.max_age {
            require["mfaMaxAge"] = "1h".into();
        }
        let mut spec = json!({
            "roleName": role_name,
            "audience": if human { "Human" } else { "Machine" },
            "trust": if self.by_gateway { "GatewayAccount" } else { "Subjects" },
            "require": require,
            "permissions": {"awsManagedPolicies": managed, "inlinePolicies": inline},
            "maxSessionDuration": if self.long { "4h" } else { "1h" },
            "deletionPolicy": if self.retain { "Retain" } else { "Delete" },
        });
        if self.bounded {
            spec["permissionsBoundary"] = json!({"customerManaged": {"name": "tight", "path": "/"}});
        }
        if self.tag {
            spec["tags"] = json!({"team": "one"});
        }
        let mut object = object("AccessRole", name, spec);
        if self.terminating {
            object["metadata"]["deletionTimestamp"] = PAST.into();
        }
        object
    }
}

impl Group {
    fn object(&self, number: usize) -> Value {
        let members: Vec<_> = self.members.iter().map(|member| USERS[*member]).collect();
        let (name, gateway) = GROUPS[number];
        let spec = json!({
            "gatewayRef": {"name": ACCOUNTS[gateway].0},
            "members": members,
            "selfManagedCredentials": if self.self_managed { "Enabled" } else { "Disabled" },
        });
        object("AccessGroup", name, spec)
    }
}

pub(super) fn time(number: u8) -> Option<&'static str> {
    [None, Some(PAST), Some(FUTURE), None][usize::from(number)]
}

impl Access {
    fn object(&self, number: usize) -> Value {
        let subjects: Vec<Value> = self
            .subjects
            .iter()
            .map(|subject| match subject {
                Subject::Group(group) => json!({"group": {"name": GROUPS[*group].0}}),
                Subject::User(user) => json!({"user": {"name": USERS[*user]}}),
                Subject::Machine(machine) => json!({"role": {"arn": MACHINES[*machine]}}),
                Subject::Third(id) => {
                    json!({"account": {"accountID": THIRD, "externalID": EXTERNAL_IDS[*id]}})
                }
            })
            .collect();
        let accounts: Vec<_> = self.accounts.iter().map(|account| ACCOUNTS[*account].0).collect();
        let mut validity = serde_json::Map::new();
        if let Some(time) = time(self.not_before) {
            validity.insert("notBefore".into(), time.into());
        }
        if let Some(time) = time(self.not_after).filter(|_| self.not_after != self.not_before) {
            validity.insert("notAfter".into(), time.into());
        }
        let mut spec = json!({
            "roleRef": {"name": ROLES[self.role].0},
            "accounts": {"names": accounts},
            "subjects": subjects,
            "require": {"sourceCIDRs": of(self.networks)},
            "endSessions": if self.ends { "OnRevoke" } else { "Never" },
            "state": if self.withdrawn { "Withdrawn" } else { "Active" },
        });
        if !validity.is_empty() {
            spec["validity"] = Value::Object(validity);
        }
        let mut object = object("AccountAccess", &format!("binding-{number}"), spec);
        object["metadata"]["namespace"] = NAMESPACES[number % 2].into();
        object
    }

    /// The end, as far as it is written.
    pub(super) fn end(&self) -> Option<Timestamp> {
        time(self.not_after).filter(|_| self.not_after != self.not_before).map(|time| time.parse().unwrap())
    }
}
