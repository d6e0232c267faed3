//! A delivery as a command line (WD4).

/// To be pasted into any POSIX shell.
pub fn command(url: &str, headers: &[(String, String)], body: &str) -> String {
    let mut lines = vec![format!("curl -i {}", quoted(url))];
    for (name, value) in headers {
        lines.push(format!("-H {}", quoted(&format!("{name}: {value}"))));
    }
    lines.push(format!("--data-binary {}", quoted(body)));
    lines.join(" \\\n  ")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wd4_a_shell_reads_the_body_and_the_headers_as_they_are() {
        let body = r#"{"name":"O'Brien $HOME `id` \" \\ !"}"#;
        let headers = [("x-own".to_owned(), "it's".to_owned())];
        let line = command("http://localhost:3000/a?b=c&d", &headers, body);
        let script = line.replacen("curl", "printf '%s\\n'", 1);
        let shell = std::process::Command::new("sh")
            .arg("-c")
            .arg(script)
            .output();
        let printed = String::from_utf8(shell.unwrap().stdout).unwrap();
        let read: Vec<&str> = printed.lines().collect();
        let expected = [
            "-i",
            "http://localhost:3000/a?b=c&d",
            "-H",
            "x-own: it's",
            "--data-binary",
            body,
        ];
        assert_eq!(read, expected);
    }
}
