//! The two roles: client and server.

/// The two ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The end that opened the connection and sent CONNECT.
    Client = 0b01,
    /// The end that answered with CONNACK.
    Server = 0b10,
}

/// The roles that may send a Reason Code or a property in a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Senders {
    Client,
    Server,
    Both,
    /// The standard describes the value for servers, and does not forbid it to clients.
    ServerDescribed,
}

impl Senders {
    #[inline]
    pub(crate) const fn include(self, role: Role) -> bool {
        matches!(
            (self, role),
            (Self::Both | Self::ServerDescribed, _)
                | (Self::Client, Role::Client)
                | (Self::Server, Role::Server)
        )
    }
}
