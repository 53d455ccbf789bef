//! Which profiles there are, of whom, and what is in them.

use super::company::{AUTH, PRODUCTION, Place, access, account, asked, group, of, options, role};
use crate::world::{acme, question};
use proptest::prelude::*;
use rolegate::command::export::aws_config::{Options, Source, aws_config};
use rolegate::command::export::merge::merge;
use rolegate::command::export::{Content, Export, Regions, Selection};
use rolegate::command::{Output, check};
use rolegate::{Answer, Code};
use serde_json::Value;
use std::collections::BTreeMap;

/// The profiles of a block, each with its options, read by a reader that knows nothing of the writer.
pub(super) fn read(export: &Export) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut profiles: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for piece in &export.pieces {
        let Content::Block(block) = &piece.content else { panic!("a block is expected") };
        let mut name = None;
        for line in block.text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(found) = line.strip_prefix("[profile ").and_then(|rest| rest.strip_suffix(']')) {
                assert!(profiles.insert(found.to_owned(), BTreeMap::new()).is_none(), "{found} twice");
                name = Some(found.to_owned());
                continue;
            }
            let (option, value) = line.split_once(" = ").unwrap();
            let profile = profiles.get_mut(name.as_ref().unwrap()).unwrap();
            assert!(profile.insert(option.to_owned(), value.to_owned()).is_none(), "{line}");
        }
    }
    profiles
}

fn refused(answer: Result<Export, Answer>) -> String {
    let answer = answer.unwrap_err();
    assert_eq!((answer.code, answer.out.as_str()), (Code::Bad, ""), "{}", answer.talk);
    answer.talk
}

fn exported(manifests: String, options: &Options) -> Export {
    aws_config(&asked(manifests), options).unwrap_or_else(|answer| panic!("{}", answer.talk))
}

#[test]
fn a_person_gets_a_profile_for_each_door_and_for_nothing_else() {
    let asked = question(acme(), None);
    let export = aws_config(&asked, &options(of("cobus"))).unwrap();
    let profiles = read(&export);
    let names: Vec<&str> = profiles.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["development-developer", "production-developer", "sandbox-developer", "staging-developer"]
    );
    let expected = [
        ("duration_seconds", "28800"),
        ("mfa_serial", "arn:aws:iam::111111111111:mfa/cobus"),
        ("role_arn", "arn:aws:iam::333333333333:role/Developer"),
        ("role_session_name", "cobus"),
        ("source_profile", "auth"),
    ];
    let found: Vec<(&str, &str)> =
        profiles["staging-developer"].iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(found, expected);
    assert_eq!((export.code, export.pieces.len()), (Code::Yes, 1));
}

#[test]
fn what_was_asked_for_is_in_the_profiles() {
    let asked = question(acme(), None);
    let options = Options {
        prefix: "acme.".to_owned(),
        source: Source::Profile("me".to_owned()),
        mfa_serial: Some("arn:aws:iam::111111111111:mfa/phone".to_owned()),
        regions: Regions::parse(&["eu-west-1".to_owned(), "staging=eu-north-1".to_owned()]).unwrap(),
        longest: Some(3600),
        ..options(of("auth/kim"))
    };
    let profiles = read(&aws_config(&asked, &options).unwrap());
    let staging = &profiles["acme.staging-developer"];
    for (option, value) in [
        ("source_profile", "me"),
        ("mfa_serial", "arn:aws:iam::111111111111:mfa/phone"),
        ("duration_seconds", "3600"),
        ("region", "eu-north-1"),
    ] {
        assert_eq!(staging[option], value);
    }
}

#[test]
fn a_door_that_opens_later_is_told_and_not_given_and_one_that_is_over_is_neither() {
    let manifests = |more: &str| {
        account(&AUTH, None)
            + &account(&PRODUCTION, Some("auth"))
            + &role("dev", "  audience: Human\n")
            + &access("a", "dev", "production", "user: {name: kim}", more)
    };
    let text = |more: &str| {
        let export = exported(manifests(more), &options(of("kim")));
        let Content::Block(block) = &export.pieces[0].content else { panic!() };
        (read(&export).len(), block.text.clone())
    };
    let (now, _) = text("  validity: {notBefore: \"2026-11-24T12:00:00Z\"}\n");
    assert_eq!(now, 1);
    let (later, words) = text("  validity: {notBefore: \"2026-11-24T12:00:01Z\"}\n");
    assert_eq!(later, 0);
    assert!(
        words.contains("# Later: production-dev opens at 2026-11-24T12:00:01Z: Production, dev:"),
        "{words}"
    );
    for over in ["  validity: {notAfter: \"2026-11-24T12:00:00Z\"}\n", "  state: Withdrawn\n"] {
        let answer = refused(aws_config(&asked(manifests(over)), &options(of("kim"))));
        assert!(answer.contains("no manifest names the user `kim`"), "{answer}");
    }
}

