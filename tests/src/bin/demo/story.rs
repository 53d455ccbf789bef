//! The story, chapter by chapter. Every line of it that says what happened comes from a program's answer or from AWS's.

use crate::company::Company;
use crate::people::{Entry, Person, enter, open_doors};
use crate::tell::{chapter, say};
use anyhow::{Context, bail};
use rolegate_aws::{Aws, Keys, Settings};
use rolegate_cloud::api::{Credentials, Request};
use rolegate_controller::entrances;
use rolegate_iam::{AccountId, Snapshot};
use rolegate_plan::port::Port;
use rolegate_plan::validate::{ValidateOptions, validate};
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of the AWS in memory at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It goes.
    Stop,
    /// It stays until it is interrupted.
    Keep,
}

const PEOPLE: [&str; 7] = ["ana", "cobus", "eric", "ines", "kim", "michael", "sofia"];

pub(crate) async fn tell(ending: Ending) -> anyhow::Result<()> {
    let company = Company::start().await?;
    say(&format!("Rolegate's demo: five AWS accounts in memory, at {}", company.emulator.endpoint()));
    declared(&company)?;
    let mut staff = BTreeMap::new();
    for name in PEOPLE {
        staff.insert(name, Person::new(&company, name).await?);
    }
    let sessions = used(&company, &staff).await?;
    Box::pin(questioned(&company)).await?;
    repaired(&company)?;
    left(&company, &sessions).await?;
    lost(&company)?;
    ended(company, ending).await
}

/// Shows a command and what it prints; its exit code must be the one that is told.
fn command(company: &Company, program: &str, arguments: &[&str], expected: i32) -> anyhow::Result<()> {
    say(&format!("$ {program} {}", arguments.join(" ")));
    let (shown, code) = company.run(program, arguments)?;
    say(shown.trim_end());
    if code != expected {
        bail!("{program} exited with {code}, not {expected}");
    }
    say(&format!("(exit code {code})"));
    Ok(())
}

const APPLY: [&str; 3] = ["apply", "acme", "--yes"];

fn declared(company: &Company) -> anyhow::Result<()> {
    chapter(1, "Who may enter which account is declared in files");
    say("Somebody has made things by hand here: users, a pipeline, a role in a hurry.");
    command(company, "rolegate", &["check", "-m", "acme"], 0)?;
    chapter(2, "The plan is shown, then carried out through the AWS SDK");
    command(company, "rolegate-controller", &APPLY, 0)?;
    say("\nOnce more: nothing is left to do.");
    command(company, "rolegate-controller", &APPLY, 0)
}

/// Signs everybody in, and lets cobus switch role.
async fn used(
    company: &Company,
    staff: &BTreeMap<&str, Person>,
) -> anyhow::Result<BTreeMap<String, aws_sdk_sts::Client>> {
    chapter(3, "People sign in once and switch role");
    let mut sessions = BTreeMap::new();
    for person in staff.values() {
        sessions.insert(person.name.clone(), person.sign_in(company).await?);
    }
    let cobus = staff.get("cobus").context("cobus is missing")?;
    let signed_in = sessions.get("cobus").context("cobus is missing")?;
    let development = "arn:aws:iam::222222222222:role/Developer";
    let production = "arn:aws:iam::444444444444:role/Developer";
    attempt("cobus, signed in with MFA, enters development:", signed_in, development, "cobus", Expect::In)
        .await?;
    attempt("cobus enters production with the key alone:", cobus.key(), production, "cobus", Expect::Out)
        .await?;
    attempt("cobus enters production, signed in with MFA:", signed_in, production, "cobus", Expect::In)
        .await?;
    attempt("cobus calls himself sofia there:", signed_in, production, "sofia", Expect::Out).await?;
    let site = "arn:aws:iam::444444444444:role/SiteReliability";
    attempt("cobus tries the door of site reliability:", signed_in, site, "cobus", Expect::Out).await?;
    Ok(sessions)
}

#[derive(PartialEq, Eq)]
enum Expect {
    In,
    Out,
}

async fn attempt(
    what: &str,
    client: &aws_sdk_sts::Client,
    role: &str,
    session: &str,
    expect: Expect,
) -> anyhow::Result<()> {
    say(what);
    let (line, found) = match enter(client, role, session).await {
        Entry::Entered(arn) => (format!("  in, as {arn}"), Expect::In),
        Entry::Refused(message) => (format!("  refused: {message}"), Expect::Out),
    };
    say(&wrapped(&line));
    if found == expect { Ok(()) } else { bail!("the opposite was declared") }
}

/// Breaks a line at spaces so that it fits a terminal.
fn wrapped(line: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for word in line.split(' ') {
        if width > 2 && width + word.len() + 1 > 80 {
            out.push_str("\n    ");
            width = 4;
        } else if !out.is_empty() || width > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += word.len().max(usize::from(out.is_empty()));
    }
    out
}

/// Reads all accounts through the SDK, as `apply` does, into a snapshot file for the offline program.
async fn questioned(company: &Company) -> anyhow::Result<()> {
    chapter(4, "Who can reach production, by which path, under which conditions?");
    company.write(
        "acme-snapshot.json",
        &rolegate_iam::snapshot::file::write(&Box::pin(snapshot(company)).await?),
    )?;
    command(
        company,
        "rolegate",
        &["who-can", "production", "--chains", "-m", "acme", "-s", "acme-snapshot.json"],
        0,
    )?;
    say("olga's path by way of jenkins stands in no manifest: somebody forgot it.");
    Ok(())
}

