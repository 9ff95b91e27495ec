//! Waits for another process.

use std::time::{Duration, Instant};

/// Longer than anything takes on a busy machine, and shorter than a job's patience.
const DEADLINE: Duration = Duration::from_secs(120);

/// Waits until `holds` holds; ends the test with `what` when it does not within two minutes.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited for two minutes in vain: {what}");
        // Yields, so that the other process can run.
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(test)]
mod tests {
    use super::wait_until;

    #[test]
    fn waiting_ends_when_it_holds() {
        let mut asked = 0;
        wait_until("the third time", || {
            asked += 1;
            asked == 3
        });
        assert_eq!(asked, 3);
    }
}
