use aws::fake::{FakeLambda, plan};
use lambda_runtime::Diagnostic;
use tuning::{
    measure::lane::Environments,
    price::GbSecondPrice,
    run::plan::Sampling,
    units::{power::Power, version::VersionNumber},
};

use super::*;

const LONG: Duration = Duration::from_mins(5);

async fn publish(api: &FakeLambda, plan: &Plan, publication: Publication) -> Result<Publication, Error> {
    handle(api, Deadline::after(LONG), input(plan, publication)).await
}

fn input(plan: &Plan, publication: Publication) -> Input {
    let round = Round::of_list(plan, GbSecondPrice(0.000_016_666_7));
    Input { plan: plan.clone(), round, publication, retries: 0 }
}

/// The function, locked for this run.
fn locked(plan: Plan) -> (FakeLambda, Plan) {
    (FakeLambda::locked_for(&plan), plan)
}

fn megabytes(publication: &Publication) -> Vec<u32> {
    publication.targets.iter().map(|target| target.power.megabytes()).collect()
}

/// Five cold starts of each memory size.
fn cold_starts(power_values: &[u32]) -> Plan {
    let mut plan = plan(power_values);
    plan.request.sampling = Sampling { environments: Environments::Fresh, ..Sampling::serial(5) };
    plan
}

fn error_name(error: Error) -> String {
    Diagnostic::from(error).error_type
}

#[tokio::test(start_paused = true)]
async fn every_memory_size_gets_a_marked_version_and_alias_and_latest_is_put_back() {
    let (api, plan) = locked(plan(&[128, 512]));
    let publication = publish(&api, &plan, Publication::default()).await.unwrap();
    assert_eq!((megabytes(&publication), publication.next, publication.calls), (vec![128, 512], Next::Measure, 1));
    let state = api.state();
    assert_eq!(state.alias_names(), ["power-tuning-lock", "RAM128", "RAM512"]);
    assert!(state.versions.iter().all(|version| plan.mark().is_on(&version.description)));
    assert!(state.aliases[1..].iter().all(|alias| plan.mark().is_on(&alias.description)));
    assert_eq!(state.memory_history.iter().map(|power| power.megabytes()).collect::<Vec<_>>(), [1024, 128, 512, 1024]);
}

#[tokio::test(start_paused = true)]
async fn as_on_aws_a_version_that_was_deleted_and_is_handed_back_is_not_measured() {
    for hands_back_deleted in [false, true] {
        let (api, plan) = locked(plan(&[1024]));
        api.state().publish("an earlier run's");
        api.state().versions.clear();
        api.state().hands_back_deleted = hands_back_deleted;
        let publication = publish(&api, &plan, Publication::default()).await.unwrap();
        let state = api.state();
        let measured = publication.targets[0].versions[0];
        let version = state.versions.iter().find(|version| version.number == measured).unwrap();
        assert!(version.memory.megabytes() == 1024 && plan.mark().is_on(&version.description), "{version:?}");
        assert_eq!(state.latest.memory, plan.before.memory);
    }
}

/// As the Initializer leaves the function.
fn initialized(api: &FakeLambda) -> Publication {
    let latest = api.state().latest.clone();
    Publication {
        latest: Some(KnownLatest { memory: latest.memory, revision: latest.revision }),
        ..Publication::default()
    }
}

/// Counts the calls that one more memory size takes.
async fn calls_of_one_more(revisions_move: bool) -> usize {
    let count = async |powers: &[u32]| {
        let (api, plan) = locked(plan(powers));
        api.state().revisions_move = revisions_move;
        publish(&api, &plan, initialized(&api)).await.unwrap();
        api.state().calls.len()
    };
    count(&[128, 256, 512]).await - count(&[128, 256]).await
}

