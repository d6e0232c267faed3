//! What is left out is exactly what is blocked and not exempt, however keys and patterns are spelled.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Inflection;
use crate::inflection::inflect;

fn without(patterns: &[&str], mut document: Value) -> Value {
    for pattern in patterns {
        assert_eq!(check_pattern(pattern), Ok(()), "{pattern}");
    }
    let patterns: Vec<_> = patterns.iter().map(|text| (*text).to_owned()).collect();
    Blocklist::new(&patterns).apply(&mut document);
    document
}

fn account() -> Value {
    json!({
        "type": "account",
        "id": "act_1",
        "attributes": {
            "reference-id": "user-1",
            "names": 1,
            "fields": {
                "name_first": {"type": "string", "value": "Ada"},
                "name_last": {"type": "string", "value": "Lovelace"},
                "birthdate": {"type": "date", "value": "1815-12-10"},
                "homes": {"type": "array", "value": [{"street_1": "A", "city": "B"}]},
            },
        },
        "relationships": {"birthdate": {"data": null}},
    })
}

#[test]
fn c27_a_key_is_left_out_wherever_it_is() {
    let document = json!({"data": [account()], "included": [account()], "links": {"birthdate": 1}});
    let found = without(&["birthdate", "name-*", "street1"], document);
    for resource in [&found["data"][0], &found["included"][0]] {
        let attributes = &resource["attributes"];
        assert_eq!(
            attributes["fields"],
            json!({"homes": {"type": "array", "value": [{"city": "B"}]}})
        );
        assert_eq!(attributes["names"], 1, "no word ends within names");
        assert_eq!(
            resource["relationships"],
            json!({"birthdate": {"data": null}})
        );
    }
    assert_eq!(found["links"], json!({"birthdate": 1}));
}

#[test]
fn c28_a_path_names_one_place() {
    let document = json!({"data": account(), "included": [account()]});
    let found = without(&["/data/attributes/fields/name-*"], document.clone());
    assert_eq!(
        found["data"]["attributes"]["fields"].get("name_first"),
        None
    );
    assert_eq!(found["included"], document["included"]);
    let both = without(&["/*/attributes/fields/*?type=account"], document.clone());
    assert_eq!(both["data"]["attributes"]["fields"], json!({}));
    assert_eq!(both["included"][0]["attributes"]["fields"], json!({}));
    let other = without(&["/*/attributes/fields/*?type=inquiry"], document.clone());
    assert_eq!(other, document);
    let whole = without(&["/data/attributes"], document.clone());
    assert_eq!(whole["data"]["attributes"], json!({}));
    assert_eq!(whole["data"]["id"], "act_1");
    assert_eq!(
        without(&["/data/*", "/*/id"], document.clone())["data"]["attributes"],
        json!({})
    );
}

#[test]
fn c28_a_type_covers_its_subtypes() {
    let verification = json!({"data": {"type": "verification/government-id", "id": "ver_1", "attributes": {"a": 1}}});
    for kind in [
        "verification",
        "verification/government-id",
        "verification/government_id",
    ] {
        let found = without(
            &[&format!("/data/attributes/a?type={kind}")],
            verification.clone(),
        );
        assert_eq!(found["data"]["attributes"], json!({}), "{kind}");
    }
}

#[test]
fn c29_an_exemption_beats_every_block() {
    let document = json!({"data": account()});
    let patterns = [
        "!/data/attributes/fields/birthdate/*",
        "/data/attributes/*",
        "!/data/attributes/fields",
        "/data/attributes/fields/*",
        "!/data/attributes/fields/birthdate",
        "birthdate",
    ];
    let found = without(&patterns, document);
    let left = json!({"fields": {"birthdate": {"type": "date", "value": "1815-12-10"}}});
    assert_eq!(found["data"]["attributes"], left);
}

#[test]
fn c31_what_an_event_shows_keeps_its_id_type_and_relations() {
    let event = json!({
        "type": "event",
        "id": "evt_1",
        "attributes": {"name": "account.created", "payload": {"data": account()}},
    });
    let found = without(
        &["id", "type", "relationships", "fields"],
        json!({"data": event}),
    );
    let shown = &found["data"]["attributes"]["payload"]["data"];
    assert_eq!(
        (&shown["id"], &shown["type"]),
        (&json!("act_1"), &json!("account"))
    );
    assert_eq!(shown["relationships"], account()["relationships"]);
    assert_eq!(
        shown["attributes"],
        json!({"reference-id": "user-1", "names": 1})
    );
    let by_type = "/data/attributes/payload/data/attributes/fields?type=account";
    let found = without(&[by_type], json!({"data": event}));
    let shown = &found["data"]["attributes"]["payload"]["data"];
    assert_eq!(shown["attributes"].get("fields"), None);
}

