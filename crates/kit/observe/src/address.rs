//! Addresses of sockets: `struct sockaddr` of `man 7 ip`, `ipv6` and `unix`.

use rustix::net::{SocketAddrAny, SocketType};
use std::ffi::OsStr;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

/// The address of a socket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Address {
    Internet(SocketAddr),
    Path(PathBuf),
    /// An abstract Unix socket name, without a file: `man 7 unix`.
    Abstract(Vec<u8>),
    /// The kernel (netlink), or no peer (AF_UNSPEC).
    Kernel,
    /// An address of an unknown family.
    Unknown(u16),
}

impl Address {
    /// Reads an address; `None` if it is cut off.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let family = u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?);
        let port = || Some(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?));
        Some(match i32::from(family) {
            libc::AF_INET => {
                let octets: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
                Self::internet(Ipv4Addr::from(octets).into(), port()?)
            }
            libc::AF_INET6 => {
                let octets: [u8; 16] = bytes.get(8..24)?.try_into().ok()?;
                Self::internet(Ipv6Addr::from(octets).to_canonical(), port()?)
            }
            libc::AF_UNIX => match bytes.get(2..)? {
                [] => Self::Kernel,
                [0, name @ ..] => Self::Abstract(name.to_owned()),
                path => {
                    let end = path.iter().position(|byte| *byte == 0).unwrap_or(path.len());
                    Self::Path(OsStr::from_bytes(&path[..end]).into())
                }
            },
            libc::AF_NETLINK | libc::AF_UNSPEC => Self::Kernel,
            _ => Self::Unknown(family),
        })
    }

    const fn internet(address: IpAddr, port: u16) -> Self {
        Self::Internet(SocketAddr::new(address, port))
    }

    /// The local address of a socket; `None` if it has none that others can use.
    pub(crate) fn of_socket(socket: impl AsFd) -> Option<Self> {
        let name = rustix::net::getsockname(socket).ok()?;
        Self::try_from_any(&name)
    }

    fn try_from_any(name: &SocketAddrAny) -> Option<Self> {
        if let Ok(address) = SocketAddr::try_from(name.clone()) {
            return Some(Self::internet(address.ip().to_canonical(), address.port()));
        }
        let unix = rustix::net::SocketAddrUnix::try_from(name.clone()).ok()?;
        match (unix.path(), unix.abstract_name()) {
            (Some(path), _) => Some(Self::Path(OsStr::from_bytes(path.to_bytes()).into())),
            (_, Some(name)) => Some(Self::Abstract(name.to_owned())),
            _ => None,
        }
    }

    /// Whether the program itself listens at this address.
    pub(crate) fn is_among(&self, own: &std::collections::BTreeSet<Self>) -> bool {
        let Self::Internet(wanted) = self else { return own.contains(self) };
        // A socket that listens on all addresses is reached by any address of this host; otherwise
        // the addresses must be equal.
        own.contains(self)
            || (wanted.ip().is_loopback() || wanted.ip().is_unspecified())
                && own.iter().any(|one| match one {
                    Self::Internet(own) => {
                        own.port() == wanted.port()
                            && (own.ip().is_unspecified() || own.ip().is_loopback())
                    }
                    _ => false,
                })
    }

    /// A datagram socket connected to port 9 of this host sends nothing: Go's resolver uses it to find out which local
    /// address the kernel would use (RFC 6724).
    pub(crate) fn is_a_question_of_routing(&self, socket: impl AsFd) -> bool {
        let Self::Internet(wanted) = self else { return false };
        wanted.port() == 9
            && wanted.ip().is_loopback()
            && rustix::net::sockopt::socket_type(socket).is_ok_and(|kind| kind == SocketType::DGRAM)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internet(address) => write!(formatter, "{address}"),
            Self::Path(path) => write!(formatter, "{}", path.display()),
            Self::Abstract(name) => write!(formatter, "@{}", String::from_utf8_lossy(name)),
            Self::Kernel => formatter.write_str("the kernel"),
            Self::Unknown(family) => write!(formatter, "an address of family {family}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let text = |bytes: &[u8]| Address::parse(bytes).map(|address| address.to_string());
        let family = |family: i32| u16::try_from(family).unwrap().to_ne_bytes();
        let with = |kind: i32, rest: &[u8]| [&family(kind)[..], rest].concat();
        let four = with(libc::AF_INET, &[0x1f, 0x90, 10, 0, 0, 1]);
        assert_eq!(text(&four).as_deref(), Some("10.0.0.1:8080"));
        let mut six = with(libc::AF_INET6, &[0x1f, 0x90, 0, 0, 0, 0]);
        six.extend(Ipv6Addr::LOCALHOST.octets());
        assert_eq!(text(&six).as_deref(), Some("[::1]:8080"));
        assert_eq!(text(&with(libc::AF_UNIX, b"/run/x\0rest")).as_deref(), Some("/run/x"));
        assert_eq!(text(&with(libc::AF_UNIX, b"\0name")).as_deref(), Some("@name"));
        assert_eq!(
            text(&with(libc::AF_VSOCK, &[0; 14])).as_deref(),
            Some("an address of family 40")
        );
        for short in [&b""[..], b"\x02", &four[..7], &six[..20]] {
            assert_eq!(Address::parse(short), None);
        }
    }

    #[test]
    fn only_what_listens_here_is_its_own() {
        let internet = |text: &str| Address::Internet(text.parse().unwrap());
        let own = [internet("127.0.0.1:80"), internet("0.0.0.0:81")].into();
        for (address, expected) in [
            ("127.0.0.1:80", true),
            ("[::1]:81", true),
            ("127.0.0.1:81", true),
            ("127.0.0.1:82", false),
            ("10.0.0.1:81", false),
        ] {
            assert_eq!(internet(address).is_among(&own), expected, "{address}");
        }
    }
}
