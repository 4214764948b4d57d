//! The call of AWS that a request is: read from its method, path and headers, as AWS itself would read them.

use std::fmt;

use hyper::{HeaderMap, Method, Uri, header::AUTHORIZATION};
use serde_json::Value;

/// The first two parts of every path of the Lambda API: its version, and `functions`.
const LAMBDA: [&str; 2] = ["2015-03-31", "functions"];

/// The subject of a call that concerns the whole account.
pub const THE_ACCOUNT: &str = "";

/// A call of an API action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The step that made it.
    pub step: &'static str,
    /// The name of the action, with its service, such as `lambda:GetFunction`.
    pub action: String,
    /// The subject: the name of a function, a stack or a schema, `bucket/key` of an object, or the ARN of a role or an
    /// execution.
    pub subject: String,
    /// The resource that its permission has to name.
    pub resource: Resource,
}

/// The resource that a permission has to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// A function without a qualifier.
    Function,
    /// A version or an alias of a function.
    QualifiedFunction,
    /// A log group.
    LogGroup,
    /// An object in S3.
    Object,
    /// A bucket.
    Bucket,
    /// A stack of CloudFormation.
    Stack,
    /// A schema, which has the shareable test events of a function.
    Schema,
    /// A role.
    Role,
    /// An execution of a state machine.
    Execution,
    /// The whole account.
    Account,
    /// A call that this proxy does not know.
    Unknown,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Function => "function",
            Self::QualifiedFunction => "version or alias",
            Self::LogGroup => "log group",
            Self::Object => "object",
            Self::Bucket => "bucket",
            Self::Stack => "stack",
            Self::Schema => "schema",
            Self::Role => "role",
            Self::Execution => "execution",
            Self::Account => "whole account",
            Self::Unknown => "unknown",
        })
    }
}

impl Call {
    /// Reads a request of a step.
    #[must_use]
    pub fn read(step: &'static str, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Self {
        let path: Vec<String> = uri.path().split('/').filter(|part| !part.is_empty()).map(decoded).collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let (action, subject, resource) = match (text(headers, "x-amz-target"), path.as_slice()) {
            (Some(target), _) => json_call(target, body),
            (None, [version, functions, function, rest @ ..]) if [*version, *functions] == LAMBDA => {
                lambda_call(method, function, rest, uri.query().unwrap_or_default())
            }
            (None, [_, "account-settings"]) if *method == Method::GET => {
                ("lambda:GetAccountSettings".to_owned(), THE_ACCOUNT.to_owned(), Resource::Account)
            }
            (None, [version, functions]) if [*version, *functions] == LAMBDA && *method == Method::GET => {
                ("lambda:ListFunctions".to_owned(), THE_ACCOUNT.to_owned(), Resource::Account)
            }
            (None, ["v1", "registries", "name", _, "schemas", "name", schema]) if *method == Method::GET => {
                ("schemas:DescribeSchema".to_owned(), (*schema).to_owned(), Resource::Schema)
            }
            (None, ["service", _, "operation", "GetMetricData"]) if is_signed_for(headers, "monitoring") => {
                ("cloudwatch:GetMetricData".to_owned(), THE_ACCOUNT.to_owned(), Resource::Account)
            }
            (None, [bucket, key @ ..]) if is_signed_for(headers, "s3") => s3_call(method, bucket, key),
            (None, []) if is_signed_for(headers, "sts") || is_signed_for(headers, "cloudformation") => query_call(body),
            _ => unknown(format!("{method} {uri}")),
        };
        Self { step, action, subject, resource }
    }
}

type Read = (String, String, Resource);

fn unknown(action: String) -> Read {
    (action, String::new(), Resource::Unknown)
}

fn lambda_call(method: &Method, function: &str, rest: &[&str], query: &str) -> Read {
    let parameter = pairs(query).find(|(name, _)| name == "Qualifier").map(|(_, value)| value);
    let (name, suffix) = name_and_qualifier(function);
    let qualifier = parameter.or(suffix);
    let action = match (method.as_str(), rest) {
        ("GET", []) => "GetFunction",
        ("DELETE", []) => "DeleteFunction",
        ("GET", ["configuration"]) => "GetFunctionConfiguration",
        ("PUT", ["configuration"]) => "UpdateFunctionConfiguration",
        ("GET", ["versions"]) => "ListVersionsByFunction",
        ("POST", ["versions"]) => "PublishVersion",
        ("GET", ["aliases"]) => "ListAliases",
        ("POST", ["aliases"]) => "CreateAlias",
        ("GET", ["aliases", _]) => "GetAlias",
        ("PUT", ["aliases", _]) => "UpdateAlias",
        ("DELETE", ["aliases", _]) => "DeleteAlias",
        ("POST", ["invocations"]) => "InvokeFunction",
        _ => return unknown(format!("{method} {function}/{}", rest.join("/"))),
    };
    let resource = if qualifier.is_some() { Resource::QualifiedFunction } else { Resource::Function };
    (format!("lambda:{action}"), name, resource)
}

