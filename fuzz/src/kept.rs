//! Kept verdicts, which a cache hands on. A panic is a finding.

use robot_kept::Record;

/// What is read is read again when written, and a record without its end is none.
pub fn kept_verdict(bytes: &[u8]) {
    let Ok(record) = Record::read(bytes) else { return };
    let written = record.write().unwrap_or_default();
    assert!(Record::read(&written).is_ok());
    assert!(Record::read(&written[..written.len() - 1]).is_err());
}
