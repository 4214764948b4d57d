//! Following a change of a stack to its end.

use std::{
    io::{IsTerminal as _, stderr},
    time::{Duration, Instant},
};

use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;
use indicatif::{ProgressBar, ProgressStyle};

use super::{
    change::ChangeSet,
    events::{self, End, Event},
    found,
};
use crate::{
    account::{Account, Call, code},
    console::Console,
    exit::Exit,
    failure::Failure,
    follow::{Interrupts, polling::Polling},
    terminal::harmless,
};

/// The longest time that a change may take: a stack of power-tuner takes minutes.
const LIMIT: Duration = Duration::from_hours(1);
/// The interval at which the bar moves, although nothing has happened.
const TICK: Duration = Duration::from_millis(120);

/// Executes a change set, and follows it to its end.
pub async fn execute(
    account: &Account,
    change_set: &ChangeSet<'_>,
    doing: &str,
    console: Console,
) -> Result<Exit, Failure> {
    let resources = change_set.changes.len();
    let mut follower = Follower::new(account, &change_set.stack, resources, console).await?;
    change_set.execute().await?;
    follower.until_the_end(doing).await
}

/// A change of a stack that goes on.
pub struct Follower<'a> {
    account: &'a Account,
    /// The ARN: that of a stack that is gone tells still what happened.
    stack: String,
    /// The last event before the change.
    before: Option<String>,
    events: Vec<Event>,
    display: Display,
}

/// Where it is shown.
enum Display {
    /// A line at the bottom of the terminal that changes.
    Bar(ProgressBar),
    /// A line for each resource.
    Lines(Console),
}

impl<'a> Follower<'a> {
    /// To be called before the change begins: what happened until now is none of it. `resources`: how many it concerns.
    pub async fn new(account: &'a Account, stack: &str, resources: usize, console: Console) -> Result<Self, Failure> {
        let display = Display::new(console, resources);
        let mut follower = Self { account, stack: stack.to_owned(), before: None, events: Vec::new(), display };
        follower.before = follower.page(None).await?.0.into_iter().next().map(|event| event.id);
        Ok(follower)
    }

    /// Follows it to its end. An interruption ends the following alone.
    ///
    /// # Errors
    ///
    /// If it ends otherwise than it was to, with the first thing that failed.
    pub async fn until_the_end(&mut self, doing: &str) -> Result<Exit, Failure> {
        let mut interrupts =
            Interrupts::listen().map_err(|error| Failure::other(format!("failed to listen to Ctrl-C: {error}")))?;
        let ended = tokio::select! {
            ended = self.ended() => Some(ended),
            () = interrupts.next() => None,
        };
        self.display.end();
        match ended {
            None => Ok(Exit::Interrupted),
            Some(Ok(End::Well)) => Ok(Exit::Done),
            Some(Ok(End::Badly)) => {
                let cause = events::first_failure(&self.events);
                let cause = cause.unwrap_or_else(|| "AWS gives no reason".to_owned());
                Err(Failure::other(format!("{doing} failed: {cause}")))
            }
            Some(Err(failure)) => {
                Err(failure.hint("AWS goes on; to see how it ends: the events of the stack in the AWS console"))
            }
        }
    }

    async fn ended(&mut self) -> Result<End, Failure> {
        let (start, mut polling) = (Instant::now(), Polling::new());
        loop {
            match self.look().await {
                Ok((Some(end), _)) => return Ok(end),
                Ok((None, is_new)) => polling.answered(is_new),
                Err(failure) if failure.may_pass && polling.has_patience() => polling.unanswered(),
                Err(failure) => return Err(failure),
            }
            if start.elapsed() > LIMIT {
                return Err(Failure::other(format!("the stack still changes after {} s", LIMIT.as_secs())));
            }
            tokio::time::sleep(polling.pause).await;
        }
    }

    /// The end, if it has come, and whether anything has happened.
    async fn look(&mut self) -> Result<(Option<End>, bool), Failure> {
        let news = self.news().await?;
        for event in &news {
            self.display.show(event);
        }
        let end = news.iter().find_map(Event::end);
        let is_new = !news.is_empty();
        self.events.extend(news);
        Ok((end, is_new))
    }

    /// The events since the last time, in the order in which they happened.
    async fn news(&self) -> Result<Vec<Event>, Failure> {
        let known = self.events.last().map(|event| &event.id).or(self.before.as_ref());
        let (mut news, mut token) = (Vec::new(), None);
        loop {
            let (events, next) = self.page(token).await?;
            for event in events {
                if Some(&event.id) == known {
                    news.reverse();
                    return Ok(news);
                }
                news.push(event);
            }
            token = next;
            if token.is_none() {
                news.reverse();
                return Ok(news);
            }
        }
    }

    /// Some events, the newest first, and where to go on.
    async fn page(&self, token: Option<String>) -> Result<(Vec<Event>, Option<String>), Failure> {
        let request = self.account.cloudformation().describe_stack_events().stack_name(&self.stack);
        match request.set_next_token(token).send().await {
            Ok(page) => {
                let events = page.stack_events().iter().map(|event| Event::of(event, &self.stack)).collect();
                Ok((events, page.next_token))
            }
            Err(error) if found::is_absent(code(&error), error.message()) => Ok((Vec::new(), None)),
            Err(error) => {
                let call = Call {
                    to: "look at what happens to the stack",
                    action: "cloudformation:DescribeStackEvents",
                    on: &self.stack,
                };
                Err(call.failed(&error))
            }
        }
    }
}

impl Display {
    fn new(console: Console, resources: usize) -> Self {
        if console == Console::Quiet || !stderr().is_terminal() {
            return Self::Lines(console);
        }
        let bar = ProgressBar::new(u64::try_from(resources).unwrap_or(0));
        let style = ProgressStyle::with_template("{spinner:.cyan} {bar:16.cyan} {pos}/{len}  {wide_msg} {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(TICK);
        Self::Bar(bar)
    }

    fn show(&self, event: &Event) {
        match (self, event.done(), event.failure()) {
            (Self::Lines(console), Some(done), _) => console.say(format_args!("  {done}")),
            (Self::Bar(bar), Some(done), _) => {
                bar.set_message(harmless(&done));
                bar.inc(1);
            }
            (Self::Lines(console), None, Some(failure)) => console.warn(failure),
            (Self::Bar(bar), None, Some(failure)) => bar.println(harmless(&failure)),
            (_, None, None) => {}
        }
    }

    fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
