//! The attribute blocklist of a key: what is left out of every answer to it (C26–C32).
//!
//! Works on the finished document, in any spelling of its keys. A pattern is compiled once, when its key is read.

use serde_json::{Map, Value, json};

use crate::inflection::same_key;

const LONGEST: usize = 500;

/// The patterns of one key.
#[derive(Debug, Clone, Default)]
pub struct Blocklist {
    blocks: Vec<Pattern>,
    exemptions: Vec<Pattern>,
}

#[derive(Debug, Clone)]
enum Pattern {
    /// C27: that key, on any object.
    Key(Glob),
    /// C28: one key per segment, from the document's root.
    Path {
        segments: Vec<Glob>,
        /// Of one of the resource objects on the way.
        kind: Option<String>,
    },
}

/// What is wrong with a pattern, if anything is.
pub fn check_pattern(text: &str) -> Result<(), &'static str> {
    parse(text).map(|_| ())
}

/// The pattern, and whether it is an exemption.
fn parse(text: &str) -> Result<(Pattern, bool), &'static str> {
    if text.len() > LONGEST {
        return Err("must be at most 500 bytes long");
    }
    let (rest, exempts) = match text.strip_prefix('!') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let Some(path) = rest.strip_prefix('/') else {
        if rest.contains(['/', '?', '!']) {
            return Err("must be an attribute name, or a path that begins with /");
        }
        return Ok((Pattern::Key(Glob::parse(rest)?), exempts));
    };
    let (path, kind) = match path.split_once('?') {
        None => (path, None),
        Some((path, query)) => match query.strip_prefix("type=") {
            Some(kind) if !kind.is_empty() && !kind.contains(['&', '?']) => {
                (path, Some(kind.to_owned()))
            }
            _ => return Err("takes ?type= with one resource type, and nothing else"),
        },
    };
    let segments = path
        .split('/')
        .map(Glob::parse)
        .collect::<Result<Vec<_>, _>>()?;
    Ok((Pattern::Path { segments, kind }, exempts))
}

impl Blocklist {
    /// Of stored patterns. One that cannot be read blocks everything: too little is better than too much.
    pub fn new(patterns: &[String]) -> Self {
        let mut list = Self::default();
        for text in patterns {
            match parse(text) {
                Ok((pattern, true)) => list.exemptions.push(pattern),
                Ok((pattern, false)) => list.blocks.push(pattern),
                Err(_) => list.blocks.push(Pattern::Key(Glob::anything())),
            }
        }
        list
    }

    /// Whether every document stays whole.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Leaves out what is blocked.
    pub fn apply(&self, document: &mut Value) {
        let Some(document) = document.as_object_mut().filter(|_| !self.is_empty()) else {
            return;
        };
        let mut place = Place::default();
        for member in ["data", "included"] {
            if let Some(resources) = document.get_mut(member) {
                place.path.push(Key::new(member));
                self.resources(resources, &mut place);
                place.path.pop();
            }
        }
    }

    /// Whether an object of this kind is shown without what lies at `place`, below its `attributes`.
    pub fn hides(&self, kind: &str, place: &[&str]) -> bool {
        if self.is_empty() {
            return false;
        }
        let value = place
            .iter()
            .rev()
            .fold(Value::Bool(true), |inner, key| json!({*key: inner}));
        let mut document = json!({"data": {"type": kind, "attributes": value}});
        self.apply(&mut document);
        let attributes = &document["data"]["attributes"];
        place
            .iter()
            .try_fold(attributes, |value, key| value.get(*key))
            .is_none()
    }

    /// C32: a list is as good as its elements.
    fn resources(&self, value: &mut Value, place: &mut Place) {
        match value {
            Value::Array(items) => {
                for item in items {
                    self.resources(item, place);
                }
            }
            Value::Object(resource) => self.resource(resource, place),
            _ => {}
        }
    }

    /// C31: only `attributes` shrink.
    fn resource(&self, resource: &mut Map<String, Value>, place: &mut Place) {
        let kind = resource.get("type").and_then(Value::as_str);
        place.kinds.push(kind.unwrap_or_default().to_owned());
        if let Some(attributes) = resource.get_mut("attributes") {
            place.path.push(Key::new("attributes"));
            if self.blocks_path(place) {
                *attributes = Value::Object(Map::new());
            } else {
                self.content(attributes, place);
            }
            place.path.pop();
        }
        place.kinds.pop();
    }

    fn content(&self, value: &mut Value, place: &mut Place) {
        match value {
            Value::Array(items) => {
                for item in items {
                    self.content(item, place);
                }
            }
            Value::Object(members) => members.retain(|key, value| {
                place.path.push(Key::new(key));
                let stays = !self.blocks(place);
                if stays {
                    if place.is_snapshot() {
                        self.resources(value, place);
                    } else {
                        self.content(value, place);
                    }
                }
                place.path.pop();
                stays
            }),
            _ => {}
        }
    }

    /// C29: an exemption beats every block.
    fn blocks(&self, place: &Place) -> bool {
        let matches = |pattern: &Pattern| pattern.matches(place);
        self.blocks.iter().any(matches) && !self.exemptions.iter().any(matches)
    }

