//! What a file can reach that Go's test cache does not know: what it calls before tests run, what it
//! imports, paths that leave its folder upwards.

use super::lexer::{Kind, Lexer, Token};
use std::collections::BTreeMap;

/// What one Go file says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Import paths by the name that the file has for them: `template` for `html/template`.
    pub imports: BTreeMap<String, String>,
    /// Calls in `init` and in initial values of package variables, as written: `os.Getenv`, `load`; a
    /// function literal that is called at once is `func`.
    pub initial_calls: Vec<String>,
    /// It has a `TestMain`, which runs before and after the tests.
    pub has_test_main: bool,
    /// How many folders upwards the literals of the file may lead together: `..` as elements of a
    /// path, those of `"../../x"` or of several literals that are nothing else.
    pub climbs: usize,
    /// A function asks the network: `net.Dial`, `net.LookupHost` and the like.
    pub asks_network: bool,
    /// It uses more of `syscall` than signals and errors.
    pub calls_system: bool,
    /// A function uses `os.Environ`, or something else of that name.
    pub reads_all_variables: bool,
}

impl Reach {
    /// Reads a file. Text that is not Go gives what can be made of it.
    pub fn read(text: &[u8]) -> Self {
        let mut reader = Reader {
            text,
            lexer: Lexer::new(text),
            reach: Self::default(),
            last: Kind::End,
            last_name: None,
            bare_climbs: 0,
        };
        reader.file();
        reader.reach.climbs = reader.reach.climbs.max(reader.bare_climbs);
        reader.reach
    }
}

struct Reader<'a> {
    text: &'a [u8],
    lexer: Lexer<'a>,
    reach: Reach,
    /// The last token, and where the last name begins.
    last: Kind,
    last_name: Option<Token>,
    /// Literals that are `..` and nothing else.
    bare_climbs: usize,
}

