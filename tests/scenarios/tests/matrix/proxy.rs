//! Between the app and the database: lets a connection break at a chosen statement.
//!
//! It reads the packets of MySQL's protocol (four bytes of head: length and number) as far as it must: which
//! statement is prepared under which id, and which id is run.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Where a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// At the statement that begins with this word, before it reaches the server.
    Before(&'static str),
    /// The statement reaches the server and is run; its answer is lost.
    After(&'static str),
    /// Half of the statement's answer gets through.
    InTheAnswer(&'static str),
}

impl At {
    fn word(self) -> &'static str {
        match self {
            At::Before(word) | At::After(word) | At::InTheAnswer(word) => word,
        }
    }
}

#[derive(Debug, Default)]
struct Plan {
    at: Option<At>,
    times: usize,
    broken: usize,
}

/// A listening proxy; it ends with the test program.
pub struct Proxy {
    port: u16,
    plan: Arc<Mutex<Plan>>,
}

impl Proxy {
    /// One before the server on this port of the loopback interface.
    pub fn before(server: u16) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let plan = Arc::new(Mutex::new(Plan::default()));
        let shared = plan.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let plan = shared.clone();
                thread::spawn(move || {
                    if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)) {
                        // Either side ends; what is read is why, and of no interest.
                        let _ = carry(client, server, plan);
                    }
                });
            }
        });
        Proxy { port, plan }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Lets so many statements break their connections.
    pub fn arm(&self, at: At, times: usize) {
        *self.plan.lock().expect("no thread panics") = Plan { at: Some(at), times, broken: 0 };
    }

    /// All is well from now on.
    pub fn disarm(&self) {
        *self.plan.lock().expect("no thread panics") = Plan::default();
    }

    /// How many connections broke, if it was armed.
    pub fn broken(&self) -> Option<usize> {
        let plan = self.plan.lock().expect("no thread panics");
        plan.at.map(|_| plan.broken)
    }
}

/// What one connection knows.
#[derive(Default)]
struct Known {
    /// Being prepared: the server's next packet has its id.
    preparing: Option<String>,
    prepared: HashMap<u32, String>,
    /// The next answer is treated so.
    answer: Option<At>,
}

const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;

fn carry(client: TcpStream, server: TcpStream, plan: Arc<Mutex<Plan>>) -> std::io::Result<()> {
    let known = Arc::new(Mutex::new(Known::default()));
    let (answers, to_client) = (server.try_clone()?, client.try_clone()?);
    let learnt = known.clone();
    let back = thread::spawn(move || {
        let _ = give_back(answers, to_client, &learnt);
    });
    let result = ask(&client, &server, &known, &plan);
    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
    let _ = back.join();
    result
}

fn ask(
    mut client: &TcpStream,
    mut server: &TcpStream,
    known: &Mutex<Known>,
    plan: &Mutex<Plan>,
) -> std::io::Result<()> {
    loop {
        let packet = packet(&mut client)?;
        let (command, rest) = (packet[4..].first().copied(), packet.get(5..).unwrap_or_default());
        {
            let mut known = known.lock().expect("no thread panics");
            match command {
                Some(PREPARE) => known.preparing = Some(String::from_utf8_lossy(rest).into_owned()),
                Some(EXECUTE) if rest.len() >= 4 => {
                    let id = u32::from_le_bytes(rest[..4].try_into().expect("four bytes"));
                    let text = known.prepared.get(&id).map_or("", String::as_str);
                    let mut plan = plan.lock().expect("no thread panics");
                    let met = plan.at.filter(|at| plan.times > 0 && text.starts_with(at.word()));
                    if let Some(at) = met {
                        plan.times -= 1;
                        plan.broken += 1;
                        if matches!(at, At::Before(_)) {
                            return Ok(());
                        }
                        known.answer = Some(at);
                    }
                }
                _ => {}
            }
        }
        server.write_all(&packet)?;
    }
}

fn give_back(mut server: TcpStream, mut client: TcpStream, known: &Mutex<Known>) -> std::io::Result<()> {
    let result = loop {
        let packet = match packet(&mut server) {
            Ok(packet) => packet,
            Err(error) => break Err(error),
        };
        let mut known = known.lock().expect("no thread panics");
        match known.answer {
            Some(At::InTheAnswer(_)) => break client.write_all(&packet[..packet.len() / 2]),
            Some(_) => break Ok(()),
            None => {}
        }
        if let Some(text) = known.preparing.take()
            && packet.get(4) == Some(&0)
            && packet.len() >= 9
        {
            known.prepared.insert(u32::from_le_bytes(packet[5..9].try_into().expect("four bytes")), text);
        }
        drop(known);
        if let Err(error) = client.write_all(&packet) {
            break Err(error);
        }
    };
    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
    result
}

/// One packet with its head.
fn packet(from: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut packet = vec![0; 4];
    from.read_exact(&mut packet)?;
    let length = u32::from_le_bytes([packet[0], packet[1], packet[2], 0]) as usize;
    packet.resize(4 + length, 0);
    from.read_exact(&mut packet[4..])?;
    Ok(packet)
}
