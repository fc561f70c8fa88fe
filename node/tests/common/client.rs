//! A collector written by hand from the protocol's description: it shares no code with the server but the frames.

use std::net::SocketAddr;
use std::time::Duration;

use callmart_schema::session::{
    Ack, Batch, Body, Error, FRAME_HEADER_BYTES, Hello, PROTOCOL_VERSION, Position, Stop, Welcome, decode_frame,
    encode_frame, frame_length,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longest that a test waits for a frame; only a broken server makes it wait so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Most frames before an awaited error; a server that goes on for longer does not mean to end the session.
const MAX_PASSED_OVER: usize = 500;

pub(crate) struct Client(TcpStream);

pub(crate) fn hello(role: &str, pool: &str, member: &str) -> Hello {
    Hello {
        protocol_version: PROTOCOL_VERSION,
        collector: "a test".to_owned(),
        pool: pool.to_owned(),
        member: member.to_owned(),
        role: role.to_owned(),
        ..Hello::default()
    }
}

pub(crate) fn resuming(hello: Hello, stream: &str, offset: u64) -> Hello {
    let position = Position { stream: stream.to_owned(), offset, ..Position::default() };
    Hello { resume: vec![position], ..hello }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.expect("connected"))
    }

    /// Connects and says hello.
    pub(crate) async fn greet(address: SocketAddr, hello: Hello) -> (Self, Welcome) {
        let mut client = Self::connect(address).await;
        client.send(hello).await;
        match client.frame().await {
            Some(Body::Welcome(welcome)) => (client, welcome),
            other => panic!("a welcome was expected: {other:?}"),
        }
    }

    pub(crate) async fn send(&mut self, body: impl Into<Body>) {
        self.send_raw(&encode_frame(body).expect("small")).await;
    }

    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("sent");
    }

    pub(crate) async fn ack(&mut self, offset: u64) {
        self.send(Ack { offset, ..Ack::default() }).await;
    }

    /// Closes, and waits until the server has closed too: it then knows that nobody is here.
    pub(crate) async fn leave(mut self) {
        self.0.shutdown().await.expect("closed");
        while self.frame().await.is_some() {}
    }

    /// The next frame, or none when the server has closed.
    pub(crate) async fn frame(&mut self) -> Option<Body> {
        timeout(PATIENCE, self.read()).await.expect("a frame or the end in time")
    }

    async fn read(&mut self) -> Option<Body> {
        let mut header = [0; FRAME_HEADER_BYTES];
        self.0.read_exact(&mut header).await.ok()?;
        let mut bytes = vec![0; frame_length(header).expect("a length")];
        self.0.read_exact(&mut bytes).await.expect("a whole frame");
        Some(decode_frame(&bytes).expect("a frame"))
    }

    /// All bytes up to the end of the connection.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // A connection that is reset has ended too.
        let _ = timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await.expect("the end in time");
        bytes
    }

    /// The next so many bytes.
    pub(crate) async fn raw(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        timeout(PATIENCE, self.0.read_exact(&mut bytes)).await.expect("in time").expect("bytes");
        bytes
    }

    /// The next batch; heartbeats before it are passed over.
    pub(crate) async fn batch(&mut self) -> Batch {
        let batch = async {
            loop {
                match self.frame().await {
                    Some(Body::Batch(batch)) => return batch,
                    Some(Body::Heartbeat(_)) => (),
                    other => panic!("a batch was expected: {other:?}"),
                }
            }
        };
        timeout(PATIENCE, batch).await.expect("a batch in time, not only heartbeats")
    }

    /// The error that ends the session, and that it does end.
    pub(crate) async fn error(&mut self) -> Error {
        let mut passed_over = 0;
        let error = loop {
            match self.frame().await {
                Some(Body::Error(error)) => break error,
                Some(Body::Batch(_) | Body::Heartbeat(_)) if passed_over < MAX_PASSED_OVER => passed_over += 1,
                other => panic!("an error was expected: {other:?}"),
            }
        };
        assert_eq!(self.frame().await, None, "nothing follows an error");
        error
    }

    /// Takes and acknowledges everything up to the stop.
    pub(crate) async fn play_out(&mut self) -> (Vec<Batch>, Stop) {
        let mut batches = Vec::new();
        loop {
            match self.frame().await {
                Some(Body::Batch(batch)) => {
                    self.ack(batch.to_offset).await;
                    batches.push(batch);
                }
                Some(Body::Heartbeat(_)) => (),
                Some(Body::Stop(stop)) => {
                    self.ack(stop.offset).await;
                    return (batches, stop);
                }
                other => panic!("batches and a stop were expected: {other:?}"),
            }
        }
    }
}
