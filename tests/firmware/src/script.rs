//! A scripted socket. The socket delivers fixed bytes from the server, three at a time, and keeps the bytes
//! from the client.

use embedded_io::{ErrorType, Read, Write};

pub struct Script {
    pub says: &'static [u8],
    heard: [u8; 256],
    len: usize,
}

impl Script {
    pub fn new(says: &'static [u8]) -> Self {
        Self { says, heard: [0; 256], len: 0 }
    }

    pub fn heard(&self) -> &[u8] {
        &self.heard[..self.len]
    }
}

impl ErrorType for Script {
    type Error = core::convert::Infallible;
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Self::Error> {
        let (now, later) = self.says.split_at(self.says.len().min(buffer.len()).min(3));
        buffer[..now.len()].copy_from_slice(now);
        self.says = later;
        Ok(now.len())
    }
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.heard[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}
