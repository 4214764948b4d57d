//! Shows how far a run is: a bar on a terminal, plain lines elsewhere.

use std::{
    io::{IsTerminal, stderr},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use super::{
    messages,
    progress::{News, Progress},
};
use crate::{
    console::{Console, FAINT, GOOD, WARNING},
    terminal::harmless,
};

/// The interval at which the bar moves, although nothing has happened.
const TICK: Duration = Duration::from_millis(120);

/// Where news are shown.
pub enum Display {
    /// A line at the bottom of the terminal that changes, and lines above it that stay.
    Bar(ProgressBar),
    /// A line for each.
    Lines(Console),
}

impl Display {
    /// The display that suits standard error.
    pub fn new(console: Console) -> Self {
        if console == Console::Quiet || !stderr().is_terminal() {
            return Self::Lines(console);
        }
        let bar = ProgressBar::new(0);
        bar.set_style(style(""));
        bar.enable_steady_tick(TICK);
        Self::Bar(bar)
    }

    /// Shows what is new.
    pub fn show(&self, news: &News, progress: &Progress) {
        let line = match news {
            News::Step(_) => messages::line(news),
            News::Measured(_) => format!("{GOOD}•{GOOD:#} {}", messages::line(news)),
            News::Published { .. } | News::Sampled { .. } => format!("{FAINT}{}{FAINT:#}", messages::line(news)),
            News::Trouble(_) => format!("{WARNING}{}{WARNING:#}", messages::line(news)),
        };
        let so_far = progress.cost().filter(|cost| cost.0 > 0.0);
        let so_far = so_far.map(|cost| format!("about {:.6} {}", cost.0, progress.currency()));
        match self {
            Self::Lines(console) => {
                let cost = so_far.filter(|_| matches!(news, News::Measured(_)));
                let cost = cost.map(|cost| format!("{FAINT}, {cost} so far{FAINT:#}")).unwrap_or_default();
                console.say(format_args!("  {line}{cost}"));
            }
            Self::Bar(bar) => {
                match news {
                    News::Step(step) => bar.set_message(messages::brief(*step)),
                    News::Published { .. } | News::Sampled { .. } => bar.set_message(harmless(&messages::line(news))),
                    News::Measured(_) | News::Trouble(_) => bar.println(harmless(&format!("  {line}"))),
                }
                let (taken, of) = progress.samples();
                bar.set_style(style(middle(taken, of)));
                bar.set_length(of);
                bar.set_position(taken);
                bar.set_prefix(so_far.unwrap_or_default());
            }
        }
    }

    /// Stops showing while something is asked.
    pub fn pause(&self) {
        if let Self::Bar(bar) = self {
            bar.disable_steady_tick();
            bar.finish_and_clear();
        }
    }

    /// Goes on after a pause.
    pub fn resume(&mut self) {
        if let Self::Bar(bar) = self {
            let (position, length, message) = (bar.position(), bar.length(), bar.message());
            let next = ProgressBar::new(length.unwrap_or(0)).with_message(message).with_position(position);
            next.set_style(style(""));
            next.enable_steady_tick(TICK);
            *bar = next;
        }
    }

    /// Takes away what changes.
    pub fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// The time left is of this round: whether a search needs another one is not known before its end.
fn middle(taken: u64, of: u64) -> &'static str {
    match (taken, of) {
        (_, 0) => "",
        (0, _) => "{bar:16.cyan} {pos}/{len}  ",
        (taken, of) if taken < of => "{bar:16.cyan} {pos}/{len}, {eta} left  ",
        (_, _) => "{bar:16.cyan} {pos}/{len}  ",
    }
}

fn style(middle: &str) -> ProgressStyle {
    let template = format!("{{spinner:.cyan}} {middle}{{wide_msg}} {{prefix:.dim}} {{elapsed}}");
    ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
