//! The schedule on the local AWS: the scheduler of `EventBridge` starts it, its fleet is real, and so is who is told.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    env,
    process::{Command, Output},
    time::{Duration, Instant},
};

use aws_sdk_cloudformation::{
    client::Waiters as _,
    types::{Capability, Parameter, builders::ParameterBuilder},
};
use aws_sdk_lambda::{client::Waiters as _, types::Environment};
use end_to_end::{
    Aws, Ended, Function, LIMIT, LOOK, State, assert_succeeded,
    program::{program, run},
};
use serde_json::{Value, json};
use tokio::time::sleep;

const STACK: &str = "power-tuner-schedule";
/// No schedule.
const NEVER: &str = "cron(0 0 1 1 ? 2099)";
/// Longer than the local AWS takes to hand over a message, shorter than anybody wants to wait for nothing.
const NOTHING_COMES: Duration = Duration::from_secs(3);

/// Who is told: a queue for the messages, and one for the events.
const LISTENERS: &str = r#"
Parameters: { topic: { Type: String } }
Resources:
  Messages: { Type: AWS::SQS::Queue }
  Events: { Type: AWS::SQS::Queue }
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: { TopicArn: !Ref topic, Protocol: sqs, Endpoint: !GetAtt Messages.Arn, RawMessageDelivery: true }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: { source: [power-tuner], detail-type: [power-tuner.drift] }
      Targets: [{ Id: queue, Arn: !GetAtt Events.Arn }]
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Messages, !Ref Events]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: { Service: [sns.amazonaws.com, events.amazonaws.com] }
            Action: sqs:SendMessage
            Resource: "*"
Outputs:
  Messages: { Value: !Ref Messages }
  Events: { Value: !Ref Events }
"#;

/// The deployed schedule.
struct Schedule<'a> {
    aws: &'a Aws,
    cloudformation: aws_sdk_cloudformation::Client,
    machine: String,
    topic: String,
}

