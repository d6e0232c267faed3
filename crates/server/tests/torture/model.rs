//! What accounts and inquiries ought to do, in a few maps.
//!
//! A deed and its outcome either fit the model, which then changes with them, or they do not.

use std::collections::BTreeMap;

use selfsame_domain::id::{AccountId, InquiryId};

/// One of two environments.
pub type Place = usize;

/// Something that is done, with the ids it is done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    MakeInquiry(Place, String),
    MakeInquiryOn(Place, AccountId),
    MakeAccount(Place, String),
    Rename(Place, AccountId, String),
    Archive(Place, AccountId),
    Restore(Place, AccountId),
    /// The second into the first.
    Consolidate(Place, AccountId, AccountId),
    Redact(Place, AccountId),
    MakeSession(Place, InquiryId),
    Expire(Place, InquiryId),
    RedactInquiry(Place, InquiryId),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Inquiry(InquiryId, AccountId),
    Account(AccountId),
    Done,
    Refused(u16),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    pub reference: Option<String>,
    pub archived: bool,
    pub consolidated_into: Option<AccountId>,
    pub redacted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inquiry {
    pub account: AccountId,
    pub expired: bool,
    pub redacted: bool,
    /// How many are not over.
    pub sessions: usize,
}

impl Inquiry {
    fn redact(&mut self) {
        (self.redacted, self.sessions) = (true, 0);
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    pub accounts: BTreeMap<(Place, AccountId), Account>,
    pub inquiries: BTreeMap<(Place, InquiryId), Inquiry>,
}

impl Model {
    /// The one active account of a reference ID.
    fn holder(&self, place: Place, reference: &str) -> Option<AccountId> {
        let mut holders = self.accounts.iter().filter(|((at, _), account)| {
            *at == place
                && !account.archived
                && account
                    .reference
                    .as_deref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(reference))
        });
        holders.next().map(|((_, id), _)| id.clone())
    }

    /// Whether the reference ID leads to nobody but one who is part of somebody else (R48).
    fn is_consolidated_away(&self, place: Place, reference: &str) -> bool {
        self.accounts.iter().any(|((at, _), account)| {
            *at == place
                && account.consolidated_into.is_some()
                && account.reference.as_deref() == Some(reference.to_ascii_lowercase().as_str())
        })
    }

    fn take_in(&mut self, place: Place, destination: &AccountId, source: &AccountId) {
        let account = self.account(place, source);
        account.archived = true;
        account.consolidated_into = Some(destination.clone());
        for ((at, _), inquiry) in &mut self.inquiries {
            if *at == place && inquiry.account == *source {
                inquiry.account = destination.clone();
            }
        }
    }

    fn open_account(&mut self, place: Place, id: &AccountId, reference: &str) -> bool {
        let account = Account {
            reference: Some(reference.to_ascii_lowercase()),
            ..Account::default()
        };
        self.accounts.insert((place, id.clone()), account).is_none()
    }

    fn open_inquiry(&mut self, place: Place, id: &InquiryId, account: &AccountId) -> bool {
        let inquiry = Inquiry {
            account: account.clone(),
            expired: false,
            redacted: false,
            sessions: 0,
        };
        self.inquiries
            .insert((place, id.clone()), inquiry)
            .is_none()
    }

