//! Least privilege: the functions of fleets and of the schedule are allowed what they use, and nothing else.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeSet, env, fs, path::PathBuf, process::Command};

use aws_sdk_lambda::{client::Waiters as _, types::Environment};
use end_to_end::{
    Aws, LIMIT, State, assert_succeeded, endpoint, permissions,
    proxy::{
        Proxy,
        fault::Fault,
        record::Use,
        schedule::{Moment, Schedule},
    },
};
use serde_json::{Value, json};

/// The stacks, with their templates and functions.
const STACKS: [(&str, &str, [&str; 2]); 2] = [
    ("power-tuner-fleet", "infra/fleet/template.yaml", ["Finder", "Reporter"]),
    ("power-tuner-schedule", "infra/schedule/template.yaml", ["QuietHour", "Comparer"]),
];

/// The answer of `DescribeSchema` for a function with one shareable test event. The local AWS has no schemas.
const TEST_EVENTS: &str = r#"{"Content": "{\"openapi\": \"3.0.0\", \"components\": {\"examples\": {\"usual\": {\"value\": {\"cpuMs\": 1}}}}}"}"#;

/// A deployed function.
struct Deployed<'a> {
    aws: &'a Aws,
    /// Its logical id in the template.
    id: &'static str,
    name: String,
    settings: Environment,
}

impl Deployed<'_> {
    /// Has it make its calls through the proxy.
    async fn watched_by(&self, proxy: &Proxy) {
        let own = self.settings.variables().unwrap().clone();
        let all = own.into_iter().chain(proxy.variables(self.id)).collect();
        self.set(Environment::builder().set_variables(Some(all)).build()).await;
    }

    async fn set(&self, settings: Environment) {
        let update = self.aws.lambda.update_function_configuration().function_name(&self.name).environment(settings);
        update.send().await.unwrap();
        let updated = self.aws.lambda.wait_until_function_updated_v2().function_name(&self.name);
        updated.wait(LIMIT).await.unwrap();
    }

    async fn invoke(&self, payload: &Value) -> (Option<String>, String) {
        let invoke =
            self.aws.lambda.invoke().function_name(&self.name).payload(payload.to_string().into_bytes().into());
        let answer = invoke.send().await.unwrap();
        let payload = String::from_utf8(answer.payload.unwrap().into_inner()).unwrap();
        (answer.function_error, payload)
    }
}

fn deploy() {
    let mut xtask = Command::new(env::var_os("POWER_TUNER_XTASK").unwrap());
    let output = xtask.args(["local", "schedule"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn deployed(aws: &Aws) -> Vec<Deployed<'_>> {
    let cloudformation = aws_sdk_cloudformation::Client::new(&aws.home);
    let mut all = Vec::new();
    for (stack, _, functions) in STACKS {
        for id in functions {
            let resource = cloudformation.describe_stack_resource().stack_name(stack).logical_resource_id(id);
            let detail = resource.send().await.unwrap().stack_resource_detail.unwrap();
            let name = detail.physical_resource_id.unwrap();
            let present = aws.lambda.get_function_configuration().function_name(&name).send().await.unwrap();
            let variables = present.environment.unwrap().variables;
            all.push(Deployed { aws, id, name, settings: Environment::builder().set_variables(variables).build() });
        }
    }
    all
}

fn granted() -> BTreeSet<Use> {
    let template = |file| fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(file)).unwrap();
    STACKS.iter().flat_map(|(_, file, _)| permissions::granted(&template(file))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_functions_of_fleets_and_schedule_use_what_they_are_granted_and_nothing_else() {
    const FLEET: &str = "permissions";
    let aws = Aws::connect().await;
    tokio::task::spawn_blocking(deploy).await.unwrap();
    let outputs = aws.stack(STACKS[0].0).outputs().await;
    let (machine, bucket) = (&outputs["FleetStateMachineARN"], &outputs["FleetBucket"]);
    let function = aws.function("permissions-of-a-fleet").await;
    aws.lambda.tag_resource().resource(&function.arn).tags("power-tuner:event", "usual").send().await.unwrap();
    let list = json!([function.name]).to_string().into_bytes();
    aws.s3.put_object().bucket(bucket).key("lists/permissions.json").body(list.into()).send().await.unwrap();

    let functions = deployed(&aws).await;
    let proxy = Proxy::start(&endpoint(), &STACKS.map(|(_, _, functions)| functions).concat()).await;
    for watched in &functions {
        watched.watched_by(&proxy).await;
    }
    let tuned = json!({"num": 5, "powerValues": [128, 512]});
    let listed = json!({"list": format!("s3://{bucket}/lists/permissions.json")});
    let events = Schedule::At(Moment::once("Finder", "schemas:DescribeSchema", 0), Fault::Answered(TEST_EVENTS));
    let run = proxy.begin(&[&format!("_{}-schema", function.name)], events);
    let fleet = aws.start(machine, &json!({"fleet": FLEET, "functions": listed, "input": tuned})).await;
    let fleet = aws.wait(&fleet).await;
    proxy.end(run);
    let of_stack = json!({"functions": {"stack": STACKS[0].0}, "planOnly": true, "input": tuned});
    let of_stack = aws.wait(&aws.start(machine, &of_stack).await).await;
    let mut answers = Vec::new();
    for asked in functions.iter().filter(|function| ["QuietHour", "Comparer"].contains(&function.id)) {
        answers.push(asked.invoke(&json!({"fleet": FLEET})).await);
    }
    // Before anything is asserted: other tests use the functions, too.
    for function in &functions {
        function.set(function.settings.clone()).await;
    }

    assert_succeeded(&fleet);
    assert_eq!(fleet.output["tunedFunctions"], 1, "{}", fleet.output);
    assert_succeeded(&of_stack);
    assert!(answers.iter().all(|(error, _)| error.is_none()), "{answers:?}");
    let differences = permissions::differences(&granted(), &proxy.uses());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(function.state().await, State::untouched());
    function.delete().await;
}
