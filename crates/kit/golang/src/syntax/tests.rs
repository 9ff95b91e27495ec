//! Statements of sources, compared with the blocks of Go's own cover tool.

use super::*;
use proptest::prelude::*;

/// `line:column` of every statement, with `L` behind those with nothing to run: labels, braces.
fn starts(text: &str) -> Vec<String> {
    let of = |statement: &Statement| {
        let label = if statement.is_bare { "L" } else { "" };
        format!("{}:{}{label}", statement.start.line, statement.start.column)
    };
    Syntax::read(text.as_bytes()).statements.iter().map(of).collect()
}

#[test]
fn every_element_of_a_list_is_a_statement() {
    let text = "package a\nfunc F(x int) (y int) {\n\tx++; y--\n\tif x := g(); x > 1 {\n\t\treturn 1\n\t} else if x < 0 { return 2 } else {\n\t}\n\tfor range []int{1, 2} { ; }\n\tswitch x {\n\tcase 1, len(map[string]int{\"a\": 1}):\n\t\tbreak\n\tdefault:\n\t}\n\t{\n\t\tvar z = T{a: 1}\n\t}\n\tgo func() { z() }()\n\treturn\n}\n";
    let expected = [
        "3:2", "3:7", "4:2", "5:3", "6:9", "6:20", "8:2", "8:26", "9:2", "11:3", "14:2L", "15:3",
        "17:2", "17:14", "18:2",
    ];
    assert_eq!(starts(text), expected);
}

#[test]
fn functions_called_blank_and_text_that_looks_like_code_hold_none() {
    let text = "package a\nfunc (T) _() { x() }\nfunc _[X any](x X) { x() }\nfunc stub(a interface{ M() }) int\nvar s = `\nfunc F() { x() }`\n/* func G() { x() } */\ntype T struct{ f func() struct{} }\nfunc H() {}\n";
    assert_eq!(starts(text), [""; 0]);
    assert_eq!(Syntax::read(text.as_bytes()).functions.len(), 1);
}

#[test]
fn literals_and_labels_are_found_wherever_they_stand() {
    let text = "package a\nvar f = []func() int{func() int { return 1 }}\nfunc F() {\nouter:\n\tfor {\n\t\tcontinue outer\n\t}\nend:\n\tx(func() { y() }, []func(){z},\n\t\t1)\n}\n";
    let syntax = Syntax::read(text.as_bytes());
    assert_eq!(starts(text), ["2:35", "4:1", "6:3", "8:1L", "9:2", "9:13"]);
    assert_eq!(syntax.functions.len(), 2);
    let call = syntax.statements[4];
    assert_eq!((call.head_end, call.tail, call.end.line), (9, (9, 10), 10));
}

#[test]
fn lines_with_code_are_told_from_comments() {
    let text = "package a\n\n// x\nvar s = `a\nb` /* y\n*/\n\nfunc F() {\n\t// z\n}\n";
    assert_eq!(Syntax::with_lines(text.as_bytes()).code_lines, [1, 4, 5, 8, 10]);
    let comments = Syntax::read(text.as_bytes()).comments;
    let told: Vec<_> = comments.iter().map(|one| (one.place.line, one.is_trailing)).collect();
    assert_eq!(told, [(3, false), (5, true), (9, false)]);
}

#[test]
fn constraints_tell_which_files_are_built() {
    let platform = Platform { system: "linux", architecture: "amd64" };
    let built = |name: &str, text: &str| is_built(name, text.as_bytes(), platform);
    for (name, expected) in [
        ("a.go", Some(true)),
        ("a_test.go", Some(false)),
        ("_a.go", Some(false)),
        ("a.txt", Some(false)),
        ("linux.go", Some(true)),
        ("a_linux.go", Some(true)),
        ("a_windows.go", Some(false)),
        ("a_unix.go", Some(true)),
        ("a_linux_arm64.go", Some(false)),
        ("windows_a.go", Some(true)),
    ] {
        assert_eq!(built(name, "package a\n"), expected, "{name}");
    }
    for (line, expected) in [
        ("//go:build ignore", None),
        ("//go:build linux && !arm64", Some(true)),
        ("//go:build windows || custom", None),
        ("//go:build windows && custom", Some(false)),
        ("//go:build !(unix || plan9)", Some(false)),
        ("//go:build go1.21", None),
        ("//go:build unix // why", Some(true)),
        ("//go:build (", None),
        ("// +build linux", None),
        ("// go:build ignore", Some(true)),
    ] {
        assert_eq!(built("a.go", &format!("{line}\n\npackage a\n")), expected, "{line}");
    }
    // Behind the package clause it is a comment.
    assert_eq!(built("a.go", "package a\n//go:build ignore\n"), Some(true));
    assert_eq!(built("a.go", "package a\n\nimport \"C\"\n"), None);
}

proptest! {
    #[test]
    fn any_text_is_read(text in "[a-z{}()\\[\\];:\n\"'`/*. =func]{0,200}") {
        let syntax = Syntax::with_lines(text.as_bytes());
        prop_assert!(syntax.statements.is_sorted_by_key(|statement| statement.start));
        prop_assert!(syntax.bodies.iter().all(|body| body.open <= body.close));
        prop_assert!(syntax.code_lines.is_sorted());
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Syntax::read(&bytes);
        let _ = is_built("a.go", &bytes, Platform { system: "linux", architecture: "arm64" });
    }
}

#[test]
fn no_nesting_exhausts_the_stack_and_what_is_passed_over_is_told() {
    let deep = 100_000;
    for (open, inside, close) in [
        ("a: ", "x()", ""),
        ("a: for { ", "x()", " }"),
        ("{ ", "x()", " }"),
        ("if x { ", "y()", " }"),
        ("f(func() { ", "x()", " })"),
        ("switch { case x: ", "y()", " }"),
        ("select { default: ", "y()", " }"),
        ("var x func(", "", ")"),
        ("f(", "", ")"),
        ("x := [", "", "]int{}"),
        ("x := struct { a ", "int", " }{}"),
    ] {
        let text = format!(
            "package m\n\nfunc f() {{\n{}{inside}{}\n}}\n",
            open.repeat(deep),
            close.repeat(deep)
        );
        let syntax = Syntax::read(text.as_bytes());
        let holds_statements =
            !matches!(open, "f(" | "x := [" | "x := struct { a " | "var x func(");
        assert_eq!(syntax.is_too_deep, holds_statements, "{open}");
        let shallow = format!("package m\nfunc f() {{\n{open}{inside}{close}\n}}\n");
        assert!(!Syntax::read(shallow.as_bytes()).is_too_deep, "{open}");
    }
}
