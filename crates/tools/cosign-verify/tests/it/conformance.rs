//! The vectors of Sigstore's conformance suite, through the command line that it speaks.

use robot_process::Cancellation;
use robot_testkit::{conformance_vectors, scrubbed};

/// Their key or trusted root is not one: that is a wrong setting, before anything is judged.
const WRONG_SETTING: [&str; 2] =
    ["managed-key-wrong-key_fail", "trust-root-tlog-missing-validity-start_fail"];

/// Runs the suite's command line; whether it accepts.
fn accepts(name: &str, arguments: &[String], folder: &std::path::Path) -> bool {
    let command = scrubbed(env!("CARGO_BIN_EXE_robot-cosign-verify"))
        .current_directory(folder)
        .args(arguments);
    let finished = command.run(&Cancellation::default()).unwrap();
    let code = finished.code.unwrap();
    let expected: &[i32] = if WRONG_SETTING.contains(&name) { &[2] } else { &[0, 10, 11] };
    let said = String::from_utf8_lossy(&finished.stderr);
    assert!(expected.contains(&code), "{name}: {code}: {said}");
    code == 0
}

#[test]
fn all_vectors_by_path_and_by_digest() {
    let vectors = conformance_vectors();
    assert_eq!(vectors.len(), 70);
    let cache = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for vector in &vectors {
        for artifact in [vector.artifact.display().to_string(), vector.digest()] {
            let mut arguments = vec!["verify-bundle".to_owned()];
            arguments.extend(vector.arguments());
            arguments.push(artifact.clone());
            if accepts(&vector.name, &arguments, cache.path()) != vector.is_valid {
                wrong.push(format!("{} {artifact}", vector.name));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}
