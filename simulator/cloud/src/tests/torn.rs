//! Lists that lack what is there.

use super::{A, Lab, id, lab, trust};
use crate::Request;
use crate::api::{Paging, Response};

fn create_role(lab: &mut Lab, name: &str) {
    lab.a(Request::CreateRole {
        role_name: name.into(),
        path: None,
        assume_role_policy_document: trust(&format!(r#"{{"AWS":"{A}"}}"#)),
        description: None,
        max_session_duration: None,
        permissions_boundary: None,
        tags: Vec::new(),
    });
}

/// The roles that a bulk read, page by page, and the list beside it show.
fn read(lab: &mut Lab) -> (Vec<String>, usize) {
    let (mut paging, mut names) = (Paging { marker: None, max_items: Some(1) }, Vec::new());
    loop {
        let request =
            Request::GetAccountAuthorizationDetails { filter: vec!["Role".into()], paging: paging.clone() };
        let Response::Details(page) = lab.a(request) else { panic!() };
        names.extend(page.roles.into_iter().map(|role| role.role.role_name));
        paging.marker = page.marker;
        if paging.marker.is_none() {
            break;
        }
    }
    let Response::Roles(listed) = lab.a(Request::ListRoles { path_prefix: None, paging: Paging::default() })
    else {
        panic!()
    };
    (names, listed.items.len())
}

#[test]
fn what_is_hidden_is_out_of_whole_reads_and_still_there() {
    let mut lab = lab();
    for name in ["a", "b", "c"] {
        create_role(&mut lab, name);
    }
    lab.cloud.hide_from_lists(&format!("arn:aws:iam::{A}:role/b"), 2);
    for _ in 0..2 {
        assert_eq!(read(&mut lab), (vec!["a".to_owned(), "c".to_owned()], 2));
        let there = lab.a(Request::GetRole { role_name: "b".into() });
        assert!(matches!(there, Response::Role(role) if role.role_name == "b"));
        let whole = lab.cloud.snapshot().accounts[&id(A)].clone();
        assert_eq!((whole.roles.len(), lab.cloud.as_listed(whole).roles.len()), (3, 2));
    }
    assert_eq!(read(&mut lab).0, ["a", "b", "c"]);
    let whole = lab.cloud.snapshot().accounts[&id(A)].clone();
    assert_eq!(lab.cloud.as_listed(whole.clone()), whole);
}
