//! Inquiries, each read together with what its document shows of its neighbours.

use std::sync::LazyLock;

use selfsame_domain::account::Account;
use selfsame_domain::id::{AccountId, EnvironmentId, InquiryId};
use selfsame_domain::inquiry::{Inquiry, InquiryView, Status, StoredDetail};
use selfsame_domain::{ReferenceId, Timestamp};

use crate::row::{id, maybe_id, packed_json};
use crate::sql::{Conditions, Cursor, Insert, Page, Slice};
use crate::{Ask, Batch, Query, Row, Store, StoreError, Value, sql};

const COLUMNS: &[&str] = &[
    "environment_id",
    "id",
    "account_id",
    "template_id",
    "template_version_id",
    "status",
    "note",
    "created_at",
    "updated_at",
    "expires_at",
    "redacted_at",
    "detail",
    "due_at",
    "version",
];

pub(crate) static INSERT: Insert = Insert::new("inquiries", COLUMNS);
static UPDATE: LazyLock<String> = LazyLock::new(|| sql::update_versioned("inquiries", COLUMNS));

const HOLD_OF_ACCOUNT: &str =
    "UPDATE inquiries SET version = version + 1 WHERE environment_id = $1 AND account_id = $2";
const MOVE_CHILDREN: &[&str] = &[
    "UPDATE verifications SET account_id = $3 WHERE environment_id = $1 AND inquiry_id IN \
     (SELECT id FROM inquiries WHERE environment_id = $1 AND account_id = $2)",
    "UPDATE documents SET account_id = $3 WHERE environment_id = $1 AND inquiry_id IN \
     (SELECT id FROM inquiries WHERE environment_id = $1 AND account_id = $2)",
    "UPDATE selfies SET account_id = $3 WHERE environment_id = $1 AND inquiry_id IN \
     (SELECT id FROM inquiries WHERE environment_id = $1 AND account_id = $2)",
];
const MOVE: &str = "UPDATE inquiries SET account_id = $3, updated_at = $4 WHERE environment_id = $1 AND account_id = $2";

/// Text aggregates read the children in the same statement, so a document never mixes two moments.
static SELECT: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<_> = COLUMNS.iter().map(|column| format!("i.{column}")).collect();
    // Most inquiries have none of most kinds, and finding that out costs less than an aggregate of nothing. No `EXISTS`:
    // PostgreSQL may answer that by reading the whole table into a hash.
    let children = |table: &str, what: &str| {
        let of_this = format!(
            "FROM {table} c WHERE c.environment_id = i.environment_id AND c.inquiry_id = i.id"
        );
        format!(
            "CASE WHEN (SELECT 1 {of_this} LIMIT 1) IS NOT NULL \
             THEN (SELECT string_agg({what}, ',' ORDER BY c.created_at, c.id) {of_this}) END"
        )
    };
    format!(
        "SELECT {}, a.reference_id, {}, {}, {}, {} FROM inquiries i \
         LEFT JOIN accounts a ON a.environment_id = i.environment_id AND a.id = i.account_id",
        columns.join(", "),
        children("inquiry_sessions", "c.id"),
        children("verifications", "c.id || ' ' || c.type"),
        children("documents", "c.id"),
        children("selfies", "c.id"),
    )
});

static BY_ID: LazyLock<String> =
    LazyLock::new(|| format!("{} WHERE i.environment_id = $1 AND i.id = $2", *SELECT));

fn inquiry(row: &mut Row) -> Result<InquiryView, StoreError> {
    view(row, Row::packed_json)
}

pub(crate) fn select() -> &'static str {
    &SELECT
}

pub(crate) fn stored_inquiry(row: &mut Row) -> Result<InquiryView<StoredDetail>, StoreError> {
    view(row, |row| row.packed_text().map(StoredDetail))
}

fn view<D>(
    row: &mut Row,
    detail: fn(&mut Row) -> Result<D, StoreError>,
) -> Result<InquiryView<D>, StoreError> {
    let inquiry = Inquiry {
        environment_id: row.id()?,
        id: row.id()?,
        account_id: row.optional_id()?,
        template_id: row.id()?,
        template_version_id: row.id()?,
        status: {
            let status = row.text()?;
            Status::parse(&status)
                .ok_or_else(|| StoreError::Corrupt(format!("inquiry status {status}")))?
        },
        note: row.optional_text()?,
        created_at: row.time()?,
        updated_at: row.time()?,
        expires_at: row.optional_time()?,
        redacted_at: row.optional_time()?,
        detail: detail(row)?,
        version: {
            row.optional_time()?;
            row.integer()?
        },
    };
    Ok(InquiryView {
        inquiry,
        reference_id: row.optional_text()?.map(ReferenceId::from_trusted),
        session_ids: row.list()?,
        verifications: row
            .list()?
            .into_iter()
            .filter_map(|pair| {
                pair.split_once(' ')
                    .map(|(id, kind)| (id.to_owned(), kind.to_owned()))
            })
            .collect(),
        document_ids: row.list()?,
        selfie_ids: row.list()?,
    })
}

