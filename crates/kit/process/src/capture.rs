//! Captures the head and the tail of output, within a limit.

/// Keeps the head and the tail of a stream within a cap of bytes, half each, or its tail alone.
#[derive(Debug)]
pub(crate) struct Capture {
    head: Vec<u8>,
    tail: std::collections::VecDeque<u8>,
    head_cap: usize,
    tail_cap: usize,
    cut: u64,
}

impl Capture {
    pub(crate) fn new(cap: usize) -> Self {
        Self::within(cap / 2, cap / 2)
    }

    /// Keeps only the end.
    pub(crate) fn of_tail(cap: usize) -> Self {
        Self::within(0, cap)
    }

    fn within(head_cap: usize, tail_cap: usize) -> Self {
        let (head, tail) = (Vec::new(), std::collections::VecDeque::new());
        Self { head, tail, head_cap, tail_cap, cut: 0 }
    }

    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        let room = self.head_cap - self.head.len();
        let taken = room.min(bytes.len());
        self.head.extend_from_slice(&bytes[..taken]);
        bytes = &bytes[taken..];
        self.tail.extend(bytes);
        let over = self.tail.len().saturating_sub(self.tail_cap);
        self.tail.drain(..over);
        self.cut += over as u64;
    }

    /// The captured output, with a note of how much was cut in between.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.head);
        if self.cut > 0 {
            bytes.extend_from_slice(format!("\n… {} bytes cut …\n", self.cut).as_bytes());
        }
        bytes.extend(self.tail.drain(..));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::Capture;

    #[test]
    fn head_and_tail_stay_and_the_cut_is_said() {
        let mut capture = Capture::new(8);
        for byte in b"abcdefghijkl" {
            capture.push(&[*byte]);
        }
        assert_eq!(String::from_utf8_lossy(&capture.take()), "abcd\n… 4 bytes cut …\nijkl");
        let mut whole = Capture::new(8);
        whole.push(b"12345678");
        assert_eq!(whole.take(), b"12345678");
    }
}