fn s3_call(method: &Method, bucket: &str, key: &[&str]) -> Read {
    let object = format!("{bucket}/{}", key.join("/"));
    match (method.as_str(), key) {
        ("GET", []) => ("s3:ListBucket".to_owned(), bucket.to_owned(), Resource::Bucket),
        ("GET", _) => ("s3:GetObject".to_owned(), object, Resource::Object),
        ("PUT", [_, ..]) => ("s3:PutObject".to_owned(), object, Resource::Object),
        _ => unknown(format!("s3:{method} {object}")),
    }
}

/// The name of a function and the qualifier that follows it, of a name, a partial or a whole ARN.
fn name_and_qualifier(function: &str) -> (String, Option<String>) {
    let rest = function.rsplit_once("function:").map_or(function, |(_, rest)| rest);
    match rest.split_once(':') {
        Some((name, qualifier)) => (name.to_owned(), Some(qualifier.to_owned())),
        None => (rest.to_owned(), None),
    }
}

/// A call of a service that takes JSON and names its action in a header.
fn json_call(target: &str, body: &[u8]) -> Read {
    let fields: Value = serde_json::from_slice(body).unwrap_or_default();
    let field = |name: &str| fields[name].as_str().unwrap_or_default().to_owned();
    match target {
        "Logs_20140328.FilterLogEvents" => {
            let group = field("logGroupName");
            let function = group.strip_prefix("/aws/lambda/").unwrap_or(&group).to_owned();
            ("logs:FilterLogEvents".to_owned(), function, Resource::LogGroup)
        }
        "AWSStepFunctions.DescribeExecution" => {
            ("states:DescribeExecution".to_owned(), field("executionArn"), Resource::Execution)
        }
        "AWSStepFunctions.GetExecutionHistory" => {
            ("states:GetExecutionHistory".to_owned(), field("executionArn"), Resource::Execution)
        }
        "ResourceGroupsTaggingAPI_20170126.GetResources" => {
            ("tag:GetResources".to_owned(), THE_ACCOUNT.to_owned(), Resource::Account)
        }
        other => unknown(other.to_owned()),
    }
}

/// A call of a service that takes a form.
fn query_call(body: &[u8]) -> Read {
    let form = String::from_utf8_lossy(body);
    let field = |wanted: &str| pairs(&form).find(|(name, _)| name == wanted).map(|(_, value)| value);
    match field("Action").as_deref() {
        Some("AssumeRole") => ("sts:AssumeRole".to_owned(), field("RoleArn").unwrap_or_default(), Resource::Role),
        Some("ListStackResources") => {
            ("cloudformation:ListStackResources".to_owned(), field("StackName").unwrap_or_default(), Resource::Stack)
        }
        other => unknown(other.unwrap_or_default().to_owned()),
    }
}

