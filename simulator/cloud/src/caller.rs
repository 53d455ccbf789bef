//! Who calls: credentials to facts. Decides nothing about what they may do.

use crate::api::Credentials;
use crate::error::AwsError;
use crate::ids::root_arn;
use crate::state::{Cloud, KeyOwner, KeyStatus, SessionOf};
use rolegate_engine::{Caller, UserSessionOrigin};
use rolegate_iam::{AccountId, SessionArn, UserName};

/// An authenticated caller.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) account: AccountId,
    /// As AWS prints it.
    pub(crate) arn: String,
    /// `UserId` of `GetCallerIdentity`.
    pub(crate) user_id: String,
    /// The facts that policies are about.
    pub(crate) caller: Caller,
    pub(crate) term: Term,
}

/// How long the credentials last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Term {
    Long,
    Temporary,
}

impl Who {
    /// The name of the calling IAM user.
    pub(crate) fn user_name(&self) -> Option<&UserName> {
        match &self.caller {
            Caller::UserKey { arn } | Caller::UserSession { arn, .. } => Some(&arn.name),
            _ => None,
        }
    }
}

impl Cloud {
    /// # Errors
    /// `InvalidClientTokenId` for credentials that are unknown, deleted, inactive or bound to an entity that is gone;
    /// `ExpiredToken` after their end.
    pub(crate) fn authenticate(&self, credentials: &Credentials) -> Result<Who, AwsError> {
        let Credentials { access_key_id, session_token } = credentials;
        match session_token {
            None => self.long_term(access_key_id),
            Some(token) => self.temporary(access_key_id, token),
        }
    }

    fn long_term(&self, id: &str) -> Result<Who, AwsError> {
        let key = self.keys.get(id).filter(|key| key.status == KeyStatus::Active);
        let key = key.ok_or_else(AwsError::invalid_client_token)?;
        let name = match &key.owner {
            KeyOwner::Root => return self.root(key.account, Term::Long),
            KeyOwner::User(name) => name,
        };
        let held = self.account(key.account)?;
        let user = held.users.get(name).ok_or_else(AwsError::invalid_client_token)?;
        let arn = held.user_arn(user);
        Ok(Who {
            account: key.account,
            arn: arn.to_string(),
            user_id: user.id.to_string(),
            caller: Caller::UserKey { arn },
            term: Term::Long,
        })
    }

    fn temporary(&self, id: &str, token: &str) -> Result<Who, AwsError> {
        let session = self.sessions.get(id).filter(|session| session.token == token);
        let session = session.ok_or_else(AwsError::invalid_client_token)?;
        if session.expires <= self.clock {
            return Err(AwsError::expired_token());
        }
        match &session.of {
            SessionOf::Root => self.root(session.account, Term::Temporary),
            SessionOf::User { id, arn, mfa_at } => {
                if !self.is_living_user(arn, id) {
                    return Err(AwsError::invalid_client_token());
                }
                let caller = Caller::UserSession {
                    arn: arn.clone(),
                    issued_at: session.issued,
                    mfa: *mfa_at,
                    origin: UserSessionOrigin::GetSessionToken,
                };
                Ok(Who {
                    account: session.account,
                    arn: arn.to_string(),
                    user_id: id.to_string(),
                    caller,
                    term: Term::Temporary,
                })
            }
            SessionOf::Role { id, facts } => {
                if !self.is_living_role(&facts.role, id) {
                    return Err(AwsError::invalid_client_token());
                }
                let arn = SessionArn {
                    partition: facts.role.partition,
                    account: facts.role.account,
                    role: facts.role.name.clone(),
                    session: facts.session_name.clone(),
                };
                Ok(Who {
                    account: session.account,
                    arn: arn.to_string(),
                    user_id: format!("{id}:{}", facts.session_name),
                    caller: Caller::RoleSession(facts.clone()),
                    term: Term::Temporary,
                })
            }
        }
    }

    fn root(&self, account: AccountId, term: Term) -> Result<Who, AwsError> {
        let partition = self.account(account)?.partition;
        Ok(Who {
            account,
            arn: root_arn(partition, account),
            user_id: account.to_string(),
            caller: Caller::Root { account, partition },
            term,
        })
    }
}
