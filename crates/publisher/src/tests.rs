use lambda_control::{
    ControlError,
    fake::{FakeLambda, plan},
};
use tuning::{power::Power, version::VersionNumber};

use super::*;

const LONG: Duration = Duration::from_mins(5);

async fn publish(api: &FakeLambda, plan: &Plan, publication: Publication) -> Result<Publication, ControlError> {
    handle(api, Deadline::after(LONG), Input { plan: plan.clone(), publication }).await
}

fn megabytes(publication: &Publication) -> Vec<u32> {
    publication.versions.iter().map(|version| version.power.megabytes()).collect()
}

#[tokio::test(start_paused = true)]
async fn every_power_value_gets_a_marked_version_and_alias_and_latest_is_put_back() {
    let (api, plan) = (FakeLambda::new(), plan(&[128, 512]));
    let publication = publish(&api, &plan, Publication::default()).await.unwrap();
    assert_eq!((megabytes(&publication), publication.unfinished, publication.calls), (vec![128, 512], false, 1));
    let state = api.state();
    assert_eq!(state.alias_names(), ["RAM128", "RAM512"]);
    assert!(state.versions.iter().all(|version| plan.mark().is_on(&version.description)));
    assert!(state.aliases.iter().all(|alias| plan.mark().is_on(&alias.description)));
    assert_eq!(state.memory_history.iter().map(|power| power.megabytes()).collect::<Vec<_>>(), [1024, 128, 512, 1024]);
}

#[tokio::test(start_paused = true)]
async fn a_version_costs_at_most_eight_calls_even_if_publishing_changes_the_revision() {
    let count = async |powers: &[u32]| {
        let api = FakeLambda::new();
        publish(&api, &plan(powers), Publication::default()).await.unwrap();
        api.state().calls.len()
    };
    // Three looks until the update has taken effect; two calls because PublishVersion made the known revision stale.
    assert!(count(&[128, 256, 512]).await - count(&[128, 256]).await <= 8);
}

#[tokio::test(start_paused = true)]
async fn near_its_deadline_it_puts_latest_back_and_asks_to_be_called_again() {
    let (api, plan) = (FakeLambda::new(), plan(&[128, 256, 512]));
    let mut publication = Publication { unfinished: true, ..Publication::default() };
    let mut calls = 0;
    while publication.unfinished {
        let input = Input { plan: plan.clone(), publication };
        publication = handle(&api, Deadline::after(TIME_FOR_ONE), input).await.unwrap();
        calls += 1;
        assert_eq!(api.state().latest.memory, plan.before.memory);
        assert_eq!(publication.versions.len(), calls);
    }
    assert_eq!((calls, publication.calls, megabytes(&publication)), (3, 3, vec![128, 256, 512]));
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_it_finds_what_it_had_made() {
    let (api, plan) = (FakeLambda::new(), plan(&[128, 512]));
    let first = publish(&api, &plan, Publication::default()).await.unwrap();
    // It was killed before it could say so: the state machine calls it with what it knew before.
    let second = publish(&api, &plan, Publication::default()).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(api.state().versions.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_alias_of_somebody_else_is_left_alone() {
    let (api, plan) = (FakeLambda::new(), plan(&[512]));
    api.state().publish("theirs");
    let theirs = AliasTarget::Version("1".parse().unwrap());
    api.state().add_alias("RAM512", theirs, "theirs");
    publish(&api, &plan, Publication::default()).await.unwrap();
    assert_eq!(api.state().alias_names(), ["RAM512", "RAM512-power-tuning-2"]);
    assert_eq!(api.state().aliases[0].target, theirs);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_the_user_published_is_measured_but_not_marked() {
    let api = FakeLambda::new();
    let theirs = api.state().publish("theirs");
    let plan = Plan {
        before: tuning::plan::FunctionBefore { highest_version: theirs.number, ..plan(&[]).before },
        ..plan(&[1024])
    };
    let publication = publish(&api, &plan, Publication::default()).await.unwrap();
    assert_eq!(publication.versions, [PublishedVersion { power: plan.before.memory, version: theirs.number }]);
    assert_eq!(api.state().versions[0].description, "theirs");
}

#[tokio::test(start_paused = true)]
async fn somebody_s_deployment_stops_it_and_stays() {
    let (api, plan) = (FakeLambda::new(), plan(&[128, 256, 512]));
    let mut published = 0;
    api.before_each_call(move |call, function| {
        published += usize::from(call == "PublishVersion");
        if call == "UpdateFunctionConfiguration" && published == 1 {
            function.deploy();
        }
        None
    });
    let error = publish(&api, &plan, Publication::default()).await.unwrap_err();
    assert_eq!(error.name().as_str(), "FunctionChanged");
    assert!(api.state().latest.fingerprint.0.starts_with("deployed"));
}

#[tokio::test(start_paused = true)]
async fn somebody_s_memory_stops_it_and_stays() {
    let (api, plan) = (FakeLambda::new(), plan(&[128, 256]));
    let theirs = Power::new(333).unwrap();
    api.before_each_call(move |call, function| {
        if call == "PublishVersion" {
            function.set_memory(theirs);
        }
        None
    });
    let error = publish(&api, &plan, Publication::default()).await.unwrap_err();
    assert_eq!(error.name().as_str(), "FunctionChanged");
    assert_eq!(api.state().latest.memory, theirs);
    assert_eq!(api.state().versions, []);
}

#[tokio::test(start_paused = true)]
async fn the_alias_that_the_user_wants_at_the_end_is_not_taken_for_measuring() {
    let api = FakeLambda::new();
    let wanted = AutoOptimize::Alias(AliasName::for_power(Power::MIN));
    let mut plan = plan(&[128]);
    plan.request.auto_optimize = wanted;
    let publication = publish(&api, &plan, Publication::default()).await.unwrap();
    assert_eq!(api.state().alias_names(), ["RAM128-power-tuning-1"]);
    assert!(publication.versions[0].version > VersionNumber::NONE);
}
