//! A server that says what no honest one says: spoken over a bare socket, one answer per connection.

use rolegate_aws::{Aws, Keys, Settings};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is answered to an operation: status and body, or nothing at all.
pub(crate) type Script = fn(&str) -> Option<(u16, String)>;

#[expect(clippy::unnecessary_wraps, reason = "it stands in scripts, where nothing is an answer too")]
pub(crate) fn error(status: u16, code: &str, message: &str) -> Option<(u16, String)> {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>1</RequestId></ErrorResponse>"
    );
    Some((status, body))
}

#[expect(clippy::unnecessary_wraps, reason = "it stands in scripts, where nothing is an answer too")]
pub(crate) fn answer(operation: &str, result: &str) -> Option<(u16, String)> {
    let body = format!(
        "<{operation}Response><{operation}Result>{result}</{operation}Result><ResponseMetadata><RequestId>1</RequestId>\
         </ResponseMetadata></{operation}Response>"
    );
    Some((200, body))
}

async fn serve(mut socket: TcpStream, script: Script) -> std::io::Result<()> {
    let mut request = String::new();
    while !request.contains("Action=") {
        let mut part = [0; 8192];
        let read = socket.read(&mut part).await?;
        if read == 0 {
            return Ok(());
        }
        request.push_str(&String::from_utf8_lossy(&part[..read]));
    }
    let operation = request.split_once("Action=").unwrap().1.split('&').next().unwrap();
    let Some((status, body)) = script(operation) else {
        // Who asked is the one that gives up.
        return std::future::pending().await;
    };
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: text/xml\r\nconnection: close\r\n\r\n");
    socket.write_all(format!("{head}{body}").as_bytes()).await?;
    socket.shutdown().await
}

/// The port to such a server.
pub(crate) async fn aws(script: Script) -> Aws {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket, script));
        }
    });
    let credentials = Some(Keys {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret_access_key: "x".repeat(40),
        session_token: None,
    });
    let write_timeout = Duration::from_secs(2);
    let settings = Settings { endpoint_url: Some(url), credentials, write_timeout, ..Settings::new("acme") };
    Box::pin(Aws::new(settings)).await
}
