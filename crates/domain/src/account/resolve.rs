//! Which account an inquiry hangs on: the one algorithm behind every door (R19–R30).

use super::Account;
use crate::id::{AccountId, AccountTypeId};
use crate::{ReferenceId, Refusal};

/// What a caller said about the account, from whatever door, already parsed.
#[derive(Debug, Clone, Default)]
pub struct AccountLink {
    pub account_id: Option<AccountId>,
    /// `meta.auto-create-account-reference-id`, or the hosted and embedded `reference-id`.
    pub reference_id: Option<ReferenceId>,
    /// The deprecated `data.attributes.reference-id` (R29).
    pub deprecated_reference_id: Option<ReferenceId>,
    pub account_type_id: Option<AccountTypeId>,
    /// Absent means true.
    pub auto_create: Option<bool>,
}

impl AccountLink {
    /// R29: one reference ID, wherever it was written; two different ones contradict each other.
    pub fn reference(&self) -> Result<Option<&ReferenceId>, Refusal> {
        match (&self.reference_id, &self.deprecated_reference_id) {
            (Some(preferred), Some(deprecated)) if preferred != deprecated => {
                Err(Refusal::malformed(
                    "data.attributes.reference_id differs from meta.auto_create_account_reference_id",
                ))
            }
            (preferred, deprecated) => Ok(preferred.as_ref().or(deprecated.as_ref())),
        }
    }

    pub fn auto_creates(&self) -> bool {
        self.auto_create.unwrap_or(true)
    }
}

/// R25: `auto-create-account: false` leaves nothing to name or to type. R28: a known account has its type.
pub fn check_link(link: &AccountLink) -> Result<(), Refusal> {
    let reference = link.reference()?;
    if link.account_id.is_some() && link.account_type_id.is_some() {
        return Err(Refusal::malformed(
            "account_id cannot be combined with an account type id",
        ));
    }
    if link.auto_creates() {
        return Ok(());
    }
    if reference.is_some() {
        return Err(Refusal::malformed(
            "meta.auto_create_account_reference_id cannot be used when meta.auto_create_account is false",
        ));
    }
    if link.account_type_id.is_some() {
        return Err(Refusal::malformed(
            "meta.auto_create_account_type_id cannot be used when meta.auto_create_account is false",
        ));
    }
    Ok(())
}

/// What the store found for a link: the account named by id, and every account that carries the reference ID.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    pub by_id: Option<Account>,
    /// Active and archived, any type, oldest first.
    pub by_reference: Vec<Account>,
    /// R51: where the one that [`consolidated_away`] names ended up, if that is to be followed.
    pub followed: Option<Account>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Resolution {
    Attach(Box<Account>),
    /// Make an account with the link's reference ID, of the requested or the default type.
    Create,
    None,
}

/// R20–R30, R48: attach to a known account, make one, or neither.
pub fn resolve(
    link: &AccountLink,
    candidates: Candidates,
    default_type: &AccountTypeId,
) -> Result<Resolution, Refusal> {
    check_link(link)?;
    let reference = link.reference()?;
    if link.account_id.is_some() {
        let account = candidates.by_id.ok_or_else(Refusal::not_found)?;
        account.refuse_if_archived()?;
        if reference.is_some() && account.reference_id.as_ref() != reference {
            return Err(Refusal::malformed(
                "account_id cannot be combined with a reference id",
            ));
        }
        return Ok(Resolution::Attach(Box::new(account)));
    }
    if !link.auto_creates() {
        return Ok(Resolution::None);
    }
    if reference.is_some() {
        let requested = link.account_type_id.as_ref().unwrap_or(default_type);
        let found = &candidates.by_reference;
        if let Some(account) = preferred(found, requested, default_type, is_active) {
            return Ok(Resolution::Attach(Box::new(account.clone())));
        }
        if let Some(source) = consolidated_away(found, requested, default_type) {
            let account = candidates.followed.as_ref().unwrap_or(source);
            account.refuse_if_archived()?;
            return Ok(Resolution::Attach(Box::new(account.clone())));
        }
    }
    Ok(Resolution::Create)
}

/// R48: the account that a reference ID led to before it was consolidated into another one. `None` where an active account
/// carries the value now (R49), or none ever did.
pub fn consolidated_away<'a>(
    accounts: &'a [Account],
    requested: &AccountTypeId,
    default_type: &AccountTypeId,
) -> Option<&'a Account> {
    if accounts.iter().any(is_active) {
        return None;
    }
    preferred(accounts, requested, default_type, |account| {
        account.consolidated_into.is_some()
    })
}

