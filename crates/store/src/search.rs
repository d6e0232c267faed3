//! Searches (A40–A45): clauses into SQL.

use selfsame_domain::account::Account;
use selfsame_domain::account::search::{AccountOrder, AccountTest};
use selfsame_domain::id::EnvironmentId;
use selfsame_domain::inquiry::search::{InquiryOrder, InquiryTest};
use selfsame_domain::inquiry::{InquiryView, Status, StoredDetail};
use selfsame_domain::search::{Clause, Comparable, Operator};

use crate::row::id;
use crate::sql::{Conditions, Order, Page, Slice};
use crate::{Ask, Query, Value, account, inquiry};

/// What is searched for: conditions, and an order.
#[derive(Debug, Clone)]
pub struct Search<T, O> {
    pub clause: Option<Clause<T>>,
    pub order: O,
    pub ascending: bool,
}

/// Below a `not` a test says yes or no, where nothing is known as well; elsewhere a plain comparison, which an index can
/// answer, comes to the same.
fn render<T>(
    clause: &Clause<T>,
    conditions: &mut Conditions,
    test: &impl Fn(&T, &mut Conditions) -> String,
    negated: bool,
) -> String {
    let mut join = |clauses: &[Clause<T>], word: &str, of_none: &str| {
        let parts: Vec<_> = clauses
            .iter()
            .map(|clause| render(clause, conditions, test, negated))
            .collect();
        if parts.is_empty() {
            of_none.to_owned()
        } else {
            format!("({})", parts.join(word))
        }
    };
    match clause {
        Clause::All(clauses) => join(clauses, " AND ", "1 = 1"),
        Clause::Any(clauses) => join(clauses, " OR ", "1 = 0"),
        Clause::Not(inner) => {
            let inner = render(inner, conditions, test, true);
            format!("NOT ({inner})")
        }
        Clause::Is(predicate) => {
            let text = test(predicate, conditions);
            if negated {
                format!("(({text}) IS TRUE)")
            } else {
                text
            }
        }
    }
}

fn compare(
    conditions: &mut Conditions,
    column: &str,
    operator: Operator,
    value: impl Into<Value>,
) -> String {
    let place = conditions.place(value.into());
    format!("{column} {} {place}", operator.as_sql())
}

fn account_test(test: &AccountTest, conditions: &mut Conditions) -> String {
    let mut is =
        |column: &str, operator, value: Value| compare(conditions, column, operator, value);
    match test {
        AccountTest::Type(kind) => is("accounts.account_type_id", Operator::Equal, id(kind)),
        AccountTest::Status(name) => is("accounts.status", Operator::Equal, name.clone().into()),
        AccountTest::Reference(fold) => is(
            "accounts.reference_fold",
            Operator::Equal,
            fold.clone().into(),
        ),
        AccountTest::CreatedAt(operator, at) => is("accounts.created_at", *operator, (*at).into()),
        AccountTest::UpdatedAt(operator, at) => is("accounts.updated_at", *operator, (*at).into()),
        AccountTest::Field {
            key,
            operator,
            value,
        } => {
            let key = conditions.place(key.clone().into());
            let value = match value {
                Comparable::Text(text) => {
                    compare(conditions, "v.text_value", *operator, text.clone())
                }
                Comparable::Number(number) => {
                    compare(conditions, "v.number_value", *operator, *number)
                }
            };
            format!(
                "accounts.id IN (SELECT v.account_id FROM account_search_values v \
                 WHERE v.environment_id = $1 AND v.field_key = {key} AND {value})"
            )
        }
    }
}

fn inquiry_test(test: &InquiryTest, now: i64, conditions: &mut Conditions) -> String {
    match test {
        InquiryTest::Status(status) => status_test(*status, now, conditions),
        InquiryTest::Reference(fold) => compare(
            conditions,
            "a.reference_fold",
            Operator::Equal,
            fold.clone(),
        ),
        InquiryTest::Template(template) => {
            compare(conditions, "i.template_id", Operator::Equal, id(template))
        }
        InquiryTest::CreatedAt(operator, at) => compare(conditions, "i.created_at", *operator, *at),
        InquiryTest::UpdatedAt(operator, at) => compare(conditions, "i.updated_at", *operator, *at),
    }
}

