//! Runs that could get in each other's way, and terminals that show little.

use robot_process::{Cancellation, Command};
use robot_testkit::write;
use std::path::Path;

/// `robot ci` on a laptop, with all that it keeps below `home`.
fn ci(checkout: &Path, home: &Path) -> Command {
    Command::new(env!("CARGO_BIN_EXE_robot"))
        .arg("ci")
        .current_directory(checkout)
        .without(|name| name == "RUNNER_TEMP" || name == "GITHUB_ACTIONS")
        .env("XDG_CACHE_HOME", home)
}

#[test]
fn two_runs_in_one_checkout_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let checkout = folder.path().join("checkout");
    // Only the first run waits for the gate.
    let line = "echo begins >>order; [ -e begun ] || { touch begun; cat gate; }; echo ends >>order";
    let steps = format!("ci: {{steps: [{{name: only, run: '{line}'}}]}}\n");
    write(&checkout.join("robot.yml"), &steps);
    Command::shell("mkfifo gate")
        .current_directory(&checkout)
        .run(&Cancellation::default())
        .unwrap();
    let open_gate = || std::fs::write(checkout.join("gate"), "").unwrap();
    std::thread::scope(|scope| {
        let run = || ci(&checkout, folder.path()).run(&Cancellation::default()).unwrap().code;
        let first = scope.spawn(run);
        while !checkout.join("begun").exists() {
            std::thread::yield_now();
        }
        let mut waits = false;
        let second = ci(&checkout, folder.path())
            .stream(&Cancellation::default(), &mut |_, line| {
                if String::from_utf8_lossy(line)
                    .contains("waiting for another `robot ci` in this checkout")
                {
                    waits = true;
                    open_gate();
                }
            })
            .unwrap();
        if !waits {
            open_gate();
        }
        assert_eq!((first.join().unwrap(), second.code, waits), (Some(0), Some(0), true));
    });
    let order = std::fs::read_to_string(checkout.join("order")).unwrap();
    assert_eq!(order, "begins\nends\nbegins\nends\n");
}

#[test]
fn checkouts_with_similar_names_keep_their_results_apart() {
    let folder = tempfile::tempdir().unwrap();
    let places = ["a-b", "a/b", "a_b", "A-b"];
    let results = |place: &str| {
        let checkout = folder.path().join("work").join(place);
        write(&checkout.join("robot.yml"), "ci: {steps: [{name: only, run: 'true'}]}\n");
        let finished = ci(&checkout, &folder.path().join("cache")).run(&Cancellation::default());
        let finished = finished.unwrap();
        assert_eq!(finished.code, Some(0));
        let said = String::from_utf8_lossy(&finished.stdout).into_owned();
        let page = said.lines().find_map(|line| line.trim().strip_prefix("report as a page: "));
        page.unwrap().to_owned()
    };
    let pages: std::collections::BTreeSet<String> = places.into_iter().map(results).collect();
    assert_eq!(pages.len(), places.len(), "{pages:?}");
    assert!(pages.iter().all(|page| Path::new(page).is_file()), "{pages:?}");
}

/// `script` gives the program a terminal.
#[test]
fn a_dumb_terminal_shows_whole_lines() {
    let folder = tempfile::tempdir().unwrap();
    let checkout = folder.path().join("checkout");
    let steps =
        "ci: {steps: [{name: first, run: 'echo said'}, {name: broken, run: 'echo why; exit 1'}]}\n";
    write(&checkout.join("robot.yml"), steps);
    let shown = |terminal: &str| {
        let line = format!("'{}' ci", env!("CARGO_BIN_EXE_robot"));
        let command = Command::new("script").args(["-q", "-e", "-c", &line, "/dev/null"]);
        let command = command
            .current_directory(&checkout)
            .without(|name| name == "RUNNER_TEMP" || name == "GITHUB_ACTIONS" || name == "NO_COLOR")
            .env("XDG_CACHE_HOME", folder.path())
            .env("TERM", terminal);
        let finished = command.run(&Cancellation::default()).unwrap();
        assert_eq!(finished.code, Some(10));
        String::from_utf8(finished.stdout).unwrap()
    };
    let dumb = shown("dumb");
    assert!(!dumb.contains('\x1b'), "{dumb:?}");
    for line in ["▶ first", "▶ broken", "    why"] {
        assert!(dumb.lines().any(|shown| shown.trim_end() == line), "{line}: {dumb}");
    }
    assert!(dumb.lines().any(|line| line.starts_with("✗ broken fail")), "{dumb}");
    assert!(dumb.lines().all(|line| !line.trim_end().contains('\r')), "{dumb:?}");
    // Another one redraws its lines.
    assert!(shown("xterm").contains('\x1b'));
}
