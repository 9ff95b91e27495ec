//! A pass is repeated while all that it was reached from is as it was, and only then: with the real go.

use crate::module::Module;
use robot_testkit::scrubbed;
use serde_json::Value;
use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Packages with one test each, by what it depends on.
const PACKAGES: &[(&str, &str)] = &[
    ("alone", "func TestX(t *testing.T) {}"),
    (
        "testmain",
        "func TestMain(m *testing.M) {\n\t_, _ = os.ReadFile(\"testdata/x\")\n\tos.Exit(m.Run())\n}\nfunc TestX(t *testing.T) {}",
    ),
    (
        "variable",
        "var golden, _ = os.ReadFile(\"testdata/x\")\n\nfunc TestX(t *testing.T) { _ = golden }",
    ),
    (
        "initial",
        "func init() { _, _ = os.ReadFile(\"testdata/x\") }\n\nfunc TestX(t *testing.T) {}",
    ),
    (
        "child",
        "func TestX(t *testing.T) {\n\tif err := exec.Command(\"/bin/sh\", \"-c\", \"cat testdata/x\").Run(); err != nil {\n\t\tt.Fatal(err)\n\t}\n}",
    ),
    ("above", "func TestX(t *testing.T) { _, _ = os.ReadFile(\"../../beside/x\") }"),
    ("glob", "func TestX(t *testing.T) { _, _ = filepath.Glob(\"testdata/*.txt\") }"),
    ("absent", "func TestX(t *testing.T) { _, _ = os.Stat(\"testdata/later\") }"),
    ("link", "func TestX(t *testing.T) { _, _ = os.ReadFile(\"testdata/link\") }"),
    ("named", "func TestX(t *testing.T) { _, _ = os.Readlink(\"testdata/link\") }"),
    ("mode", "func TestX(t *testing.T) { _, _ = os.Stat(\"testdata/x\") }"),
    (
        "descriptor",
        "func TestX(t *testing.T) {\n\tif err := os.Chdir(\"testdata\"); err != nil {\n\t\tt.Fatal(err)\n\t}\n\t_, _ = os.ReadFile(\"/proc/self/cwd/x\")\n}",
    ),
    (
        "temporary",
        "func TestX(t *testing.T) {\n\tfolder := t.TempDir()\n\t_ = os.WriteFile(filepath.Join(folder, \"x\"), nil, 0o600)\n\t_ = os.Symlink(\"/proc/self/cwd/../m/temporary/testdata\", filepath.Join(folder, \"link\"))\n\twork, _ := os.Getwd()\n\t_ = os.Symlink(filepath.Join(work, \"testdata\"), filepath.Join(folder, \"real\"))\n\tif _, err := os.ReadFile(filepath.Join(folder, \"real/x\")); err != nil {\n\t\tt.Fatal(err)\n\t}\n}",
    ),
    (
        "server",
        "func TestX(t *testing.T) {\n\tlistener, err := net.Listen(\"tcp\", \"127.0.0.1:0\")\n\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n\tgo func() { _, _ = listener.Accept() }()\n\tif _, err = net.Dial(\"tcp\", listener.Addr().String()); err != nil {\n\t\tt.Fatal(err)\n\t}\n\tpacket, err := net.ListenPacket(\"udp\", \"127.0.0.1:0\")\n\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n\t_, _ = packet.WriteTo(nil, packet.LocalAddr())\n}",
    ),
];

/// Packages whose pass is never repeated, and what is said of each.
const NEVER: &[(&str, &str, &str)] = &[
    (
        "writes",
        "func TestX(t *testing.T) { _ = os.WriteFile(\"out\", nil, 0o600) }",
        "the process changed ",
    ),
    (
        "dials",
        "func TestX(t *testing.T) { _, _ = net.Dial(\"tcp\", \"127.0.0.1:1\") }",
        "the process connected to 127.0.0.1:1",
    ),
    (
        "sends",
        "func TestX(t *testing.T) {\n\tsocket, err := net.ListenPacket(\"udp\", \"127.0.0.1:0\")\n\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n\taddress, _ := net.ResolveUDPAddr(\"udp\", \"127.0.0.1:1\")\n\t_, _ = socket.WriteTo([]byte(\"x\"), address)\n}",
        "the process connected to 127.0.0.1:1",
    ),
    (
        "leaves",
        "func TestX(t *testing.T) {\n\tif err := exec.Command(\"/bin/sh\", \"-c\", \"sleep 1000 >/dev/null 2>&1 &\").Run(); err != nil {\n\t\tt.Fatal(err)\n\t}\n}",
        "the process left other processes running",
    ),
];