fn due_at(inquiry: &Inquiry) -> Option<Timestamp> {
    if !inquiry.status.is_open() || inquiry.redacted_at.is_some() {
        return None;
    }
    [inquiry.expires_at, inquiry.detail.run.result_due_at]
        .into_iter()
        .flatten()
        .min()
}

fn values(inquiry: &Inquiry) -> Vec<Value> {
    vec![
        id(&inquiry.environment_id),
        id(&inquiry.id),
        maybe_id(inquiry.account_id.as_ref()),
        id(&inquiry.template_id),
        id(&inquiry.template_version_id),
        inquiry.status.as_str().into(),
        inquiry.note.clone().into(),
        inquiry.created_at.into(),
        inquiry.updated_at.into(),
        inquiry.expires_at.into(),
        inquiry.redacted_at.into(),
        packed_json(&inquiry.detail),
        due_at(inquiry).into(),
        inquiry.version.into(),
    ]
}

#[derive(Debug, Clone, Default)]
pub struct InquiryFilter {
    pub ids: Option<Vec<String>>,
    pub account_ids: Option<Vec<String>>,
    pub template_ids: Option<Vec<String>>,
    pub statuses: Option<Vec<String>>,
    pub reference_fold: Option<String>,
    pub note: Option<String>,
    pub created_from: Option<i64>,
    pub created_to: Option<i64>,
    /// What is due at this moment counts as expired, whether or not somebody has said so yet (B178).
    pub now: i64,
}

impl InquiryFilter {
    fn conditions(&self, environment: &EnvironmentId) -> Conditions {
        let mut conditions = Conditions::new("i.environment_id", id(environment));
        let lists = [
            ("i.id", &self.ids),
            ("i.account_id", &self.account_ids),
            ("i.template_id", &self.template_ids),
        ];
        for (column, wanted) in lists {
            if let Some(wanted) = wanted {
                conditions.and_in(column, wanted.iter().cloned().map(Value::from));
            }
        }
        if let Some(statuses) = &self.statuses {
            conditions.and_status(statuses, self.now);
        }
        if let Some(note) = &self.note {
            conditions.and("i.note = ?", note.clone());
        }
        if let Some(from) = self.created_from {
            conditions.and("i.created_at >= ?", from);
        }
        if let Some(to) = self.created_to {
            conditions.and("i.created_at <= ?", to);
        }
        conditions
    }
}

/// The accounts that have the filter's reference ID.
#[derive(Debug, Clone)]
enum Holders {
    Everybody,
    /// The oldest one with this folded reference ID: nearly always the only one. The index by account then yields its
    /// inquiries in their order, and a full page ends the scan.
    First(String),
    These(Vec<String>),
}

fn page_query(
    environment: &EnvironmentId,
    filter: &InquiryFilter,
    holders: Holders,
    slice: &Slice,
    size: u32,
) -> Query {
    let mut conditions = filter.conditions(environment);
    match holders {
        Holders::Everybody => {}
        Holders::First(fold) => conditions.and(
            "i.account_id = (SELECT h.id FROM accounts h \
             WHERE h.environment_id = $1 AND h.reference_fold = ? ORDER BY h.created_at, h.id LIMIT 1)",
            fold,
        ),
        Holders::These(ids) => {
            conditions.and_in("i.account_id", ids.into_iter().map(Value::from));
        }
    }
    let (sql, values) = conditions.page(&SELECT, &["i.created_at", "i.id"], slice, size);
    Query::new(sql, values)
}

/// A page, unless several accounts have the filter's reference ID; then those.
#[derive(Debug)]
pub enum InquiryPage {
    Found(Page<InquiryView<StoredDetail>>),
    /// To be asked again, with [`Ask::inquiries_of`].
    Several(Vec<String>),
}

impl Ask<Option<InquiryView>> {
    pub fn inquiry(environment: &EnvironmentId, inquiry_id: &InquiryId) -> Self {
        let values = vec![id(environment), id(inquiry_id)];
        Ask::find(Query::new(BY_ID.as_str(), values), inquiry)
    }
}

impl Ask<Option<InquiryView<StoredDetail>>> {
    pub fn stored_inquiry(environment: &EnvironmentId, inquiry_id: &InquiryId) -> Self {
        let values = vec![id(environment), id(inquiry_id)];
        Ask::find(Query::new(BY_ID.as_str(), values), stored_inquiry)
    }
}

