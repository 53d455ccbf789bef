//! A tree of XML elements and its text, escaped. Knows nothing of AWS.

use quick_xml::escape::escape;

/// An element: children, or text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    name: String,
    namespace: Option<&'static str>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// An element without content.
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), namespace: None, text: String::new(), children: Vec::new() }
    }

    /// Declares the namespace of the element and all within.
    pub(crate) fn namespace(mut self, uri: &'static str) -> Self {
        self.namespace = Some(uri);
        self
    }

    /// Adds a child.
    pub(crate) fn child(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    /// Adds these children.
    pub(crate) fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    /// Adds a child that holds text.
    pub(crate) fn field(self, name: &str, value: impl ToString) -> Self {
        self.child(Self::new(name).with_text(value))
    }

    /// Holds this text, before any children.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers hand over numbers, texts and references alike"
    )]
    pub(crate) fn with_text(mut self, text: impl ToString) -> Self {
        self.text = text.to_string();
        self
    }

    /// Adds a child that holds text, if there is one.
    pub(crate) fn optional(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.field(name, value),
            None => self,
        }
    }

    /// Adds a list: a child with one `member` for each item.
    pub(crate) fn list<T>(self, name: &str, items: &[T], member: impl Fn(Element, &T) -> Element) -> Self {
        self.child(Self::new(name).children(items.iter().map(|item| member(Self::new("member"), item))))
    }

    /// Adds a list of texts.
    pub(crate) fn texts(self, name: &str, items: &[String]) -> Self {
        self.list(name, items, |member, item| member.with_text(item))
    }

    /// The document.
    pub(crate) fn document(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text.push('\n');
        text
    }

    fn write(&self, out: &mut String) {
        let Self { name, namespace, text, children } = self;
        out.push('<');
        out.push_str(name);
        if let Some(uri) = namespace {
            out.push_str(" xmlns=\"");
            out.push_str(uri);
            out.push('"');
        }
        if text.is_empty() && children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        out.push_str(&escape(legal(text)));
        for child in children {
            child.write(out);
        }
        out.push_str("</");
        out.push_str(name);
        out.push('>');
    }
}

/// The text with what XML 1.0 cannot express, even escaped, replaced by U+FFFD.
fn legal(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => c,
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        for (text, written) in [
            ("plain", "<a>plain</a>"),
            ("", "<a/>"),
            ("<b attr=\"x\">&'", "<a>&lt;b attr=&quot;x&quot;&gt;&amp;&apos;</a>"),
            ("a\tb\nc\r\nd", "<a>a\tb\nc&#13;\nd</a>"),
            ("bell\u{7}nul\u{0}\u{ffff}", "<a>bell\u{fffd}nul\u{fffd}\u{fffd}</a>"),
            ("grün 🦀", "<a>grün 🦀</a>"),
            ("]]>", "<a>]]&gt;</a>"),
        ] {
            let root = Element::new("r").field("a", text);
            assert_eq!(root.document(), format!("<r>{written}</r>\n"), "{text:?}");
            let parsed = quick_xml::escape::unescape(&escape(legal(text))).unwrap().into_owned();
            assert_eq!(parsed, legal(text));
        }
    }

    #[test]
    fn elements_nest_and_lists_have_members() {
        let root = Element::new("R")
            .namespace("https://example/")
            .child(Element::new("Empty"))
            .optional("Absent", None::<&str>)
            .optional("Present", Some(false))
            .texts("Names", &["a".to_owned(), "b".to_owned()])
            .list("Things", &[1, 2], |member, item| member.field("N", item));
        assert_eq!(
            root.document(),
            "<R xmlns=\"https://example/\"><Empty/><Present>false</Present><Names><member>a</member><member>b</member>\
             </Names><Things><member><N>1</N></member><member><N>2</N></member></Things></R>\n"
        );
    }
}
