//! Sessions: begins with the credentials at hand, assumes each account's roles in turn, makes sure that the account entered is
//! the one that was meant, and keeps the session until shortly before it ends. Reads and writes nothing in IAM.

use crate::bucket::Bucket;
use crate::error::{failure, is_session_over, no_credentials};
use crate::identity::{acts_as, check_identity};
use crate::whole::Whole;
use crate::{Settings, main_region};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_iam::config::SharedHttpClient;
use aws_sdk_sts::operation::assume_role::AssumeRoleOutput;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Builder as HttpBuilder, ConnectorBuilder, tls};
use rolegate_iam::{AccountId, Partition, RoleArn};
use rolegate_plan::port::{Entrance, ErrorClass, Failure};
use rolegate_plan::step::Action;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long every session is asked for: all that role chaining allows (§2.10), and what any role allows.
const LIFETIME: Duration = Duration::from_hours(1);
/// A session this close to its end is not used any more.
const MARGIN: Duration = Duration::from_mins(5);

/// How long missing credentials stay missing.
const BEGIN_AGAIN: Duration = Duration::from_secs(10);

/// All sessions, by the way they were entered.
#[derive(Debug)]
pub(crate) struct Sessions {
    settings: Settings,
    base: SdkConfig,
    /// Whether there are credentials to begin with, and when that was looked up.
    beginning: tokio::sync::Mutex<Option<(Instant, Result<(), Failure>)>>,
    links: Mutex<BTreeMap<Way, Arc<tokio::sync::Mutex<Option<Link>>>>>,
    doors: Mutex<BTreeMap<Way, Arc<tokio::sync::Mutex<Option<Session>>>>>,
    /// One per account, whatever the session.
    buckets: Mutex<BTreeMap<AccountId, Bucket>>,
}

/// How a session is reached: the roles in turn, the external id of the last, and the partition whose STS is asked.
type Way = (Partition, Vec<RoleArn>, Option<String>);

/// The credentials of one role on the way.
#[derive(Debug, Clone)]
struct Link {
    credentials: Credentials,
    until: Instant,
}

/// An account that was entered: clients that act in it.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    writer: aws_sdk_iam::Client,
    reader: aws_sdk_iam::Client,
    bucket: Bucket,
    until: Instant,
}

impl Session {
    /// For single calls, with the time limit of a write.
    pub(crate) fn writer(&self) -> &aws_sdk_iam::Client {
        &self.writer
    }

    /// Waits until the account's budget has room for one more call.
    pub(crate) async fn take(&self) {
        self.bucket.take().await;
    }

    /// The same for a write: a new version of a policy is read twice, pruned and written.
    pub(crate) async fn take_for(&self, action: &Action) {
        let calls = if matches!(action, Action::CreatePolicyVersion { .. }) { 3 } else { 1 };
        for _ in 0..calls {
            self.take().await;
        }
    }

    /// For pages of bulk reads, with their time limit.
    pub(crate) fn reader(&self) -> &aws_sdk_iam::Client {
        &self.reader
    }
}

