//! Profiles of real Go, and how several become one.

use super::*;
use proptest::prelude::*;

fn profile(texts: &[&str]) -> Profile {
    let mut profile = Profile::default();
    texts.iter().for_each(|text| profile.add(text).unwrap());
    profile
}

#[test]
fn layers_join_into_one_profile() {
    let unit = "mode: atomic\r\na b.go:1.2,3.4 2 1\r\na b.go:5.1,6.2 3 0\r\n";
    let integration = "mode: atomic\na b.go:5.1,6.2 3 4\n";
    let joined = profile(&[unit, integration]);
    assert_eq!(joined.statements(), (5, 5));
    assert_eq!(joined.write(), "mode: atomic\na b.go:1.2,3.4 2 1\na b.go:5.1,6.2 3 4\n");
    // Also if the profiles were concatenated.
    assert_eq!(profile(&[&format!("{unit}{integration}")]), joined);
}

#[test]
fn modes_that_differ_come_to_covered_or_not() {
    let joined = profile(&["mode: count\na.go:1.1,2.2 1 7\n", "mode: set\nb.go:1.1,2.2 1 0\n"]);
    assert_eq!(joined.write(), "mode: set\na.go:1.1,2.2 1 1\nb.go:1.1,2.2 1 0\n");
    let set = profile(&["mode: set\na.go:1.1,2.2 1 1\n", "mode: set\na.go:1.1,2.2 1 1\n"]);
    assert_eq!(set.write(), "mode: set\na.go:1.1,2.2 1 1\n");
}

#[test]
fn packages_are_told_apart() {
    let text = "mode: set\nm/a/x.go:1.1,2.2 1 1\nm/a/y.go:1.1,2.2 3 0\nm/z.go:1.1,2.2 0 0\n\
                C:\\src\\main.go:1.1,2.2 2 1\n";
    let profile = profile(&[text]);
    let packages: Vec<_> = profile.packages().into_iter().collect();
    assert_eq!(packages, [("C:\\src", (2, 2)), ("m", (0, 0)), ("m/a", (1, 4))]);
}

#[test]
fn an_empty_truncated_or_foreign_profile_is_refused_with_its_line() {
    for (text, line) in [
        ("", 1),
        ("a.go:1.1,2.2 1 1\n", 1),
        ("mode: set\na.go:1.1,2.2 1\n", 2),
        ("mode: set\n\nx\n", 3),
        ("mode: other\n", 1),
        ("mode: set\na.go:1.1,2.2 1 +1\n", 2),
        ("mode: set\na.go:1.1,2.2 1 -1\n", 2),
        ("mode: set\n:1.1,2.2 1 1\n", 2),
        ("mode: set\na.go:1.1,99999999999.2 1 1\n", 2),
        ("mode: set\n\na.go:1.1,2.2 1 1\na.go:1.1,2.2 2 1\n", 4),
        ("mode: set\na.go:1.1,2.2 1 1", 2),
    ] {
        let error = Profile::default().add(text).expect_err(text);
        assert_eq!(error.line, line, "{text:?}: {error}");
    }
    assert!(Profile::default().add(b"mode: set\n\xff.go:1.1,2.2 1 1\n").is_err());
}

#[test]
fn profiles_of_real_go_are_read() {
    for text in [
        include_str!("../../testdata/go1.19.13/count.coverprofile"),
        include_str!("../../testdata/go1.26.8/count.coverprofile"),
    ] {
        let packages: Vec<(String, _)> = profile(&[text])
            .packages()
            .into_iter()
            .map(|(path, statements)| (path.to_owned(), statements))
            .collect();
        assert_eq!(
            packages,
            [
                ("example.com/fixture/main_ignores".to_owned(), (0, 3)),
                ("example.com/fixture/pass".to_owned(), (2, 3)),
            ]
        );
    }
}

