//! Deploying, upgrading and removing, with AWS as a test wants it to answer.
#![expect(clippy::unwrap_used, reason = "tests")]

mod stub;

use std::{fs, path::PathBuf, process::Command, sync::OnceLock};

use insta_cmd::assert_cmd_snapshot;
use package::{FUNCTIONS, Package, Parts};
use serde_json::{Value, json};
use stub::{EXECUTION, STATE_MACHINE, Stub};
use tuning::price::Architecture;

const BUCKET: &str = "power-tuner-123456789012-us-east-1";
const STACK: &str = "arn:aws:cloudformation:us-east-1:123456789012:stack/power-tuner/1";
const PACKAGE: [&str; 2] = ["--package", "package.zip"];

/// A folder with a package whose functions do nothing.
fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("power-tuner-deploy-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let package = Package::make(Parts {
            version: "1.2.3".to_owned(),
            architecture: Architecture::Arm,
            template: fs::read_to_string(repository.join("template.yaml")).unwrap(),
            definition: b"{}".to_vec(),
            programs: FUNCTIONS.map(|name| (name.to_owned(), Vec::new())).into(),
            licence: Vec::new(),
            readme: Vec::new(),
        });
        fs::write(folder.join("package.zip"), package.unwrap().write().unwrap()).unwrap();
        folder
    })
}

fn program(stub: &Stub, arguments: &[&str]) -> Command {
    let mut program = stub.program(arguments);
    program.current_dir(folder());
    program
}

fn answer(call: &str, result: &str) -> String {
    format!("<{call}Response><{call}Result>{result}</{call}Result></{call}Response>")
}

fn members(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().map(|item| format!("<member>{item}</member>")).collect::<Vec<_>>().concat()
}

/// A stack as `DescribeStacks` tells of it.
fn stack(status: &str) -> String {
    let parameter = |name: &str, value: &str| {
        format!("<ParameterKey>{name}</ParameterKey><ParameterValue>{value}</ParameterValue>")
    };
    let parameters = members([
        parameter("codeBucket", BUCKET),
        parameter("architecture", "arm64"),
        parameter("lambdaResource", "arn:aws:lambda:*:*:function:checkout-*"),
    ]);
    let output = format!("<OutputKey>StateMachineARN</OutputKey><OutputValue>{STATE_MACHINE}</OutputValue>");
    answer(
        "DescribeStacks",
        &format!(
            "<Stacks><member><StackName>power-tuner</StackName><StackId>{STACK}</StackId>\
             <StackStatus>{status}</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime>\
             <Description>power-tuner finds the right memory size of AWS Lambda functions.</Description>\
             <Parameters>{parameters}</Parameters><Outputs>{}</Outputs></member></Stacks>",
            members([output])
        ),
    )
}

fn absent() -> String {
    "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id power-tuner does not exist</Message>\
     </Error></ErrorResponse>"
        .to_owned()
}

/// Events in the order in which they happen; AWS tells the newest first.
fn events(events: &[(&str, &str, &str)]) -> String {
    let event = |(number, (resource, status, reason)): (usize, &(&str, &str, &str))| {
        let (physical, kind) = match *resource {
            "power-tuner" => (STACK, "AWS::CloudFormation::Stack"),
            name if name.ends_with("Role") => ("role", "AWS::IAM::Role"),
            _ => ("function", "AWS::Lambda::Function"),
        };
        format!(
            "<StackId>{STACK}</StackId><EventId>{number}</EventId><LogicalResourceId>{resource}</LogicalResourceId>\
             <PhysicalResourceId>{physical}</PhysicalResourceId><ResourceType>{kind}</ResourceType>\
             <ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason>\
             <Timestamp>2026-01-01T00:00:00Z</Timestamp>"
        )
    };
    let newest_first = events.iter().enumerate().map(event).rev();
    answer("DescribeStackEvents", &format!("<StackEvents>{}</StackEvents>", members(newest_first)))
}

