//! The vectors of Sigstore's conformance suite, through the command line that it speaks.

use robot_process::Cancellation;
use robot_testkit::{conformance_vectors, scrubbed};

/// Runs the suite's command line; whether it accepts.
fn accepts(arguments: &[String], folder: &std::path::Path) -> bool {
    let command = scrubbed(env!("CARGO_BIN_EXE_robot-cosign-verify"))
        .current_directory(folder)
        .args(arguments);
    let finished = command.run(&Cancellation::default()).unwrap();
    let code = finished.code.unwrap();
    assert!(matches!(code, 0 | 10 | 11), "{code}: {}", String::from_utf8_lossy(&finished.stderr));
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
            if accepts(&arguments, cache.path()) != vector.is_valid {
                wrong.push(format!("{} {artifact}", vector.name));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}
