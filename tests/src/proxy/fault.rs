//! The faults that can be made in a call.

use std::{fmt, time::Duration};

use hyper::StatusCode;

/// A fault in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It is refused, and has no effect.
    Refused(Refusal),
    /// It has no effect, and is answered with this.
    Answered(&'static str),
    /// It takes effect, and the answer is 500.
    ErrorAfter,
    /// The connection breaks before it takes effect.
    DropBefore,
    /// It takes effect, and the connection breaks in place of an answer.
    DropAfter,
    /// Nobody ever answers, and the connection stays.
    Silence {
        /// True if it takes effect first.
        after: bool,
    },
    /// It takes effect, and the answer comes in two halves, a second apart.
    Slow,
    /// It takes effect, and the answer ends in the middle.
    CutOff,
    /// It is late.
    Delay {
        /// By how much.
        time: Duration,
        /// True if it takes effect first.
        after: bool,
    },
    /// It is held until a call of this step and action has been made, or the proxy does not count its run any more.
    Until {
        /// The step.
        step: &'static str,
        /// The action, with its service.
        action: &'static str,
        /// True if it takes effect first.
        after: bool,
    },
    /// It is answered with a list that lacks its newest entry.
    WithoutNewest,
    /// It is answered with the first entry of the list, and where the next page begins.
    OneEntry,
    /// It is held, before it takes effect or after that, until the proxy is told to go on or whoever made it is gone.
    Hold {
        /// True if it takes effect first.
        after: bool,
    },
}

/// The way in which AWS refuses a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// 429.
    Throttled,
    /// 500.
    Internal,
    /// 503.
    Unavailable,
    /// 409: somebody else is changing the same thing.
    Conflict,
    /// 412: it is not any more what the caller saw.
    Stale,
    /// 404.
    Missing,
    /// 403: the credentials have expired.
    Expired,
}

impl Refusal {
    /// The status and the error type, as AWS Lambda names them.
    #[must_use]
    pub fn answer(self) -> (StatusCode, &'static str) {
        match self {
            Self::Throttled => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "ServiceException"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableException"),
            Self::Conflict => (StatusCode::CONFLICT, "ResourceConflictException"),
            Self::Stale => (StatusCode::PRECONDITION_FAILED, "PreconditionFailedException"),
            Self::Expired => (StatusCode::FORBIDDEN, "ExpiredTokenException"),
            Self::Missing => (StatusCode::NOT_FOUND, "ResourceNotFoundException"),
        }
    }
}

impl Fault {
    /// Every fault that AWS itself, or the network, may do to any call.
    pub const ANYWHERE: [Self; 11] = [
        Self::Refused(Refusal::Internal),
        Self::ErrorAfter,
        Self::DropBefore,
        Self::DropAfter,
        Self::Refused(Refusal::Throttled),
        Self::Refused(Refusal::Unavailable),
        Self::Refused(Refusal::Expired),
        Self::CutOff,
        Self::Silence { after: false },
        Self::Slow,
        Self::Silence { after: true },
    ];

    /// Every fault that this action can have.
    #[must_use]
    pub fn all_of(action: &str) -> Vec<Self> {
        let conflict = Self::Refused(Refusal::Conflict);
        let stale = Self::Refused(Refusal::Stale);
        let own: &[Self] = match action.strip_prefix("lambda:").unwrap_or_default() {
            // What takes a RevisionId.
            "UpdateFunctionConfiguration" | "PublishVersion" | "UpdateAlias" => &[conflict, stale],
            "CreateAlias" | "DeleteAlias" | "DeleteFunction" | "InvokeFunction" => &[conflict],
            // Reads may be behind.
            "GetAlias" | "GetFunction" => &[Self::Refused(Refusal::Missing)],
            "ListVersionsByFunction" | "ListAliases" => &[Self::WithoutNewest, Self::OneEntry],
            _ => &[],
        };
        Self::ANYWHERE.iter().chain(own).copied().collect()
    }

    /// True if the call takes effect.
    #[must_use]
    pub fn takes_effect(self) -> bool {
        match self {
            Self::ErrorAfter
            | Self::DropAfter
            | Self::Slow
            | Self::CutOff
            | Self::Delay { .. }
            | Self::Until { .. }
            | Self::WithoutNewest
            | Self::OneEntry => true,
            Self::Hold { after } | Self::Silence { after } => after,
            Self::Refused(_) | Self::Answered(_) | Self::DropBefore => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "{}", refusal.answer().0.as_u16()),
            Self::Answered(body) => write!(f, "answered with {body}"),
            Self::ErrorAfter => f.write_str("500 after effect"),
            Self::DropBefore => f.write_str("connection dropped"),
            Self::DropAfter => f.write_str("connection dropped after effect"),
            Self::Silence { after } => write!(f, "no answer{}", suffix(*after)),
            Self::Slow => f.write_str("a slow answer"),
            Self::CutOff => f.write_str("an answer that breaks off"),
            Self::OneEntry => f.write_str("pages of one entry"),
            Self::Delay { time, after } => write!(f, "{} ms late{}", time.as_millis(), suffix(*after)),
            Self::Until { step, action, after } => write!(f, "held until {action} of {step}{}", suffix(*after)),
            Self::WithoutNewest => f.write_str("without the newest"),
            Self::Hold { after } => write!(f, "held{}", suffix(*after)),
        }
    }
}

fn suffix(after: bool) -> &'static str {
    if after { " after effect" } else { "" }
}
