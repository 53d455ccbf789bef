//! Signatures that AWS published or that its Python library made, and everything that must not pass as one.

use super::{RequestView, Signer, hex, mac_with, read};
use hmac::Mac;
use jiff::Timestamp;
use rolegate_cloud::AwsError;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A request as it goes over the wire: request line, headers, an empty line, the body.
struct Wire(&'static str);

impl Wire {
    fn check<T>(text: &str, act: impl FnOnce(&RequestView<'_>) -> T) -> T {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(':').unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        act(&RequestView { method, path, query, headers: &headers, body: body.as_bytes() })
    }

    fn verify(text: &str, secret: &str) -> Result<(), AwsError> {
        Self::check(text, |request| read(request)?.verify(request, secret))
    }
}

/// The first two are in AWS's documentation; the others were made by botocore 1.44.
const VECTORS: [Wire; 7] = [
    Wire(
        "GET /\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z\nAuthorization:AWS4-HMAC-SHA256 \
         Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, \
         Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    Wire(
        "GET /?Action=ListUsers&Version=2010-05-08\n\
         Content-Type:application/x-www-form-urlencoded; charset=utf-8\nHost:iam.amazonaws.com\n\
         X-Amz-Date:20150830T123600Z\nAuthorization:AWS4-HMAC-SHA256 \
         Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, \
         Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    ),
    Wire(
        "POST /\nHost:127.0.0.1:4566\nContent-Type:application/x-www-form-urlencoded; charset=utf-8\nUser-Agent:boto\n\
         X-Amz-Date:20261124T123005Z\nAuthorization:AWS4-HMAC-SHA256 \
         Credential=AKIDEXAMPLE/20261124/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, \
         Signature=f46684017c722752bcd335e55500eadc7b7a65062344dbd0d3cc2bf108adc535\n\n\
         Action=ListRoles&Version=2010-05-08",
    ),
    Wire(
        "POST /\nHost:127.0.0.1:4566\nContent-Type:application/x-www-form-urlencoded; charset=utf-8\nUser-Agent:boto\n\
         X-Amz-Date:20261124T123005Z\nX-Amz-Security-Token:IQoJb3JpZ2luX2VjE/tok+en==\n\
         Authorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/iam/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, \
         Signature=5838c51e236af77a8eb2c5c1412758887b40b1acf8a0cbfb4cafbf36da5a7e2a\n\n\
         Action=TagRole&Version=2010-05-08&RoleName=x%2By&Tags.member.1.Key=gr%C3%BCn&Tags.member.1.Value=a+b",
    ),
    Wire(
        "GET /?Version=2010-05-08&Action=GetRole&RoleName=a%20b~%2F%3D\nHost:127.0.0.1:4566\nX-Odd:  a   b  \n\
         X-Amz-Date:20261124T123005Z\nAuthorization:AWS4-HMAC-SHA256 \
         Credential=AKIDEXAMPLE/20261124/us-east-1/iam/aws4_request, SignedHeaders=host;x-amz-date;x-odd, \
         Signature=0c52a883ad20a1009588b9fe6b0e8bb8a17afeb87e7076cda2c1b57ce0a66360",
    ),
    Wire(
        "GET /?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&\
         X-Amz-Credential=AKIDEXAMPLE%2F20261124%2Feu-central-1%2Fsts%2Faws4_request&X-Amz-Date=20261124T123005Z&\
         X-Amz-Expires=60&X-Amz-SignedHeaders=host&\
         X-Amz-Signature=ac953a492c20511c10cc393006352b83b218adb0d64e31d1c87100d6f6535fc9\nHost:127.0.0.1:4566",
    ),
    Wire(
        "GET /?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&\
         X-Amz-Credential=AKIDEXAMPLE%2F20261124%2Feu-central-1%2Fsts%2Faws4_request&X-Amz-Date=20261124T123005Z&\
         X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Security-Token=IQoJb3JpZ2luX2VjE%2Ftok%2Ben%3D%3D&\
         X-Amz-Signature=d349b27e04070bf512479175d2ff21949e15411d9111efa5f864b03ec0763ddc\nHost:127.0.0.1:4566",
    ),
];

#[test]
fn true_signatures_hold() {
    for Wire(text) in &VECTORS {
        assert_eq!(Wire::verify(text, SECRET), Ok(()), "{text}");
    }
}

#[test]
fn a_signature_covers_every_part() {
    let Wire(post) = &VECTORS[3];
    let Wire(presigned) = &VECTORS[6];
    for (text, part, other) in [
        (post, "POST /", "PUT /"),
        (post, "POST /", "POST /x"),
        (post, "POST /", "POST /?Action=DeleteRole"),
        (post, "x%2By", "x%2Bz"),
        (post, "Action=TagRole", "Action=TagRole&Action=DeleteRole"),
        (post, "Host:127.0.0.1:4566", "Host:127.0.0.1:4567"),
        (post, "charset=utf-8", "charset=latin1"),
        (post, "T123005Z", "T123006Z"),
        (post, "tok+en", "tok+em"),
        (post, "us-east-1", "us-east-2"),
        (post, "/iam/", "/sts/"),
        (post, "Signature=5838", "Signature=5839"),
        (post, "Signature=5838c51e236a", "Signature="),
        (post, "Signature=5838", "Signature=zz38"),
        (post, "User-Agent:boto", "X-Amz-Content-Sha256:UNSIGNED-PAYLOAD"),
        (presigned, "GetCallerIdentity", "GetSessionToken"),
        (presigned, "X-Amz-Expires=60", "X-Amz-Expires=61"),
        (presigned, "Ftok%2Ben", "Ftok%2Bem"),
        (presigned, "SignedHeaders=host&", "SignedHeaders=host&X=1&"),
    ] {
        let changed = text.replacen(part, other, 1);
        assert_ne!(&changed, text, "{part} is not in the request");
        let code = Wire::verify(&changed, SECRET).unwrap_err().code;
        assert_eq!(code, "SignatureDoesNotMatch", "{part} → {other}");
    }
    assert_eq!(Wire::verify(post, "another secret").unwrap_err().code, "SignatureDoesNotMatch");
}

#[test]
fn headers_that_were_not_signed_may_change() {
    let Wire(post) = &VECTORS[3];
    assert_eq!(Wire::verify(&post.replace("User-Agent:boto", "User-Agent:proxy"), SECRET), Ok(()));
}

#[test]
fn a_signature_counts_for_its_time() {
    let (Wire(post), Wire(presigned)) = (&VECTORS[3], &VECTORS[6]);
    let message = |text: &str, now: &str| {
        let now: Timestamp = now.parse().unwrap();
        Wire::check(text, |request| read(request).unwrap().check_time(now)).err().map(|error| error.message)
    };
    for (text, now, expected) in [
        (post, "2026-11-24T12:30:05Z", None),
        (post, "2026-11-24T12:45:05Z", None),
        (post, "2026-11-24T12:15:05Z", None),
        (
            post,
            "2026-11-24T12:45:06Z",
            Some(
                "Signature expired: 20261124T123005Z is now earlier than 20261124T123006Z (20261124T124506Z - 15 min.)",
            ),
        ),
        (
            post,
            "2026-11-24T12:15:04Z",
            Some(
                "Signature not yet current: 20261124T123005Z is still later than 20261124T123004Z (20261124T121504Z + 15 \
                 min.)",
            ),
        ),
        (presigned, "2026-11-24T12:31:05Z", None),
        (
            presigned,
            "2026-11-24T12:31:06Z",
            Some("Signature expired: 20261124T123105Z is now earlier than 20261124T123106Z"),
        ),
        (presigned, "2026-11-24T12:15:05Z", None),
        (
            presigned,
            "2026-11-24T12:15:04Z",
            Some(
                "Signature not yet current: 20261124T123005Z is still later than 20261124T123004Z (20261124T121504Z + 15 \
                 min.)",
            ),
        ),
    ] {
        assert_eq!(message(text, now).as_deref(), expected, "{now}");
    }
}

#[test]
fn what_is_no_signature_gets_aws_own_error() {
    let (Wire(post), Wire(presigned)) = (&VECTORS[3], &VECTORS[6]);
    let plain = "POST /\nHost:x\n\nAction=ListRoles";
    let basic = "POST /\nHost:x\nAuthorization:Basic YTpi\n\nAction=ListRoles";
    let bare = "POST /\nHost:x\nAuthorization:AWS4-HMAC-SHA256 Credential=a\n\n";
    let mut cases = vec![
        (plain.to_owned(), "MissingAuthenticationToken", "Request is missing Authentication Token"),
        (
            "GET /\nHost:x\nAuthorization:  \n\n".to_owned(),
            "MissingAuthenticationToken",
            "Request is missing",
        ),
        (
            basic.to_owned(),
            "IncompleteSignature",
            "Authorization header requires the algorithm 'AWS4-HMAC-SHA256'.",
        ),
        (
            bare.to_owned(),
            "IncompleteSignature",
            "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. \
             Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        ),
    ];
    for (text, part, other, code, message) in [
        (
            post,
            "/aws4_request",
            "",
            "IncompleteSignature",
            "Credential must have exactly 5 slash-delimited elements",
        ),
        (
            post,
            "/aws4_request",
            "/aws3",
            "SignatureDoesNotMatch",
            "Credential should be scoped with a valid terminator",
        ),
        (
            post,
            "/20261124/",
            "/20261123/",
            "SignatureDoesNotMatch",
            "Date in Credential scope does not match YYYYMMDD",
        ),
        (
            post,
            "20261124T123005Z",
            "yesterday",
            "IncompleteSignature",
            "Date must be in ISO-8601 'basic format'.",
        ),
        (post, "20261124T123005Z", "20261324T123005Z", "IncompleteSignature", "Date must be in ISO-8601"),
        (
            post,
            "content-type;host;",
            "content-type;",
            "SignatureDoesNotMatch",
            "'Host' or ':authority' must be",
        ),
        (
            presigned,
            "&X-Amz-Expires=60",
            "",
            "IncompleteSignature",
            "AWS query-string parameters must include",
        ),
        (
            presigned,
            "Expires=60",
            "Expires=604801",
            "IncompleteSignature",
            "X-Amz-Expires must be between 1 and 604800",
        ),
        (presigned, "Expires=60", "Expires=-1", "IncompleteSignature", "X-Amz-Expires must be between"),
        (presigned, "=AWS4-HMAC-SHA256", "=AWS4-ECDSA", "IncompleteSignature", "Unsupported AWS 'algorithm'"),
    ] {
        assert!(text.contains(part), "{part} is not in the request");
        cases.push((text.replacen(part, other, 1), code, message));
    }
    for (text, code, message) in cases {
        let error = Wire::check(&text, read).unwrap_err();
        assert_eq!(error.code, code, "{text}");
        assert!(error.message.starts_with(message), "{}", error.message);
    }
}

#[test]
fn the_date_header_serves_when_there_is_no_other() {
    let Wire(vanilla) = &VECTORS[0];
    let text = vanilla.replace("X-Amz-Date:20150830T123600Z", "Date:Sun, 30 Aug 2015 12:36:00 GMT");
    assert!(Wire::check(&text, |request| read(request).is_ok()));
}

#[test]
fn the_signer_makes_what_botocore_makes() {
    let signer = Signer {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: SECRET.to_owned(),
        session_token: Some("IQoJb3JpZ2luX2VjE/tok+en==".to_owned()),
        region: "us-east-1".to_owned(),
        service: "iam".to_owned(),
    };
    let time: Timestamp = "2026-11-24T12:30:05Z".parse().unwrap();
    let (Wire(post), Wire(presigned)) = (&VECTORS[3], &VECTORS[6]);
    let body = post.split_once("\n\n").unwrap().1;
    let headers = signer.post("127.0.0.1:4566", body, time);
    let authorization = &headers.iter().find(|(name, _)| name == "authorization").unwrap().1;
    assert!(post.contains(authorization), "{authorization}");

    let signer = Signer { region: "eu-central-1".to_owned(), service: "sts".to_owned(), ..signer };
    let query = signer.presign("127.0.0.1:4566", "Action=GetCallerIdentity&Version=2011-06-15", 60, time);
    assert!(presigned.contains(&query), "{query}");
    assert!(!format!("{signer:?}").contains(SECRET));
}

#[test]
fn keys_of_any_length_make_a_mac() {
    for (length, expected) in [
        (64, "3b7a8d453e76edb519238a515105a57508d0f169f480ebeee120a9e7803289fa"),
        (65, "c2d7d4c2256ddb097409ec0c67e1d58fa1a007fc6932cac0d892a525d08af7cc"),
        (100, "0482265a92ce176b0374f2192380b21e2d40126432c52f865cc0957053ae7a14"),
    ] {
        let mut mac = mac_with(&vec![b'k'; length]);
        mac.update(b"m");
        assert_eq!(hex(&mac.finalize().into_bytes()), expected, "{length}");
    }
}
