//! One exchange: a request as it came in, the answer as it goes out. Reads no clock, opens no socket.

use crate::decode;
use crate::encode::{Service, failure, success};
use crate::form::Params;
use crate::sigv4::{RequestView, does_not_match, read};
use jiff::Timestamp;
use rolegate_cloud::api::{Credentials, Request, Response};
use rolegate_cloud::{AwsError, Cloud};

/// Bodies above this many bytes are refused. The largest request that IAM defines carries one document of 131072
/// characters, each at most six bytes on the wire.
pub(crate) const LARGEST_BODY: usize = 1024 * 1024;

/// What goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) status: u16,
    /// XML.
    pub(crate) body: String,
    /// For the log: the operation asked for, and how it ended.
    pub(crate) summary: String,
}

/// Answers a request. `real` is the real time, by which signatures are judged; the cloud has its own.
pub(crate) fn answer(
    cloud: &mut Cloud,
    request: &RequestView<'_>,
    real: Timestamp,
    request_id: &str,
) -> Reply {
    let params = match parameters(request) {
        Ok(params) => params,
        Err(error) => return refuse(Service::Iam, "?", &error, request_id),
    };
    let service = service(request, &params);
    let operation = params.get("Action").unwrap_or("?");
    match perform(cloud, request, &params, service, real) {
        Ok((operation, response)) => Reply {
            status: 200,
            body: success(service, operation, &response, request_id),
            summary: format!("{}:{operation} ok", service.name()),
        },
        Err(error) => refuse(service, operation, &error, request_id),
    }
}

/// The reply to a body that was too large to be read.
pub(crate) fn too_large(request_id: &str) -> Reply {
    let error = AwsError {
        code: "RequestEntityTooLarge",
        http_status: 413,
        message: format!("The request body is larger than {LARGEST_BODY} bytes."),
    };
    refuse(Service::Iam, "?", &error, request_id)
}

/// The reply to a body that ended early, should anybody still listen.
pub(crate) fn cut_short(request_id: &str) -> Reply {
    let error = AwsError {
        code: "IncompleteBody",
        http_status: 400,
        message: "The request body ended before the number of bytes in the header Content-Length.".to_owned(),
    };
    refuse(Service::Iam, "?", &error, request_id)
}

fn refuse(service: Service, operation: &str, error: &AwsError, request_id: &str) -> Reply {
    Reply {
        status: error.http_status,
        body: failure(service, error, request_id),
        summary: format!("{}:{operation} {}", service.name(), error.code),
    }
}

fn parameters(request: &RequestView<'_>) -> Result<Params, AwsError> {
    let malformed = |error: crate::form::MalformedForm| AwsError {
        code: "MalformedQueryString",
        http_status: 404,
        message: error.to_string(),
    };
    let mut params = Params::parse(request.query.as_bytes()).map_err(malformed)?;
    let is_form = request
        .header("content-type")
        .is_none_or(|kind| kind.trim().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
    if request.method == "POST" && is_form {
        params.extend(request.body).map_err(malformed)?;
    }
    Ok(params)
}

/// The service that the signature is made for, else the one whose version is asked for.
fn service(request: &RequestView<'_>, params: &Params) -> Service {
    let named = read(request).map(|presented| presented.scope.service).unwrap_or_default();
    let is = |service: Service| named == service.name();
    if is(Service::Sts) || (!is(Service::Iam) && params.get("Version") == Some(Service::Sts.version())) {
        Service::Sts
    } else {
        Service::Iam
    }
}

fn perform(
    cloud: &mut Cloud,
    request: &RequestView<'_>,
    params: &Params,
    service: Service,
    real: Timestamp,
) -> Result<(&'static str, Response), AwsError> {
    let operation = operation(request, params, service)?;
    let credentials = authenticate(cloud, request, service, real)?;
    let call = decode::request(operation, service.version(), params)?;
    Ok((operation, cloud.call(&credentials, call)?))
}

/// The operation that is asked for, if it is one of the service. AWS judges this before who asks.
fn operation(request: &RequestView<'_>, params: &Params, service: Service) -> Result<&'static str, AwsError> {
    let refusal =
        |code, http_status, message: &str| AwsError { code, http_status, message: message.to_owned() };
    if !matches!(request.method, "POST" | "GET") {
        return Err(refusal("MethodNotAllowed", 405, "The Query protocol takes POST and GET."));
    }
    if request.path != "/" {
        return Err(refusal("UnknownOperation", 404, "IAM and STS answer at the path `/` only."));
    }
    let Some(name) = params.get("Action") else {
        return Err(refusal(
            "MissingAction",
            400,
            "The request is missing an action or a required parameter.",
        ));
    };
    let version = params.get("Version").unwrap_or("NO_VERSION_SPECIFIED");
    Request::OPERATIONS
        .iter()
        .find(|(of, operation)| (*of, *operation, version) == (service.name(), name, service.version()))
        .map(|(_, operation)| *operation)
        .ok_or_else(|| decode::unknown(name, version))
}

/// Who signed the request, if the signature holds. Whether the key and the session still count is the cloud's to say.
fn authenticate(
    cloud: &Cloud,
    request: &RequestView<'_>,
    service: Service,
    real: Timestamp,
) -> Result<Credentials, AwsError> {
    let presented = read(request)?;
    if presented.scope.service != service.name() {
        return Err(does_not_match(format!(
            "Credential should be scoped to correct service: '{}'.",
            service.name()
        )));
    }
    let secret = cloud.secret_for(&presented.access_key_id).ok_or_else(AwsError::invalid_client_token)?;
    presented.check_time(real)?;
    presented.verify(request, secret)?;
    Ok(Credentials { access_key_id: presented.access_key_id, session_token: presented.session_token })
}
