//! A server of files, as an object store is, that can be told what to answer instead.

use crate::http::{Request, answer};
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Serves the files below a folder until it is dropped.
#[derive(Debug)]
pub struct FileServer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    address: SocketAddr,
    is_over: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    instead: BTreeMap<String, (u16, Vec<u8>)>,
    asked: Vec<String>,
}

impl FileServer {
    /// Serves this folder.
    ///
    /// # Panics
    /// There is no free port.
    pub fn start(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            address: listener.local_addr().unwrap(),
            is_over: AtomicBool::new(false),
            state: Mutex::default(),
        });
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if own.is_over.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(stream) = stream {
                    own.serve(stream);
                }
            }
        });
        Self { shared }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// From now on `path`, which begins with a slash, has this status and body.
    pub fn instead(&self, path: &str, status: u16, body: impl Into<Vec<u8>>) {
        self.shared.state().instead.insert(path.to_owned(), (status, body.into()));
    }

    /// The paths that were asked for.
    pub fn asked(&self) -> Vec<String> {
        self.shared.state().asked.clone()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: TcpStream) {
        let Ok(request) = Request::read(&mut stream) else { return };
        let path = request.target;
        let mut state = self.state();
        state.asked.push(path.clone());
        let (status, body) = match state.instead.get(&path) {
            Some(instead) => instead.clone(),
            None if path.contains("..") => (400, Vec::new()),
            None => match std::fs::read(self.folder.join(path.trim_start_matches('/'))) {
                Ok(body) => (200, body),
                Err(_) => (404, Vec::new()),
            },
        };
        drop(state);
        answer(stream, status, &[], &body);
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.shared.address);
    }
}
