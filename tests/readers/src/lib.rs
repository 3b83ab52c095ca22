//! The readers of what comes from outside, each as a function of bytes that panics when a promise is broken:
//! vendors' answers ([`answers`]), and users' requests, URLs and flow files ([`requests`]).
//!
//! `tests/fuzz` feeds them with libFuzzer, for as long as one likes. The test of this crate feeds them with seeded
//! mutations of true samples ([`mutate`]), for some seconds, with every change of the code.
//!
//! | target | reads | must hold |
//! |---|---|---|
//! | one of each platform | an HTTP answer: a byte that chooses the status, then the body | no panic; rows of the width asked for; an error has a code, hints in both languages, and at most 500 characters of the vendor |
//! | `mysql` | the host's error text, or a `main_sql` | the same; a table's name holds no quote |
//! | `request` | method, path, query, token and body of a request to a flow | every answer is JSON with a known status; without a token nothing but 401; no key of another flow is asked for |
//! | `flow_file` | a flow file with the variables of an operator | no panic; a problem is in both languages |

pub mod answers;
pub mod mutate;
pub mod requests;

/// A reader, and true samples of what it reads.
pub struct Target {
    /// Its name here and in `tests/fuzz`.
    pub name: &'static str,
    /// Feeds it.
    ///
    /// # Panics
    /// When a promise is broken.
    pub feed: fn(&[u8]),
    /// What it reads without complaint, or with a known one.
    pub samples: &'static [&'static [u8]],
}

/// All of them.
pub const TARGETS: [Target; 9] = [
    Target { name: "galaxy", feed: answers::galaxy, samples: answers::GALAXY },
    Target { name: "jushuitan", feed: answers::jushuitan, samples: answers::JUSHUITAN },
    Target { name: "wangdiantong", feed: answers::wangdiantong, samples: answers::WANGDIANTONG },
    Target { name: "okki", feed: answers::okki, samples: answers::OKKI },
    Target { name: "wise", feed: answers::wise, samples: answers::WISE },
    Target { name: "jdy", feed: answers::jdy, samples: answers::JDY },
    Target { name: "mysql", feed: answers::mysql, samples: answers::MYSQL },
    Target { name: "request", feed: requests::request, samples: requests::REQUESTS },
    Target { name: "flow_file", feed: requests::flow_file, samples: requests::FLOW_FILES },
];