#[test]
fn a_leaver_who_is_still_named_gets_an_empty_block() {
    let manifests = account(&AUTH, None) + &group("devs", &["kim"]);
    let export = exported(manifests, &options(of("kim")));
    let Content::Block(block) = &export.pieces[0].content else { panic!() };
    assert!(
        read(&export).is_empty() && block.text.ends_with("# Nothing may be entered.\n"),
        "{}",
        block.text
    );
}

#[test]
fn a_machine_enters_with_its_own_credentials_for_an_hour_at_most() {
    let asked = question(acme(), None);
    let of = |source| Options {
        source,
        ..options(Selection::Machine("arn:aws:iam::111111111111:role/ci".to_owned()))
    };
    let profiles = read(&aws_config(&asked, &of(Source::Credentials("EcsContainer".to_owned()))).unwrap());
    assert_eq!(profiles.len(), 3);
    let deploy = &profiles["production-deploy"];
    assert_eq!(
        (deploy["credential_source"].as_str(), deploy["duration_seconds"].as_str()),
        ("EcsContainer", "3600")
    );
    assert!(!deploy.contains_key("source_profile") && !deploy.contains_key("mfa_serial"));
    let usual = read(&aws_config(&asked, &of(Source::Usual)).unwrap());
    assert_eq!(usual["production-deploy"]["credential_source"], "Environment");
}

#[test]
fn a_third_party_sends_its_external_id() {
    let asked = question(acme(), None);
    let options = options(Selection::ThirdParty("666666666666".to_owned()));
    let profiles = read(&aws_config(&asked, &options).unwrap());
    assert_eq!(profiles["production-partnerscanner"]["external_id"], "acme-5b1f09c37d2e8a64");
}

#[test]
fn what_is_open_beyond_a_role_is_a_chained_profile() {
    let any =
        "  audience: Human\n  roleName: Operator\n  require: {sessionName: Any}\n  maxSessionDuration: 8h\n";
    let next = "  audience: Human\n  roleName: Beyond\n  require: {mfa: NotRequired, sessionName: Any}\n  maxSessionDuration: 8h\n";
    let manifests = account(&AUTH, None)
        + &account(&PRODUCTION, Some("auth"))
        + &role("operator", any)
        + &role("beyond", next)
        + &access("a", "operator", "auth", "user: {name: kim}", "")
        + &access(
            "b",
            "beyond",
            "production",
            "role: {arn: \"arn:aws:iam::111111111111:role/Operator\"}",
            "",
        );
    // A role that the manifests make is not in their own way.
    let checked = check::check(&asked(manifests.clone()), Output::Text);
    assert_eq!((checked.code, checked.talk.as_str()), (Code::Yes, ""), "{}", checked.out);
    let profiles = read(&exported(manifests, &options(of("kim"))));
    assert_eq!(profiles.keys().collect::<Vec<_>>(), ["auth-operator", "production-beyond-via-auth-operator"]);
    let beyond = &profiles["production-beyond-via-auth-operator"];
    assert_eq!(beyond["source_profile"], "auth-operator");
    assert_eq!((beyond["duration_seconds"].as_str(), beyond["role_session_name"].as_str()), ("3600", "kim"));
    assert!(!beyond.contains_key("mfa_serial") && !beyond.contains_key("credential_source"));
    assert_eq!(profiles["auth-operator"]["duration_seconds"], "28800");
}

