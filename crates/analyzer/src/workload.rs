//! What the output says of the kind of work that the function does.

use tuning::{
    comparison::{Compared, duration_ratio},
    measurement::Measurement,
    outcome::{Pattern, Workload},
    power::Power,
};

/// What is less probable is not stated.
const SURE_ENOUGH: f64 = 0.7;
/// From so many MB on a function has more than one virtual CPU.
const ONE_CORE_MB: u32 = 1769;

/// What kind of work the function does, in a sentence.
pub(crate) fn sentence(workload: Option<Workload>, measurements: &[Measurement]) -> Option<String> {
    let Workload { pattern, cores, probability, memory_starved } = workload?;
    if probability < SURE_ENOUGH {
        return Some("Too few power values were measured to say what kind of work the function does.".to_owned());
    }
    let sure = format!("({:.0} % sure)", probability * 100.0);
    let kind = match (pattern, cores) {
        (Pattern::NoOp, _) => "does hardly any work: memory changes its duration little".to_owned(),
        (Pattern::CpuBound, Some(1) | None) => {
            if let Some((faster, slower)) = faster_beyond_one_core(measurements) {
                return Some(format!(
                    "The function is bound by CPU {sure}. It may use more than one core: {faster} is measurably \
                     faster than {slower}."
                ));
            }
            "is bound by CPU and uses one core: above 1,769 MB it gets no faster".to_owned()
        }
        (Pattern::CpuBound, Some(cores)) => format!("is bound by CPU and uses about {cores} cores"),
        (Pattern::IoBound, _) => "mostly waits for others: more memory makes it hardly faster".to_owned(),
        (Pattern::Mixed, _) => "partly computes and partly waits".to_owned(),
    };
    let starved = memory_starved.map(|starved| format!(" It lacks memory up to {}.", starved.up_to));
    Some(format!("The function {kind} {sure}.{}", starved.unwrap_or_default()))
}

/// A power value with more than one core, and a smaller one, not below the last with one core, than which it is faster.
fn faster_beyond_one_core(measurements: &[Measurement]) -> Option<(Power, Power)> {
    let rows: Vec<Compared<'_>> = measurements.iter().filter_map(Compared::of).collect();
    let last_with_one_core = rows.iter().map(|row| row.power.megabytes()).filter(|mb| *mb <= ONE_CORE_MB).max();
    let from = last_with_one_core.unwrap_or(ONE_CORE_MB);
    let is_faster = |larger: Compared<'_>, smaller: Compared<'_>| {
        duration_ratio(larger, smaller).is_some_and(|ratio| ratio.distinguishable && ratio.ratio < 1.0)
    };
    let smaller = rows.iter().filter(|row| row.power.megabytes() >= from);
    smaller
        .flat_map(|smaller| rows.iter().map(move |larger| (*larger, *smaller)))
        .find(|&(larger, smaller)| {
            larger.power > smaller.power && larger.power.megabytes() > ONE_CORE_MB && is_faster(larger, smaller)
        })
        .map(|(larger, smaller)| (larger.power, smaller.power))
}
