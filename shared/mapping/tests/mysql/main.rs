//! MySQL decides: expressions are evaluated by a real MariaDB and by us, and must come out the same.
//!
//! [`generate`] makes trees over the leaves of [`values`]; [`write`] writes each down twice, for us with
//! references and a record, for MariaDB with literals in their place; [`server`] and [`ours`] answer;
//! [`compare`] judges. Where we differ on purpose, [`reduce`] finds out from MariaDB what we must answer.
//! `cases.txt` has expressions picked by hand.
//!
//! FERRY_TEST_MYSQL names the server: `cargo xtask test` starts one, and so does `cargo xtask database`.

mod compare;
mod expression;
mod generate;
mod number;
mod older;
mod ours;
mod random;
mod reduce;
mod server;
mod values;
mod write;

use compare::{EQUAL, Judges, TURNED, Tally, compare, equal, shown};
use ferry_mapping::Value;
use older::Older;
use ours::Ours;
use random::Random;
use server::{ACCENTS, CODE_POINTS, DEFAULT, SYNTAX, Server};

fn judges() -> Judges {
    Judges {
        default: Server::connect(DEFAULT, false),
        apart: [DEFAULT, ACCENTS, CODE_POINTS].map(|collation| Server::connect(collation, true)),
    }
}

/// A seed to explore with; the tests' own otherwise.
fn seed() -> u64 {
    std::env::var("FERRY_TEST_SEED").map_or(20_240_101, |it| it.parse().expect("FERRY_TEST_SEED is a number"))
}

/// Differences that an older server's ways may explain, in one test.
const OLDER_WAYS: usize = 10;

fn report(tally: &Tally, asked: usize) {
    let older = Older::of(&mut Server::connect(DEFAULT, false));
    let (explained, faults): (Vec<&String>, Vec<&String>) =
        tally.faults.iter().partition(|fault| older.explains(fault));
    println!("{asked} SELECTs: {:?}, {} of an older server's ways", tally.counts, explained.len());
    let shown = faults.iter().take(20).map(|fault| fault.as_str()).collect::<Vec<_>>().join("\n\n");
    assert!(faults.is_empty(), "{} expressions mean something else to MariaDB:\n\n{shown}", faults.len());
    assert!(explained.len() <= OLDER_WAYS, "{explained:?}");
}

#[test]
fn generated_expressions_mean_what_mariadb_says() {
    let mut judges = judges();
    let mut random = Random::new(seed());
    let mut tally = Tally::default();
    for round in 0..20_000 {
        let tree = generate::expression(&mut random, 1 + round % 4);
        let written = write::write(&tree, &mut random);
        let ours = ours::answer(&written.ours, &written.record);
        compare(&mut judges, &tree, &written, &ours, &mut tally);
    }
    assert!(tally.of(TURNED) <= 10, "{:?}", tally.counts);
    report(&tally, judges.default.asked + judges.apart.iter().map(|it| it.asked).sum::<usize>());
    for (what, least) in [
        (EQUAL, 14_000),
        ("exact decimals, not doubles", 300),
        ("a branch's own value", 300),
        ("division_by_zero", 300),
        ("bad_cast", 1000),
        ("overflow", 5),
        ("whole numbers beyond BIGINT", 10),
        ("all digits of long decimals", 1),
        ("accents and emoji apart", 5),
    ] {
        assert!(tally.of(what) >= least, "only {} expressions were: {what}", tally.of(what));
    }
}

/// Expressions by hand. A line is one that means the same to MariaDB, or `expression => our answer` where
/// we differ on purpose.
#[test]
fn hand_picked_expressions_mean_what_mariadb_says() {
    let mut server = Server::connect(DEFAULT, false);
    let mut tally = Tally::default();
    for line in include_str!("cases.txt").lines().filter(|line| !line.is_empty() && !line.starts_with("##")) {
        let (expression, on_purpose) = match line.split_once(" => ") {
            Some((expression, ours)) => (expression, Some(ours)),
            None => (line, None),
        };
        let ours = ours::answer(expression, &Value::Object(Default::default()));
        let theirs = server.ask(expression);
        let same = match &ours {
            Ours::Refused(_) => theirs.refused,
            ours => equal(ours, &theirs),
        };
        match on_purpose {
            None if same => tally.count(EQUAL),
            Some(answer)
                if !same
                    && (ours.to_string() == answer
                        || ours.to_string().starts_with("refused") && answer == "refused") =>
            {
                tally.count("on purpose")
            }
            _ => tally.faults.push(format!("{line}\n  ours     {ours}\n  MariaDB  {}", shown(&theirs))),
        }
    }
    report(&tally, server.asked);
    assert!(tally.of(EQUAL) > 700 && tally.of("on purpose") > 100, "{:?}", tally.counts);
}

#[test]
fn operators_bind_as_mariadb_binds_them() {
    let mut server = Server::connect(DEFAULT, false);
    let mut random = Random::new(seed());
    let mut tally = Tally::default();
    for _ in 0..3000 {
        let chain = generate::chain(&mut random);
        let ours = ours::answer(&chain, &Value::Object(Default::default()));
        let theirs = server.ask(&chain);
        match &ours {
            _ if equal(&ours, &theirs) => tally.count(EQUAL),
            Ours::Refused(_) if theirs.refused && theirs.warnings[0].code == SYNTAX => tally.count("refused"),
            _ => tally.faults.push(format!("{chain}\n  ours     {ours}\n  MariaDB  {}", shown(&theirs))),
        }
    }
    report(&tally, server.asked);
    for (what, least) in [(EQUAL, 2000), ("refused", 200)] {
        assert!(tally.of(what) >= least, "only {} chains were: {what}", tally.of(what));
    }
}
