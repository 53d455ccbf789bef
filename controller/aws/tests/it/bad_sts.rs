//! An STS that is of no use: every time class, call, cause and way out.

use crate::common::target;
use crate::stub::{Script, aws, error};
use rolegate_plan::port::{ErrorClass, Failure, Port};

async fn refusal(script: Script) -> Failure {
    Box::pin(Box::pin(aws(script)).await.observe(&target())).await.unwrap_err()
}

#[tokio::test]
async fn what_sts_says_is_told_with_a_way_out() {
    let denied = ErrorClass::Denied;
    let cases: [(Script, ErrorClass, &str); 8] = [
        (|_| error(403, "AccessDenied", "no"), denied, "external id"),
        (|_| error(403, "ExpiredToken", "expired"), denied, "sign in again"),
        (|_| error(403, "InvalidClientTokenId", "unknown"), denied, "AWS_PROFILE"),
        (|_| error(403, "RegionDisabledException", "off"), denied, "--region"),
        (
            |_| {
                error(403, "SignatureDoesNotMatch", "Signature expired: 20261124T080000Z is now earlier than")
            },
            denied,
            "clock of this machine",
        ),
        (
            |_| {
                error(
                    403,
                    "SignatureDoesNotMatch",
                    "Signature not yet current: 20261124T080000Z is still later",
                )
            },
            denied,
            "clock of this machine",
        ),
        (|_| error(429, "TooManyRequestsException", "slower"), ErrorClass::Throttled, "slower"),
        (|_| error(400, "Throttling", "Rate exceeded"), ErrorClass::Throttled, "Rate exceeded"),
    ];
    for (script, class, words) in cases {
        let failure = refusal(script).await;
        assert_eq!((failure.class, failure.call), (class, "AssumeRole"), "{failure}");
        assert!(failure.message.contains(words), "{words}: {failure}");
        assert!(failure.message.contains("rolegate-controller"), "which role: {failure}");
    }
}

#[tokio::test]
async fn an_sts_that_says_nothing_is_unavailable() {
    let failure = refusal(|_| None).await;
    assert_eq!((failure.class, failure.call), (ErrorClass::Unavailable, "AssumeRole"), "{failure}");
    assert!(failure.message.contains("no answer"), "{failure}");
}
