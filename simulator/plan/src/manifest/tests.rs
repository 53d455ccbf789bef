//! Manifests in, reports out.

use super::read;

/// The report on one file, as people see it.
pub(crate) fn report(text: &str) -> String {
    let (_, diagnostics) = read(&[("m.yaml".to_owned(), text.to_owned())]);
    diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

const ACCOUNT: &str = "\
apiVersion: rolegate.dev/v1alpha1
kind: AWSAccount
metadata: {name: auth}
spec:
";

#[test]
fn every_fault_of_a_file_is_reported_with_its_place_and_the_way_out() {
    let mut wrong = Vec::new();
    for (text, expected) in [
        (
            "a: [\n",
            "m.yaml:1:4, document 1: this is not YAML: unclosed bracket '['\n  \
             the rest of the document was not read; mend it and check again",
        ),
        (
            "metadata: {name: x}\n",
            "m.yaml:1:1, document 1: kind: this is no Kubernetes object: `kind` is missing\n  \
             write apiVersion, kind, metadata and spec",
        ),
        (
            "apiVersion: rolegate.dev/v1alpha1\nkind: AccesRole\n",
            "m.yaml:1:1, document 1: kind: `AccesRole` is no kind of rolegate.dev/v1alpha1\n  did you mean `AccessRole`?",
        ),
        (
            "apiVersion: rolegate.dev/v1\nkind: AccessRole\n",
            "m.yaml:1:1, document 1: apiVersion: `v1` is no version of rolegate.dev that is known here\n  \
             write `apiVersion: rolegate.dev/v1alpha1`",
        ),
        (
            "kind: AccessRole\napiVersion: rolegate.io/v1alpha1\n",
            "m.yaml:1:1, document 1: apiVersion: `rolegate.io/v1alpha1` is not the API of AccessRole\n  \
             write `apiVersion: rolegate.dev/v1alpha1`",
        ),
        (
            &format!("{ACCOUNT}  accountID: 011111111111\n  enviroment: x\n  mode: observe\n  gatewayRef:\n"),
            "m.yaml:4:1, document 1: AWSAccount auth, spec.environment: is missing\n  \
             write it: what the account is for, such as `production`: account selectors choose by it\n\
             m.yaml:5:14, document 1: AWSAccount auth, spec.accountID: `011111111111` without quotes is a number, and a \
             text is expected\n  quote it: \"011111111111\"\n\
             m.yaml:6:3, document 1: AWSAccount auth, spec.enviroment: is no field of this version\n  \
             did you mean `environment`?\n\
             m.yaml:7:9, document 1: AWSAccount auth, spec.mode: `observe` is none of Enforce, Observe\n  \
             did you mean `Observe`?\n\
             m.yaml:8:3, document 1: AWSAccount auth, spec.gatewayRef: is empty\n  \
             write a value, or leave the field out",
        ),
        (
            &format!(
                "{ACCOUNT}  accountID: '111111111111'\n  environment: no\n  allowedBindings: {{}}\n  mode: Observe\n  mode: Enforce\n"
            ),
            "m.yaml:6:16, document 1: AWSAccount auth, spec.environment: `no` without quotes is a truth value to kubectl, \
             and a text is expected\n  quote it: \"no\"\n\
             m.yaml:7:20, document 1: AWSAccount auth, spec.allowedBindings: is a map, and a list is expected\n  \
             write a list\n\
             m.yaml:9:3, document 1: `mode` is written twice\n  keep one of the two",
        ),
        (
            "apiVersion: rolegate.dev/v1alpha1\nkind: AccessGroup\nmetadata: {nam: x, namespace: y}\n\
             spec: {gatewayRef: {name: auth}, members: [ana, ana, 7]}\nstat: {}\n",
            "m.yaml:3:1, document 1: AccessGroup, metadata.name: is missing\n  write a name\n\
             m.yaml:3:12, document 1: AccessGroup, metadata.nam: is no field of this version\n  did you mean `name`?\n\
             m.yaml:3:20, document 1: AccessGroup, metadata.namespace: AccessGroup belongs to the cluster and to no \
             namespace\n  leave it out\n\
             m.yaml:4:49, document 1: AccessGroup, spec.members[1]: `ana` stands here twice\n  leave one of the two out\n\
             m.yaml:4:54, document 1: AccessGroup, spec.members[2]: `7` without quotes is a number, and a text is \
             expected\n  quote it: \"7\"\n\
             m.yaml:5:1, document 1: AccessGroup, stat: is no field of this version\n  \
             leave it out; known here: apiVersion, kind, metadata, spec",
        ),
        (
            "apiVersion: rolegate.dev/v1alpha1\nkind: AccountAccess\nmetadata: {name: x}\n\
             spec: {<<: {}, roleRef: {name: r}, accounts: {selector: {}}, subjects: []}\n",
            "m.yaml:4:8, document 1: AccountAccess default/x, spec[\"<<\"]: is no field of this version\n  \
             merge keys are not part of YAML 1.2: write the fields out\n\
             m.yaml:4:47, document 1: AccountAccess default/x, spec.accounts.selector: has 0 fields, and at least 1 must be \
             there\n  write at least 1\n\
             m.yaml:4:62, document 1: AccountAccess default/x, spec.subjects: has 0 entries, and at least 1 must be there\n  \
             write at least 1",
        ),
    ] {
        let found = report(text);
        if found != expected {
            wrong.push(format!("{text}\n-- found\n{found}\n-- expected\n{expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_json_file_is_json() {
    let (_, found) = read(&[("m.json".to_owned(), "{\"kind\": \"Pod\",}".to_owned())]);
    let report: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        report,
        [
            "m.json:1:16, document 1: this is not JSON: key must be a string\n  the file was not read; mend it and check again"
        ]
    );
    let (_, found) = read(&[("m.json".to_owned(), "{\"kind\": \"Pod\", \"apiVersion\": \"v1\"}".to_owned())]);
    assert_eq!(found, []);
}

#[test]
fn what_kubectl_prints_is_read_and_other_kinds_are_skipped() {
    let text = "\
apiVersion: v1
kind: List
items:
- apiVersion: rolegate.dev/v1alpha1
  kind: AccountAccess
  metadata:
    name: dev
    namespace: web
    uid: 5d1c
    generation: 3
    resourceVersion: '12'
    creationTimestamp: '2026-01-02T03:04:05Z'
    deletionTimestamp: '2026-02-02T03:04:05Z'
    finalizers: [rolegate.dev/withdraw]
    managedFields: [{manager: kubectl, fieldsV1: {'f:spec': {}}}]
  spec:
    roleRef: {name: developer}
    accounts: {names: [development]}
    subjects: [{user: {name: kim}}]
  status: {conditions: [{type: Ready}]}
- apiVersion: v1
  kind: Namespace
  metadata: {name: web, labels: {team: web}}
- apiVersion: apps/v1
  kind: Deployment
  spec: {replicas: 1, image: !Ref x}
---
# nothing
---
apiVersion: other.example/v1
kind: AccessRole
";
    let (found, diagnostics) = read(&[("m.yaml".to_owned(), text.to_owned())]);
    assert_eq!(diagnostics, []);
    assert_eq!(found.accesses.len(), 1);
    let access = &found.accesses[0];
    assert_eq!(access.object.metadata.namespace.as_deref(), Some("web"));
    assert!(access.object.metadata.deletion_timestamp.is_some());
    assert_eq!(access.source.position("spec.subjects[0].user.name").line, 19);
    assert_eq!(
        access.source.position("spec.validity.notAfter").line,
        16,
        "what is not written is where it would be"
    );
    assert_eq!(found.namespaces["web"]["team"], "web");
    assert!(found.roles.is_empty(), "another group's AccessRole is not ours");
}

#[test]
fn an_object_in_error_is_remembered_by_name() {
    let text = format!("{ACCOUNT}  accountID: '111111111111'\n  environment: x\n  colour: Red\n");
    let (found, diagnostics) = read(&[("m.yaml".to_owned(), text)]);
    assert_eq!(diagnostics.len(), 1);
    let names: Vec<String> = found.unreadable.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["AWSAccount auth"]);
}
