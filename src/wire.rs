//! Reads and writes the fields of packets. Most devices for the optimiser are here, and none in a packet's
//! file.

pub(crate) mod bytes;
mod evidence;
pub(crate) mod header;
mod parse;
pub(crate) mod protocol;
pub(crate) mod reader;
pub(crate) mod utf8;
pub(crate) mod writer;
