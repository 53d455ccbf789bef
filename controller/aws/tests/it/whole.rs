//! Answers that are not whole: what they do not show must not be taken for absent. Spoken over a bare socket, because no
//! honest server sends them.

use crate::common::{TARGET, id};
use rolegate_aws::{Aws, Keys, Settings};
use rolegate_iam::Partition;
use rolegate_iam::snapshot::Part;
use rolegate_plan::port::{Entrance, ErrorClass, Failure, Observation, Port};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const IDENTITY: &str = "<Arn>arn:aws:iam::222222222222:root</Arn><Account>222222222222</Account>";
const ROLES: &str = "<Roles/><IsTruncated>false</IsTruncated>";
const DETAILS: &str = "<UserDetailList><member><Path>/</Path><UserName>ann</UserName></member><member><Path>/</Path>\
    <UserName>eric</UserName></member></UserDetailList><IsTruncated>false</IsTruncated>";

fn answer(operation: &str, result: &str) -> String {
    format!(
        "<{operation}Response><{operation}Result>{result}</{operation}Result><ResponseMetadata><RequestId>1</RequestId>\
         </ResponseMetadata></{operation}Response>"
    )
}

/// Answers one request; the end of the connection is the end of the answer.
async fn serve(mut socket: TcpStream, details: String, roles: String) -> std::io::Result<()> {
    let mut request = String::new();
    while !request.contains("Action=") {
        let mut part = [0; 4096];
        let read = socket.read(&mut part).await?;
        if read == 0 {
            return Ok(());
        }
        request.push_str(&String::from_utf8_lossy(&part[..read]));
    }
    let body = match () {
        () if request.contains("Action=GetCallerIdentity") => answer("GetCallerIdentity", IDENTITY),
        () if request.contains("Action=GetAccountAuthorizationDetails") => details,
        () if request.contains("Action=ListRoles") => roles,
        () => answer("GetAccountSummary", "<SummaryMap/>"),
    };
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\nconnection: close\r\n\r\n";
    socket.write_all(format!("{head}{body}").as_bytes()).await?;
    socket.shutdown().await
}

async fn observe(details: &str, roles: &str) -> Result<Observation, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (details, roles) = (details.to_owned(), roles.to_owned());
    let server = tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket, details.clone(), roles.clone()));
        }
    });
    let keys = Keys {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret_access_key: "x".repeat(40),
        session_token: None,
    };
    let settings = Settings { endpoint_url: Some(url), credentials: Some(keys), ..Settings::new("acme") };
    let entrance = Entrance {
        name: "production".into(),
        id: id(TARGET),
        partition: Partition::Aws,
        roles: Vec::new(),
        external_id: None,
    };
    let aws = Box::pin(Aws::new(settings)).await;
    let seen = Box::pin(aws.observe(&entrance)).await;
    server.abort();
    seen
}

fn why(part: &Part) -> &str {
    match part {
        Part::NotCollected { why } => why,
        Part::Collected { .. } => panic!("was taken for the whole"),
    }
}

#[tokio::test]
async fn a_whole_answer_is_taken() {
    let (details, roles) = (answer("GetAccountAuthorizationDetails", DETAILS), answer("ListRoles", ROLES));
    let account = observe(&details, &roles).await.unwrap().account;
    assert_eq!(account.users.len(), 2);
    assert!(account.collected.users.is_collected() && account.collected.role_settings.is_collected());
}

#[tokio::test]
async fn an_answer_that_was_cut_off_is_no_answer() {
    let (details, roles) = (answer("GetAccountAuthorizationDetails", DETAILS), answer("ListRoles", ROLES));
    let place = details.find("<member><Path>/</Path><UserName>eric").unwrap();
    for cut in [place, place - 3, details.len() - 1] {
        let failure = observe(details.get(..cut).unwrap(), &roles).await.unwrap_err();
        assert_eq!(failure.class, ErrorClass::Unavailable, "cut at {cut}: {failure}");
        assert!(failure.message.contains("could not be read"), "cut at {cut}: {failure}");
    }
    let account = observe(&details, roles.get(..roles.len() - 30).unwrap()).await.unwrap().account;
    assert!(why(&account.collected.role_settings).contains("ListRoles"));
}

#[tokio::test]
async fn more_without_a_marker_is_not_the_whole() {
    let more = "<IsTruncated>true</IsTruncated>";
    let details =
        answer("GetAccountAuthorizationDetails", &DETAILS.replace("<IsTruncated>false</IsTruncated>", more));
    let roles = answer("ListRoles", &format!("<Roles/>{more}"));
    let collected = observe(&details, &roles).await.unwrap().account.collected;
    for part in [&collected.users, &collected.groups, &collected.roles, &collected.policies] {
        assert!(why(part).contains("marker"), "{part:?}");
    }
    assert!(why(&collected.role_settings).contains("marker"));
}

#[tokio::test]
async fn a_marker_that_leads_nowhere_is_not_followed_for_ever() {
    let more = "<IsTruncated>true</IsTruncated><Marker>m</Marker>";
    let details =
        answer("GetAccountAuthorizationDetails", &DETAILS.replace("<IsTruncated>false</IsTruncated>", more));
    let roles = answer("ListRoles", &format!("<Roles/>{more}"));
    let collected = observe(&details, &roles).await.unwrap().account.collected;
    assert!(why(&collected.users).contains("marker") && why(&collected.role_settings).contains("marker"));
}
