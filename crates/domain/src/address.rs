//! Where a key may be used from (C33): anywhere, single addresses, blocks of them.

use std::net::IpAddr;

/// One entry of an allowlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressEntry {
    Anywhere,
    /// The leading bits that an address has in common with the network; all of them for a single address.
    Block {
        network: IpAddr,
        bits: u32,
    },
}

const V4_BITS: u32 = 32;
const V6_BITS: u32 = 128;

impl AddressEntry {
    /// `*`, `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`. `None`: it is none of these.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Anywhere);
        }
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(parse_bits(bits)?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let whole = width(address);
        let bits = bits.unwrap_or(whole);
        if bits > whole {
            return None;
        }
        let network = address.to_canonical();
        // ::ffff:192.0.2.0/120 is 192.0.2.0/24.
        let mapped = whole - width(network);
        match bits.checked_sub(mapped) {
            Some(bits) => Some(Self::Block { network, bits }),
            None => Some(Self::Block {
                network: address,
                bits,
            }),
        }
    }

    /// An IPv4 address that comes as IPv6 (`::ffff:192.0.2.7`) counts as IPv4.
    pub fn contains(self, address: IpAddr) -> bool {
        let Self::Block { network, bits } = self else {
            return true;
        };
        match (network, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(V4_BITS - bits).unwrap_or(0);
                u32::from(network) & mask == u32::from(address) & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(V6_BITS - bits).unwrap_or(0);
                u128::from(network) & mask == u128::from(address) & mask
            }
            _ => false,
        }
    }
}

fn width(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => V4_BITS,
        IpAddr::V6(_) => V6_BITS,
    }
}

fn parse_bits(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_blocks_of_both_families() {
        for (entry, address, is_in) in [
            ("*", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("192.0.2.0/24", "192.0.2.200", true),
            ("192.0.2.0/24", "192.0.3.1", false),
            ("192.0.2.9/24", "192.0.2.200", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db9::1", true),
            ("::/0", "192.0.2.7", false),
            ("192.0.2.7", "::ffff:192.0.2.7", true),
            ("::ffff:192.0.2.7", "192.0.2.7", true),
            ("::ffff:192.0.2.0/120", "192.0.2.200", true),
            ("::ffff:192.0.2.0/120", "192.0.3.1", false),
        ] {
            let parsed = AddressEntry::parse(entry).unwrap();
            assert_eq!(
                parsed.contains(address.parse().unwrap()),
                is_in,
                "{entry} {address}"
            );
        }
    }

    #[test]
    fn anything_else_is_no_entry() {
        for wrong in [
            "",
            "nonsense",
            "192.0.2",
            "192.0.2.256",
            "192.0.2.0/33",
            "192.0.2.0/",
            "192.0.2.0/+24",
            "192.0.2.0/24/8",
            "2001:db8::/129",
            "fe80::1%eth0",
            " 192.0.2.7",
            "192.0.2.*",
            "**",
        ] {
            assert_eq!(AddressEntry::parse(wrong), None, "{wrong}");
        }
    }
}
