//! Our block in a file of others: what is theirs stays byte for byte, and what cannot be read is refused.

use proptest::prelude::*;
use rolegate::command::export::merge::{Block, MergeError, merge};

fn block(profile: &str) -> Block {
    let text = format!("# ours\n\n[profile {profile}]\nrole_arn = arn:aws:iam::1:role/R\n");
    Block { id: "acme/auth".to_owned(), text }
}

#[test]
fn an_empty_file_becomes_the_block() {
    assert_eq!(
        merge("", &block("p")).unwrap(),
        "# >>> rolegate acme/auth >>>\n# ours\n\n[profile p]\nrole_arn = arn:aws:iam::1:role/R\n# <<< rolegate acme/auth <<<\n"
    );
}

#[test]
fn the_block_goes_to_the_end_and_later_stays_where_it_is() {
    for (before, apart) in [
        ("[default]\nregion = eu-west-1\n", "\n"),
        ("[default]\nregion = eu-west-1", "\n\n"),
        ("# only a comment\n", "\n"),
        ("[profile x]\ns3 =\n  a = b\n\n", "\n"),
    ] {
        let first = merge(before, &block("p")).unwrap();
        assert_eq!(first, format!("{before}{apart}{}", block("p").marked()));
        assert_eq!(merge(&first, &block("p")).unwrap(), first);
        let after = format!("{first}\n# mine\n[profile z]\nregion = x\n");
        let second = merge(&after, &block("q")).unwrap();
        assert_eq!(
            second,
            format!("{before}{apart}{}\n# mine\n[profile z]\nregion = x\n", block("q").marked())
        );
    }
}

#[test]
fn a_file_of_windows_stays_one() {
    let before = "[default]\r\nregion = eu-west-1\r\n";
    let merged = merge(before, &block("p")).unwrap();
    assert_eq!(merged, format!("{before}\r\n{}", block("p").marked().replace('\n', "\r\n")));
    assert_eq!(merge(&merged, &block("p")).unwrap(), merged);
}

#[test]
fn blocks_of_others_of_us_are_others() {
    let theirs = Block { id: "other/auth".to_owned(), ..block("q") };
    let both = merge(&merge("", &theirs).unwrap(), &block("p")).unwrap();
    assert!(both.starts_with(&theirs.marked()) && both.ends_with(&block("p").marked()));
    let clash = merge(&both, &Block { id: "other/auth".to_owned(), ..block("p") });
    assert!(matches!(clash, Err(MergeError::Taken { name, .. }) if name == "p"));
}

/// Each refusal with the line it names and a part of what it says.
const REFUSED: [(&str, usize, &str); 27] = [
    ("# >>> rolegate acme/auth >>>\n[profile p]\n", 1, "begins and does not end"),
    ("[default]\n# <<< rolegate acme/auth <<<\n", 2, "ends and did not begin"),
    (
        "# >>> rolegate a/b >>>\n# >>> rolegate acme/auth >>>\n# <<< rolegate acme/auth <<<\n",
        2,
        "begins inside",
    ),
    ("# >>> rolegate a/b >>>\n# <<< rolegate acme/auth <<<\n", 2, "ends and did not begin"),
    (
        "# >>> rolegate a/b >>>\n# <<< rolegate a/b <<<\n# >>> rolegate a/b >>>\n# <<< rolegate a/b <<<\n",
        4,
        "is there twice",
    ),
    ("  # >>> rolegate acme/auth >>>\n", 1, "was changed"),
    ("# >>> rolegate acme/auth\n", 1, "was changed"),
    ("[a]\nb = 1 # <<< rolegate acme/auth <<<\n", 2, "was changed"),
    ("[profile p]\nregion = x\n", 1, "profile `p` is there already"),
    ("[default]\n\n[profile \"p\"]\n", 3, "profile `p` is there already"),
    ("[profile\tp]\n", 1, "profile `p` is there already"),
    ("[profile p] # mine\n", 1, "profile `p` is there already"),
    ("[profile 'p']\n", 1, "profile `p` is there already"),
    ("region = x\n", 1, "stands before the first [section]"),
    ("[default]\nnonsense\n", 2, "neither [a section] nor name = value"),
    ("[default]\n= x\n", 2, "neither [a section] nor name = value"),
    ("[]\n", 1, "neither [a section] nor name = value"),
    ("[default\nregion = x\n", 1, "neither [a section] nor name = value"),
    ("[default]\na = 1\n[b]\n[default]\n", 4, "[default] is there twice"),
    ("[default]\na = 1\nA : 2\n", 3, "`A` is there twice"),
    ("[default]\ns3 =\n  what\n", 3, "below an option without a value"),
    ("\u{feff}[default]\n", 1, "byte order mark"),
    ("[default]\na = \u{0}\n", 2, "control character"),
    ("[default]\ra = 1\r", 1, "control character"),
    (
        "# >>> rolegate acme/auth >>>\n# <<< rolegate acme/auth <<<\nregion = x\n",
        3,
        "before the first [section]",
    ),
    (
        "# >>> rolegate acme/auth >>>\n[profile p]\n# <<< rolegate acme/auth <<<\n\n# mine\nregion = x\n",
        6,
        "would belong to our last profile",
    ),
    (
        "# >>> rolegate acme/auth >>>\n[profile p]\na = 1\n# <<< rolegate acme/auth <<<\n  region = x\n",
        5,
        "would belong to our last profile",
    ),
];

