//! Memory for bytes: of a fixed size, or growing.

#[cfg(any(feature = "bytes", feature = "std"))]
use alloc::vec::Vec;

/// The memory of a [`ReadBuffer`](crate::stream::ReadBuffer), a [`WriteBuffer`](crate::stream::WriteBuffer) or a
/// [`ListBuf`](crate::list::ListBuf): an array or a borrowed slice, whose size is fixed, or (feature `bytes` or `std`) a
/// `Vec<u8>`, which grows. The trait is sealed.
pub trait Memory: sealed::Sealed {}

pub(crate) mod sealed {
    pub trait Sealed {
        fn bytes(&self) -> &[u8];

        fn bytes_mut(&mut self) -> &mut [u8];

        /// Makes the memory as many bytes long, if it can. What it holds stays.
        fn grow(&mut self, _len: usize) {}

        /// Gives memory above as many bytes back, if it can.
        fn shrink(&mut self, _len: usize) {}

        /// How long the memory can get, in bytes.
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
