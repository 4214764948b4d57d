//! What stands below the options in the help texts.

/// Of the program.
pub const ALL: &str = "\
Examples:
  power-tuner deploy
  power-tuner tune my-function --payload '{\"key\": \"value\"}'
  power-tuner watch arn:aws:states:us-east-1:123456789012:execution:powerTuningStateMachine-1:run
  power-tuner estimate 128=830 512=210 1024=107 --invocations 5000000
  power-tuner suggest --prefix checkout-
  power-tuner monitor checkout-api --deploy
  power-tuner doctor my-function

Credentials, profile and region are those of the AWS CLI; AWS_ENDPOINT_URL is honoured.

Exit codes:
  0    done
  1    something else went wrong: no credentials, nothing deployed, AWS did not answer
  2    the arguments or the input are wrong; nothing was started
  3    the run failed
  4    a gate failed (--fail-if-…, apply --check)
  130  interrupted";

/// Of `tune`.
pub const TUNE: &str = "\
Examples:
  # search the whole range for the best balance of cost and speed
  power-tuner tune my-function --power-values AUTO --strategy balanced --payload @event.json

  # 10 invocations at each of the deployment's memory sizes
  power-tuner tune my-function --payload @event.json

  # the fastest of four, measured concurrently; then leave the function there
  power-tuner tune my-function --power-values 512,1024,1536,3008 --num 50 \\
    --parallel-invocation --strategy speed --auto-optimize

  # what it would save a month
  power-tuner tune my-function --compare-with-current --invocations-per-month 5000000

  # in a pipeline: fail if the function wastes more than a fifth of its cost
  power-tuner tune --input tuning.json --quiet --output json \\
    --fail-if-saving-above 20% --markdown-summary \"$GITHUB_STEP_SUMMARY\"";

/// Of `watch`.
pub const WATCH: &str = "\
Examples:
  power-tuner watch arn:aws:states:us-east-1:123456789012:execution:powerTuningStateMachine-1:run
  power-tuner watch run --state-machine powerTuningStateMachine-1";

/// Of `estimate`.
pub const ESTIMATE: &str = "\
Examples:
  power-tuner estimate 128=830 512=210 1024=107 --invocations 5000000
  power-tuner estimate 512=1.2s 2048=0.3s --invocations 20000 --architecture arm64
  power-tuner tune my-function --output csv | power-tuner estimate --csv - --invocations 5000000";

/// Of `suggest`.
pub const SUGGEST: &str = "\
Examples:
  # all functions of the region, those first that are most worth tuning
  power-tuner suggest

  # those of a team, for speed, from the reports of three days
  power-tuner suggest --tag team=checkout --strategy speed --days 3

  # the ten most worthwhile ones of a stack, for a spreadsheet
  power-tuner suggest --stack shop --limit 10 --output csv";

/// Of `fleet`.
pub const FLEET: &str = "\
Examples:
  power-tuner fleet start --prefix checkout- --max-spend 5
  power-tuner fleet report fleet-1764208800

The stack infra/fleet tunes the functions; docs/fleet.md says how to deploy it.";

/// Of `fleet start`.
pub const FLEET_START: &str = "\
Examples:
  # all functions of a team, for at most 5 USD
  power-tuner fleet start --tag team=checkout --max-spend 5

  # those that are most worth it, with their traffic
  power-tuner suggest --limit 50 --output json > functions.json
  power-tuner fleet start --list functions.json --max-spend 10

  # go on with a fleet that was stopped
  power-tuner fleet start --tag team=checkout --max-spend 5 --name fleet-1764208800";

/// Of `fleet watch`.
pub const FLEET_WATCH: &str = "\
Examples:
  power-tuner fleet watch arn:aws:states:us-east-1:123456789012:execution:powerTuningFleet-1:fleet-1764208800";

/// Of `fleet report`.
pub const FLEET_REPORT: &str = "\
Examples:
  power-tuner fleet report fleet-1764208800
  power-tuner fleet report fleet-1764208800 --html fleet.html
  power-tuner fleet report fleet-1764208800 --output csv";
/// Of `monitor`.
pub const MONITOR: &str = "\
Examples:
  # the template of two functions, with alarms on drift against what tuning has measured
  power-tuner monitor api worker --result api.json --result worker.json > monitoring.json

  # deploy it for all functions with a tag; alarms go to a topic
  power-tuner monitor --tag team=checkout --deploy \\
    --alarm-actions arn:aws:sns:us-east-1:123456789012:oncall

  # remove it
  power-tuner monitor --remove";

/// Of `doctor`.
pub const DOCTOR: &str = "\
Examples:
  power-tuner doctor
  power-tuner doctor my-function --payload @event.json";

/// Of `clean`.
pub const CLEAN: &str = "\
Examples:
  power-tuner clean my-function
  power-tuner clean my-function --stop";

/// Of `history`.
pub const HISTORY: &str = "\
Examples:
  power-tuner history my-function
  power-tuner history my-function --report history.html

docs/schedule.md says how functions are tuned again and again.";

/// Of `report`.
pub const REPORT: &str = "\
Examples:
  power-tuner report result.json
  power-tuner report before=old.json after=new.json --output comparison.html
  power-tuner report arn:aws:states:us-east-1:123456789012:execution:powerTuningStateMachine-1:run";

/// Of `apply`.
pub const APPLY: &str = "\
Examples:
  # show the change, ask, and write it
  power-tuner tune my-function --save result.json
  power-tuner apply result.json --to template.yaml

  # in a pipeline: fail (exit code 4) if the template declares another memory size
  power-tuner apply result.json --to template.yaml --check

  # several functions at once
  power-tuner apply api.json worker.json --to main.tf --yes

  # the function's name is computed: name its resource
  power-tuner apply result.json --to serverless.yml --resource worker --diff";

/// Of `deploy`.
pub const DEPLOY: &str = "\
Examples:
  power-tuner deploy

  # only functions whose name begins with checkout- may be tuned
  power-tuner deploy --parameter lambdaResource='arn:aws:lambda:*:*:function:checkout-*'

  # in a pipeline: without a question, with the package of a release
  power-tuner deploy --stack tuner --package power-tuner-functions-1.2.3-arm64.zip --yes

docs/deploy.md lists the parameters; docs/permissions.md says what it takes to deploy.";

/// Of `upgrade`.
pub const UPGRADE: &str = "\
Examples:
  power-tuner upgrade

  # the same version with other parameters
  power-tuner upgrade --parameter logGroupRetentionInDays=30";

/// Of `destroy`.
pub const DESTROY: &str = "\
Examples:
  power-tuner destroy
  power-tuner destroy --stack tuner --yes";

/// Of `completions`.
pub const COMPLETIONS: &str = "\
Examples:
  echo 'source <(power-tuner completions bash)' >> ~/.bashrc
  echo 'source <(power-tuner completions zsh)' >> ~/.zshrc
  power-tuner completions fish > ~/.config/fish/completions/power-tuner.fish";
