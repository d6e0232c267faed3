//! The id of a delivery: the number of its event, and a hash that says whose it is (W80).

use selfsame_domain::id::{DeliveryId, Id as _, WebhookId, base58_digits, base58_number};

use crate::sha256;

/// Room for every number: 58^11 is more than 2^63.
const NUMBER_LENGTH: usize = 11;
const HASH_LENGTH: usize = 17;

/// W65, W80: the same for every attempt, whichever server makes it.
pub fn delivery_id(webhook: &WebhookId, sequence: i64) -> DeliveryId {
    let number: [u8; NUMBER_LENGTH] = base58_digits(sequence.unsigned_abs());
    let hash = sha256(&[webhook.as_str().as_bytes(), &sequence.to_be_bytes()]);
    let hash = hash
        .iter()
        .take(HASH_LENGTH)
        .flat_map(|byte| base58_digits::<1>(u64::from(*byte)));
    let tail: String = number.into_iter().chain(hash).map(char::from).collect();
    DeliveryId::from_trusted(format!("{}_{tail}", DeliveryId::PREFIX))
}

/// The number of the event that a delivery of this webhook is of; `None`: it is no such id.
pub(super) fn sequence_of(webhook: &WebhookId, id: &DeliveryId) -> Option<i64> {
    let (_, tail) = id.as_str().split_once('_')?;
    let digits = tail.as_bytes().get(..NUMBER_LENGTH)?;
    let number = base58_number(digits)?;
    (delivery_id(webhook, number) == *id).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(number: u32) -> WebhookId {
        WebhookId::from_trusted(format!("wbh_{number}"))
    }

    #[test]
    fn w80_an_id_has_the_shape_of_all_ids_and_leads_back_to_its_number() {
        for sequence in [1, 57, 58, 59, 4_000_000_000, i64::MAX] {
            let id = delivery_id(&webhook(1), sequence);
            assert_eq!(id.as_str().len(), "wbhe_".len() + 28);
            assert_eq!(sequence_of(&webhook(1), &id), Some(sequence));
            assert_eq!(sequence_of(&webhook(2), &id), None, "of another webhook");
        }
    }

    #[test]
    fn w80_what_no_delivery_is_called_leads_nowhere() {
        let id = delivery_id(&webhook(1), 7).to_string();
        let mut changed = vec![
            "wbhe_1".to_owned(),
            format!("wbhe_{}", "z".repeat(28)),
            format!("wbhe_{}", "0".repeat(28)),
            format!("{id}1"),
        ];
        for at in 5..id.len() {
            let mut bytes = id.clone().into_bytes();
            bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
            changed.push(String::from_utf8(bytes).unwrap());
        }
        for text in changed {
            let id = DeliveryId::parse(&text).unwrap();
            assert_eq!(sequence_of(&webhook(1), &id), None, "{text}");
        }
    }
}
