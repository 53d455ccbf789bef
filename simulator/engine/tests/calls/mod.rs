//! Reads the calls of the case file into a request.
#![expect(unreachable_pub, reason = "a module of a test program")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where its input is not as expected")]

use crate::world::{document, list, parse, tags, text};
use rolegate_engine::{
    AssumeRole, Caller, EndpointPolicy, Environment, MfaInCall, Network, RoleSession, SessionMfa,
    UserSessionOrigin,
};
use rolegate_iam::AccountId;
use serde_json::Value;

pub fn call(call: &Value) -> (Caller, AssumeRole, Environment) {
    let environment = &call["environment"];
    let network = match (environment["vpc_endpoint"].as_str(), environment["source_ip"].as_str()) {
        (Some(endpoint), _) => Network::VpcEndpoint {
            endpoint: endpoint.into(),
            vpc: environment["vpc"].as_str().map(Into::into),
            source_ip: environment["vpc_source_ip"].as_str().map(|ip| ip.parse().unwrap()),
            policy: EndpointPolicy::FullAccess,
        },
        (None, Some(ip)) => Network::Public(ip.parse().unwrap()),
        (None, None) => Network::Unknown,
    };
    let environment = Environment {
        network,
        region: text(&environment["region"]).into(),
        ..Environment::at(parse(&environment["time"]))
    };
    (caller(&call["caller"]), request(call), environment)
}

fn request(call: &Value) -> AssumeRole {
    let parameters = &call["parameters"];
    AssumeRole {
        external_id: parameters["ExternalId"].as_str().map(Into::into),
        mfa: match call["token_code_valid"].as_bool() {
            None => MfaInCall::None,
            Some(true) => MfaInCall::Valid,
            Some(false) => MfaInCall::Invalid,
        },
        duration_seconds: parameters["DurationSeconds"].as_i64(),
        tags: list(&parameters["Tags"])
            .map(|tag| (text(&tag["Key"]).into(), text(&tag["Value"]).into()))
            .collect(),
        transitive_tag_keys: list(&parameters["TransitiveTagKeys"]).map(|key| text(key).into()).collect(),
        source_identity: parameters["SourceIdentity"].as_str().map(Into::into),
        ..AssumeRole::new(text(&parameters["RoleArn"]), text(&parameters["RoleSessionName"]))
    }
}

fn caller(caller: &Value) -> Caller {
    match text(&caller["kind"]) {
        "user-key" => Caller::UserKey { arn: parse(&caller["arn"]) },
        "user-session" => Caller::UserSession {
            arn: parse(&caller["arn"]),
            issued_at: parse(&caller["issued_at"]),
            mfa: caller["mfa_authenticated"].as_bool().unwrap().then(|| match caller["mfa_authenticated_at"]
                .as_str()
            {
                Some(at) => at.parse().unwrap(),
                None => parse(&caller["issued_at"]),
            }),
            origin: match text(&caller["origin"]) {
                "console" => UserSessionOrigin::Console,
                _ => UserSessionOrigin::GetSessionToken,
            },
        },
        "role-session" => Caller::RoleSession(Box::new(RoleSession {
            mfa: match text(&caller["assumed_with_mfa"]) {
                "calling-session" => SessionMfa::FromMfaSession { at: None },
                _ => SessionMfa::False,
            },
            tags: tags(&caller["session_tags"]),
            transitive_tag_keys: list(&caller["transitive_tag_keys"]).map(|key| text(key).into()).collect(),
            source_identity: caller["source_identity"].as_str().map(Into::into),
            policies: list(&caller["session_policies"]).map(document).collect(),
            ..RoleSession::plain(
                parse(&caller["role_arn"]),
                parse(&caller["session_name"]),
                parse(&caller["issued_at"]),
            )
        })),
        "root" => {
            let account: AccountId = account_of(text(&caller["arn"]));
            Caller::Root { account, partition: rolegate_iam::Partition::Aws }
        }
        "federated-user" => Caller::FederatedUser {
            account: account_of(text(&caller["arn"])),
            partition: rolegate_iam::Partition::Aws,
            name: text(&caller["arn"]).rsplit('/').next().unwrap().into(),
        },
        "service" => Caller::Service {
            principal: text(&caller["service"]).into(),
            source_account: caller["source_account"].as_str().map(|id| id.parse().unwrap()),
            source_arn: caller["source_arn"].as_str().map(Into::into),
        },
        kind => panic!("no caller of kind {kind}"),
    }
}

fn account_of(arn: &str) -> AccountId {
    arn.split(':').nth(4).unwrap().parse().unwrap()
}