/// An AWS with a bucket, in which no code is yet, and where a change set would create a role and a function.
async fn ready(action: &str) -> Stub {
    let stub = Stub::start().await;
    let who = "<Arn>arn:aws:iam::123456789012:user/someone</Arn><Account>123456789012</Account>";
    stub.query("GetCallerIdentity", 200, &answer("GetCallerIdentity", who)).await;
    stub.s3("GET", "^/[^/]+/$", 200, &tags("power-tuner", "code")).await;
    let created = format!("<Id>arn:aws:cloudformation:us-east-1:1:changeSet/c/1</Id><StackId>{STACK}</StackId>");
    stub.query("CreateChangeSet", 200, &answer("CreateChangeSet", &created)).await;
    let change = |name: &str, kind: &str| {
        format!(
            "<Type>Resource</Type><ResourceChange><Action>{action}</Action>\
             <LogicalResourceId>{name}</LogicalResourceId><ResourceType>{kind}</ResourceType></ResourceChange>"
        )
    };
    let changes = members([change("CleanerRole", "AWS::IAM::Role"), change("Cleaner", "AWS::Lambda::Function")]);
    let described = format!("<Status>CREATE_COMPLETE</Status><Changes>{changes}</Changes>");
    stub.query("DescribeChangeSet", 200, &answer("DescribeChangeSet", &described)).await;
    let body = template().to_string();
    let body = format!("<TemplateBody>{body}</TemplateBody>");
    stub.query("GetTemplate", 200, &answer("GetTemplate", &body)).await;
    for call in ["ExecuteChangeSet", "DeleteChangeSet", "DeleteStack"] {
        stub.query(call, 200, &answer(call, "")).await;
    }
    stub
}

fn tags(key: &str, value: &str) -> String {
    format!("<Tagging><TagSet><Tag><Key>{key}</Key><Value>{value}</Value></Tag></TagSet></Tagging>")
}

/// The bucket of the account, to which everything can be done.
async fn with_bucket(stub: &Stub) {
    stub.s3("HEAD", "^/[^/]+/?$", 200, "").await;
    stub.s3("HEAD", "^/[^/]+/.+", 404, "").await;
    stub.s3("PUT", "", 200, "").await;
}

fn template() -> Value {
    json!({
        "Parameters": {"lambdaResource": {"Type": "String", "Default": "*"}},
        "Resources": {"CleanerRole": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {
            "Statement": [{
                "Effect": "Allow",
                "Action": ["lambda:GetFunction", "lambda:UpdateFunctionConfiguration"],
                "Resource": {"Ref": "lambdaResource"}
            }]
        }}]}}}
    })
}

