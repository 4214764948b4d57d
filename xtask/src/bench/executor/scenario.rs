//! What is measured.

use std::time::Duration;

use hyper::body::Bytes;
use tuning::payload::LARGEST_BODY;

use super::invoke_api::Answers;

/// One line of the table.
pub struct Scenario {
    pub name: String,
    /// Invocations at a time.
    pub lanes: u32,
    /// Invocations of each lane.
    pub each: u32,
    pub pre_processor: bool,
    pub post_processor: bool,
    pub answers: Answers,
}

impl Scenario {
    fn new(name: impl Into<String>, lanes: u32, each: u32, answers: Answers) -> Self {
        Self { name: name.into(), lanes, each, pre_processor: false, post_processor: false, answers }
    }

    /// What the function and the processors take for one invocation.
    pub fn service_time(&self) -> Duration {
        self.answers.service * (1 + u32::from(self.pre_processor) + u32::from(self.post_processor))
    }
}

/// A function that does nothing, in 1 to 500 lanes.
pub fn overhead(service: Duration) -> Vec<Scenario> {
    let of = |(lanes, each): (u32, u32)| {
        let answers = Answers { service, function: Bytes::from_static(b"null"), ..Answers::default() };
        Scenario::new(format!("no-op, {lanes} lane{}", if lanes == 1 { "" } else { "s" }), lanes, each, answers)
    };
    [(1, 200), (10, 100), (100, 50), (500, 20)].map(of).into()
}

/// Everything that may be as large as Lambda allows, as large as that, in 500 lanes.
pub fn large(service: Duration) -> Vec<Scenario> {
    let large = text(LARGEST_BODY);
    let small = || Bytes::from_static(b"null");
    let answers = |function: &Bytes, processors: &Bytes| Answers {
        service,
        function: function.clone(),
        processors: processors.clone(),
        ..Answers::default()
    };
    let of = |name: &str, answers: Answers| Scenario::new(format!("{name}, 500 lanes"), 500, 3, answers);
    vec![
        of("6 MB returned", answers(&large, &small())),
        of("6 MB of error text", Answers { is_error: true, function: error(), ..answers(&small(), &small()) }),
        of("6 MB of payload", Answers { object: large.clone(), ..answers(&small(), &small()) }),
        Scenario { pre_processor: true, ..of("6 MB from the pre-processor", answers(&small(), &large)) },
        Scenario { post_processor: true, ..of("6 MB for the post-processor", answers(&large, &small())) },
        Scenario {
            pre_processor: true,
            post_processor: true,
            ..of("6 MB for and from both processors", answers(&large, &large))
        },
    ]
}

/// A JSON text of so many bytes.
fn text(bytes: usize) -> Bytes {
    format!("\"{}\"", "x".repeat(bytes - 2)).into()
}

/// An error of the function, of the size of the largest response.
fn error() -> Bytes {
    let fixed = "{\"errorType\":\"Large\",\"errorMessage\":\"\"}".len();
    format!("{{\"errorType\":\"Large\",\"errorMessage\":\"{}\"}}", "x".repeat(LARGEST_BODY - fixed)).into()
}
