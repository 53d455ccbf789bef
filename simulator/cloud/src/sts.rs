//! The operations of STS: identities and sessions. Whether a role may be assumed is the engine's to say.

use crate::api::{Answer, AssumedRole, CallerIdentity, Response, SessionCredentials, Tag};
use crate::authorise::{Wording, World, denied, settle};
use crate::caller::Who;
use crate::error::AwsError;
use crate::ids::IdKind;
use crate::state::{Cloud, Session, SessionOf};
use crate::validate;
use jiff::{SignedDuration, Timestamp};
use rolegate_engine::request::MfaInCall;
use rolegate_engine::{AssumeRole, Caller, Decision, ErrorCode, RoleSession, SessionMfa, Settings};
use rolegate_iam::policy::{Document, DocumentKind, ResourceClause};
use rolegate_iam::{AccountId, PolicyOwner, RoleArn, SessionArn, SessionName, Tags};
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// The most characters of session policies together, and the most ARNs among them (§2.10).
const SESSION_POLICY_BOUNDS: (usize, usize) = (2048, 10);

/// The parameters of `AssumeRole` as sent.
#[derive(Debug)]
pub(crate) struct AssumeRoleCall {
    pub(crate) role_arn: String,
    pub(crate) role_session_name: String,
    pub(crate) duration_seconds: Option<i64>,
    pub(crate) external_id: Option<String>,
    pub(crate) serial_number: Option<String>,
    pub(crate) token_code: Option<String>,
    pub(crate) source_identity: Option<String>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) transitive_tag_keys: Vec<String>,
    pub(crate) policy: Option<String>,
    pub(crate) policy_arns: Vec<String>,
}

impl Cloud {
    pub(crate) fn caller_identity(who: &Who) -> Response {
        let Who { account, arn, user_id, caller: _, term: _ } = who;
        Response::CallerIdentity(CallerIdentity {
            user_id: user_id.clone(),
            account: account.to_string(),
            arn: arn.clone(),
        })
    }

    pub(crate) fn assume_role(&mut self, who: &Who, call: AssumeRoleCall) -> Answer {
        let role: RoleArn = validate::parse("roleArn", &call.role_arn)?;
        let session_name: SessionName = validate::parse("roleSessionName", &call.role_session_name)?;
        validate::tags(&call.tags)?;
        validate::tag_keys("transitiveTagKeys", &call.transitive_tag_keys)?;
        let policies = self.session_policies(role.account, call.policy.as_deref(), &call.policy_arns)?;
        let mfa = self.mfa_in_call(who, call.serial_number.as_deref(), call.token_code.as_deref())?;
        let request = AssumeRole {
            external_id: call.external_id.map(Into::into),
            mfa,
            duration_seconds: call.duration_seconds,
            tags: call.tags.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
            transitive_tag_keys: call.transitive_tag_keys.into_iter().map(Into::into).collect(),
            source_identity: call.source_identity.map(Into::into),
            ..AssumeRole::new(call.role_arn.as_str(), call.role_session_name.as_str())
        };
        let decision = rolegate_engine::assume_role(
            &World(&self.snapshot),
            &who.caller,
            &request,
            &self.environment(),
            &Settings::default(),
        );
        if let Decision::Refused { code: ErrorCode::AccessDenied, why: _ } = &decision {
            gate(who, request.mfa)?;
        }
        settle(who, "sts:AssumeRole", &call.role_arn, decision, Wording::Plain)?;
        self.new_role_session(who, &role, session_name, &request, policies)
    }

    fn new_role_session(
        &mut self,
        who: &Who,
        role: &RoleArn,
        session_name: SessionName,
        request: &AssumeRole,
        policies: Vec<Document>,
    ) -> Answer {
        let held =
            self.snapshot.role(role).ok_or_else(|| denied(who, "sts:AssumeRole", &role.to_string()))?;
        let id = held.id.clone();
        let (tags, transitive_tag_keys) = session_tags(&who.caller, request);
        let source_identity = request.source_identity.clone().or_else(|| inherited_identity(&who.caller));
        let facts = RoleSession {
            mfa: mfa_of_new_session(&who.caller),
            tags,
            transitive_tag_keys,
            source_identity: source_identity.clone(),
            policies,
            ..RoleSession::plain(role.clone(), session_name.clone(), self.clock)
        };
        let of = SessionOf::Role { id: id.clone(), facts: Box::new(facts) };
        let credentials = self.new_session(role.account, request.session_duration(), of)?;
        let RoleArn { partition, account, path: _, name } = role.clone();
        let arn = SessionArn { partition, account, role: name, session: session_name };
        Ok(Response::AssumedRole(AssumedRole {
            credentials,
            assumed_role_id: format!("{id}:{}", arn.session),
            arn: arn.to_string(),
            source_identity: source_identity.map(Into::into),
        }))
    }

    pub(crate) fn session_token(
        &mut self,
        who: &Who,
        duration: Option<i64>,
        serial: Option<&str>,
        code: Option<&str>,
    ) -> Answer {
        let root = matches!(who.caller, Caller::Root { .. });
        let (most, usual) = if root { (3600, 3600) } else { (129_600, 43_200) };
        let seconds = validate::seconds("durationSeconds", duration, 900, most, usual)?;
        let mfa_at = match self.mfa_in_call(who, serial, code)? {
            MfaInCall::None => None,
            MfaInCall::Valid => Some(self.clock),
            MfaInCall::Invalid => return Err(wrong_code()),
        };
        let of = match &who.caller {
            Caller::UserKey { arn } => {
                SessionOf::User { id: who.user_id.as_str().into(), arn: arn.clone(), mfa_at }
            }
            Caller::Root { .. } => SessionOf::Root,
            _ => return Err(AwsError::access_denied("Cannot call GetSessionToken with session credentials")),
        };
        self.new_session(who.account, i64::from(seconds), of).map(Response::SessionToken)
    }

