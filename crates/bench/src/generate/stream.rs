//! A year of people and inquiries, in the order in which they came.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use selfsame_domain::account::{self, Account, CreateAccount};
use selfsame_domain::id::{Entropy, EnvironmentId, EventId, Id};
use selfsame_domain::inquiry::{self, Decision, Inquiry};
use selfsame_domain::{ReferenceId, Timestamp};
use selfsame_store::packed::pack;

use super::{PREFIX, Place, Size, is_production};
use crate::Problem;
use crate::rows::{refused, untouched};

const DAY_MS: i64 = 86_400_000;
const YEAR_MS: i64 = 360 * DAY_MS;
/// Rows that travel together from the maker to the loader.
const CHUNK: u64 = 2_000;
/// Of a hundred inquiries after the first, so many are of somebody who has thousands.
const HEAVY_PERCENT: u64 = 6;
/// How many of those people there are: three, and one more for so many accounts.
const ACCOUNTS_PER_HEAVY: u64 = 10_000;
/// How many people and inquiries are remembered for reading them later.
const REMEMBERED: usize = 10_000;

/// Which row of the tables' columns; both stores load the same.
#[derive(Debug, Default)]
pub struct Chunk {
    pub accounts: Vec<AccountRow>,
    pub inquiries: Vec<InquiryRow>,
    pub events: Vec<EventRow>,
    /// Each environment's last number once these events are there.
    pub counters: Vec<(EnvironmentId, i64)>,
}

#[derive(Debug)]
pub struct AccountRow {
    pub account: Account,
    pub fields: String,
}

#[derive(Debug)]
pub struct InquiryRow {
    pub inquiry: Inquiry,
    /// As it is stored.
    pub detail: Vec<u8>,
    pub due_at: Option<i64>,
}

#[derive(Debug)]
pub struct EventRow {
    pub environment: EnvironmentId,
    /// Of the environment, and of the account (E23, E24).
    pub sequence: i64,
    pub account_sequence: i64,
    pub id: String,
    pub name: &'static str,
    pub object_type: &'static str,
    pub object_id: String,
    pub account_id: String,
    pub created_at: i64,
    pub ordinal: i64,
    /// As it is stored.
    pub payload: Vec<u8>,
}

/// Whom and what a reader may ask for.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    /// Reference IDs of sandbox people with exactly five inquiries.
    pub with_five: Vec<String>,
    pub inquiries: Vec<String>,
    pub heaviest: u64,
}

/// Counts of what a year holds.
#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    pub inquiries: u64,
    pub heavy: u64,
}

impl Size {
    pub fn numbers(&self) -> Numbers {
        Numbers {
            inquiries: self.accounts * self.inquiries_each,
            heavy: (3 + self.accounts / ACCOUNTS_PER_HEAVY).min(self.accounts),
        }
    }
}

pub struct Stream {
    place: Place,
    size: Size,
    numbers: Numbers,
    random: StdRng,
    entropy: Entropy,
    next: u64,
    per_account: Vec<u32>,
    /// The number of each account's last event.
    events_of: Vec<u32>,
    remembered: Vec<String>,
    seen: u64,
}

impl Stream {
    pub fn new(place: Place, size: Size) -> Self {
        Self {
            place,
            size,
            numbers: size.numbers(),
            random: StdRng::seed_from_u64(size.seed),
            entropy: Entropy::seeded(size.seed.wrapping_add(1)),
            next: 0,
            per_account: Vec::new(),
            events_of: Vec::new(),
            remembered: Vec::new(),
            seen: 0,
        }
    }

    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, Problem> {
        let mut chunk = Chunk::default();
        let end = (self.next + CHUNK).min(self.numbers.inquiries);
        while self.next < end {
            self.one(&mut chunk)?;
            self.next += 1;
        }
        chunk.counters = vec![
            (self.place.sandbox.clone(), self.place.last_of_sandbox),
            (self.place.production.clone(), self.place.last_of_production),
        ];
        Ok((!chunk.inquiries.is_empty()).then_some(chunk))
    }

