//! The packages, where they live and whom they may see, as data; and the checkers of it. Reads no files.

/// One package of the design.
pub(crate) struct Room {
    pub(crate) package: &'static str,
    /// Relative to the workspace.
    folder: &'static str,
    /// The packages of ours that it may be built from. Whatever is not here is an arrow that nobody drew.
    sees: &'static [&'static str],
}

/// Arrows go `controller → simulator → crds`, never back. A new package needs a line here and a reason in the README.
pub(crate) const ROOMS: [Room; 11] = [
    Room { package: "rolegate-crds", folder: "crds", sees: &[] },
    Room { package: "rolegate-iam", folder: "simulator/iam", sees: &[] },
    Room { package: "rolegate-engine", folder: "simulator/engine", sees: &["rolegate-iam"] },
    Room {
        package: "rolegate-plan",
        folder: "simulator/plan",
        sees: &["rolegate-iam", "rolegate-engine", "rolegate-crds"],
    },
    Room { package: "rolegate-cloud", folder: "simulator/cloud", sees: &["rolegate-iam", "rolegate-engine"] },
    Room {
        package: "rolegate",
        folder: "simulator",
        sees: &["rolegate-iam", "rolegate-engine", "rolegate-plan", "rolegate-cloud", "rolegate-crds"],
    },
    Room { package: "rolegate-aws", folder: "controller/aws", sees: &["rolegate-iam", "rolegate-plan"] },
    Room {
        package: "rolegate-emulator",
        folder: "controller/emulator",
        sees: &["rolegate-iam", "rolegate-engine", "rolegate-cloud"],
    },
    // Not the emulator: it is for development and CI, never in the image.
    Room {
        package: "rolegate-controller",
        folder: "controller",
        sees: &[
            "rolegate",
            "rolegate-iam",
            "rolegate-engine",
            "rolegate-plan",
            "rolegate-cloud",
            "rolegate-crds",
            "rolegate-aws",
        ],
    },
    Room {
        package: "rolegate-tests",
        folder: "tests",
        sees: &[
            "rolegate",
            "rolegate-iam",
            "rolegate-engine",
            "rolegate-plan",
            "rolegate-cloud",
            "rolegate-crds",
            "rolegate-aws",
            "rolegate-emulator",
            "rolegate-controller",
        ],
    },
    Room { package: "xtask", folder: "tests/xtask", sees: &[] },
];

impl Room {
    /// Computed without a network: everything under `simulator/` and `crds/`.
    pub(crate) fn is_pure(&self) -> bool {
        self.folder == "crds" || self.folder == "simulator" || self.folder.starts_with("simulator/")
    }

    fn is_test(&self) -> bool {
        self.folder == "tests" || self.folder.starts_with("tests/")
    }
}

fn room(package: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.package == package)
}

/// What the checkers need to know of one package of the workspace.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) folder: String,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) published: bool,
    pub(crate) license: String,
    pub(crate) manifest: String,
}

/// One line of a manifest, for whichever platform it is.
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// Whether a dependency goes into what is built (normal and build dependencies) or only into tests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Built,
    Dev,
}

/// Packages without a room, in another place, or missing.
pub(crate) fn misplaced(packages: &[Package]) -> Vec<String> {
    let strangers = packages.iter().filter_map(|package| match room(&package.name) {
        None => Some(format!("package `{}` in `{}` has no room in the design", package.name, package.folder)),
        Some(room) if room.folder != package.folder => {
            Some(format!("package `{}` is in `{}`, not in `{}`", package.name, package.folder, room.folder))
        }
        Some(_) => None,
    });
    let missing = ROOMS.iter().filter(|room| !packages.iter().any(|package| package.name == room.package));
    strangers
        .chain(missing.map(|room| format!("package `{}` is missing from `{}`", room.package, room.folder)))
        .collect()
}

