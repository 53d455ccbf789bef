//! An independent AWS on a free loopback port, ended with the test.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rolegate_tests::judges;

/// How long one may take to answer; a loaded machine is slow.
const PATIENCE: Duration = Duration::from_mins(2);

/// A running program and its endpoint.
pub(crate) struct Served {
    child: Child,
    pub(crate) kind: &'static str,
    pub(crate) endpoint: String,
    /// A folder of its own: HOME, temporary files and what it logs.
    pub(crate) folder: PathBuf,
}

impl Served {
    pub(crate) async fn ministack() -> Self {
        Self::start("ministack", |port, folder| {
            let mut command = Command::new(judges::beside_python("ministack").unwrap());
            command
                .env("AUTH", "true")
                .env("BIND_HOST", "127.0.0.1")
                .env("GATEWAY_PORT", port.to_string())
                .env("SERVICES", "iam,sts")
                .env("IOT_MTLS_ENABLED", "0")
                .env("S3_DATA_DIR", folder.join("s3"));
            command
        })
        .await
    }

    pub(crate) async fn moto() -> Self {
        Self::start("moto", |port, _| {
            let mut command = Command::new(judges::beside_python("moto_server").unwrap());
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
            // It makes them anew for every account: five are fine, hundreds would take gigabytes.
            command.env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true");
            command
        })
        .await
    }

    async fn start(kind: &'static str, command: impl FnOnce(u16, &PathBuf) -> Command) -> Self {
        let folder = std::env::temp_dir().join(format!("rolegate-{kind}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        // Somebody else may take the port in between; then it does not answer, and the test says so.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let child = command(port, &folder)
            .env("HOME", &folder)
            .env("TMPDIR", &folder)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut served = Self { child, kind, endpoint: format!("http://127.0.0.1:{port}"), folder };
        served.wait(port).await;
        served
    }

    /// Until it answers on its port.
    async fn wait(&mut self, port: u16) {
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && begin.elapsed() < PATIENCE,
                "{} does not answer: {}",
                self.kind,
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
