//! The bytes that a buffer holds between two calls.

use crate::memory::Memory;
use core::fmt;
use core::ops::Range;

/// Bytes in memory: they begin at `start` and end at `end`.
#[derive(Clone)]
pub(crate) struct HeldBytes<M> {
    memory: M,
    start: usize,
    end: usize,
}

impl<M: Memory> HeldBytes<M> {
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
        self.at(self.range())
    }

    /// The bytes, and the place where they begin. To remove bytes, move the place.
    #[inline]
    pub(crate) fn bytes_and_start(&mut self) -> (&[u8], &mut usize) {
        (self.memory.bytes().get(self.start..self.end).unwrap_or_default(), &mut self.start)
    }

    /// The free memory after the bytes.
    #[inline]
    pub(crate) fn free(&mut self) -> &mut [u8] {
        self.memory.bytes_mut().get_mut(self.end..).unwrap_or_default()
    }

    /// Adds bytes that were written to the free memory.
    #[inline]
    pub(crate) fn add(&mut self, len: usize) {
        self.end = self.end.saturating_add(len).min(self.capacity());
    }

    /// Removes the first bytes, and gives their range.
    #[inline]
    pub(crate) fn remove(&mut self, len: usize) -> Range<usize> {
        let start = self.start;
        self.start = start.saturating_add(len).min(self.end);
        start..self.start
    }

    /// The range of the bytes.
    #[inline]
    pub(crate) const fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The bytes of a range, even if they were removed.
    #[inline]
    pub(crate) fn at(&self, range: Range<usize>) -> &[u8] {
        self.memory.bytes().get(range).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn capacity(&self) -> usize {
        self.memory.bytes().len()
    }

    /// The number of bytes that the memory can hold after it has grown.
    pub(crate) fn max_len(&self) -> usize {
        self.memory.max_len()
    }

    /// The number of bytes that fit into the memory if the held bytes stay where they are.
    pub(crate) fn capacity_from_start(&self) -> usize {
        self.capacity().saturating_sub(self.start)
    }

    /// Whether a move to the front is cheap: it copies no more bytes than were removed since the last move.
    pub(crate) const fn is_cheap_to_move(&self) -> bool {
        self.len() <= self.start
    }

    pub(crate) fn move_to_front(&mut self) {
        let held = self.memory.bytes_mut().get_mut(..self.end).unwrap_or_default();
        let start = self.start.min(held.len());
        held.copy_within(start.., 0);
        (self.start, self.end) = (0, held.len().saturating_sub(start));
    }

    /// Grows the memory to this length, if it can.
    pub(crate) fn grow(&mut self, len: usize) {
        self.memory.grow(len);
    }

    /// Frees the memory above this length, if no bytes are held.
    pub(crate) fn shrink(&mut self, len: usize) {
        if self.is_empty() && self.capacity() > len {
            (self.start, self.end) = (0, 0);
            self.memory.shrink(len);
        }
    }
}

/// Shows the number of bytes, but not the bytes: they may contain a password.
impl<M> fmt::Debug for HeldBytes<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.end.saturating_sub(self.start))
    }
}
