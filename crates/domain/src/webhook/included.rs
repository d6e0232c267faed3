//! Which related objects a delivery carries along (W12).

use serde::{Deserialize, Serialize};

use super::event_name::{EVENT_NAMES, matches, type_of};

/// W12.
pub const MOST_EVENT_TYPES: usize = 200;
/// W12: of one type of event.
pub const MOST_RELATIONS: usize = 100;

/// Of which events which relations are included.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncludedAllowlist {
    #[default]
    None,
    All,
    /// By the type of event; those that are not here include nothing.
    Custom(Vec<IncludedOf>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncludedOf {
    /// `inquiry`, of events such as `inquiry.created`.
    pub event_type: String,
    /// Names of relations, or `*` alone for all of them.
    pub relations: Vec<String>,
}

/// The relations of one event's object that are included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Included<'a> {
    None,
    All,
    These(&'a [String]),
}

impl IncludedOf {
    fn is_all(&self) -> bool {
        self.relations == ["*"]
    }
}

impl IncludedAllowlist {
    /// What a delivery of the event includes.
    pub fn of(&self, event_name: &str) -> Included<'_> {
        match self {
            Self::None => Included::None,
            Self::All => Included::All,
            Self::Custom(types) => {
                let kind = type_of(event_name);
                match types.iter().find(|of| of.event_type == kind) {
                    None => Included::None,
                    Some(of) if of.is_all() => Included::All,
                    Some(of) => Included::These(&of.relations),
                }
            }
        }
    }

    /// W12: without what the webhook is never told of; all of everything is said in one word.
    #[must_use]
    pub fn settled(self, enabled_events: &[String]) -> Self {
        let Self::Custom(mut types) = self else {
            return self;
        };
        let is_told = |name: &str| enabled_events.iter().any(|pattern| matches(pattern, name));
        let told: Vec<&str> = EVENT_NAMES
            .iter()
            .filter(|name| is_told(name))
            .map(|name| type_of(name))
            .collect();
        types.retain(|of| told.contains(&of.event_type.as_str()));
        let has_all = |kind: &&str| {
            types
                .iter()
                .any(|of| of.event_type == **kind && of.is_all())
        };
        if types.is_empty() {
            Self::None
        } else if told.iter().all(has_all) {
            Self::All
        } else {
            Self::Custom(types)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom(types: &[(&str, &[&str])]) -> IncludedAllowlist {
        let types = types.iter().map(|(kind, relations)| IncludedOf {
            event_type: (*kind).to_owned(),
            relations: relations.iter().map(|name| (*name).to_owned()).collect(),
        });
        IncludedAllowlist::Custom(types.collect())
    }

    #[test]
    fn w12_each_type_of_event_includes_its_own() {
        let list = custom(&[("inquiry", &["account", "sessions"]), ("account", &["*"])]);
        let these = ["account".to_owned(), "sessions".to_owned()];
        for (name, expected) in [
            ("inquiry.created", Included::These(&these)),
            ("inquiry-session.started", Included::None),
            ("account.created", Included::All),
        ] {
            assert_eq!(list.of(name), expected, "{name}");
        }
        assert_eq!(
            IncludedAllowlist::None.of("inquiry.created"),
            Included::None
        );
        assert_eq!(IncludedAllowlist::All.of("inquiry.created"), Included::All);
    }

    #[test]
    fn w12_what_is_never_told_goes_and_all_of_everything_is_all() {
        let both = [("inquiry", ["*"].as_slice()), ("account", ["*"].as_slice())];
        for (list, events, expected) in [
            (
                custom(&both),
                ["inquiry.created", "account.*"].as_slice(),
                IncludedAllowlist::All,
            ),
            (custom(&both), &["inquiry.created"], IncludedAllowlist::All),
            (custom(&both), &["*"], custom(&both)),
            (
                custom(&both[..1]),
                &["inquiry.created", "account.*"],
                custom(&both[..1]),
            ),
            (custom(&both), &["case.created"], IncludedAllowlist::None),
            (
                custom(&[("inquiry", &["account"])]),
                &["inquiry.*"],
                custom(&[("inquiry", &["account"])]),
            ),
            (
                IncludedAllowlist::All,
                &["inquiry.*"],
                IncludedAllowlist::All,
            ),
        ] {
            let events: Vec<String> = events.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(list.settled(&events), expected, "{events:?}");
        }
    }
}
