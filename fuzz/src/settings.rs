//! robot.yml, which a pull request can change. A panic is a finding.

use robot_settings::ConfigFile;

/// Broken files are refused with their name; what is read knows its sections.
pub fn robot_yml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match ConfigFile::parse(text, "robot.yml") {
        Ok(file) => {
            let _ = file.refuse_unknown_sections(&["ci", "go-test"], true);
        }
        Err(failure) => assert!(failure.to_string().contains("robot.yml"), "{failure}"),
    }
}
