//! The people of the example company at their terminals, after `apply`.

use super::home::{Home, question, still};
use rolegate::command::export::Selection;
use rolegate::command::export::aws_config::Source;
use rolegate_cloud::Cloud;
use rolegate_controller::applied::Ending;
use rolegate_controller::{CloudPort, Decision, Pace, Preview, TokioSleeper, Ui, reconcile};
use rolegate_emulator::Emulator;
use rolegate_plan::outcome::Options;
use rolegate_plan::port::Failure;
use rolegate_plan::step::Step;
use std::path::{Path, PathBuf};

fn examples(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name)
}

fn manifests() -> Vec<(String, String)> {
    rolegate::load::manifests(&[examples("acme")]).files
}

struct Yes;

impl Ui for Yes {
    fn decide(&mut self, _: &Preview<'_>) -> Decision {
        Decision::Apply
    }

    fn tried(&mut self, _: usize, _: &Step, _: Result<(), &Failure>) {}
}

/// The accounts of the example, as `apply` leaves them.
async fn applied() -> Emulator {
    let world = rolegate_emulator::world::load(&examples("world")).unwrap();
    let mut cloud = Cloud::from_snapshot(world, jiff::Timestamp::now(), 7);
    cloud.add_outside_account("666666666666".parse().unwrap());
    let key = cloud.add_access_key("111111111111".parse().unwrap(), &"rolegate".parse().unwrap()).unwrap();
    let port = CloudPort::new(cloud, key.credentials(), "acme");
    let declared = question(manifests()).declared().unwrap();
    let options = Options::new("files", port.with_cloud(|cloud| cloud.clock()));
    let done = reconcile(&port, &declared.validated, &options, &Pace::with(TokioSleeper), &mut Yes).await;
    assert_eq!(done.ending(), Ending::AsDeclared);
    let cloud = port.with_cloud(|cloud| cloud.clone());
    Emulator::start(cloud, still()).await.unwrap()
}

fn exported(home: &Home, user: &str) -> Vec<String> {
    home.export(&question(manifests()), Selection::User(user.to_owned()), Source::Usual)
}

/// Runs what blocks beside the emulator.
async fn beside<T: Send + 'static>(
    emulator: Emulator,
    work: impl FnOnce(&Emulator) -> T + Send + 'static,
) -> T {
    let (emulator, result) = tokio::task::spawn_blocking(move || {
        let result = work(&emulator);
        (emulator, result)
    })
    .await
    .unwrap();
    emulator.shutdown().await;
    result
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_enters_by_every_exported_profile_with_the_code_of_their_device() {
    beside(applied().await, |emulator| {
        for (user, doors) in [
            (
                "cobus",
                vec![
                    ("development-developer", "222222222222:assumed-role/Developer"),
                    ("production-developer", "444444444444:assumed-role/Developer"),
                    ("sandbox-developer", "555555555555:assumed-role/Developer"),
                    ("staging-developer", "333333333333:assumed-role/Developer"),
                ],
            ),
            ("eric", vec![("production-sitereliability", "444444444444:assumed-role/SiteReliability")]),
            ("kim", vec![("staging-developer", "333333333333:assumed-role/Developer")]),
        ] {
            let home = Home::of_user(emulator, user);
            let names: Vec<&str> = doors.iter().map(|(name, _)| *name).collect();
            assert_eq!(exported(&home, user), names);
            for (name, role) in doors {
                home.enter(emulator, name).is_in(&format!("arn:aws:sts::{role}/{user}"), 1);
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_kept_for_its_owner_and_a_wrong_code_opens_nothing() {
    beside(applied().await, |emulator| {
        let (cobus, ana) = (Home::of_user(emulator, "cobus"), Home::of_user(emulator, "ana"));
        exported(&cobus, "cobus");
        exported(&ana, "ana");
        cobus.mistype(emulator, "staging-developer").is_refused("invalid MFA one time pass code");
        let session = |user: &str| format!("arn:aws:sts::333333333333:assumed-role/Developer/{user}");
        cobus.enter(emulator, "staging-developer").is_in(&session("cobus"), 1);
        cobus.enter(emulator, "staging-developer").is_in(&session("cobus"), 0);
        ana.enter(emulator, "staging-developer").is_in(&session("ana"), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doors_that_are_not_exported_are_shut() {
    beside(applied().await, |emulator| {
        let home = Home::of_user(emulator, "cobus");
        exported(&home, "cobus");
        let role = |account: &str, role: &str| {
            format!(
                "role_arn = arn:aws:iam::{account}:role/{role}\nsource_profile = auth\nregion = us-east-1\n"
            )
        };
        let mfa = "mfa_serial = arn:aws:iam::111111111111:mfa/cobus\n";
        home.append(&format!(
            "[profile others]\n{}{mfa}role_session_name = cobus\n\
             [profile without-code]\n{}role_session_name = cobus\n\
             [profile as-sofia]\n{}{mfa}role_session_name = sofia\n\
             [profile too-long]\n{}{mfa}role_session_name = cobus\nduration_seconds = 28801\n",
            role("444444444444", "SiteReliability"),
            role("333333333333", "Developer"),
            role("333333333333", "Developer"),
            role("333333333333", "Developer"),
        ));
        for (profile, prompts) in [("others", 1), ("without-code", 0), ("as-sofia", 1)] {
            let said = home.enter(emulator, profile);
            said.is_refused("(AccessDenied) when calling the AssumeRole operation");
            assert_eq!(said.prompts, prompts, "{profile}");
        }
        home.enter(emulator, "too-long").is_refused("exceeds the MaxSessionDuration set for this role");
    })
    .await;
}
