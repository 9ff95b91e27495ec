//! A private module from a git server that asks for a token, with the real go and git.

use robot_process::Cancellation;
use robot_testkit::{Event, GoModule, Repository, Runner, write};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

const TOKEN: &str = "private-token-of-the-test";
/// `x-access-token:` and the token, as HTTP's basic authentication writes them.
const CREDENTIALS: &str = "eC1hY2Nlc3MtdG9rZW46cHJpdmF0ZS10b2tlbi1vZi10aGUtdGVzdA==";

/// Serves files to those who know the token: git's "dumb" protocol, which go falls back to.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let folder = folder.clone();
            std::thread::spawn(move || answer(&stream.unwrap(), &folder));
        }
    });
    format!("http://{address}")
}

fn answer(mut stream: &TcpStream, folder: &Path) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let is_known = headers.iter().any(|line| line.ends_with(&format!("Basic {CREDENTIALS}")));
    let path = request.split([' ', '?']).nth(1).unwrap_or_default().trim_start_matches('/');
    let content = std::fs::read(folder.join(path)).ok().filter(|_| is_known);
    let status = match (&content, is_known) {
        (Some(_), _) => "200 OK",
        (None, true) => "404 Not Found",
        (None, false) => "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"git\"",
    };
    let content = content.unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        content.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&content));
}

#[test]
fn private_modules_come_with_a_token_that_tests_do_not_see() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("library");
    write(&library.join("go.mod"), "module private.example/acme/library.git\n\ngo 1.19\n");
    write(&library.join("library.go"), "package library\n\nconst One = 1\n");
    let library = Repository::init(&library);
    library.git(&["tag", "v1.0.0"]);
    // `.git` in a module's path tells go that it is a repository's; the address has none.
    let bare = folder.path().join("acme/library").display().to_string();
    library.git(&["clone", "--quiet", "--bare", ".", &bare]);
    library.git(&["--git-dir", &bare, "update-server-info"]);
    let server = serve(folder.path().to_owned());

    let module = GoModule::new()
        .file("go.mod", "module example.com/m\n\ngo 1.19\n\nrequire private.example/acme/library.git v1.0.0\n")
        .file("m.go", "package m\n\nimport library \"private.example/acme/library.git\"\n\nconst One = library.One\n")
        .file("m_test.go", "package m\n\nimport (\n\t\"os\"\n\t\"strings\"\n\t\"testing\"\n)\n\nfunc TestOne(t *testing.T) {\n\tfor _, variable := range os.Environ() {\n\t\tif strings.Contains(variable, \"private-token\") {\n\t\t\tt.Fatal(variable)\n\t\t}\n\t}\n}\n");
    let modules = folder.path().join("modules");
    let runner = Runner::new(&Event::push())
        .set("GOPRIVATE", "private.example")
        .set("GOFLAGS", "-modcacherw -mod=mod")
        .set("GOMODCACHE", &modules)
        .set("INPUT_PRIVATE_URL", &server)
        .set("GIT_CONFIG_GLOBAL", "/dev/null")
        .set("GIT_CONFIG_COUNT", "1")
        .set("GIT_CONFIG_KEY_0", format!("url.{server}/.insteadOf"))
        .set("GIT_CONFIG_VALUE_0", "https://private.example/");
    let robot = env!("CARGO_BIN_EXE_robot");
    let run = |runner: &Runner, arguments: &[&str]| {
        let step = runner.step(robot, module.path()).args(arguments.iter().copied());
        let finished = step.run(&Cancellation::default()).unwrap();
        let text = [finished.stdout.clone(), finished.stderr.clone()].concat();
        (finished.code, String::from_utf8_lossy(&text).into_owned())
    };

    let (code, said) = run(&runner, &["cache-key", "download"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("warn: some modules could not be downloaded in advance"), "{said}");
    assert!(said.contains("set GOPRIVATE in the job's `env`"), "{said}");

    let runner = runner.set("GO_PRIVATE_TOKEN", TOKEN);
    let (code, said) = run(&runner, &["cache-key", "download"]);
    assert_eq!(code, Some(0), "{said}");
    // Told to the runner as what to mask, and nowhere else.
    assert_eq!(said.matches(TOKEN).count(), 1, "{said}");
    assert!(said.contains(&format!("::add-mask::{TOKEN}")), "{said}");

    let (code, said) = run(&runner, &["go-test", "--reruns=0"]);
    assert_eq!(code, Some(0), "{said}");
}
