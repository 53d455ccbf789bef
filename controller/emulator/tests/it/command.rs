//! The command itself: what it prints, that it serves, how it ends.

use rolegate_emulator::Signer;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// Ended with the test, however that ends.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolegate-emulator"));
    command.args(arguments).env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

#[test]
fn it_prints_how_to_reach_it_and_serves() {
    let arguments =
        ["serve", "--account", "222222222222=dev", "--account", "333333333333", "--seed", "4", "-o", "json"];
    let child = command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut served = Served(child);
    let mut line = String::new();
    BufReader::new(served.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let printed: Value = serde_json::from_str(&line).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let host = text(&printed["endpoint"]).strip_prefix("http://").unwrap().to_owned();
    assert!(host.starts_with("127.0.0.1:"), "{host}");
    assert_eq!(printed["accounts"].as_array().unwrap().len(), 2);

    let dev = &printed["accounts"][0];
    let signer = Signer {
        access_key_id: text(&dev["root"]["accessKeyId"]),
        secret_access_key: text(&dev["root"]["secretAccessKey"]),
        session_token: None,
        region: "us-east-1".to_owned(),
        service: "sts".to_owned(),
    };
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let headers = signer.post(&host, body, jiff::Timestamp::now());
    let head: String = headers.iter().map(|(name, value)| name.clone() + ": " + value + "\r\n").collect();
    let mut stream = TcpStream::connect(&host).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n{head}\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("<Arn>arn:aws:iam::222222222222:root</Arn>"), "{answer}");
}

#[test]
fn what_it_cannot_do_it_says_and_exits_with_two() {
    for (arguments, parts) in [
        (
            &["serve", "--world", "/nonexistent/world"][..],
            &["error: failed to read `/nonexistent/world`"][..],
        ),
        (
            &["serve", "--listen", "192.0.2.1:0"],
            &["error: failed to listen on `192.0.2.1:0`", "port 0", "os error"],
        ),
        (&["serve", "--account", "12"], &["invalid account id `12`"]),
        (
            &["serve", "--account", "111111111111=a", "--account", "111111111111=b"],
            &["called `a` already, not `b`"],
        ),
        (&["serve", "--clock", "tomorrow"], &["--clock", "tomorrow"]),
        (&[], &["Usage: rolegate-emulator"]),
    ] {
        let output = command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        for part in parts {
            assert!(said.contains(part), "{arguments:?}: no {part} in {said}");
        }
    }
}
