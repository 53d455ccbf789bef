//! `rolegate export links`: the console switch-role links of whom was asked for, as a table or as JSON.

use super::console::{Link, links as find};
use super::{Content, Export, Piece, Selection, Shape, WRITTEN_BY, opened, tell_left_out};
use crate::Answer;
use crate::command::{API_VERSION, Output, Question};
use crate::render::text::{printable, push_line};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The links, in what form they are asked for.
///
/// # Errors
/// An answer that names everything that is wrong with the manifests or with what was asked for.
pub fn links(question: &Question, selection: &Selection, output: Output) -> Result<Export, Answer> {
    opened(question, |doors| {
        let (links, left_out) = find(doors, selection)?;
        let mut export = Export::new(Shape::File);
        tell_left_out(&mut export, &left_out);
        export.report = json!({
            "apiVersion": API_VERSION,
            "kind": "LinksExport",
            "writtenBy": format!("{WRITTEN_BY} links"),
            "links": links.iter().map(member).collect::<Vec<_>>(),
            "leftOut": left_out,
        });
        let (name, text) = match output {
            Output::Text => ("links.txt", table(&links)),
            Output::Json => ("links.json", format!("{:#}\n", export.report)),
        };
        export.pieces.push(Piece { path: PathBuf::from(name), content: Content::whole(text) });
        Ok(export)
    })
}

fn member(link: &Link<'_>) -> Value {
    let Link { name, account, role, role_with_path, display, color, url } = link;
    json!({
        "name": name,
        "account": {"name": account.name.as_str(), "id": account.id.to_string(), "environment": account.environment.as_str()},
        "roleARN": role.to_string(),
        "roleName": role_with_path,
        "displayName": display,
        "color": color,
        "url": url,
    })
}

/// Columns as wide as what is in them; the address comes last, so that it can be copied.
fn table(links: &[Link<'_>]) -> String {
    let mut rows: Vec<[String; 4]> = vec![["NAME", "ACCOUNT", "DISPLAY NAME", "URL"].map(str::to_owned)];
    rows.extend(links.iter().map(|link| {
        [link.name.clone(), link.account.id.to_string(), printable(&link.display), link.url.clone()]
    }));
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let (names, ids, displays) = (width(0), width(1), width(2));
    let mut out = String::new();
    push_line(&mut out, &format!("# Written by `{WRITTEN_BY} links`."));
    for [name, id, display, url] in &rows {
        push_line(&mut out, &format!("{name:names$}  {id:ids$}  {display:displays$}  {url}"));
    }
    out
}
