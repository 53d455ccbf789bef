//! `apply --watch`: manifests to AWS, again and again, until a signal says stop.

use super::inputs::Texts;
use super::{ApplyArguments, Output};
use jiff::Timestamp;
use rolegate_aws::Aws;
use rolegate_controller::watch::{Inputs, Settings, watch};
use rolegate_controller::{Event, Pace, Stop};
use rolegate_plan::outcome::Options;
use rolegate_plan::validate::Validated;
use std::io::{self, Write};
use std::path::PathBuf;

/// Manifests from files, read anew whenever they are another text. A text counts only when two looks in a row have seen it: a
/// file that is being written may for a moment look like one that asks for less.
struct Files {
    paths: Vec<PathBuf>,
    installation: String,
    settled: Option<Texts>,
    last: Option<Texts>,
}

impl Files {
    fn new(paths: Vec<PathBuf>, installation: String) -> Self {
        Self { paths, installation, settled: None, last: None }
    }
}

impl Inputs for Files {
    fn changed(&mut self) -> bool {
        let now = Some(Texts::load(&self.paths));
        let settles = now == self.last && now != self.settled;
        self.last.clone_from(&now);
        if settles {
            self.settled = now;
        }
        settles
    }

    fn read(&mut self) -> Result<Validated, Vec<String>> {
        let texts = self.settled.get_or_insert_with(|| Texts::load(&self.paths));
        texts.understand(&self.installation)
    }
}

pub(super) async fn run(arguments: &ApplyArguments, paths: Vec<PathBuf>, options: Options) -> u8 {
    let (stop, sleeper) = Stop::new();
    match signals(stop) {
        Ok(listening) => drop(tokio::spawn(listening)),
        Err(error) => {
            anstream::eprintln!("error: signals cannot be listened to: {error}");
            return 3;
        }
    }
    let aws = Aws::new(arguments.connection.settings(&arguments.installation)).await;
    let mut inputs = Files::new(paths, arguments.installation.clone());
    let settings = Settings { options, resync: arguments.resync, clock: &Timestamp::now };
    let output = arguments.output;
    let mut tell = |event: Event| {
        match output {
            Output::Text => anstream::println!("{event}"),
            Output::Json => anstream::println!("{}", event.json()),
        }
        // A pipe that nobody reads any more ends the program with the next line.
        drop(io::stdout().flush());
    };
    let last = watch(&aws, &mut inputs, &settings, &Pace::with(sleeper), &mut tell).await;
    last.ending().code()
}

/// Listens to SIGINT and SIGTERM; the second one is not waited for.
fn signals(stop: Stop) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        for times in 0.. {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if times > 0 {
                anstream::eprintln!("stopping after the step that is under way");
            }
            stop.now();
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATEWAY: &str = "apiVersion: rolegate.dev/v1alpha1\nkind: AWSAccount\nmetadata: {name: auth}\n\
        spec: {accountID: \"111111111111\", environment: gateway}\n---\n";
    const GROUP: &str = "apiVersion: rolegate.dev/v1alpha1\nkind: AccessGroup\nmetadata: {name: devs}\n\
        spec:\n  gatewayRef: {name: auth}\n  members:\n  - ana\n  - cobus\n";

    fn members(files: &mut Files) -> usize {
        files.read().unwrap().groups.values().map(|group| group.members.len()).sum()
    }

    /// Half of the list is a list, too.
    #[test]
    fn a_file_that_is_being_written_is_not_taken_for_an_edit() {
        let path = std::env::temp_dir().join(format!("rolegate-watch-{}.yaml", std::process::id()));
        let whole = format!("{GATEWAY}{GROUP}");
        std::fs::write(&path, &whole).unwrap();
        let mut files = Files::new(vec![path.clone()], "acme".to_owned());
        assert_eq!((members(&mut files), files.changed()), (2, false));
        std::fs::write(&path, whole.replace("  - cobus\n", "")).unwrap();
        assert_eq!((files.changed(), members(&mut files)), (false, 2));
        std::fs::write(&path, whole.replace("  - cobus\n", "  - cobus\n  - eric\n")).unwrap();
        assert_eq!((files.changed(), members(&mut files)), (false, 2), "another text again");
        assert_eq!((files.changed(), members(&mut files)), (true, 3));
        assert!(!files.changed());
        std::fs::remove_file(&path).unwrap();
        assert_eq!((files.changed(), files.changed()), (false, true));
        assert!(files.read().is_err());
    }
}