    /// Whether this could happen now; if so, it has.
    pub fn explains(&mut self, deed: &Deed, outcome: &Outcome) -> bool {
        match (deed, outcome) {
            (Deed::MakeInquiry(place, reference), outcome) => {
                match (self.holder(*place, reference), outcome) {
                    (Some(holder), Outcome::Inquiry(id, account)) => {
                        holder == *account && self.open_inquiry(*place, id, account)
                    }
                    (None, Outcome::Inquiry(id, account)) => {
                        !self.is_consolidated_away(*place, reference)
                            && self.open_account(*place, account, reference)
                            && self.open_inquiry(*place, id, account)
                    }
                    (None, Outcome::Refused(400)) => self.is_consolidated_away(*place, reference),
                    _ => false,
                }
            }
            (Deed::MakeInquiryOn(place, account), outcome) => {
                match (self.account(*place, account).archived, outcome) {
                    (true, Outcome::Refused(400)) => true,
                    (false, Outcome::Inquiry(id, on)) => {
                        on == account && self.open_inquiry(*place, id, account)
                    }
                    _ => false,
                }
            }
            (Deed::MakeAccount(place, reference), outcome) => {
                match (self.holder(*place, reference), outcome) {
                    (Some(_), Outcome::Refused(409)) => true,
                    (None, Outcome::Account(id)) => self.open_account(*place, id, reference),
                    _ => false,
                }
            }
            (Deed::Rename(place, id, reference), outcome) => {
                let holder = self.holder(*place, reference);
                let taken = holder.is_some_and(|holder| holder != *id);
                let account = self.account(*place, id);
                match outcome {
                    Outcome::Refused(409) => taken || account.archived,
                    Outcome::Done if !taken && !account.archived => {
                        account.reference = Some(reference.to_ascii_lowercase());
                        true
                    }
                    _ => false,
                }
            }
            (Deed::Archive(place, id), Outcome::Done) => {
                self.account(*place, id).archived = true;
                true
            }
            (Deed::Restore(place, id), outcome) => {
                let account = self.account(*place, id).clone();
                let holder = account.reference.as_deref();
                let holder = holder.and_then(|reference| self.holder(*place, reference));
                let taken = account.archived && holder.is_some();
                match outcome {
                    Outcome::Refused(409) => taken || account.consolidated_into.is_some(),
                    Outcome::Done if !taken && account.consolidated_into.is_none() => {
                        self.account(*place, id).archived = false;
                        true
                    }
                    _ => false,
                }
            }
            (Deed::Consolidate(place, destination, source), outcome) => {
                let is_archived = |id: &AccountId| self.accounts[&(*place, id.clone())].archived;
                let expected = match () {
                    () if is_archived(destination) => Some(400),
                    () if destination == source => Some(422),
                    () if is_archived(source) => Some(409),
                    () => None,
                };
                match (outcome, expected) {
                    (Outcome::Refused(status), Some(expected)) => *status == expected,
                    (Outcome::Done, None) => {
                        self.take_in(*place, destination, source);
                        true
                    }
                    _ => false,
                }
            }
            (Deed::Redact(place, id), Outcome::Done) => {
                let account = self.account(*place, id);
                (account.reference, account.redacted) = (None, true);
                for ((at, _), inquiry) in &mut self.inquiries {
                    if at == place && inquiry.account == *id {
                        inquiry.redact();
                    }
                }
                true
            }
            (Deed::MakeSession(place, id), outcome) => {
                let inquiry = self.inquiry(*place, id);
                match outcome {
                    Outcome::Refused(409) => inquiry.expired || inquiry.redacted,
                    Outcome::Done if !inquiry.expired && !inquiry.redacted => {
                        inquiry.sessions += 1;
                        true
                    }
                    _ => false,
                }
            }
            (Deed::Expire(place, id), outcome) => {
                let inquiry = self.inquiry(*place, id);
                match outcome {
                    Outcome::Refused(409) => inquiry.expired || inquiry.redacted,
                    Outcome::Done if !inquiry.expired && !inquiry.redacted => {
                        (inquiry.expired, inquiry.sessions) = (true, 0);
                        true
                    }
                    _ => false,
                }
            }
            (Deed::RedactInquiry(place, id), outcome) => {
                let inquiry = self.inquiry(*place, id);
                match outcome {
                    Outcome::Refused(409) => inquiry.redacted,
                    Outcome::Done if !inquiry.redacted => {
                        inquiry.redact();
                        true
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }

    fn account(&mut self, place: Place, id: &AccountId) -> &mut Account {
        self.accounts.get_mut(&(place, id.clone())).unwrap()
    }

    fn inquiry(&mut self, place: Place, id: &InquiryId) -> &mut Inquiry {
        self.inquiries.get_mut(&(place, id.clone())).unwrap()
    }

    /// Every model that some order of these simultaneous deeds leads to.
    pub fn after(&self, deeds: &[(Deed, Outcome)]) -> Vec<Self> {
        if deeds.is_empty() {
            return vec![self.clone()];
        }
        let mut reached: Vec<Self> = Vec::new();
        for first in 0..deeds.len() {
            let mut next = self.clone();
            let (deed, outcome) = &deeds[first];
            if !next.explains(deed, outcome) {
                continue;
            }
            let others: Vec<_> = [&deeds[..first], &deeds[first + 1..]].concat();
            for end in next.after(&others) {
                if !reached.contains(&end) {
                    reached.push(end);
                }
            }
        }
        reached
    }
}
