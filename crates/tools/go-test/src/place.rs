//! Finds the line of the repository at which a test failed.

use robot_contract::Checkout;
use robot_go_command::Modules;
use robot_model::Location;
use std::path::{Path, PathBuf};

/// Converts the output of a failed test to a location in the checkout.
pub(crate) struct Places {
    modules: Modules,
    root: PathBuf,
    checkout: Checkout,
}

/// A file below the root, and a line of it.
type Line = (PathBuf, u32);

impl Places {
    /// Places below `root`, the working folder of `checkout`.
    pub(crate) fn read(root: &Path, checkout: Checkout) -> Self {
        Self { modules: Modules::read(root), root: root.to_owned(), checkout }
    }

    /// The location in the repository at which a test of `package` with this output failed.
    ///
    /// This is the first stack frame in the repository that the runtime printed; otherwise the first line that is not only
    /// logged, because go marks messages of `t.Log` and `t.Error` in the same way.
    pub(crate) fn locate(&self, package: &str, output: &str) -> Option<Location> {
        let of_runtime = |line: &str| {
            ["panic: ", "fatal error: ", "WARNING: DATA RACE"].iter().any(|it| line.starts_with(it))
        };
        let mut trace = output.lines().skip_while(|line| !of_runtime(line));
        let mut logged = None;
        let mut failed = || {
            output.lines().find_map(|line| {
                let place = self.log_line(package, line)?;
                let is_logged = self.is_logged(&place);
                logged = logged.take().or_else(|| is_logged.then(|| place.clone()));
                (!is_logged).then_some(place)
            })
        };
        let in_trace = trace.find_map(|line| self.stack_frame(line)).or_else(&mut failed);
        let any_frame = || output.lines().find_map(|line| self.stack_frame(line));
        let (path, line) = in_trace.or_else(any_frame).or(logged)?;
        self.checkout.line(path, line)
    }

    /// Whether the source at this location only logs or skips.
    fn is_logged(&self, (path, line): &Line) -> bool {
        let text = fs_err::read_to_string(self.root.join(path)).unwrap_or_default();
        let line = text.lines().nth(*line as usize - 1);
        let calls = [".Log(", ".Logf(", ".Skip(", ".Skipf("];
        line.is_some_and(|line| calls.iter().any(|call| line.contains(call)))
    }

    /// `    robot_test.go:12: got 1`, as testing.T logs it, relative to the package's folder.
    fn log_line(&self, package: &str, line: &str) -> Option<Line> {
        let (file, line) = file_and_line(line.trim_start()).filter(|(_, line)| *line > 0)?;
        if file.contains([' ', '\\']) || file.starts_with('/') || file.contains("..") {
            return None;
        }
        if file.contains('/') {
            // `./robot.go:5:2: undefined`, as the compiler prints it, relative to go's working folder.
            let path = Path::new(file.trim_start_matches("./"));
            return self.root.join(path).is_file().then(|| (path.to_owned(), line));
        }
        let path = self.modules.folder(package)?.join(file);
        self.root.join(&path).is_file().then_some((path, line))
    }

    /// `/root/robot/internal/x.go:12 +0x1d`, as in a stack trace.
    fn stack_frame(&self, line: &str) -> Option<Line> {
        let (file, line) = file_and_line(line.trim())?;
        let path = Path::new(file).strip_prefix(&self.root).ok()?;
        Some((path.to_owned(), line))
    }
}

fn file_and_line(text: &str) -> Option<(&str, u32)> {
    let end = text.find(".go:")? + ".go".len();
    let digits = &text[end + 1..];
    let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    Some((&text[..end], digits[..length].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_lines_and_stack_frames_point_into_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("pkg/echo")).unwrap();
        std::fs::write(root.join("go.mod"), "module example.com/robot\n").unwrap();
        std::fs::write(root.join("pkg/echo/echo_test.go"), "").unwrap();
        let modules = Places::read(root, Checkout::new(root, Path::new("")));
        let found =
            modules.locate("example.com/robot/pkg/echo", "=== RUN\n    echo_test.go:7: no\n");
        assert_eq!(found.unwrap().shown(), "pkg/echo/echo_test.go:7");
        let frame = format!(
            "panic: x\n\t/usr/lib/go/src/panic.go:1\n\t{}/pkg/a.go:31 +0x1\n",
            root.display()
        );
        assert_eq!(modules.locate("example.com/robot/pkg", &frame).unwrap().shown(), "pkg/a.go:31");
        assert_eq!(modules.locate("other.org/m", "    x_test.go:1: a"), None);
    }
}
