//! A server of the test's own on a free port, and a client that writes and reads the bytes itself.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use callmart_queries::engine::Engine;
use callmart_queries::http::{Access, ApiSettings, ApiState, ExtraMetrics, MartEngines, serve};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::content::{monday, noon_ms};
use crate::support::Content;

/// A server that runs until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) engines: MartEngines,
    end: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
    _folder: Option<tempfile::TempDir>,
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Server {
    /// Over these engines.
    pub(crate) async fn over(engines: MartEngines, settings: ApiSettings, access: Access) -> Self {
        Self::with_metrics(engines, settings, access, None).await
    }

    pub(crate) async fn with_metrics(
        engines: MartEngines,
        settings: ApiSettings,
        access: Access,
        extra: Option<ExtraMetrics>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = ApiState::with_metrics(engines.clone(), settings, access, Arc::new(noon_ms), extra);
        let (end, ended) = oneshot::channel();
        let shutdown = async {
            let _ = ended.await;
        };
        let task = tokio::spawn(async move { Box::pin(serve(listener, state, shutdown)).await });
        Self { address, engines, end: Some(end), task, _folder: None }
    }

    /// Over the Parquet mart of a content, for this machine.
    pub(crate) async fn of(content: &Content, settings: ApiSettings) -> Self {
        let (folder, parquet) = content.parquet();
        let engines = MartEngines { parquet, postgres: None };
        let server = Self::over(engines, settings, Access::of_this_machine(&[])).await;
        Self { _folder: Some(folder), ..server }
    }

    /// Over the Monday.
    pub(crate) async fn of_monday() -> Self {
        Self::of(&monday(), ApiSettings::default()).await
    }

    /// Over the Monday in both marts; PostgreSQL only where there is one.
    pub(crate) async fn of_both(test: &str) -> Self {
        let (folder, mut engines) = monday().engines(test).await;
        let postgres = if engines.len() > 1 { engines.pop() } else { None };
        let engines = MartEngines { parquet: engines.remove(0), postgres };
        let server = Self::over(engines, ApiSettings::default(), Access::of_this_machine(&[])).await;
        Self { _folder: Some(folder), ..server }
    }

    /// Each engine with the word that asks for it.
    pub(crate) fn each_engine(&self) -> Vec<(&'static str, &Engine)> {
        let postgres = self.engines.postgres.as_ref().map(|engine| ("postgres", engine));
        [("parquet", &self.engines.parquet)].into_iter().chain(postgres).collect()
    }

    /// Sends bytes, and reads until the server closes; nothing when it closes without an answer.
    pub(crate) async fn send(&self, bytes: &[u8]) -> Option<Answer> {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        let _ = stream.write_all(bytes).await; // a server may answer and close before it has read all
        read(&mut stream).await
    }

    /// Sends bytes and says that there will be no more; then reads as [`Self::send`] does.
    pub(crate) async fn send_all(&self, bytes: &[u8]) -> Option<Answer> {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        read(&mut stream).await
    }

    /// Asks with further headers, each ended by a line end.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
        self.send(text.as_bytes()).await.expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    /// A good answer as JSON.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Ends the server in good order.
    pub(crate) async fn end(mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(());
        }
        self.task.await.expect("a task").expect("an orderly end");
    }
}

async fn read(stream: &mut TcpStream) -> Option<Answer> {
    let mut got = Vec::new();
    let mut part = vec![0; 16_384];
    while let Ok(length) = stream.read(&mut part).await {
        if length == 0 {
            break;
        }
        got.extend_from_slice(&part[..length]);
    }
    Answer::read(&got)
}

impl Answer {
    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_lowercase(), v.to_owned()));
        Some(Self { status, headers: headers.collect(), body: bytes[end + 4..].to_vec() })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}
