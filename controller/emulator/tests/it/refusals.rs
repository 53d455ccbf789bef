//! What is refused before the cloud is asked, over HTTP: each with AWS's own code.

use crate::common::World;
use jiff::{SignedDuration, Timestamp};
use rolegate_emulator::{Admin, Emulator, Options, Signer, StartError};

const FORM: &str = "application/x-www-form-urlencoded";
const LIST: &str = "Action=ListRoles&Version=2010-05-08";

fn form() -> Vec<(String, String)> {
    vec![("content-type".to_owned(), FORM.to_owned())]
}

#[tokio::test]
async fn what_is_no_call_gets_aws_own_error() {
    let world = World::start(Admin::Off).await;
    let sts = "Action=GetCallerIdentity&Version=2011-06-15";
    for (method, target, body, status, code) in [
        ("POST", "/", LIST, 403, "MissingAuthenticationToken"),
        ("POST", "/", sts, 403, "MissingAuthenticationToken"),
        ("GET", "/?Action=ListRoles&Version=2010-05-08", "", 403, "MissingAuthenticationToken"),
        ("POST", "/?Version=2010-05-08", "Action=ListRoles", 403, "MissingAuthenticationToken"),
        ("POST", "/", "", 400, "MissingAction"),
        ("GET", "/", "", 400, "MissingAction"),
        ("POST", "/", "Action=", 400, "InvalidAction"),
        ("POST", "/", "Action=CreateSpaceship&Version=2010-05-08", 400, "InvalidAction"),
        ("POST", "/", "Action=ListRoles", 400, "InvalidAction"),
        ("POST", "/", "Action=ListRoles&Version=2011-06-15", 400, "InvalidAction"),
        ("POST", "/", "Action=AssumeRole&Version=2010-05-08", 400, "InvalidAction"),
        ("POST", "/", "Action=listroles&Version=2010-05-08", 400, "InvalidAction"),
        ("POST", "/", "Action=%zz", 404, "MalformedQueryString"),
        ("POST", "/", "Action=%FF", 404, "MalformedQueryString"),
        ("PUT", "/", LIST, 405, "MethodNotAllowed"),
        ("DELETE", "/", "", 405, "MethodNotAllowed"),
        ("POST", "/iam", LIST, 404, "UnknownOperation"),
        ("GET", "/_rolegate/v1/clock", "", 404, "UnknownOperation"),
        ("GET", "/_rolegate/v1/calls", "", 404, "UnknownOperation"),
    ] {
        let reply = world.send(method, target, &form(), body.as_bytes()).await;
        assert_eq!((reply.status, reply.text("Code").as_str()), (status, code), "{method} {target} {body}");
        assert_eq!(reply.text("Type"), "Sender");
        assert!(reply.headers.contains("content-type: text/xml"), "{}", reply.headers);
        assert!(reply.headers.contains(&format!("x-amzn-requestid: {}", reply.text("RequestId"))));
        let namespace = if body.contains("2011-06-15") { "sts" } else { "iam" };
        assert!(
            reply.body.contains(&format!("xmlns=\"https://{namespace}.amazonaws.com/doc/")),
            "{}",
            reply.body
        );
    }
}