#[test]
fn names_that_would_be_one_are_told_apart_for_everybody() {
    let place = |name, id| Place { name, id, display: "x", partition: "aws" };
    let manifests = account(&AUTH, None)
        + &account(&place("a", "222222222222"), Some("auth"))
        + &account(&place("a-b", "333333333333"), Some("auth"))
        + &role("b-c", "  audience: Human\n  roleName: \"b=C\"\n")
        + &role("c", "  audience: Human\n  roleName: c\n")
        + &access("one", "b-c", "a", "user: {name: kim}", "")
        + &access("two", "c", "a-b", "user: {name: lee}", "");
    let name = |user: &str| {
        let profiles = read(&exported(manifests.clone(), &options(of(user))));
        profiles.keys().next().unwrap().clone()
    };
    let (kim, lee) = (name("kim"), name("lee"));
    assert!(kim.starts_with("a-b-c-") && lee.starts_with("a-b-c-") && kim != lee, "{kim} {lee}");
    assert_eq!((kim.len(), lee.len()), ("a-b-c-12345678".len(), "a-b-c-12345678".len()));
}

#[test]
fn a_name_that_cannot_name_a_session_is_left_out_with_its_reason() {
    let manifests = account(&AUTH, None)
        + &role("dev", "  audience: Human\n")
        + &role("any", "  audience: Human\n  require: {sessionName: Any}\n")
        + &access("a", "dev", "auth", "user: {name: x}", "")
        + &access("b", "any", "auth", "user: {name: x}", "");
    let export = exported(manifests, &options(of("x")));
    let profiles = read(&export);
    assert_eq!((export.code, profiles.len()), (Code::No, 1));
    assert!(!profiles["auth-any"].contains_key("role_session_name"));
    assert!(
        export.talk.contains("left out: auth-dev: the session must bear the user's name"),
        "{}",
        export.talk
    );
}

#[test]
fn hostile_names_stay_on_their_line() {
    let hostile = "x\n[profile evil]\nrole_arn = y\r# ;\"'\u{202e}<b>%s\\ >>> rolegate ";
    let path = "/#;=[profile]/%(x)s/\\/";
    let manifests = account(&Place { display: hostile, ..AUTH }, None)
        + &role("dev", &format!("  audience: Human\n  path: '{path}'\n  roleName: \"+=.@-\"\n"))
        + &access("a", "dev", "auth", "user: {name: \"..+=,@-\"}", "");
    let export = exported(manifests, &options(of("..+=,@-")));
    let profiles = read(&export);
    assert_eq!(profiles.keys().collect::<Vec<_>>(), ["auth-+-.@-"]);
    let profile = &profiles["auth-+-.@-"];
    assert_eq!(profile["role_arn"], format!("arn:aws:iam::111111111111:role{path}+=.@-"));
    assert_eq!(profile["mfa_serial"], "arn:aws:iam::111111111111:mfa/..+=,@-");
    let Content::Block(block) = &export.pieces[0].content else { panic!() };
    assert!(!block.text.contains(['\r', '\u{202e}']), "{}", block.text);
    let once = merge("", block).unwrap();
    assert_eq!(merge(&once, block).unwrap(), once);
}

#[test]
fn everybody_has_a_file_below_their_gateway_that_no_name_leads_out_of() {
    let manifests = account(&AUTH, None) + &group("devs", &["..", "kim", ".x"]);
    let export = exported(manifests, &options(Selection::Everybody));
    let paths: Vec<String> = export.pieces.iter().map(|piece| piece.path.display().to_string()).collect();
    assert_eq!(paths, ["auth/%2E./config", "auth/%2Ex/config", "auth/kim/config"]);
}

#[test]
fn who_is_meant_must_be_certain() {
    let other = Place { name: "other", id: "222222222222", display: "Other", partition: "aws" };
    let manifests = account(&AUTH, None)
        + &account(&other, None)
        + &group("devs", &["kim"])
        + &group("ops", &["kim"]).replace("name: auth", "name: other");
    let asked = asked(manifests);
    let twice = refused(aws_config(&asked, &options(of("kim"))));
    assert!(twice.contains("write auth/kim or other/kim"), "{twice}");
    assert!(aws_config(&asked, &options(of("other/kim"))).is_ok());
    let near = refused(aws_config(&asked, &options(of("kin"))));
    assert!(near.contains("no manifest names the user `kin`; did you mean `kim`?"), "{near}");
    let machine = refused(aws_config(&asked, &options(Selection::Machine("ci".to_owned()))));
    assert!(machine.contains("invalid role ARN `ci`"), "{machine}");
    let third = refused(aws_config(&asked, &options(Selection::ThirdParty("999999999999".to_owned()))));
    assert!(third.contains("no manifest names the account `999999999999`"), "{third}");
}