fn status_test(status: Status, now: i64, conditions: &mut Conditions) -> String {
    let is = compare(conditions, "i.status", Operator::Equal, status.as_str());
    let due = |now: String| {
        format!(
            "(i.status IN ('created', 'pending') AND i.redacted_at IS NULL AND i.expires_at IS NOT NULL \
             AND i.expires_at <= {now})"
        )
    };
    if status == Status::Expired {
        let now = conditions.place(now.into());
        format!("({is} OR {})", due(now))
    } else if status.is_open() {
        let now = conditions.place(now.into());
        format!("({is} AND NOT {})", due(now))
    } else {
        is
    }
}

impl Ask<Page<Account>> {
    /// Active accounts (R41).
    pub fn account_search(
        environment: &EnvironmentId,
        search: &Search<AccountTest, AccountOrder>,
        slice: &Slice,
        size: u32,
    ) -> Self {
        let mut conditions = Conditions::new("accounts.environment_id", id(environment));
        conditions.and_plain("accounts.archived_at IS NULL");
        if let Some(clause) = &search.clause {
            let text = render(clause, &mut conditions, &account_test, false);
            conditions.and_plain(&text);
        }
        let field_key = match &search.order {
            AccountOrder::Text(key) | AccountOrder::Number(key) => {
                Some(conditions.place(key.clone().into()))
            }
            _ => None,
        };
        let key = |of: &str| account_key(&search.order, of, field_key.as_deref());
        let order = Order {
            table: "accounts",
            alias: "accounts",
            key: &key,
            ascending: search.ascending,
        };
        let (sql, values) = conditions.ordered_page(account::select(), &order, slice, size);
        Ask::page(
            Query::new(sql, values).long(),
            account::account,
            slice,
            size,
        )
    }
}

/// What accounts are ordered by; never null, so that a cursor can compare it.
fn account_key(order: &AccountOrder, of: &str, field_key: Option<&str>) -> String {
    let value = |column: &str, none: &str| {
        format!(
            "COALESCE((SELECT v.{column} FROM account_search_values v WHERE v.environment_id = {of}.environment_id \
             AND v.account_id = {of}.id AND v.field_key = {}), {none})",
            field_key.unwrap_or("''")
        )
    };
    match order {
        AccountOrder::CreatedAt => format!("{of}.created_at"),
        AccountOrder::UpdatedAt => format!("{of}.updated_at"),
        AccountOrder::Type => format!("{of}.account_type_id"),
        AccountOrder::Status => format!("{of}.status"),
        AccountOrder::Reference => format!("COALESCE({of}.reference_fold, '')"),
        AccountOrder::Text(_) => value("text_value", "''"),
        AccountOrder::Number(_) => value("number_value", "-9223372036854775807"),
    }
}

impl Ask<Page<InquiryView<StoredDetail>>> {
    /// `now`: what is due at this moment counts as expired (B178).
    pub fn inquiry_search(
        environment: &EnvironmentId,
        search: &Search<InquiryTest, InquiryOrder>,
        now: i64,
        slice: &Slice,
        size: u32,
    ) -> Self {
        let mut conditions = Conditions::new("i.environment_id", id(environment));
        if let Some(clause) = &search.clause {
            let test = |test: &InquiryTest, conditions: &mut Conditions| {
                inquiry_test(test, now, conditions)
            };
            let text = render(clause, &mut conditions, &test, false);
            conditions.and_plain(&text);
        }
        let key = |of: &str| match search.order {
            InquiryOrder::CreatedAt => format!("{of}.created_at"),
            InquiryOrder::UpdatedAt => format!("{of}.updated_at"),
            InquiryOrder::Status => format!("{of}.status"),
            InquiryOrder::Template => format!("{of}.template_id"),
            InquiryOrder::Reference => format!(
                "COALESCE((SELECT h.reference_fold FROM accounts h WHERE h.environment_id = {of}.environment_id \
                 AND h.id = {of}.account_id), '')"
            ),
        };
        let order = Order {
            table: "inquiries",
            alias: "i",
            key: &key,
            ascending: search.ascending,
        };
        let (sql, values) = conditions.ordered_page(inquiry::select(), &order, slice, size);
        Ask::page(
            Query::new(sql, values).long(),
            inquiry::stored_inquiry,
            slice,
            size,
        )
    }
}
