//! One attempt: the container's process, its lines and its end.

use super::container::Container;
use super::files;
use super::memory::Watch;
use crate::image::layout::Layout;
use crate::image::unpack;
use robot_contract::{Context, Failure, Isolate, ResultExt, Seal};
use robot_process::{Cancellation, Command, Finished};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use tempfile::TempDir;

/// Lines that are on their way; a robot that writes faster waits.
const LINES: usize = 1024;
/// Time between SIGTERM and SIGKILL, less than a cancelled step has.
const GRACE: Duration = Duration::from_secs(3);

/// What an attempt tells.
#[derive(Debug)]
pub(super) enum Message {
    Line(String),
    Ended(End),
}

/// How the process ended.
#[derive(Debug)]
pub(super) struct End {
    /// As the kubelet has it: 128 and the signal's number for a signal.
    pub(super) exit_code: i32,
    pub(super) ran_out_of_memory: bool,
    /// Why it was not started at all.
    pub(super) failure: Option<String>,
}

/// A process that runs.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) messages: Receiver<Message>,
    stop: Cancellation,
    /// The image's files; removed with the attempt.
    _root: TempDir,
}

/// Why an attempt did not begin.
#[derive(Debug)]
pub(super) enum NotBegun {
    /// The container cannot be started: containerd's `StartError`.
    Start(String),
    /// The machine failed.
    Machine(Failure),
}

impl Attempt {
    /// Unpacks the image, lays the files and starts the program; `pulled` is called between.
    pub(super) fn begin(
        container: &Container,
        layout: &Layout,
        context: &Context,
        pulled: impl FnOnce(),
    ) -> Result<Self, NotBegun> {
        let root = root(layout, context).map_err(NotBegun::Machine)?;
        pulled();
        lay(container, root.path()).map_err(|error| NotBegun::Start(error.to_string()))?;
        let Some((name, arguments)) = container.words.split_first() else {
            return Err(NotBegun::Start("no command specified".to_owned()));
        };
        let search = container
            .variables
            .get("PATH")
            .map_or("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", String::as_str);
        let Some(program) = files::program(root.path(), name, search, &container.directory) else {
            let reason = match name.contains('/') {
                true => "no such file or directory",
                false => "executable file not found in $PATH",
            };
            return Err(NotBegun::Start(format!("exec: \"{name}\": {reason}")));
        };
        let path = root.path().to_owned();
        // Our results are hidden from it, and the image lies among them.
        let seal = Seal { root: Some(path.clone()), visible: vec![path], ..Seal::default() };
        let mut command = Command::new(program).args(arguments.to_vec());
        command = context.sealed(command, Isolate::Require, &seal);
        let variables = container.variables.iter();
        command = command
            .environment(variables.map(|(name, value)| (name.into(), value.into())).collect())
            .current_directory(&container.directory)
            .grace(GRACE);
        for (name, value) in &container.secret_variables {
            command = command.secret_env(name, value);
        }
        let (sender, messages) = sync_channel(LINES);
        let stop = Cancellation::default();
        let (stopped, memory) = (stop.clone(), container.memory);
        std::thread::spawn(move || run(&command, memory, &stopped, &sender));
        Ok(Self { messages, stop, _root: root })
    }

    /// Asks it to end.
    pub(super) fn stop(&self) {
        self.stop.cancel();
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.stop.cancel();
        // Its last word comes when nothing of it runs any more: then its files can go.
        while !matches!(self.messages.recv(), Ok(Message::Ended(_)) | Err(_)) {}
    }
}

fn run(command: &Command, memory: Option<u64>, stop: &Cancellation, to: &SyncSender<Message>) {
    let watch = memory.map(Watch::new);
    let ended = command.stream(stop, &mut |_, line| {
        // Nobody listens any more.
        let _ = to.send(Message::Line(String::from_utf8_lossy(line).into_owned()));
    });
    let ran_out_of_memory = watch.as_ref().is_some_and(Watch::has_killed);
    let end = match ended {
        Ok(finished) => End { exit_code: exit_code(&finished), ran_out_of_memory, failure: None },
        Err(error) => End { exit_code: 128, ran_out_of_memory, failure: Some(error.to_string()) },
    };
    let _ = to.send(Message::Ended(end));
}

fn exit_code(finished: &Finished) -> i32 {
    match (finished.code, finished.signal) {
        (Some(code), _) => code,
        (None, Some(signal)) => 128 + signal,
        (None, None) => 137,
    }
}

/// How names of folders with an image's files begin; the number of the process that uses it follows.
pub(crate) const ROOT: &str = "root-";

/// The image's files in a folder of their own.
fn root(layout: &Layout, context: &Context) -> Result<TempDir, Failure> {
    let folder = context.output_directory()?.join("deploy");
    let make = || -> std::io::Result<TempDir> {
        fs_err::create_dir_all(&folder)?;
        // The process's number tells a later deployment whether the folder is still in use.
        let prefix = format!("{ROOT}{}-", std::process::id());
        let root = tempfile::Builder::new().prefix(&prefix).tempdir_in(&folder)?;
        use std::os::unix::fs::PermissionsExt as _;
        fs_err::set_permissions(root.path(), std::fs::Permissions::from_mode(0o755))?;
        Ok(root)
    };
    let root = make().or_external(|| "no folder for the image's files can be made".to_owned())?;
    unpack::unpack(layout, root.path())?;
    Ok(root)
}

/// Files of ConfigMaps and Secrets, and what a container runtime puts beside them.
fn lay(container: &Container, root: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let temporary = files::folder(root, Path::new("/tmp"))?;
    std::fs::set_permissions(temporary, std::fs::Permissions::from_mode(0o1777))?;
    let etc = files::folder(root, Path::new("/etc"))?;
    for name in ["resolv.conf", "hosts"] {
        if let Ok(bytes) = std::fs::read(Path::new("/etc").join(name)) {
            files::write(&etc, name, &bytes)?;
        }
    }
    for path in std::iter::once(&container.directory).chain(&container.folders) {
        files::folder(root, path)?;
    }
    for (path, name, bytes) in &container.files {
        files::write(&files::folder(root, path)?, name, bytes)?;
    }
    Ok(())
}
