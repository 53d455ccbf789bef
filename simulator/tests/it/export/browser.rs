//! Links, bookmarks, and the configurations of the browser extension and of Granted: what is written reads back, by readers that
//! know nothing of the writers, as what was declared and nothing else.

use super::aws_config::display;
use super::company::{AUTH, PRODUCTION, Place, access, account, asked, group, of, options, role};
use crate::world::{acme, question};
use proptest::prelude::*;
use rolegate::command::Output;
use rolegate::command::export::aesr::{Storage, aesr};
use rolegate::command::export::{Content, Export, Piece, Regions, Selection, bookmarks, granted, links};
use rolegate::{Answer, Code};
use std::collections::BTreeMap;

fn whole(piece: &Piece) -> &str {
    match &piece.content {
        Content::Whole { text, mark } => {
            assert!(text.contains(mark), "{text}");
            text
        }
        Content::Block(_) => panic!("a whole file is expected"),
    }
}

fn text(export: &Export) -> &str {
    assert_eq!(export.pieces.len(), 1);
    whole(&export.pieces[0])
}

/// The parameters of a URL, decoded as browsers do it.
fn parameters(url: &str) -> (String, BTreeMap<String, String>) {
    let (page, query) = url.split_once('?').unwrap();
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            assert!(byte.is_ascii_graphic() && !b"\"'<>`\\^{|}#&+".contains(&byte), "{text}");
            if byte == b'%' {
                let hex = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
            } else {
                bytes.push(byte);
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    (page.to_owned(), pairs.map(|(name, value)| (decode(name), decode(value))).collect())
}

/// The bookmarks of a page: folder, address, title.
fn anchors(page: &str) -> Vec<(String, String, String)> {
    let text = |html: &str| {
        assert!(!html.contains(['<', '>', '"']), "{html}");
        let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
        plain.iter().fold(html.to_owned(), |html, (from, to)| html.replace(from, to))
    };
    let mut folder = String::new();
    let mut found = Vec::new();
    for line in page.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("<DT><H3>").and_then(|rest| rest.strip_suffix("</H3>")) {
            folder = text(name);
        } else if let Some(rest) = line.strip_prefix("<DT><A HREF=\"") {
            let (url, title) = rest.strip_suffix("</A>").unwrap().split_once("\">").unwrap();
            found.push((folder.clone(), text(url), text(title)));
        }
    }
    found
}

/// Sections as the extension reads them: comments anywhere, values up to a second `=`.
fn sections(ini: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut sections = BTreeMap::new();
    let mut name = String::new();
    for line in ini.lines() {
        let line = line.split(['#', ';']).next().unwrap().trim();
        if line.is_empty() {
            continue;
        }
        if let Some(found) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name = found.to_owned();
            assert!(sections.insert(name.clone(), BTreeMap::new()).is_none(), "{name} twice");
        } else {
            let mut parts = line.split('=');
            let (option, value) = (parts.next().unwrap().trim(), parts.next().unwrap().trim());
            assert!(!value.is_empty(), "{line}");
            sections.get_mut(&name).unwrap().insert(option.to_owned(), value.to_owned());
        }
    }
    sections
}

fn refused(answer: Result<Export, Answer>) -> String {
    match answer {
        Ok(export) => panic!("{:.300}", export.report),
        Err(answer) => {
            assert_eq!(answer.code, Code::Bad);
            answer.talk
        }
    }
}

fn one_role(place: &Place<'_>, spec: &str) -> String {
    account(place, None)
        + &role("dev", &format!("  audience: Human\n{spec}"))
        + &access("a", "dev", place.name, "user: {name: kim}", "")
}

