//! Brings an export to where it was asked for: to standard output, into a file, into a folder. All files are looked at before the
//! first one is written, so that a bad one leaves all as they are.

use crate::command::Output;
use crate::command::export::merge::merge;
use crate::command::export::{Content, Export, Piece, Shape};
use crate::render::text::push_line;
use crate::save::{Saved, Target};
use crate::{Answer, Code};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Standard output without a place (or with `-`); else the place is a file, or a folder that holds it.
pub fn deliver(export: Export, place: Option<&Path>, output: Output) -> Answer {
    let place = place.filter(|place| place.as_os_str() != crate::load::STDIN);
    match (place, output) {
        (None, Output::Json) => {
            let out = format!("{:#}\n", export.report);
            Answer { code: export.code, out, talk: export.talk }
        }
        (None, Output::Text) => shown(export),
        (Some(place), output) => written(export, place, output),
    }
}

fn shown(export: Export) -> Answer {
    if let Some(out) = export.text {
        return Answer { code: export.code, out, talk: export.talk };
    }
    match (export.shape, export.pieces.as_slice()) {
        (Shape::File, [Piece { path: _, content }]) => {
            let out = match content {
                Content::Block(block) => block.marked(),
                Content::Whole { text, mark: _ } => text.clone(),
            };
            Answer { code: export.code, out, talk: export.talk }
        }
        _ => Answer::bad(["these are several files; name the folder for them with --out DIR".to_owned()]),
    }
}

fn written(export: Export, place: &Path, output: Output) -> Answer {
    let Export { code, shape, pieces, text: _, report, mut talk } = export;
    let mut ready = Vec::new();
    let mut errors = Vec::new();
    for Piece { path, content } in pieces {
        match prepared(&target(place, shape, &path), &content) {
            Ok(file) => ready.push(file),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        errors.push("nothing was written".to_owned());
        return Answer::bad(errors);
    }
    let mut files = Vec::new();
    let mut out = String::new();
    for (file, text) in &ready {
        match file.replace(text) {
            Ok(saved) => {
                push_line(&mut out, &format!("{} {}", word(saved), file.shown()));
                files.push(json!({"path": file.shown(), "outcome": word(saved)}));
            }
            Err(error) => errors.push(error.to_string()),
        }
    }
    if !errors.is_empty() {
        let mut bad = Answer::bad(errors);
        bad.out = out;
        return bad;
    }
    if output == Output::Json {
        out = format!("{:#}\n", with_files(report, files));
    }
    if code == Code::No {
        push_line(&mut talk, "Something is left out; see above.");
    }
    Answer { code, out, talk }
}

/// A single file goes where it was asked for, or into the folder that is there.
fn target(place: &Path, shape: Shape, path: &Path) -> PathBuf {
    if shape == Shape::Folder || place.is_dir() { place.join(path) } else { place.to_owned() }
}

/// The file as it is and as it will be, or why it stays as it is.
fn prepared(path: &Path, content: &Content) -> Result<(Target, String), String> {
    let file = Target::look(path).map_err(|error| error.to_string())?;
    let before = file.text().map_err(|error| error.to_string())?;
    let text = match (content, before) {
        (Content::Block(block), before) => merge(before.unwrap_or_default(), block)
            .map_err(|error| format!("{}: {error}; the file is left as it is", file.shown()))?,
        (Content::Whole { text, mark: _ }, None) => text.clone(),
        (Content::Whole { text, mark }, Some(before)) if before.is_empty() || before.contains(mark) => {
            text.clone()
        }
        (Content::Whole { .. }, Some(_)) => {
            return Err(format!(
                "{}: is there and was not written by this command; name another file, or remove it first",
                file.shown()
            ));
        }
    };
    Ok((file, text))
}

fn word(saved: Saved) -> &'static str {
    match saved {
        Saved::Created => "created",
        Saved::Changed => "changed",
        Saved::Same => "unchanged",
    }
}

fn with_files(report: Value, files: Vec<Value>) -> Value {
    match report {
        Value::Object(mut members) => {
            members.insert("files".to_owned(), Value::Array(files));
            Value::Object(members)
        }
        other => other,
    }
}