/// `x++`, `y++` and a comment between them, as Go cuts it before 1.27 and since.
#[test]
fn another_cut_of_a_file_tells_only_what_certainly_ran() {
    let syntax = crate::syntax::Syntax::read(
        b"package a\nfunc F() {\n\tx++\n\t//\n\t//\n\ty++\n\tif z {\n\t\tx++\n\t}\n}\n",
    );
    let before = "mode: set\na.go:2.10,7.7 3 0\na.go:7.7,9.3 1 0\n";
    let since = |first: u32, second: u32, inner: u32| {
        let (first, second, inner) = (format!("{first}"), format!("{second}"), format!("{inner}"));
        format!(
            "mode: set\na.go:3.2,4.1 3 {first}\na.go:6.2,7.7 3 {second}\na.go:8.3,9.1 1 {inner}\n"
        )
    };
    let counts = |ours: &str, theirs: &str| {
        let mut ours = profile(&[ours]).files().next().unwrap().1.to_vec();
        overlay(&mut ours, profile(&[theirs]).files().next().unwrap().1, &syntax.statements);
        ours.iter().map(|block| block.count).collect::<Vec<_>>()
    };
    assert_eq!(counts(before, &since(1, 1, 0)), [1, 0]);
    assert_eq!(counts(before, &since(1, 1, 1)), [1, 1]);
    // A part of a block is not the block; what says nothing of a statement does not cover it.
    assert_eq!(counts(before, &since(1, 0, 1)), [0, 1]);
    assert_eq!(counts(before, "mode: set\na.go:3.2,4.1 3 1\n"), [0, 0]);
    assert_eq!(counts(before, "mode: set\na.go:2.10,2.11 3 1\na.go:4.1,4.2 1 1\n"), [0, 0]);
    assert_eq!(counts(&since(0, 0, 0), &before.replace(" 0\n", " 1\n")), [1, 1, 1]);
}

#[test]
fn blocks_out_of_order_are_put_in_order_and_checked() {
    let line =
        |number: u32, statements: u32| format!("a.go:{number}.1,{number}.9 {statements} 1\n");
    let backwards: String = (1..=500).rev().map(|number| line(number, 1)).collect();
    let forwards: String = (1..=500).map(|number| line(number, 1)).collect();
    let read = profile(&[&format!("mode: set\n{backwards}")]);
    assert_eq!(read, profile(&[&format!("mode: set\n{forwards}")]));
    let text = format!("mode: set\n{}{}{}", line(9, 1), line(3, 1), line(3, 2));
    assert!(Profile::default().add(&text).is_err());
}

#[test]
fn a_profile_is_read_in_pieces() {
    /// Gives one byte at a time.
    struct Trickle<'a>(&'a [u8]);
    impl std::io::Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            std::io::Read::read(&mut self.0, &mut buffer[..1])
        }
    }
    let text = include_str!("../../testdata/go1.26.8/count.coverprofile");
    let mut read = Profile::default();
    read.read(Trickle(text.as_bytes())).unwrap();
    assert_eq!(read, profile(&[text]));
    let endless = vec![b'x'; 2 << 20];
    assert!(Profile::default().read(endless.as_slice()).is_err());
}

prop_compose! {
    fn lines()(lines in prop::collection::vec(
        ("[a-z]{1,3}( |:|,)?[a-z]{0,2}\\.go", 1_u32..4, 1_u32..4, 0_u64..4, any::<u32>()), 0..9),
    ) -> String {
        lines.iter().fold("mode: count\n".to_owned(), |text, (file, line, column, _, count)| {
            // Statements follow from the place, so that no two blocks contradict each other.
            let statements = line * 7 + column;
            format!("{text}{file}:{line}.{column},9.{column} {statements} {count}\n")
        })
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_the_same(text in lines()) {
        let read = profile(&[&text]);
        prop_assert_eq!(profile(&[&read.write()]), read);
    }

    #[test]
    fn the_order_of_layers_does_not_matter(one in lines(), other in lines()) {
        prop_assert_eq!(profile(&[&one, &other]), profile(&[&other, &one]));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..99)) {
        let _ = Profile::default().add(&bytes);
    }
}
