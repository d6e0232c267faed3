//! `docs/coverage.md` says what the tables of operations say.

use std::path::Path;

#[test]
fn the_documentation_of_coverage_is_what_the_tables_say() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/coverage.md");
    let now = selfsame_server::api::coverage::document();
    if std::env::var_os("SELFSAME_WRITE_DOCS").is_some() {
        std::fs::write(&file, &now).expect("docs/coverage.md can be written");
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = now
        .lines()
        .zip(written.lines().chain(std::iter::repeat("")))
        .find(|(now, written)| now != written);
    assert!(
        now == written,
        "docs/coverage.md is not what the tables of operations say, first at {differs:?}; write it with\n  \
         SELFSAME_WRITE_DOCS=1 cargo test -p selfsame-server --test api coverage"
    );
}
