//! The definitions that an API server takes, generated from the types. Returns them; installs nothing.

use crate::{AWSAccount, AccessGroup, AccessRole, AccountAccess};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt;

/// The definitions of all kinds, in the order of [`crate::KINDS`].
pub fn all() -> Vec<CustomResourceDefinition> {
    let mut definitions =
        vec![AWSAccount::crd(), AccessRole::crd(), AccessGroup::crd(), AccountAccess::crd()];
    for definition in &mut definitions {
        for version in &mut definition.spec.versions {
            if let Some(schema) =
                version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut())
            {
                strict(schema);
            }
        }
    }
    definitions
}

/// Removes `nullable` everywhere, and `additionalProperties: false`, which an API server refuses (it drops what is not
/// declared by itself). A field that was left empty by accident must be an error and not an absent field: an
/// absent `gatewayRef` makes an account a gateway.
fn strict(schema: &mut JSONSchemaProps) {
    schema.nullable = None;
    if matches!(schema.additional_properties, Some(JSONSchemaPropsOrBool::Bool(false))) {
        schema.additional_properties = None;
    }
    for property in schema.properties.iter_mut().flat_map(|properties| properties.values_mut()) {
        strict(property);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        strict(items);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        strict(values);
    }
}