const CREATED: [(&str, &str, &str); 5] = [
    ("power-tuner", "CREATE_IN_PROGRESS", "User Initiated"),
    ("CleanerRole", "CREATE_IN_PROGRESS", ""),
    ("CleanerRole", "CREATE_COMPLETE", ""),
    ("Cleaner", "CREATE_COMPLETE", ""),
    ("power-tuner", "CREATE_COMPLETE", ""),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_says_what_it_creates_and_what_can_be_done_then() {
    let stub = ready("Add").await;
    stub.s3_once("HEAD", "^/[^/]+/?$", 404, "").await;
    with_bucket(&stub).await;
    stub.query_once("DescribeStacks", 400, &absent()).await;
    stub.query("DescribeStacks", 200, &stack("CREATE_COMPLETE")).await;
    stub.query_once("DescribeStackEvents", 200, &events(&[])).await;
    stub.query_once("DescribeStackEvents", 200, &events(&CREATED[..2])).await;
    stub.query("DescribeStackEvents", 200, &events(&CREATED)).await;
    let deploy = [&["deploy", "--yes", "--parameter", "lambdaResource=arn:aws:lambda:*:*:function:a-*"], &PACKAGE[..]];
    assert_cmd_snapshot!("deployed", program(&stub, &deploy.concat()));
    let requests = stub.requests().await;
    let put = |ends: &str| requests.iter().any(|request| request.starts_with("PUT") && request.ends_with(ends));
    for protected in ["?tagging", "?publicAccessBlock", "?encryption", "?versioning", "?policy"] {
        assert!(put(protected), "{protected}: {requests:?}");
    }
    let objects =
        requests.iter().filter(|request| request.contains("/power-tuner/1.2.3-") && request.starts_with("PUT"));
    assert_eq!(objects.count(), FUNCTIONS.len() + 1, "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_fails_says_what_failed_first() {
    let stub = ready("Add").await;
    with_bucket(&stub).await;
    stub.query("DescribeStacks", 400, &absent()).await;
    stub.query_once("DescribeStackEvents", 200, &events(&[])).await;
    let failed = [
        ("power-tuner", "CREATE_IN_PROGRESS", "User Initiated"),
        ("Cleaner", "CREATE_FAILED", "Resource creation cancelled"),
        ("CleanerRole", "CREATE_FAILED", "not authorized to perform: iam:CreateRole"),
        ("power-tuner", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [CleanerRole]."),
        ("power-tuner", "ROLLBACK_COMPLETE", ""),
    ];
    stub.query("DescribeStackEvents", 200, &events(&failed)).await;
    assert_cmd_snapshot!("deployment-fails", program(&stub, &[&["deploy", "--yes", "--quiet"], &PACKAGE[..]].concat()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_failed_deployment_has_left_is_removed_first() {
    let stub = ready("Add").await;
    with_bucket(&stub).await;
    stub.query_once("DescribeStacks", 200, &stack("ROLLBACK_COMPLETE")).await;
    stub.query("DescribeStacks", 200, &stack("CREATE_COMPLETE")).await;
    stub.query_once("DescribeStackEvents", 200, &events(&[])).await;
    stub.query_once("DescribeStackEvents", 200, &events(&[("power-tuner", "DELETE_COMPLETE", "")])).await;
    stub.query_once("DescribeStackEvents", 200, &events(&[])).await;
    stub.query("DescribeStackEvents", 200, &events(&CREATED)).await;
    let output = program(&stub, &[&["deploy", "--yes"], &PACKAGE[..]].concat()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("an earlier attempt has failed, and left the stack power-tuner (ROLLBACK_COMPLETE)"),
        "{said}"
    );
    let order: Vec<String> = stub.requests().await;
    let at = |call: &str| order.iter().position(|request| request.contains(call)).unwrap();
    assert!(at("Action=DeleteStack") < at("Action=CreateChangeSet"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_deployed_is_refused_before_anything_is_changed() {
    let there = ready("Add").await;
    with_bucket(&there).await;
    there.query("DescribeStacks", 200, &stack("CREATE_COMPLETE")).await;
    assert_cmd_snapshot!("stack-exists", program(&there, &[&["deploy", "--yes"], &PACKAGE[..]].concat()));
    assert_cmd_snapshot!("nobody-to-ask", program(&there, &[&["deploy"], &PACKAGE[..]].concat()));
    let unknown = ["deploy", "--yes", "--parameter", "memory=1"];
    assert_cmd_snapshot!("unknown-parameter", program(&there, &[&unknown[..], &PACKAGE[..]].concat()));
    let by_flag = ["deploy", "--yes", "--parameter", "architecture=x86_64"];
    assert_cmd_snapshot!("parameter-of-a-flag", program(&there, &[&by_flag[..], &PACKAGE[..]].concat()));
    let foreign = ready("Add").await;
    foreign.s3("HEAD", "^/[^/]+/?$", 403, "").await;
    let bucket = ["deploy", "--yes", "--bucket", "of-somebody"];
    assert_cmd_snapshot!("foreign-bucket", program(&foreign, &[&bucket[..], &PACKAGE[..]].concat()));
    for stub in [there, foreign] {
        assert!(stub.requests().await.iter().all(|request| !request.contains("Action=CreateChangeSet")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_keeps_the_parameters_that_are_not_given_and_says_what_it_changes() {
    let stub = ready("Modify").await;
    with_bucket(&stub).await;
    stub.query("DescribeStacks", 200, &stack("UPDATE_COMPLETE")).await;
    stub.states("ListExecutions", 200, &json!({"executions": []})).await;
    stub.states("ListTagsForResource", 200, &json!({"tags": [{"key": "power-tuner", "value": "1.10.0"}]})).await;
    stub.query_once("DescribeStackEvents", 200, &events(&CREATED)).await;
    let changed =
        [&CREATED[..], &[("Cleaner", "UPDATE_COMPLETE", ""), ("power-tuner", "UPDATE_COMPLETE", "")]].concat();
    stub.query("DescribeStackEvents", 200, &events(&changed)).await;
    let upgrade = [&["upgrade", "--yes", "--parameter", "metrics=false"], &PACKAGE[..]].concat();
    assert_cmd_snapshot!("upgraded", program(&stub, &upgrade));
    let sent = stub.requests().await.into_iter().find(|request| request.contains("Action=CreateChangeSet")).unwrap();
    assert!(sent.contains("ParameterKey=lambdaResource&") && sent.contains("UsePreviousValue=true"), "{sent}");
    assert!(sent.contains("ParameterKey=metrics&") && sent.contains("ParameterValue=false"), "{sent}");
    // One that the stack did not have has its default.
    assert!(!sent.contains("ParameterKey=tracing"), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_changes_nothing_says_so() {
    let stub = Stub::start().await;
    let nothing =
        "<Status>FAILED</Status><StatusReason>The submitted information didn't contain changes.</StatusReason>";
    stub.query("DescribeChangeSet", 200, &answer("DescribeChangeSet", nothing)).await;
    stub.query("DescribeStacks", 200, &stack("CREATE_COMPLETE")).await;
    stub.states("ListExecutions", 200, &json!({"executions": []})).await;
    stub.states("ListTagsForResource", 200, &json!({"tags": [{"key": "power-tuner", "value": "1.2.3"}]})).await;
    let who = "<Arn>arn:aws:iam::123456789012:user/someone</Arn><Account>123456789012</Account>";
    stub.query("GetCallerIdentity", 200, &answer("GetCallerIdentity", who)).await;
    stub.s3("GET", "^/[^/]+/$", 200, &tags("power-tuner", "code")).await;
    with_bucket(&stub).await;
    let created = format!("<Id>arn:aws:cloudformation:us-east-1:1:changeSet/c/1</Id><StackId>{STACK}</StackId>");
    stub.query("CreateChangeSet", 200, &answer("CreateChangeSet", &created)).await;
    stub.query("DeleteChangeSet", 200, &answer("DeleteChangeSet", "")).await;
    assert_cmd_snapshot!("nothing-to-upgrade", program(&stub, &[&["upgrade", "--yes"], &PACKAGE[..]].concat()));
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_an_upgrade_nor_a_removal_breaks_a_run() {
    let stub = ready("Modify").await;
    with_bucket(&stub).await;
    stub.query("DescribeStacks", 200, &stack("CREATE_COMPLETE")).await;
    let run = json!({
        "executionArn": EXECUTION,
        "stateMachineArn": STATE_MACHINE,
        "name": "run",
        "status": "RUNNING",
        "startDate": 0
    });
    stub.states("ListExecutions", 200, &json!({"executions": [run]})).await;
    assert_cmd_snapshot!("upgrade-meets-a-run", program(&stub, &[&["upgrade", "--yes"], &PACKAGE[..]].concat()));
    assert_cmd_snapshot!("removal-meets-a-run", program(&stub, &["destroy", "--yes"]));
    let requests = stub.requests().await;
    assert!(requests.iter().all(|request| !request.contains("ChangeSet") && !request.contains("DeleteStack")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_takes_the_stack_and_its_own_bucket() {
    let stub = ready("Remove").await;
    with_bucket(&stub).await;
    stub.query("DescribeStacks", 200, &stack("CREATE_COMPLETE")).await;
    stub.states("ListExecutions", 200, &json!({"executions": []})).await;
    stub.query_once("DescribeStackEvents", 200, &events(&[])).await;
    let gone = [("Cleaner", "DELETE_COMPLETE", ""), ("power-tuner", "DELETE_COMPLETE", "")];
    stub.query("DescribeStackEvents", 200, &events(&gone)).await;
    let version = "<ListVersionsResult><Version><Key>k</Key><VersionId>v</VersionId></Version></ListVersionsResult>";
    stub.s3_asked("versions", &[version, "<ListVersionsResult></ListVersionsResult>"]).await;
    stub.s3("POST", "^/[^/]+/$", 200, "<DeleteResult></DeleteResult>").await;
    stub.s3("DELETE", "^/[^/]+/$", 204, "").await;
    assert_cmd_snapshot!("removed", program(&stub, &["destroy", "--yes"]));
    let requests = stub.requests().await;
    assert!(requests.iter().any(|request| request.starts_with(&format!("DELETE /{BUCKET}"))), "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_its_own_stays() {
    let stub = Stub::start().await;
    stub.s3("GET", "^/[^/]+/$", 200, &tags("team", "shop")).await;
    with_bucket(&stub).await;
    let who = "<Arn>arn:aws:iam::123456789012:user/someone</Arn><Account>123456789012</Account>";
    stub.query("GetCallerIdentity", 200, &answer("GetCallerIdentity", who)).await;
    stub.query("DescribeStacks", 200, &stack("CREATE_COMPLETE")).await;
    stub.query("DeleteStack", 200, &answer("DeleteStack", "")).await;
    stub.states("ListExecutions", 200, &json!({"executions": []})).await;
    stub.query_once("DescribeStackEvents", 200, &events(&[])).await;
    stub.query("DescribeStackEvents", 200, &events(&[("power-tuner", "DELETE_COMPLETE", "")])).await;
    assert_cmd_snapshot!("removed-without-bucket", program(&stub, &["destroy", "--yes"]));
    assert!(stub.requests().await.iter().all(|request| !request.starts_with("DELETE")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_of_something_else_is_left_alone() {
    let stub = ready("Remove").await;
    with_bucket(&stub).await;
    let other = stack("CREATE_COMPLETE").replace("power-tuner finds the right", "Finds the right");
    stub.query("DescribeStacks", 200, &other).await;
    for command in [&["destroy", "--yes"][..], &["upgrade", "--yes", "--package", "package.zip"]] {
        let output = program(&stub, command).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("the stack power-tuner is not one of power-tuner: it was left alone"), "{said}");
        assert_eq!(output.status.code(), Some(2));
    }
    assert!(stub.requests().await.iter().all(|request| !request.contains("DeleteStack")));
}
