//! What `summary` asks of GitHub and what the fake answers, held against GitHub's description by somebody
//! else's checker: <https://github.com/stoplightio/prism> between the two.

use robot_process::Cancellation;
use robot_testkit::{Event, FakeGitHub, Runner, tool, write};
use serde_json::json;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};

/// The checker in front of a server; what does not fit the description is answered with an error.
struct Prism {
    child: Child,
    url: String,
}

impl Prism {
    #[expect(clippy::disallowed_methods, reason = "it runs beside the test until that ends")]
    fn before(server: &str) -> Self {
        let description = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testkit/github/api.json");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = std::process::Command::new(tool("ROBOT_TEST_PRISM"))
            .args(["proxy", "--errors", "--host=127.0.0.1", "--port", &port.to_string()])
            .arg(description)
            .arg(server)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("Prism is listening")), "it did not start");
        // What it has to say is in its answers; it would wait for who reads nothing.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, url: format!("http://127.0.0.1:{port}") }
    }
}

impl Prism {
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).unwrap();
        let request = format!(
            "GET /repos/acme/robot/{path} HTTP/1.0\r\nAuthorization: Bearer x\r\nUser-Agent: x\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

#[test]
fn requests_and_answers_are_githubs_by_another_checker() {
    let sha = "3".repeat(40);
    let github = FakeGitHub::start(30);
    let prism = Prism::before(github.url());
    github.pull_request(7, "open", &sha, "acme/robot");
    github.run(42, "pull_request", "failure", &sha, "acme/robot");
    let runner = Runner::new(&Event::pull_request(7, &sha, false))
        .set("GITHUB_API_URL", &prism.url)
        .set("GITHUB_TOKEN", "secret-token");
    let findings: Vec<_> = (0..60)
        .map(|line| {
            json!({ "level": "error", "rule": "fail", "title": format!("Test{line} fail"), "detail": "want 1",
                    "location": { "path": "leaf/leaf_test.go", "line": line + 1 } })
        })
        .collect();
    let result = json!({
        "schema": "robot.report/v1", "tool": "go-test", "version": "0.1.0",
        "run": { "repository": "acme/robot", "run_id": 42, "attempt": 1, "head_sha": sha },
        "verdict": "fail", "exit_code": 10, "outputs": null, "input_digest": "",
        "report": { "headline": "60 tests failed", "blocks": [
            { "kind": "findings", "title": "Failed", "findings": findings },
        ]},
    });
    let artifacts = runner.path("artifacts");
    write(&artifacts.join("robot-result-robot/go-test.result.json"), &result.to_string());
    github.artifacts_in(42, artifacts.clone());
    let folder = runner.path("work");
    std::fs::create_dir(&folder).unwrap();
    for posted in ["created", "unchanged"] {
        let step = runner.step(env!("CARGO_BIN_EXE_robot"), &folder);
        let step = step.args(["summary", "--check-run", "--results"]).arg(&artifacts);
        let finished = step.run(&Cancellation::default()).unwrap();
        let said = [finished.stdout.as_slice(), &finished.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        let outputs = &runner.result("summary")["outputs"];
        assert_eq!(outputs["posted"], posted, "{said}");
        assert!(outputs["check-run-id"].is_u64(), "{said}");
        assert!(github.checks()[0].annotations.len() >= 50, "{said}");
    }
    assert_eq!(github.comments().len(), 1);
    let body = &github.comments()[0].body;
    assert!(body.contains("Test0 fail"), "{body}");
    // Archives come from another server, to which the checker would go itself: they are listed here, and
    // fetched in the tests of `summary`.
    for path in [
        "actions/runs/42",
        "actions/runs/42/attempts/1",
        "actions/runs/42/attempts/1/jobs?per_page=100",
        "actions/runs/42/artifacts?per_page=100",
        "pulls/7",
        "pulls?state=open&head=acme:change",
    ] {
        let answer = prism.get(path);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    // The checker is in the way of every request, and refuses what it does not know.
    let refused = prism.get("nothing");
    assert!(refused.contains("NO_PATH_MATCHED"), "{refused}");
}
