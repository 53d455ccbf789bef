//! From documents to objects: which are ours, what they are called, and every field that does not fit. Decides nothing about
//! what sound fields mean.

use super::schema::{Checker, Reading, join};
use super::tree::{self, Document, Entry, Node, Value};
use super::{Diagnostic, Located, Manifests, Position, Source, listed, nearest};
use crate::validate::{Kind, ObjectKey};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrBool,
};
use rolegate_crds::{API_VERSION, GROUP, KINDS, VERSION};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Fields of metadata that an API server or a tool writes; they say nothing here.
const TOLERATED_METADATA: [&str; 9] = [
    "uid",
    "resourceVersion",
    "generation",
    "generateName",
    "managedFields",
    "deletionGracePeriodSeconds",
    "finalizers",
    "ownerReferences",
    "selfLink",
];

/// Reads files one after the other.
pub(super) struct Reader {
    schemas: BTreeMap<String, JSONSchemaProps>,
    manifests: Manifests,
    diagnostics: Vec<Diagnostic>,
}

/// Where a document is, and whether its text is sound.
struct Place {
    file: SmolStr,
    document: usize,
    sound: bool,
}

impl Reader {
    pub(super) fn new() -> Self {
        let schemas = rolegate_crds::all()
            .into_iter()
            .filter_map(|definition| {
                let version = definition.spec.versions.into_iter().next()?;
                Some((definition.spec.names.kind, version.schema?.open_api_v3_schema?))
            })
            .collect();
        Self { schemas, manifests: Manifests::default(), diagnostics: Vec::new() }
    }

    pub(super) fn finish(self) -> (Manifests, Vec<Diagnostic>) {
        let Self { schemas: _, manifests, mut diagnostics } = self;
        diagnostics.sort();
        (manifests, diagnostics)
    }

    pub(super) fn file(&mut self, name: &str, text: &str) {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        if extension.is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
            && let Some(diagnostic) = not_json(name, text)
        {
            self.diagnostics.push(diagnostic);
            return;
        }
        for Document { number, root, faults } in tree::documents(text) {
            let place = Place { file: name.into(), document: number, sound: faults.is_empty() };
            for fault in faults {
                self.diagnostics.push(place.diagnostic(fault.at, "", "", fault.message, fault.help));
            }
            if let Some(root) = root {
                self.object(&place, &root);
            }
        }
    }

    fn object(&mut self, place: &Place, node: &Node) {
        if matches!(node.value, Value::Null) {
            return;
        }
        let Some(kind) = node.get("kind").and_then(Node::text) else {
            let message = "this is no Kubernetes object: `kind` is missing".to_owned();
            return self.refuse(
                place,
                node.at,
                "kind",
                message,
                "write apiVersion, kind, metadata and spec".into(),
            );
        };
        if let (true, Some(Value::List(items))) =
            (kind.ends_with("List"), node.get("items").map(|items| &items.value))
        {
            return items.iter().for_each(|item| self.object(place, item));
        }
        let Some(api_version) = node.get("apiVersion").and_then(Node::text) else {
            let message = format!("`apiVersion` is missing from this {kind}");
            let help = format!("write `apiVersion: {API_VERSION}` if it is one of Rolegate's");
            return self.refuse(place, node.at, "apiVersion", message, help);
        };
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        if (group, version, kind) == ("", "v1", "Namespace") {
            self.namespace(node);
        } else if group == GROUP {
            self.ours(place, node, version, kind);
        } else if KINDS.contains(&kind) && group.contains("rolegate") {
            let message = format!("`{api_version}` is not the API of {kind}");
            self.refuse(place, node.at, "apiVersion", message, format!("write `apiVersion: {API_VERSION}`"));
        }
    }

