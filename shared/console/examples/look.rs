//! The console over flows that are made up, to look at its pages: `cargo run -p ferry-console --example look`, then
//! open the address that it prints, with the token that it prints.

#[path = "../tests/console/world.rs"]
mod world;

use http::Request;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3900".to_owned());
    let listener = TcpListener::bind(&address)?;
    println!("http://{address}/console with the token {}", world::ADMIN);
    let world = world::World::new();
    for stream in listener.incoming() {
        if let Err(error) = stream.and_then(|stream| serve(&world, stream)) {
            eprintln!("{error}");
        }
    }
    Ok(())
}

fn serve(world: &world::World, mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(std::time::Duration::from_secs(2)))?;
    let mut bytes = Vec::new();
    let mut buffer = [0; 65536];
    let (head, mut body) = loop {
        let n = stream.read(&mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&buffer[..n]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break (String::from_utf8_lossy(&bytes[..end]).into_owned(), bytes[end + 4..].to_vec());
        }
    };
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ');
    let mut request =
        Request::builder().method(first.next().unwrap_or("GET")).uri(first.next().unwrap_or("/"));
    let mut length = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
        request = request.header(name.trim(), value.trim());
    }
    while body.len() < length {
        let n = stream.read(&mut buffer)?;
        body.extend_from_slice(&buffer[..n]);
    }
    let Ok(request) = request.body(body) else { return Ok(()) };
    let response = world.handle(&request);
    let mut head = format!(
        "HTTP/1.1 {}\r\nconnection: close\r\ncontent-length: {}\r\n",
        response.status(),
        response.body().len()
    );
    for (name, value) in response.headers() {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(response.body())
}
