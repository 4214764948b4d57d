//! Payloads and responses in memory: each may have 6 MB, and hundreds of invocations run at the same time.

use std::{ops::Deref, sync::Arc};

use bytes::Bytes;
use tokio::sync::{Semaphore, SemaphorePermit};
use tuning::run::payload::LARGEST_BODY;

/// The unit in which memory is shared out, in bytes.
const UNIT: usize = 1024;

/// A limit on how much of something may be in memory at the same time. Who does not fit waits, in the order of coming.
#[derive(Debug)]
pub struct Memory(Semaphore);

/// Bytes in memory. Clones share them; the last one that is dropped frees the memory that they take.
#[derive(Debug, Clone, Default)]
pub struct Body {
    bytes: Bytes,
    _reserved: Option<Arc<SemaphorePermit<'static>>>,
}

/// Memory that was taken before the bytes are there.
#[derive(Debug)]
pub struct Reserved(Option<SemaphorePermit<'static>>);

impl Memory {
    /// Memory for so many of the largest payloads that there are.
    #[must_use]
    pub const fn for_largest(count: usize) -> Self {
        Self(Semaphore::const_new(count * LARGEST_BODY.div_ceil(UNIT)))
    }

    /// Waits until there is room for so many bytes, but for no more than the largest payload.
    pub async fn take(&'static self, bytes: usize) -> Reserved {
        let units = bytes.min(LARGEST_BODY).div_ceil(UNIT);
        // It is never closed, which would be the only error.
        Reserved(self.0.acquire_many(u32::try_from(units).unwrap_or(u32::MAX)).await.ok())
    }
}

impl Reserved {
    /// The bytes that it was taken for.
    #[must_use]
    pub fn hold(self, bytes: Bytes) -> Body {
        Body { bytes, _reserved: self.0.map(Arc::new) }
    }
}

impl Deref for Body {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        &self.bytes
    }
}

/// Bytes that are in memory anyway take no room.
impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self { bytes, _reserved: None }
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Body {}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_does_not_fit_waits_until_the_last_clone_is_dropped() {
        static MEMORY: Memory = Memory::for_largest(2);
        let hold = async || MEMORY.take(LARGEST_BODY).await.hold(Bytes::from_static(b"x"));
        let (one, other) = (hold().await, hold().await);
        let mut third = pin!(hold());
        let clone = one.clone();
        drop(one);
        assert!(third.as_mut().now_or_never().is_none());
        drop(clone);
        assert!(third.as_mut().now_or_never().is_some());
        drop(other);
    }

    #[tokio::test]
    async fn many_small_ones_fit_and_one_that_claims_to_be_huge_does_not_wait_for_ever() {
        static MEMORY: Memory = Memory::for_largest(1);
        let mut small = Vec::new();
        for _ in 0..600 {
            small.push(MEMORY.take(10_000).await);
        }
        // There is less left than the largest payload takes.
        assert!(MEMORY.take(LARGEST_BODY).now_or_never().is_none());
        drop(small);
        // Tokio makes a task that has done much wait for a moment.
        tokio::task::yield_now().await;
        assert!(MEMORY.take(usize::MAX).now_or_never().is_some());
    }
}