    /// The next numbers of an account's environment and of the account.
    fn next_numbers(&mut self, number: u64) -> Result<(i64, i64), Problem> {
        let last = if is_production(number) {
            &mut self.place.last_of_production
        } else {
            &mut self.place.last_of_sandbox
        };
        *last += 1;
        let place = usize::try_from(number)?;
        let of_account = self.events_of.get_mut(place).ok_or("nobody's event")?;
        *of_account += 1;
        Ok((*last, (*of_account).into()))
    }

    /// Evenly over the year.
    fn moment(&self, number: u64) -> Timestamp {
        let total = i128::from(self.numbers.inquiries.max(1));
        let since = i128::from(number) * i128::from(YEAR_MS) / total;
        let since = i64::try_from(since).unwrap_or(YEAR_MS);
        Timestamp::from_millis(self.size.until.millis() - YEAR_MS + since)
    }

    /// An account is made again from its number alone, so that no list of millions is kept.
    fn account(&self, number: u64) -> Result<(Account, Entropy), Problem> {
        let at = self.moment(number * self.size.inquiries_each);
        let seed = self.size.seed ^ number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut entropy = Entropy::seeded(seed);
        let environment = if is_production(number) {
            &self.place.production
        } else {
            &self.place.sandbox
        };
        let command = CreateAccount {
            reference_id: Some(ReferenceId::from_trusted(format!("{PREFIX}{number}"))),
            ..CreateAccount::default()
        };
        let account_type = &self.place.ground.account_type;
        let (account, _) = account::create(environment, account_type, command, at, &mut entropy)
            .map_err(refused)?;
        Ok((account, entropy))
    }

    /// Whose inquiry it is: a newcomer's at regular distances, in between that of somebody who is there.
    fn whose(&mut self) -> (u64, bool) {
        let known = u64::try_from(self.per_account.len()).unwrap_or(u64::MAX);
        if self.next.is_multiple_of(self.size.inquiries_each) && known < self.size.accounts {
            self.per_account.push(0);
            self.events_of.push(0);
            return (known, true);
        }
        let heavy = self.numbers.heavy.min(known);
        if self.random.random_range(0..100) < HEAVY_PERCENT {
            // Spread over the sandbox, all among the first.
            return (self.random.random_range(0..heavy.max(1)), false);
        }
        (self.random.random_range(0..known.max(1)), false)
    }

    fn one(&mut self, chunk: &mut Chunk) -> Result<(), Problem> {
        let at = self.moment(self.next);
        let (number, is_new) = self.whose();
        let (account, mut own) = self.account(number)?;
        if let Some(count) = usize::try_from(number)
            .ok()
            .and_then(|place| self.per_account.get_mut(place))
        {
            *count += 1;
        }
        let with_event = self
            .size
            .event_days
            .is_none_or(|days| at.millis() >= self.size.until.millis() - i64::from(days) * DAY_MS);
        if is_new && with_event {
            let document =
                selfsame_wire::account::document(&account, &self.place.ground.account_type);
            let (sequence, account_sequence) = self.next_numbers(number)?;
            chunk.events.push(EventRow {
                environment: account.environment_id.clone(),
                sequence,
                account_sequence,
                id: EventId::mint(&mut own, at).to_string(),
                name: "account.created",
                object_type: "account",
                object_id: account.id.to_string(),
                account_id: account.id.to_string(),
                created_at: at.millis(),
                ordinal: 0,
                payload: pack(document.to_string().as_bytes()),
            });
        }
        self.inquiry(chunk, number, &account, at, with_event)?;
        if is_new {
            let fields = serde_json::to_string(&account.fields)?;
            chunk.accounts.push(AccountRow { account, fields });
        }
        Ok(())
    }

