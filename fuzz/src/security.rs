//! Reports of scanners and ignore files, which a pull request can bring. A panic is a finding.

use robot_security_gate::evidence::Scan;
use robot_security_gate::{formats, merge};

/// The same report read twice adds no row, and the worst finding stays the worst row.
fn merged(scan: &Scan) {
    let rows = merge::merge(vec![scan.clone()]).0;
    let twice = merge::merge(vec![scan.clone(), scan.clone()]).0;
    assert_eq!(rows.len(), twice.len());
    assert!(rows.len() <= scan.findings.len());
    assert_eq!(rows.is_empty(), scan.findings.is_empty());
    let worst = scan.findings.iter().map(|finding| finding.severity).max();
    assert_eq!(rows.iter().map(|row| row.severity).max(), worst);
}

/// gosec JSON.
pub fn gosec(bytes: &[u8]) {
    formats::gosec(bytes).iter().for_each(merged);
}

/// govulncheck's stream.
pub fn govulncheck(bytes: &[u8]) {
    formats::govulncheck(bytes).iter().for_each(merged);
}

/// trivy JSON.
pub fn trivy(bytes: &[u8]) {
    formats::trivy(bytes).iter().for_each(merged);
}

/// SARIF.
pub fn sarif(bytes: &[u8]) {
    formats::sarif(bytes).iter().for_each(merged);
}

/// OpenVEX.
pub fn openvex(bytes: &[u8]) {
    let _ = formats::openvex(bytes);
}

/// Our ignore file and those of other scanners.
pub fn ignore_files(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = formats::ignore_file(text);
    for name in [".trivyignore", ".trivyignore.yaml", "osv-scanner.toml"] {
        let _ = formats::foreign_ignore_file(name, text);
    }
}