impl Ask<InquiryPage> {
    /// See [`Store::list_inquiries`].
    pub fn inquiries(
        environment: &EnvironmentId,
        filter: &InquiryFilter,
        slice: &Slice,
        size: u32,
    ) -> Self {
        let Some(fold) = &filter.reference_fold else {
            let query = page_query(environment, filter, Holders::Everybody, slice, size);
            return Ask::page(query, stored_inquiry, slice, size).map(InquiryPage::Found);
        };
        let first = Holders::First(fold.clone());
        let query = page_query(environment, filter, first, slice, size);
        let sql = "SELECT id FROM accounts WHERE environment_id = $1 AND reference_fold = $2";
        let holders = Query::new(sql, vec![id(environment), fold.clone().into()]);
        Ask::all(holders, Row::text)
            .and(Ask::page(query, stored_inquiry, slice, size))
            .map(|(holders, page)| match holders.len() {
                0 | 1 => InquiryPage::Found(page),
                _ => InquiryPage::Several(holders),
            })
    }
}

impl Ask<Page<InquiryView<StoredDetail>>> {
    /// Of these accounts only, whatever the filter's reference ID.
    pub fn inquiries_of(
        environment: &EnvironmentId,
        holders: Vec<String>,
        filter: &InquiryFilter,
        slice: &Slice,
        size: u32,
    ) -> Self {
        let query = page_query(environment, filter, Holders::These(holders), slice, size);
        Ask::page(query, stored_inquiry, slice, size)
    }
}

impl Store {
    pub async fn find_inquiry(
        &self,
        environment: &EnvironmentId,
        inquiry_id: &InquiryId,
    ) -> Result<Option<InquiryView>, StoreError> {
        self.ask(Ask::inquiry(environment, inquiry_id)).await
    }

    /// For the doors that know no environment yet: a hosted link or an embed names the inquiry alone (B24).
    pub async fn find_environment_of_inquiry(
        &self,
        inquiry_id: &InquiryId,
    ) -> Result<Option<EnvironmentId>, StoreError> {
        let sql = "SELECT environment_id FROM inquiries WHERE id = $1";
        self.find(Query::new(sql, vec![id(inquiry_id)]), Row::id)
            .await
    }

    pub async fn inquiry_cursor(
        &self,
        environment: &EnvironmentId,
        inquiry_id: &str,
    ) -> Result<Option<Cursor>, StoreError> {
        let sql = "SELECT created_at, id FROM inquiries WHERE environment_id = $1 AND id = $2";
        self.find(
            Query::new(sql, vec![id(environment), inquiry_id.into()]),
            sql::cursor,
        )
        .await
    }

    pub async fn list_inquiries(
        &self,
        environment: &EnvironmentId,
        filter: &InquiryFilter,
        slice: &Slice,
        size: u32,
    ) -> Result<Page<InquiryView<StoredDetail>>, StoreError> {
        match self
            .ask(Ask::inquiries(environment, filter, slice, size))
            .await?
        {
            InquiryPage::Found(page) => Ok(page),
            InquiryPage::Several(holders) => {
                self.ask(Ask::inquiries_of(environment, holders, filter, slice, size))
                    .await
            }
        }
    }

    /// All of an account, oldest first; for what touches them all, such as redaction.
    pub async fn list_inquiries_of_account(
        &self,
        environment: &EnvironmentId,
        account_id: &AccountId,
    ) -> Result<Vec<InquiryView>, StoreError> {
        let mut conditions = Conditions::new("i.environment_id", id(environment));
        conditions.and("i.account_id = ?", id(account_id));
        let (sql, values) = conditions.select(&SELECT, "ORDER BY i.created_at, i.id");
        self.all(Query::new(sql, values), inquiry).await
    }

    /// Inquiries of any environment whose time has come, longest overdue first.
    pub async fn list_due_inquiries(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(EnvironmentId, InquiryId)>, StoreError> {
        let sql =
            "SELECT environment_id, id FROM inquiries WHERE due_at <= $1 ORDER BY due_at LIMIT $2";
        self.all(
            Query::new(sql, vec![now.into(), i64::from(limit).into()]),
            |row| Ok((row.id()?, row.id()?)),
        )
        .await
    }
}

impl Batch {
    pub fn insert_inquiry(&mut self, inquiry: &Inquiry) {
        self.insert(&INSERT, values(inquiry));
    }