impl Sessions {
    pub(crate) async fn new(settings: Settings) -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http_client())
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(200)))
            .timeout_config(timeouts(settings.write_timeout));
        if let Some(url) = &settings.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        if let Some(region) = &settings.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(keys) = settings.credentials.clone() {
            loader = loader.credentials_provider(Credentials::new(
                keys.access_key_id,
                keys.secret_access_key,
                keys.session_token,
                None,
                "given",
            ));
        }
        let base = loader.load().await;
        Self {
            settings,
            base,
            beginning: tokio::sync::Mutex::default(),
            links: Mutex::default(),
            doors: Mutex::default(),
            buckets: Mutex::default(),
        }
    }

    /// Enters the account, or answers with the session that is still good.
    ///
    /// # Guarantees
    /// The session acts in `entrance.id`, checked by `GetCallerIdentity`; nothing is ever done in another account.
    pub(crate) async fn enter(&self, entrance: &Entrance) -> Result<Session, Failure> {
        let way = way(entrance);
        let door = slot(&self.doors, (way.0, way.1.clone(), Some(door_key(entrance))));
        let mut door = door.lock().await;
        if let Some(session) = door.as_ref().filter(|session| is_good(session.until)) {
            return Ok(session.clone());
        }
        self.begin().await?;
        let session = match self.open(entrance, way.clone()).await {
            // A session kept from before is dead, or there is no way in at all: making all anew tells.
            Err(failure) if is_session_over(&failure) && !way.1.is_empty() => {
                self.forget_links(&way).await;
                self.open(entrance, way).await?
            }
            answer => answer?,
        };
        *door = Some(session.clone());
        Ok(session)
    }

    /// Forgets the session and all on the way to it, because AWS says that it is over.
    pub(crate) async fn forget(&self, entrance: &Entrance) {
        let way = way(entrance);
        *slot(&self.doors, (way.0, way.1.clone(), Some(door_key(entrance)))).lock().await = None;
        self.forget_links(&way).await;
    }

    async fn forget_links(&self, way: &Way) {
        for taken in 1..=way.1.len() {
            *slot(&self.links, part_of(way, taken)).lock().await = None;
        }
    }

    /// Makes sure that there are credentials to begin with. Looked up outside of the time limit of a call, because the chain may
    /// ask services that do not answer, and "no credentials" must not be told as "no answer".
    async fn begin(&self) -> Result<(), Failure> {
        let mut beginning = self.beginning.lock().await;
        match beginning.as_ref() {
            Some((_, Ok(()))) => return Ok(()),
            Some((looked_up, Err(failure))) if looked_up.elapsed() < BEGIN_AGAIN => {
                return Err(failure.clone());
            }
            Some((_, Err(_))) | None => {}
        }
        let found = match self.base.credentials_provider() {
            Some(provider) => provider.provide_credentials().await.map(drop),
            None => Err(CredentialsError::not_loaded("no provider")),
        };
        let found = found.map_err(|error| no_credentials("AssumeRole", &error));
        *beginning = Some((Instant::now(), found.clone()));
        found
    }

    async fn open(&self, entrance: &Entrance, way: Way) -> Result<Session, Failure> {
        let mut link = None;
        for taken in 1..=way.1.len() {
            match self.link(part_of(&way, taken), link.clone()).await {
                Ok(next) => link = Some(next),
                Err(failure) if taken == 1 && self.begins_as(&way, &failure).await => {}
                Err(failure) => return Err(failure),
            }
        }
        let until = link.as_ref().map_or_else(|| Instant::now() + LIFETIME, |link| link.until);
        let config = self.config(entrance.partition, link.as_ref());
        check_identity(&config, entrance).await?;
        let reader = config.to_builder().timeout_config(timeouts(self.settings.read_timeout)).build();
        let bucket = self.bucket(entrance.id);
        let (writer, reader) = (client(&config, &bucket), client(&reader, &bucket));
        Ok(Session { writer, reader, bucket, until })
    }

    /// Whether the first role on the way need not be assumed, because the credentials to begin with are of that very role, such
    /// as a pod's: hardly a role trusts itself (§2.5).
    async fn begins_as(&self, (partition, roles, _): &Way, refusal: &Failure) -> bool {
        match roles.first() {
            Some(role) if refusal.class == ErrorClass::Denied => {
                acts_as(&self.config(*partition, None), role).await
            }
            _ => false,
        }
    }

    fn bucket(&self, account: AccountId) -> Bucket {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.entry(account).or_default().clone()
    }

    /// The credentials of the last role of `way`, assumed with those of the role before. A hub role that many accounts are
    /// entered through is assumed once.
    async fn link(&self, way: Way, before: Option<Link>) -> Result<Link, Failure> {
        let slot = slot(&self.links, way.clone());
        let mut slot = slot.lock().await;
        if let Some(link) = slot.as_ref().filter(|link| is_good(link.until)) {
            return Ok(link.clone());
        }
        let (partition, roles, external_id) = way;
        let Some(role) = roles.last() else {
            return Err(unexpected("no role to assume"));
        };
        let asked = Instant::now();
        let answer = aws_sdk_sts::Client::new(&self.config(partition, before.as_ref()))
            .assume_role()
            .role_arn(role.to_string())
            .role_session_name(self.settings.session_name()?.as_str())
            .duration_seconds(i32::try_from(LIFETIME.as_secs()).unwrap_or(3600))
            .set_external_id(external_id)
            .send()
            .await
            .map_err(|error| about(role, failure("AssumeRole", error)))?;
        // Counted from here and not from AWS's `Expiration`, so that a clock that goes wrong cuts no session short.
        let link = Link { credentials: credentials(&answer)?, until: asked + LIFETIME };
        *slot = Some(link.clone());
        Ok(link)
    }

    fn config(&self, partition: Partition, link: Option<&Link>) -> SdkConfig {
        let region = self
            .base
            .region()
            .filter(|region| partition_of(region.as_ref()) == partition)
            .cloned()
            .unwrap_or_else(|| Region::new(main_region(partition)));
        let mut config = self.base.to_builder().region(region);
        if let Some(link) = link {
            config.set_credentials_provider(Some(SharedCredentialsProvider::new(link.credentials.clone())));
            config.set_identity_cache(Some(aws_config::identity::IdentityCache::no_cache()));
        }
        config.build()
    }
}

