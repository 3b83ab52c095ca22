//! Mutations of samples: what a broken wire, a hostile user or a vendor's next release makes of a true text.

use fastrand::Rng;

/// Pieces that parsers stumble over.
const PIECES: [&[u8]; 40] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b",",
    b":",
    b"null",
    b"true",
    b"0",
    b"-1",
    b"1e999",
    b"9223372036854775808",
    b"0.30000000000000000000000000000000000001",
    b"\"\"",
    b"{}",
    b"[]",
    b"[[",
    b"\xff",
    b"\0",
    b"\\u0000",
    b"\\ud800",
    b"'",
    b"''",
    b"`",
    b"%",
    b"%00",
    b"%2e%2e%2f",
    b"../",
    b"\r\n",
    b"<",
    b"</title>",
    b"<title>",
    b"\xef\xbb\xbf",
    b"\xe6\x96\x99",
    b"response_error:",
    b"-0",
    b"1704075072",
    b" ",
];

/// Another text made of these samples, always the same from the same generator.
pub fn mutated(samples: &[&[u8]], rng: &mut Rng) -> Vec<u8> {
    let mut text = samples[rng.usize(..samples.len())].to_vec();
    for _ in 0..rng.usize(1..8) {
        let at = rng.usize(..=text.len());
        match rng.u8(..9) {
            0 => text.truncate(at),
            1 => {
                if let Some(byte) = text.get_mut(at) {
                    *byte ^= 1 << rng.u8(..8);
                }
            }
            2 | 3 => {
                let piece = PIECES[rng.usize(..PIECES.len())];
                text.splice(at..at, piece.iter().copied());
            }
            4 => {
                let end = (at + rng.usize(..24)).min(text.len());
                text.drain(at..end);
            }
            5 => {
                let end = (at + rng.usize(..64)).min(text.len());
                let again = text[at..end].to_vec();
                text.splice(at..at, again);
            }
            6 => {
                // The beginning of this and the end of another.
                let other = samples[rng.usize(..samples.len())];
                text.truncate(at);
                text.extend_from_slice(&other[rng.usize(..=other.len())..]);
            }
            7 => {
                let deep = rng.usize(1..300);
                text.splice(at..at, std::iter::repeat_n(if rng.bool() { b'[' } else { b'(' }, deep));
            }
            _ => {
                if let Some(first) = text.first_mut() {
                    *first = rng.u8(..);
                }
            }
        }
    }
    text
}
