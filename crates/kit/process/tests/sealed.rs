//! Children that are sealed in. Run again as the sealing process, this test has arguments of its own: it
//! is a program without the usual harness.

#![expect(clippy::unwrap_used, reason = "what breaks here ends the test")]

use robot_process::{Background, Cancellation, Command, Finished};
use robot_seal::{Route, Seal};
use robot_testkit::wait_until;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tempfile::TempDir;

/// Hidden: `results`, `output`. Read-only: `checkout/.git`. Everything else can be written.
struct Ground {
    folder: TempDir,
    seal: Seal,
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["temp/results", "checkout/.git", "scratch"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        fs::write(at("temp/results/result.json"), "ours").unwrap();
        fs::write(at("temp/output"), "verdict=fail").unwrap();
        fs::write(at("checkout/.git/config"), "[core]").unwrap();
        std::os::unix::fs::symlink("temp", at("link")).unwrap();
        let seal = Seal {
            hidden: vec![at("temp/results"), at("temp/output")],
            read_only: vec![at("checkout/.git")],
            ..Seal::default()
        };
        Self { seal, folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, line: &str) -> Command {
        Command::shell(line)
            .current_directory(self.at("checkout"))
            .env("ROOT", self.folder.path())
            .sealed(self.seal.clone())
    }

    fn run(&self, line: &str) -> Finished {
        self.command(line).run(&Cancellation::default()).unwrap()
    }

    /// What an attacker learns from lines of which each may fail.
    fn attack(&self, lines: &str) -> String {
        let finished = self.run(&format!("set +e\n{lines}"));
        self.is_untouched();
        String::from_utf8_lossy(&finished.stdout).into_owned()
    }

    /// What the line printed; it must end well.
    fn say(&self, line: &str) -> String {
        let finished = self.run(line);
        let said = String::from_utf8_lossy(&finished.stdout).trim().to_owned();
        assert!(finished.success(), "{line}: {said} {finished:?}");
        said
    }

    fn is_untouched(&self) {
        assert_eq!(fs::read_to_string(self.at("temp/results/result.json")).unwrap(), "ours");
        assert_eq!(fs::read_dir(self.at("temp/results")).unwrap().count(), 1);
        assert_eq!(fs::read_to_string(self.at("temp/output")).unwrap(), "verdict=fail");
        assert_eq!(fs::read_to_string(self.at("checkout/.git/config")).unwrap(), "[core]");
        assert_eq!(fs::read_dir(self.at("checkout/.git")).unwrap().count(), 1);
    }
}

type Test = (&'static str, fn(&Ground));

const TESTS: &[Test] = &[
    ("program, code, streams and variables are as without", |ground| {
        let finished = ground.run("pwd; echo $ROOT; echo err >&2; cat; exit 7");
        let root = ground.folder.path().display();
        assert_eq!(String::from_utf8_lossy(&finished.stdout), format!("{root}/checkout\n{root}\n"));
        assert_eq!((finished.code, &*finished.stderr), (Some(7), &b"err\n"[..]));
    }),
    ("a program that is not there is told as such", |ground| {
        let command = Command::new("no-such-program").sealed(ground.seal.clone());
        let error = command.run(&Cancellation::default()).unwrap_err().to_string();
        assert!(error.contains("no-such-program"), "{error}");
    }),
    ("a signal that ends the program ends the child", |ground| {
        assert_eq!(ground.run("kill -SEGV $$").signal, Some(11));
        assert_eq!(ground.run("kill -KILL $$").signal, Some(9));
    }),
    ("files of ours are neither read nor written", |ground| {
        let lines = [
            "cat $ROOT/temp/results/result.json $ROOT/link/results/result.json $ROOT/temp/output",
            "echo x > $ROOT/temp/results/result.json",
            "echo x > $ROOT/temp/results/new",
            "echo x > $ROOT/temp/results/../results/new",
            "rm -rf $ROOT/temp/results $ROOT/temp/output",
            "mv $ROOT/temp/results $ROOT/temp/away",
            "ln $ROOT/temp/output $ROOT/checkout/output && echo x > $ROOT/checkout/output",
        ];
        for line in lines {
            assert_eq!(ground.attack(line), "", "{line}");
        }
        assert_eq!(ground.say("echo made > made; cat made; echo kept > $ROOT/scratch/a"), "made");
        assert_eq!(fs::read_to_string(ground.at("scratch/a")).unwrap(), "kept\n");
    }),
    ("nobody gets more rights than they had", |ground| {
        assert_eq!(ground.say("sed -n 's/^NoNewPrivs:\t//p' /proc/self/status"), "1");
        assert_eq!(ground.say("id -u"), robot_process::user().to_string());
    }),
    ("what is read-only is read", |ground| {
        let lines = [
            "echo x > .git/config",
            "mkdir .git/hooks",
            "mv .git away && mkdir .git",
            "chmod -R 777 .git; echo x >> .git/config",
        ];
        for line in lines {
            assert_eq!(ground.attack(line), "", "{line}");
        }
        assert_eq!(ground.say("cat .git/config"), "[core]");
    }),
    ("no other process is seen", |ground| {
        let outside = std::process::id();
        let said = ground.attack(&format!("cat /proc/{outside}/environ; ls /proc/{outside}/root"));
        assert_eq!(said, "");
        // Process 1, the shell, and what it starts.
        let seen = ground.say("ls -d /proc/[0-9]* | wc -l");
        assert!(seen.parse::<u32>().unwrap() <= 4, "{seen}");
    }),
    ("process 1 cannot be read, traced or killed", |ground| {
        let lines = "cat /proc/1/environ /proc/1/maps; readlink /proc/1/fd/0 /proc/1/root; ls /proc/1/root/; \
                     echo x > /proc/1/fd/0; kill -KILL 1; kill -STOP 1; kill -TERM 1; echo alive";
        assert_eq!(ground.attack(lines), "alive\n");
    }),
    ("what is left running is gone when the child has ended", |ground| {
        let marker = ground.at("scratch/daemon");
        ground.say("(setsid bash -c 'setsid bash -c \"while :; do date +%N > $ROOT/scratch/daemon; done\" &' >/dev/null 2>&1 &); until test -s $ROOT/scratch/daemon; do :; done");
        fs::remove_file(&marker).unwrap();
        // Whatever still ran would have made it again by the time another child has run.
        ground.say("for i in $(seq 1000); do :; done");
        assert!(!marker.exists());
    }),
    ("the folders above are not exchanged", |ground| {
        ground.attack("cd $ROOT; mv temp away; mkdir temp; mv checkout away; cd ..; mv $ROOT $ROOT.x; mkdir -p $ROOT");
    }),
    ("mounts are not undone, not even in further namespaces", |ground| {
        let lines = [
            "umount $ROOT/temp/results; umount -l $ROOT/checkout/.git; mount -o remount,rw,bind $ROOT/checkout/.git; echo x >> .git/config; echo x > $ROOT/temp/results/x",
            "unshare -Urm bash -c 'umount $ROOT/temp/results; umount -l $ROOT/checkout/.git; mount -o remount,rw,bind $ROOT/checkout/.git; echo x >> $ROOT/checkout/.git/config; cat $ROOT/temp/results/*'",
            "unshare -Urm bash -c 'umount -R $ROOT/temp; umount -R $ROOT; umount -lR /tmp; echo x > $ROOT/temp/results/x; echo x > $ROOT/checkout/.git/x; cat $ROOT/temp/output'",
            "unshare -Urm bash -c 'mkdir m; mount --bind / m; cat m$ROOT/temp/results/*; echo x > m$ROOT/checkout/.git/x'",
            "unshare -Urmpf bash -c 'mount -t proc proc /proc; cat /proc/1/environ >/dev/null; cat $ROOT/temp/results/*'",
        ];
        for line in lines {
            assert_eq!(ground.attack(line), "", "{line}");
        }
    }),
    ("the terminal is not typed on", |ground| {
        assert_eq!(
            ground.say("exec 2>/dev/null; (exec 3</dev/tty) && echo tty; echo none"),
            "none"
        );
    }),
    ("a request to end reaches the program once", |ground| {
        let log = ground.at("log");
        let line = "trap 'echo asked; n=$((n + 1)); test $n -lt 2 || echo twice; trap - TERM; exit 0' TERM; echo ready; while :; do read -t 1 < <(sleep 5) || :; done";
        let mut child: Background = ground.command(line).spawn_to(&log).unwrap();
        let is_ready = || fs::read_to_string(&log).unwrap().contains("ready");
        wait_until("the child is ready", is_ready);
        assert!(child.is_running());
        child.stop(Duration::from_secs(60));
        assert_eq!(fs::read_to_string(&log).unwrap(), "ready\nasked\n");
    }),
    ("a child that does not listen is killed with all it started", |ground| {
        let finished = ground
            .command("trap '' TERM; setsid bash -c 'trap \"\" TERM; while :; do date +%N > $ROOT/scratch/deaf; done' & while :; do sleep 1000; done")
            .timeout(Duration::from_millis(300))
            .grace(Duration::from_millis(50))
            .run(&Cancellation::default())
            .unwrap();
        assert!(finished.timed_out);
        assert_eq!(finished.signal, Some(9));
        robot_process::kill_orphans();
        let _ = fs::remove_file(ground.at("scratch/deaf"));
        ground.say("true");
        assert!(!ground.at("scratch/deaf").exists());
    }),
    ("CPU time of what ran inside is counted", |ground| {
        let finished = ground.run(
            "for i in $(seq 200000); do :; done; bash -c 'for i in $(seq 200000); do :; done'",
        );
        assert!(finished.cpu.unwrap() > Duration::from_millis(100), "{finished:?}");
    }),
];

#[expect(clippy::print_stdout, reason = "says which test fails")]
fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some((first, rest)) = arguments.split_first()
        && first == robot_seal::VERB
    {
        return robot_seal::run(rest);
    }
    robot_seal::allow(false);
    robot_process::adopt_orphans();
    assert_eq!(*robot_seal::route(), Route::Namespaces, "this machine must allow namespaces");
    let ground = Ground::new();
    for (name, test) in TESTS {
        println!("{name}");
        test(&ground);
    }
    ExitCode::SUCCESS
}
