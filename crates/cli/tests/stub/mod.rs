//! AWS as a test wants it to answer, and the program that asks it.
#![allow(dead_code, clippy::unwrap_used, reason = "not every test needs all of it")]

use std::{fs, path::PathBuf, process::Command};

use serde_json::{Value, json};
use wiremock::{
    Match as _, Mock, MockServer, ResponseTemplate,
    matchers::{body_string_contains, header, header_regex, method, path_regex, query_param, query_param_is_missing},
};

/// The state machine that tests name.
pub const STATE_MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:powerTuningStateMachine-1";
/// The execution that tests watch.
pub const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:powerTuningStateMachine-1:run";

/// AWS.
pub struct Stub {
    server: MockServer,
}

/// A run as AWS described it when it was recorded by `cargo xtask docs --record`.
pub struct Recorded {
    /// The answer of `DescribeExecution`.
    pub description: Value,
    /// The answer of `GetExecutionHistory`.
    pub history: Value,
}

impl Recorded {
    /// The run in `recorded-run.json`.
    pub fn load() -> Self {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recorded-run.json");
        let run: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        Self { description: run["description"].clone(), history: run["history"].clone() }
    }

    /// Its ARN.
    pub fn execution(&self) -> &str {
        self.description["executionArn"].as_str().unwrap()
    }
}

impl Stub {
    /// An AWS that answers nothing yet.
    pub async fn start() -> Self {
        Self { server: MockServer::start().await }
    }

    /// An AWS with the recorded run.
    pub async fn with_recorded_run() -> (Self, Recorded) {
        let (stub, run) = (Self::start().await, Recorded::load());
        stub.states("StartExecution", 200, &json!({"executionArn": run.execution(), "startDate": 0})).await;
        stub.states("DescribeExecution", 200, &run.description).await;
        stub.states("GetExecutionHistory", 200, &run.history).await;
        (stub, run)
    }

    /// Answers a call of Step Functions.
    pub async fn states(&self, call: &str, status: u16, answer: &Value) {
        let target = header("x-amz-target", format!("AWSStepFunctions.{call}").as_str());
        let response = ResponseTemplate::new(status).set_body_json(answer);
        Mock::given(method("POST")).and(target).respond_with(response).mount(&self.server).await;
    }

    /// Answers a call of Step Functions whose body holds a text, a single time.
    pub async fn states_once(&self, call: &str, body: &str, answer: &Value) {
        let target = header("x-amz-target", format!("AWSStepFunctions.{call}").as_str());
        let response = ResponseTemplate::new(200).set_body_json(answer);
        let mock = Mock::given(method("POST")).and(target).and(body_string_contains(body)).respond_with(response);
        mock.up_to_n_times(1).mount(&self.server).await;
    }

    /// Answers a call of Step Functions that is made in this region.
    pub async fn states_in(&self, region: &str, call: &str, answer: &Value) {
        let target = header("x-amz-target", format!("AWSStepFunctions.{call}").as_str());
        let signed = header_regex("authorization", &format!("/{region}/states/aws4_request"));
        let response = ResponseTemplate::new(200).set_body_json(answer);
        Mock::given(method("POST")).and(target).and(signed).respond_with(response).mount(&self.server).await;
    }

    /// Refuses a call of Step Functions.
    pub async fn refuse(&self, call: &str, code: &str, message: &str) {
        let type_ = format!("com.amazonaws.states#{code}");
        self.states(call, 400, &json!({"__type": type_, "message": message, "Message": message})).await;
    }

    /// Answers a call of a service that speaks CBOR, such as CloudWatch.
    pub async fn cbor(&self, call: &str, status: u16, answer: &Value) {
        let mut body = Vec::new();
        ciborium::into_writer(answer, &mut body).unwrap();
        let response = ResponseTemplate::new(status).set_body_raw(body, "application/cbor");
        let response = response.insert_header("smithy-protocol", "rpc-v2-cbor");
        let call = Mock::given(method("POST")).and(path_regex(format!("/operation/{call}$")));
        call.respond_with(response).mount(&self.server).await;
    }

    /// Answers a call of AWS Lambda, by the end of its path.
    pub async fn lambda(&self, verb: &str, path_end: &str, status: u16, answer: &Value) {
        let mut response = ResponseTemplate::new(status).set_body_json(answer);
        if let Some(code) = answer["__type"].as_str() {
            response = response.insert_header("x-amzn-errortype", code);
        }
        let path = path_regex(format!("{path_end}$"));
        Mock::given(method(verb)).and(path).respond_with(response).mount(&self.server).await;
    }

    /// Answers a list of AWS Lambda page by page.
    pub async fn pages(&self, path_end: &str, name: &str, pages: &[&[Value]]) {
        for (number, page) in pages.iter().enumerate() {
            let mut answer = json!({name: page});
            if number + 1 < pages.len() {
                answer["NextMarker"] = json!(format!("page-{}", number + 1));
            }
            let mock = Mock::given(method("GET")).and(path_regex(format!("{path_end}/?$")));
            let mock = if number == 0 {
                mock.and(query_param_is_missing("Marker"))
            } else {
                mock.and(query_param("Marker", format!("page-{number}")))
            };
            mock.respond_with(ResponseTemplate::new(200).set_body_json(answer)).mount(&self.server).await;
        }
    }

    /// Answers a call of CloudWatch Logs.
    pub async fn logs(&self, call: &str, answer: &Value) {
        logs_mock(call, 200, answer).mount(&self.server).await;
    }

    /// The same, a single time.
    pub async fn logs_once(&self, call: &str, answer: &Value) {
        logs_mock(call, 200, answer).up_to_n_times(1).mount(&self.server).await;
    }

