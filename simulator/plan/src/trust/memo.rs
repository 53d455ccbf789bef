//! Trust policies that are the same in many roles, written and read once within one plan.

use super::{Trust, read, write};
use crate::entry::Entry;
use crate::naming::Installation;
use rolegate_iam::Document;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Writes trust policies and remembers them: a role is often the same in many accounts.
#[derive(Debug, Default)]
pub(crate) struct Scribe(RefCell<BTreeMap<Vec<Entry>, Document>>);

impl Scribe {
    /// The same as [`write`] without foreign denies.
    pub(crate) fn write<'a>(
        &self,
        entries: impl IntoIterator<Item = &'a Entry>,
        installation: &Installation,
    ) -> Document {
        let entries: Vec<Entry> = entries.into_iter().cloned().collect();
        let mut known = self.0.borrow_mut();
        if let Some(document) = known.get(&entries) {
            return document.clone();
        }
        let document = write(&entries, &[], installation);
        known.insert(entries, document.clone());
        document
    }
}

/// Reads trust policies and remembers them by their text.
#[derive(Debug, Default)]
pub(crate) struct Reader<'a>(BTreeMap<&'a str, Arc<Trust>>);

impl<'a> Reader<'a> {
    /// The same as [`read`], always for one installation.
    pub(crate) fn read(&mut self, document: &'a Document, installation: &Installation) -> Arc<Trust> {
        let known = self.0.entry(document.text());
        known.or_insert_with(|| Arc::new(read(document, installation))).clone()
    }
}
