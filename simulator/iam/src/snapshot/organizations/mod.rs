//! Reading and writing the output of the Organizations commands of the AWS CLI. Does no IO: texts come in and go out.
//!
//! Each output has a name: the command, and what it was asked about.
//! ```text
//! describe-organization                            aws organizations describe-organization
//! list-roots                                       aws organizations list-roots
//! list-accounts                                    aws organizations list-accounts
//! list-organizational-units-for-parent.PARENT      … --parent-id PARENT
//! list-accounts-for-parent.PARENT                  … --parent-id PARENT
//! list-children.PARENT.TYPE                        … --parent-id PARENT --child-type TYPE
//! list-parents.CHILD                               … --child-id CHILD
//! list-policies-for-target.TARGET.TYPE             … --target-id TARGET --filter TYPE
//! describe-policy.POLICY                           … --policy-id POLICY
//! ```
//! Only the first is needed; what is not there was not collected.

mod read;
#[cfg(test)]
mod tests;
mod wire;
mod write;

pub use read::read;
pub use write::write;

pub(super) const DESCRIBE: &str = "describe-organization";
const ROOTS: &str = "list-roots";
const ACCOUNTS: &str = "list-accounts";
const UNITS_FOR: &str = "list-organizational-units-for-parent";
const ACCOUNTS_FOR: &str = "list-accounts-for-parent";
const CHILDREN: &str = "list-children";
const PARENTS: &str = "list-parents";
const ATTACHED: &str = "list-policies-for-target";
const POLICY: &str = "describe-policy";

/// Whether this is the name of an output of an Organizations command.
pub fn is_output(name: &str) -> bool {
    let (command, about) =
        name.split_once('.').map_or((name, None), |(command, about)| (command, Some(about)));
    match command {
        DESCRIBE | ROOTS | ACCOUNTS => about.is_none(),
        UNITS_FOR | ACCOUNTS_FOR | CHILDREN | PARENTS | ATTACHED | POLICY => about.is_some(),
        _ => false,
    }
}
