//! `docs/coverage.md`: which operations there are, made from their tables.

use selfsame_wire::ApiVersion;

use super::operation::{
    self, Answers, Method, OPERATIONS, Operation, awaited::AWAITED, extension, subject,
};

const HEAD: &str = "\
# Coverage

Made from the tables in `crates/server/src/api/operation.rs` and beside it; do not edit. After a change of those:

```console
SELFSAME_WRITE_DOCS=1 cargo test -p selfsame-server --test api coverage
```

| in the column *implemented* | the operation |
|---|---|
| yes | does what the published API says |
| ours | is an extension of it, which has an address only where `extensions` is turned on (C135) |
| empty | is a list of what cannot exist yet: 200 with an empty page (C128) |
| no | answers 501 (C127) |
| not yet | has no address yet: 404 |
";

struct Line {
    subject: String,
    method: Method,
    path: &'static str,
    summary: &'static str,
    implemented: &'static str,
    is_answered: bool,
}

/// The whole file.
pub fn document() -> String {
    let lines = lines();
    let count = |what: &str| lines.iter().filter(|line| line.implemented == what).count();
    let versions = ApiVersion::ALL.map(ApiVersion::as_str).join(", ");
    let mut text = format!(
        "{HEAD}\n{} of {} operations are implemented; {} answer with an empty page, {} with 501, and {} are not there yet. {} are \
         extensions.\n\n\
         All API versions are {versions}.\n",
        count("yes"),
        lines.len() - count("ours"),
        count("empty"),
        count("no"),
        count("not yet"),
        count("ours"),
    );
    let mut subjects: Vec<&str> = Vec::new();
    for line in &lines {
        if !subjects.contains(&line.subject.as_str()) {
            subjects.push(&line.subject);
        }
    }
    for subject in subjects {
        text.push_str(&table(subject, &lines));
    }
    text + &ours()
}

/// Those that no published document could have.
fn ours() -> String {
    let head = format!(
        "\n## Selfsame's own\n\nBelow `{root}`, in every API version; described at `{root}/openapi.json` and \
         `/docs/selfsame`.\n\n| operation | | permissions |\n|---|---|---|\n",
        root = extension::ROOT,
    );
    let rows = extension::EXTENSIONS.iter().map(|operation| {
        let needed = operation.permissions.iter();
        let needed: Vec<_> = needed
            .map(|permission| format!("`{}`", permission.as_str()))
            .collect();
        format!(
            "| `{} {}` | {} | {} |\n",
            operation.method.as_str().to_uppercase(),
            operation.path,
            operation.summary,
            needed.join(", "),
        )
    });
    head + &rows.collect::<String>()
}

fn table(subject: &str, lines: &[Line]) -> String {
    let head = format!(
        "\n## {subject}\n\n| operation | | implemented | API versions |\n|---|---|---|---|\n"
    );
    let own = lines.iter().filter(|line| line.subject == subject);
    let rows = own.map(|line| {
        format!(
            "| `{} {}` | {} | {} | {} |\n",
            line.method.as_str().to_uppercase(),
            line.path,
            line.summary,
            line.implemented,
            if line.is_answered { "all" } else { "–" },
        )
    });
    head + &rows.collect::<String>()
}

/// The core first, with what is still to come; then what is outside it.
fn lines() -> Vec<Line> {
    let awaited = AWAITED.iter().filter(|(method, path, _)| {
        !operation::all().any(|built| built.method == *method && built.path == *path)
    });
    let awaited = awaited.map(|(method, path, summary)| Line {
        subject: subject(path),
        method: *method,
        path,
        summary,
        implemented: "not yet",
        is_answered: false,
    });
    let of = |operation: &'static Operation| {
        let implemented = match operation.answers {
            Answers::NotImplemented => "no",
            _ if operation::is_outside(operation) => "empty",
            _ if operation.is_extension() => "ours",
            _ => "yes",
        };
        Line {
            subject: subject(operation.path),
            method: operation.method,
            path: operation.path,
            summary: operation.summary,
            implemented,
            is_answered: implemented != "no",
        }
    };
    OPERATIONS
        .iter()
        .map(of)
        .chain(awaited)
        .chain(operation::outside::OUTSIDE.iter().map(of))
        .collect()
}
