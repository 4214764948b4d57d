//! Nothing is lost, whatever happens at the same time.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::thread;

use simulation::{
    Simulation,
    found::{self, Found},
};

/// As many as two minutes allow on two cores, without optimisation.
const SCHEDULES: u64 = 3_000;

#[test]
fn simulated_schedules_lose_nothing() {
    let workers = thread::available_parallelism().map_or(1, usize::from) as u64;
    let play = |worker: u64| {
        let simulation = Simulation::new().unwrap();
        let mut sum = simulation::Report::default();
        for seed in (worker..SCHEDULES).step_by(usize::try_from(workers).unwrap()) {
            let (report, smallest) = simulation.try_seed(seed).unwrap();
            let shown = smallest.map(|schedule| serde_json::to_string(&schedule).unwrap());
            assert!(report.wrong.is_empty(), "seed {seed}: {:#?}\n{shown:?}", report.wrong);
            sum.succeeded += report.succeeded;
            sum.failed += report.failed;
            sum.stopped += report.stopped;
            sum.faults += report.faults;
        }
        sum
    };
    let sums: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|worker| scope.spawn(move || play(worker))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    // They are worth something: runs end in every way, and faults meet calls.
    let total = |count: fn(&simulation::Report) -> u32| u64::from(sums.iter().map(count).sum::<u32>());
    assert!(total(|sum| sum.succeeded) > SCHEDULES / 2);
    assert!(total(|sum| sum.failed) > SCHEDULES / 5 && total(|sum| sum.stopped) > SCHEDULES / 5);
    assert!(total(|sum| sum.faults) > SCHEDULES / 2);
}

#[test]
fn simulated_schedules_that_went_wrong_once_do_not_any_more() {
    let simulation = Simulation::new().unwrap();
    for Found { what, schedule } in found::all().unwrap() {
        let report = simulation.play(&schedule).unwrap();
        assert!(report.wrong.is_empty(), "{what}: {:#?}\n{:#?}", report.wrong, report.log);
    }
}

#[test]
fn simulated_schedules_replay_exactly() {
    let simulation = Simulation::new().unwrap();
    for Found { what, schedule } in found::all().unwrap() {
        let [first, second] = [(); 2].map(|()| simulation.play(&schedule).unwrap());
        assert_eq!(first, second, "{what}");
    }
}
