//! What nobody but the receiver of a webhook may know (W13–W17).

use serde::{Deserialize, Serialize};

use super::CustomHeader;
use crate::Timestamp;
use crate::id::Entropy;

/// W15: a secret that was replaced is gone within 30 days.
pub const MOST_GRACE_SECONDS: i64 = 2_592_000;

const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// What deliveries are signed with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSecret {
    pub value: String,
    /// `None`: the current one.
    pub expires_at: Option<Timestamp>,
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("WebhookSecret")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl WebhookSecret {
    /// W13: `wbhsec_`, and letters and digits in the shape of a UUID.
    pub fn mint(entropy: &mut Entropy) -> Self {
        let groups = [8, 4, 4, 4, 12].map(|length| entropy.text(ALPHABET, length));
        Self {
            value: format!("wbhsec_{}", groups.join("-")),
            expires_at: None,
        }
    }
}

/// All that is kept sealed of one webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSecrets {
    /// The current one, then the one it replaced.
    pub secrets: Vec<WebhookSecret>,
    pub headers: Vec<CustomHeader>,
}

impl WebhookSecrets {
    /// Those of a new webhook.
    pub fn new(headers: Vec<CustomHeader>, entropy: &mut Entropy) -> Self {
        Self {
            secrets: vec![WebhookSecret::mint(entropy)],
            headers,
        }
    }

    /// W14: the secrets that count, the newest first.
    pub fn live(&self, now: Timestamp) -> Vec<WebhookSecret> {
        let is_live = |secret: &&WebhookSecret| secret.expires_at.is_none_or(|at| at > now);
        self.secrets.iter().filter(is_live).cloned().collect()
    }

    /// W15, W16: a new secret; the one before lives on for so many seconds, and no other one does.
    pub fn rotate(&mut self, grace_seconds: i64, now: Timestamp, entropy: &mut Entropy) {
        let replaced = self.secrets.drain(..).next();
        self.secrets.push(WebhookSecret::mint(entropy));
        if grace_seconds > 0 {
            self.secrets.extend(replaced.map(|secret| WebhookSecret {
                expires_at: Some(now.plus_seconds(grace_seconds)),
                ..secret
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_770_113_700_000);

    #[test]
    fn w13_a_secret_has_the_published_shape() {
        let secret = WebhookSecret::mint(&mut Entropy::seeded(1));
        let (prefix, text) = secret.value.split_once('_').unwrap();
        let groups: Vec<usize> = text.split('-').map(str::len).collect();
        assert_eq!(
            (prefix, groups.as_slice()),
            ("wbhsec", [8, 4, 4, 4, 12].as_slice())
        );
        assert!(!format!("{secret:?}").contains(text));
    }

    #[test]
    fn w15_w16_the_replaced_secret_has_its_grace_and_never_do_three_live() {
        let mut entropy = Entropy::seeded(1);
        let made = WebhookSecrets::new(vec![], &mut entropy);
        for (graces, expected) in [
            ([0].as_slice(), [None].as_slice()),
            (&[60], &[None, Some(60)]),
            (&[60, 30], &[None, Some(30)]),
            (&[60, 0], &[None]),
            (&[0, MOST_GRACE_SECONDS], &[None, Some(MOST_GRACE_SECONDS)]),
        ] {
            let mut secrets = made.clone();
            let mut before = secrets.secrets[0].value.clone();
            for grace in graces {
                before.clone_from(&secrets.secrets[0].value);
                secrets.rotate(*grace, NOW, &mut entropy);
                assert_ne!(secrets.secrets[0].value, before);
            }
            let ends: Vec<_> = secrets
                .live(NOW)
                .iter()
                .map(|secret| secret.expires_at)
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|seconds| seconds.map(|seconds| NOW.plus_seconds(seconds)))
                .collect();
            assert_eq!(ends, expected, "{graces:?}");
            if let Some(old) = secrets.secrets.get(1) {
                assert_eq!(old.value, before);
            }
        }
    }

    #[test]
    fn w14_a_secret_that_has_ended_counts_no_more() {
        let mut entropy = Entropy::seeded(1);
        let mut secrets = WebhookSecrets::new(vec![], &mut entropy);
        secrets.rotate(60, NOW, &mut entropy);
        for (seconds, count) in [(0, 2), (59, 2), (60, 1), (61, 1)] {
            assert_eq!(
                secrets.live(NOW.plus_seconds(seconds)).len(),
                count,
                "{seconds}"
            );
        }
    }
}
