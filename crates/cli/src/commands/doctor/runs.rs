//! Leftovers of runs that were interrupted: functions that still carry their lock.

use tuning::units::counted::counted;

use super::check::Check;
use crate::{account::Account, left_locked};

const CHECK: &str = "interrupted runs";

/// A check for each function that a run has left locked, or one that says that there is none.
pub async fn left_over(account: &Account, state_machine: &str) -> Vec<Check> {
    let left = match left_locked::find(account, state_machine).await {
        Ok(left) => left,
        Err(failure) => return vec![Check::unknown(CHECK, &failure)],
    };
    if left.functions.is_empty() {
        let looked_at = counted(left.looked_at, "function");
        return vec![Check::ok(CHECK, format!("none of the latest runs has left anything ({looked_at})"))];
    }
    let check = |function: &String| {
        Check::attention(
            CHECK,
            format!("a run that is over has left its lock on {function}"),
            format!("power-tuner clean {function}; the next run on it would put it right, too"),
        )
    };
    left.functions.iter().map(check).collect()
}
