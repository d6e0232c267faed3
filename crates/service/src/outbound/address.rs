//! Which addresses may be called (W46–W49).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use selfsame_domain::address::AddressEntry;

/// Blocks of IPv4 that are not the public internet, and one public address that is not what it seems.
const REFUSED_V4: [([u8; 4], u32, &str); 17] = [
    ([0, 0, 0, 0], 8, "this network"),
    ([10, 0, 0, 0], 8, "a private network"),
    ([100, 64, 0, 0], 10, "a provider's shared network"),
    ([127, 0, 0, 0], 8, "this machine"),
    ([168, 63, 129, 16], 32, "the host of a cloud machine"),
    ([169, 254, 0, 0], 16, "the local link"),
    ([172, 16, 0, 0], 12, "a private network"),
    ([192, 0, 0, 0], 24, "a network of protocols"),
    ([192, 0, 2, 0], 24, "a network of examples"),
    ([192, 88, 99, 0], 24, "relays of 6to4"),
    ([192, 168, 0, 0], 16, "a private network"),
    ([198, 18, 0, 0], 15, "a network of benchmarks"),
    ([198, 51, 100, 0], 24, "a network of examples"),
    ([203, 0, 113, 0], 24, "a network of examples"),
    ([224, 0, 0, 0], 4, "many machines"),
    ([255, 255, 255, 255], 32, "all machines"),
    ([240, 0, 0, 0], 4, "a reserved network"),
];

/// The only part of IPv6 that is given out to the public internet.
const PUBLIC_V6: ([u16; 8], u32) = ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// Blocks of it that are something else, Teredo among the first of them.
const REFUSED_V6: [([u16; 8], u32, &str); 3] = [
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "a network of protocols"),
    (
        [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0],
        32,
        "a network of examples",
    ),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "a network of examples"),
];

/// What the rest of IPv6 is, as far as it has a name.
const NAMED_V6: [([u16; 8], u32, &str); 6] = [
    ([0, 0, 0, 0, 0, 0, 0, 0], 128, "this network"),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, "this machine"),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "a private network"),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "the local link"),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "a private network"),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "many machines"),
];

const NAT64: ([u16; 8], u32) = ([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);
const SIX_TO_FOUR: ([u16; 8], u32) = ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16);

/// The addresses that may be called: the public internet, and what the operator adds to it.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    allow: Vec<AddressEntry>,
    loopback: bool,
}

impl Addresses {
    pub fn new(allow: Vec<AddressEntry>, loopback: bool) -> Self {
        Self { allow, loopback }
    }

    /// `Err` says what an address belongs to that may not be called, never the address.
    pub fn check(&self, address: IpAddr) -> Result<(), &'static str> {
        // An IPv4 address that comes as IPv6 is reached over IPv4.
        let address = address.to_canonical();
        if self.names(address) || (self.loopback && address.is_loopback()) {
            return Ok(());
        }
        let refused = match address {
            IpAddr::V4(address) => refused_v4(address),
            IpAddr::V6(address) => match embedded(address) {
                Some(inner) if self.names(inner.into()) => None,
                Some(inner) => refused_v4(inner),
                None => refused_v6(address),
            },
        };
        refused.map_or(Ok(()), Err)
    }

    fn names(&self, address: IpAddr) -> bool {
        self.allow.iter().any(|entry| entry.contains(address))
    }
}

fn refused_v4(address: Ipv4Addr) -> Option<&'static str> {
    let within = |network: [u8; 4], bits| block(network.into(), bits).contains(address.into());
    REFUSED_V4
        .iter()
        .find(|(network, bits, _)| within(*network, *bits))
        .map(|(_, _, name)| *name)
}

fn refused_v6(address: Ipv6Addr) -> Option<&'static str> {
    let named = |blocks: &[([u16; 8], u32, &'static str)]| {
        blocks
            .iter()
            .find(|(network, bits, _)| within_v6(address, (*network, *bits)))
            .map(|(_, _, name)| *name)
    };
    if within_v6(address, PUBLIC_V6) {
        named(&REFUSED_V6)
    } else {
        Some(named(&NAMED_V6).unwrap_or("a reserved network"))
    }
}

/// The IPv4 address that a gateway would call for this one.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bytes = address.octets();
    let four = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]].into();
    if within_v6(address, NAT64) {
        Some(four(12))
    } else if within_v6(address, SIX_TO_FOUR) {
        Some(four(2))
    } else {
        None
    }
}

fn within_v6(address: Ipv6Addr, (network, bits): ([u16; 8], u32)) -> bool {
    block(network.into(), bits).contains(address.into())
}