/// True if a request is signed for a service.
fn is_signed_for(headers: &HeaderMap, service: &str) -> bool {
    let scope = format!("/{service}/aws4_request");
    headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(&scope))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn pairs(form: &str) -> impl Iterator<Item = (String, String)> {
    form.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (decoded(name), decoded(value)))
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = match rest {
            [b'%', high, low, ..] => hexadecimal(*high).zip(hexadecimal(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    const ARN: &str = "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Amine";

    fn read(
        method: &Method,
        path: &str,
        header: (&'static str, &'static str),
        body: &str,
    ) -> (String, String, Resource) {
        let headers = HeaderMap::from_iter([(
            hyper::header::HeaderName::from_static(header.0),
            HeaderValue::from_static(header.1),
        )]);
        let call = Call::read("Executor", method, &path.parse().unwrap(), &headers, body.as_bytes());
        (call.action, call.subject, call.resource)
    }

    fn lambda(method: &Method, path: &str) -> (String, String, Resource) {
        read(method, &format!("/2015-03-31/functions/{path}"), ("accept", "*/*"), "")
    }

    #[test]
    fn every_action_of_lambda_is_told_by_its_method_and_path() {
        for (method, path, action) in [
            (Method::GET, "", "GetFunction"),
            (Method::PUT, "/configuration", "UpdateFunctionConfiguration"),
            (Method::GET, "/versions", "ListVersionsByFunction"),
            (Method::POST, "/versions", "PublishVersion"),
            (Method::GET, "/aliases", "ListAliases"),
            (Method::POST, "/aliases", "CreateAlias"),
            (Method::GET, "/aliases/RAM512", "GetAlias"),
            (Method::PUT, "/aliases/RAM512", "UpdateAlias"),
            (Method::DELETE, "/aliases/RAM512", "DeleteAlias"),
            (Method::POST, "/invocations", "InvokeFunction"),
        ] {
            let expected = (format!("lambda:{action}"), "mine".to_owned(), Resource::Function);
            assert_eq!(lambda(&method, &format!("{ARN}{path}")), expected);
            assert_eq!(lambda(&method, &format!("mine{path}")), expected);
        }
        assert_eq!(lambda(&Method::PATCH, "mine").2, Resource::Unknown);
    }

    #[test]
    fn a_qualifier_is_found_in_the_query_and_behind_the_name() {
        for path in [format!("{ARN}?Qualifier=3"), format!("{ARN}%3A3"), "mine:3".to_owned()] {
            let expected = ("lambda:GetFunction".to_owned(), "mine".to_owned(), Resource::QualifiedFunction);
            assert_eq!(lambda(&Method::GET, &path), expected, "{path}");
        }
    }

    #[test]
    fn other_services_are_told_by_their_headers() {
        let json = r#"{"logGroupName": "/aws/lambda/mine", "executionArn": "arn:e"}"#;
        let of_target = |target| read(&Method::POST, "/", ("x-amz-target", target), json);
        let expected = ("logs:FilterLogEvents".to_owned(), "mine".to_owned(), Resource::LogGroup);
        assert_eq!(of_target("Logs_20140328.FilterLogEvents"), expected);
        let expected = ("states:DescribeExecution".to_owned(), "arn:e".to_owned(), Resource::Execution);
        assert_eq!(of_target("AWSStepFunctions.DescribeExecution"), expected);
        assert_eq!(of_target("AWSStepFunctions.StopExecution").2, Resource::Unknown);
        let s3 = ("authorization", "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request");
        let expected = ("s3:GetObject".to_owned(), "bucket/a/b.json".to_owned(), Resource::Object);
        assert_eq!(read(&Method::GET, "/bucket/a/b.json?x-id=GetObject", s3, ""), expected);
        let expected = ("s3:PutObject".to_owned(), "bucket/a/b.json".to_owned(), Resource::Object);
        assert_eq!(read(&Method::PUT, "/bucket/a/b.json", s3, ""), expected);
        let expected = ("s3:ListBucket".to_owned(), "bucket".to_owned(), Resource::Bucket);
        assert_eq!(read(&Method::GET, "/bucket?list-type=2&prefix=runs%2F", s3, ""), expected);
        assert_eq!(read(&Method::DELETE, "/bucket/a/b.json", s3, "").2, Resource::Unknown);
        let sts = ("authorization", "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sts/aws4_request");
        let form = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr";
        let expected = ("sts:AssumeRole".to_owned(), "arn:aws:iam::1:role/r".to_owned(), Resource::Role);
        assert_eq!(read(&Method::POST, "/", sts, form), expected);
        assert_eq!(read(&Method::POST, "/", sts, "Action=GetCallerIdentity").2, Resource::Unknown);
        let signed = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/cloudformation/aws4_request";
        let expected = ("cloudformation:ListStackResources".to_owned(), "mine".to_owned(), Resource::Stack);
        let form = "Action=ListStackResources&StackName=mine";
        assert_eq!(read(&Method::POST, "/", ("authorization", signed), form), expected);
        let signed = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/monitoring/aws4_request";
        let expected = ("cloudwatch:GetMetricData".to_owned(), String::new(), Resource::Account);
        let path = "/service/GraniteServiceVersion20100801/operation/GetMetricData";
        assert_eq!(read(&Method::POST, path, ("authorization", signed), ""), expected);
        let expected = ("schemas:DescribeSchema".to_owned(), "_mine-schema".to_owned(), Resource::Schema);
        let path = "/v1/registries/name/lambda-testevent-schemas/schemas/name/_mine-schema";
        assert_eq!(read(&Method::GET, path, ("accept", "*/*"), ""), expected);
        let expected = ("lambda:ListFunctions".to_owned(), String::new(), Resource::Account);
        assert_eq!(read(&Method::GET, "/2015-03-31/functions?MaxItems=50", ("accept", "*/*"), ""), expected);
    }
}
