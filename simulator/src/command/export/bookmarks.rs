//! `rolegate export bookmarks`: the console links as a file of bookmarks that every browser imports, a folder for each
//! environment.

use super::console::{Link, links as find};
use super::{Content, Export, Piece, Selection, Shape, WRITTEN_BY, opened, tell_left_out};
use crate::Answer;
use crate::command::{API_VERSION, Question};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The bookmarks of whom was asked for.
///
/// # Errors
/// An answer that names everything that is wrong with the manifests or with what was asked for.
pub fn bookmarks(question: &Question, selection: &Selection) -> Result<Export, Answer> {
    opened(question, |doors| {
        let (links, left_out) = find(doors, selection)?;
        let mut export = Export::new(Shape::File);
        tell_left_out(&mut export, &left_out);
        export.report = json!({
            "apiVersion": API_VERSION,
            "kind": "BookmarksExport",
            "bookmarks": links.iter().map(|link| json!({"folder": link.account.environment.as_str(), "title": link.display, "url": link.url})).collect::<Vec<_>>(),
            "leftOut": left_out,
        });
        let content = Content::whole(page(doors.installation(), &links));
        export.pieces.push(Piece { path: PathBuf::from("bookmarks.html"), content });
        Ok(export)
    })
}

/// The format that Netscape left behind; browsers read its lines, so that it must look like this.
fn page(installation: &str, links: &[Link<'_>]) -> String {
    let mut folders: BTreeMap<&str, Vec<&Link<'_>>> = BTreeMap::new();
    for link in links {
        folders.entry(&link.account.environment).or_default().push(link);
    }
    let mut rows = vec![
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>".to_owned(),
        format!("<!-- Written by {WRITTEN_BY} bookmarks. -->"),
        "<META HTTP-EQUIV=\"Content-Type\" CONTENT=\"text/html; charset=UTF-8\">".to_owned(),
        "<TITLE>Bookmarks</TITLE>".to_owned(),
        "<H1>Bookmarks</H1>".to_owned(),
        "<DL><p>".to_owned(),
        format!("    <DT><H3>AWS {}</H3>", escaped(installation)),
        "    <DL><p>".to_owned(),
    ];
    for (environment, links) in folders {
        rows.push(format!("        <DT><H3>{}</H3>", escaped(environment)));
        rows.push("        <DL><p>".to_owned());
        for link in links {
            let (url, title) = (escaped(&link.url), escaped(&link.display));
            rows.push(format!("            <DT><A HREF=\"{url}\">{title}</A>"));
        }
        rows.push("        </DL><p>".to_owned());
    }
    rows.extend(["    </DL><p>", "</DL><p>", ""].map(str::to_owned));
    rows.join("\n")
}

/// As text and as the value of an attribute.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}
