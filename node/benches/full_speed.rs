//! Measures a simulated contact center at full speed: events a second for each processor core that the node takes, to real
//! sockets with listeners that acknowledge.
//!
//! `cargo bench -p callmart-node --bench full_speed [-- HOURS [AGENTS [POOLS]]]`. Beside it, in the same run: the world and
//! its events made with nobody listening, and the same frames written to the same sockets without node or protocol, which
//! is what the system itself takes. Numbers hold for a release build.
#![allow(clippy::print_stdout)]

mod measuring;

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use callmart_node::cluster::faults::Schedule;
use callmart_node::cluster::processes::Processes;
use callmart_node::live::{Pace, Stage, StageSettings, SystemClock, sources};
use callmart_node::server::{Node, NodeSettings};
use callmart_node::world::World;
use measuring::{Heard, START_US, is_asked_for, listen_to_all, number, process_s, thread_s, world};

/// Lets a world be told to its end with nobody listening; gives the processor time.
fn make(world: Box<dyn World>) -> f64 {
    let before_s = thread_s();
    let mut processes = Processes::new(world, &Schedule::default());
    let (mut events, mut bytes) = (0, 0);
    while let Some(account) = processes.next_account() {
        events += account.told.len();
        bytes += account.told.iter().map(|told| told.bytes.len()).sum::<usize>();
    }
    let (seconds, each) = (thread_s() - before_s, bytes / events.max(1));
    println!("made    {events} events of {each} bytes: {seconds:.2} s of a core, {}", rate(events as u64, seconds));
    seconds
}

/// Only lets it happen, without events, numbers and bytes.
fn happen(mut world: Box<dyn World>) {
    let before_s = thread_s();
    let mut events = 0;
    while let Some(stretch) = world.next_stretch() {
        events += stretch.happened.len();
    }
    let seconds = thread_s() - before_s;
    println!("happen  {events} events: {seconds:.2} s of a core, {}", rate(events as u64, seconds));
}

fn rate(events: u64, seconds: f64) -> String {
    format!("{:.0} events/s per core", events as f64 / seconds)
}

/// What the node took of a processor, and what each listener heard.
struct Measured {
    node_s: f64,
    heard: Vec<Heard>,
}

async fn tell(world: Box<dyn World>, pools: usize, made_s: f64) -> Result<Measured, Box<dyn Error>> {
    let settings = StageSettings { pools: vec![pools; world.tellers().len()], ..StageSettings::default() };
    let before_s = process_s();
    let began = Instant::now();
    let stage = Stage::new(world, Pace::Unbounded, Arc::new(SystemClock), &settings)?;
    let node = Node::start(sources(&stage), NodeSettings::default()).await?;
    let listening = listen_to_all(&node, pools)?;
    let heard = tokio::task::spawn_blocking(move || {
        let heard = listening.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Ok(Heard::default())));
        heard.collect::<Result<Vec<Heard>, std::io::Error>>()
    });
    let heard = heard.await??;
    let wall_s = began.elapsed().as_secs_f64();
    let listeners_s: f64 = heard.iter().map(|heard| heard.processor_s).sum();
    let node_s = process_s() - before_s - listeners_s;
    let (events, batches) = heard.iter().fold((0, 0), |sum, heard| (sum.0 + heard.events, sum.1 + heard.batches));
    println!("told    {events} events in {batches} batches to {pools} pools: {wall_s:.2} s on the wall");
    println!("        {node_s:.2} s of a core for the node: {}", rate(events, node_s));
    println!(
        "        of it {made_s:.2} s for the world and its events, as above, and {:.2} s for the ports",
        node_s - made_s
    );
    println!("        beside it {listeners_s:.2} s for the listeners");
    node.shutdown().await;
    Ok(Measured { node_s, heard })
}

/// Writes frames of these lengths to a socket, whose other end reads them; gives the writer's processor time.
fn write_plain(frames: Vec<u32>) -> Result<f64, std::io::Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut write = TcpStream::connect(listener.local_addr()?)?;
    let (mut read, _) = listener.accept()?;
    let longest = frames.iter().copied().max().unwrap_or(0) as usize;
    let reading = thread::spawn(move || {
        let mut bytes = vec![0; longest.max(1)];
        while read.read(&mut bytes).is_ok_and(|len| len > 0) {}
    });
    let bytes = vec![0x5a; longest];
    let before_s = thread_s();
    for len in frames {
        write.write_all(&len.to_be_bytes())?;
        write.write_all(bytes.get(..len as usize).unwrap_or_default())?;
    }
    drop(write);
    let seconds = thread_s() - before_s;
    // A reader that broke down has measured nothing.
    let _ = reading.join();
    Ok(seconds)
}

fn write_all_plain(measured: Measured) -> Result<(), std::io::Error> {
    let Measured { node_s, heard } = measured;
    let events: u64 = heard.iter().map(|heard| heard.events).sum();
    let bytes: u64 = heard.iter().flat_map(|heard| &heard.frames).map(|len| u64::from(*len)).sum();
    let mut seconds = 0.0;
    for heard in heard {
        seconds += write_plain(heard.frames)?;
    }
    let mib = bytes >> 20;
    println!("plain   the same {mib} MiB in the same frames: {seconds:.2} s of a core, {}", rate(events, seconds));
    println!("        the node takes {:.1} times what the socket alone does", node_s / seconds);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if !is_asked_for() {
        return Ok(());
    }
    let (hours, agents, pools) = (number(0, 2), number(1, 2_000), number(2, 1));
    let world = || Box::new(world(START_US, hours, u32::try_from(agents).unwrap_or(u32::MAX)));
    println!("{hours} simulated hours of {agents} agents");
    happen(world());
    let made_s = make(world());
    write_all_plain(tell(world(), usize::try_from(pools).unwrap_or(1), made_s).await?)?;
    Ok(())
}