    /// Refuses a call of CloudWatch Logs.
    pub async fn logs_refused(&self, call: &str, code: &str, message: &str) {
        logs_mock(call, 400, &json!({"__type": code, "message": message})).mount(&self.server).await;
    }

    /// The same, a single time.
    pub async fn logs_refused_once(&self, call: &str, code: &str, message: &str) {
        let mock = logs_mock(call, 400, &json!({"__type": code, "message": message}));
        mock.up_to_n_times(1).mount(&self.server).await;
    }

    /// With what a call of CloudWatch Logs was made.
    pub async fn logs_asked(&self, call: &str) -> Vec<Value> {
        let requests = self.server.received_requests().await.unwrap_or_default();
        let target = format!("Logs_20140328.{call}");
        let asked = requests.iter().filter(|request| {
            request.headers.get("x-amz-target").is_some_and(|header| header.as_bytes() == target.as_bytes())
        });
        asked.map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
    }

    /// Answers `GetResources` of the Resource Groups Tagging API.
    pub async fn tags(&self, answer: &Value) {
        let target = header("x-amz-target", "ResourceGroupsTaggingAPI_20170126.GetResources");
        let response = ResponseTemplate::new(200).set_body_json(answer);
        Mock::given(method("POST")).and(target).respond_with(response).mount(&self.server).await;
    }

    /// Answers a call of a service that speaks XML, such as `CloudFormation`.
    pub async fn query(&self, call: &str, status: u16, answer: &str) {
        let response = ResponseTemplate::new(status).set_body_raw(answer.to_owned(), "text/xml");
        let action = body_string_contains(format!("Action={call}&"));
        Mock::given(method("POST")).and(action).respond_with(response).mount(&self.server).await;
    }

    /// The same, a single time.
    pub async fn query_once(&self, call: &str, status: u16, answer: &str) {
        let response = ResponseTemplate::new(status).set_body_raw(answer.to_owned(), "text/xml");
        let action = body_string_contains(format!("Action={call}&"));
        let mock = Mock::given(method("POST")).and(action).respond_with(response);
        mock.up_to_n_times(1).mount(&self.server).await;
    }

    /// Answers a call of S3, by its verb and its path.
    pub async fn s3(&self, verb: &str, path: &str, status: u16, answer: &str) {
        Self::s3_mock(verb, path, status, answer).mount(&self.server).await;
    }

    /// The same, a single time.
    pub async fn s3_once(&self, verb: &str, path: &str, status: u16, answer: &str) {
        Self::s3_mock(verb, path, status, answer).up_to_n_times(1).mount(&self.server).await;
    }

    fn s3_mock(verb: &str, path: &str, status: u16, answer: &str) -> Mock {
        let response = ResponseTemplate::new(status).set_body_raw(answer.to_owned(), "application/xml");
        Mock::given(method(verb)).and(path_regex(path)).respond_with(response)
    }

    /// Answers what S3 is asked of a bucket by a parameter, such as `versions`, before other answers: each once, the
    /// last one as often as it is asked.
    pub async fn s3_asked(&self, parameter: &str, answers: &[&str]) {
        for (number, answer) in answers.iter().enumerate() {
            let response = ResponseTemplate::new(200).set_body_raw((*answer).to_owned(), "application/xml");
            let asked = query_param_is_missing(parameter);
            let asked = move |request: &wiremock::Request| !asked.matches(request);
            let mock = Mock::given(method("GET")).and(asked).respond_with(response).with_priority(4);
            let is_last = number + 1 == answers.len();
            if is_last { mock } else { mock.up_to_n_times(1) }.mount(&self.server).await;
        }
    }

    /// The requests that came: verb, path, query and body.
    pub async fn requests(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap_or_default();
        let shown = requests.iter().map(|request| {
            let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
            let is_query = request.body.starts_with(b"Action=");
            let body = if is_query { String::from_utf8_lossy(&request.body) } else { "".into() };
            format!("{} {}{query}{body}", request.method, request.url.path())
        });
        shown.collect()
    }

    /// Answers `DescribeStacks`: a stack for each state machine.
    pub async fn stacks(&self, state_machines: &[&str]) {
        let stack = |(number, arn): (usize, &&str)| {
            format!(
                "<member><StackName>power-tuner-{number}</StackName><StackStatus>CREATE_COMPLETE</StackStatus>\
                 <CreationTime>2026-01-01T00:00:00Z</CreationTime>\
                 <Description>power-tuner finds the right memory size of AWS Lambda functions.</Description><Outputs><member>\
                 <OutputKey>StateMachineARN</OutputKey><OutputValue>{arn}</OutputValue></member></Outputs></member>"
            )
        };
        let stacks: String = state_machines.iter().enumerate().map(stack).collect();
        let answer = format!(
            "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult>\
             <Stacks>{stacks}</Stacks></DescribeStacksResult></DescribeStacksResponse>"
        );
        self.query("DescribeStacks", 200, &answer).await;
    }

    /// By what the requests were signed that came.
    pub async fn authorizations(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap_or_default();
        let signed = requests.iter().filter_map(|request| request.headers.get("authorization")?.to_str().ok());
        signed.map(str::to_owned).collect()
    }

    /// The program, which asks this AWS.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut program = program(arguments);
        program
            .env("AWS_ENDPOINT_URL", self.server.uri())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_MAX_ATTEMPTS", "1");
        program
    }
}

fn logs_mock(call: &str, status: u16, answer: &Value) -> Mock {
    let target = header("x-amz-target", format!("Logs_20140328.{call}").as_str());
    Mock::given(method("POST")).and(target).respond_with(ResponseTemplate::new(status).set_body_json(answer))
}

/// The program without any AWS, and without anything of the user's.
pub fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(insta_cmd::get_cargo_bin("power-tuner"));
    program.args(arguments).env_clear().env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nonexistent");
    program
}
