//! Keys of a written document: spelled while it is read, without a tree in between.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, ser};

use super::{Inflection, Walk};

/// Writes to `out` what [`super::inflect`] makes of the document in `text` with `keep_fields`, byte for byte. `text` has no
/// key twice in one object, as nothing has that was written here.
///
/// `None`: it is no JSON, or two keys of one object become the same; `out` is of no use then.
pub(crate) fn respell(text: &str, to: Inflection, out: &mut Vec<u8>) -> Option<()> {
    let mut keys = Vec::new();
    let place = Place {
        out,
        keys: &mut keys,
        walk: &Walk {
            to,
            keep_fields: true,
        },
        respells: true,
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    place.deserialize(&mut reader).ok()?;
    reader.end().ok()
}

/// Where a value is to be written.
struct Place<'a> {
    out: &'a mut Vec<u8>,
    /// Where the keys of the objects around this place stand in `out`; each object takes its own off again.
    keys: &'a mut Vec<Range<usize>>,
    walk: &'a Walk,
    /// `false`: keys that customers made up, below a member that keeps its content.
    respells: bool,
}

impl Place<'_> {
    fn below(&mut self, respells: bool) -> Place<'_> {
        Place {
            out: self.out,
            keys: self.keys,
            walk: self.walk,
            respells,
        }
    }

    fn put<E: Error>(self, value: impl Serialize) -> Result<(), E> {
        put(self.out, value)
    }
}

fn put<E: Error>(out: &mut Vec<u8>, value: impl ser::Serialize) -> Result<(), E> {
    serde_json::to_writer(out, &value).map_err(E::custom)
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.put(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.put(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.put(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.put(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.put(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.put(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.out.push(b'[');
        let begin = self.out.len();
        loop {
            let end = self.out.len();
            if end > begin {
                self.out.push(b',');
            }
            let respells = self.respells;
            if items.next_element_seed(self.below(respells))?.is_none() {
                self.out.truncate(end);
                self.out.push(b']');
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.out.push(b'{');
        let begin = self.out.len();
        let own = self.keys.len();
        let mut is_changed = false;
        while let Some(Key(key)) = members.next_key()? {
            if self.out.len() > begin {
                self.out.push(b',');
            }
            let start = self.out.len();
            let mut respells = self.respells;
            if respells {
                let spelled = self.walk.spelled(&key);
                is_changed |= matches!(spelled, Cow::Owned(_));
                put(self.out, spelled.as_ref())?;
                let (written, end) = (&self.out[start..], self.out.len());
                let is_there = |earlier: &Range<usize>| self.out[earlier.clone()] == *written;
                if is_changed && self.keys[own..].iter().any(is_there) {
                    return Err(A::Error::custom("two keys become one"));
                }
                self.keys.push(start..end);
                respells = !self.walk.keeps_content(&key, false);
            } else {
                put(self.out, key.as_ref())?;
            }
            self.out.push(b':');
            members.next_value_seed(self.below(respells))?;
        }
        self.keys.truncate(own);
        self.out.push(b'}');
        Ok(())
    }
}

/// Borrowed from the text where nothing in it is escaped.
struct Key<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_str(KeyVisitor).map(Self)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::inflect;
    use super::*;

    const ALL: [Inflection; 3] = [Inflection::Kebab, Inflection::Camel, Inflection::Snake];

    fn respelled(text: &str, to: Inflection) -> Option<String> {
        let mut out = Vec::new();
        respell(text, to, &mut out)?;
        String::from_utf8(out).ok()
    }

    /// By way of a tree.
    fn inflected(text: &str, to: Inflection) -> String {
        let mut document = serde_json::from_str(text).expect("JSON");
        inflect(&mut document, to, true);
        document.to_string()
    }

    #[test]
    fn c63_c64_content_that_customers_made_up_keeps_its_keys() {
        let text = json!({"created-at": 1, "fields": {"a-b": {"c_d": [{"E-f": 1}]}}, "list": [{"x-y": null}, "\u{1}\"é"]});
        let camel = respelled(&text.to_string(), Inflection::Camel);
        let expected = r#"{"createdAt":1,"fields":{"a-b":{"c_d":[{"E-f":1}]}},"list":[{"xY":null},"\u0001\"é"]}"#;
        assert_eq!(camel.as_deref(), Some(expected));
    }

    #[test]
    fn two_keys_that_become_one_and_what_is_no_json_are_left_to_others() {
        for (text, to) in [
            (r#"{"a-b":1,"a_b":2}"#, Inflection::Kebab),
            (r#"{"aB":1,"x":0,"a-b":2}"#, Inflection::Camel),
            (r#"[{"a_b":1,"aB":2}]"#, Inflection::Snake),
        ] {
            assert_eq!(respelled(text, to), None, "{text}");
        }
        for wrong in ["", "{", "[1,]", "1 2", "{\"a\":1}}", "nul"] {
            assert_eq!(respelled(wrong, Inflection::Kebab), None, "{wrong}");
        }
        let kept = r#"{"fields":{"a-b":1,"a_b":2}}"#;
        assert_eq!(respelled(kept, Inflection::Snake).as_deref(), Some(kept));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
            "[\\x00-\\x7f]{0,6}".prop_map(Value::from),
        ];
        let key = prop_oneof![
            8 => "[a-c]{1,2}([-_]?[A-C0-9a-c]{1,2}){0,2}",
            2 => "fields|Fields|headers|Custom_Http-headers|type|attributes|payload-filter|-fields",
            1 => "\\PC{0,4}",
            1 => "[\\x00-\\x7f]{0,3}",
        ];
        leaf.prop_recursive(5, 40, 6, move |inner| {
            prop_oneof![
                1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                3 => prop::collection::vec((key.clone(), inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_same_bytes_as_by_way_of_a_tree(document in any_json()) {
            let text = document.to_string();
            for to in ALL {
                if let Some(written) = respelled(&text, to) {
                    prop_assert_eq!(written, inflected(&text, to));
                }
            }
        }

        #[test]
        fn documents_with_the_keys_we_write_never_need_the_tree(
            document in prop::collection::hash_map("[a-z]{1,6}(-[a-z]{1,6}){0,2}", any::<Option<u8>>(), 0..9)
        ) {
            let text = serde_json::to_string(&document).unwrap();
            for to in ALL {
                prop_assert!(respelled(&text, to).is_some());
            }
        }
    }
}
