//! Amazon CloudWatch, as tests ask it: by the protocol of its JSON API, which takes no client of the AWS SDK.

use http_body_util::{BodyExt as _, Full};
use hyper::{Request, body::Bytes, header};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;

use crate::endpoint;

/// Makes a call in the account of the tests; `None` if it is refused.
pub async fn call(name: &str, input: &Value) -> Option<Value> {
    const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request, \
                             SignedHeaders=host, Signature=none";
    let request = Request::post(endpoint())
        .header(header::CONTENT_TYPE, "application/x-amz-json-1.0")
        .header("x-amz-target", format!("GraniteServiceVersion20100801.{name}"))
        .header(header::AUTHORIZATION, SIGNATURE)
        .body(Full::new(Bytes::from(input.to_string())))
        .unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.expect("CloudWatch answers");
    let is_done = answer.status().is_success();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    is_done.then(|| serde_json::from_slice(&body).expect("the answer is JSON"))
}
