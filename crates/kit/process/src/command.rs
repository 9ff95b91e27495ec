//! The builder of child processes, and the ways to run them.

use crate::group::{be_nice, start};
use crate::log_file::LogFile;
use crate::reading::read_stdout;
use crate::running::Running;
use crate::shell_line::write_line;
use crate::sink::{Captures, Lines, Sink};
use crate::{Background, Cancellation, Finished, ProcessError};
use robot_seal::{Seal, Specification};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, PipeReader, PipeWriter, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// A cancelled tool has 5 s in which its children must end and its evidence must be written.
const GRACE: Duration = Duration::from_secs(2);

/// The stream of a child that a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// A child process before its start: program, arguments, environment, limits.
#[derive(Debug, Clone)]
pub struct Command {
    program: OsString,
    arguments: Vec<OsString>,
    variables: BTreeMap<OsString, OsString>,
    environment: Option<BTreeMap<OsString, OsString>>,
    secrets: Secrets,
    directory: Option<PathBuf>,
    pub(crate) input: Option<Vec<u8>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) grace: Duration,
    pub(crate) output_cap: usize,
    niceness: u8,
    seal: Option<Seal>,
}

/// Variables that are never printed.
#[derive(Clone, Default)]
struct Secrets(BTreeMap<OsString, OsString>);

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl Command {
    /// A program with no arguments yet; inherits the environment, reads nothing.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            variables: BTreeMap::new(),
            environment: None,
            secrets: Secrets::default(),
            directory: None,
            input: None,
            timeout: None,
            grace: GRACE,
            output_cap: 4 * 1024 * 1024,
            niceness: 0,
            seal: None,
        }
    }

    /// A command line for bash, with the flags of GitHub's `shell: bash`: the first failure ends it. bash is started by
    /// its full path, independent of PATH.
    pub fn shell(line: &str) -> Self {
        Self::new("/bin/bash").args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", line])
    }

    /// Appends an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Appends arguments.
    #[must_use]
    pub fn args<T: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets an additional variable, which is shown when the command is printed.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Sets a variable that is never printed.
    #[must_use]
    pub fn secret_env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.secrets.0.insert(name.into(), value.into());
        self
    }

    /// Replaces the inherited environment.
    #[must_use]
    pub fn environment(mut self, variables: BTreeMap<OsString, OsString>) -> Self {
        self.environment = Some(variables);
        self
    }

    /// Removes variables from the inherited environment.
    #[must_use]
    pub fn without(mut self, is_left_out: impl Fn(&OsStr) -> bool) -> Self {
        let inherited = self.environment.unwrap_or_else(|| std::env::vars_os().collect());
        self.environment =
            Some(inherited.into_iter().filter(|(name, _)| !is_left_out(name)).collect());
        self
    }

    /// The variables that it will have, with the secret ones listed separately.
    pub fn variables(&self) -> [BTreeMap<OsString, OsString>; 2] {
        let inherited = self.environment.clone();
        let mut variables = inherited.unwrap_or_else(|| std::env::vars_os().collect());
        variables.extend(self.variables.clone());
        let secrets = self.secrets.0.clone();
        variables.retain(|name, _| !secrets.contains_key(name));
        [variables, secrets]
    }

    /// The folder to run in.
    #[must_use]
    pub fn current_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Bytes for standard input.
    #[must_use]
    pub fn stdin_bytes(mut self, bytes: Vec<u8>) -> Self {
        self.input = Some(bytes);
        self
    }

    /// Stops the group after this time.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Time between SIGTERM and SIGKILL; 2 s by default.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Bytes kept of each captured stream, head and tail; 4 MiB by default.
    #[must_use]
    pub fn output_cap(mut self, bytes: usize) -> Self {
        self.output_cap = bytes;
        self
    }

    /// Lowers its priority, from 1 to 19 (`man 2 nice`); its children inherit it.
    #[must_use]
    pub fn niceness(mut self, niceness: u8) -> Self {
        self.niceness = niceness;
        self
    }

    /// Seals it if this machine supports it ([`robot_seal::route`]); it then has no standard input.
    #[must_use]
    pub fn sealed(mut self, seal: Seal) -> Self {
        self.seal = Some(seal);
        self
    }

    /// Runs it and captures both streams.
    ///
    /// # Errors
    /// It cannot be started or waited for. A non-zero exit is not an error here.
    pub fn run(&self, cancellation: &Cancellation) -> Result<Finished, ProcessError> {
        let (out, err) = (Stdio::piped(), Stdio::piped());
        self.finish(cancellation, out, err, &mut Captures::new(self.output_cap))
    }

    /// Runs it and passes each line (without its end), in order of arrival, to `on_line` on the calling thread. A line
    /// of more than 1 MiB is passed in pieces.
    ///
    /// # Errors
    /// It cannot be started or waited for.
    pub fn stream(
        &self,
        cancellation: &Cancellation,
        on_line: &mut dyn FnMut(Stream, &[u8]),
    ) -> Result<Finished, ProcessError> {
        self.finish(cancellation, Stdio::piped(), Stdio::piped(), &mut Lines::new(on_line))
    }

    /// Runs it while `read` reads its standard output on the calling thread; standard error is captured. The output ends
    /// with the child. If `read` returns before the end, the pipe is closed, and a child that continues to write ends by
    /// SIGPIPE.
    ///
    /// # Errors
    /// It cannot be started or waited for, or `read` fails, which kills the child.
    pub fn read_stdout(
        &self,
        cancellation: &Cancellation,
        read: &mut dyn FnMut(&mut dyn BufRead) -> io::Result<()>,
    ) -> Result<Finished, ProcessError> {
        if cancellation.is_cancelled() {
            return Ok(Finished { cancelled: true, ..Finished::default() });
        }
        let running = Running::new(self.spawn(self.stdin(), Stdio::piped(), Stdio::piped())?);
        read_stdout(running, self, cancellation, read).map_err(|source| self.io_error(source))
    }

    /// Runs it with both streams appended to a file: the first 32 MiB and, if there is more, the end, with a line that
    /// says how much was cut.
    ///
    /// # Errors
    /// The file cannot be opened; the child cannot be started or waited for.
    pub fn log_to(
        &self,
        cancellation: &Cancellation,
        path: &Path,
    ) -> Result<Finished, ProcessError> {
        let open = || -> io::Result<(LogFile, PipeReader, PipeWriter)> {
            let file = File::options().append(true).create(true).open(path)?;
            // One pipe for both streams, which keeps their order.
            let (reader, writer) = io::pipe()?;
            Ok((LogFile::new(file), reader, writer))
        };
        let (mut log, reader, writer) = open().map_err(|source| self.io_error(source))?;
        if cancellation.is_cancelled() {
            return Ok(Finished { cancelled: true, ..Finished::default() });
        }
        let out = writer.try_clone().map_err(|source| self.io_error(source))?;
        let mut running = Running::new(self.spawn(self.stdin(), out.into(), writer.into())?);
        running.stdout = Some(OwnedFd::from(reader).into());
        self.wait(running, cancellation, &mut log)
    }

    /// Starts it in the background, with both streams appended to a file. Standard input and timeout do not apply.
    ///
    /// # Errors
    /// The file cannot be opened; the child cannot be started.
    pub fn spawn_to(&self, path: &Path) -> Result<Background, ProcessError> {
        let (out, err) = self.open_log(path)?;
        Ok(Background::new(self.spawn(Stdio::null(), out, err)?))
    }

    fn finish(
        &self,
        cancellation: &Cancellation,
        stdout: Stdio,
        stderr: Stdio,
        sink: &mut dyn Sink,
    ) -> Result<Finished, ProcessError> {
        if cancellation.is_cancelled() {
            return Ok(Finished { cancelled: true, ..Finished::default() });
        }
        let running = Running::new(self.spawn(self.stdin(), stdout, stderr)?);
        self.wait(running, cancellation, sink)
    }

    fn wait(
        &self,
        mut running: Running,
        cancellation: &Cancellation,
        sink: &mut dyn Sink,
    ) -> Result<Finished, ProcessError> {
        running
            .exited()
            .and_then(|exited| running.watch(self, cancellation, &exited, sink))
            .and_then(|finished| running.reap(finished))
            .map_err(|source| self.io_error(source))
    }

    fn stdin(&self) -> Stdio {
        if self.input.is_some() { Stdio::piped() } else { Stdio::null() }
    }

    fn open_log(&self, path: &Path) -> Result<(Stdio, Stdio), ProcessError> {
        let open = || -> io::Result<(File, File)> {
            let file = File::options().append(true).create(true).open(path)?;
            Ok((file.try_clone()?, file))
        };
        let (out, err) = open().map_err(|source| self.io_error(source))?;
        Ok((out.into(), err.into()))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that starts children")]
    fn spawn(
        &self,
        stdin: Stdio,
        stdout: Stdio,
        stderr: Stdio,
    ) -> Result<std::process::Child, ProcessError> {
        // Checked only if something is to be sealed, because the check starts this program again.
        let sealed = self.seal.as_ref().and_then(|seal| Some((seal, robot_seal::program()?)));
        let sealed = sealed.map(|(seal, own)| Ok((own, self.specification(seal)?))).transpose()?;
        // A path in a root of its own would mean another program outside of it.
        let has_namespaces = || *robot_seal::route() == robot_seal::Route::Namespaces;
        if self.seal.as_ref().is_some_and(|seal| seal.root.is_some())
            && (sealed.is_none() || !has_namespaces())
        {
            let source = io::Error::other("this machine has no namespaces for a root of its own");
            return Err(ProcessError::Start { line: self.to_string(), source });
        }
        let mut command = match &sealed {
            Some((own, _)) => {
                let mut command = std::process::Command::new(own);
                // The specification contains everything that the program gets.
                command.arg(robot_seal::VERB).env_clear();
                command
            }
            None => {
                let mut command = std::process::Command::new(&self.program);
                if let Some(environment) = &self.environment {
                    command.env_clear().envs(environment);
                }
                command.args(&self.arguments).envs(&self.variables).envs(&self.secrets.0);
                command
            }
        };
        let stdin = if sealed.is_some() { Stdio::piped() } else { stdin };
        command.process_group(0).stdin(stdin).stdout(stdout).stderr(stderr);
        // One in a root of its own is gone to inside.
        let has_root = self.seal.as_ref().is_some_and(|seal| seal.root.is_some());
        if let Some(directory) = self.directory.as_ref().filter(|_| !has_root) {
            command.current_dir(directory);
        }
        let mut child = start(&mut command).map_err(|source| {
            let folder_is_there = self.directory.as_ref().is_none_or(|folder| folder.is_dir());
            if source.kind() == io::ErrorKind::NotFound && folder_is_there {
                ProcessError::NotFound { program: self.program.to_string_lossy().into_owned() }
            } else {
                ProcessError::Start { line: self.to_string(), source }
            }
        })?;
        if self.niceness > 0 {
            be_nice(child.id(), self.niceness);
        }
        if let Some((_, specification)) = sealed
            && let Some(mut stdin) = child.stdin.take()
        {
            // A process that ends at once has printed why.
            let _ = stdin.write_all(&specification);
        }
        Ok(child)
    }

    /// The specification for the sealing process.
    fn specification(&self, seal: &Seal) -> Result<Vec<u8>, ProcessError> {
        let [mut variables, secrets] = self.variables();
        variables.extend(secrets);
        let program = match seal.root {
            Some(_) => Some(PathBuf::from(&self.program)),
            None => find_program(&self.program, variables.get(OsStr::new("PATH"))),
        };
        let program = program.ok_or_else(|| ProcessError::NotFound {
            program: self.program.to_string_lossy().into_owned(),
        })?;
        let folder = self.directory.clone().map_or_else(std::env::current_dir, Ok);
        let specification = Specification {
            by_rules: *robot_seal::route() != robot_seal::Route::Namespaces,
            program: Some(program),
            arguments: self.arguments.clone(),
            variables: variables.into_iter().collect(),
            folder: folder.map_err(|source| self.io_error(source))?,
            seal: seal.clone(),
        };
        serde_json::to_vec(&specification).map_err(|source| self.io_error(source.into()))
    }

    fn io_error(&self, source: io::Error) -> ProcessError {
        ProcessError::Io { line: self.to_string(), source }
    }
}

/// Finds a program as `execvp` does (`man 3 exec`).
fn find_program(program: &OsStr, path: Option<&OsString>) -> Option<PathBuf> {
    if program.as_bytes().contains(&b'/') {
        return Some(PathBuf::from(program));
    }
    let is_program = |file: &PathBuf| {
        file.metadata()
            .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    };
    std::env::split_paths(path?).map(|folder| folder.join(program)).find(is_program)
}

impl fmt::Display for Command {
    /// The command as a shell line, with the variables that were set for it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_line(formatter, &self.variables, &self.program, &self.arguments)
    }
}
