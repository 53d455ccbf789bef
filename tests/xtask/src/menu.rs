//! The commands as data, their help, and how the command line picks one. Starts nothing.

use std::fmt::{self, Write as _};

/// One command of the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Demo,
    Test,
    Judges,
    Lint,
    Mutants,
    Bench,
    Crds,
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request<'a> {
    Help(String),
    /// A command and the arguments that belong to it.
    Run(Command, &'a [String]),
}

/// A command line that means nothing here: exit code 2.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Usage {
    NoCommand,
    UnknownCommand(String),
    UnexpectedArgument { command: &'static str, argument: String },
}

struct Entry {
    command: Command,
    name: &'static str,
    arguments: Arguments,
    summary: &'static str,
    details: &'static str,
}

/// Whether a command takes arguments of its own, and how its help shows them.
enum Arguments {
    None,
    PassedOn(&'static str),
}

const MENU: [Entry; 7] = [
    Entry {
        command: Command::Demo,
        name: "demo",
        arguments: Arguments::PassedOn("[--keep]"),
        summary: "the main job, told as a story, against an AWS in memory",
        details: "Builds the emulator, the controller and the demo, then runs the demo on a free loopback port. It needs
Rust and nothing else, and touches no real AWS account.

  --keep    leave the emulator running at the end and print how to reach it",
    },
    Entry {
        command: Command::Test,
        name: "test",
        arguments: Arguments::None,
        summary: "every test of the workspace; the last line is the count",
        details: "Builds and runs every test of every package, whichever fail on the way. The last line of output is
`N passed, N failed` over all test binaries. A run without a single test is a failure, and so is a
test binary that ends without reporting: its tests count as failed. Installs the judges first (see
`cargo xtask judges`).",
    },
    Entry {
        command: Command::Judges,
        name: "judges",
        arguments: Arguments::None,
        summary: "install the tools that judge us in the tests, and say where",
        details: "Installs the pinned AWS CLI, boto3, moto and ministack (Python 3.11 or later) and iam-simulate (Node.js)
into $XDG_CACHE_HOME/rolegate (or ~/.cache/rolegate), once for each change of the pins in tests/judges.
Prints ROLEGATE_PYTHON=… and ROLEGATE_NODE_MODULES=…; a variable that is set already is believed.
`cargo xtask test` does this by itself.",
    },
    Entry {
        command: Command::Lint,
        name: "lint",
        arguments: Arguments::None,
        summary: "formatting, clippy with warnings as errors, licences and bans",
        details: "Runs `cargo fmt --check`, clippy over all targets, and cargo-deny (bans, licences, sources), all of
them even when one fails. The first run builds a pinned cargo-deny into $XDG_CACHE_HOME/rolegate (or
~/.cache/rolegate). Advisories are not asked for, because they need a database from the network.",
    },
    Entry {
        command: Command::Mutants,
        name: "mutants",
        arguments: Arguments::PassedOn("[--minutes N] [--file GLOB]..."),
        summary: "change engine and plan, and see whether a test notices",
        details: "Builds a pinned cargo-mutants into the cache, then changes the engine and the plan in one small way at a
time and runs their tests. Takes many hours in full, so it stops after a while and goes on where it
was when run again; target/mutants/mutants.out says what lived. docs/mutants.md judges that.

  --minutes N    stop after so many minutes (60)
  --file GLOB    change these files only; may be given more than once",
    },
    Entry {
        command: Command::Bench,
        name: "bench",
        arguments: Arguments::None,
        summary: "the benches behind docs/benchmarks.md",
        details: "Runs the criterion benches of the evaluator and of the compiler in release mode, the evaluator beside
iam-simulate on the same requests (see `cargo xtask judges`), and `apply` of the example over HTTP.",
    },
    Entry {
        command: Command::Crds,
        name: "crds",
        arguments: Arguments::None,
        summary: "write the committed CRD YAML anew from the types",
        details: "Runs the tests of rolegate-crds with UPDATE_CRDS=1. `cargo xtask test` fails while the committed YAML
differs from the types.",
    },
];

/// Reads the command line, without the program's own name.
pub(crate) fn parse(arguments: &[String]) -> Result<Request<'_>, Usage> {
    let (first, rest) = arguments.split_first().ok_or(Usage::NoCommand)?;
    if is_help(first) || (first == "help" && rest.is_empty()) {
        return Ok(Request::Help(overview()));
    }
    if let ("help", [topic]) = (first.as_str(), rest) {
        return entry(topic).map(|entry| Request::Help(entry.help()));
    }
    let entry = entry(first)?;
    if rest.iter().any(|argument| is_help(argument)) {
        return Ok(Request::Help(entry.help()));
    }
    match (&entry.arguments, rest.first()) {
        (Arguments::None, Some(argument)) => {
            Err(Usage::UnexpectedArgument { command: entry.name, argument: argument.clone() })
        }
        (Arguments::PassedOn(_), _) | (Arguments::None, None) => Ok(Request::Run(entry.command, rest)),
    }
}

