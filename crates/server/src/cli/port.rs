//! Who has a port, as far as the system tells.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub name: String,
    pub pid: u32,
}

impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (process {})", self.name, self.pid)
    }
}

/// The process that listens on a TCP port; `None` where the system does not say, or not to us.
pub fn holder(port: u16) -> Option<Holder> {
    let socket = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .find_map(|table| listening_socket(table, port))?;
    std::fs::read_dir("/proc")
        .ok()?
        .flatten()
        .find_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let owns = std::fs::read_dir(entry.path().join("fd"))
                .ok()?
                .flatten()
                .any(|descriptor| {
                    std::fs::read_link(descriptor.path())
                        .is_ok_and(|target| target.as_os_str() == socket.as_str())
                });
            let name = std::fs::read_to_string(entry.path().join("comm")).ok()?;
            owns.then(|| Holder {
                name: name.trim().to_owned(),
                pid,
            })
        })
}

/// `socket:[inode]` of the listener on a port, out of one of the kernel's tables.
fn listening_socket(table: &str, port: u16) -> Option<String> {
    const LISTEN: &str = "0A";
    let text = std::fs::read_to_string(table).ok()?;
    text.lines().skip(1).find_map(|line| {
        let columns: Vec<_> = line.split_whitespace().collect();
        let (local, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
        let hex = local.rsplit_once(':')?.1;
        (*state == LISTEN && u16::from_str_radix(hex, 16) == Ok(port))
            .then(|| format!("socket:[{inode}]"))
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_listener_of_ours_is_found() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(
            holder(port).map(|holder| holder.pid),
            Some(std::process::id())
        );
    }
}
