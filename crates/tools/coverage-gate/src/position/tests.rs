//! Blocks in their sources, and in others.

use super::*;
use robot_golang::coverprofile::Profile;
use robot_process::{Cancellation, Command};
use std::path::{Path, PathBuf};

const TEXT: &str = "package a\n\nfunc F(x int) int {\n\tswitch x {\n\tcase 1:\n\t\treturn 2\n\t}\n\tif x > 1 {\n\t\treturn 3\n\t} else if x > 0 {\n\t\treturn 4\n\t} else {\n\t\treturn 5\n\t}\n}\n\nfunc G() {}\n";

/// As go1.26.8 cuts it.
const BLOCKS: [[u32; 5]; 8] = [
    [3, 19, 4, 11, 1],
    [5, 9, 6, 11, 1],
    [8, 2, 8, 11, 1],
    [8, 11, 10, 3, 1],
    [10, 8, 10, 18, 1],
    [10, 18, 12, 3, 1],
    [12, 8, 14, 3, 1],
    [17, 11, 17, 12, 0],
];

fn check_all(text: &str, blocks: &[[u32; 5]]) -> Result<(), Misfit> {
    let block = |&[start_line, start_column, end_line, end_column, statements]: &[u32; 5]| {
        let range = Range { start_line, start_column, end_line, end_column };
        Counted { range, statements, count: 1 }
    };
    let blocks: Vec<_> = blocks.iter().map(block).collect();
    check(text.as_bytes(), &Syntax::read(text.as_bytes()), &blocks)
}

#[test]
fn the_profile_of_a_file_fits_it() {
    assert_eq!(check_all(TEXT, &BLOCKS), Ok(()));
    assert_eq!(check_all(&TEXT.replace('\n', "\r\n"), &BLOCKS), Ok(()));
}

#[test]
fn a_profile_of_other_text_does_not() {
    let shifted = format!("// New.\n{TEXT}");
    assert_eq!(check_all(&shifted, &BLOCKS), Err(Misfit::Elsewhere(3)));
    let longer = TEXT.replace("\treturn 2\n", "\tx++\n\t\treturn 2\n");
    assert_eq!(check_all(&longer, &BLOCKS), Err(Misfit::Elsewhere(5)));
    // As many lines, and as wide, but not as many statements.
    let fuller = TEXT.replace("return 2", "x++;g(x)").replace("return 4", "g( x,4 )");
    assert_eq!(check_all(&fuller, &BLOCKS), Err(Misfit::Statements(5)));
    assert_eq!(check_all("package a\n", &BLOCKS), Err(Misfit::Elsewhere(3)));
}

#[test]
fn a_profile_without_some_statement_is_cut_off() {
    // Of the last function nothing to run: without its block nothing is lost.
    assert_eq!(check_all(TEXT, &BLOCKS[..7]), Ok(()));
    for length in 0..7 {
        assert!(check_all(TEXT, &BLOCKS[..length]).is_err(), "{length}");
    }
    assert_eq!(check_all(TEXT, &BLOCKS[..6]), Err(Misfit::CutOff(13)));
}

#[test]
fn another_cut_beside_it_is_not_taken_for_more_statements() {
    let mut both = BLOCKS.to_vec();
    both.insert(1, [3, 19, 5, 9, 3]);
    assert_eq!(check_all(TEXT, &both), Err(Misfit::Overlap(3)));
}

#[test]
fn a_block_of_everything_is_none() {
    assert_eq!(check_all(TEXT, &[[3, 19, 15, 2, 7]]), Err(Misfit::Statements(3)));
}

