//! Loading into PostgreSQL with `COPY`.

use std::fmt::Write as _;

use futures_util::SinkExt;
use hyper::body::Bytes;
use selfsame_domain::id::Id;
use selfsame_domain::{ReferenceId, Timestamp};
use tokio_postgres::CopyInSink;

use super::{COUNT, Chunk};
use crate::Problem;
use crate::cluster::{Sql, said};
use crate::pgbench::hexadecimal;

pub struct Loader {
    sql: Sql,
}

impl Loader {
    pub async fn open(url: &str) -> Result<Self, Problem> {
        let sql = Sql::connect(url).await?;
        sql.run("SET synchronous_commit = off").await?;
        Ok(Self { sql })
    }

    pub async fn load(&self, chunk: &Chunk) -> Result<(), Problem> {
        let mut text = String::new();
        for row in &chunk.accounts {
            let made = &row.account;
            let reference = made.reference_id.as_ref();
            let mut line = Line(&mut text);
            line.text(made.environment_id.as_str());
            line.text(made.id.as_str());
            line.text(made.account_type_id.as_str());
            line.maybe(reference.map(ReferenceId::as_str));
            line.maybe(reference.map(ReferenceId::folded).as_deref());
            line.text(&made.status);
            line.text(&row.fields);
            line.text("[]");
            line.number(made.created_at.millis());
            line.number(made.updated_at.millis());
            line.number(made.version);
            line.end();
        }
        let accounts = "COPY accounts (environment_id, id, account_type_id, reference_id, reference_fold, status, \
                        fields, tags, created_at, updated_at, version) FROM STDIN";
        self.copy(accounts, text).await?;

        let mut text = String::new();
        for row in &chunk.inquiries {
            let made = &row.inquiry;
            let mut line = Line(&mut text);
            line.text(made.environment_id.as_str());
            line.text(made.id.as_str());
            line.maybe(made.account_id.as_ref().map(Id::as_str));
            line.text(made.template_id.as_str());
            line.text(made.template_version_id.as_str());
            line.text(made.status.as_str());
            line.number(made.created_at.millis());
            line.number(made.updated_at.millis());
            line.maybe_number(made.expires_at.map(Timestamp::millis));
            line.bytes(&row.detail);
            line.maybe_number(row.due_at);
            line.number(made.version);
            line.end();
        }
        let inquiries = "COPY inquiries (environment_id, id, account_id, template_id, template_version_id, status, \
                         created_at, updated_at, expires_at, detail, due_at, version) FROM STDIN";
        self.copy(inquiries, text).await?;

        let mut text = String::new();
        for row in &chunk.events {
            let mut line = Line(&mut text);
            line.text(row.environment.as_str());
            line.text(&row.id);
            line.text(row.name);
            line.text(row.object_type);
            line.text(&row.object_id);
            line.text(&row.account_id);
            line.number(row.created_at);
            line.number(row.ordinal);
            line.bytes(&row.payload);
            line.text("{}");
            line.end();
        }
        let events = "COPY events (environment_id, id, name, object_type, object_id, account_id, created_at, ordinal, \
                      payload, context) FROM STDIN";
        self.copy(events, text).await?;

        let mut text = String::new();
        for row in &chunk.events {
            let mut line = Line(&mut text);
            line.text(row.environment.as_str());
            line.number(row.sequence);
            line.text(&row.id);
            line.text(&row.account_id);
            line.number(row.account_sequence);
            line.text(row.name);
            line.end();
        }
        let numbers = "COPY event_sequences (environment_id, sequence, event_id, account_id, account_sequence, name) \
                       FROM STDIN";
        self.copy(numbers, text).await?;
        for (environment, last) in &chunk.counters {
            self.sql
                .execute(COUNT, &[&environment.as_str(), last])
                .await?;
        }
        Ok(())
    }

    async fn copy(&self, statement: &str, text: String) -> Result<(), Problem> {
        if text.is_empty() {
            return Ok(());
        }
        let sink: CopyInSink<Bytes> = self
            .sql
            .client
            .copy_in(statement)
            .await
            .map_err(|error| said(&error))?;
        let mut sink = std::pin::pin!(sink);
        sink.send(Bytes::from(text))
            .await
            .map_err(|error| said(&error))?;
        sink.finish().await.map_err(|error| said(&error))?;
        Ok(())
    }

    pub async fn finish(self) -> Result<(), Problem> {
        self.sql.run("VACUUM ANALYZE").await?;
        self.sql.run("CHECKPOINT").await
    }
}

/// One line of `COPY`'s text format.
struct Line<'a>(&'a mut String);

impl Line<'_> {
    fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '\\' => self.0.push_str("\\\\"),
                '\t' => self.0.push_str("\\t"),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                plain => self.0.push(plain),
            }
        }
        self.0.push('\t');
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.text(&hexadecimal(bytes));
    }

    fn maybe(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.0.push_str("\\N\t"),
        }
    }

    fn number(&mut self, number: i64) {
        let _ = write!(self.0, "{number}\t");
    }

    fn maybe_number(&mut self, number: Option<i64>) {
        match number {
            Some(number) => self.number(number),
            None => self.0.push_str("\\N\t"),
        }
    }

    fn end(self) {
        self.0.pop();
        self.0.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_copy_reads() {
        let mut text = String::new();
        let mut line = Line(&mut text);
        line.text("a\tb\\c\nd");
        line.maybe(None);
        line.number(-7);
        line.maybe_number(None);
        line.end();
        assert_eq!(text, "a\\tb\\\\c\\nd\t\\N\t-7\t\\N\n");
    }
}
