//! The parts that are kept of the answer to an invocation.
//!
//! The SDK collects every response and copies it. Most responses are of no use to anybody: what is not wanted is not
//! kept at all, and the rest once, as far as there is room.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_lambda::{
    config::{
        ConfigBag, Intercept, RuntimeComponents, http::HttpRequest,
        interceptors::BeforeDeserializationInterceptorContextMut,
    },
    error::BoxError,
    primitives::SdkBody,
};
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::time::timeout;
use tuning::{measure::rejection::LONGEST_REJECTION, run::payload::LARGEST_BODY, units::milliseconds::Milliseconds};

use super::{RawResponse, https::Took};
use crate::{
    api::Wanted,
    body::{Body, Memory},
};

/// Says that the function ended with an error, which is then the body.
const FUNCTION_ERROR: &str = "x-amz-function-error";

/// The longest time that nothing may come of a body that has begun to come.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);

/// Memory for what functions return that a post-processor is to get.
pub(super) static RESPONSES: Memory = Memory::for_largest(12);
/// Memory for what pre-processors return: the payloads of invocations that are under way.
///
/// Who waits for other room may hold some of this. Nobody waits for this who holds other room, so that all get ahead.
pub(super) static PAYLOADS: Memory = Memory::for_largest(12);
/// Memory for errors and rejections, which are only read through. Nobody waits for anything who holds it.
static READ_THROUGH: Memory = Memory::for_largest(2);

/// Reads the body of one answer in place of the SDK, which gets to see an empty one.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) wanted: Wanted,
    memory: &'static Memory,
    kept: Arc<Mutex<Kept>>,
}

/// The parts of an answer that are kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    /// See [`crate::api::Invocation::took`].
    pub(super) took: Milliseconds,
    /// If it is wanted, may be a rejection, or says what error there was.
    pub(super) body: Body,
}

impl Answer {
    pub(super) fn new(wanted: Wanted, memory: &'static Memory) -> Self {
        Self { wanted, memory, kept: Arc::default() }
    }

    pub(super) fn take(&self) -> Kept {
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Where what is read is to be kept, if it is.
    fn memory(&self, response: &RawResponse) -> Option<&'static Memory> {
        let is_error = response.headers().get(FUNCTION_ERROR).is_some();
        match self.wanted {
            Wanted::Response => Some(self.memory),
            Wanted::Rejection if is_error || length(response) <= LONGEST_REJECTION => Some(&READ_THROUGH),
            Wanted::Rejection => None,
        }
    }
}

impl Intercept for Answer {
    fn name(&self) -> &'static str {
        "Answer"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        // What is wrong with a request is for the SDK to read.
        if response.status().is_success() {
            let (memory, length) = (self.memory(response), length(response));
            let took = response.extension::<Took>().map_or(Milliseconds(0.0), |took| took.0);
            let (body, kept) = (response.body_mut(), Arc::clone(&self.kept));
            let unread = std::mem::replace(body, SdkBody::taken());
            let read = async move {
                let body = read(unread, length, memory).await?;
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = Kept { took, body };
                Ok::<_, BoxError>(Frame::data(Bytes::new()))
            };
            *body = SdkBody::from_body_1_x(StreamBody::new(stream::once(read)));
        }
        Ok(())
    }
}

/// The length of a body; the most that it can be, if AWS does not say.
fn length(response: &RawResponse) -> usize {
    let length = response.headers().get("content-length").and_then(|length| length.parse().ok());
    length.unwrap_or(LARGEST_BODY)
}

/// Reads a body to its end, and keeps it if there is room to be had for it.
async fn read(mut body: SdkBody, length: usize, memory: Option<&'static Memory>) -> Result<Body, BoxError> {
    let Some(memory) = memory else {
        while next(&mut body).await?.is_some() {}
        return Ok(Body::default());
    };
    let reserved = memory.take(length).await;
    let mut bytes = BytesMut::with_capacity(length.min(LARGEST_BODY));
    while let Some(frame) = next(&mut body).await? {
        if let Ok(data) = frame.into_data() {
            bytes.extend_from_slice(&data);
        }
    }
    Ok(reserved.hold(bytes.freeze()))
}

