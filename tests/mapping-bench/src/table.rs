//! Tables of times, for people.

use crate::timing::Times;

/// Prints the times of one piece of work: each with its ratio to the one called `ours`, and to the one
/// called `by hand` where there is such a one.
pub fn print(title: &str, times: &[Times]) {
    let median = |name: &str| times.iter().find(|times| times.name == name).map(|times| times.median);
    println!("  {title}");
    println!("    {:<12}{:>11}{:>22}{:>10}{:>11}", "", "median µs", "10 % – 90 %", "to ours", "to by hand");
    for each in times {
        let ratio = |to: Option<f64>| to.map_or("–".to_owned(), |to| format!("{:.2}", each.median / to));
        println!(
            "    {:<12}{:>11.1}{:>22}{:>10}{:>11}",
            each.name,
            each.median,
            format!("{:.1} – {:.1}", each.low, each.high),
            ratio(median("ours")),
            ratio(median("by hand"))
        );
    }
    println!();
}
