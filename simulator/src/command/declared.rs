//! What is declared, read and validated; the beginning of every command that compiles.

use crate::Answer;
use jiff::{SignedDuration, Timestamp};
use rolegate_iam::Snapshot;
use rolegate_plan::manifest;
use rolegate_plan::outcome::{Options, Outcome, plan};
use rolegate_plan::validate::{ValidateOptions, Validated, validate};

/// What is asked about: manifests, a snapshot, or both, at an instant.
#[derive(Debug, Clone)]
pub struct Question {
    /// Manifests, each a name and its text; none = the question is about the snapshot alone.
    pub manifests: Vec<(String, String)>,
    /// The accounts as seen; none = the question is about the manifests alone.
    pub snapshot: Option<Snapshot>,
    /// Whose things are compiled.
    pub installation: Option<String>,
    /// The instant.
    pub at: Timestamp,
    /// The digest of the held removals that are approved.
    pub approved: Option<String>,
    /// How long a dormant role is kept.
    pub dormant_retention: SignedDuration,
}

/// Manifests that are sound by themselves, and what would be done about them.
#[derive(Debug)]
pub struct Declared {
    /// The objects.
    pub validated: Validated,
    /// What would be done.
    pub outcome: Outcome,
    /// The accounts from which it was planned.
    pub seen: Snapshot,
}

impl Question {
    /// Reads, validates and plans.
    ///
    /// # Errors
    /// An answer that names every error of the manifests at once.
    pub fn declared(&self) -> Result<Declared, Answer> {
        let validated = validated(&self.manifests, self.installation.as_deref())?;
        let seen = self.snapshot.clone().unwrap_or_else(|| crate::world::presupposed(&validated));
        let options = Options {
            approved: self.approved.clone(),
            dormant_retention: self.dormant_retention,
            ..Options::new("files", self.at)
        };
        let outcome = plan(&validated, &seen, &options);
        if !outcome.errors.is_empty() {
            return Err(Answer::bad(outcome.errors.iter().map(ToString::to_string)));
        }
        Ok(Declared { validated, outcome, seen })
    }
}

/// Reads and validates manifests.
///
/// # Errors
/// An answer that names every error at once.
pub(crate) fn validated(files: &[(String, String)], installation: Option<&str>) -> Result<Validated, Answer> {
    let Some(installation) = installation else {
        return Err(Answer::bad(["the installation is not named; give --installation NAME, or set \
                                 ROLEGATE_INSTALLATION: it is part of the name of everything that is made"
            .to_owned()]));
    };
    let (manifests, mut errors) = manifest::read(files);
    let (validated, more) = validate(&manifests, &ValidateOptions { installation: installation.into() });
    errors.extend(more);
    if errors.is_empty() { Ok(validated) } else { Err(Answer::bad(errors.iter().map(ToString::to_string))) }
}

/// The reason for which an account that is not known well enough is left out.
pub(crate) const NOT_OBSERVED: &str = "NotObserved";
