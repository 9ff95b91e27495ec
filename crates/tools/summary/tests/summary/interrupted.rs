//! A job that is cancelled while GitHub does not answer.

use crate::world::World;
use robot_process::Cancellation;
use std::io::Read as _;
use std::net::TcpListener;

#[test]
fn a_cancelled_job_leaves_its_result_whatever_github_does() {
    let world = World::pull_request();
    world.passing();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let step = world.runner.step(env!("CARGO_BIN_EXE_robot-summary"), &world.runner.path(""));
    let step = step.env("GITHUB_API_URL", url).arg("--patience=60");
    let job = Cancellation::default();
    let cancelled = job.clone();
    let running = std::thread::spawn(move || step.run(&cancelled).unwrap());
    let (mut asking, _) = silent.accept().unwrap();
    assert!(asking.read(&mut [0; 1]).unwrap() > 0);
    job.cancel();
    // A step that goes on waiting is killed, and has no code.
    assert_eq!(running.join().unwrap().code, Some(130));
    let result = world.runner.result("summary");
    assert_eq!(result["exit_code"], 130, "{result}");
}

#[test]
fn what_to_do_fits_what_was_in_the_way() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, proxy, hint) in [
        (format!("http://{gone}"), "", "hint: run the job again"),
        (
            "https://api.github.invalid".to_owned(),
            "socks5://u:secret@x",
            "`https_proxy` is not a valid",
        ),
    ] {
        let world = World::pull_request();
        let variables = [("GITHUB_API_URL", &*url), ("https_proxy", proxy)];
        let (code, result) = world.run_as(&[], &variables);
        let report = result["report"].to_string();
        assert!(report.contains(hint) && !report.contains("permissions"), "{code:?}: {report}");
        assert!(!report.contains("secret"), "{report}");
    }
}