/// Dependencies between our packages that the table does not hold.
pub(crate) fn undrawn_arrows(packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages {
        let Some(from) = room(&package.name) else { continue };
        for dependency in &package.dependencies {
            let Some(to) = room(&dependency.name) else { continue };
            match dependency.kind {
                Kind::Built if !from.sees.contains(&to.package) => {
                    faults.push(format!("`{}` must not depend on `{}`", from.package, to.package));
                }
                Kind::Dev if !may_test_with(from, to) => {
                    faults.push(format!(
                        "`{}` must not depend on `{}`, not even to test",
                        from.package, to.package
                    ));
                }
                Kind::Built | Kind::Dev => {}
            }
        }
    }
    faults
}

/// Tests may look sideways (the SDK at the emulator), but pure packages are tested with pure packages, and only the tests
/// use the tests.
fn may_test_with(from: &Room, to: &Room) -> bool {
    (!from.is_pure() || to.is_pure()) && (from.is_test() || !to.is_test())
}

/// Packages other than `rolegate-aws` (and the tests) that are built from a crate of the SDK.
pub(crate) fn stray_sdk(packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages {
        let may = package.name == "rolegate-aws" || room(&package.name).is_some_and(Room::is_test);
        let built = package.dependencies.iter().filter(|dependency| dependency.kind == Kind::Built);
        for sdk in built.filter(|dependency| !may && dependency.name.starts_with("aws-")) {
            faults.push(format!("`{}` depends on `{}`: only `rolegate-aws` may", package.name, sdk.name));
        }
    }
    faults
}

/// Packages that could be published, carry another licence, or have lints of their own.
pub(crate) fn lax_manifests(packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for Package { name, published, license, manifest, folder: _, dependencies: _ } in packages {
        if *published {
            faults.push(format!("package `{name}` lacks `publish.workspace = true`"));
        }
        if license != "Apache-2.0" {
            faults.push(format!("package `{name}` has the licence `{license}`, not `Apache-2.0`"));
        }
        if !inherits_lints(manifest) {
            faults.push(format!("package `{name}` lacks `[lints]` with `workspace = true`"));
        }
    }
    faults
}