#[test]
fn links_are_those_of_the_person_with_account_role_name_and_colour() {
    let export = links(&question(acme(), None), &of("kim"), Output::Json).unwrap();
    let found = export.report["links"].as_array().unwrap();
    assert_eq!(found.len(), 1);
    let (page, parameters) = parameters(found[0]["url"].as_str().unwrap());
    assert_eq!(page, "https://signin.aws.amazon.com/switchrole");
    let expected = [
        ("account", "333333333333"),
        ("color", "efda95"),
        ("displayName", "Staging Developer"),
        ("roleName", "Developer"),
    ];
    assert_eq!(parameters, expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    let table = links(&question(acme(), None), &Selection::Everybody, Output::Text).unwrap();
    let lines: Vec<&str> = text(&table).lines().collect();
    assert!(lines[1].starts_with("NAME ") && lines.len() == 12, "{lines:?}");
    assert!(!text(&table).contains("Deploy") && !text(&table).contains("PartnerScanner"));
}

#[test]
fn other_partitions_sign_in_elsewhere_or_nobody_says_where() {
    let host = |partition| {
        let manifests = one_role(&Place { partition, ..AUTH }, "");
        links(&asked(manifests), &of("kim"), Output::Json).unwrap()
    };
    for (partition, expected) in [
        ("aws", "https://signin.aws.amazon.com/switchrole?"),
        ("aws-cn", "https://signin.amazonaws.cn/switchrole?"),
        ("aws-us-gov", "https://signin.amazonaws-us-gov.com/switchrole?"),
    ] {
        let export = host(partition);
        assert!(export.report["links"][0]["url"].as_str().unwrap().starts_with(expected), "{partition}");
    }
    let export = host("aws-eusc");
    assert_eq!((export.code, export.report["links"].as_array().unwrap().len()), (Code::No, 0));
    assert!(export.talk.contains("is not documented"), "{}", export.talk);
}

#[test]
fn a_path_goes_along() {
    for (path, expected) in [("/team/a&b=c/", "team/a&b=c/dev"), ("///", "//dev")] {
        let asked = asked(one_role(&AUTH, &format!("  path: \"{path}\"\n")));
        let export = links(&asked, &of("kim"), Output::Json).unwrap();
        let (_, found) = parameters(export.report["links"][0]["url"].as_str().unwrap());
        assert_eq!(found["roleName"], expected);
    }
}

#[test]
fn machines_have_no_console() {
    let machine = Selection::Machine("arn:aws:iam::111111111111:role/ci".to_owned());
    let told = refused(links(&question(acme(), None), &machine, Output::Text));
    assert!(told.contains("only people use the console"), "{told}");
}

#[test]
fn bookmarks_lie_in_a_folder_for_each_environment() {
    let export = bookmarks(&question(acme(), None), &of("cobus")).unwrap();
    let found = anchors(text(&export));
    let places: Vec<(&str, &str)> =
        found.iter().map(|(folder, _, title)| (folder.as_str(), title.as_str())).collect();
    assert_eq!(
        places,
        [
            ("development", "Development Developer"),
            ("production", "Production Developer"),
            ("sandbox", "Sandbox Developer"),
            ("staging", "Staging Developer")
        ]
    );
    assert!(text(&export).starts_with("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n"));
}

#[test]
fn the_extension_gets_each_gateway_with_its_roles() {
    let regions = Regions::parse(&["production=eu-west-1".to_owned()]).unwrap();
    let export = aesr(&question(acme(), None), &of("eric"), &regions, Storage::Sync).unwrap();
    let found = sections(text(&export));
    assert_eq!(found.keys().collect::<Vec<_>>(), ["auth sign-in", "production-sitereliability"]);
    assert_eq!(
        found["auth sign-in"],
        BTreeMap::from([("aws_account_id".to_owned(), "111111111111".to_owned())])
    );
    let role = &found["production-sitereliability"];
    for (option, value) in [
        ("role_arn", "arn:aws:iam::444444444444:role/SiteReliability"),
        ("source_profile", "auth sign-in"),
        ("color", "f2b0a9"),
        ("region", "eu-west-1"),
    ] {
        assert_eq!(role[option], value);
    }
}

#[test]
fn what_the_extension_cannot_read_or_store_is_not_given_to_it() {
    for path in ["/a#b/", "/a;b/", "/a=b/"] {
        let manifests = one_role(&AUTH, &format!("  path: \"{path}\"\n"));
        let export = aesr(&asked(manifests), &of("kim"), &Regions::default(), Storage::Sync).unwrap();
        assert!(
            export.code == Code::No && export.talk.contains("cannot read `#`, `;` or `=`"),
            "{}",
            export.talk
        );
        assert!(!text(&export).contains("role_arn"));
    }
    let crowd = |number: u64| {
        let accounts: String = (0..number)
            .map(|n| {
                // Names that do not compress: three products of large primes.
                let digits = |prime: u64| n.wrapping_add(1).wrapping_mul(prime);
                let name = format!(
                    "a{:016x}{:016x}{:016x}",
                    digits(0x9e37_79b9_7f4a_7c15),
                    digits(0xc2b2_ae3d_27d4_eb4f),
                    digits(0x1656_67b1_9e37_79f9)
                );
                let id = format!("{:012}", digits(0x9e37_79b9_7f4a_7c15) % 1_000_000_000_000);
                account(&Place { name: &name, id: &id, ..PRODUCTION }, Some("auth"))
                    .replace(&format!("environment: {name}"), "environment: e")
            })
            .collect();
        account(&AUTH, None)
            + &accounts
            + &role("dev", "  audience: Human\n")
            + &access("a", "dev", "x", "user: {name: kim}", "")
                .replace("names: [x]", "selector: {environments: [e]}")
    };
    let asked = asked(crowd(1000));
    let told = refused(aesr(&asked, &of("kim"), &Regions::default(), Storage::Sync));
    assert!(told.contains("and it has 21600") && told.contains("--storage local"), "{told}");
    let local = aesr(&asked, &of("kim"), &Regions::default(), Storage::Local).unwrap();
    assert!(local.report["storedUnits"].as_u64().unwrap() > 21600);
}

#[test]
fn granted_gets_a_registry_for_each_person() {
    let one = granted(&question(acme(), None), &options(of("kim"))).unwrap();
    let paths: Vec<String> = one.pieces.iter().map(|piece| piece.path.display().to_string()).collect();
    assert_eq!(paths, ["granted.yml", "config"]);
    assert!(whole(&one.pieces[0]).ends_with("\nawsConfig:\n  - ./config\n"));
    let found = sections(whole(&one.pieces[1]));
    assert_eq!(found["profile staging-developer"]["mfa_serial"], "arn:aws:iam::111111111111:mfa/kim");
    let all = granted(&question(acme(), None), &options(Selection::Everybody)).unwrap();
    assert_eq!(all.pieces.len(), 14);
    assert!(all.pieces.iter().any(|piece| piece.path.ends_with("auth/sofia/config")));
    let manifests = account(&AUTH, None)
        + &group("devs", &["kim"])
        + &role("dev", "  audience: Human\n  path: \"/{{.Required.X}}/\"\n")
        + &access("a", "dev", "auth", "group: {name: devs}", "");
    let template = granted(&asked(manifests), &options(of("kim"))).unwrap();
    assert!(template.code == Code::No && template.talk.contains("Granted cannot read"), "{}", template.talk);
    assert!(!whole(&template.pieces[1]).contains("Required"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_names_are_they_read_back_from_links_and_bookmarks(
        shown in display(),
        name in "[a-zA-Z0-9_+=.@-]{1,30}",
        folder in "[!-)+->@-~]{1,30}",
    ) {
        let path = serde_json::Value::from(format!("/{folder}/").replace("${", "$"));
        let spec = format!("  path: {path}\n  roleName: {}\n", serde_json::Value::from(name.as_str()));
        let asked = asked(one_role(&Place { display: &shown, ..AUTH }, &spec));
        let export = links(&asked, &of("kim"), Output::Json);
        prop_assume!(export.is_ok());
        let export = export.unwrap();
        let found = export.report["links"].as_array().unwrap();
        prop_assert_eq!(found.len(), 1);
        let (_, parameters) = parameters(found[0]["url"].as_str().unwrap());
        let role = format!("{}{name}", path.as_str().unwrap().strip_prefix('/').unwrap());
        prop_assert_eq!(parameters["roleName"].as_str(), role.as_str());
        let title = &parameters["displayName"];
        let deceives = ['\n', '\r', '\u{202e}', '\u{200b}', '\u{0}'];
        prop_assert!(title.encode_utf16().count() <= 64 && !title.contains(deceives), "{title:?}");
        // What is shown is what was declared, but for what deceives.
        let plain = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric() || c.is_ascii_punctuation()).collect() };
        let whole = plain(&format!("{shown}{name}"));
        prop_assert!(whole.starts_with(&plain(title)), "{} {}", whole, title);
        let page = bookmarks(&asked, &of("kim")).unwrap();
        let anchors = anchors(text(&page));
        prop_assert_eq!(anchors.len(), 1);
        prop_assert_eq!(anchors[0].1.as_str(), found[0]["url"].as_str().unwrap());
        prop_assert_eq!(&anchors[0].2, title);
        let config = aesr(&asked, &of("kim"), &Regions::default(), Storage::Sync).unwrap();
        let sections = sections(text(&config));
        if config.code == Code::Yes {
            prop_assert_eq!(sections.len(), 2);
            let arn = format!("arn:aws:iam::111111111111:role/{role}");
            prop_assert!(sections.values().any(|section| section.get("role_arn") == Some(&arn)));
        } else {
            prop_assert!(sections.is_empty(), "a gateway without roles has no section");
        }
    }
}
