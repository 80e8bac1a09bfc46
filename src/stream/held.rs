//! Bytes that are held in memory between two calls.

use crate::memory::Memory;
use core::fmt;
use core::ops::Range;

/// Bytes in memory: they begin at `start` and end at `end`.
#[derive(Clone)]
pub(crate) struct Held<M> {
    memory: M,
    start: usize,
    end: usize,
}

impl<M: Memory> Held<M> {
    #[inline]
    pub(crate) const fn new(memory: M) -> Self {
        Self { memory, start: 0, end: 0 }
    }

    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.at(self.place())
    }

    /// The memory behind the bytes.
    #[inline]
    pub(crate) fn free(&mut self) -> &mut [u8] {
        self.memory.bytes_mut().get_mut(self.end..).unwrap_or_default()
    }

    /// So many bytes have been put there.
    #[inline]
    pub(crate) fn add(&mut self, len: usize) {
        self.end = self.end.saturating_add(len).min(self.capacity());
    }

    /// Lets the first bytes go, and gives their place.
    #[inline]
    pub(crate) fn remove(&mut self, len: usize) -> Range<usize> {
        let start = self.start;
        self.start = start.saturating_add(len).min(self.end);
        start..self.start
    }

    /// Where the bytes lie.
    #[inline]
    pub(crate) const fn place(&self) -> Range<usize> {
        self.start..self.end
    }

    /// What lies there, whether it has been let go or not.
    #[inline]
    pub(crate) fn at(&self, place: Range<usize>) -> &[u8] {
        self.memory.bytes().get(place).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn capacity(&self) -> usize {
        self.memory.bytes().len()
    }

    /// How many bytes it can hold once it has grown.
    pub(crate) fn max_len(&self) -> usize {
        self.memory.max_len()
    }

    /// How many bytes can be held without moving those that are there.
    pub(crate) fn reach(&self) -> usize {
        self.capacity().saturating_sub(self.start)
    }

    pub(crate) fn move_to_front(&mut self) {
        let held = self.memory.bytes_mut().get_mut(..self.end).unwrap_or_default();
        let start = self.start.min(held.len());
        held.copy_within(start.., 0);
        (self.start, self.end) = (0, held.len().saturating_sub(start));
    }

    /// Makes the memory so many bytes long, if it can grow.
    pub(crate) fn grow(&mut self, len: usize) {
        self.memory.grow(len);
    }

    /// Gives memory above so many bytes back, if nothing is held.
    pub(crate) fn shrink(&mut self, len: usize) {
        if self.is_empty() && self.capacity() > len {
            (self.start, self.end) = (0, 0);
            self.memory.shrink(len);
        }
    }
}

/// Shows how many bytes there are, and not the bytes: they may hold a password.
impl<M> fmt::Debug for Held<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.end.saturating_sub(self.start))
    }
}
