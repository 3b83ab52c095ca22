//! Every reader on its samples and on seeded mutations of them: seconds, the same ones each time.

use ferry_readers::{TARGETS, mutate};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Of each target.
const MUTATIONS: u64 = 3000;

#[test]
fn no_reader_breaks_its_promises_on_true_or_mutated_samples() {
    std::thread::scope(|scope| {
        for target in &TARGETS {
            scope.spawn(move || {
                target.samples.iter().for_each(|sample| (target.feed)(sample));
                // Flow files are long, and compiled: fewer of them take the time of the others.
                let mutations = if target.name == "flow_file" { MUTATIONS / 10 } else { MUTATIONS };
                for seed in 0..mutations {
                    let text = mutate::mutated(target.samples, &mut fastrand::Rng::with_seed(seed));
                    let fed = catch_unwind(AssertUnwindSafe(|| (target.feed)(&text)));
                    assert!(
                        fed.is_ok(),
                        "{} of seed {seed}: {:?}",
                        target.name,
                        String::from_utf8_lossy(&text)
                    );
                }
            });
        }
    });
}

/// The samples are what the readers are for: of each target, some are read without an error.
#[test]
fn the_samples_are_read() {
    use ferry_platforms::{galaxy, jdy, jushuitan, okki, wangdiantong, wise};
    let answer = |sample: &[u8]| http::Response::new(sample[1..].to_vec());
    let readers = ferry_readers::answers::GALAXY;
    assert!(galaxy::read_query(&answer(readers[0]), 3).is_ok_and(|rows| rows.len() == 2));
    assert!(galaxy::read_login(&answer(readers[5])).is_ok());
    assert!(galaxy::read_batch_save(&answer(readers[4]), &["a", "b"]).is_ok());
    let readers = ferry_readers::answers::JUSHUITAN;
    assert!(jushuitan::read_page(jushuitan::Api::Current, &answer(readers[0])).is_ok());
    assert!(jushuitan::read_page(jushuitan::Api::Legacy, &answer(readers[1])).is_ok());
    assert!(jushuitan::read_token(&answer(readers[3]), 0).is_ok());
    let pager = wangdiantong::Pager { page_no: 0, page_size: 100, calc_total: true };
    assert!(wangdiantong::read_page(&answer(ferry_readers::answers::WANGDIANTONG[0]), pager).is_ok());
    let readers = ferry_readers::answers::OKKI;
    assert!(okki::read_order_list(&answer(readers[0])).is_ok());
    assert!(okki::read_order_info(&answer(readers[1])).is_ok());
    assert!(okki::read_token(&answer(readers[2]), 0).is_ok());
    let readers = ferry_readers::answers::WISE;
    assert!(wise::read_token(&answer(readers[0]), 0).is_ok());
    assert!(wise::read_list(&answer(readers[1])).is_ok());
    assert!(wise::read_save(&answer(readers[2])).is_ok());
    let readers = ferry_readers::answers::JDY;
    assert!(jdy::read_customers(&answer(readers[0])).is_ok());
    assert!(jdy::read_saved(&answer(readers[2])).is_ok());
}