fn block(network: IpAddr, bits: u32) -> AddressEntry {
    AddressEntry::Block { network, bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &Addresses, text: &str) -> Result<(), &'static str> {
        addresses.check(text.parse().unwrap())
    }

    #[test]
    fn w46_only_the_public_internet_may_be_called() {
        let addresses = Addresses::default();
        for text in [
            // First and last of each block, and what clouds and local machines are known for.
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "168.63.129.16",
            "169.254.0.0",
            "169.254.169.254",
            "169.254.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.0",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.0",
            "255.255.255.254",
            "255.255.255.255",
            "::",
            "::1",
            "100::1",
            "fc00::1",
            "fd00:ec2::254",
            "fdff::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
            "5f00::1",
            "2001:db8::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "3fff::1",
        ] {
            assert!(check(&addresses, text).is_err(), "{text}");
        }
        for text in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:db9::1",
            "2606:4700::1111",
            "2a00:1450::1",
            "3ffe:ffff::1",
        ] {
            assert_eq!(check(&addresses, text), Ok(()), "{text}");
        }
    }

    #[test]
    fn w47_an_address_inside_another_is_judged_as_what_it_leads_to() {
        let addresses = Addresses::default();
        for (text, may) in [
            ("::ffff:127.0.0.1", false),
            ("::ffff:7f00:1", false),
            ("0:0:0:0:0:ffff:a9fe:a9fe", false),
            ("::ffff:10.1.2.3", false),
            ("::ffff:8.8.8.8", true),
            ("::ffff:0:8.8.8.8", false),
            // Compatible ones lead nowhere any more.
            ("::127.0.0.1", false),
            ("::8.8.8.8", false),
            ("64:ff9b::127.0.0.1", false),
            ("64:ff9b::a9fe:a9fe", false),
            ("64:ff9b::192.168.1.1", false),
            ("64:ff9b::8.8.8.8", true),
            ("64:ff9b:1::8.8.8.8", false),
            ("2002:7f00:1::", false),
            ("2002:a00:1::1", false),
            ("2002:a9fe:a9fe::1", false),
            ("2002:808:808::1", true),
            ("2001::1", false),
            ("2001:0:808:808::f7f7:f7f7", false),
        ] {
            assert_eq!(check(&addresses, text).is_ok(), may, "{text}");
        }
    }

    #[test]
    fn w48_the_operator_lets_through_what_is_named_and_no_more() {
        let allow = ["10.1.0.0/16", "192.168.7.9", "fd00:1::/32", "::1"];
        let allow = allow.map(|text| AddressEntry::parse(text).unwrap());
        let addresses = Addresses::new(allow.to_vec(), false);
        for (text, may) in [
            ("10.1.255.255", true),
            ("10.2.0.0", false),
            ("::ffff:10.1.0.1", true),
            ("64:ff9b::10.1.0.1", true),
            ("64:ff9b::10.2.0.1", false),
            ("192.168.7.9", true),
            ("192.168.7.8", false),
            ("fd00:1::7", true),
            ("fd00:2::7", false),
            ("::1", true),
            ("127.0.0.1", false),
            ("8.8.8.8", true),
        ] {
            assert_eq!(check(&addresses, text).is_ok(), may, "{text}");
        }
        let anywhere = Addresses::new(vec![AddressEntry::Anywhere], false);
        for text in ["127.0.0.1", "169.254.169.254", "::", "fe80::1"] {
            assert_eq!(check(&anywhere, text), Ok(()), "{text}");
        }
    }

    #[test]
    fn w49_for_a_developer_this_machine_is_open_and_nothing_else() {
        let addresses = Addresses::new(Vec::new(), true);
        for (text, may) in [
            ("127.0.0.1", true),
            ("127.8.9.10", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("0.0.0.0", false),
            ("::", false),
            ("10.0.0.1", false),
            ("169.254.169.254", false),
            ("64:ff9b::127.0.0.1", false),
            ("2002:7f00:1::", false),
        ] {
            assert_eq!(check(&addresses, text).is_ok(), may, "{text}");
        }
    }

    #[test]
    fn a_refusal_names_the_network() {
        let addresses = Addresses::default();
        for (text, name) in [
            ("192.168.1.1", "a private network"),
            ("255.255.255.255", "all machines"),
            ("::1", "this machine"),
            ("fd00:ec2::254", "a private network"),
            ("::7f00:1", "a reserved network"),
            ("2001:db8::1", "a network of examples"),
        ] {
            assert_eq!(check(&addresses, text), Err(name), "{text}");
        }
    }
}
