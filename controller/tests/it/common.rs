//! The world of the examples.

use rolegate_cloud::{AccessKey, Cloud};
use rolegate_iam::AccountId;
use std::path::{Path, PathBuf};

pub(crate) const GATEWAY: &str = "111111111111";
pub(crate) const DEVELOPMENT: &str = "222222222222";

/// The checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The accounts as somebody furnished them by hand, and the key with which Rolegate works.
pub(crate) fn world(now: jiff::Timestamp) -> (Cloud, AccessKey) {
    let snapshot = rolegate_emulator::world::load(&root().join("examples/world")).unwrap();
    let mut cloud = Cloud::from_snapshot(snapshot, now, 7);
    cloud.add_outside_account("666666666666".parse().unwrap());
    let gateway: AccountId = GATEWAY.parse().unwrap();
    let key = cloud.add_access_key(gateway, &"rolegate".parse().unwrap()).unwrap();
    cloud.clear_calls();
    (cloud, key)
}