fn source(name: &str, text: &str) -> String {
    let mut imports = vec!["testing"];
    imports.extend(["net", "os", "os/exec", "path/filepath"].iter().filter(|path| {
        let name = path.rsplit('/').next().unwrap();
        text.contains(&format!("{name}."))
    }));
    let imports: String = imports.iter().map(|path| format!("import \"{path}\"\n")).collect();
    format!("package {name}\n\n{imports}\n{text}\n")
}

fn module() -> (Module, PathBuf) {
    let module = Module::new(&[]);
    module.write("robot.yml", "go-test: {layers: {unit: {race: false}}}\n");
    module.write("beside/x", "1");
    // The module is below, so that there is something above it.
    module.write("m/go.mod", "module example.com/m\n\ngo 1.19\n");
    std::fs::remove_file(module.folder.path().join("go.mod")).unwrap();
    module.write("m/robot.yml", "go-test: {layers: {unit: {race: false}}}\n");
    let all = PACKAGES.iter().map(|(name, text)| (*name, *text));
    for (name, text) in all.chain(NEVER.iter().map(|(name, text, _)| (*name, *text))) {
        module.write(&format!("m/{name}/{name}_test.go"), &source(name, text));
        module.write(&format!("m/{name}/testdata/x"), "1");
        module.write(&format!("m/{name}/testdata/y"), "2");
        symlink("x", module.folder.path().join(format!("m/{name}/testdata/link"))).unwrap();
    }
    let folder = module.folder.path().join("m");
    (module, folder)
}

