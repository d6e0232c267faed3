//! Session tokens: a JWT that stands for one inquiry session (B420–B429).

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use selfsame_domain::Timestamp;
use selfsame_domain::id::{Entropy, EnvironmentId, Id, SessionId};
use selfsame_domain::session::Session;
use serde::{Deserialize, Serialize};

const AUDIENCE: &str = "persona-verify";
/// B425.
const LONGEST_TOKEN: usize = 4096;
const SKEW_SECONDS: i64 = 30;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: String,
    sid: String,
    aud: String,
    iss: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
}

/// `None` only if the claims could not be serialised, which strings and numbers always can.
pub fn issue(
    session: &Session,
    issuer: &str,
    key: &[u8],
    now: Timestamp,
    entropy: &mut Entropy,
) -> Option<String> {
    let seconds = now.millis() / 1000;
    let id = session.id.to_string();
    let claims = Claims {
        sub: id.clone(),
        sid: id,
        aud: AUDIENCE.to_owned(),
        iss: issuer.to_owned(),
        iat: seconds,
        nbf: seconds,
        exp: session.expires_at.millis() / 1000,
        jti: uuid(entropy.bytes()),
    };
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(session.environment_id.to_string());
    encode(&header, &claims, &EncodingKey::from_secret(key)).ok()
}

/// The environment whose key signed it, as the token itself says; proves nothing yet.
pub fn environment_of(token: &str) -> Option<EnvironmentId> {
    if token.len() > LONGEST_TOKEN {
        return None;
    }
    let header = jsonwebtoken::decode_header(token).ok()?;
    if header.alg != Algorithm::HS256 {
        return None;
    }
    EnvironmentId::parse(&header.kid?).ok()
}

/// The session of a token that is well signed and within its time. The session itself must still be looked
/// up: a token alone proves nothing (B423).
pub fn verify(token: &str, key: &[u8], now: Timestamp) -> Option<SessionId> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&[AUDIENCE]);
    // Times are checked below, against the clock that was passed in.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.required_spec_claims.clear();
    let claims = decode::<Claims>(token, &DecodingKey::from_secret(key), &validation)
        .ok()?
        .claims;
    // Not before `nbf`: only we sign these, each for use at once, so an early one means that our clock was set back,
    // and nobody is thrown out for that (B424).
    let in_time = now.millis() / 1000 < claims.exp + SKEW_SECONDS;
    (in_time && claims.sid == claims.sub).then(|| SessionId::parse(&claims.sid).ok())?
}

fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = crate::secret::hex(&bytes);
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

#[cfg(test)]
mod tests {
    use selfsame_domain::id::InquiryId;
    use selfsame_domain::session::{Device, SessionStatus};

    use super::*;

    #[test]
    fn b424_a_token_works_until_its_end_also_when_the_clock_is_set_back() {
        let now = Timestamp::from_millis(1_770_113_700_000);
        let mut entropy = Entropy::seeded(1);
        let session = Session {
            id: SessionId::mint(&mut entropy, now),
            environment_id: EnvironmentId::mint(&mut entropy, now),
            inquiry_id: InquiryId::mint(&mut entropy, now),
            device_id: None,
            status: SessionStatus::New,
            created_at: now,
            started_at: None,
            expired_at: None,
            expires_at: now.plus_seconds(3600),
            device: Device::default(),
            version: 1,
        };
        let key = [7; 32];
        let token = issue(&session, "host", &key, now, &mut entropy).unwrap();
        let works = |seconds: i64| verify(&token, &key, now.plus_seconds(seconds)).is_some();
        assert!(works(0) && works(3599));
        assert!(works(-86_400), "the clock was set back by a day");
        assert!(!works(3600 + SKEW_SECONDS));
        assert!(verify(&token, &[8; 32], now).is_none());
    }
}