async fn snapshot(company: &Company) -> anyhow::Result<Snapshot> {
    let loaded = rolegate::load::manifests(&[crate::company::root().join("examples/acme")]);
    let (manifests, _) = rolegate_plan::manifest::read(&loaded.files);
    let (validated, _) = validate(&manifests, &ValidateOptions { installation: "acme".into() });
    let (id, secret) = company.keys();
    let keys =
        Keys { access_key_id: id.to_owned(), secret_access_key: secret.to_owned(), session_token: None };
    let settings = Settings {
        endpoint_url: Some(company.emulator.endpoint()),
        credentials: Some(keys),
        ..Settings::new("acme")
    };
    let aws = Aws::new(settings).await;
    let mut seen = Snapshot::default();
    for entrance in entrances(&validated) {
        let observation = aws.observe(&entrance).await?;
        seen.aws_managed.extend(observation.aws_managed);
        seen.accounts.insert(entrance.id, observation.account);
    }
    Ok(seen)
}

/// Somebody widens a trust policy in production, with the rights of an administrator.
fn repaired(company: &Company) -> anyhow::Result<()> {
    chapter(5, "Somebody widens a trust policy, and it is repaired");
    let production: AccountId = "444444444444".parse()?;
    let wide = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}]}"#;
    company.emulator.with_cloud(|cloud| {
        let key = cloud.root_key(production).context("production has no root user")?;
        let credentials = Credentials { access_key_id: key.access_key_id, session_token: None };
        let request = Request::UpdateAssumeRolePolicy {
            role_name: "SiteReliability".to_owned(),
            policy_document: wide.to_owned(),
        };
        cloud
            .call(&credentials, request)
            .map_err(|error| anyhow::anyhow!("{}: {}", error.code, error.message))
    })?;
    say("In production, role SiteReliability now trusts the whole gateway account.");
    command(company, "rolegate-controller", &APPLY, 0)
}

/// Michael leaves; his doors close, and nobody else's.
async fn left(company: &Company, sessions: &BTreeMap<String, aws_sdk_sts::Client>) -> anyhow::Result<()> {
    chapter(6, "Michael leaves the developers: one word less in one file");
    let doors = doors(company);
    let before = open_doors(sessions, &doors).await;
    company.edit("groups.yaml", "[ana, cobus, michael]", "[ana, cobus]")?;
    command(company, "rolegate-controller", &APPLY, 0)?;
    let after = open_doors(sessions, &doors).await;
    say("\nWho gets in where, tried at every door before and after:");
    for person in PEOPLE {
        let none = BTreeSet::new();
        let (old, new) = (before.get(person).unwrap_or(&none), after.get(person).unwrap_or(&none));
        let names = |doors: &BTreeSet<String>| doors.iter().cloned().collect::<Vec<_>>().join(", ");
        match (old == new, new.is_empty()) {
            (true, _) => say(&wrapped(&format!("  {person}: as before: {}", names(new)))),
            (false, true) => say(&wrapped(&format!("  {person}: every door closed; was: {}", names(old)))),
            (false, false) => bail!("{person} had {} and has {}", names(old), names(new)),
        }
        if (old == new) == (person == "michael") {
            bail!("{person}'s doors are not as declared");
        }
    }
    Ok(())
}

/// All roles that people might enter, by a short name and by ARN.
fn doors(company: &Company) -> Vec<(String, String)> {
    let snapshot = company.emulator.with_cloud(|cloud| cloud.snapshot());
    let doors = snapshot.accounts.values().flat_map(|account| {
        let name = account.name.clone().unwrap_or_default();
        account
            .roles
            .values()
            .map(move |role| (format!("{name}/{}", role.name), account.role_arn(role).to_string()))
    });
    doors.collect()
}

fn lost(company: &Company) -> anyhow::Result<()> {
    chapter(7, "A manifest is lost by accident: nobody loses access");
    company.lose("sre.yaml")?;
    say("sre.yaml is gone.");
    command(company, "rolegate-controller", &APPLY, 1)?;
    company.restore("sre.yaml")?;
    say("\nsre.yaml is back.");
    command(company, "rolegate-controller", &APPLY, 0)
}

async fn ended(company: Company, ending: Ending) -> anyhow::Result<()> {
    if ending == Ending::Keep {
        let (id, secret) = company.keys();
        say(&format!(
            "\nIt goes on running until you press Ctrl-C. To reach it as Rolegate does:\n\n\
             export AWS_ENDPOINT_URL={}\nexport AWS_ACCESS_KEY_ID={id}\nexport AWS_SECRET_ACCESS_KEY={secret}\n\
             export AWS_REGION=us-east-1\nexport ROLEGATE_INSTALLATION=acme\n\n\
             target/debug/rolegate-controller apply examples/acme\naws sts get-caller-identity",
            company.emulator.endpoint()
        ));
        tokio::signal::ctrl_c().await?;
    } else {
        say("\nThat was the demo. `cargo xtask demo --keep` leaves its accounts running.");
    }
    Ok(())
}
