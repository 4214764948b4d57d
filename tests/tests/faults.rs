//! The whole machine while AWS fails it: a fault at each call of a run, one at a time; faults by chance at all of them;
//! and steps that are killed in the middle of a call.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::{BTreeMap, VecDeque},
    env,
    sync::{Arc, Mutex},
};

use end_to_end::{
    process,
    proxy::{
        call::THE_ACCOUNT,
        fault::{Fault, Refusal},
        record::Seen,
        schedule::{Chances, Moment, Quota, Schedule},
    },
    rig::{Rig, Scenario},
    stats,
    sweep::{Survived, Sweep, Verdict, say},
    warnings,
};
use futures_util::future::join_all;
use serde_json::json;

/// The number of runs that go on at the same time.
const WORKERS: usize = 6;
/// The same in the sweep, which has as many runs whatever this is: most of the time, they wait.
const SWEEPERS: usize = 12;
/// `all`, or a number from which the share of the faults is drawn that is injected.
const CHOICE: &str = "POWER_TUNER_FAULTS";

/// So many faults are injected at least, one before and one after each call took effect: fewer, and calls are not swept
/// any more.
const LEAST_FAULTS: usize = 230;

/// A run with a fault.
struct Case {
    scenario: Scenario,
    moment: Moment,
    fault: Fault,
}

#[tokio::test]
async fn a_fault_at_any_single_call_is_survived_or_fails_the_run_cleanly() {
    let rig = Rig::build("sweep").await;
    let mut cases = VecDeque::new();
    let calm = Scenario::ALL.into_iter().zip(0..).map(|(scenario, worker)| rig.run(worker, scenario, Schedule::Calm));
    for (scenario, calm) in Scenario::ALL.into_iter().zip(join_all(calm).await) {
        assert_eq!(calm.problems, Vec::<String>::new(), "{scenario:?} without any fault");
        let swept = calls(scenario, &calm.seen);
        cases.extend(swept.into_iter().enumerate().flat_map(|(index, seen)| cases_at(scenario, index, seen)));
    }
    let (cases, sweep) = (Mutex::new(cases), Mutex::new(Sweep::default()));
    join_all((0..SWEEPERS).map(|worker| work(&rig, worker, &cases, &sweep))).await;
    let sweep = sweep.into_inner().unwrap();
    sweep.publish("faults.md").unwrap();
    rig.delete().await;
    let lost = sweep.lost();
    assert!(lost.is_empty(), "{} runs were lost:\n{}", lost.len(), lost.join("\n"));
    let missing: Vec<_> = Fault::ANYWHERE.into_iter().filter(|fault| !sweep.faults().contains(fault)).collect();
    assert!(missing.is_empty(), "these were never injected: {missing:?}");
    assert!(sweep.injected() >= LEAST_FAULTS, "only {} faults were injected", sweep.injected());
}

/// The calls of a run that are swept. Beside the plain run, a look at the function that only repeats the one before is
/// swept if all is.
fn calls(scenario: Scenario, seen: &[Seen]) -> Vec<&Seen> {
    let repeats = |index: usize| {
        let before = index.checked_sub(1).map(|index| &seen[index].call);
        seen[index].call.action == "lambda:GetFunction" && before == Some(&seen[index].call)
    };
    let is_spared = |index| scenario != Scenario::Plain && !is_all() && repeats(index);
    seen.iter()
        .enumerate()
        .filter(|(index, seen)| scenario.is_swept(seen) && !is_spared(*index))
        .map(|(_, seen)| seen)
        .collect()
}

fn is_all() -> bool {
    env::var(CHOICE).is_ok_and(|choice| choice == "all")
}

/// The faults that are injected into one call: all that it can have, or one before and one after it takes effect.
fn cases_at(scenario: Scenario, index: usize, seen: &Seen) -> Vec<Case> {
    let (after, before): (Vec<Fault>, Vec<Fault>) =
        Fault::all_of(&seen.call.action).into_iter().partition(|fault| fault.takes_effect());
    let faults: Vec<Fault> = if is_all() {
        before.into_iter().chain(after).collect()
    } else {
        let turn = index + env::var(CHOICE).ok().and_then(|choice| choice.parse().ok()).unwrap_or(0);
        [before, after].iter().map(|faults| faults[turn % faults.len()]).collect()
    };
    let moment = Moment::once(seen.call.step, &seen.call.action, seen.number);
    faults.into_iter().map(|fault| Case { scenario, moment: moment.clone(), fault }).collect()
}