    /// Whether `attributes` itself is blocked, which no pattern for a key can do: it is the container, no attribute.
    fn blocks_path(&self, place: &Place) -> bool {
        let matches =
            |pattern: &Pattern| matches!(pattern, Pattern::Path { .. }) && pattern.matches(place);
        self.blocks.iter().any(matches) && !self.exemptions.iter().any(matches)
    }
}

/// Where in the document the walk is.
#[derive(Debug, Default)]
struct Place {
    path: Vec<Key>,
    /// The types of the resource objects on the way.
    kinds: Vec<String>,
}

impl Place {
    /// An event's payload holds a resource object as its own endpoint would show it (E2).
    fn is_snapshot(&self) -> bool {
        let [kind] = self.kinds.as_slice() else {
            return false;
        };
        let [.., attributes, payload, data] = self.path.as_slice() else {
            return false;
        };
        kind == "event"
            && self.path.len() == 4
            && [attributes, payload, data]
                .into_iter()
                .zip(["attributes", "payload", "data"])
                .all(|(key, name)| key.is(name))
    }
}

impl Pattern {
    fn matches(&self, place: &Place) -> bool {
        match self {
            Self::Key(glob) => place.path.last().is_some_and(|key| glob.matches(key)),
            Self::Path { segments, kind } => {
                segments.len() == place.path.len()
                    && segments
                        .iter()
                        .zip(&place.path)
                        .all(|(glob, key)| glob.matches(key))
                    && kind
                        .as_ref()
                        .is_none_or(|kind| place.kinds.iter().any(|known| covers(kind, known)))
            }
        }
    }
}

/// `verification` also speaks of `verification/government-id`, as in sparse fieldsets (C85).
fn covers(kind: &str, known: &str) -> bool {
    let parent = known.split_once('/').map(|(parent, _)| parent);
    same_key(kind, known) || parent.is_some_and(|parent| same_key(kind, parent))
}

/// A key without what spellings differ in, and where its words begin.
#[derive(Debug)]
struct Key {
    characters: Vec<char>,
    /// For each character but the first, whether a word may begin with it.
    begins: Vec<bool>,
}

impl Key {
    fn new(text: &str) -> Self {
        let mut key = Self {
            characters: Vec::with_capacity(text.len()),
            begins: Vec::with_capacity(text.len()),
        };
        let mut previous: Option<char> = None;
        for character in text.chars() {
            if !is_separator(character) {
                let begins = previous.is_some_and(|previous| starts_word(previous, character));
                key.begins.push(begins && !key.characters.is_empty());
                key.characters.push(character.to_ascii_lowercase());
            }
            previous = Some(character);
        }
        key
    }

    fn is(&self, name: &str) -> bool {
        let name = name.chars().filter(|character| !is_separator(*character));
        self.characters.iter().copied().eq(name)
    }
}

fn is_separator(character: char) -> bool {
    matches!(character, '-' | '_')
}

fn starts_word(previous: char, character: char) -> bool {
    is_separator(previous)
        || character.is_ascii_uppercase()
        || previous.is_ascii_digit() != character.is_ascii_digit()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Character(char),
    /// Whatever stands there, or nothing.
    Anything,
    /// A word ends and another begins.
    Border,
}

/// C30: a key with wildcards, compared regardless of spelling. Beside a wildcard a separator, or the capital letter of
/// camel case, stands for the border of a word: `name-*` is `name-first` and `nameFirst`, but not `names`.
#[derive(Debug, Clone)]
struct Glob(Vec<Piece>);

impl Glob {
    fn anything() -> Self {
        Self(vec![Piece::Anything])
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err("must not have an empty name");
        }
        let characters: Vec<char> = text.chars().collect();
        let mut pieces = Vec::with_capacity(characters.len());
        for (place, character) in characters.iter().copied().enumerate() {
            let before = place.checked_sub(1).map(|place| characters[place]);
            let after = characters.get(place + 1).copied();
            match character {
                '*' if before == Some('*') => {}
                '*' => pieces.push(Piece::Anything),
                _ if is_separator(character) => {
                    let is_between = before.is_some() && after.is_some();
                    if is_between && (before == Some('*') || after == Some('*')) {
                        pieces.push(Piece::Border);
                    }
                }
                _ => {
                    if before == Some('*') && character.is_ascii_uppercase() {
                        pieces.push(Piece::Border);
                    }
                    pieces.push(Piece::Character(character.to_ascii_lowercase()));
                }
            }
        }
        let is_border = |piece: &Piece| *piece == Piece::Border;
        if pieces.iter().all(is_border) {
            return Err("must not have an empty name");
        }
        Ok(Self(pieces))
    }

    fn matches(&self, key: &Key) -> bool {
        let length = key.characters.len();
        // For each place in the key, whether the pieces so far can end there.
        let mut ends = vec![false; length + 1];
        ends[0] = true;
        for piece in &self.0 {
            let before = std::mem::replace(&mut ends, vec![false; length + 1]);
            match piece {
                Piece::Anything => {
                    let first = before.iter().position(|end| *end);
                    ends.iter_mut()
                        .skip(first.unwrap_or(length + 1))
                        .for_each(|end| *end = true);
                }
                Piece::Border => {
                    for place in 1..length {
                        ends[place] = before[place] && key.begins[place];
                    }
                }
                Piece::Character(character) => {
                    for place in 0..length {
                        ends[place + 1] = before[place] && key.characters[place] == *character;
                    }
                }
            }
        }
        ends[length]
    }
}

#[cfg(test)]
mod tests;
