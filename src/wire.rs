//! The bytes on the wire: taking fields off them, and putting fields onto them. Most devices for the optimiser stand
//! here, and none in a packet's file.

pub(crate) mod bytes;
pub(crate) mod header;
mod parse;
pub(crate) mod protocol;
pub(crate) mod reader;
pub(crate) mod utf8;
pub(crate) mod writer;
