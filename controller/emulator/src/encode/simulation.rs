//! `SimulatePrincipalPolicy` as XML. Which statements decided is left out: the lists are there, and empty.

use crate::xml::Element;
use rolegate_cloud::api::{Evaluation, ResourceEvaluation};

pub(super) fn evaluation(element: Element, evaluation: &Evaluation) -> Element {
    let Evaluation {
        action,
        decision,
        missing_context_values,
        allowed_by_organizations,
        allowed_by_boundary,
        resources,
    } = evaluation;
    let element = element
        .field("EvalActionName", action)
        .field("EvalDecision", decision)
        .texts("MatchedStatements", &[])
        .texts("MissingContextValues", missing_context_values);
    let element =
        detail(element, "OrganizationsDecisionDetail", "AllowedByOrganizations", *allowed_by_organizations);
    let element = boundary(element, *allowed_by_boundary);
    if resources.is_empty() { element } else { element.list("ResourceSpecificResults", resources, resource) }
}

fn resource(element: Element, evaluation: &ResourceEvaluation) -> Element {
    let ResourceEvaluation { resource, decision, missing_context_values, allowed_by_boundary } = evaluation;
    let element = element
        .field("EvalResourceName", resource)
        .field("EvalResourceDecision", decision)
        .texts("MatchedStatements", &[])
        .texts("MissingContextValues", missing_context_values);
    boundary(element, *allowed_by_boundary)
}

fn boundary(element: Element, allowed: Option<bool>) -> Element {
    detail(element, "PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary", allowed)
}

fn detail(element: Element, name: &str, field: &str, value: Option<bool>) -> Element {
    match value {
        Some(value) => element.child(Element::new(name).field(field, value)),
        None => element,
    }
}
