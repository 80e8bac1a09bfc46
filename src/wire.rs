//! Reads and writes the fields of packets. Code that exists only to make a program faster is mostly here,
//! and never in a packet's file.

pub(crate) mod bytes;
mod evidence;
pub(crate) mod header;
mod parse;
pub(crate) mod protocol;
pub(crate) mod reader;
#[cfg(feature = "bytes")]
pub(crate) mod short_head;
pub(crate) mod utf8;
pub(crate) mod writer;