#[test]
fn nothing_is_left_out_without_a_block() {
    let document = json!({"data": account()});
    assert!(Blocklist::new(&["!name-*".to_owned()]).is_empty());
    assert_eq!(without(&[], document.clone()), document);
    assert_eq!(without(&["!name-*"], document.clone()), document);
    for odd in [
        json!(null),
        json!([]),
        json!({"data": null}),
        json!({"errors": [{"title": "x"}]}),
    ] {
        assert_eq!(without(&["*"], odd.clone()), odd);
    }
}

#[test]
fn a_pattern_that_cannot_be_read_is_refused_and_once_stored_blocks_everything() {
    for wrong in [
        "",
        "!",
        "-",
        "/",
        "!!name",
        "name/first",
        "name?type=account",
        "/data//name",
        "/data/attributes/name?type=",
        "/data/attributes/name?kind=account",
        "/data/attributes/name?type=account&x=1",
        &"x".repeat(501),
    ] {
        assert!(check_pattern(wrong).is_err(), "{wrong}");
        let mut document = json!({"data": account()});
        Blocklist::new(&[wrong.to_owned()]).apply(&mut document);
        assert_eq!(document["data"]["attributes"], json!({}), "{wrong}");
    }
}

/// Names as words, so that the expectation needs no spelling.
const NAMES: [&[&str]; 12] = [
    &["name"],
    &["name", "first"],
    &["name", "last"],
    &["names"],
    &["surname"],
    &["address", "street", "1"],
    &["address", "city"],
    &["street", "1"],
    &["ssn", "last", "4"],
    &["birthdate"],
    &["x", "y", "z"],
    &["attributes"],
];

#[derive(Debug, Clone, Copy)]
enum Wanted {
    Exactly(usize),
    /// So many first words of a name, and a wildcard.
    Beginning(usize, usize),
    /// A wildcard, and so many last words.
    Ending(usize, usize),
    All,
}

impl Wanted {
    fn matches(self, words: &[&str]) -> bool {
        match self {
            Self::Exactly(name) => NAMES[name] == words,
            Self::Beginning(name, count) => {
                let first = &NAMES[name][..count];
                words.len() > count && words.starts_with(first)
            }
            Self::Ending(name, count) => {
                let last = &NAMES[name][NAMES[name].len() - count..];
                words.len() > count && words.ends_with(last)
            }
            Self::All => true,
        }
    }

    fn text(self, spelling: Inflection) -> String {
        // Camel case cannot tell `name*` from `name-*`.
        let separator = if spelling == Inflection::Snake {
            "_"
        } else {
            "-"
        };
        match self {
            Self::Exactly(name) => spell(NAMES[name], spelling),
            Self::Beginning(name, count) => {
                format!("{}{separator}*", NAMES[name][..count].join(separator))
            }
            Self::Ending(name, count) => {
                let last = &NAMES[name][NAMES[name].len() - count..];
                format!("*{separator}{}", last.join(separator))
            }
            Self::All => "*".to_owned(),
        }
    }
}

fn spell(words: &[&str], spelling: Inflection) -> String {
    match spelling {
        Inflection::Kebab => words.join("-"),
        Inflection::Snake => words.join("_"),
        Inflection::Camel => {
            let mut text = words[0].to_owned();
            for word in &words[1..] {
                let (first, rest) = word.split_at(1);
                text.push_str(&first.to_ascii_uppercase());
                text.push_str(rest);
            }
            text
        }
    }
}

#[derive(Debug, Clone)]
struct Rule {
    exempts: bool,
    spelling: Inflection,
    last: Wanted,
    path: Option<Path>,
}

/// `/root/attributes/between…/last`
#[derive(Debug, Clone)]
struct Path {
    root: &'static str,
    between: Vec<Wanted>,
    kind: Option<&'static str>,
}

impl Rule {
    fn text(&self) -> String {
        let sign = if self.exempts { "!" } else { "" };
        let last = self.last.text(self.spelling);
        let Some(path) = &self.path else {
            return format!("{sign}{last}");
        };
        let between: String = path
            .between
            .iter()
            .map(|wanted| format!("{}/", wanted.text(self.spelling)))
            .collect();
        let kind = path.kind.map(|kind| format!("?type={kind}"));
        let kind = kind.unwrap_or_default();
        format!("{sign}/{}/attributes/{between}{last}{kind}", path.root)
    }

    fn matches(&self, root: &str, kind: &str, names: &[usize]) -> bool {
        let Some((last, before)) = names.split_last() else {
            return false;
        };
        let Some(path) = &self.path else {
            return self.last.matches(NAMES[*last]);
        };
        ["*", root].contains(&path.root)
            && path.kind.is_none_or(|wanted| wanted == kind)
            && path.between.len() == before.len()
            && path
                .between
                .iter()
                .zip(before)
                .all(|(wanted, name)| wanted.matches(NAMES[*name]))
            && self.last.matches(NAMES[*last])
    }
}

#[derive(Debug, Clone)]
enum Node {
    Leaf(u8),
    Members(Vec<(usize, Node)>),
    Items(Vec<Node>),
}