    fn ours(&mut self, place: &Place, node: &Node, version: &str, kind: &str) {
        if version != VERSION {
            let message = format!("`{version}` is no version of {GROUP} that is known here");
            return self.refuse(
                place,
                node.at,
                "apiVersion",
                message,
                format!("write `apiVersion: {API_VERSION}`"),
            );
        }
        match kind {
            "AWSAccount" => self.typed(place, node, Kind::Account, |all| &mut all.accounts),
            "AccessRole" => self.typed(place, node, Kind::Role, |all| &mut all.roles),
            "AccessGroup" => self.typed(place, node, Kind::Group, |all| &mut all.groups),
            "AccountAccess" => self.typed(place, node, Kind::Access, |all| &mut all.accesses),
            _ => {
                let help = match nearest(kind, KINDS) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => format!("known kinds: {}", listed(KINDS)),
                };
                self.refuse(place, node.at, "kind", format!("`{kind}` is no kind of {API_VERSION}"), help);
            }
        }
    }

    fn typed<T: DeserializeOwned>(
        &mut self,
        place: &Place,
        node: &Node,
        kind: Kind,
        list: fn(&mut Manifests) -> &mut Vec<Located<T>>,
    ) {
        let mut checker = Checker::default();
        self.check(&mut checker, node, kind);
        let key = key(node, kind);
        let Checker { faults, fields } = checker;
        let faulty: BTreeMap<SmolStr, Reading> =
            faults.iter().map(|fault| (fault.path.as_str().into(), fault.reading)).collect();
        let sound = place.sound && faults.is_empty();
        let object = key.as_ref().map_or_else(|| kind.as_str().to_owned(), ToString::to_string);
        for fault in faults {
            let diagnostic = place.diagnostic(fault.at, &object, &fault.path, fault.message, fault.help);
            self.diagnostics.push(diagnostic);
        }
        let parsed = serde_json::from_value(to_json(node, kind, &faulty));
        if let (Err(error), true) = (&parsed, sound) {
            let message = format!("cannot be read: {error}");
            self.diagnostics.push(place.diagnostic(node.at, &object, "", message, String::new()));
        }
        if let Some(key) = key.filter(|_| !sound || parsed.is_err()) {
            self.manifests.unreadable.insert(key);
        }
        if let Ok(object) = parsed {
            let (file, document) = (place.file.clone(), place.document);
            let faulty = faulty.into_keys().collect();
            let source = Arc::new(Source { file, document, start: node.at, fields, faulty });
            list(&mut self.manifests).push(Located { object, source });
        }
    }

    fn check(&self, checker: &mut Checker, node: &Node, kind: Kind) {
        let Value::Map(entries) = &node.value else { return };
        for Entry { key, at, node } in entries {
            match key.as_str() {
                "apiVersion" | "kind" | "status" => {}
                "metadata" => metadata(checker, *at, node, kind),
                "spec" => {
                    let schema = self
                        .schemas
                        .get(kind.as_str())
                        .and_then(|root| root.properties.as_ref()?.get("spec"));
                    if let Some(schema) = schema {
                        checker.check("spec", *at, node, schema);
                    }
                }
                _ => checker.unknown(key, key, *at, vec!["apiVersion", "kind", "metadata", "spec"]),
            }
        }
        for required in ["metadata", "spec"] {
            if node.get(required).is_none() {
                checker.fault(required, node.at, "is missing".into(), "write it".into());
            }
        }
    }

    fn namespace(&mut self, node: &Node) {
        let Some(metadata) = node.get("metadata") else { return };
        let Some(name) = metadata.get("name").and_then(Node::text) else { return };
        let labels = metadata.get("labels").map_or(Json::Null, Node::to_json);
        // Labels that are no texts are kubectl's to refuse; they select nothing here.
        self.manifests.namespaces.insert(name.into(), serde_json::from_value(labels).unwrap_or_default());
    }

    fn refuse(&mut self, place: &Place, at: Position, path: &str, message: String, help: String) {
        self.diagnostics.push(place.diagnostic(at, "", path, message, help));
    }
}

impl Place {
    fn diagnostic(
        &self,
        at: Position,
        object: &str,
        path: &str,
        message: String,
        help: String,
    ) -> Diagnostic {
        Diagnostic {
            file: self.file.clone(),
            document: self.document,
            position: at,
            object: object.to_owned(),
            path: path.to_owned(),
            message,
            help,
        }
    }
}