#[tokio::test(start_paused = true)]
async fn a_version_costs_three_calls() {
    assert_eq!(calls_of_one_more(false).await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_version_costs_five_calls_where_an_update_takes_a_while_and_revisions_change_by_themselves() {
    // One look when the update has taken effect, as it is known how long that takes, one after PublishVersion has
    // changed the revision. That nobody else has made an update since shows in both, so that the lock is not asked about.
    assert_eq!(calls_of_one_more(true).await, 5);
}

#[tokio::test(start_paused = true)]
async fn what_one_call_knows_of_latest_spares_the_next_one_a_look() {
    let (api, mut plan) = locked(plan(&[128]));
    api.state().revisions_move = false;
    let first = publish(&api, &plan, initialized(&api)).await.unwrap();
    plan.request.power_values = vec![Power::new(256).unwrap()];
    let round = Round { number: 2, ..input(&plan, first.clone()).round };
    let second = Input { plan: plan.clone(), round, publication: first, retries: 0 };
    handle(&api, Deadline::after(LONG), second).await.unwrap();
    assert_eq!((api.count("GetFunction"), api.count("ListVersionsByFunction")), (0, 0));
    assert_eq!((api.count("GetAlias"), api.state().versions.len()), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn an_alias_that_is_refused_while_the_function_is_being_updated_is_tried_again() {
    let (api, plan) = locked(plan(&[128, 512]));
    let mut refusals = 3;
    api.before_each_call(move |call, _| {
        let is_refused = call == "CreateAlias" && refusals > 0;
        refusals -= i32::from(is_refused);
        is_refused.then_some(ApiErrorKind::Conflict)
    });
    publish(&api, &plan, Publication::default()).await.unwrap();
    assert_eq!(api.state().alias_names(), ["power-tuning-lock", "RAM128", "RAM512"]);
}

#[tokio::test(start_paused = true)]
async fn near_its_deadline_it_puts_latest_back_and_asks_to_be_called_again() {
    let (api, plan) = locked(plan(&[128, 256, 512]));
    let mut publication = Publication::default();
    let mut calls = 0;
    while publication.next == Next::Publish {
        publication = handle(&api, Deadline::after(TIME_FOR_ONE), input(&plan, publication)).await.unwrap();
        calls += 1;
        assert_eq!(api.state().latest.memory, plan.before.memory);
        assert_eq!(publication.targets.len(), calls);
    }
    assert_eq!((calls, publication.calls, megabytes(&publication)), (3, 3, vec![128, 256, 512]));
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_it_finds_what_it_had_made() {
    let (api, plan) = locked(plan(&[128, 512]));
    let first = publish(&api, &plan, Publication::default()).await.unwrap();
    // It was killed before it could say so: the state machine calls it with what it knew before.
    let again = Input { retries: 1, ..input(&plan, Publication::default()) };
    let second = handle(&api, Deadline::after(LONG), again).await.unwrap();
    assert_eq!(first.targets, second.targets);
    assert_eq!(api.state().versions.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_alias_of_somebody_else_is_left_alone() {
    let (api, plan) = locked(plan(&[512]));
    api.state().publish("theirs");
    let theirs = AliasTarget::Version("1".parse().unwrap());
    api.state().add_alias("RAM512", theirs, "theirs");
    publish(&api, &plan, Publication::default()).await.unwrap();
    assert_eq!(api.state().alias_names(), ["power-tuning-lock", "RAM512", "RAM512-power-tuning-2"]);
    assert_eq!(api.state().aliases[1].target, theirs);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_the_user_published_is_measured_but_not_marked() {
    let mut plan = plan(&[1024]);
    plan.before.highest_version = "1".parse().unwrap();
    let api = FakeLambda::locked_for(&plan);
    let theirs = api.state().publish("theirs");
    let publication = publish(&api, &plan, Publication::default()).await.unwrap();
    assert_eq!(publication.targets, [Target::new(plan.before.memory, vec![theirs.number])]);
    assert_eq!(api.state().versions[0].description, "theirs");
}

#[tokio::test(start_paused = true)]
async fn somebody_s_deployment_stops_it_and_stays() {
    let (api, plan) = locked(plan(&[128, 256, 512]));
    let mut published = 0;
    api.before_each_call(move |call, function| {
        published += usize::from(call == "PublishVersion");
        if call == "UpdateFunctionConfiguration" && published == 1 {
            function.deploy();
        }
        None
    });
    let error = publish(&api, &plan, Publication::default()).await.unwrap_err();
    assert_eq!(error_name(error), "FunctionChanged");
    assert!(api.state().latest.fingerprint.0.starts_with("deployed"));
}

/// It shows $LATEST as it was before the run, which is how it is to be put back.
#[tokio::test(start_paused = true)]
async fn a_stale_look_after_somebody_s_deployment_is_not_taken_for_that_latest_was_put_back() {
    let (api, plan) = locked(plan(&[128, 512]));
    let before = api.state().latest.clone();
    let (mut deployed, mut looks, mut hidden) = (false, 0, None);
    api.before_each_call(move |call, function| {
        if let Some(latest) = hidden.take() {
            function.latest = latest;
        }
        if call == "UpdateFunctionConfiguration" && function.versions.len() == 2 && !deployed {
            function.deploy();
            deployed = true;
        } else if call == "GetFunction" && deployed {
            looks += 1;
            hidden = (looks == 1).then(|| std::mem::replace(&mut function.latest, before.clone()));
        }
        None
    });
    let error = publish(&api, &plan, Publication::default()).await.unwrap_err();
    assert_eq!(error_name(error), "FunctionChanged");
}

#[tokio::test(start_paused = true)]
async fn somebody_s_memory_stops_it_and_stays() {
    let (api, plan) = locked(plan(&[128, 256]));
    let theirs = Power::new(333).unwrap();
    api.before_each_call(move |call, function| {
        if call == "PublishVersion" {
            function.set_memory(theirs);
        }
        None
    });
    let error = publish(&api, &plan, Publication::default()).await.unwrap_err();
    assert_eq!(error_name(error), "FunctionChanged");
    assert_eq!(api.state().latest.memory, theirs);
    assert_eq!(api.state().versions, []);
}

#[tokio::test(start_paused = true)]
async fn the_alias_that_the_user_wants_at_the_end_is_not_taken_for_measuring() {
    let wanted = AutoOptimize::Alias(AliasName::for_power(Power::MIN));
    let mut plan = plan(&[128]);
    plan.request.auto_optimize = wanted;
    let api = FakeLambda::locked_for(&plan);
    let publication = publish(&api, &plan, Publication::default()).await.unwrap();
    assert_eq!(api.state().alias_names(), ["power-tuning-lock", "RAM128-power-tuning-1"]);
    assert!(publication.targets[0].versions[0] > VersionNumber::NONE);
}

/// Every cold start takes a version that nobody has invoked; none is handed back twice.
fn assert_fresh(publication: &Publication, plan: &Plan) {
    let all: Vec<VersionNumber> = publication.targets.iter().flat_map(|target| target.versions.clone()).collect();
    let distinct: std::collections::HashSet<_> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (5 * plan.request.power_values.len(), all.len()));
    assert!(all.iter().all(|number| *number > plan.before.highest_version), "{all:?}");
}

#[tokio::test(start_paused = true)]
async fn cold_starts_get_a_version_each_and_memory_sizes_take_turns() {
    let (api, plan) = locked(cold_starts(&[128, 512]));
    let publication = publish(&api, &plan, Publication::default()).await.unwrap();
    assert_fresh(&publication, &plan);
    assert_eq!(api.state().versions.len(), 10, "nothing was published in between");
    assert_eq!(api.state().alias_names(), ["power-tuning-lock", "RAM128", "RAM512"]);
    assert_eq!(api.state().latest.memory, plan.before.memory);
    for target in &publication.targets {
        for number in &target.versions {
            let state = api.state();
            assert_eq!(state.versions.iter().find(|v| v.number == *number).unwrap().memory, target.power);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn cold_starts_of_the_current_memory_alone_never_use_the_users_version() {
    let mut plan = cold_starts(&[1024]);
    plan.before.highest_version = "1".parse().unwrap();
    let api = FakeLambda::locked_for(&plan);
    api.state().publish("theirs");
    let publication = publish(&api, &plan, Publication::default()).await.unwrap();
    assert_fresh(&publication, &plan);
    let state = api.state();
    let others: Vec<u32> =
        state.memory_history.iter().map(|memory| memory.megabytes()).filter(|mb| *mb != 1024).collect();
    assert!(others.iter().all(|mb| *mb == 1025), "the memory in between is hardly another one: {others:?}");
    assert!(state.versions[1..].iter().all(|version| plan.mark().is_on(&version.description)), "all can be cleaned up");
}

#[tokio::test(start_paused = true)]
async fn cold_starts_go_on_after_a_deadline_and_after_a_crash() {
    let (api, plan) = locked(cold_starts(&[128, 512]));
    let (mut publication, mut calls) = (Publication::default(), 0);
    while publication.next == Next::Publish {
        let before = publication.clone();
        let input = |publication| Input { retries: 1, ..input(&plan, publication) };
        publication = handle(&api, Deadline::after(TIME_FOR_ONE), input(publication)).await.unwrap();
        if calls == 3 {
            // It could not report: the state machine knows only what was before.
            publication = handle(&api, Deadline::after(TIME_FOR_ONE), input(before)).await.unwrap();
        }
        calls += 1;
    }
    assert_fresh(&publication, &plan);
    assert_eq!((publication.calls, publication.retries), (calls, calls));
    assert_eq!(api.state().latest.memory, plan.before.memory);
}

#[tokio::test(start_paused = true)]
async fn snapshots_are_waited_for_by_the_state_machine_and_not_here() {
    let (api, mut plan) = locked(plan(&[128, 512]));
    plan.before.snap_start = true;
    api.state().pending.insert("2".parse().unwrap(), 3);
    let begin = tokio::time::Instant::now();
    let first = publish(&api, &plan, Publication::default()).await.unwrap();
    assert_eq!((first.next, first.waits), (Next::Wait, 1));
    let second = publish(&api, &plan, first).await.unwrap();
    let third = publish(&api, &plan, second).await.unwrap();
    assert_eq!((third.next, third.waits, third.calls), (Next::Measure, 2, 3));
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert_eq!(api.state().latest.memory, plan.before.memory);
}

#[tokio::test(start_paused = true)]
async fn snapshots_that_are_never_done_end_the_run() {
    let (api, mut plan) = locked(plan(&[128]));
    plan.before.snap_start = true;
    api.state().pending.insert("1".parse().unwrap(), 1_000_000);
    let mut publication = Publication::default();
    let error = loop {
        match publish(&api, &plan, publication).await {
            Ok(next) => publication = next,
            Err(error) => break error,
        }
    };
    assert_eq!(error_name(error), "FunctionNotTunable");
}

#[tokio::test(start_paused = true)]
async fn from_the_moment_that_somebody_cleans_up_it_changes_nothing() {
    use custody::{
        latest::{MayHaveSet, Steps},
        lock,
        undo::{Run, Undone, undo},
    };
    // One call of a Publisher that does not know it is on its way while the Cleaner does its work; each one in turn.
    for n in 0.. {
        let (api, plan) = locked(plan(&[128, 1024, 512]));
        let (held, gate) = api.gated(n);
        let (execution, function) = (plan.execution.clone(), (&plan.function).into());
        let cleaning = async {
            let reached = gate.reached().await;
            let may = MayHaveSet::Planned(&plan);
            let steps = Steps::Interrupted;
            let run = Run { function: &function, execution: &execution, state: None, may_have_set: may, steps };
            let Undone { lock, .. } = undo(&api, Deadline::after(LONG), run).await.unwrap();
            let (function, lock) = lock.unwrap();
            lock::free(&api, &function, lock).await.unwrap();
            gate.open();
            reached
        };
        let (published, reached) = tokio::join!(publish(&held, &plan, Publication::default()), cleaning);
        let state = api.state();
        let left = (state.latest.memory, state.alias_names().join(" "), state.versions.len());
        assert_eq!(left, (plan.before.memory, String::new(), 0), "cleaned up before call {n}: {published:?}");
        if !reached {
            assert!(n > 20, "only {n} calls were held");
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_that_is_deleted_in_the_middle_ends_the_run() {
    let (api, plan) = locked(plan(&[128, 512]));
    api.before_each_call(|call, _| (call == "PublishVersion").then_some(ApiErrorKind::NotFound));
    assert_eq!(error_name(publish(&api, &plan, Publication::default()).await.unwrap_err()), "FunctionNotFound");
}

#[tokio::test(start_paused = true)]
async fn memory_that_the_account_does_not_allow_is_left_out_and_the_rest_is_published() {
    let (api, plan) = locked(plan(&[128, 4096, 10_240]));
    api.state().memory_limit = Power::ALL_MAX;
    let mut publication = publish(&api, &plan, Publication::default()).await.unwrap();
    assert_eq!((megabytes(&publication), publication.next), (vec![128], Next::Measure));
    let refused = publication.refused.take();
    assert_eq!(refused.iter().map(|refusal| refusal.power.megabytes()).collect::<Vec<_>>(), [4096, 10_240]);
    assert!(refused[0].reason.contains("less than or equal to 3008"), "{refused:?}");
    assert_eq!(api.state().latest.memory, plan.before.memory);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_skip_failures_is_told_that_the_account_does_not_allow_the_memory() {
    let (api, mut plan) = locked(plan(&[128, 4096]));
    api.state().memory_limit = Power::ALL_MAX;
    plan.request.failures.on_failure = OnFailure::Fail;
    let error = publish(&api, &plan, Publication::default()).await.unwrap_err();
    assert!(error.to_string().contains("maxPower"), "{error}");
    assert_eq!(error_name(error), "FunctionNotTunable");
}

#[tokio::test(start_paused = true)]
async fn a_later_round_publishes_versions_of_its_own_even_of_a_memory_size_that_was_measured_before() {
    let (api, mut plan) = locked(plan(&[128, 512]));
    let first = publish(&api, &plan, Publication::default()).await.unwrap();
    let last = first.targets.iter().flat_map(|target| target.versions.clone()).max().unwrap();
    plan.request.power_values = [128, 256, 512].map(|mb| Power::new(mb).unwrap()).to_vec();
    let round = Round {
        number: 2,
        power_values: [256, 512].map(|mb| Power::new(mb).unwrap()).to_vec(),
        after: last,
        ..input(&plan, first.clone()).round
    };
    let second = Input { plan: plan.clone(), round: round.clone(), publication: first, retries: 0 };
    let second = handle(&api, Deadline::after(LONG), second).await.unwrap();
    assert_eq!((megabytes(&second), second.next, second.calls), (vec![256, 512], Next::Measure, 2));
    assert!(second.targets.iter().flat_map(|target| &target.versions).all(|version| *version > last), "{second:?}");
    assert_eq!(api.state().latest.memory, plan.before.memory);
    // A call that died before it could report its versions: the next one takes them up.
    let begun = Publication { round: 2, ..Publication::default() };
    let adopted = Input { plan: plan.clone(), round, publication: begun, retries: 1 };
    let adopted = handle(&api, Deadline::after(LONG), adopted).await.unwrap();
    let versions = |publication: &Publication| {
        let mut versions: Vec<_> =
            publication.targets.iter().map(|target| (target.power, target.versions[0])).collect();
        versions.sort_unstable();
        versions
    };
    assert_eq!(versions(&adopted), versions(&second));
}
