//! Doubts: something that one answer of AWS lacks is a doubt, not a fact, because reads may be stale.

use std::time::Duration;

use tokio::time::sleep;

use crate::error::ControlError;

/// The number of times that something is looked for that is not there.
const LOOKS: u32 = 3;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// Looks until something is there; `None` when several looks say that it is not.
pub async fn look_again<T>(
    mut look: impl AsyncFnMut() -> Result<Option<T>, ControlError>,
) -> Result<Option<T>, ControlError> {
    for number in 0..LOOKS {
        if number > 0 {
            sleep(PAUSE).await;
        }
        if let Some(found) = look().await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Everything that one of several lists has.
pub async fn list_again<T: PartialEq>(
    mut list: impl AsyncFnMut() -> Result<Vec<T>, ControlError>,
) -> Result<Vec<T>, ControlError> {
    let mut all = list().await?;
    for _ in 1..LOOKS {
        sleep(PAUSE).await;
        for listed in list().await? {
            if !all.contains(&listed) {
                all.push(listed);
            }
        }
    }
    Ok(all)
}
