//! Pages of lists: a marker holds the key of the last member shown, so that a list that changes between two pages is
//! continued where it was left. Knows no entity.

use crate::api::{Page, Paging};
use crate::error::AwsError;

const DEFAULT_ITEMS: usize = 100;

impl<T> Page<T> {
    /// The same page of something else.
    pub(crate) fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        let Self { items, marker } = self;
        Page { items: items.into_iter().map(change).collect(), marker }
    }
}

/// Cuts one page out of members in the order of their keys, which are unique and have at most 160 bytes.
///
/// # Errors
/// `ValidationError` for a marker that was never given out, or a size outside 1 to 1000.
pub(crate) fn page<T>(
    members: impl IntoIterator<Item = (String, T)>,
    paging: &Paging,
) -> Result<Page<T>, AwsError> {
    let Paging { marker, max_items } = paging;
    let limit = match max_items {
        None => DEFAULT_ITEMS,
        Some(wanted) => {
            usize::try_from(*wanted).ok().filter(|wanted| (1..=1000).contains(wanted)).ok_or_else(|| {
                AwsError::validation(format!(
                    "1 validation error detected: Value '{wanted}' at 'maxItems' failed to satisfy constraint: \
                     Member must have value between 1 and 1000"
                ))
            })?
        }
    };
    let after = marker.as_deref().map(decode).transpose()?;
    let mut rest = members
        .into_iter()
        .skip_while(|(key, _)| after.as_ref().is_some_and(|after| key <= after))
        .peekable();
    let (mut items, mut last) = (Vec::new(), None);
    while let Some((key, item)) = (items.len() < limit).then(|| rest.next()).flatten() {
        items.push(item);
        last = Some(key);
    }
    let marker = rest.peek().and(last).map(|key| encode(&key));
    Ok(Page { items, marker })
}

fn encode(key: &str) -> String {
    key.bytes().fold(String::with_capacity(key.len() * 2), |mut text, byte| {
        for half in [byte >> 4, byte & 0x0f] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
        text
    })
}

fn decode(marker: &str) -> Result<String, AwsError> {
    let bytes: Option<Vec<u8>> = marker
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|key| !key.is_empty() && encode(key) == marker)
        .ok_or_else(|| AwsError::validation("Invalid Marker."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pages_put_together_are_the_whole(
            names in prop::collection::btree_set("[a-zé/]{1,6}", 0..60),
            max_items in prop::option::of(1_i64..70),
        ) {
            let members = || names.iter().map(|name| (name.clone(), name.clone()));
            let (mut paging, mut seen) = (Paging { marker: None, max_items }, Vec::new());
            loop {
                let page = page(members(), &paging).unwrap();
                prop_assert!(page.items.len() <= usize::try_from(max_items.unwrap_or(100)).unwrap());
                prop_assert!(!page.items.is_empty() || names.is_empty());
                seen.extend(page.items);
                match page.marker {
                    Some(marker) => paging.marker = Some(marker),
                    None => break,
                }
            }
            prop_assert_eq!(seen, names.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_list_that_changes_is_continued_where_it_was_left() {
        let of =
            |names: &[&str]| names.iter().map(|n| ((*n).to_owned(), (*n).to_owned())).collect::<Vec<_>>();
        let first = page(of(&["a", "b", "c"]), &Paging { marker: None, max_items: Some(2) }).unwrap();
        let second =
            page(of(&["a", "bb", "c"]), &Paging { marker: first.marker, max_items: Some(9) }).unwrap();
        assert_eq!(second, Page { items: vec!["bb".to_owned(), "c".to_owned()], marker: None });
    }

    #[test]
    fn sizes_and_markers_out_of_range_are_refused() {
        for max_items in [0, -1, 1001] {
            let refused =
                page(Vec::<(String, ())>::new(), &Paging { marker: None, max_items: Some(max_items) });
            assert_eq!(refused.unwrap_err().code, "ValidationError");
        }
        for marker in ["", "x", "zz", "616"] {
            let paging = Paging { marker: Some(marker.to_owned()), max_items: None };
            assert_eq!(
                page(Vec::<(String, ())>::new(), &paging).unwrap_err().code,
                "ValidationError",
                "{marker}"
            );
        }
    }
}
