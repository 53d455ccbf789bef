//! `rolegate export aesr`: the configuration of the browser extension AWS Extend Switch Roles, within what it can store.
//!
//! What the extension does, read from its sources (6.x, and its parser `aesr-config`): a `#` or `;` begins a comment wherever it
//! stands, a value ends at a second `=`, and the text is stored compressed: in the browser's synchronised storage 8 items of
//! 2,700 UTF-16 units, in the local one 10 MiB.

use super::console::{Link, links};
use super::doors::Doors;
use super::lz::stored_units;
use super::{Content, Export, Piece, Regions, Selection, Shape, WRITTEN_BY, opened, tell_left_out};
use crate::Answer;
use crate::command::{API_VERSION, Question};
use rolegate_plan::validate::ValidAccount;
use serde_json::json;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where the extension keeps its configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// Synchronised between the browsers of one person.
    Sync,
    /// In this browser.
    Local,
}

impl Storage {
    /// UTF-16 units of compressed text, at most.
    fn limit(self) -> usize {
        match self {
            Self::Sync => 8 * 2700,
            Self::Local => 10 * 1024 * 1024,
        }
    }
}

/// The configuration for whom was asked for: each gateway with the roles to switch to from there.
///
/// # Errors
/// An answer that names everything that is wrong with the manifests or with what was asked for, or a configuration that the
/// extension could not store.
pub fn aesr(
    question: &Question,
    selection: &Selection,
    regions: &Regions,
    storage: Storage,
) -> Result<Export, Answer> {
    opened(question, |doors| {
        let faults = regions.faults(&doors.accounts());
        if !faults.is_empty() {
            return Err(Answer::bad(faults));
        }
        let (links, mut left_out) = links(doors, selection)?;
        let (fit, unfit): (Vec<Link<'_>>, Vec<Link<'_>>) = links.into_iter().partition(is_expressible);
        left_out.extend(unfit.iter().map(|link| {
            format!("{} ({}): the extension cannot read `#`, `;` or `=` in a role", link.name, link.role)
        }));
        let text = text(doors, &fit, regions);
        let units = stored_units(&text);
        if units > storage.limit() {
            return Err(Answer::bad([too_large(units, fit.len(), storage)]));
        }
        let mut export = Export::new(Shape::File);
        tell_left_out(&mut export, &left_out);
        export.report = json!({
            "apiVersion": API_VERSION,
            "kind": "AesrExport",
            "roles": fit.iter().map(|link| json!({"name": link.name, "roleARN": link.role.to_string()})).collect::<Vec<_>>(),
            "storedUnits": units,
            "leftOut": left_out,
        });
        export.pieces.push(Piece { path: PathBuf::from("aesr.ini"), content: Content::whole(text) });
        Ok(export)
    })
}

fn is_expressible(link: &Link<'_>) -> bool {
    !link.role_with_path.contains(['#', ';', '='])
}

/// Each gateway that has roles, followed by these.
fn text(doors: &Doors<'_>, all: &[Link<'_>], regions: &Regions) -> String {
    let mut gateways: BTreeMap<&SmolStr, (&ValidAccount, Vec<&Link<'_>>)> = BTreeMap::new();
    for link in all {
        let Some(gateway) = doors.account(link.account.gateway_name()) else { continue };
        gateways.entry(&gateway.name).or_insert((gateway, Vec::new())).1.push(link);
    }
    let mut lines =
        vec![format!("# Written by `{WRITTEN_BY} aesr`. Paste it into the extension's configuration.")];
    for (gateway, roles) in gateways.into_values() {
        // A space, so that no role is called the same.
        let base = format!("{} sign-in", gateway.name);
        lines.extend([String::new(), format!("[{base}]"), format!("aws_account_id = {}", gateway.id)]);
        for link in roles {
            lines.extend([
                String::new(),
                format!("[{}]", link.name),
                format!("role_arn = {}", link.role),
                format!("source_profile = {base}"),
            ]);
            lines.extend(link.color.map(|color| format!("color = {color}")));
            lines.extend(regions.of(link.account).map(|region| format!("region = {region}")));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

fn too_large(units: usize, roles: usize, storage: Storage) -> String {
    let limit = storage.limit();
    let ways = match storage {
        Storage::Sync => {
            "export with --storage local and choose local storage in the extension's configuration, or export each person's own \
             roles with --user"
        }
        Storage::Local => "export each person's own roles with --user",
    };
    format!(
        "the {roles} roles take {units} units of the extension's storage (UTF-16, compressed), and it has {limit}: it would \
         refuse to save them; {ways}"
    )
}
