//! Memory for bytes: of a fixed size, or growing.

#[cfg(any(feature = "bytes", feature = "std"))]
use alloc::vec::Vec;

/// The memory of a buffer: an array, a borrowed slice, or a `Vec<u8>` that grows.
///
/// [`ReadBuffer`](crate::stream::ReadBuffer), [`WriteBuffer`](crate::stream::WriteBuffer) and
/// [`ListBuf`](crate::list::ListBuf) keep their bytes in such a memory. `Vec<u8>` needs the feature `bytes`
/// or `std`. The trait is sealed.
pub trait Memory: sealed::Sealed {}

pub(crate) mod sealed {
    pub trait Sealed {
        fn bytes(&self) -> &[u8];

        fn bytes_mut(&mut self) -> &mut [u8];

        /// Grows the memory to this length, if it can. The contents of the memory stay.
        fn grow(&mut self, _len: usize) {}

        /// Frees memory above this length, if it can.
        fn shrink(&mut self, _len: usize) {}

        /// The greatest possible length of the memory in bytes.
        fn max_len(&self) -> usize {
            self.bytes().len()
        }
    }
}

impl<const N: usize> Memory for [u8; N] {}

impl<const N: usize> sealed::Sealed for [u8; N] {
    fn bytes(&self) -> &[u8] {
        self
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
}

impl Memory for &mut [u8] {}

impl sealed::Sealed for &mut [u8] {
    fn bytes(&self) -> &[u8] {
        self
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
}

#[cfg(any(feature = "bytes", feature = "std"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "bytes", feature = "std"))))]
impl Memory for Vec<u8> {}

#[cfg(any(feature = "bytes", feature = "std"))]
impl sealed::Sealed for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }

    fn grow(&mut self, len: usize) {
        if len > self.len() {
            self.resize(len, 0);
        }
    }

    fn shrink(&mut self, len: usize) {
        self.truncate(len);
        self.shrink_to(len);
    }

    fn max_len(&self) -> usize {
        usize::MAX
    }
}
