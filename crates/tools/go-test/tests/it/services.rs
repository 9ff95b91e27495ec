//! Services that a layer's tests need: ready before, gone after, and never a reason to be green.

use crate::module::{Module, PASSING, package};
use robot_process::{Cancellation, Command};
use robot_testkit::wait_until;

/// A port that was free a moment ago.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_service_is_ready_before_its_layer_and_stopped_after_it() {
    let port = free_port();
    let ask = format!(
        "\tanswer, err := http.Get(\"http://127.0.0.1:{port}/\")\n\tif err != nil || answer.StatusCode != 200 {{\n\t\tt.Fatal(err)\n\t}}"
    );
    let (path, source) = package("asks", "\t\"net/http\"\n", &ask);
    let module = Module::new(&[(&path, &format!("//go:build integration\n\n{source}"))]);
    module.write(
        "robot.yml",
        &format!(
            "go-test:
  layers:
    integration:
      services:
        - name: files
          command: exec python3 -m http.server --bind 127.0.0.1 {port}
          ready: http://127.0.0.1:{port}/
"
        ),
    );
    let (finished, result) = module.test(&["--coverage=false"]);
    assert_eq!(finished.code, Some(0), "{result}");
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "the service still runs");
    let log = module.folder.path().join("results/robot/go-test/integration-files.log");
    assert!(std::fs::read_to_string(log).unwrap().contains("GET /"));
}

#[test]
fn a_service_that_never_gets_ready_fails_its_layer_with_what_it_said() {
    let module = Module::new(&[("m_test.go", PASSING), ("testdata/answer", "42")]);
    module.write(
        "robot.yml",
        "go-test:
  layers:
    integration:
      services:
        - {name: broken, command: 'echo no database; exit 4', ready: 'http://127.0.0.1:9/'}
",
    );
    let (finished, result) = module.test(&["--coverage=false"]);
    assert_eq!((finished.code, &result["cause"]), (Some(10), &"setup-fail".into()), "{result}");
    let report = result["report"].to_string();
    assert!(report.contains("no database") && report.contains("code 4"), "{report}");
    let junit = module.junit();
    assert!(
        junit.contains("<error type=\"setup-fail\"") && junit.contains("no database"),
        "{junit}"
    );
}

/// robot.yml with one service of layer `integration` at `port`.
fn with_service(port: u16, command: &str) -> String {
    format!(
        "go-test:
  layers:
    unit: false
    integration:
      services:
        - name: server
          command: {command}
          ready: http://127.0.0.1:{port}/
"
    )
}

#[test]
fn the_tests_are_not_run_against_somebody_elses_server() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            use std::io::{Read as _, Write as _};
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    let module = Module::new(&[("m_test.go", PASSING), ("testdata/answer", "42")]);
    module.write("robot.yml", &with_service(port, "touch started; exit 1"));
    let (finished, result) = module.test(&["--coverage=false"]);
    assert_eq!((finished.code, &result["cause"]), (Some(10), &"setup-fail".into()), "{result}");
    assert!(result["report"].to_string().contains("another program already responds"), "{result}");
    assert!(!module.folder.path().join("started").exists());
}

#[test]
fn a_service_that_breaks_down_under_the_tests_is_told_and_never_green() {
    let port = free_port();
    let ask = format!(
        "\tif _, err := http.Get(\"http://127.0.0.1:{port}/\"); err != nil {{\n\t\tt.Fatal(err)\n\t}}\n\tfor {{\n\t\tif _, err := http.Get(\"http://127.0.0.1:{port}/\"); err != nil {{\n\t\t\tbreak\n\t\t}}\n\t}}"
    );
    let (path, source) = package("asks", "\t\"net/http\"\n", &ask);
    let module = Module::new(&[(&path, &source)]);
    let server = format!(
        "import http.server, sys\nserver = http.server.HTTPServer(('127.0.0.1', {port}), http.server.SimpleHTTPRequestHandler)\nserver.handle_request()\nserver.handle_request()\nsys.exit(3)\n"
    );
    module.write("server.py", &server);
    module.write("robot.yml", &with_service(port, "exec python3 server.py"));
    let (finished, result) = module.test(&["--coverage=false"]);
    assert_eq!((finished.code, &result["cause"]), (Some(10), &"service-gone".into()), "{result}");
    assert_eq!(result["outputs"]["passed"], 1);
    assert!(
        result["report"].to_string().contains("ended with code 3 while the tests ran"),
        "{result}"
    );
}

#[test]
fn an_interrupted_run_leaves_its_result_and_no_service_even_a_stubborn_one() {
    let port = free_port();
    let (path, source) =
        package("waits", "\t\"os\"\n", "\t_ = os.WriteFile(\"running\", nil, 0o600)\n\tselect {}");
    let module = Module::new(&[(&path, &source)]);
    let stubborn = format!("trap '' TERM; exec python3 -m http.server --bind 127.0.0.1 {port}");
    module.write("robot.yml", &with_service(port, &format!("\"{stubborn}\"")));
    let finished = std::thread::scope(|scope| {
        let run = scope
            .spawn(|| module.command(&["--coverage=false"]).run(&Cancellation::default()).unwrap());
        let running = module.folder.path().join("waits/running");
        wait_until("the test runs", || running.exists());
        let processes = robot_testkit::processes_in(module.folder.path());
        let (tool, _) = processes.iter().find(|(_, last)| last == "--coverage=false").unwrap();
        let kill = Command::new("kill").args(["-INT", &tool.to_string()]);
        assert!(kill.run(&Cancellation::default()).unwrap().success());
        run.join().unwrap()
    });
    assert_eq!(finished.code, Some(130));
    assert_eq!(module.result()["cause"], "interrupted", "{}", module.result());
    // What is killed takes a moment to go; the service by itself would never end.
    let is_gone = || robot_testkit::processes_in(module.folder.path()).is_empty();
    wait_until("the service is gone", is_gone);
}

/// A service starts when the packages have been listed and not yet been built.
#[test]
fn a_pass_of_sources_that_changed_meanwhile_is_not_kept_for_those_before() {
    let (broken, mended) = ("package m\n\nconst Answer = 1\n", "package m\n\nconst Answer = 42\n");
    let test = "package m\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) {\n\tif Answer != 42 {\n\t\tt.Fatal(Answer)\n\t}\n}\n";
    let module = Module::new(&[("m.go", broken), ("m_test.go", test), ("other", mended)]);
    let port = free_port();
    module.write(
        "robot.yml",
        &format!(
            "go-test:
  layers:
    unit:
      race: false
      services:
        - name: editor
          command: cp other m.go && exec python3 -m http.server --bind 127.0.0.1 {port}
          ready: http://127.0.0.1:{port}/
"
        ),
    );
    let (finished, result) = module.test(&["--coverage=false"]);
    assert_eq!(finished.code, Some(0), "{result}");
    assert!(result["report"].to_string().contains("sources changed while"), "{result}");
    module.write("m.go", broken);
    module.write("robot.yml", "go-test: {layers: {unit: {race: false}}}\n");
    let (finished, result) = module.test(&["--coverage=false"]);
    assert_eq!(finished.code, Some(10), "{result}");
}
