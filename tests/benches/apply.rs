//! How long `apply` of the example company takes from nothing, over HTTP against the emulator, beside what the calls alone cost.
//!
//! Every run begins with the accounts as somebody left them (`examples/world`), a new emulator and a new client, and ends as
//! declared. Beside it, in the same run: as many calls one after the other as `apply` made, and the same reconciliation without
//! HTTP, over the cloud in process.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench stops where its input is not as expected, and prints"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rolegate::load;
use rolegate_aws::{Aws, Keys, Settings};
use rolegate_cloud::{AccessKey, Cloud};
use rolegate_controller::applied::Ending;
use rolegate_controller::{Applied, CloudPort, Decision, Pace, Preview, Ui, reconcile};
use rolegate_emulator::{Emulator, Options};
use rolegate_plan::manifest;
use rolegate_plan::port::Failure;
use rolegate_plan::step::Step;
use rolegate_plan::validate::{ValidateOptions, Validated, validate};

const RUNS: usize = 15;
const INSTALLATION: &str = "acme";

struct Yes;

impl Ui for Yes {
    fn decide(&mut self, _: &Preview<'_>) -> Decision {
        Decision::Apply
    }

    fn tried(&mut self, _: usize, _: &Step, _: Result<(), &Failure>) {}
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut times = Times::default();
    let mut calls = 0;
    for _ in 0..RUNS {
        calls = runtime.block_on(run(&mut times));
    }
    let Times { apply, again, sequence, in_process } = times;
    let line = |what: &str, times: Vec<Duration>| {
        let (least, median, most) = spread(times);
        println!("{what:<52} {median:8.1} ms (between {least:.1} and {most:.1})");
    };
    line(&format!("apply of acme from nothing, {calls} calls"), apply);
    line("apply of acme once more, nothing to do", again);
    line(&format!("{calls} calls one after the other (GetCallerIdentity)"), sequence);
    line("the same reconciliation in process, without HTTP", in_process);
}

/// What each run took.
#[derive(Default)]
struct Times {
    apply: Vec<Duration>,
    again: Vec<Duration>,
    sequence: Vec<Duration>,
    in_process: Vec<Duration>,
}

/// One run; the number of calls that the first `apply` made.
async fn run(times: &mut Times) -> usize {
    let (cloud, key) = world();
    let emulator = Emulator::start(cloud, Options::default()).await.unwrap();
    let (applied, took) = applied(&emulator, &key).await;
    assert!(applied.ending() == Ending::AsDeclared && applied.done.len() > 70, "{applied:#?}");
    times.apply.push(took);
    let calls = emulator.calls().len();
    let (applied, took) = self::applied(&emulator, &key).await;
    assert!(applied.ending() == Ending::AsDeclared && applied.done.is_empty(), "{applied:#?}");
    times.again.push(took);
    times.sequence.push(sequence(&emulator, &key, calls).await);
    emulator.shutdown().await;
    let (cloud, key) = world();
    let port = CloudPort::new(cloud, key.credentials(), INSTALLATION);
    let begin = Instant::now();
    let applied = reconcile(&port, &validated(), &options(), &Pace::default(), &mut Yes).await;
    times.in_process.push(begin.elapsed());
    assert_eq!(applied.ending(), Ending::AsDeclared, "{applied:#?}");
    calls
}

/// What `rolegate-controller apply --yes` does, from the manifests on disk to the end.
async fn applied(emulator: &Emulator, key: &AccessKey) -> (Applied, Duration) {
    let begin = Instant::now();
    let validated = validated();
    let settings = Settings {
        endpoint_url: Some(emulator.endpoint()),
        region: Some("us-east-1".to_owned()),
        credentials: Some(Keys {
            access_key_id: key.access_key_id.clone(),
            secret_access_key: key.secret_access_key.clone(),
            session_token: None,
        }),
        ..Settings::new(INSTALLATION)
    };
    let aws = Aws::new(settings).await;
    let applied = reconcile(&aws, &validated, &options(), &Pace::default(), &mut Yes).await;
    (applied, begin.elapsed())
}

/// So many calls through the SDK, one after the other, over one connection.
async fn sequence(emulator: &Emulator, key: &AccessKey, calls: usize) -> Duration {
    let (id, secret) = (&key.access_key_id, &key.secret_access_key);
    let credentials = aws_credential_types::Credentials::new(id, secret, None, None, "given");
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .endpoint_url(emulator.endpoint())
        .region(aws_config::Region::new("us-east-1"))
        .credentials_provider(credentials)
        .load()
        .await;
    let sts = aws_sdk_sts::Client::new(&config);
    let begin = Instant::now();
    for _ in 0..calls {
        sts.get_caller_identity().send().await.unwrap();
    }
    begin.elapsed()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn world() -> (Cloud, AccessKey) {
    let snapshot = rolegate_emulator::world::load(&root().join("examples/world")).unwrap();
    let mut cloud = Cloud::from_snapshot(snapshot, jiff::Timestamp::now(), 7);
    cloud.add_outside_account("666666666666".parse().unwrap());
    let gateway = "111111111111".parse().unwrap();
    let key = cloud.add_access_key(gateway, &"rolegate".parse().unwrap()).unwrap();
    cloud.clear_calls();
    (cloud, key)
}

fn validated() -> Validated {
    let loaded = load::manifests(&[root().join("examples/acme")]);
    let (manifests, unreadable) = manifest::read(&loaded.files);
    let (validated, invalid) = validate(&manifests, &ValidateOptions { installation: INSTALLATION.into() });
    assert!(loaded.errors.is_empty() && unreadable.is_empty() && invalid.is_empty());
    validated
}

fn options() -> rolegate_plan::outcome::Options {
    rolegate_plan::outcome::Options::new("files", jiff::Timestamp::now())
}

/// The least, the median and the most, in milliseconds.
fn spread(mut times: Vec<Duration>) -> (f64, f64, f64) {
    times.sort_unstable();
    let at = |index: usize| times.get(index).expect("there were runs").as_secs_f64() * 1e3;
    (at(0), at(times.len() / 2), at(times.len() - 1))
}
