//! Rules about who may say what where: the rooms of a bank crate, the names of banks, the makers of proofs.

use super::Source;

const BANKS: [&str; 4] = ["redsys", "ceca", "paypal", "elavon"];

/// The rooms that every bank crate has: a file, or a folder of that name.
const ROOMS: [&str; 8] = ["lib", "config", "wire", "signature", "form", "notification", "remote", "codes"];

/// Who may make a signature to compare with: core, each bank's signature.rs, and the runner of the fixtures.
const MAC_MAKERS: [&str; 3] = ["vpos-core/src/", "/src/signature", "xtask/src/"];

pub(super) fn check(sources: &[Source], found: &mut Vec<String>) {
    for source in sources.iter().filter(|source| source.is_rust()) {
        names(source, found);
        proofs(source, found);
    }
    for bank in BANKS {
        let folder = format!("crates/vpos-{bank}/src/");
        if sources.iter().any(|source| source.path.starts_with(&folder) && source.path.ends_with("/lib.rs")) {
            rooms(sources, &folder, found);
        }
    }
    same_sans_io(sources, found);
}

/// Core names no bank, a bank crate none but its own; and the fields of a bank are spelled in `wire` alone.
fn names(source: &Source, found: &mut Vec<String>) {
    let path = &source.path;
    let own = BANKS.iter().find(|bank| path.starts_with(&format!("crates/vpos-{bank}/src/")));
    let in_core = path.starts_with("crates/vpos-core/src/");
    // a table of codes is data: a bank may take another's money as a way to pay
    if (own.is_none() && !in_core) || path.ends_with("/table.rs") {
        return;
    }
    for (at, line) in source.text.lines().enumerate().map(|(index, line)| (index + 1, line.to_lowercase())) {
        for bank in BANKS.iter().filter(|bank| Some(*bank) != own) {
            if line.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == *bank) {
                let what = if in_core { "core names a bank" } else { "a bank crate names another bank" };
                found.push(format!("{path}:{at}: {what}: {bank}"));
            }
        }
    }
    let in_wire = path.contains("/src/wire") || source.is_test();
    for (at, line) in source.code().filter(|(_, line)| !in_wire && !line.trim_start().starts_with("//")) {
        if line.contains("\"Ds_") || line.contains("\"DS_M") {
            found.push(format!("{path}:{at}: a field of the bank spelled outside wire"));
        }
    }
}

/// A proof is made from a signature, and a signature in one place.
fn proofs(source: &Source, found: &mut Vec<String>) {
    let path = &source.path;
    if !source.is_shipped() || MAC_MAKERS.iter().any(|maker| path.contains(maker)) {
        return;
    }
    for (at, line) in source.code().filter(|(_, line)| line.contains("Mac::new")) {
        found.push(format!("{path}:{at}: Mac::new outside signature.rs: {}", line.trim()));
    }
}

fn rooms(sources: &[Source], folder: &str, found: &mut Vec<String>) {
    for room in ROOMS {
        let (file, inside) = (format!("{folder}{room}.rs"), format!("{folder}{room}/"));
        if !sources.iter().any(|source| source.path == file || source.path.starts_with(&inside)) {
            found.push(format!("{folder}: has no room {room}"));
        }
    }
}

/// Core and the bank crates have one and the same clippy.toml, which forbids clocks, sockets and the environment.
fn same_sans_io(sources: &[Source], found: &mut Vec<String>) {
    let Some(core) = sources.iter().find(|source| source.path == "crates/vpos-core/clippy.toml") else { return };
    for bank in BANKS {
        let path = format!("crates/vpos-{bank}/clippy.toml");
        let crate_there = sources.iter().any(|source| source.path == format!("crates/vpos-{bank}/Cargo.toml"));
        let same = sources.iter().any(|source| source.path == path && source.text == core.text);
        if crate_there && !same {
            found.push(format!("{path}: is not the one of vpos-core"));
        }
    }
}