    /// The inquiry is still as it was read, and whoever else has read it so comes too late: for changes of what belongs to
    /// it, such as its files and sessions.
    pub fn touch_inquiry(&mut self, inquiry: &Inquiry) {
        self.push_one(
            "UPDATE inquiries SET version = version + 1 WHERE environment_id = $1 AND id = $2 AND version = $3",
            vec![
                id(&inquiry.environment_id),
                id(&inquiry.id),
                inquiry.version.into(),
            ],
        );
    }

    /// So many inquiries are on the account, and no other arrives before the batch is committed. It must come behind the
    /// account's own update, which whoever hangs an inquiry on the account waits for.
    pub fn check_inquiries_of(&mut self, account: &Account, count: usize) {
        self.push_one(
            "UPDATE accounts SET version = version WHERE environment_id = $1 AND id = $2 AND $3 = \
             (SELECT count(*) FROM inquiries WHERE environment_id = $1 AND account_id = $2)",
            vec![
                id(&account.environment_id),
                id(&account.id),
                i64::try_from(count).unwrap_or(i64::MAX).into(),
            ],
        );
    }

    /// R47: all inquiries of an account with their verifications, to another account. It must come behind the account's own
    /// update, which whoever hangs an inquiry on the account waits for.
    ///
    /// First they are held, each at a new version: whoever is changing one is waited for, and whoever has read one decides
    /// again, so that no verification appears under the old account meanwhile.
    pub fn move_inquiries(&mut self, from: &Account, to: &AccountId, now: Timestamp) {
        let (environment, from) = (id(&from.environment_id), id(&from.id));
        self.push(HOLD_OF_ACCOUNT, vec![environment.clone(), from.clone()]);
        for sql in MOVE_CHILDREN {
            self.push(*sql, vec![environment.clone(), from.clone(), id(to)]);
        }
        self.push(MOVE, vec![environment, from, id(to), now.into()]);
    }

    /// Writes over the version that was read.
    pub fn update_inquiry(&mut self, inquiry: &Inquiry) {
        self.push_one(UPDATE.as_str(), values(inquiry));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use selfsame_domain::id::Id;

    async fn plan(store: &Store, filter: &InquiryFilter, holders: Holders) -> String {
        let environment = EnvironmentId::from_trusted("env_1".into());
        let cursor = Cursor {
            created_at: 1,
            ordinal: 0,
            id: "inq_1".into(),
        };
        let slice = Slice::After(cursor);
        let query = page_query(&environment, filter, holders, &slice, 10);
        let query = Query::new(format!("EXPLAIN QUERY PLAN {}", query.sql), query.values);
        let rows = store.read(vec![query]).await.unwrap().remove(0);
        let steps = rows.into_iter().map(|mut row| {
            for _ in 0..3 {
                row.integer().unwrap();
            }
            row.text().unwrap()
        });
        steps.collect::<Vec<_>>().join("\n")
    }

    #[tokio::test]
    async fn r38_a_persons_list_walks_the_persons_inquiries_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("store.db")).unwrap();
        let list = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect());
        let these = |ids: &[&str]| Holders::These(ids.iter().map(|id| (*id).to_owned()).collect());
        let first = || Holders::First("user-1".to_owned());
        let none = InquiryFilter::default;
        let of_accounts = |ids: &[&str]| InquiryFilter {
            account_ids: list(ids),
            ..none()
        };
        let open = InquiryFilter {
            statuses: list(&["created"]),
            template_ids: list(&["itmpl_1"]),
            ..none()
        };
        for (filter, holders) in [
            (none(), first()),
            (none(), these(&["act_1"])),
            (none(), these(&["act_1", "act_2"])),
            (open, first()),
            (of_accounts(&["act_1"]), Holders::Everybody),
            (of_accounts(&["act_1", "act_2"]), Holders::Everybody),
            (of_accounts(&["act_1", "act_2"]), first()),
        ] {
            let steps = plan(&store, &filter, holders.clone()).await;
            let by_account =
                "SEARCH i USING INDEX inquiries_by_account (environment_id=? AND account_id=?";
            assert!(
                steps.contains(by_account),
                "{filter:?} {holders:?}\n{steps}"
            );
            // The children of each inquiry are found by the inquiry.
            for child in ["inquiry_sessions", "verifications", "documents", "selfies"] {
                let by_inquiry =
                    format!("INDEX {child}_by_inquiry (environment_id=? AND inquiry_id=?)");
                assert!(steps.contains(&by_inquiry), "{steps}");
            }
        }
        for one in [first(), these(&["act_1"])] {
            let one = plan(&store, &none(), one).await;
            assert!(!one.contains("USE TEMP B-TREE FOR ORDER BY"), "{one}");
        }
        let everybody = plan(&store, &none(), Holders::Everybody).await;
        assert!(everybody.contains("INDEX inquiries_by_age"), "{everybody}");
    }
}
