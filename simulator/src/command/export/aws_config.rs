//! `rolegate export aws-config`: a section of `~/.aws/config` with a profile for each door (§2.12). Gives text; merging it into a
//! file is for [`super::merge`].

use super::doors::{Door, Doors, Identity, Person};
use super::merge::Block;
use super::names::{is_name_character, names};
use super::region::Regions;
use super::select::Selection;
use super::{Content, Export, Piece, Shape, file_name, opened, tell_left_out};
use crate::Answer;
use crate::command::{API_VERSION, Question};
use crate::render::text::printable;
use rolegate_iam::{MfaArn, Path, RoleArn, SessionName};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// Of whom.
    pub selection: Selection,
    /// What every profile's name begins with.
    pub prefix: String,
    /// Where the credentials come from with which one enters.
    pub source: Source,
    /// The serial number of the MFA device; else that of a virtual device named after the user.
    pub mfa_serial: Option<String>,
    /// Regions of the profiles.
    pub regions: Regions,
    /// Seconds that a session lasts at most; 3600 for people whose credentials are themselves temporary.
    pub longest: Option<u32>,
}

/// Where the credentials come from with which one enters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// For people a profile named after their gateway's `AWSAccount`; for others the environment.
    Usual,
    /// This profile, which is not ours.
    Profile(String),
    /// `Environment`, `Ec2InstanceMetadata` or `EcsContainer`.
    Credentials(String),
}

/// One profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name, with the prefix.
    pub name: String,
    /// What people are told of it, on one line.
    pub remark: String,
    /// Its options, in order.
    pub options: Vec<(&'static str, String)>,
}

/// The profiles of whom was asked for, a piece for each identity.
///
/// # Errors
/// An answer that names everything that is wrong with the manifests or with what was asked for.
pub fn aws_config(question: &Question, options: &Options) -> Result<Export, Answer> {
    opened(question, |doors| {
        let shape = if options.selection == Selection::Everybody { Shape::Folder } else { Shape::File };
        let mut export = Export::new(shape);
        let mut reports = Vec::new();
        for (identity, profiles) in profiles_of(doors, options)? {
            tell_left_out(&mut export, &profiles.shut);
            reports.push(report(&identity, &profiles));
            let path = place(&identity, &options.selection);
            let block = Block { id: id(doors, &identity), text: text(&profiles) };
            export.pieces.push(Piece { path, content: Content::Block(block) });
        }
        if doors.accounts().any(|account| options.regions.of(account).is_none()) {
            export.say("Some profiles name no region; give --region to have one in them.");
        }
        export.report = json!({"apiVersion": API_VERSION, "kind": "AwsConfigExport", "of": reports});
        Ok(export)
    })
}

/// The profiles of each identity that was asked for.
pub(super) fn profiles_of(doors: &Doors<'_>, options: &Options) -> Result<Vec<(Identity, Profiles)>, Answer> {
    check(options)?;
    let faults = options.regions.faults(&doors.accounts());
    if !faults.is_empty() {
        return Err(Answer::bad(faults));
    }
    let names = names(&doors.roles);
    let identities = options.selection.find(doors)?;
    let one = |identity: Identity| {
        let profiles = Maker { doors, names: &names, identity: &identity, options }.profiles()?;
        Ok((identity, profiles))
    };
    identities.into_iter().map(one).collect()
}

/// What there is of one identity.
#[derive(Default)]
pub(super) struct Profiles {
    /// Of the doors that are open.
    pub(super) now: Vec<Profile>,
    /// Doors that open later, for people.
    pub(super) later: Vec<String>,
    /// Doors that can never be used like this, and why.
    pub(super) shut: Vec<String>,
}

fn check(options: &Options) -> Result<(), Answer> {
    let Options { selection, prefix, source, mfa_serial, regions: _, longest } = options;
    let mut faults = Vec::new();
    if prefix.len() > 32 || !prefix.chars().all(is_name_character) {
        faults
            .push(format!("--prefix {}: up to 32 letters, digits and -_.@+ are allowed", printable(prefix)));
    }
    if let Source::Profile(name) = source
        && (name.is_empty() || name.len() > 128 || !name.chars().all(is_name_character))
    {
        faults.push(format!(
            "--source-profile {}: up to 128 letters, digits and -_.@+ are allowed; rename the profile",
            printable(name)
        ));
    }
    if let Some(serial) = mfa_serial {
        let is_serial = |c: char| c.is_ascii_alphanumeric() || "_+=/:,.@-".contains(c);
        if !(9..=256).contains(&serial.len()) || !serial.chars().all(is_serial) {
            faults.push(format!(
                "--mfa-serial {}: 9 to 256 letters, digits and _+=/:,.@- are expected",
                printable(serial)
            ));
        }
        if !matches!(selection, Selection::User(_)) {
            faults.push("--mfa-serial is the device of one person; name the person with --user".to_owned());
        }
    }
    if longest.is_some_and(|longest| !(900..=43200).contains(&longest)) {
        faults.push("--duration: 900 to 43200 seconds are allowed".to_owned());
    }
    if faults.is_empty() { Ok(()) } else { Err(Answer::bad(faults)) }
}

