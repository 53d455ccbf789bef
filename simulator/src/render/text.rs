//! Lines of at most 80 columns. Knows nothing of what they say.

/// The width of everything.
pub const WIDTH: usize = 80;

/// Adds a paragraph: `first` begins the first line, `rest` every further one. Words are never cut, so that names and commands
/// can be copied; one that is too long has a line of its own.
pub fn paragraph(out: &mut String, first: &str, rest: &str, words: &str) {
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in words.split_whitespace() {
        let space = usize::from(!is_empty);
        if !is_empty && columns(&line) + space + columns(word) > WIDTH {
            push_line(out, &line);
            rest.clone_into(&mut line);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    push_line(out, &line);
}

/// Adds a line as it is.
pub fn push_line(out: &mut String, line: &str) {
    out.push_str(&printable(line.trim_end()));
    out.push('\n');
}

/// Shows what would command a terminal (escapes, control characters) or deceive an eye (characters that turn the direction of
/// writing or take no room) as escapes.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_graphic() || c == ' ' || c.escape_debug().count() == 1 || matches!(c, '"' | '\'' | '\\')
        {
            shown.push(c);
        } else {
            shown.extend(c.escape_unicode());
        }
    }
    shown
}

/// `1 step`, `2 steps`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_a_terminal_or_deceives_an_eye_is_shown() {
        assert_eq!(printable("a\u{1b}[31mb\u{7}c"), "a\\u{1b}[31mb\\u{7}c");
        assert_eq!(printable("x\u{202e}y\u{200b}z"), "x\\u{202e}y\\u{200b}z");
        let kept = r#"é "quoted" 'one' back\slash ü 漢"#;
        assert_eq!(printable(kept), kept);
        let mut out = String::new();
        paragraph(&mut out, "", "", "name\u{1b}[2J");
        assert_eq!(out, "name\\u{1b}[2J\n");
    }

    #[test]
    fn paragraphs_hang_and_never_cut_a_word() {
        let mut out = String::new();
        let long = "x".repeat(90);
        paragraph(&mut out, "- ", "  ", &format!("{} {long} end", "word ".repeat(20)));
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.len(), 4, "{out}");
        assert!(lines[0].starts_with("- word") && lines[1].starts_with("  word"), "{out}");
        assert_eq!(lines[2], format!("  {long}"));
        assert_eq!(lines[3], "  end");
        assert!(lines[0].len() <= WIDTH);
        assert_eq!(
            (count(1, "step", "steps"), count(0, "step", "steps")),
            ("1 step".into(), "0 steps".into())
        );
    }
}
