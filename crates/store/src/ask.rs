//! Questions as values: several are asked on one snapshot, in one round trip.

use crate::sql::into_page;
use crate::{Page, Query, Row, Slice, Store, StoreError, Value};

type Results = Vec<Vec<Row>>;

/// What is wanted of a store, and how to read what it answers. A noun's module makes them, [`Store::ask`] asks them.
pub struct Ask<T> {
    queries: Vec<Query>,
    read: Box<dyn FnOnce(Results) -> Result<T, StoreError> + Send>,
}

impl<T> std::fmt::Debug for Ask<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Ask")
            .field("queries", &self.queries)
            .finish_non_exhaustive()
    }
}

impl<T: 'static> Ask<T> {
    /// Both, of the same moment.
    pub fn and<U: 'static>(self, other: Ask<U>) -> Ask<(T, U)> {
        let own = self.queries.len();
        let mut queries = self.queries;
        queries.extend(other.queries);
        Ask {
            queries,
            read: Box::new(move |mut results| {
                let others = results.split_off(own.min(results.len()));
                Ok(((self.read)(results)?, (other.read)(others)?))
            }),
        }
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U + Send + 'static) -> Ask<U> {
        self.try_map(|found| Ok(change(found)))
    }

    pub(crate) fn try_map<U>(
        self,
        change: impl FnOnce(T) -> Result<U, StoreError> + Send + 'static,
    ) -> Ask<U> {
        Ask {
            queries: self.queries,
            read: Box::new(move |results| change((self.read)(results)?)),
        }
    }
}

impl<T: 'static> Ask<T> {
    /// The same rows out of another statement, made of this one's: `wrap` gets its text and how many values it has, and
    /// `front` reads of each row what the new statement puts in front of the old columns. A row for which it says
    /// `false` is none of the old statement's. What was read of the first row comes along.
    ///
    /// # Errors
    /// The question itself, where it is more than one query.
    pub(crate) fn wrapped<F: 'static>(
        mut self,
        wrap: impl FnOnce(&str, usize) -> (String, Vec<Value>),
        front: fn(&mut Row) -> Result<(F, bool), StoreError>,
    ) -> Result<Ask<(Option<F>, T)>, Self> {
        if self.queries.len() != 1 {
            return Err(self);
        }
        let Some(mut query) = self.queries.pop() else {
            return Err(self);
        };
        let (sql, values) = wrap(&query.sql, query.values.len());
        query.values.extend(values);
        let query = Query::new(sql, query.values);
        let read = self.read;
        Ok(Ask {
            queries: vec![query],
            read: Box::new(move |mut results| {
                let rows = results.pop().unwrap_or_default();
                let (mut told, mut kept) = (None, Vec::with_capacity(rows.len()));
                for mut row in rows {
                    let (value, belongs) = front(&mut row)?;
                    told.get_or_insert(value);
                    if belongs {
                        kept.push(row);
                    }
                }
                Ok((told, read(vec![kept])?))
            }),
        })
    }
}

impl<T: 'static> Ask<Vec<T>> {
    pub(crate) fn all(query: Query, read: fn(&mut Row) -> Result<T, StoreError>) -> Self {
        Self {
            queries: vec![query],
            read: Box::new(move |mut results| {
                let rows = results.pop().unwrap_or_default();
                rows.into_iter().map(|mut row| read(&mut row)).collect()
            }),
        }
    }
}

impl<T: 'static> Ask<Option<T>> {
    pub(crate) fn find(query: Query, read: fn(&mut Row) -> Result<T, StoreError>) -> Self {
        Ask::all(query, read).map(|found| found.into_iter().next())
    }
}

impl<T: 'static> Ask<Page<T>> {
    /// `query` fetches one row more than `size`, as [`crate::sql::Conditions::page`] makes it.
    pub(crate) fn page(
        query: Query,
        read: fn(&mut Row) -> Result<T, StoreError>,
        slice: &Slice,
        size: u32,
    ) -> Self {
        let slice = slice.clone();
        Ask::all(query, read).map(move |items| into_page(items, &slice, size))
    }
}

impl Store {
    /// One read, whatever was joined with [`Ask::and`].
    pub async fn ask<T>(&self, ask: Ask<T>) -> Result<T, StoreError> {
        (ask.read)(self.read(ask.queries).await?)
    }
}