#[test]
fn what_is_asked_for_is_checked_and_every_error_is_told() {
    let asked = question(acme(), None);
    let bad = Options {
        prefix: "a]\n[profile x".to_owned(),
        source: Source::Profile("me\nyou".to_owned()),
        mfa_serial: Some("a b".to_owned()),
        longest: Some(899),
        ..options(Selection::Everybody)
    };
    let told = refused(aws_config(&asked, &bad));
    for part in [
        "--prefix a]\\u{a}[profile x",
        "--source-profile me\\u{a}you",
        "--mfa-serial a b",
        "name the person with --user",
        "--duration",
        "5 errors",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let regions = |texts: &[&str]| {
        let regions =
            Regions::parse(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).unwrap();
        refused(aws_config(&asked, &Options { regions, ..options(of("ana")) }))
    };
    assert!(
        regions(&["nowhere=eu-west-1"]).contains("`nowhere` is neither an account nor an environment here")
    );
    assert!(regions(&["production=cn-north-1"]).contains("account `production` is in partition aws"));
    let itself = Options { source: Source::Profile("production-developer".to_owned()), ..options(of("ana")) };
    assert!(refused(aws_config(&asked, &itself)).contains("would be its own source"));
}

#[test]
fn programs_get_the_same_profiles() {
    let export = aws_config(&question(acme(), None), &options(of("kim"))).unwrap();
    assert_eq!(export.report["kind"], "AwsConfigExport");
    let profile = &export.report["of"][0]["profiles"][0];
    assert_eq!(export.report["of"][0]["who"], serde_json::json!({"user": "kim", "gateway": "auth"}));
    assert_eq!(profile["name"], "staging-developer");
    let options = profile["options"].as_object().unwrap();
    let expected = &read(&export)["staging-developer"];
    let found: BTreeMap<String, String> =
        options.iter().map(|(k, v): (&String, &Value)| (k.clone(), v.as_str().unwrap().to_owned())).collect();
    assert_eq!(&found, expected);
}

/// A name that somebody may give an account: whatever Unicode has.
pub(super) fn display() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        "\n",
        "\r\n",
        "]",
        "[profile x]",
        "#",
        ";",
        "=",
        "\"",
        "'",
        "<script>",
        "&amp;",
        "%41",
        "%",
        "\u{202e}",
        "\u{200b}",
        "\u{2028}",
        "\\",
        "+",
        " ",
        "é",
        "漢",
        "👩‍💻",
        "\u{0}",
        "\t",
    ]);
    let part = prop_oneof![2 => nasty.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
    prop::collection::vec(part, 1..12)
        .prop_map(|parts| parts.concat().chars().take(64).collect::<String>())
        .prop_filter("an empty name is no name", |name| !name.trim().is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_reads_back_and_nothing_else(
        display in display(),
        user in "[a-zA-Z0-9_+=,.@-]{2,64}",
        name in "[a-zA-Z0-9_+=.@-]{1,64}",
        folder in "[!-)+->@-~]{1,40}",
    ) {
        let user_value = serde_json::Value::from(user.as_str());
        let path = serde_json::Value::from(format!("/{folder}/").replace("${", "$"));
        let manifests = account(&Place { display: &display, ..AUTH }, None)
            + &role("dev", &format!("  audience: Human\n  path: {path}\n  roleName: {}\n", serde_json::Value::from(name.as_str())))
            + &access("a", "dev", "auth", &format!("user: {{name: {user_value}}}"), "");
        // What the manifests refuse is not written.
        let export = aws_config(&asked(manifests), &options(of(&user)));
        prop_assume!(export.is_ok());
        let export = export.unwrap();
        let profiles = read(&export);
        prop_assert_eq!(profiles.len(), 1);
        let options = profiles.values().next().unwrap();
        let arn = format!("arn:aws:iam::111111111111:role{}{name}", path.as_str().unwrap());
        prop_assert_eq!(options["role_arn"].as_str(), arn.as_str());
        prop_assert_eq!(options["role_session_name"].as_str(), user.as_str());
        prop_assert_eq!(options.len(), 5);
    }
}
