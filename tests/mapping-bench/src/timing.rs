//! The clock: contenders in turn, many times over and each time shortly, so that a slow moment of the machine
//! hits all of them, and there are others.

use std::time::{Duration, Instant};

/// Samples of each contender; an odd number has a median.
const SAMPLES: usize = 101;

/// How long one sample lasts at least.
const SAMPLE: Duration = Duration::from_millis(5);

/// What is timed: a name, and one unit of work.
pub struct Timed<'t> {
    pub name: &'static str,
    pub work: Box<dyn FnMut() + 't>,
}

/// How long one unit of work took.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub name: &'static str,
    /// Microseconds: the median, the tenth and the ninetieth percentile of the samples.
    pub median: f64,
    pub low: f64,
    pub high: f64,
}

/// Times each, in turn.
pub fn measure(mut all: Vec<Timed<'_>>) -> Vec<Times> {
    let repeats: Vec<u32> = all.iter_mut().map(|timed| repeats(&mut timed.work)).collect();
    let mut samples = vec![Vec::with_capacity(SAMPLES); all.len()];
    for _ in 0..SAMPLES {
        for ((timed, repeats), samples) in all.iter_mut().zip(&repeats).zip(&mut samples) {
            samples.push(sample(&mut timed.work, *repeats).as_secs_f64() * 1e6 / f64::from(*repeats));
        }
    }
    let times = all.iter().zip(samples).map(|(timed, mut samples)| {
        samples.sort_by(f64::total_cmp);
        let at = |share: usize| samples[(SAMPLES - 1) * share / 10];
        Times { name: timed.name, median: at(5), low: at(1), high: at(9) }
    });
    times.collect()
}

/// Warms up, and finds out how often the work fits into a sample.
fn repeats(work: &mut dyn FnMut()) -> u32 {
    let mut repeats = 1;
    loop {
        let taken = sample(work, repeats);
        if taken >= SAMPLE {
            return repeats;
        }
        let fits = SAMPLE.as_secs_f64() / taken.as_secs_f64().max(1e-6) * f64::from(repeats);
        repeats = (fits * 1.1).ceil().min(f64::from(repeats) * 10.0) as u32;
    }
}

fn sample(work: &mut dyn FnMut(), repeats: u32) -> Duration {
    let begun = Instant::now();
    for _ in 0..repeats {
        work();
    }
    begun.elapsed()
}
