//! Refuses an answer that ends early. The SDK's reader of XML takes the end of the text for the end of every open list, so an
//! answer that a proxy cut off would look like a shorter one: "not read" would pass for "not there". Changes nothing.

use aws_sdk_iam::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_iam::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_iam::error::BoxError;

/// How every answer of IAM ends, a refusal's `</ErrorResponse>` included.
const END: &[u8] = b"Response>";

/// Lets an answer pass only with its last tag.
#[derive(Debug)]
pub(crate) struct Whole;

impl Intercept for Whole {
    fn name(&self) -> &'static str {
        "Whole"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let ends = response.body().bytes().is_none_or(|body| body.trim_ascii_end().ends_with(END));
        // A refusal without a body is judged by its status.
        if ends || !response.status().is_success() {
            return Ok(());
        }
        Err("it ends before its last tag".into())
    }
}
