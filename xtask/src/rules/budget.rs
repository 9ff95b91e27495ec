//! A budget of bytes for each area of the program, so that a package that costs much is a decision and
//! not a surprise.
//!
//! Measured in the program that the tests run (x86-64, the `dev` profile): `xtask check` builds it anyway,
//! and what grows there grows in the release. The size of a release is checked by `release-tree`.

use anyhow::{Context as _, Result};
use object::{Object as _, ObjectSymbol as _};
use std::collections::BTreeMap;
use std::path::Path;

/// An area: its name, its budget in KiB, and how the names of its crates start, one word each.
struct Area {
    name: &'static str,
    kibibytes: u64,
    crates: &'static str,
}

/// Symbols that belong to no crate are of C: the cryptography of aws-lc.
const C: &str = "C";
/// Generic code of the standard library, which names only the library.
const STANDARD: [&str; 4] = ["core", "alloc", "std", "hashbrown"];

/// The first area that names a crate has it; the last one takes all others. Each budget is about a sixth
/// above what the area had when its line was last changed.
const AREAS: [Area; 5] = [
    Area { name: "standard library", kibibytes: 13_600, crates: "core alloc std hashbrown" },
    Area { name: "our own crates", kibibytes: 7_700, crates: "robot" },
    Area {
        name: "HTTP and TLS",
        kibibytes: 4_700,
        crates: "C aws_lc bytes futures h2 http hyper icu_ idna ipnet reqwest rustls tokio tower untrusted url webpki",
    },
    Area {
        name: "settings and formats",
        kibibytes: 7_200,
        crates: "annotate_snippets clap granit quick_ schemars serde tar toml zip zlib",
    },
    Area { name: "other packages", kibibytes: 2_900, crates: "" },
];

/// Compares the areas of `program` with their budgets.
pub(super) fn broken(program: &Path) -> Result<Vec<String>> {
    let bytes = fs_err::read(program)?;
    let file = object::File::parse(&*bytes)
        .with_context(|| format!("{} is not a program", program.display()))?;
    let symbols = file.symbols().filter_map(|symbol| Some((symbol.name().ok()?, symbol.size())));
    Ok(over_budget(&sizes(symbols)))
}

/// Bytes of each area.
fn sizes<'a>(symbols: impl Iterator<Item = (&'a str, u64)>) -> BTreeMap<&'static str, u64> {
    let mut sizes = BTreeMap::new();
    for (symbol, size) in symbols {
        let name = owner(symbol);
        let is_of = |area: &&Area| {
            area.crates.is_empty() || area.crates.split(' ').any(|start| name.starts_with(start))
        };
        *sizes.entry(AREAS.iter().find(is_of).map_or("", |area| area.name)).or_default() += size;
    }
    sizes
}

fn over_budget(sizes: &BTreeMap<&'static str, u64>) -> Vec<String> {
    let over = AREAS.iter().filter_map(|area| {
        let kibibytes = sizes.get(area.name)? / 1024;
        (kibibytes > area.kibibytes).then(|| {
            format!(
                "{}: {kibibytes} KiB in the test program, the budget is {}; find what grew, or raise it in xtask/src/rules/budget.rs and say why",
                area.name, area.kibibytes
            )
        })
    });
    over.collect()
}

/// The crate that a symbol belongs to: the first in its name that is not the standard library.
fn owner(symbol: &str) -> &str {
    let standard = STANDARD[0];
    // https://doc.rust-lang.org/rustc/symbol-mangling: the legacy form; std itself comes in the newer one.
    let Some(rest) = symbol.strip_prefix("_ZN") else {
        return if symbol.starts_with("_R") { standard } else { C };
    };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (length, rest) = rest.split_at(digits);
    let first = length.parse().ok().and_then(|length: usize| rest.get(..length)).unwrap_or(rest);
    if !first.starts_with('_') {
        return first;
    }
    // `<crate..path::Type as crate..path::Trait>`
    let mut crates = first.split("..").filter_map(|part| Some(part.rsplit_once('$')?.1));
    crates.find(|name| !name.is_empty() && !STANDARD.contains(name)).unwrap_or(standard)
}

#[cfg(test)]
mod tests {
    use super::{AREAS, over_budget, owner, sizes};

    #[test]
    fn a_symbol_belongs_to_the_crate_that_it_names() {
        assert_eq!(owner("_ZN11robot_model6report5write17h0123456789abcdefE"), "robot_model");
        let trait_of = "_ZN106_$LT$robot_model..exit..ExitStatus$u20$as$u20$core..convert..From$LT$robot_model..verdict..Verdict$GT$$GT$4from17h44deae416e1821a1E";
        assert_eq!(owner(trait_of), "robot_model");
        let library = "_ZN107_$LT$alloc..vec..Vec$LT$T$C$A$GT$..retain_mut..PanicGuard$LT$T$C$A$GT$$u20$as$u20$core..ops..drop..Drop$GT$4drop17h094e6b5a1d0e0bd3E";
        assert_eq!(owner(library), "core");
        assert_eq!(
            owner(
                "_RINvMNtCsgEmfK2I1SDS_4core3stre12trim_matchesNvMNtNtB5_4char7methodsc13is_whitespaceECsjrHSEGnQ3l9_3std"
            ),
            "core"
        );
        assert_eq!(owner("aws_lc_0_47_0_SHA256"), "C");
    }

    #[test]
    fn an_area_that_grew_is_named() {
        let large = (AREAS[2].kibibytes + 1) * 1024;
        let sizes = sizes([("_ZN7reqwest3getE", large), ("_ZN4serde2deE", 1)].into_iter());
        let broken = over_budget(&sizes);
        assert_eq!(broken.len(), 1);
        assert!(broken[0].starts_with("HTTP and TLS: "), "{}", broken[0]);
    }
}
