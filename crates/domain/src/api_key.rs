//! API keys: what one may do, and how long it lives (K1–K16).

use serde::{Deserialize, Serialize};

use crate::id::{ApiKeyId, EnvironmentId};
use crate::permission::{self, Permission};
use crate::{Refusal, Timestamp};

/// K12: a key ends within 30 days of being told to.
pub const MOST_EXPIRY_SECONDS: i64 = 2_592_000;
pub const DEFAULT_FILE_TOKEN_SECONDS: i64 = 21_600;
/// Three days.
pub const MOST_FILE_TOKEN_SECONDS: i64 = 259_200;
pub const MAX_NAME_CHARACTERS: usize = 255;
pub const MAX_NOTE_CHARACTERS: usize = 10_000;
/// Entries of the allowlist, and of the blocklist.
pub const MOST_ENTRIES: usize = 1000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeySettings {
    /// Stored in a column of its own, as lists are filtered by it.
    #[serde(skip)]
    pub name: String,
    pub note: Option<String>,
    pub permissions: Vec<String>,
    pub api_version: String,
    pub inflection: String,
    pub ip_address_allowlist: Vec<String>,
    pub attributes_blocklist: Vec<String>,
    pub file_access_token_expires_in: i64,
    /// The key's own rate limit, besides that of its environment (C99).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u32>,
}

impl ApiKeySettings {
    /// K3: what a key has that was made with a name and nothing else.
    pub fn new(name: impl Into<String>, api_version: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            note: None,
            permissions: names(&permission::defaults()),
            api_version: api_version.into(),
            inflection: "kebab".to_owned(),
            ip_address_allowlist: vec!["*".to_owned()],
            attributes_blocklist: Vec::new(),
            file_access_token_expires_in: DEFAULT_FILE_TOKEN_SECONDS,
            requests_per_minute: None,
        }
    }

    pub fn apply(&mut self, change: ApiKeyChange) {
        set(&mut self.name, change.name);
        set(&mut self.note, change.note);
        set(
            &mut self.permissions,
            change.permissions.as_deref().map(names),
        );
        set(&mut self.api_version, change.api_version);
        set(&mut self.inflection, change.inflection);
        set(&mut self.ip_address_allowlist, change.ip_address_allowlist);
        set(&mut self.attributes_blocklist, change.attributes_blocklist);
        set(
            &mut self.file_access_token_expires_in,
            change.file_access_token_expires_in,
        );
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// The wire names of permissions, each once.
pub fn names(permissions: &[Permission]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(permissions.len());
    for permission in permissions {
        if !names.iter().any(|name| name == permission.as_str()) {
            names.push(permission.as_str().to_owned());
        }
    }
    names
}

/// What is to be otherwise; `None` leaves it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApiKeyChange {
    pub name: Option<String>,
    pub note: Option<Option<String>>,
    pub permissions: Option<Vec<Permission>>,
    pub api_version: Option<String>,
    pub inflection: Option<String>,
    pub ip_address_allowlist: Option<Vec<String>>,
    pub attributes_blocklist: Option<Vec<String>>,
    pub file_access_token_expires_in: Option<i64>,
}

/// A key without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub environment_id: EnvironmentId,
    pub id: ApiKeyId,
    pub settings: ApiKeySettings,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// K16: up to a minute behind.
    pub last_used_at: Option<Timestamp>,
    pub version: i64,
}

/// C17: from its end on a key is none.
pub fn is_live(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_none_or(|at| at > now)
}

/// K10: nobody gives what they do not have. `held`: the permissions of the one who asks, `None` for the operator, who
/// may give any; what the key could do `before` is not given.
pub fn check_grant(
    held: Option<&[Permission]>,
    before: &[String],
    after: &[String],
) -> Result<(), Refusal> {
    let Some(held) = held else {
        return Ok(());
    };
    let may_give = |name: &String| {
        before.contains(name) || held.iter().any(|permission| permission.as_str() == name)
    };
    match after.iter().find(|name| !may_give(name)) {
        None => Ok(()),
        Some(name) => Err(Refusal::forbidden(format!(
            "API key cannot grant the {name} permission, which it does not have"
        ))),
    }
}