fn is_active(account: &Account) -> bool {
    account.archived_at.is_none()
}

/// R27: the requested type first, then the default type, then the oldest of any.
fn preferred<'a>(
    accounts: &'a [Account],
    requested: &AccountTypeId,
    default_type: &AccountTypeId,
    wanted: fn(&Account) -> bool,
) -> Option<&'a Account> {
    let of_type = |kind: &AccountTypeId| {
        accounts
            .iter()
            .find(|account| wanted(account) && account.account_type_id == *kind)
    };
    of_type(requested)
        .or_else(|| of_type(default_type))
        .or_else(|| accounts.iter().find(|account| wanted(account)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{EnvironmentId, Id};
    use crate::{RefusalKind, Timestamp};

    fn account(id: &str, kind: &str, reference: &str) -> Account {
        Account {
            id: AccountId::from_trusted(id.into()),
            environment_id: EnvironmentId::from_trusted("env_1".into()),
            account_type_id: AccountTypeId::from_trusted(kind.into()),
            reference_id: ReferenceId::parse(reference).ok(),
            status: "Default".into(),
            fields: serde_json::Map::new(),
            tags: vec![],
            created_at: Timestamp::from_millis(0),
            updated_at: Timestamp::from_millis(0),
            redacted_at: None,
            archived_at: None,
            consolidated_into: None,
            version: 1,
        }
    }

    fn attached(link: &AccountLink, by_reference: Vec<Account>) -> String {
        let candidates = Candidates {
            by_id: None,
            by_reference,
            followed: None,
        };
        match resolve(
            link,
            candidates,
            &AccountTypeId::from_trusted("acttp_default".into()),
        ) {
            Ok(Resolution::Attach(account)) => account.id.to_string(),
            other => format!("{other:?}"),
        }
    }

    fn link(reference: &str, kind: Option<&str>) -> AccountLink {
        AccountLink {
            reference_id: ReferenceId::parse(reference).ok(),
            account_type_id: kind.map(|kind| AccountTypeId::from_trusted(kind.into())),
            ..AccountLink::default()
        }
    }

    #[test]
    fn r27_requested_type_then_default_type_then_oldest() {
        let oldest = account("act_old", "acttp_other", "u");
        let default = account("act_default", "acttp_default", "u");
        let wanted = account("act_wanted", "acttp_wanted", "u");
        let all = vec![oldest.clone(), default.clone(), wanted];
        assert_eq!(
            attached(&link("u", Some("acttp_wanted")), all),
            "act_wanted"
        );
        let two = vec![oldest.clone(), default];
        assert_eq!(
            attached(&link("u", Some("acttp_wanted")), two),
            "act_default"
        );
        assert_eq!(
            attached(&link("u", Some("acttp_wanted")), vec![oldest]),
            "act_old"
        );
        assert_eq!(attached(&link("u", None), vec![]), "Ok(Create)");
    }

    #[test]
    fn r29_two_spellings_of_one_reference_agree_and_two_references_do_not() {
        let mut both = link("User-1", None);
        both.deprecated_reference_id = ReferenceId::parse("user-1").ok();
        assert!(check_link(&both).is_ok());
        both.deprecated_reference_id = ReferenceId::parse("user-2").ok();
        assert_eq!(check_link(&both).unwrap_err().kind, RefusalKind::Malformed);
    }

    #[test]
    fn r28_account_id_and_reference_are_accepted_when_they_name_one_account() {
        let known = account("act_1", "acttp_default", "u");
        let mut both = link("U", None);
        both.account_id = Some(known.id.clone());
        let found = |account: Account| Candidates {
            by_id: Some(account),
            by_reference: vec![],
            followed: None,
        };
        let default_type = AccountTypeId::from_trusted("acttp_default".into());
        assert!(resolve(&both, found(known), &default_type).is_ok());
        let stranger = account("act_1", "acttp_default", "somebody-else");
        assert!(resolve(&both, found(stranger), &default_type).is_err());
    }

    #[test]
    fn r28_account_id_and_account_type_are_refused_even_when_they_agree() {
        let known = account("act_1", "acttp_default", "u");
        let default_type = known.account_type_id.clone();
        let both = AccountLink {
            account_id: Some(known.id.clone()),
            account_type_id: Some(default_type.clone()),
            ..AccountLink::default()
        };
        let candidates = Candidates {
            by_id: Some(known),
            by_reference: vec![],
            followed: None,
        };
        let refusal = resolve(&both, candidates, &default_type).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::Malformed);
    }
}