impl Node {
    /// `stays`: whether the member under these names is to be in it.
    fn json(
        &self,
        spelling: Inflection,
        names: &mut Vec<usize>,
        stays: &dyn Fn(&[usize]) -> bool,
    ) -> Value {
        match self {
            Self::Leaf(number) => json!(number),
            Self::Items(items) => items
                .iter()
                .map(|item| item.json(spelling, names, stays))
                .collect(),
            Self::Members(members) => {
                let mut object = Map::new();
                for (name, node) in members {
                    names.push(*name);
                    if stays(names) {
                        object.insert(
                            spell(NAMES[*name], spelling),
                            node.json(spelling, names, stays),
                        );
                    }
                    names.pop();
                }
                Value::Object(object)
            }
        }
    }
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let part = || (0..NAMES.len()).prop_flat_map(|name| (Just(name), 1..=NAMES[name].len()));
    prop_oneof![
        4 => (0..NAMES.len()).prop_map(Wanted::Exactly),
        2 => part().prop_map(|(name, count)| Wanted::Beginning(name, count)),
        2 => part().prop_map(|(name, count)| Wanted::Ending(name, count)),
        1 => Just(Wanted::All),
    ]
}

fn spelling() -> impl Strategy<Value = Inflection> {
    prop::sample::select(vec![
        Inflection::Kebab,
        Inflection::Camel,
        Inflection::Snake,
    ])
}

fn kind() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["account", "inquiry"])
}

fn rule() -> impl Strategy<Value = Rule> {
    let path = (
        prop::sample::select(vec!["data", "included", "*"]),
        prop::collection::vec(wanted(), 0..3),
        prop::option::of(kind()),
    );
    let path = path.prop_map(|(root, between, kind)| Path {
        root,
        between,
        kind,
    });
    (
        prop::bool::weighted(0.3),
        spelling(),
        wanted(),
        prop::option::of(path),
    )
        .prop_map(|(exempts, spelling, last, path)| Rule {
            exempts,
            spelling,
            last,
            path,
        })
}

fn members(inner: impl Strategy<Value = Node> + Clone + 'static) -> impl Strategy<Value = Node> {
    prop::collection::btree_map(0..NAMES.len(), inner, 0..5)
        .prop_map(|members| Node::Members(members.into_iter().collect()))
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = any::<u8>().prop_map(Node::Leaf).boxed();
    let inner = leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            members(inner.clone()),
            prop::collection::vec(inner, 0..3).prop_map(Node::Items),
        ]
        .boxed()
    });
    members(inner)
}

fn document(
    resources: &[(bool, &'static str, Node)],
    spelling: Inflection,
    stays: impl Fn(&str, &str, &[usize]) -> bool,
) -> Value {
    let of = |root: &'static str| -> Vec<Value> {
        resources
            .iter()
            .filter(|(is_included, ..)| *is_included == (root == "included"))
            .map(|(_, kind, node)| {
                let stays = |names: &[usize]| stays(root, kind, names);
                let attributes = node.json(spelling, &mut Vec::new(), &stays);
                json!({"type": kind, "id": "1", "attributes": attributes, "relationships": {"name": {"data": null}}})
            })
            .collect()
    };
    json!({"data": of("data"), "included": of("included"), "links": {"next": null}})
}

proptest! {
    #[test]
    fn c26_c32_no_attribute_is_there_that_is_blocked_and_not_exempt_and_every_other_is(
        rules in prop::collection::vec(rule(), 0..6),
        resources in prop::collection::vec((any::<bool>(), kind(), node()), 1..4),
        spelling in spelling(),
        to in spelling(),
    ) {
        let patterns: Vec<String> = rules.iter().map(Rule::text).collect();
        for pattern in &patterns {
            prop_assert_eq!(check_pattern(pattern), Ok(()), "{}", pattern);
        }
        let stays = |root: &str, kind: &str, names: &[usize]| {
            let by = |exempts: bool| {
                rules
                    .iter()
                    .any(|rule| rule.exempts == exempts && rule.matches(root, kind, names))
            };
            !by(false) || by(true)
        };
        let mut expected = document(&resources, spelling, stays);
        let mut found = document(&resources, spelling, |_, _, _| true);
        let list = Blocklist::new(&patterns);
        list.apply(&mut found);
        prop_assert_eq!(&found, &expected, "{:?}", patterns);

        // Looking again finds nothing to leave out, and the answer in the caller's spelling shows no more.
        list.apply(&mut found);
        prop_assert_eq!(&found, &expected);
        inflect(&mut found, to, false);
        inflect(&mut expected, to, false);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn any_text_is_a_pattern_or_refused(text in ".{0,40}") {
        let mut document = json!({"data": account()});
        Blocklist::new(&[text]).apply(&mut document);
        prop_assert_eq!(&document["data"]["id"], "act_1");
    }
}
