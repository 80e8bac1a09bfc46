//! Who sends, and who receives.

/// The two ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The end that opened the connection and sent CONNECT.
    Client = 0b01,
    /// The end that answered with CONNACK.
    Server = 0b10,
}
