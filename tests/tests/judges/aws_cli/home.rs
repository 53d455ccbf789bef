//! A home of one person, with the AWS CLI in it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};
use rolegate::command::export::aws_config::{Options, Source, aws_config};
use rolegate::command::export::{Regions, Selection};
use rolegate::command::{Output, Question};
use rolegate::deliver::deliver;
use rolegate_cloud::AccessKey;
use rolegate_emulator::{Clock, Emulator};
use rolegate_iam::AccountId;
use rolegate_tests::judges;
use serde_json::{Value, json};

pub(crate) const GATEWAY: &str = "111111111111";

/// A folder that goes with the test.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        // Tests run beside each other, and have people of the same name.
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("rolegate-cli-{}-{number}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// What a command showed.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i64,
    /// How often it asked for a code.
    pub(crate) prompts: u64,
    pub(crate) screen: String,
}

/// The home of somebody.
#[derive(Debug)]
pub(crate) struct Home {
    folder: Folder,
    endpoint: String,
    /// Of the MFA device.
    seed: Option<String>,
    /// Variables of the environment beside those of the home.
    pub(crate) variables: BTreeMap<String, String>,
}

/// A clock that stands, so that one-time codes do not pass while a busy machine starts Python.
pub(crate) fn still() -> rolegate_emulator::Options {
    rolegate_emulator::Options { clock: Clock::Still(Timestamp::now()), ..Default::default() }
}

/// What the manifests say now.
pub(crate) fn question(manifests: Vec<(String, String)>) -> Question {
    Question {
        manifests,
        snapshot: None,
        installation: Some("acme".to_owned()),
        at: Timestamp::now(),
        approved: None,
        dormant_retention: rolegate_plan::outcome::DORMANT_RETENTION,
    }
}

impl Home {
    /// With an access key under a profile's name, and a configuration that was there before.
    pub(crate) fn new(name: &str, emulator: &Emulator, profile: &str, key: &AccessKey) -> Self {
        let folder = Folder::new(name);
        let home = Self { folder, endpoint: emulator.endpoint(), seed: None, variables: BTreeMap::new() };
        fs::create_dir(home.aws()).unwrap();
        let AccessKey { access_key_id, secret_access_key } = key;
        let credentials = format!(
            "[{profile}]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {secret_access_key}\n"
        );
        fs::write(home.aws().join("credentials"), credentials).unwrap();
        fs::write(home.config(), "# mine\n[default]\noutput = text\n").unwrap();
        home
    }

    /// Of an IAM user of the gateway, who has an access key and an MFA device.
    pub(crate) fn of_user(emulator: &Emulator, user: &str) -> Self {
        let gateway: AccountId = GATEWAY.parse().unwrap();
        let name = user.parse().unwrap();
        let (key, device) = emulator
            .with_cloud(|cloud| (cloud.add_access_key(gateway, &name), cloud.add_mfa_device(gateway, &name)));
        let (_, seed) = device.unwrap();
        Self { seed: Some(seed), ..Self::new(user, emulator, "auth", &key.unwrap()) }
    }

    pub(crate) fn aws(&self) -> PathBuf {
        self.folder.path().join(".aws")
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.aws().join("config")
    }

    /// Exports into the configuration, which keeps what was in it.
    pub(crate) fn export(&self, asked: &Question, selection: Selection, source: Source) -> Vec<String> {
        let options = Options {
            selection,
            prefix: String::new(),
            source,
            mfa_serial: None,
            regions: Regions::parse(&["us-east-1".to_owned()]).unwrap(),
            longest: None,
        };
        let export = aws_config(asked, &options).unwrap_or_else(|answer| panic!("{}", answer.talk));
        let profiles = export.report["of"][0]["profiles"].as_array().unwrap();
        let names = profiles.iter().map(|profile| profile["name"].as_str().unwrap().to_owned()).collect();
        let answer = deliver(export, Some(&self.aws()), Output::Text);
        assert_eq!(answer.out, format!("changed {}\n", self.config().display()), "{}", answer.talk);
        assert!(fs::read_to_string(self.config()).unwrap().starts_with("# mine\n[default]\noutput = text\n"));
        names
    }

    /// Adds a profile by hand.
    pub(crate) fn append(&self, text: &str) {
        let mut config = fs::read_to_string(self.config()).unwrap();
        config.push_str(text);
        fs::write(self.config(), config).unwrap();
    }

    /// Who one is under a profile, by a terminal at which the code of the device is typed. The cloud's clock goes on by a
    /// minute first: each code counts once.
    pub(crate) fn enter(&self, emulator: &Emulator, profile: &str) -> Said {
        self.terminal(emulator, profile, false)
    }

    /// The same with a code that is wrong.
    pub(crate) fn mistype(&self, emulator: &Emulator, profile: &str) -> Said {
        self.terminal(emulator, profile, true)
    }

    fn terminal(&self, emulator: &Emulator, profile: &str, wrong: bool) -> Said {
        let now = emulator.now() + SignedDuration::from_secs(60);
        emulator.set_clock(now);
        let mut environment: BTreeMap<String, String> = self.variables.clone();
        for (name, value) in [
            ("HOME", self.folder.path().display().to_string()),
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
            ("PATH", "/usr/bin:/bin".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
        ] {
            environment.insert(name.to_owned(), value);
        }
        let aws = judges::aws_cli().unwrap().display().to_string();
        let said = script(
            "terminal.py",
            &json!({
                "command": [aws, "--profile", profile, "sts", "get-caller-identity", "--query", "Arn", "--output", "text"],
                "environment": environment,
                "seed": self.seed,
                "at": now.as_second(),
                "wrong": wrong,
            })
            .to_string(),
        );
        let said: Value = serde_json::from_str(&said).unwrap();
        Said {
            code: said["code"].as_i64().unwrap(),
            prompts: said["prompts"].as_u64().unwrap(),
            screen: said["screen"].as_str().unwrap().to_owned(),
        }
    }
}

impl Said {
    /// It got in, as this session, after so many questions for a code.
    #[track_caller]
    pub(crate) fn is_in(&self, arn: &str, prompts: u64) {
        let last = self.screen.trim_end().lines().last().unwrap_or_default();
        assert_eq!((self.code, last, self.prompts), (0, arn, prompts), "{}", self.screen);
    }

    /// AWS refused.
    #[track_caller]
    pub(crate) fn is_refused(&self, words: &str) {
        assert!(self.code != 0 && self.screen.contains(words), "{words}: {self:?}");
    }
}

/// Runs a script of this judge and gives what it says.
pub(crate) fn script(name: &str, input: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges/aws_cli").join(name);
    let mut child = Command::new(judges::python().unwrap())
        .arg(script)
        .env_clear()
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // What it says may fill the pipe before it has read everything.
    let writing = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success(), "{name} failed");
    String::from_utf8(output.stdout).unwrap()
}