async fn work(rig: &Rig, worker: usize, cases: &Mutex<VecDeque<Case>>, sweep: &Mutex<Sweep>) {
    loop {
        let Some(case) = cases.lock().unwrap().pop_front() else { return };
        let run = rig.run(worker, case.scenario, Schedule::At(case.moment.clone(), case.fault)).await;
        let injected = run.seen.iter().filter(|seen| seen.fault.is_some()).count();
        // Where a look at an update is repeated until it is done, this run may have needed fewer looks.
        if injected == 0 && run.problems.is_empty() {
            continue;
        }
        let survived = Survived {
            case: format!("{:?}, {}", case.scenario, case.moment),
            action: case.moment.action,
            fault: case.fault,
            injected,
            verdict: run.verdict(),
        };
        if let Verdict::Lost(why) = &survived.verdict {
            println!("lost: {}: {}: {}", survived.case, survived.fault, why.join("; "));
        }
        sweep.lock().unwrap().add(survived);
    }
}

#[tokio::test]
async fn runs_whose_calls_fail_by_chance_end_and_leave_nothing() {
    let rig = Rig::build("chance").await;
    let runs = (0..WORKERS).map(async |worker| {
        let mut ended = Vec::new();
        for (round, scenario) in [Scenario::Plain, Scenario::Latest, Scenario::Alias].into_iter().enumerate() {
            let seed = u64::try_from(worker * 100 + round).unwrap();
            let run = rig.run(worker, scenario, Schedule::Random(Chances::new(seed, |_| 0.1))).await;
            let faults = run.seen.iter().filter(|seen| seen.fault.is_some()).count();
            ended.push((format!("{scenario:?}, seed {seed}, {faults} of {} calls", run.seen.len()), faults, run));
        }
        ended
    });
    let runs: Vec<_> = join_all(runs).await.into_iter().flatten().collect();
    rig.delete().await;
    let faults: usize = runs.iter().map(|(_, faults, _)| faults).sum();
    let mut lost = Vec::new();
    let mut ended = BTreeMap::<&str, usize>::new();
    for (case, _, run) in &runs {
        let name = match run.verdict() {
            Verdict::Right => "ended as without a fault",
            Verdict::FailedCleanly => "failed cleanly",
            Verdict::Lost(why) => {
                lost.push(format!("{case}: {}", why.join("; ")));
                "lost"
            }
        };
        *ended.entry(name).or_default() += 1;
    }
    say(&format!("{} runs with {faults} faults by chance: {ended:?}", runs.len())).unwrap();
    assert!(faults > 20, "{faults}");
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[tokio::test]
async fn as_on_aws_runs_that_share_fifteen_calls_a_second_take_longer_and_lose_nothing() {
    let rig = Rig::build("paced").await;
    let quota = Quota::of(15);
    let runs = (0..WORKERS).map(async |worker| {
        let mut ended = Vec::new();
        for scenario in [Scenario::Plain, Scenario::Latest, Scenario::Alias] {
            let run = rig.run(worker, scenario, Schedule::Paced(Arc::clone(&quota))).await;
            let refused = run.seen.iter().filter(|seen| seen.fault.is_some()).count();
            ended.push((format!("{scenario:?} of worker {worker}"), refused, run.verdict()));
        }
        ended
    });
    let runs: Vec<_> = join_all(runs).await.into_iter().flatten().collect();
    rig.delete().await;
    let refused: usize = runs.iter().map(|(_, refused, _)| refused).sum();
    let wrong: Vec<_> = runs.iter().filter(|(_, _, verdict)| *verdict != Verdict::Right).collect();
    say(&format!("{} runs, {refused} calls refused, {} did not end right", runs.len(), wrong.len())).unwrap();
    assert!(refused > 100, "{refused}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn as_on_aws_all_sizes_fit_an_account_that_runs_ten_functions_at_a_time() {
    let rig = Rig::build("small").await;
    let function = rig.aws.function("faults-small").await;
    let fields = json!({"powerValues": "ALL", "payload": {"ioMs": 20}, "includeOutputResults": true});
    let run = rig.proxy.begin(&[&function.name, THE_ACCOUNT], Schedule::SmallAccount);
    let ended = rig.aws.wait(&rig.aws.start(&rig.machine.arn, &function.input(&fields)).await).await;
    let seen = rig.proxy.end(run);
    function.delete().await;
    rig.delete().await;
    assert!(ended.succeeded, "{} {}", ended.error, ended.cause);
    let warnings = warnings(&ended);
    assert!(warnings.contains("unreserved concurrency is 10") && !warnings.contains("lambdaCost"), "{warnings}");
    let refused = seen.iter().filter(|seen| seen.fault == Some(Fault::Refused(Refusal::Throttled))).count();
    assert_eq!(refused, 0, "there was no room for {refused} of {} calls; {warnings}", seen.len());
    let rows = stats(&ended);
    assert_eq!(rows.len(), 46);
    assert!(rows.iter().all(|row| row["spent"]["invocations"] == 5 && row["samples"] == 5), "{rows:?}");
}

#[tokio::test]
async fn a_step_that_is_killed_in_the_middle_of_a_call_is_made_again_and_nothing_is_left() {
    let rig = Rig::build("killed").await;
    let mut lost = Vec::new();
    let mut killed = 0;
    for (scenario, step, action, number, after) in [
        (Scenario::Latest, "Initializer", "lambda:CreateAlias", 0, true),
        (Scenario::Latest, "Publisher", "lambda:UpdateFunctionConfiguration", 0, true),
        (Scenario::Latest, "Publisher", "lambda:PublishVersion", 1, true),
        (Scenario::Latest, "Publisher", "lambda:CreateAlias", 0, false),
        (Scenario::Latest, "Executor", "lambda:InvokeFunction", 3, false),
        (Scenario::Latest, "Executor", "lambda:InvokeFunction", 4, true),
        (Scenario::Latest, "Optimizer", "lambda:UpdateFunctionConfiguration", 0, true),
        (Scenario::Latest, "Optimizer", "lambda:UpdateAlias", 0, false),
        (Scenario::Latest, "Cleaner", "lambda:DeleteAlias", 0, true),
        (Scenario::Latest, "Cleaner", "lambda:DeleteFunction", 1, false),
        (Scenario::Alias, "Optimizer", "lambda:PublishVersion", 0, true),
        (Scenario::Alias, "Optimizer", "lambda:CreateAlias", 0, true),
        (Scenario::MovedAlias, "Optimizer", "lambda:UpdateAlias", 0, true),
        (Scenario::Failing, "Cleaner", "lambda:DeleteFunction", 0, true),
    ] {
        let moment = Moment::once(step, action, number);
        let case = format!("{scenario:?}, {moment}, {}", if after { "after effect" } else { "before" });
        let kill = async {
            process::kill_owner(rig.proxy.held().await);
            rig.proxy.release();
        };
        let schedule = Schedule::At(moment, Fault::Hold { after });
        let (run, ()) = tokio::join!(rig.run(0, scenario, schedule), kill);
        killed += 1;
        println!("killed: {case}: {:?}", run.verdict());
        if let Verdict::Lost(why) = run.verdict() {
            lost.push(format!("{case}: {}", why.join("; ")));
        }
    }
    say(&format!("{killed} steps were killed in the middle of a call, {} runs were lost", lost.len())).unwrap();
    rig.delete().await;
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[tokio::test]
async fn a_call_that_is_refused_whenever_it_is_made_fails_the_run_cleanly() {
    let rig = Rig::build("never").await;
    let cases = [
        (Scenario::Plain, "Initializer", "lambda:CreateAlias", 0, Refusal::Conflict),
        (Scenario::Plain, "Publisher", "lambda:UpdateFunctionConfiguration", 1, Refusal::Stale),
        (Scenario::Plain, "Publisher", "lambda:PublishVersion", 0, Refusal::Conflict),
        (Scenario::Plain, "Publisher", "lambda:PublishVersion", 1, Refusal::Stale),
        (Scenario::Plain, "Publisher", "lambda:CreateAlias", 1, Refusal::Conflict),
        (Scenario::Latest, "Optimizer", "lambda:UpdateFunctionConfiguration", 0, Refusal::Stale),
        (Scenario::Latest, "Optimizer", "lambda:UpdateAlias", 0, Refusal::Stale),
        (Scenario::Alias, "Optimizer", "lambda:PublishVersion", 0, Refusal::Stale),
        // The version for the alias has been published, and nobody but the Optimizer knows that it is not the user's.
        (Scenario::Alias, "Optimizer", "lambda:UpdateFunctionConfiguration", 1, Refusal::Stale),
        (Scenario::Alias, "Optimizer", "lambda:CreateAlias", 0, Refusal::Conflict),
        (Scenario::MovedAlias, "Optimizer", "lambda:UpdateAlias", 0, Refusal::Stale),
    ];
    let mut lost = Vec::new();
    for some in cases.chunks(WORKERS) {
        let runs = some.iter().zip(0..).map(|(&(scenario, step, action, first, refusal), worker)| {
            let moment = Moment { first, ..Moment::always(step, action) };
            rig.run(worker, scenario, Schedule::At(moment, Fault::Refused(refusal)))
        });
        for (case, run) in some.iter().zip(join_all(runs).await) {
            if run.verdict() != Verdict::FailedCleanly {
                lost.push(format!("{case:?}: {:?}", run.verdict()));
            }
        }
    }
    rig.delete().await;
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}
