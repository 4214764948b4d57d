//! Ceilings of what a run takes that need no clock: states of the state machine, and calls of AWS Lambda.

use end_to_end::{
    Aws, STEPS,
    economy::{function, kinds, run_behind},
    endpoint,
    proxy::Proxy,
};

/// Calls of AWS Lambda beside invocations, for each version that is published: an update, the version, an alias, and
/// the deletion of both; and those that a run makes once.
const MOST_CALLS_PER_VERSION: f64 = 7.0;
/// States that a run enters beside one for each memory size: Initializer, Publisher and the choice after it, Map,
/// Analyzer and the choice after it, Cleaner.
const STATES_OF_A_RUN: usize = 7;

#[tokio::test]
async fn a_run_enters_one_state_for_each_memory_size_and_makes_at_most_seven_calls_for_each() {
    let aws = Aws::connect().await;
    let proxy = Proxy::start(&endpoint(), &STEPS.map(|(step, _)| step)).await;
    let machine = aws.machine_behind("economy", &proxy).await;
    for (name, values) in [("6 values x 10, serial", 6), ("ALL (46 values) x 10", 46)] {
        let kind = kinds().into_iter().find(|kind| kind.name == name).unwrap();
        let function = function(&aws, &kind).await;
        let taken = run_behind(&proxy, &machine, &aws, &function, &kind).await;
        assert_eq!(taken.published, values);
        assert!(taken.calls_per_version() <= MOST_CALLS_PER_VERSION, "{name}: {:?}", taken.calls);
        let states = (STATES_OF_A_RUN + values) as f64;
        assert!((taken.states - states).abs() < 1e-6, "{name}: {} states", taken.states);
        function.delete().await;
    }
    machine.delete().await;
}