    fn inquiry(
        &mut self,
        chunk: &mut Chunk,
        number: u64,
        account: &Account,
        at: Timestamp,
        with_event: bool,
    ) -> Result<(), Problem> {
        let ground = &self.place.ground;
        let (inquiry, _) = inquiry::create(
            &account.environment_id,
            Some(account.id.clone()),
            &ground.template,
            &ground.version,
            ground.command()?,
            at,
            &mut self.entropy,
        )
        .map_err(refused)?;
        let mut inquiry = inquiry;
        if with_event {
            // The event shows the inquiry as it was made; what became of it comes later.
            let reference = account.reference_id.clone().ok_or("no reference ID")?;
            let view = untouched(inquiry, reference);
            let document = selfsame_wire::inquiry::document(&view, &ground.version);
            let payload = pack(document.to_string().as_bytes());
            inquiry = view.inquiry;
            let (sequence, account_sequence) = self.next_numbers(number)?;
            chunk.events.push(EventRow {
                environment: account.environment_id.clone(),
                sequence,
                account_sequence,
                id: EventId::mint(&mut self.entropy, at).to_string(),
                name: "inquiry.created",
                object_type: "inquiry",
                object_id: inquiry.id.to_string(),
                account_id: account.id.to_string(),
                created_at: at.millis(),
                ordinal: 1,
                payload,
            });
        }
        let dice = self.random.random_range(0..100);
        self.live(&mut inquiry, dice)?;
        if account.environment_id == self.place.sandbox {
            self.remember(inquiry.id.to_string());
        }
        let due_at = inquiry
            .status
            .is_open()
            .then(|| inquiry.expires_at.map(Timestamp::millis))
            .flatten();
        chunk.inquiries.push(InquiryRow {
            detail: pack(&serde_json::to_vec(&inquiry.detail)?),
            due_at,
            inquiry,
        });
        Ok(())
    }

    /// Most people finish within minutes and are approved; some fail, some never come. What is younger than a day may
    /// still be open.
    fn live(&self, inquiry: &mut Inquiry, dice: u32) -> Result<(), Problem> {
        let later = |seconds| inquiry.created_at.plus_seconds(seconds);
        let (begun, done, decided) = (later(60), later(300), later(7_200));
        let is_young = self.size.until.millis() - inquiry.created_at.millis() < DAY_MS;
        let given_up = later(86_400);
        let template = &self.place.ground.template;
        if dice < 85 || (dice < 94 && is_young) {
            inquiry::start(inquiry, template, begun).map_err(refused)?;
        }
        match dice {
            0..60 => {
                inquiry::complete(inquiry, done).map_err(refused)?;
                let approve = Decision::Approve;
                inquiry::decide(inquiry, approve, None, decided).map_err(refused)?;
            }
            60..70 => {
                inquiry::complete(inquiry, done).map_err(refused)?;
            }
            70..77 => {
                inquiry::complete(inquiry, done).map_err(refused)?;
                let comment = Some("The document is expired".to_owned());
                inquiry::decide(inquiry, Decision::Decline, comment, decided).map_err(refused)?;
            }
            77..80 => {
                inquiry::complete(inquiry, done).map_err(refused)?;
                let review = Decision::MarkForReview;
                inquiry::decide(inquiry, review, None, decided).map_err(refused)?;
            }
            80..85 => {
                inquiry::fail(inquiry, done).map_err(refused)?;
            }
            _ if is_young => {}
            _ => {
                inquiry::expire(inquiry, given_up).map_err(refused)?;
            }
        }
        Ok(())
    }

    /// Every inquiry has the same chance to be remembered.
    fn remember(&mut self, id: String) {
        self.seen += 1;
        if self.remembered.len() < REMEMBERED {
            self.remembered.push(id);
            return;
        }
        let place = self.random.random_range(0..self.seen);
        if let Some(kept) = usize::try_from(place)
            .ok()
            .and_then(|place| self.remembered.get_mut(place))
        {
            *kept = id;
        }
    }

    pub fn samples(self) -> Samples {
        let counts = (0_u64..).zip(&self.per_account);
        let five: Vec<u64> = counts
            .filter(|(number, count)| **count == 5 && !is_production(*number))
            .map(|(number, _)| number)
            .collect();
        let step = five.len().div_ceil(REMEMBERED).max(1);
        Samples {
            with_five: five
                .into_iter()
                .step_by(step)
                .map(|number| format!("{PREFIX}{number}"))
                .collect(),
            inquiries: self.remembered,
            heaviest: self.per_account.iter().copied().max().unwrap_or(0).into(),
        }
    }
}
