//! `power-tuner fleet`: tunes many functions by the stack of fleets.

mod document;
pub mod found;
mod report;
mod start;
mod watch;

use crate::{account::Place, arguments::Fleet, exit::Exit, failure::Failure};

/// Does what the arguments say.
pub async fn run(place: &Place, arguments: &Fleet) -> Result<Exit, Failure> {
    match arguments {
        Fleet::Start(arguments) => Box::pin(start::run(place, arguments)).await,
        Fleet::Watch(arguments) => Box::pin(watch::run(place, arguments)).await,
        Fleet::Report(arguments) => Box::pin(report::run(place, arguments)).await,
    }
}
