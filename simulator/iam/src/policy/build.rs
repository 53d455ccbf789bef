//! Building policies in code, for those that compile them and for tests. Checks nothing: see [`super::validate()`].

use super::{
    ActionClause, BaseOperator, Condition, Effect, Operator, Policy, Principal, PrincipalClause,
    ResourceClause, Span, Statement, Version,
};
use smol_str::SmolStr;

impl Policy {
    /// A policy of version `2012-10-17`.
    pub fn new(statements: Vec<Statement>) -> Self {
        Self { version: Version::V2012, statements, broken: Vec::new() }
    }
}

impl Statement {
    /// Allows these actions; everything else is absent.
    pub fn allow<A: Into<SmolStr>>(actions: impl IntoIterator<Item = A>) -> Self {
        Self::of(Effect::Allow, actions)
    }

    /// Denies these actions; everything else is absent.
    pub fn deny<A: Into<SmolStr>>(actions: impl IntoIterator<Item = A>) -> Self {
        Self::of(Effect::Deny, actions)
    }

    fn of<A: Into<SmolStr>>(effect: Effect, actions: impl IntoIterator<Item = A>) -> Self {
        Self {
            sid: None,
            effect,
            principal: PrincipalClause::Absent,
            action: ActionClause::Is(actions.into_iter().map(Into::into).collect()),
            resource: ResourceClause::Absent,
            conditions: Vec::new(),
            span: Span::default(),
        }
    }

    /// Turns `Action` into `NotAction`.
    #[must_use]
    pub fn except_actions(self) -> Self {
        let action = match self.action {
            ActionClause::Is(actions) | ActionClause::IsNot(actions) => ActionClause::IsNot(actions),
        };
        Self { action, ..self }
    }

    /// Sets `Sid`; an empty one is none.
    #[must_use]
    pub fn sid(self, sid: impl Into<SmolStr>) -> Self {
        Self { sid: Some(sid.into()).filter(|sid| !sid.is_empty()), ..self }
    }

    /// Sets `Principal`.
    #[must_use]
    pub fn to(self, principals: impl IntoIterator<Item = Principal>) -> Self {
        Self { principal: PrincipalClause::Is(principals.into_iter().collect()), ..self }
    }

    /// Sets `Resource`.
    #[must_use]
    pub fn on<R: Into<SmolStr>>(self, resources: impl IntoIterator<Item = R>) -> Self {
        Self { resource: ResourceClause::Is(resources.into_iter().map(Into::into).collect()), ..self }
    }

    /// Sets `NotResource`.
    #[must_use]
    pub fn except_on<R: Into<SmolStr>>(self, resources: impl IntoIterator<Item = R>) -> Self {
        Self { resource: ResourceClause::IsNot(resources.into_iter().map(Into::into).collect()), ..self }
    }

    /// Adds a condition: all of them must hold. One operator and key may be added once only (see [`Policy::to_json`]).
    #[must_use]
    pub fn when<V: Into<SmolStr>>(
        mut self,
        operator: impl Into<Operator>,
        key: impl Into<SmolStr>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.conditions.push(Condition {
            operator: operator.into(),
            key: key.into(),
            values: values.into_iter().map(Into::into).collect(),
        });
        self
    }
}

impl From<BaseOperator> for Operator {
    fn from(base: BaseOperator) -> Self {
        Self::plain(base)
    }
}

impl Operator {
    /// The operator with `IfExists`.
    #[must_use]
    pub fn if_exists(self) -> Self {
        Self { if_exists: true, ..self }
    }
}