#[test]
fn line_directives_loosen_the_check_and_what_reads_like_one_does_not() {
    let moved = [[103, 19, 104, 11, 1], [100, 1, 115, 2, 6]];
    let mapped = format!("//line parser.y:100\n{TEXT}");
    assert_eq!(check_all(&mapped, &moved), Ok(()));
    assert_eq!(check_all(&mapped, &[[900, 1, 901, 1, 5]]), Err(Misfit::Elsewhere(900)));
    assert_eq!(check_all(&mapped, &[[103, 1, 104, 1, 50]]), Err(Misfit::Statements(103)));
    assert_eq!(check_all(&mapped, &[]), Err(Misfit::CutOff(5)));
    for comment in [
        "// see //line 3 of the docs",
        " //line a.y:1",
        "//line 3 of the docs",
        "var s = \"//line a.y:1\"",
    ] {
        let text = format!("{comment}\n{TEXT}");
        assert!(check_all(&text, &[[900, 1, 901, 1, 50]]).is_err(), "{comment}");
    }
}

#[test]
fn text_that_looks_like_a_function_is_none() {
    let literal = format!("{TEXT}\nconst code = `\nfunc H() {{\n}}\n`\n");
    assert_eq!(check_all(&literal, &BLOCKS), Ok(()));
    let blank = "func add(a interface{}) int\n\nfunc _() {x()}\nfunc (T) _() {x()}\nfunc _[X any](x X) {y(x)}\n";
    assert_eq!(check_all(&format!("{TEXT}\n{blank}"), &BLOCKS), Ok(()));
}

fn go(arguments: &[&str], folder: &Path) -> String {
    let command = Command::new("go").args(arguments.iter().copied()).current_directory(folder);
    let command = command.output_cap(64 << 20);
    let ended = command.run(&Cancellation::default()).unwrap();
    String::from_utf8(ended.require_success(&command).unwrap().stdout).unwrap()
}

/// What the real `go tool cover` makes of Go's own sources, which hold about all that the language
/// allows.
#[test]
fn what_go_cuts_fits() {
    let root = PathBuf::from(go(&["env", "GOROOT"], Path::new(".")).trim());
    let mut files = 0;
    for folder in
        ["go/ast", "go/printer", "text/template/parse", "encoding/json", "slices", "net/netip"]
    {
        let folder = root.join("src").join(folder);
        for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if !file.to_str().unwrap().ends_with(".go") {
                continue;
            }
            let text = std::fs::read(&file).unwrap();
            let cut = go(&["tool", "cover", "-mode=set", file.to_str().unwrap()], &folder);
            let syntax = Syntax::read(&text);
            let blocks = blocks(&cut);
            assert_eq!(check(&text, &syntax, &blocks), Ok(()), "{}", file.display());
            files += 1;
        }
    }
    assert!(files > 50, "{files}");
}

/// The tables that `go tool cover` writes behind a file: of each block line, line, and both columns
/// in one number; then the statements of each.
fn blocks(cut: &str) -> Vec<Counted> {
    let numbers = |from: &str| -> Vec<u32> {
        let table = cut.rsplit_once(from).unwrap().1.split_once('{').unwrap().1;
        let table = table.split_once('}').unwrap().0;
        let table = table.lines().map(|line| line.split("//").next().unwrap()).collect::<String>();
        table
            .split(',')
            .map(str::trim)
            .filter(|number| !number.is_empty())
            .map(|number| match number.strip_prefix("0x") {
                Some(digits) => u32::from_str_radix(digits, 16).unwrap(),
                None => number.parse().unwrap(),
            })
            .collect()
    };
    let (places, statements) = (numbers("Pos: [3 * "), numbers("NumStmt: ["));
    let mut profile = Profile::default();
    let mode = robot_golang::coverprofile::Mode::Set;
    let all = places.chunks(3).zip(statements).map(|(place, statements)| Counted {
        range: Range {
            start_line: place[0],
            end_line: place[1],
            start_column: place[2] & 0xffff,
            end_column: place[2] >> 16,
        },
        statements,
        count: 0,
    });
    profile.add_blocks(mode, "a.go", all).unwrap();
    profile.files().next().map(|(_, blocks)| blocks.to_vec()).unwrap_or_default()
}