/// K12: sets the end, sooner or later than one that was set before. K13: what has ended stays ended.
pub fn expire(key: &mut ApiKey, seconds: i64, now: Timestamp) -> Result<(), Refusal> {
    if !is_live(key.expires_at, now) {
        return Err(Refusal::conflict("API key already expired"));
    }
    key.expires_at = Some(now.plus_seconds(seconds));
    Ok(())
}

/// What is wrong with a name, if anything is.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    if name.trim().is_empty() {
        return Err("must not be blank");
    }
    if name.chars().count() > MAX_NAME_CHARACTERS {
        return Err("must be at most 255 characters long");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    const NOW: Timestamp = Timestamp::from_millis(1_770_113_700_000);

    fn key(expires_at: Option<Timestamp>) -> ApiKey {
        ApiKey {
            environment_id: EnvironmentId::from_trusted("env_1".into()),
            id: ApiKeyId::from_trusted("api_1".into()),
            settings: ApiKeySettings::new("Key", "2025-12-08"),
            created_at: NOW,
            expires_at,
            last_used_at: None,
            version: 1,
        }
    }

    #[test]
    fn k3_a_new_key_may_do_everything_but_handle_keys() {
        let settings = ApiKeySettings::new("Key", "2025-12-08");
        let all = Permission::ALL.len();
        assert_eq!(settings.permissions.len(), all - 3);
        assert!(
            !settings
                .permissions
                .iter()
                .any(|name| name.starts_with("api_key"))
        );
    }

    #[test]
    fn k10_only_what_is_held_or_was_there_can_be_given() {
        let text = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let held = [Permission::AccountRead, Permission::ApiKeyWrite];
        for (before, after, refused) in [
            (text(&[]), text(&[]), None),
            (text(&[]), text(&["account.read", "api_key.write"]), None),
            (
                text(&[]),
                text(&["account.read", "inquiry.read"]),
                Some("inquiry.read"),
            ),
            (
                text(&["inquiry.read"]),
                text(&["inquiry.read", "account.read"]),
                None,
            ),
            (
                text(&["inquiry.read"]),
                text(&["inquiry.write"]),
                Some("inquiry.write"),
            ),
            (text(&["inquiry.read"]), text(&[]), None),
        ] {
            let outcome = check_grant(Some(&held), &before, &after);
            let refused = refused.map(|name| {
                format!("API key cannot grant the {name} permission, which it does not have")
            });
            assert_eq!(
                outcome.err().and_then(|refusal| refusal.details),
                refused,
                "{after:?}"
            );
            assert_eq!(check_grant(None, &before, &after), Ok(()));
        }
    }

    #[test]
    fn k12_k13_an_end_can_be_moved_until_it_has_come() {
        let later = NOW.plus_seconds(60);
        for before in [
            None,
            Some(NOW.plus_seconds(1)),
            Some(NOW.plus_seconds(9999)),
        ] {
            let mut key = key(before);
            assert_eq!(expire(&mut key, 60, NOW), Ok(()));
            assert_eq!(key.expires_at, Some(later));
            assert!(is_live(key.expires_at, NOW.plus_seconds(59)));
            assert!(!is_live(key.expires_at, later));
        }
        let mut ended = key(Some(NOW));
        assert_eq!(
            expire(&mut ended, 60, NOW).map_err(|no| no.status()),
            Err(409)
        );
        assert_eq!(ended.expires_at, Some(NOW));
        let mut at_once = key(None);
        expire(&mut at_once, 0, NOW).unwrap();
        assert!(!is_live(at_once.expires_at, NOW));
    }

    #[test]
    fn names_are_filled_and_short() {
        assert_eq!(check_name("backend"), Ok(()));
        assert_eq!(check_name(&"ü".repeat(255)), Ok(()));
        assert!(check_name(&"ü".repeat(256)).is_err());
        assert!(check_name(" \t").is_err());
    }
}
