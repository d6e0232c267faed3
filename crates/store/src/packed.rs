//! JSON made small before it is stored: most of a document is what every document says, and that is in a dictionary.
//! Inquiries' details and events' payloads are stored so, and answers for retries before they are sealed.

use lz4_flex::block;

/// The first byte tells how the rest is packed. What was stored before packing begins with its brace.
const PLAIN: u8 = b'{';
const LZ4_WITH_DICTIONARY_1: u8 = 1;
const LZ4_WITH_DICTIONARY_2: u8 = 2;

/// What documents have in common. What is stored needs its dictionary as it is: another one gets a number of its own.
const DICTIONARY_1: &[u8] = include_bytes!("packed/dictionary-1.txt");
const DICTIONARY_2: &[u8] = include_bytes!("packed/dictionary-2.txt");

pub fn pack(json: &[u8]) -> Vec<u8> {
    let packed = block::compress_prepend_size_with_dict(json, DICTIONARY_2);
    [&[LZ4_WITH_DICTIONARY_2], packed.as_slice()].concat()
}

/// `None`: cut short, or packed in a way this release does not know.
pub fn unpack(stored: Vec<u8>) -> Option<Vec<u8>> {
    match *stored.first()? {
        PLAIN => Some(stored),
        LZ4_WITH_DICTIONARY_1 => open(&stored[1..], DICTIONARY_1),
        LZ4_WITH_DICTIONARY_2 => open(&stored[1..], DICTIONARY_2),
        _ => None,
    }
}

fn open(packed: &[u8], dictionary: &[u8]) -> Option<Vec<u8>> {
    let (size, packed) = block::uncompressed_size(packed).ok()?;
    let json = block::decompress_with_dict(packed, size, dictionary).ok()?;
    (json.len() == size).then_some(json)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_inquiry_shrinks_to_what_is_its_own() {
        let common = std::str::from_utf8(DICTIONARY_2).unwrap();
        let begin = common.find(r#"{"data":{"type":"inquiry","#).unwrap();
        let answer = common[begin..]
            .replace("inq_", "inq_3BSbRh1b3GKHSgYSvu88fajSrHL2")
            .replace("act_", "act_3BSbRhc77LTifs5MxdPJgKKUZ5bq")
            .replace("2026-01-01T00:00:00", "2027-05-04T10:15:27")
            .replacen(r#""value":null"#, r#""value":"Ada""#, 1);
        let packed = pack(answer.as_bytes());
        assert!(packed.len() < 400, "{} of {}", packed.len(), answer.len());
        assert_eq!(unpack(packed).unwrap(), answer.as_bytes());
    }

    #[test]
    fn what_was_stored_before_opens_and_unknown_packing_does_not() {
        let old = br#"{"data":null}"#.to_vec();
        assert_eq!(unpack(old.clone()), Some(old.clone()));
        let packed = block::compress_prepend_size_with_dict(&old, DICTIONARY_1);
        assert_eq!(unpack([&[1], packed.as_slice()].concat()), Some(old));
        assert_eq!(unpack(vec![3, 1, 1]), None);
        assert_eq!(unpack(vec![1, 255, 255, 0, 0, 9]), None);
        assert_eq!(unpack(vec![]), None);
    }

    proptest! {
        #[test]
        fn whatever_is_packed_comes_back(body in "\\PC{0,300}") {
            prop_assert_eq!(unpack(pack(body.as_bytes())).unwrap(), body.as_bytes());
        }
    }
}
