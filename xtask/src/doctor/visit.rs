//! The visit to one account: what is asked there, what comes back, what is found.

use super::ask::{Answer, Asker, local_address};
use super::diagnosis::{self, Circumstances};
use super::finding::{Finding, Severity, Text};
use super::flows::Place;
use super::variables::Variables;
use ferry_platforms::{Error, Problem, galaxy};
use std::net::IpAddr;
use ureq::http::Request;

/// A clock is mentioned when it is so many seconds off (`design.md` 7, *Windows*).
const CLOCK_TOLERANCE: i64 = 60;

/// The visit ends here; a finding tells why.
#[derive(Debug)]
pub struct Stopped;

/// What a platform's examination works with.
pub struct Visit<'a> {
    /// The account, and who uses it.
    pub place: &'a Place<'a>,
    /// Whether a token may be fetched where that could end the one that the app has.
    pub fresh_token: bool,
    /// Where it is, once that is known: host and port.
    pub host: String,
    /// What was called.
    pub calls: Vec<String>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What must not be shown: tokens that came back, signatures that were sent.
    pub secrets: Vec<String>,
    /// Seconds that the server's clock is ahead.
    pub ahead: Option<i64>,
    system: &'a str,
    variables: &'a Variables,
    asker: &'a Asker,
}

impl<'a> Visit<'a> {
    /// A visit that has not begun.
    pub fn new(
        place: &'a Place<'a>,
        system: &'a str,
        variables: &'a Variables,
        asker: &'a Asker,
    ) -> Visit<'a> {
        Visit {
            place,
            fresh_token: false,
            host: String::new(),
            calls: Vec::new(),
            findings: Vec::new(),
            secrets: Vec::new(),
            ahead: None,
            system,
            variables,
            asker,
        }
    }

    /// Reads the account from the variables.
    ///
    /// # Errors
    /// Some are missing or malformed: all are found at once.
    pub fn account<A>(
        &mut self,
        read: impl FnOnce(&str, &dyn Fn(&str) -> String) -> Result<A, Vec<Problem>>,
    ) -> Result<A, Stopped> {
        let value = |name: &str| self.variables.value(name);
        read(self.place.account, &value).map_err(|problems| {
            for Problem { about, en, zh } in problems {
                let upper = about.to_uppercase();
                let means =
                    Text::new(format!("The variable {about} is {en}."), format!("变量 {about} {zh}。"));
                let advice = Text::new(
                    format!("Set SPIN_VARIABLE_{upper} and run this again."),
                    format!("请设置 SPIN_VARIABLE_{upper} 后重新运行。"),
                );
                self.findings.push(Finding::problem("variable", means, advice));
            }
            Stopped
        })
    }

    /// The value of one of the account's variables.
    pub fn variable(&self, field: &str) -> String {
        self.variables.value(&format!("{}_{field}", self.place.account))
    }

    /// How calls are made.
    pub fn asker(&self) -> &'a Asker {
        self.asker
    }

    /// Sends a request; `what` says in a few words what it asks for.
    ///
    /// # Errors
    /// No answer came.
    pub fn ask(&mut self, what: &str, request: Request<Vec<u8>>) -> Result<Answer, Stopped> {
        match self.asker.ask(what, request) {
            Ok(answer) => {
                self.calls.push(answer.call.clone());
                self.secrets.extend(answer.secrets.iter().cloned());
                // The header is the same everywhere.
                if let Some(server) = galaxy::server_time(&answer.response) {
                    self.ahead = Some(server - answer.at);
                }
                Ok(answer)
            }
            Err(finding) => Err(self.no_answer(*finding)),
        }
    }

    /// Notes that a call brought no answer.
    pub fn no_answer(&mut self, finding: Finding) -> Stopped {
        let account = self.place.account;
        self.findings.push(finding.map(|text| text.replace("{account}", account)));
        Stopped
    }

    /// What an answer holds.
    ///
    /// # Errors
    /// It is a refusal.
    pub fn read<T>(&mut self, call: &str, result: Result<T, Error>) -> Result<T, Stopped> {
        result.map_err(|error| {
            let finding = diagnosis::of(&error, call, &self.circumstances());
            self.stop(finding)
        })
    }

    /// A refusal of which the platform knows better what kind it is.
    pub fn refused(&mut self, code: &'static str, call: &str, error: &Error) -> Stopped {
        let finding = diagnosis::named(code, error, call, &self.circumstances());
        self.stop(finding)
    }

    /// Notes something that ends the visit.
    pub fn stop(&mut self, finding: Finding) -> Stopped {
        self.findings.push(finding);
        Stopped
    }

    /// Notes something that was left untried, or had an effect.
    pub fn note(&mut self, code: &'static str, means: Text, advice: Text) {
        self.findings.push(Finding::new(Severity::Note, code, means, advice));
    }

    /// Says goodbye: a clock that is off is told, unless it has been.
    pub fn end(&mut self) {
        let told = self.findings.iter().any(|finding| finding.code == "clock");
        if let Some(ahead) = self.ahead.filter(|ahead| ahead.abs() > CLOCK_TOLERANCE && !told) {
            self.findings.push(diagnosis::clock_warning(ahead));
        }
    }

    fn circumstances(&self) -> Circumstances<'a> {
        Circumstances {
            platform: self.place.platform,
            system: self.system,
            account: self.place.account,
            ahead: self.ahead,
            local: self.local(),
        }
    }

    fn local(&self) -> Option<IpAddr> {
        let (host, port) = match self.host.split('/').next()?.rsplit_once(':') {
            Some((host, port)) => (host.to_owned(), port.parse().ok()?),
            None => (self.host.clone(), 443),
        };
        local_address(&host, port)
    }
}