    fn new_session(
        &mut self,
        account: AccountId,
        seconds: i64,
        of: SessionOf,
    ) -> Result<SessionCredentials, AwsError> {
        let issued = self.clock;
        let expires = end_of(issued, seconds)?;
        let access_key_id = self.ids.id(IdKind::TemporaryKey).to_string();
        let (secret, token) = (self.ids.secret(), self.ids.session_token());
        let credentials = SessionCredentials {
            access_key_id: access_key_id.clone(),
            secret_access_key: secret.clone(),
            session_token: token.clone(),
            expiration: expires,
        };
        self.sessions.insert(access_key_id, Session { secret, token, account, issued, expires, of });
        Ok(credentials)
    }

    /// Checks the code against the caller's device, and uses it up. Only IAM users have devices.
    fn mfa_in_call(
        &mut self,
        who: &Who,
        serial: Option<&str>,
        code: Option<&str>,
    ) -> Result<MfaInCall, AwsError> {
        match (serial, code) {
            (None, None) => Ok(MfaInCall::None),
            (Some(serial), Some(code)) => {
                let right = who
                    .user_name()
                    .cloned()
                    .is_some_and(|user| self.use_code(who.account, &user, serial, code));
                Ok(if right { MfaInCall::Valid } else { MfaInCall::Invalid })
            }
            _ => Err(AwsError::access_denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            )),
        }
    }

    fn session_policies(
        &self,
        account: AccountId,
        inline: Option<&str>,
        arns: &[String],
    ) -> Result<Vec<Document>, AwsError> {
        let (most, most_arns) = SESSION_POLICY_BOUNDS;
        if arns.len() > most_arns {
            return Err(validate::out_of_schema(
                "policyArns",
                "Member must have length less than or equal to 10",
            ));
        }
        if inline.map_or(0, |text| text.chars().count()) + arns.iter().map(String::len).sum::<usize>() > most
        {
            return Err(validate::out_of_schema(
                "policy",
                "Member must have length less than or equal to 2048",
            ));
        }
        let mut documents = Vec::new();
        if let Some(text) = inline {
            let document = validate::document("policy", text, DocumentKind::Identity)?;
            if document.policy().statements.iter().any(|statement| has_incomplete_arn(&statement.resource)) {
                return Err(AwsError::malformed("Resource must be in ARN format or \"*\"."));
            }
            documents.push(document);
        }
        for text in arns {
            let arn = validate::policy_arn("policyArns", text)?;
            let foreign = matches!(arn.owner, PolicyOwner::Account(owner) if owner != account);
            let document =
                self.snapshot.policy(&arn).filter(|_| !foreign).and_then(|policy| policy.document());
            let missing =
                || AwsError::malformed(format!("The specified managed policy {arn} was not found."));
            documents.push(document.ok_or_else(missing)?.clone());
        }
        Ok(documents)
    }
}

/// The two refusals for which AWS has words of their own.
fn gate(who: &Who, mfa: MfaInCall) -> Result<(), AwsError> {
    match (&who.caller, mfa) {
        (Caller::Root { .. }, _) => {
            Err(AwsError::access_denied("Roles may not be assumed by root accounts."))
        }
        (_, MfaInCall::Invalid) => Err(wrong_code()),
        (_, MfaInCall::None | MfaInCall::Valid) => Ok(()),
    }
}

fn wrong_code() -> AwsError {
    AwsError::access_denied("MultiFactorAuthentication failed with invalid MFA one time pass code.")
}

fn end_of(issued: Timestamp, seconds: i64) -> Result<Timestamp, AwsError> {
    issued
        .checked_add(SignedDuration::from_secs(seconds))
        .map_err(|_| AwsError::validation("The requested DurationSeconds ends after all time."))
}

/// What is known of MFA in a session made by this caller (§2.7, U4). MFA in the call itself does not survive.
fn mfa_of_new_session(caller: &Caller) -> SessionMfa {
    match caller {
        Caller::UserSession { mfa: Some(at), .. } => SessionMfa::FromMfaSession { at: Some(*at) },
        Caller::RoleSession(session) => session.mfa,
        _ => SessionMfa::False,
    }
}

/// The tags of the new session, inherited ones first, and the keys of those that the next one inherits.
fn session_tags(caller: &Caller, request: &AssumeRole) -> (Tags, BTreeSet<SmolStr>) {
    let (mut tags, mut keys) = (Tags::new(), BTreeSet::new());
    if let Caller::RoleSession(session) = caller {
        for key in &session.transitive_tag_keys {
            if let Some(value) = session.tags.get(key) {
                tags.set(key, value);
                keys.insert(key.clone());
            }
        }
    }
    for (key, value) in &request.tags {
        tags.set(key, value);
    }
    keys.extend(request.transitive_tag_keys.iter().filter(|key| tags.get(key).is_some()).cloned());
    (tags, keys)
}

fn inherited_identity(caller: &Caller) -> Option<SmolStr> {
    match caller {
        Caller::RoleSession(session) => session.source_identity.clone(),
        _ => None,
    }
}

fn has_incomplete_arn(clause: &ResourceClause) -> bool {
    match clause {
        ResourceClause::Absent => false,
        ResourceClause::Is(resources) | ResourceClause::IsNot(resources) => {
            resources.iter().any(|resource| {
                resource != "*" && (!resource.starts_with("arn:") || resource.splitn(6, ':').count() < 6)
            })
        }
    }
}