fn is_help(argument: &str) -> bool {
    matches!(argument, "-h" | "--help")
}

fn entry(name: &str) -> Result<&'static Entry, Usage> {
    MENU.iter().find(|entry| entry.name == name).ok_or_else(|| Usage::UnknownCommand(name.to_owned()))
}

fn overview() -> String {
    let mut text = String::from("Usage: cargo xtask COMMAND\n\nCommands:\n");
    for entry in &MENU {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:<7} {}", entry.name, entry.summary);
    }
    text.push_str(
        "\n`cargo xtask COMMAND --help` tells more. A fresh machine needs only `demo` and `test`.\n",
    );
    text
}

impl Entry {
    fn help(&self) -> String {
        let arguments = match self.arguments {
            Arguments::None => "",
            Arguments::PassedOn(shown) => shown,
        };
        let usage = format!("cargo xtask {} {arguments}", self.name);
        format!("{}: {}\n\nUsage: {}\n\n{}\n", self.name, self.summary, usage.trim_end(), self.details)
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Usage::NoCommand => write!(f, "no command given\n\n{}", overview().trim_end()),
            Usage::UnknownCommand(name) => write!(f, "no command `{name}`\n\n{}", overview().trim_end()),
            Usage::UnexpectedArgument { command, argument } => {
                write!(f, "`cargo xtask {command}` takes no argument `{argument}`")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn each_name_picks_its_own_command() {
        let named = [
            ("demo", Command::Demo),
            ("test", Command::Test),
            ("judges", Command::Judges),
            ("lint", Command::Lint),
            ("mutants", Command::Mutants),
            ("bench", Command::Bench),
            ("crds", Command::Crds),
        ];
        assert_eq!(named.len(), MENU.len());
        for (name, command) in named {
            assert_eq!(parse(&words(name)), Ok(Request::Run(command, &[])), "{name}");
        }
    }

    #[test]
    fn the_demo_gets_the_rest_and_others_refuse_it() {
        assert_eq!(parse(&words("demo --keep")), Ok(Request::Run(Command::Demo, &words("--keep"))));
        assert_eq!(
            parse(&words("test --keep")),
            Err(Usage::UnexpectedArgument { command: "test", argument: "--keep".to_owned() })
        );
    }

    #[test]
    fn nothing_and_nonsense_are_usage_errors_that_list_the_commands() {
        for (line, expected) in [("", Usage::NoCommand), ("tests", Usage::UnknownCommand("tests".to_owned()))]
        {
            let error = parse(&words(line)).unwrap_err();
            assert_eq!(error, expected);
            assert!(error.to_string().contains("\n  lint "), "{error}");
        }
    }

    #[test]
    fn help_is_found_where_people_look_and_fits_a_terminal() {
        for line in ["-h", "--help", "help"] {
            assert_eq!(parse(&words(line)), Ok(Request::Help(overview())), "{line}");
        }
        for line in ["help demo", "demo --help", "demo --keep -h"] {
            let Ok(Request::Help(text)) = parse(&words(line)) else { panic!("{line} gives no help") };
            assert!(text.contains("Usage: cargo xtask demo [--keep]\n"), "{text}");
        }
        let long = MENU.iter().flat_map(|e| e.help().lines().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(long.filter(|line| line.chars().count() > 110).collect::<Vec<_>>(), Vec::<String>::new());
    }
}