fn client(config: &SdkConfig, bucket: &Bucket) -> aws_sdk_iam::Client {
    let config = aws_sdk_iam::config::Builder::from(config).interceptor(Whole).interceptor(bucket.clone());
    aws_sdk_iam::Client::from_conf(config.build())
}

fn way(entrance: &Entrance) -> Way {
    (entrance.partition, entrance.roles.clone(), entrance.external_id.clone())
}

/// The first roles of a way; the external id is for the very last role only.
fn part_of(way: &Way, taken: usize) -> Way {
    let (partition, roles, external_id) = way;
    let external_id = if taken == roles.len() { external_id.clone() } else { None };
    (*partition, roles.iter().take(taken).cloned().collect(), external_id)
}

/// Two accounts never share a door, even when they are (wrongly) entered by the same way: each is checked by itself.
fn door_key(entrance: &Entrance) -> String {
    format!("{}/{}", entrance.id, entrance.external_id.as_deref().unwrap_or_default())
}

fn slot<K: Ord, T>(
    slots: &Mutex<BTreeMap<K, Arc<tokio::sync::Mutex<Option<T>>>>>,
    key: K,
) -> Arc<tokio::sync::Mutex<Option<T>>> {
    let mut slots = slots.lock().unwrap_or_else(PoisonError::into_inner);
    slots.entry(key).or_default().clone()
}

fn is_good(until: Instant) -> bool {
    until.checked_duration_since(Instant::now()).is_some_and(|left| left > MARGIN)
}

/// The partition of a region, by its name.
fn partition_of(region: &str) -> Partition {
    match region.split_once('-').map(|(first, _)| first) {
        Some("cn") => Partition::AwsCn,
        Some("eusc") => Partition::AwsEusc,
        Some("us") if region.starts_with("us-gov-") => Partition::AwsUsGov,
        _ => Partition::Aws,
    }
}

fn credentials(answer: &AssumeRoleOutput) -> Result<Credentials, Failure> {
    let got = answer.credentials().ok_or_else(|| unexpected("AWS answered without credentials"))?;
    let token = Some(got.session_token().to_owned());
    Ok(Credentials::new(got.access_key_id(), got.secret_access_key(), token, None, "AssumeRole"))
}

fn unexpected(message: &str) -> Failure {
    Failure { call: "AssumeRole", class: ErrorClass::Bug, code: None, message: message.to_owned() }
}

fn about(role: &RoleArn, failure: Failure) -> Failure {
    Failure { message: format!("{role}: {}", failure.message), ..failure }
}

/// Retries happen inside of the whole; an attempt leaves room for another.
fn timeouts(whole: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(1500).min(whole))
        .operation_attempt_timeout(whole.mul_f32(0.6))
        .operation_timeout(whole)
        .build()
}

/// One pool of connections for all sessions; by itself the SDK makes one per client.
fn http_client() -> SharedHttpClient {
    HttpBuilder::new().build_with_connector_fn(|settings, components| {
        let mut connector = ConnectorBuilder::default()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc));
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.build()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_iam::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};

    /// §4.1.
    #[tokio::test]
    async fn the_main_region_of_a_partition_reaches_its_iam() {
        for (partition, url) in [
            (Partition::Aws, "https://iam.amazonaws.com"),
            (Partition::AwsCn, "https://iam.cn-north-1.amazonaws.com.cn"),
            (Partition::AwsUsGov, "https://iam.us-gov.amazonaws.com"),
            (Partition::AwsEusc, "https://iam.eusc-de-east-1.amazonaws.eu"),
        ] {
            let region = main_region(partition);
            assert_eq!(partition_of(region), partition);
            let params = Params::builder().region(region).build().unwrap();
            let endpoint = DefaultResolver::new().resolve_endpoint(&params).await.unwrap();
            assert_eq!(endpoint.url(), url);
        }
    }

    #[test]
    fn a_region_tells_its_partition() {
        for (region, partition) in [
            ("eu-west-1", Partition::Aws),
            ("us-east-2", Partition::Aws),
            ("us-gov-east-1", Partition::AwsUsGov),
            ("cn-northwest-1", Partition::AwsCn),
            ("eusc-de-east-1", Partition::AwsEusc),
        ] {
            assert_eq!(partition_of(region), partition, "{region}");
        }
    }

    #[test]
    fn the_external_id_is_for_the_last_role_only() {
        let role = |name: &str| format!("arn:aws:iam::111111111111:role/{name}").parse::<RoleArn>().unwrap();
        let way = (Partition::Aws, vec![role("hub"), role("last")], Some("id".to_owned()));
        assert_eq!(part_of(&way, 1), (Partition::Aws, vec![role("hub")], None));
        assert_eq!(part_of(&way, 2), way);
    }
}