/// A file that calls itself JSON must be JSON, and not merely YAML: other tools will read it too.
fn not_json(name: &str, text: &str) -> Option<Diagnostic> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    let error = values.find_map(Result::err)?;
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let message = error.to_string();
    let what = message.split(" at line ").next().unwrap_or_default();
    Some(Diagnostic {
        file: name.into(),
        document: 1,
        position: Position { line: narrow(error.line()), column: narrow(error.column()) },
        object: String::new(),
        path: String::new(),
        message: format!("this is not JSON: {what}"),
        help: "the file was not read; mend it and check again".to_owned(),
    })
}

fn metadata(checker: &mut Checker, at: Position, node: &Node, kind: Kind) {
    let Value::Map(entries) = &node.value else {
        return checker.fault(
            "metadata",
            at,
            "must be a map of fields".into(),
            "write at least a name".into(),
        );
    };
    let text =
        JSONSchemaProps { type_: Some("string".into()), max_length: Some(253), ..JSONSchemaProps::default() };
    let value = JSONSchemaProps { type_: Some("string".into()), ..JSONSchemaProps::default() };
    let texts = JSONSchemaProps {
        type_: Some("object".into()),
        additional_properties: Some(JSONSchemaPropsOrBool::Schema(Box::new(value))),
        ..JSONSchemaProps::default()
    };
    for Entry { key, at, node } in entries {
        let path = join("metadata", key);
        match key.as_str() {
            "namespace" if kind != Kind::Access => {
                let message = format!("{} belongs to the cluster and to no namespace", kind.as_str());
                checker.fault(&path, *at, message, "leave it out".into());
            }
            "name" | "namespace" => checker.check(&path, *at, node, &text),
            "labels" | "annotations" => checker.check(&path, *at, node, &texts),
            "creationTimestamp" | "deletionTimestamp" => {}
            _ if TOLERATED_METADATA.contains(&key.as_str()) => {}
            _ => checker.unknown(&path, key, *at, vec!["name", "namespace", "labels", "annotations"]),
        }
    }
    if node.get("name").is_none() {
        checker.fault("metadata.name", at, "is missing".into(), "write a name".into());
    }
}

fn key(node: &Node, kind: Kind) -> Option<ObjectKey> {
    let metadata = node.get("metadata")?;
    let name = metadata.get("name")?.text()?.into();
    let namespace = match kind {
        Kind::Access => metadata.get("namespace").and_then(Node::text).unwrap_or("default").into(),
        Kind::Account | Kind::Role | Kind::Group => SmolStr::default(),
    };
    Some(ObjectKey { kind, namespace, name })
}

/// The object as JSON, without what an API server set and without the faulty fields, so that the rest can be checked.
fn to_json(node: &Node, kind: Kind, faulty: &BTreeMap<SmolStr, Reading>) -> Json {
    let part = |name: &str| node.get(name).map_or(Json::Null, |node| sound_json(name, node, faulty));
    let mut metadata = part("metadata");
    if let Some(fields) = metadata.as_object_mut() {
        fields.retain(|name, value| !TOLERATED_METADATA.contains(&name.as_str()) && !value.is_null());
        if kind == Kind::Access {
            fields.entry("namespace").or_insert_with(|| json!("default"));
        }
    }
    json!({"apiVersion": API_VERSION, "kind": kind.as_str(), "metadata": metadata, "spec": part("spec")})
}

fn sound_json(path: &str, node: &Node, faulty: &BTreeMap<SmolStr, Reading>) -> Json {
    match &node.value {
        Value::Number(text) if faulty.get(path) == Some(&Reading::AsText) => Json::String(text.clone()),
        Value::Bool(value) if faulty.get(path) == Some(&Reading::AsText) => Json::String(value.to_string()),
        Value::Map(entries) => Json::Object(
            entries
                .iter()
                .map(|entry| (entry, join(path, &entry.key)))
                .filter(|(_, inner)| faulty.get(inner.as_str()) != Some(&Reading::Without))
                .map(|(entry, inner)| (entry.key.clone(), sound_json(&inner, &entry.node, faulty)))
                .collect(),
        ),
        Value::List(items) => Json::Array(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| sound_json(&format!("{path}[{index}]"), item, faulty))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text { .. } | Value::Tagged(_) => {
            node.to_json()
        }
    }
}
