//! What MariaDB changed itself within 10.11: a server from a distribution may be of either side of it. We mean what
//! the newer one does; a difference that the older one's ways explain is counted apart, and there may be few.

use crate::server::Server;

/// The ways of the server at hand that newer ones have left.
pub struct Older {
    /// `XOR` takes a fraction for the whole number beside it: 0.3 is false.
    xor_of_whole_numbers: bool,
    /// `LOCATE` with NULL for its place is 0, not NULL.
    locate_without_a_place: bool,
    /// `-'0'` is -0.
    minus_zero: bool,
}

impl Older {
    pub fn of(server: &mut Server) -> Older {
        let mut says = |expression: &str, old: &str| server.ask(expression).text.as_deref() == Some(old);
        Older {
            xor_of_whole_numbers: says("0.25 XOR 1", "1"),
            locate_without_a_place: says("LOCATE('b','abc',NULL)", "0"),
            minus_zero: says("-'0'", "-0"),
        }
    }

    /// Whether a difference is of these ways.
    pub fn explains(&self, fault: &str) -> bool {
        let fault = fault.to_uppercase();
        self.xor_of_whole_numbers && fault.contains(" XOR ")
            || self.locate_without_a_place && fault.contains("LOCATE(") && fault.contains("NULL")
            || self.minus_zero && fault.contains("MARIADB  -0")
    }
}
