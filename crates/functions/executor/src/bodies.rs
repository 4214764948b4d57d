//! The request bodies of a memory size's invocations: encoded once, and shared by all lanes.

use aws::body::Body;
use bytes::Bytes;
use tuning::run::payload::Payload;

/// A payload, and its bodies.
pub(crate) struct Bodies {
    payload: Payload,
    encoded: Vec<Option<Bytes>>,
}

impl Bodies {
    pub(crate) fn of(payload: Payload) -> Self {
        let encoded = (0..payload.count()).map(|stratum| payload.body(stratum).map(Bytes::from)).collect();
        Self { payload, encoded }
    }

    /// The body of an invocation that gets the payload at position `stratum`; `None` when none is sent.
    pub(crate) fn body(&self, stratum: u32) -> Option<Body> {
        self.encoded.get(stratum as usize)?.clone().map(Body::from)
    }

    /// See [`Payload::count`].
    pub(crate) fn count(&self) -> u32 {
        self.payload.count()
    }

    /// See [`Payload::stratum`].
    pub(crate) fn stratum(&self, index: u32) -> u32 {
        self.payload.stratum(index)
    }

    /// See [`Payload::shares`].
    pub(crate) fn shares(&self, num: u32) -> Vec<u32> {
        self.payload.shares(num)
    }
}