#[tokio::test]
async fn unknown_and_missing_versions_are_named() {
    let world = World::start(Admin::Off).await;
    for (body, message) in [
        ("Action=ListRoles", "Could not find operation ListRoles for version NO_VERSION_SPECIFIED"),
        ("Action=Fly&Version=2010-05-08", "Could not find operation Fly for version 2010-05-08"),
        ("Action=%3Cb%3E&Version=1", "Could not find operation &lt;b&gt; for version 1"),
    ] {
        let reply = world.send("POST", "/", &form(), body.as_bytes()).await;
        assert_eq!(reply.text("Message"), message);
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_holds_no_action() {
    let world = World::start(Admin::Off).await;
    let json = [("content-type".to_owned(), "application/json".to_owned())];
    assert_eq!(world.send("POST", "/", &json, LIST.as_bytes()).await.text("Code"), "MissingAction");
    assert_eq!(
        world.send("POST", "/", &[], LIST.as_bytes()).await.text("Code"),
        "MissingAuthenticationToken"
    );
    let binary: Vec<u8> = (0..=255).collect();
    assert_eq!(world.send("POST", "/", &form(), &binary).await.text("Code"), "MalformedQueryString");
}

#[tokio::test]
async fn a_body_may_have_a_mebibyte() {
    let world = World::start(Admin::Off).await;
    let mut body = format!("{LIST}&X=").into_bytes();
    body.resize(1024 * 1024, b'x');
    assert_eq!(world.send("POST", "/", &form(), &body).await.text("Code"), "MissingAuthenticationToken");
    body.push(b'x');
    let reply = world.send("POST", "/", &form(), &body).await;
    assert_eq!((reply.status, reply.text("Code").as_str()), (413, "RequestEntityTooLarge"));
}

#[tokio::test]
async fn a_body_may_come_in_chunks() {
    let world = World::start(Admin::Off).await;
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        world.host()
    );
    let large = "x".repeat(2 << 20);
    for (body, code) in [(LIST, "MissingAuthenticationToken"), (&large, "RequestEntityTooLarge")] {
        let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        assert_eq!(world.exchange(head.as_bytes(), chunks.as_bytes()).await.text("Code"), code);
    }
}

#[tokio::test]
async fn a_wrong_signature_is_refused_before_the_cloud_is_asked() {
    let world = World::start(Admin::Off).await;
    let right = world.signer("iam");
    let with = |change: &dyn Fn(&mut Signer)| {
        let mut signer = right.clone();
        change(&mut signer);
        signer
    };
    let now = Timestamp::now();
    let hours = SignedDuration::from_hours;
    for (signer, time, body, status, code) in [
        (with(&|signer| signer.secret_access_key.push('x')), now, LIST, 403, "SignatureDoesNotMatch"),
        (
            with(&|signer| signer.access_key_id = "AKIANOBODY".to_owned()),
            now,
            LIST,
            403,
            "InvalidClientTokenId",
        ),
        (with(&|signer| signer.service = "s3".to_owned()), now, LIST, 403, "SignatureDoesNotMatch"),
        (with(&|signer| signer.service = "sts".to_owned()), now, LIST, 400, "InvalidAction"),
        (right.clone(), now - hours(1), LIST, 403, "SignatureDoesNotMatch"),
        (right.clone(), now + hours(1), LIST, 403, "SignatureDoesNotMatch"),
        (right.clone(), now, "Action=Fly&Version=2010-05-08", 400, "InvalidAction"),
    ] {
        let headers = signer.post(&world.host(), body, time);
        let reply = world.send("POST", "/", &headers, body.as_bytes()).await;
        assert_eq!((reply.status, reply.text("Code").as_str()), (status, code), "{signer:?} {time} {body}");
    }
    let headers = right.post(&world.host(), LIST, now);
    let reply = world.send("POST", "/", &headers, b"Action=ListUsers&Version=2010-05-08").await;
    assert_eq!(reply.text("Code"), "SignatureDoesNotMatch");
    assert_eq!(world.emulator.calls(), [], "the cloud was asked");
}

#[tokio::test]
async fn other_machines_are_kept_out_unless_told() {
    let cloud = || rolegate_cloud::Cloud::new(crate::common::cloud_time(), 0);
    let options = Options { listen: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
    let error = Emulator::start(cloud(), options).await.unwrap_err();
    assert!(matches!(error, StartError::NotLoopback(_)), "{error}");
    let options = Options { exposure: rolegate_emulator::Exposure::Network, ..options };
    Emulator::start(cloud(), options).await.unwrap().shutdown().await;
}

#[tokio::test]
async fn a_taken_address_is_named() {
    let world = World::start(Admin::Off).await;
    let cloud = rolegate_cloud::Cloud::new(crate::common::cloud_time(), 0);
    let options = Options { listen: world.emulator.address(), ..Options::default() };
    let error = Emulator::start(cloud, options).await.unwrap_err();
    assert!(error.to_string().contains(&world.host()), "{error}");
}

#[tokio::test]
async fn nobody_answers_after_shutdown() {
    let world = World::start(Admin::Off).await;
    let address = world.emulator.address();
    world.emulator.shutdown().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