#[test]
fn what_cannot_be_read_is_refused_with_its_line() {
    for (text, line, part) in REFUSED {
        let error = merge(text, &block("p")).unwrap_err().to_string();
        assert!(error.starts_with(&format!("line {line}: ")) && error.contains(part), "{text:?}: {error}");
        assert!(error.contains("; "), "no way out: {error}");
    }
}

/// Lines that people write, and lines that nobody should.
fn line() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "",
        "[default]",
        "[profile a]",
        "[profile \"b c\"]",
        "[profile p]",
        "[sso-session s]",
        "  [profile indented]",
        "[x] # [y]",
        "region = eu-west-1",
        "output: json",
        "a = b = c",
        "s3 =",
        "  max = 1",
        "\tmore",
        "# comment",
        "; comment",
        "  # indented",
        "# >>> rolegate acme/auth >>>",
        "# <<< rolegate acme/auth <<<",
        "# >>> rolegate b/c >>>",
        "# <<< rolegate b/c <<<",
        "é = ü",
        "nonsense",
    ]);
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => "[ -~äß\u{a0}\u{202e}]{0,12}"]
}

fn file() -> impl Strategy<Value = String> {
    let ending = prop::sample::select(vec!["\n", "\n", "\r\n", "\r\n", "\r"]);
    prop::collection::vec((line(), ending), 0..12)
        .prop_map(|lines| lines.into_iter().map(|(line, ending)| line + ending).collect())
}

proptest! {
    #[test]
    fn whatever_stands_outside_comes_out_as_it_went_in(before in file()) {
        let ours = block("ours");
        if let Ok(merged) = merge(&before, &ours) {
            // Cut by hand: before the first marker of ours, and after the last.
            let (begin, end) = ("# >>> rolegate acme/auth >>>", "# <<< rolegate acme/auth <<<");
            let (head, rest) = merged.split_once(begin).unwrap();
            let (_, tail) = rest.split_once(end).unwrap();
            match before.split_once(begin) {
                None => {
                    let apart = head.strip_prefix(before.as_str()).unwrap();
                    prop_assert!(["", "\n", "\n\n", "\r\n", "\r\n\r\n"].contains(&apart), "{:?}", apart);
                    prop_assert_eq!(tail.trim_matches(['\r', '\n']), "");
                }
                Some((head_before, rest)) => {
                    let (_, tail_before) = rest.split_once(end).unwrap();
                    let after = |tail: &str| tail.split_once('\n').map(|(_, after)| after.to_owned()).unwrap_or_default();
                    prop_assert_eq!(head, head_before);
                    prop_assert_eq!(after(tail), after(tail_before));
                }
            }
            // Again gives the same, and another block is exchanged for it alone.
            prop_assert_eq!(&merge(&merged, &ours).unwrap(), &merged);
            let other = merge(&merged, &block("other")).unwrap();
            prop_assert_eq!(merge(&other, &ours).unwrap(), merged);
        }
    }
}