/// Packages that ran, and the report.
fn run(module: &Module, variables: &[(&str, &str)]) -> (BTreeSet<String>, Value) {
    let command = module.command(&["--coverage=false"]);
    let command = command.current_directory(module.folder.path().join("m"));
    let command =
        variables.iter().fold(command, |command, (name, value)| command.env(*name, *value));
    let finished = command.run(&robot_process::Cancellation::default()).unwrap();
    let result = module.result();
    assert_eq!(finished.code, Some(0), "{result}");
    let path = result["outputs"]["timings"].as_str().unwrap();
    let timings = crate::module::read(Path::new(path));
    let ran = timings["value"]["packages"].as_object().unwrap().keys();
    (ran.map(|path| path.trim_start_matches("example.com/m/").to_owned()).collect(), result)
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn a_pass_holds_while_what_it_was_reached_from_does() {
    let (module, folder) = module();
    let never = || NEVER.iter().map(|(name, ..)| *name);
    let all = names(PACKAGES.iter().map(|(name, _)| *name).chain(never()));
    let (ran, result) = run(&module, &[]);
    assert_eq!(ran, all);
    let report = result["report"].to_string();
    for (name, _, reason) in NEVER {
        assert!(report.contains(reason), "{name}: {report}");
    }
    std::fs::remove_file(folder.join("writes/out")).unwrap();
    assert_eq!(run(&module, &[]).0, names(never()));

    let write = |path: &str, text: &str| module.write(&format!("m/{path}"), text);
    let remove = |path: &str| std::fs::remove_file(folder.join(path)).unwrap();
    let relink = |path: &str| {
        remove(path);
        symlink("y", folder.join(path)).unwrap();
    };
    let changes: [(&str, &dyn Fn()); 14] = [
        ("testmain", &|| write("testmain/testdata/x", "2")),
        ("variable", &|| write("variable/testdata/x", "2")),
        ("initial", &|| write("initial/testdata/x", "2")),
        ("child", &|| write("child/testdata/x", "2")),
        ("above", &|| module.write("beside/x", "2")),
        ("glob", &|| write("glob/testdata/new.txt", "")),
        ("absent", &|| write("absent/testdata/later", "")),
        ("link", &|| relink("link/testdata/link")),
        ("named", &|| relink("named/testdata/link")),
        ("descriptor", &|| write("descriptor/testdata/x", "2")),
        ("temporary", &|| write("temporary/testdata/x", "2")),
        ("mode", &|| {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(folder.join("mode/testdata/x"), mode).unwrap();
        }),
        ("alone", &|| write("alone/more_test.go", "package alone\n")),
        // What nothing reads.
        ("", &|| write("alone/testdata/z", "")),
    ];
    for (name, change) in changes {
        let _ = std::fs::remove_file(folder.join("writes/out"));
        change();
        let (ran, result) = run(&module, &[]);
        let expected = names(never().chain(Some(name).filter(|name| !name.is_empty())));
        assert_eq!(ran, expected, "{name}: {result}");
    }
    // The same files again are the same result again; another variable is not.
    assert_eq!(run(&module, &[("GITHUB_RUN_ID", "7"), ("SHLVL", "9")]).0, names(never()));
    assert_eq!(run(&module, &[("BOT_MODE", "other")]).0, all);
}

#[test]
fn only_passes_that_are_whole_are_repeated() {
    let module = Module::new(&[("m_test.go", crate::module::PASSING), ("testdata/answer", "1")]);
    module.write("robot.yml", "go-test: {layers: {unit: {race: false}}}\n");
    let reused = |flags: &[&str]| module.test(flags).1["outputs"]["reused-packages"].clone();
    assert_eq!(reused(&[]), 0);
    assert_eq!(reused(&[]), 1);
    // Another way to build is another result.
    assert_eq!(reused(&["--coverage=false"]), 0);
    let results = module.folder.path().join("results/robot-history/verdicts");
    let entries = |folder: &Path| {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    for path in entries(&results).iter().flat_map(|subject| entries(subject)) {
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    }
    assert_eq!(reused(&[]), 0);
    module.write("testdata/answer", "");
    assert_eq!(module.test(&[]).0.code, Some(10));
    assert_eq!(module.test(&[]).0.code, Some(10));
}

/// Runs a shell line under observation; its exit code or signal, and the records.
fn observe(line: &str, tool: &str) -> (Option<i32>, Option<i32>, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path().to_str().unwrap();
    let line = line.replace("OBSERVE", &format!("{tool} observe reads {records}"));
    let command = scrubbed(tool);
    let command = command.args(["observe", "reads", records, "/bin/sh", "-c", line.as_str()]);
    let finished = command.run(&robot_process::Cancellation::default()).unwrap();
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let records = entries
        .map(|entry| crate::module::read(&entry.unwrap().path().join("reads.json")))
        .collect();
    (finished.code, finished.signal, records)
}

#[test]
fn an_observed_program_ends_as_it_would_by_itself() {
    let tool = env!("CARGO_BIN_EXE_robot-go-test");
    for (line, code, signal) in [
        ("exit 0", Some(0), None),
        ("exit 7", Some(7), None),
        ("kill -s SEGV $$", None, Some(11)),
        ("kill -s KILL $$", None, Some(9)),
    ] {
        let (ended, killed, records) = observe(line, tool);
        assert_eq!((ended, killed), (code, signal), "{line}");
        assert_eq!(records.len(), 1, "{line}");
        assert_eq!(records[0]["reasons"], serde_json::json!([]), "{line}");
    }
    // The kernel has one observer for a process: the inner one says that it sees nothing.
    let (code, _, records) = observe("OBSERVE /bin/sh -c 'exit 5'", tool);
    assert_eq!((code, records.len()), (Some(5), 2));
    let blind = records
        .iter()
        .filter(|record| record["reasons"].to_string().contains("this machine cannot observe"));
    assert_eq!(blind.count(), 1, "{records:?}");
}
