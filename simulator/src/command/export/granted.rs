//! `rolegate export granted`: a profile registry of Granted (`granted registry add`): a folder with `granted.yml` and the file of
//! profiles that it names. Each person has one, because everybody may enter something else.
//!
//! Granted reads profiles with Go's `ini.v1`: a `#` or `;` begins a comment wherever it stands, and `{{` begins a template.

use super::aws_config::{Options, Profile, profiles_of};
use super::doors::{Identity, Person};
use super::{Content, Export, Piece, Selection, Shape, WRITTEN_BY, file_name, opened, tell_left_out};
use crate::Answer;
use crate::command::{API_VERSION, Question};
use serde_json::json;
use std::path::PathBuf;

/// The registries of whom was asked for; everybody's lie in `GATEWAY/USER`.
///
/// # Errors
/// An answer that names everything that is wrong with the manifests or with what was asked for.
pub fn granted(question: &Question, options: &Options) -> Result<Export, Answer> {
    opened(question, |doors| {
        let mut export = Export::new(Shape::Folder);
        let mut registries = Vec::new();
        for (identity, found) in profiles_of(doors, options)? {
            let (fit, unfit): (Vec<Profile>, Vec<Profile>) = found.now.into_iter().partition(is_expressible);
            let words = |profile: &Profile| {
                format!("{}: Granted cannot read what is in the path of its role", profile.name)
            };
            let left_out: Vec<String> = found.shut.into_iter().chain(unfit.iter().map(words)).collect();
            tell_left_out(&mut export, &left_out);
            let folder = folder(&identity, &options.selection);
            let shown = folder.display().to_string();
            registries.push(json!({
                "path": shown,
                "profiles": fit.iter().map(|profile| profile.name.clone()).collect::<Vec<_>>(),
                "leftOut": left_out,
            }));
            let piece = |name: &str, text| Piece { path: folder.join(name), content: Content::whole(text) };
            export.pieces.push(piece("granted.yml", manifest(&shown)));
            export.pieces.push(piece("config", config(&fit)));
        }
        export.report = json!({"apiVersion": API_VERSION, "kind": "GrantedExport", "registries": registries});
        Ok(export)
    })
}

fn folder(identity: &Identity, selection: &Selection) -> PathBuf {
    match (selection, identity) {
        (Selection::Everybody, Identity::Person(Person { gateway, user })) => {
            [gateway.as_str(), &file_name(user.as_str())].iter().collect()
        }
        _ => PathBuf::new(),
    }
}

fn is_expressible(profile: &Profile) -> bool {
    profile.options.iter().all(|(_, value)| !value.contains(['#', ';', '`', '"', '%', '{', '\\']))
}

fn manifest(folder: &str) -> String {
    let path = if folder.is_empty() { String::new() } else { format!(" --path {folder}") };
    format!(
        "# Written by `{WRITTEN_BY} granted`. Put the folder into a git repository, then:\n\
         # granted registry add --name NAME --url URL{path}\n\
         awsConfig:\n  - ./config\n"
    )
}

fn config(profiles: &[Profile]) -> String {
    let mut lines = vec![format!("# Written by `{WRITTEN_BY} granted`.")];
    for Profile { name, remark, options } in profiles {
        lines.extend([String::new(), format!("# {remark}"), format!("[profile {name}]")]);
        lines.extend(options.iter().map(|(option, value)| format!("{option} = {value}")));
    }
    lines.push(String::new());
    lines.join("\n")
}