/// Makes the profiles of one identity.
struct Maker<'a> {
    doors: &'a Doors<'a>,
    names: &'a BTreeMap<RoleArn, String>,
    identity: &'a Identity,
    options: &'a Options,
}

impl Maker<'_> {
    fn profiles(&self) -> Result<Profiles, Answer> {
        let mut found = Profiles::default();
        let mut times: BTreeMap<String, u32> = BTreeMap::new();
        for door in self.doors.of_identity(self.identity) {
            let name = self.name(&door);
            let time = times.entry(name.clone()).and_modify(|time| *time += 1).or_insert(1);
            // A third party with two external ids for one role.
            let name = if *time > 1 { format!("{name}-{time}") } else { name };
            let Some(open) = door.open(self.doors.at()) else {
                let from = door.opens_later(self.doors.at()).map(|time| time.to_string()).unwrap_or_default();
                found.later.push(format!("{name} opens at {from}: {}", remark(&door)));
                continue;
            };
            match self.direct(&name, &open) {
                Ok(profile) => found.now.push(profile),
                Err(reason) => {
                    found.shut.push(reason);
                    continue;
                }
            }
            found.now.extend(self.doors.beyond(&open).iter().filter_map(|chain| self.chained(&name, chain)));
        }
        match self.source_profile() {
            Some(own) if found.now.iter().any(|profile| profile.name == own) => {
                let words = format!("the profile `{own}` would be its own source");
                Err(Answer::bad([format!("{words}; give another --source-profile or --prefix")]))
            }
            _ => Ok(found),
        }
    }

    fn name(&self, door: &Door<'_>) -> String {
        format!("{}{}", self.options.prefix, self.names.get(&door.role).map_or("", String::as_str))
    }

    /// The profile that enters with the identity's own credentials.
    fn direct(&self, name: &str, door: &Door<'_>) -> Result<Profile, String> {
        let mut options = vec![("role_arn", door.role.to_string())];
        match (self.source_profile(), &self.options.source) {
            (Some(profile), _) => options.push(("source_profile", profile)),
            (None, Source::Credentials(from)) => options.push(("credential_source", from.clone())),
            (None, _) => options.push(("credential_source", "Environment".to_owned())),
        }
        if door.needs_mfa() {
            options.extend(self.mfa_serial().map(|serial| ("mfa_serial", serial)));
        }
        match session_name(self.identity) {
            Some(session) => options.push(("role_session_name", session.to_string())),
            None if door.names_session() => {
                return Err(format!(
                    "{name}: the session must bear the user's name, and a session's name has 2 to 64 characters"
                ));
            }
            None => {}
        }
        options.extend(door.external_id.iter().map(|id| ("external_id", id.to_string())));
        options.push(("duration_seconds", self.duration(door.max_session, self.most()).to_string()));
        options.extend(self.region(door));
        Ok(Profile { name: name.to_owned(), remark: remark(door), options })
    }

    /// The profile that goes on through roles; a role's session lasts an hour at most (§2.10).
    fn chained(&self, first: &str, chain: &[Door<'_>]) -> Option<Profile> {
        let (last, before) = chain.split_last()?;
        // Each hop's profile is named after the way to it.
        let via = |source: String, door: &Door<'_>| format!("{}-via-{source}", self.name(door));
        let source = before.iter().skip(1).fold(first.to_owned(), via);
        let mut options = vec![("role_arn", last.role.to_string()), ("source_profile", source.clone())];
        options.extend(session_name(self.identity).map(|session| ("role_session_name", session.to_string())));
        options.push(("duration_seconds", self.duration(last.max_session, 3600).to_string()));
        options.extend(self.region(last));
        Some(Profile { name: via(source, last), remark: remark(last), options })
    }

    fn source_profile(&self) -> Option<String> {
        match (&self.options.source, self.identity) {
            (Source::Profile(name), _) => Some(name.clone()),
            (Source::Usual, Identity::Person(person)) => Some(person.gateway.to_string()),
            (Source::Usual | Source::Credentials(_), _) => None,
        }
    }

    /// The device of a person: the one that was asked for, else the virtual one that bears the user's name.
    fn mfa_serial(&self) -> Option<String> {
        let Identity::Person(person) = self.identity else { return None };
        let gateway = self.doors.account(&person.gateway)?;
        let (partition, account) = (gateway.partition, gateway.id);
        let own = MfaArn { partition, account, path: Path::root(), name: person.user.clone() };
        Some(self.options.mfa_serial.clone().unwrap_or_else(|| own.to_string()))
    }

    /// With a key and a code a session may last as long as the role allows; others' credentials are temporary, and then an
    /// hour is the most (§2.10).
    fn most(&self) -> u32 {
        match self.identity {
            Identity::Person(_) => 43200,
            Identity::Machine(_) | Identity::ThirdParty(_) => 3600,
        }
    }

    fn duration(&self, max_session: u32, most: u32) -> u32 {
        max_session.min(most).min(self.options.longest.unwrap_or(most))
    }

    fn region(&self, door: &Door<'_>) -> Option<(&'static str, String)> {
        self.options.regions.of(door.account).map(|region| ("region", region.to_owned()))
    }
}

