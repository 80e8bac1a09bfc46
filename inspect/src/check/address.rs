//! Decides to which addresses a check may connect.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs};

/// Resolves `HOST` or `HOST:PORT`. Public addresses are refused unless the user has confirmed that the broker belongs to the user.
///
/// This function opens no connection. The check uses the returned addresses and does not resolve the name again.
pub(super) fn resolve(target: &str, may_be_public: bool) -> io::Result<Vec<SocketAddr>> {
    if target.is_empty() || target.starts_with(':') && target.parse::<Ipv6Addr>().is_err() {
        let usage = "the broker must be HOST or HOST:PORT, but the host is missing";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, usage));
    }
    let found = with_port(target)
        .to_socket_addrs()
        .map_err(|error| io::Error::new(error.kind(), format!("{target}: {error}")))?;
    let addresses: Vec<_> = found.collect();
    match addresses.iter().find(|address| !is_private(address.ip())) {
        _ if addresses.is_empty() => {
            Err(io::Error::new(io::ErrorKind::NotFound, format!("{target} has no address")))
        }
        Some(public) if !may_be_public => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!(
                "{target} is {}, which is a public address: nothing has been sent. A check sends packets that the standard \
                 forbids; --yes says that you may do that to this broker",
                public.ip()
            ),
        )),
        _ => Ok(addresses),
    }
}

/// Adds the MQTT port if there is none.
fn with_port(target: &str) -> String {
    let is_bare_v6 = target.parse::<Ipv6Addr>().is_ok();
    match target.rsplit_once(':') {
        _ if is_bare_v6 => format!("[{target}]:1883"),
        Some((_, port)) if !port.ends_with(']') => target.to_owned(),
        _ => format!("{target}:1883"),
    }
}

/// Whether the address is loopback, link-local, or in a private network.
fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_public_addresses_are_distinguished() {
        for own in [
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.7",
            "169.254.1.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "0.0.0.0",
        ] {
            assert!(is_private(own.parse().unwrap()), "{own}");
        }
        for other in ["8.8.8.8", "172.32.0.1", "192.169.0.1", "100.64.0.1", "2001:db8::1", "::ffff:8.8.8.8"] {
            assert!(!is_private(other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn a_public_address_needs_confirmation() {
        let error = resolve("192.0.2.1:1883", false).unwrap_err();
        assert!(
            error.to_string().contains("192.0.2.1, which is a public address: nothing has been sent"),
            "{error}"
        );
        assert_eq!(resolve("192.0.2.1:1883", true).unwrap(), ["192.0.2.1:1883".parse().unwrap()]);
    }

    #[test]
    fn the_default_port_is_1883() {
        for (target, address) in [
            ("127.0.0.1", "127.0.0.1:1883"),
            ("127.0.0.1:1884", "127.0.0.1:1884"),
            ("::1", "[::1]:1883"),
            ("[::1]", "[::1]:1883"),
            ("[::1]:1884", "[::1]:1884"),
        ] {
            assert_eq!(resolve(target, false).unwrap(), [address.parse().unwrap()], "{target}");
        }
        for bad in ["127.0.0.1:port", "", ":1883"] {
            assert!(resolve(bad, false).is_err(), "{bad:?}");
        }
    }
}
