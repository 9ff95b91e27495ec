//! Replays the committed fuzz corpora: what a fuzzer once found stays fixed.

use std::io;
use std::path::Path;

#[path = "../../../../../fuzz/src/golang.rs"]
#[expect(
    unreachable_pub,
    clippy::expect_used,
    reason = "a check may panic, and is public for the fuzz targets, which are a crate of their own"
)]
mod checks;
/// Runs one parser's checks on each file of its corpus; the number of files.
fn replay(target: &str, check: fn(&[u8])) -> io::Result<usize> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/corpus").join(target);
    let mut files = 0;
    for file in std::fs::read_dir(folder)? {
        check(&std::fs::read(file?.path())?);
        files += 1;
    }
    Ok(files)
}

macro_rules! replayed {
    ($($target:ident),* $(,)?) => {
        $(
            #[test]
            fn $target() {
                assert_ne!(replay(stringify!($target), checks::$target).unwrap(), 0);
            }
        )*

        #[test]
        fn every_target_is_replayed() {
            let known = [$(stringify!($target)),*];
            let targets =
                Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/fuzz_targets");
            for file in std::fs::read_dir(targets).unwrap() {
                let file = file.unwrap().path();
                let name = file.file_stem().unwrap().to_str().unwrap();
                let text = std::fs::read_to_string(&file).unwrap();
                assert!(!text.contains("::golang::") || known.contains(&name), "{name}");
            }
        }
    };
}

replayed!(
    covdata,
    coverprofile,
    go_env,
    go_list,
    go_mod,
    go_sum,
    go_work,
    test2json,
    vendor_modules,
    version
);
