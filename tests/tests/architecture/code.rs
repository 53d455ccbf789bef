//! The code in a Rust source, without its comments and literals. Knows only as much Rust as that needs.

/// The source with every comment and every string and character literal left out, line breaks kept, so that a word found in
/// it is code and its line number is true.
pub(crate) fn code_of(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = skipped(rest, code.chars().next_back());
        let (taken, after) = rest.split_at(length.unwrap_or(first.len_utf8()));
        if length.is_none() {
            code.push_str(taken);
        } else {
            code.extend(taken.chars().filter(|c| *c == '\n'));
        }
        rest = after;
    }
    code
}

/// How many bytes of a comment or literal begin here, if one does.
fn skipped(rest: &str, before: Option<char>) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    if rest.starts_with('"') {
        return Some(1 + quoted(rest.get(1..)?, '"'));
    }
    if rest.starts_with('r')
        && !before.is_some_and(|c| c.is_ascii_alphanumeric() && c != 'b' && c != 'c' || c == '_')
    {
        return raw_string(rest);
    }
    character(rest)
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(tail) = rest.get(at..).filter(|tail| !tail.is_empty()) {
        if tail.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += tail.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The bytes up to and with the closing quote, minding escapes.
fn quoted(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    body.len()
}

/// `r"…"`, `r#"…"#` and so on; a raw identifier such as `r#type` is none.
fn raw_string(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('r')?;
    let hashes: String = body.chars().take_while(|c| *c == '#').collect();
    let inside = body.strip_prefix(hashes.as_str())?.strip_prefix('"')?;
    let opening = rest.len() - inside.len();
    let closing = format!("\"{hashes}");
    Some(inside.find(&closing).map_or(rest.len(), |at| opening + at + closing.len()))
}

/// `'x'` and `'\n'`; a lifetime such as `'a` is none.
fn character(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('\'')?;
    if body.starts_with('\\') {
        return Some(1 + quoted(body, '\''));
    }
    let first = body.chars().next()?;
    body.get(first.len_utf8()..)?.starts_with('\'').then_some(first.len_utf8() + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_go_and_code_stays() {
        for (source, expected) in [
            ("let a = 1; // tokio\nlet b;", "let a = 1; \nlet b;"),
            ("a /* tokio /* nested */ tokio */ b", "a  b"),
            ("a /* x\ny */ b", "a \n b"),
            (r#"f("tokio \" // still", g)"#, "f(, g)"),
            ("f(r\"a\\\", b)", "f(, b)"),
            ("f(r#\"a \" tokio\"#, b)", "f(, b)"),
            ("f(br#\"tokio\"#, b)", "f(b, b)"),
            (r#"m('"', '\'', 'x', b)"#, "m(, , , b)"),
            ("fn f<'a>(x: &'a str) {} // 'a", "fn f<'a>(x: &'a str) {} "),
            ("let r#type = for_each(\"x\");", "let r#type = for_each();"),
            ("var\"tokio\"", "var"),
            ("é // ü\nß", "é \nß"),
            ("unfinished \"tokio", "unfinished "),
        ] {
            assert_eq!(code_of(source), expected, "{source}");
        }
    }
}
