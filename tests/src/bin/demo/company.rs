//! The company on which the demo runs: the AWS in memory with what somebody made there by hand, and Rolegate's own programs.

use anyhow::{Context, bail};
use rolegate_cloud::Cloud;
use rolegate_emulator::{Admin, Clock, Emulator, Exposure, Options};
use rolegate_iam::AccountId;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Five accounts, an endpoint, and the folder of manifests at work.
pub(crate) struct Company {
    pub(crate) emulator: Emulator,
    pub(crate) gateway: AccountId,
    keys: (String, String),
    manifests: PathBuf,
}

/// The checkout this program was built from.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

impl Company {
    /// Starts the AWS in memory on a free loopback port, with the world of `examples/world`.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let world = rolegate_emulator::world::load(&root().join("examples/world"))?;
        let gateway: AccountId = "111111111111".parse()?;
        let mut cloud = Cloud::from_snapshot(world, jiff::Timestamp::now(), 7);
        // The third party's account exists, although nobody here can look into it.
        cloud.add_outside_account("666666666666".parse()?);
        let key = cloud.add_access_key(gateway, &"rolegate".parse()?).context("there is no user rolegate")?;
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            exposure: Exposure::Loopback,
            clock: Clock::Real,
            admin: Admin::Off,
        };
        let emulator = Emulator::start(cloud, options).await?;
        let manifests = std::env::temp_dir().join(format!("rolegate-demo-{}", std::process::id()));
        copy(&root().join("examples/acme"), &manifests)?;
        Ok(Self { emulator, gateway, keys: (key.access_key_id, key.secret_access_key), manifests })
    }

    /// Runs one of Rolegate's programs beside this one, in the folder above the manifests, which it calls `acme`. Returns
    /// what a terminal would show, answer and talk together, and the exit code.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> anyhow::Result<(String, i32)> {
        let beside =
            std::env::current_exe()?.with_file_name(format!("{program}{}", std::env::consts::EXE_SUFFIX));
        let (mut screen, answer) = std::io::pipe()?;
        let talk = answer.try_clone()?;
        let mut child = Command::new(&beside)
            .args(arguments)
            .current_dir(&self.manifests)
            .env("AWS_ENDPOINT_URL", self.emulator.endpoint())
            .env("AWS_ACCESS_KEY_ID", &self.keys.0)
            .env("AWS_SECRET_ACCESS_KEY", &self.keys.1)
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("ROLEGATE_INSTALLATION", "acme")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN")
            .stdin(Stdio::null())
            .stdout(answer)
            .stderr(talk)
            .spawn()
            .with_context(|| {
                format!("failed to start {}: build it first, with cargo xtask demo", beside.display())
            })?;
        let mut shown = String::new();
        screen.read_to_string(&mut shown)?;
        let code = child.wait()?.code().context("the program was killed")?;
        Ok((shown, code))
    }

    /// Edits one manifest: every occurrence of a text becomes another, and there must be one.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) -> anyhow::Result<()> {
        let path = self.manifests.join("acme").join(file);
        let before = std::fs::read_to_string(&path)?;
        let after = before.replace(from, to);
        if before == after {
            bail!("{file} does not contain `{from}`");
        }
        Ok(std::fs::write(path, after)?)
    }

    /// Takes a manifest away.
    pub(crate) fn lose(&self, file: &str) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.manifests.join("acme").join(file))?)
    }

    /// Brings the manifest of the example back.
    pub(crate) fn restore(&self, file: &str) -> anyhow::Result<()> {
        let target = self.manifests.join("acme").join(file);
        std::fs::copy(root().join("examples/acme").join(file), target)?;
        Ok(())
    }

    /// Writes a file beside the manifests.
    pub(crate) fn write(&self, file: &str, text: &str) -> anyhow::Result<()> {
        Ok(std::fs::write(self.manifests.join(file), text)?)
    }

    /// The key with which Rolegate itself works.
    pub(crate) fn keys(&self) -> (&str, &str) {
        (&self.keys.0, &self.keys.1)
    }
}

impl Drop for Company {
    fn drop(&mut self) {
        // A folder of copies; leaving it behind does no harm.
        drop(std::fs::remove_dir_all(&self.manifests));
    }
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let folder = to.join("acme");
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        if let Some(name) = path.file_name() {
            std::fs::copy(&path, folder.join(name))?;
        }
    }
    Ok(())
}