/// `cargo metadata` does not tell, so this looks at the manifest's text.
fn inherits_lints(manifest: &str) -> bool {
    let lines: Vec<&str> = manifest.lines().map(str::trim).collect();
    lines.windows(2).any(|pair| pair == ["[lints]", "workspace = true"])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace that keeps every rule: each package in its room, with all its arrows.
    fn good() -> Vec<Package> {
        let package = |room: &Room| Package {
            name: room.package.to_owned(),
            folder: room.folder.to_owned(),
            dependencies: room.sees.iter().map(|name| built(name)).collect(),
            published: false,
            license: "Apache-2.0".to_owned(),
            manifest: "[package]\nname = \"x\"\n\n[lints]\nworkspace = true\n".to_owned(),
        };
        ROOMS.iter().map(package).collect()
    }

    fn built(name: &str) -> Dependency {
        Dependency { name: name.to_owned(), kind: Kind::Built }
    }

    fn dev(name: &str) -> Dependency {
        Dependency { name: name.to_owned(), kind: Kind::Dev }
    }

    /// The good workspace with one package changed.
    fn with(package: &str, change: impl Fn(&mut Package)) -> Vec<Package> {
        let mut packages = good();
        packages.iter_mut().filter(|p| p.name == package).for_each(change);
        packages
    }

    fn arrow(from: &str, dependency: fn(&str) -> Dependency, to: &str) -> Vec<String> {
        undrawn_arrows(&with(from, |package| package.dependencies.push(dependency(to))))
    }

    #[test]
    fn a_good_workspace_has_no_faults() {
        let none = Vec::<String>::new();
        for check in [misplaced, undrawn_arrows, stray_sdk, lax_manifests] {
            assert_eq!(check(&good()), none);
        }
    }

    #[test]
    fn the_table_has_no_way_back_and_no_package_that_imports_a_binary() {
        for room in &ROOMS {
            for to in room.sees {
                let pure = ROOMS.iter().any(|other| other.package == *to && other.is_pure());
                assert!(!room.is_pure() || pure, "{} → {to}", room.package);
                let binary =
                    ["rolegate-controller", "rolegate-emulator", "rolegate-tests", "xtask"].contains(to);
                assert!(!binary || room.package == "rolegate-tests", "{} → {to}", room.package);
            }
        }
    }

    #[test]
    fn an_arrow_that_nobody_drew_is_found() {
        for (from, to) in [
            ("rolegate-crds", "rolegate-iam"),
            ("rolegate-iam", "rolegate-engine"),
            ("rolegate-engine", "rolegate-plan"),
            ("rolegate-plan", "rolegate-cloud"),
            ("rolegate", "rolegate-aws"),
            ("rolegate-aws", "rolegate-emulator"),
            ("rolegate-controller", "rolegate-emulator"),
            ("xtask", "rolegate-iam"),
        ] {
            assert_eq!(arrow(from, built, to), [format!("`{from}` must not depend on `{to}`")]);
        }
    }

    #[test]
    fn tests_may_look_sideways_but_not_out_of_the_pure_rooms() {
        for (from, to) in [("rolegate-aws", "rolegate-emulator"), ("rolegate-plan", "rolegate-cloud")] {
            assert_eq!(arrow(from, dev, to), Vec::<String>::new());
        }
        for (from, to) in [("rolegate-plan", "rolegate-aws"), ("rolegate-aws", "rolegate-tests")] {
            assert_eq!(
                arrow(from, dev, to),
                [format!("`{from}` must not depend on `{to}`, not even to test")]
            );
        }
    }

    #[test]
    fn strangers_moves_and_losses_are_found() {
        let mut stranger = good();
        stranger.extend(
            with("rolegate-iam", |p| p.name = "rolegate-utils".to_owned()).into_iter().skip(1).take(1),
        );
        assert_eq!(
            misplaced(&stranger),
            ["package `rolegate-utils` in `simulator/iam` has no room in the design"]
        );

        let moved = with("rolegate-aws", |package| package.folder = "simulator/aws".to_owned());
        assert_eq!(
            misplaced(&moved),
            ["package `rolegate-aws` is in `simulator/aws`, not in `controller/aws`"]
        );

        let mut lost = good();
        lost.retain(|package| package.name != "rolegate-cloud");
        assert_eq!(misplaced(&lost), ["package `rolegate-cloud` is missing from `simulator/cloud`"]);
    }

    #[test]
    fn the_sdk_is_found_outside_its_room() {
        for name in ["aws-sdk-iam", "aws-config", "aws-smithy-runtime-api"] {
            let stray = with("rolegate-controller", |package| package.dependencies.push(built(name)));
            let fault = format!("`rolegate-controller` depends on `{name}`: only `rolegate-aws` may");
            assert_eq!(stray_sdk(&stray), [fault]);
        }
        for (package, dependency) in [
            ("rolegate-aws", built as fn(&str) -> Dependency),
            ("rolegate-tests", built),
            ("rolegate-emulator", dev),
        ] {
            let fine = with(package, |p| p.dependencies.push(dependency("aws-sdk-iam")));
            assert_eq!(stray_sdk(&fine), Vec::<String>::new());
        }
    }

    #[test]
    fn lax_manifests_are_found() {
        let published = with("rolegate-iam", |package| package.published = true);
        assert_eq!(lax_manifests(&published), ["package `rolegate-iam` lacks `publish.workspace = true`"]);

        let licensed = with("rolegate-iam", |package| package.license = "MIT".to_owned());
        assert_eq!(
            lax_manifests(&licensed),
            ["package `rolegate-iam` has the licence `MIT`, not `Apache-2.0`"]
        );

        for manifest in ["[package]\nname = \"x\"\n", "[lints]\n\n[dependencies]\nworkspace = true\n"] {
            let lax = with("rolegate-iam", |package| package.manifest = manifest.to_owned());
            assert_eq!(
                lax_manifests(&lax),
                ["package `rolegate-iam` lacks `[lints]` with `workspace = true`"]
            );
        }
    }
}