async fn next(body: &mut SdkBody) -> Result<Option<Frame<Bytes>>, BoxError> {
    timeout(LONGEST_SILENCE, body.frame()).await?.transpose()
}

/// Gives a request its body. The SDK would take a copy of its own for each.
pub(super) fn attach(request: &mut HttpRequest, body: &Bytes) {
    *request.body_mut() = SdkBody::from(body.clone());
    request.headers_mut().insert("content-length", body.len().to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    static MEMORY: Memory = Memory::for_largest(2);

    /// A response of two frames, with these headers.
    fn response(headers: &[(&'static str, &'static str)]) -> RawResponse {
        let frames = [&b"{\"errorType\""[..], b":\"E\"}"].map(|part| Ok::<_, BoxError>(Frame::data(Bytes::from(part))));
        let body = SdkBody::from_body_1_x(StreamBody::new(stream::iter(frames)));
        let mut response = RawResponse::new(200.try_into().unwrap(), body);
        for (name, value) in headers {
            response.headers_mut().insert(*name, *value);
        }
        response
    }

    async fn kept(wanted: Wanted, headers: &[(&'static str, &'static str)]) -> Body {
        let (answer, mut response) = (Answer::new(wanted, &MEMORY), response(headers));
        let (memory, length) = (answer.memory(&response), length(&response));
        read(std::mem::replace(response.body_mut(), SdkBody::empty()), length, memory).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_not_wanted_is_read_and_not_kept_unless_it_is_an_error_or_may_be_a_rejection() {
        const WHOLE: &[u8] = b"{\"errorType\":\"E\"}";
        assert_eq!(kept(Wanted::Rejection, &[("content-length", "4097")]).await.as_ref(), b"");
        assert_eq!(kept(Wanted::Rejection, &[]).await.as_ref(), b"");
        assert_eq!(kept(Wanted::Rejection, &[("content-length", "17")]).await.as_ref(), WHOLE);
        assert_eq!(kept(Wanted::Rejection, &[(FUNCTION_ERROR, "Unhandled")]).await.as_ref(), WHOLE);
        assert_eq!(kept(Wanted::Response, &[("content-length", "17")]).await.as_ref(), WHOLE);
        // A length that is missing or wrong does no harm.
        for headers in [&[][..], &[("content-length", "x")], &[("content-length", "1")]] {
            assert_eq!(kept(Wanted::Response, headers).await.as_ref(), WHOLE);
        }
    }

    #[tokio::test]
    async fn a_response_that_breaks_off_is_an_error_and_not_a_shorter_response() {
        for memory in [None, Some(&MEMORY)] {
            let frames = [Ok(Frame::data(Bytes::from_static(b"{"))), Err(BoxError::from("connection reset"))];
            let body = SdkBody::from_body_1_x(StreamBody::new(stream::iter(frames)));
            assert!(read(body, 2, memory).await.is_err());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_response_that_stops_for_half_a_minute_is_an_error() {
        let frames = stream::once(async { Ok::<_, BoxError>(Frame::data(Bytes::from_static(b"{"))) });
        let body = SdkBody::from_body_1_x(StreamBody::new(futures_util::StreamExt::chain(frames, stream::pending())));
        let begin = tokio::time::Instant::now();
        assert!(read(body, 2, Some(&MEMORY)).await.is_err());
        assert_eq!(begin.elapsed().as_secs(), LONGEST_SILENCE.as_secs());
    }

    #[test]
    fn a_body_is_attached_with_its_length() {
        let mut request = HttpRequest::empty();
        request.headers_mut().insert("content-length", "0");
        attach(&mut request, &Bytes::from_static(b"{\"a\":1}"));
        assert_eq!(request.headers().get("content-length"), Some("7"));
        assert_eq!(request.body().bytes(), Some(&b"{\"a\":1}"[..]));
    }
}