impl Reader<'_> {
    fn file(&mut self) {
        loop {
            let token = self.next();
            match (token.kind, self.word(token)) {
                (Kind::End, _) => return,
                (Kind::Func, _) => self.function(),
                (Kind::Word, "import") => self.imports(),
                (Kind::Word, "var") => self.variables(),
                (Kind::OpenBrace, _) => self.skip_braces(),
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Token {
        let token = self.lexer.next();
        match token.kind {
            Kind::Literal => self.literal(token),
            Kind::Name if self.last == Kind::Dot => {
                let asks = ["Dial", "Lookup", "Resolve"];
                let package =
                    self.last_name.and_then(|name| self.reach.imports.get(self.word(name)));
                // By the import, as it may have another name here.
                let is_of = |path: &str| package.is_some_and(|imported| imported == path);
                let (is_of_net, is_of_system) = (is_of("net"), is_of("syscall"));
                let is_asking = asks.iter().any(|it| self.word(token).starts_with(it));
                self.reach.asks_network |= is_of_net && is_asking;
                let plain =
                    ["SIG", "Signal", "Errno", "EINVAL", "ENOENT", "EEXIST", "EPIPE", "ECONN"];
                let is_plain = plain.iter().any(|it| self.word(token).starts_with(it));
                self.reach.calls_system |= is_of_system && !is_plain;
                self.reach.reads_all_variables |= self.word(token) == "Environ";
                self.last_name = None;
            }
            Kind::Name => self.last_name = Some(token),
            _ => {}
        }
        self.last = token.kind;
        token
    }

    fn word(&self, token: Token) -> &str {
        let bytes = self.text.get(token.start..).unwrap_or_default();
        let end = bytes.iter().position(|byte| !is_word(*byte)).unwrap_or(bytes.len());
        str::from_utf8(&bytes[..end]).unwrap_or_default()
    }

    /// The text of a literal without its quotes.
    fn content(&self, token: Token) -> &str {
        let bytes = self.text.get(token.start..).unwrap_or_default();
        let Some((&quote, rest)) = bytes.split_first() else { return "" };
        if !matches!(quote, b'"' | b'`') {
            return "";
        }
        let end = memchr::memchr(quote, rest).unwrap_or(rest.len());
        str::from_utf8(&rest[..end]).unwrap_or_default()
    }

    fn literal(&mut self, token: Token) {
        let content = self.content(token);
        let count = content.split(['/', '\\']).filter(|part| *part == "..").count();
        if content == ".." {
            self.bare_climbs += 1;
        } else {
            self.reach.climbs = self.reach.climbs.max(count);
        }
    }

    fn imports(&mut self) {
        let mut name = None;
        let mut is_list = false;
        loop {
            let token = self.next();
            match token.kind {
                Kind::Open => is_list = true,
                Kind::Close | Kind::End => return,
                Kind::Semicolon if !is_list => return,
                Kind::Semicolon => name = None,
                Kind::Name => name = Some(self.word(token).to_owned()),
                Kind::Dot => name = Some(".".to_owned()),
                Kind::Literal => {
                    let path = self.content(token).to_owned();
                    let name = name.take().unwrap_or_else(|| last_element(&path).to_owned());
                    // `_` and `.` are no names: each has its own entry.
                    let is_name = name != "_" && name != ".";
                    self.reach
                        .imports
                        .insert(if is_name { name } else { format!("{name} {path}") }, path);
                }
                _ => {}
            }
        }
    }

    fn function(&mut self) {
        let name = self.next();
        let (is_init, is_main) = (self.word(name) == "init", self.word(name) == "TestMain");
        let is_function = name.kind == Kind::Name;
        self.reach.has_test_main |= is_function && is_main;
        // Up to the body: a declaration without one ends at its line's end.
        let mut depth = 0_usize;
        loop {
            match self.next().kind {
                Kind::Open | Kind::OpenBracket => depth += 1,
                Kind::Close | Kind::CloseBracket => depth = depth.saturating_sub(1),
                // `interface{}` and `struct{}` among the parameters.
                Kind::OpenBrace if depth > 0 => self.skip_braces(),
                Kind::OpenBrace if is_function && is_init => return self.calls(Kind::CloseBrace),
                Kind::OpenBrace => return self.skip_braces(),
                Kind::Semicolon | Kind::End if depth == 0 => return,
                Kind::End => return,
                _ => {}
            }
        }
    }

    fn variables(&mut self) {
        self.calls(Kind::Semicolon);
    }

    /// Collects calls up to a token at this depth.
    fn calls(&mut self, end: Kind) {
        let mut depth = 0_usize;
        let mut name = String::new();
        let mut token = self.next();
        loop {
            let mut following = None;
            match token.kind {
                Kind::End => return,
                kind if depth == 0 && kind == end => return,
                Kind::Func => {
                    name.clear();
                    following = Some(self.function_literal());
                }
                Kind::Name if name.ends_with('.') => name.push_str(self.word(token)),
                Kind::Name => name = self.word(token).to_owned(),
                Kind::Dot => name.push('.'),
                Kind::Open => {
                    if !name.is_empty() && !name.ends_with('.') {
                        self.reach.initial_calls.push(std::mem::take(&mut name));
                    }
                    name.clear();
                    depth += 1;
                }
                Kind::OpenBrace | Kind::OpenBracket => {
                    name.clear();
                    depth += 1;
                }
                Kind::Close | Kind::CloseBrace | Kind::CloseBracket => {
                    // What a call gives may be called: `f()()`, `f().g()`.
                    name = if token.kind == Kind::CloseBrace {
                        String::new()
                    } else {
                        "func".to_owned()
                    };
                    depth = depth.saturating_sub(1);
                }
                _ => name.clear(),
            }
            token = following.unwrap_or_else(|| self.next());
        }
    }

    /// Passes over a function's type, or its literal: one that is called at once is a call. Gives the
    /// token behind it.
    fn function_literal(&mut self) -> Token {
        let mut depth = 0_usize;
        loop {
            let token = self.next();
            match token.kind {
                Kind::Open | Kind::OpenBracket => depth += 1,
                // The list that a function type stands in ends.
                Kind::Close | Kind::CloseBracket | Kind::CloseBrace if depth == 0 => return token,
                Kind::Close | Kind::CloseBracket => depth -= 1,
                Kind::OpenBrace if depth > 0 => self.skip_braces(),
                Kind::OpenBrace => {
                    self.skip_braces();
                    let token = self.next();
                    if token.kind == Kind::Open {
                        self.reach.initial_calls.push("func".to_owned());
                    }
                    return token;
                }
                Kind::Semicolon | Kind::End if depth == 0 => return token,
                Kind::End => return token,
                _ => {}
            }
        }
    }

    fn skip_braces(&mut self) {
        let mut depth = 1_usize;
        while depth > 0 {
            let token = self.next();
            match token.kind {
                Kind::OpenBrace => depth += 1,
                Kind::CloseBrace => depth -= 1,
                Kind::End => return,
                _ => {}
            }
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The name that an import path most likely has: its last element, without a major version.
fn last_element(path: &str) -> &str {
    let is_version = |part: &str| {
        part.strip_prefix('v').is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or(path);
    if is_version(last) { parts.next().unwrap_or(last) } else { last }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(text: &str) -> Vec<String> {
        Reach::read(text.as_bytes()).initial_calls
    }

    #[test]
    fn what_runs_before_the_tests_is_found_and_nothing_else() {
        let text = "package m\n\nimport \"os\"\n\nvar golden, _ = os.ReadFile(\"x\")\n\
                    var (\n\ta = load(1)\n\tb = map[string]func(int) bool{\"x\": func(int) bool { return later() }}\n\tc = func() int { return 1 }()\n)\n\
                    func init() {\n\tif x := config.Load(); x {\n\t\tdefer func() { hidden() }()\n\t}\n}\n\
                    func (s *T) init() { method() }\n\nfunc other(x interface{}) { os.Getenv(\"A\") }\n";
        assert_eq!(calls(text), ["os.ReadFile", "load", "func", "config.Load", "func"]);
        assert_eq!(
            calls("package m\nvar x = a[0](1)\nvar y int\nvar z = f()()\n"),
            ["func", "f", "func"]
        );
    }

    #[test]
    fn imports_have_their_names() {
        let text = "package m\nimport t \"html/template\"\nimport (\n\t_ \"embed\"\n\t. \"fmt\"\n\t\"example.com/x/v2\"\n)\n";
        let imports = Reach::read(text.as_bytes()).imports;
        let pairs: Vec<_> = imports.iter().map(|(name, path)| format!("{name}={path}")).collect();
        assert_eq!(pairs, [". fmt=fmt", "_ embed=embed", "t=html/template", "x=example.com/x/v2"]);
    }

    #[test]
    fn paths_upwards_and_the_whole_environment_are_seen() {
        let text = "package m\nfunc F() { read(\"../shared/x\"); _ = os.Environ() }\n";
        let reach = Reach::read(text.as_bytes());
        assert_eq!((reach.climbs, reach.reads_all_variables), (1, true));
        let text = "package m\nfunc F() { g(\"wait...\", \"a..b\", s[1:]...); os.Getenv(\"x\") }\n";
        let reach = Reach::read(text.as_bytes());
        assert_eq!((reach.climbs, reach.reads_all_variables), (0, false));
        let joined = Reach::read(b"package m\nfunc F() { filepath.Join(\"..\", `shared`) }\n");
        assert_eq!(joined.climbs, 1);
        let far =
            Reach::read(b"package m\nfunc F() { filepath.Join(\"..\", \"..\", \"a/../../b\") }\n");
        assert_eq!(far.climbs, 2);
    }

    #[test]
    fn packages_are_known_by_their_import() {
        let reads = |text: &str| {
            let reach = Reach::read(format!("package m\n{text}\n").as_bytes());
            (reach.asks_network, reach.calls_system)
        };
        assert_eq!(reads("import n \"net\"\nfunc F() { n.Dial(x) }"), (true, false));
        assert_eq!(reads("import s \"syscall\"\nfunc F() { s.Open(x) }"), (false, true));
        assert_eq!(reads("func F() { net.Dial(x); syscall.Open(x) }"), (false, false));
    }

    #[test]
    fn test_main_is_a_function_and_no_method() {
        assert!(Reach::read(b"package m\nfunc TestMain(m *testing.M) {}\n").has_test_main);
        assert!(!Reach::read(b"package m\nfunc (x T) TestMain() {}\n").has_test_main);
    }
}