/// Who acts, as audit logs will show it; none where the name cannot name a session.
fn session_name(identity: &Identity) -> Option<SessionName> {
    match identity {
        Identity::Person(person) => person.user.as_str().parse().ok(),
        Identity::Machine(role) => role.name.as_str().parse().ok(),
        Identity::ThirdParty(_) => None,
    }
}

/// What a profile is and by whose word, on one line.
fn remark(door: &Door<'_>) -> String {
    let ways: Vec<String> = door
        .ways
        .iter()
        .map(|way| {
            let facts = way.facts.to_string();
            if facts.is_empty() { way.object.to_string() } else { format!("{} ({facts})", way.object) }
        })
        .collect();
    let words = printable(&format!("{}, {}: {}", door.account.display_name, door.role.name, ways.join(", ")));
    // No name may look like a marker.
    words.replace(">>>", "> > >").replace("<<<", "< < <")
}

fn text(Profiles { now, later, shut: _ }: &Profiles) -> String {
    let mut lines = vec![
        "# Written by `rolegate export aws-config`: what the manifests let one enter.".to_owned(),
        "# What is changed between these markers is overwritten by the next export.".to_owned(),
    ];
    if now.is_empty() {
        lines.push("# Nothing may be entered.".to_owned());
    }
    lines.extend(later.iter().map(|words| format!("# Later: {words}")));
    for Profile { name, remark, options } in now {
        lines.push(String::new());
        lines.push(format!("# {remark}"));
        lines.push(format!("[profile {name}]"));
        lines.extend(options.iter().map(|(option, value)| format!("{option} = {value}")));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Tells the blocks of one file apart: whose manifests, and from where one enters.
fn id(doors: &Doors<'_>, identity: &Identity) -> String {
    let from = match identity {
        Identity::Person(person) => person.gateway.to_string(),
        Identity::Machine(role) => role.account.to_string(),
        Identity::ThirdParty(account) => account.to_string(),
    };
    format!("{}/{from}", doors.installation())
}

/// Where below the folder that was asked for.
fn place(identity: &Identity, selection: &Selection) -> PathBuf {
    match (selection, identity) {
        (Selection::Everybody, Identity::Person(Person { gateway, user })) => {
            [gateway.as_str(), &file_name(user.as_str()), "config"].iter().collect()
        }
        _ => PathBuf::from("config"),
    }
}

fn report(identity: &Identity, Profiles { now, later, shut }: &Profiles) -> Value {
    let who = match identity {
        Identity::Person(Person { gateway, user }) => {
            json!({"user": user.as_str(), "gateway": gateway.as_str()})
        }
        Identity::Machine(role) => json!({"role": role.to_string()}),
        Identity::ThirdParty(account) => json!({"account": account.to_string()}),
    };
    let profile = |Profile { name, remark, options }: &Profile| {
        let options: serde_json::Map<String, Value> =
            options.iter().map(|(option, value)| ((*option).to_owned(), json!(value))).collect();
        json!({"name": name, "remark": remark, "options": options})
    };
    json!({"who": who, "profiles": now.iter().map(profile).collect::<Vec<_>>(), "later": later, "leftOut": shut})
}