impl<'a> Schedule<'a> {
    async fn deployed(aws: &'a Aws) -> Self {
        let mut xtask = Command::new(env::var_os("POWER_TUNER_XTASK").unwrap());
        xtask.args(["local", "schedule"]);
        let output = tokio::task::spawn_blocking(move || xtask.output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let cloudformation = aws_sdk_cloudformation::Client::new(&aws.home);
        let described = cloudformation.describe_stacks().stack_name(STACK).send().await.unwrap();
        let outputs = described.stacks()[0].outputs();
        let output = |key: &str| outputs.iter().find(|output| output.output_key() == Some(key)).unwrap();
        let value = |key: &str| output(key).output_value().unwrap().to_owned();
        Self { aws, machine: value("ScheduleStateMachineARN"), topic: value("DriftTopicARN"), cloudformation }
    }

    /// Deploys it with other parameters.
    async fn set(&self, parameters: &[(&str, &str)]) {
        let given = |(key, value): &(&str, &str)| Parameter::builder().parameter_key(*key).parameter_value(*value);
        let kept = |key: &str| Parameter::builder().parameter_key(key).use_previous_value(true);
        let kept = ["fleetStateMachine", "fleetBucket", "architecture"].iter().map(|key| kept(key));
        let all = parameters.iter().map(given).chain(kept).map(ParameterBuilder::build).collect();
        let update = self.cloudformation.update_stack().stack_name(STACK).use_previous_template(true);
        let update = update.capabilities(Capability::CapabilityIam).capabilities(Capability::CapabilityAutoExpand);
        update.set_parameters(Some(all)).send().await.unwrap();
        let updated = self.cloudformation.wait_until_stack_update_complete().stack_name(STACK);
        updated.wait(LIMIT).await.unwrap();
    }

    /// Has the scheduler start it with this input, at the quiet hour of its functions; the execution.
    async fn starts_by_itself(&self, input: &Value) -> String {
        // First what is started, then when: the scheduler may be quick.
        let input_text = input.to_string();
        self.set(&[("schedule", NEVER), ("fleet", &input_text), ("quietHour", "true")]).await;
        self.set(&[("schedule", "rate(1 minute)"), ("fleet", &input_text), ("quietHour", "true")]).await;
        let execution = self.started_with(input).await;
        // The emulator reads the definition when the first state is entered, AWS when the execution starts.
        let start = Instant::now();
        while self.aws.entered(&execution).await.is_empty() {
            assert!(start.elapsed() < LIMIT, "no state is entered");
            sleep(LOOK).await;
        }
        self.set(&[("schedule", NEVER), ("quietHour", "false")]).await;
        execution
    }

    /// The execution with this input.
    async fn started_with(&self, input: &Value) -> String {
        let (start, wanted) = (Instant::now(), input.to_string());
        loop {
            let listed = self.aws.sfn.list_executions().state_machine_arn(&self.machine).send().await.unwrap();
            for execution in listed.executions() {
                let arn = execution.execution_arn();
                let described = self.aws.sfn.describe_execution().execution_arn(arn).send().await.unwrap();
                if described.input.is_some_and(|given| given == wanted) {
                    return arn.to_owned();
                }
            }
            assert!(start.elapsed() < LIMIT, "the scheduler starts nothing");
            sleep(LOOK).await;
        }
    }

    async fn starts(&self, input: &Value) -> Ended {
        self.aws.wait(&self.aws.start(&self.machine, input).await).await
    }
}

/// The next message of a queue, within a time.
async fn received(sqs: &aws_sdk_sqs::Client, queue: &str, within: Duration) -> Option<String> {
    let start = Instant::now();
    while start.elapsed() < within {
        let received = sqs.receive_message().queue_url(queue).send().await.unwrap();
        if let Some(message) = received.messages.unwrap_or_default().pop() {
            return message.body;
        }
        sleep(LOOK).await;
    }
    None
}

/// Changes what the function does, and nothing else of it.
async fn waits_for(function: &Function<'_>, aws: &Aws, ms: u32) {
    let present = aws.lambda.get_function_configuration().function_name(&function.name).send().await.unwrap();
    let mut settings = present.environment.and_then(|environment| environment.variables).unwrap_or_default();
    settings.insert("IO_MS".to_owned(), ms.to_string());
    let settings = Environment::builder().set_variables(Some(settings)).build();
    let update = aws.lambda.update_function_configuration().function_name(&function.name).environment(settings);
    update.send().await.unwrap();
    aws.lambda.wait_until_function_updated_v2().function_name(&function.name).wait(LIMIT).await.unwrap();
}

async fn history(arguments: &[&str]) -> Output {
    run(program(&[&["history"], arguments].concat())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_has_changed_is_told_of_and_a_quiet_one_is_not() {
    let aws = Aws::connect().await;
    let schedule = Schedule::deployed(&aws).await;
    // Runs stay in the bucket: each test has a function of its own.
    let name = format!("schedule-{}", std::process::id());
    let listeners = aws.create_stack(&name, LISTENERS, &[("topic", &schedule.topic)]).await;
    let queues = listeners.outputs().await;
    let sqs = aws_sdk_sqs::Client::new(&aws.home);
    let function = aws.function_with(&name, &[("IO_MS", "100")]).await;
    aws.lambda.tag_resource().resource(&function.arn).tags("power-tuner:payload", "none").send().await.unwrap();
    let tuned = json!({"num": 10, "powerValues": [128, 512], "parallelInvocation": true, "strategy": "cost"});
    let input = json!({"functions": {"names": [function.name]}, "input": tuned});

    // Nobody has invoked the function, so that any hour is quiet; afterwards this one is not.
    let execution = schedule.starts_by_itself(&input).await;
    let first = aws.wait(&execution).await;
    assert_succeeded(&first);
    let entered = aws.entered(&execution).await;
    let expected = ["At a quiet hour?", "Plan", "QuietHour", "Wait for it", "Tune", "Comparer", "Any drift?", "Quiet"];
    assert_eq!(entered, expected);
    assert_eq!(first.output["compared"], 0, "{}", first.output);
    let quiet = schedule.starts(&input).await;
    assert_succeeded(&quiet);
    assert_eq!((&quiet.output["compared"], &quiet.output["drifted"]), (&json!(1), &json!(0)), "{}", quiet.output);
    assert_eq!(received(&sqs, &queues["Messages"], NOTHING_COMES).await, None);
    assert_eq!(received(&sqs, &queues["Events"], Duration::from_millis(1)).await, None);

    waits_for(&function, &aws, 250).await;
    let drifted = schedule.starts(&input).await;
    assert_succeeded(&drifted);
    assert_eq!(drifted.output["drifted"], 1, "{}", drifted.output);
    let message = received(&sqs, &queues["Messages"], LIMIT).await.unwrap();
    assert!(message.starts_with("power-tuner: 1 function has drifted (fleet "), "{message}");
    assert!(message.contains("- At 128 MB an average invocation takes 2."), "{message}");
    assert!(message.contains(&function.name), "{message}");
    let event: Value = serde_json::from_str(&received(&sqs, &queues["Events"], LIMIT).await.unwrap()).unwrap();
    let told = &event["detail"]["functions"][0];
    assert_eq!((&event["detail-type"], &told["function"]), (&json!("power-tuner.drift"), &json!(function.name)));
    assert_eq!(told["findings"].as_array().unwrap().len(), 2, "{told}");
    // The function is as it was: nobody has asked for more.
    assert_eq!(function.state().await, State::untouched());

    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("history.html");
    let output = history(&[&function.name, "--output", "json", "--report", page.to_str().unwrap()]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let runs: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let drift = runs.iter().map(|run| run["drift"].as_array().map_or(0, Vec::len)).collect::<Vec<_>>();
    assert_eq!(drift, [0, 0, 2]);
    assert!(std::fs::read_to_string(page).unwrap().contains(&function.name));
    function.delete().await;
    listeners.delete().await;
}
