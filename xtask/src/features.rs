//! Which sets of features a user can choose of each crate: none, each alone, all.

use std::fs;

use toml::{Table, Value};

use crate::root;

/// A crate and the words that choose its features.
pub(crate) struct FeatureSet {
    pub(crate) package: String,
    pub(crate) flags: String,
}

/// The shop is a package of its own among the examples.
const SHOP: &str = "crates/vpos/examples/shop/Cargo.toml";

/// Every set of every crate under crates/, read from their Cargo.toml.
pub(crate) fn all() -> Result<Vec<FeatureSet>, String> {
    let folder = root().join("crates");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut manifests: Vec<_> =
        entries.flatten().map(|entry| entry.path().join("Cargo.toml")).filter(|path| path.is_file()).collect();
    manifests.push(root().join(SHOP));
    manifests.sort();
    let mut sets = Vec::new();
    for manifest in manifests {
        let say = |error: String| format!("{}: {error}", manifest.display());
        let text = fs::read_to_string(&manifest).map_err(|error| say(error.to_string()))?;
        let table: Table = text.parse().map_err(|error: toml::de::Error| say(error.to_string()))?;
        let name = table.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
        let package = name.ok_or_else(|| say("no package.name".into()))?.to_owned();
        let features = table.get("features").and_then(Value::as_table).cloned().unwrap_or_default();
        let names: Vec<&String> = features.keys().filter(|feature| *feature != "default").collect();
        sets.push(FeatureSet { package: package.clone(), flags: "--no-default-features".into() });
        for feature in &names {
            let flags = format!("--no-default-features --features {feature}");
            sets.push(FeatureSet { package: package.clone(), flags });
        }
        if names.len() > 1 {
            sets.push(FeatureSet { package, flags: "--all-features".into() });
        }
    }
    Ok(sets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_of_the_facade_is_tried_alone() {
        let sets = all().unwrap();
        for flags in [
            "--no-default-features",
            "--no-default-features --features ceca",
            "--no-default-features --features redsys",
            "--all-features",
        ] {
            assert!(sets.iter().any(|set| set.package == "vpos" && set.flags == flags), "{flags}");
        }
    }
}
