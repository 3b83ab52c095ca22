//! K3 WISE's token, template and list.

use ferry_platforms::Class;
use ferry_platforms::wise::{self, By, ListQuery, Page, Template};
use ferry_simulators::wise::{Figures, Filters, OlderTokens, Op, RowCount, TokenRefusal, Validity};
use serde_json::json;

use crate::wire::{AtWise, answer, document, kind};

#[test]
fn a_token_is_given_for_the_authority_code_alone() {
    let at = AtWise::new();
    for (validity, life) in [(Validity::Number, 7200), (Validity::Text, 7200), (Validity::Absent, 3600)] {
        at.simulator.set(|s| (s.validity, s.token_life_s) = (validity, 7200));
        let token = at.token();
        assert_eq!(token.token.len(), 80);
        assert!((token.expires_at - at.now() - life).abs() <= 2, "{validity:?} {token:?}");
    }
    let other = AtWise::account(&at.simulator, "635e8cd0");
    let refused = wise::read_token(&answer(wise::request_token(&other)), at.now());
    assert_eq!(kind(refused), (Class::Credentials, "login_refused"));
    // Neither code nor token in the log of calls.
    let token = at.token();
    at.find(&token, By::BillNo, &["x"]).unwrap();
    let shown = format!("{:?}", at.simulator.calls());
    assert!(!shown.contains(&at.simulator.authority_code()) && !shown.contains(&token.token), "{shown}");
    // `Token=` as some clients write it.
    let url = format!("{}so/gettemplate?Token={}", at.simulator.url(), token.token);
    assert_eq!(ureq::get(url).call().unwrap().status(), 200);
    for (path, status) in [("SO/Push", 404), ("Token/Create", 405)] {
        let response = ureq::post(format!("{}{path}", at.simulator.url())).send_empty();
        assert!(matches!(response, Err(ureq::Error::StatusCode(code)) if code == status), "{path}");
    }
}

#[test]
fn an_expired_token_is_noticed_however_it_is_refused_and_no_order_is_lost() {
    for refusal in [TokenRefusal::StatusCode, TokenRefusal::Http401, TokenRefusal::PlainText] {
        let at = AtWise::new();
        at.simulator.set(|s| s.token_refusal = refusal);
        let old = at.token();
        at.save(&old, &document("SO-1")).unwrap();
        at.simulator.set(|s| s.clock_offset_ms = 3_601_000);
        assert!(old.is_due(at.now()));
        let code = if refusal == TokenRefusal::PlainText { "no_json" } else { "token_refused" };
        assert_eq!(kind(at.find(&old, By::PoOrdBillNo, &["SO-1"])), (Class::Credentials, code));
        let template = wise::read_template(&answer(wise::get_template(&at.account, &old, "SO")));
        assert_eq!(kind(template), (Class::Credentials, code));
        // To a Save the plain text leaves the bill in doubt; the question that follows tells of the token.
        let doubt = match refusal {
            TokenRefusal::PlainText => (Class::Transport, "garbled_answer"),
            _ => (Class::Credentials, "token_refused"),
        };
        assert_eq!(kind(at.save(&old, &document("SO-2"))), doubt);
        let renewed = at.token();
        assert!(at.bills(&renewed, "SO-2").is_empty());
        at.save(&renewed, &document("SO-2")).unwrap();
        assert_eq!(at.simulator.orders().len(), 2);
        at.simulator.end_tokens();
        assert_eq!(kind(at.find(&renewed, By::PoOrdBillNo, &["SO-1"])).0, Class::Credentials);
    }
}

#[test]
fn an_older_token_lives_on_or_ends() {
    for (older, lives) in [(OlderTokens::LiveOn, true), (OlderTokens::End, false)] {
        let at = AtWise::new();
        at.simulator.set(|s| s.older_tokens = older);
        let (first, second) = (at.token(), at.token());
        assert_ne!(first, second);
        assert_eq!(at.find(&first, By::BillNo, &["x"]).is_ok(), lives);
        assert!(at.find(&second, By::BillNo, &["x"]).is_ok());
    }
}

#[test]
fn the_template_of_the_erp_knows_its_owners_fields_and_agrees_with_ours() {
    let at = AtWise::new();
    let token = at.token();
    let live =
        wise::read_template(&answer(wise::get_template(&at.account, &token, wise::SALES_ORDER))).unwrap();
    let ours = Template::sales_order();
    for page in [Page::Page1, Page::Page2] {
        let theirs: Vec<&str> = live.fields(page).filter(|field| !field.contains("SelfS")).collect();
        assert_eq!(ours.fields(page).collect::<Vec<_>>(), theirs);
    }
    assert!(
        live.problem(Page::Page1, "FHeadSelfS0158{}").is_none()
            && live.problem(Page::Page2, "FEntrySelfS0168").is_none()
    );
    assert!(live.problem(Page::Page1, "FHeadSelfS0001").is_some());
    for template in [&live, &ours] {
        assert_eq!(template.problems(&document("SO-1")), []);
        let wrong = json!({"Page1": [{"FDate": "2024-01-29"}], "Page2": [{"FAuxQty": "1", "FItemID": "x"}]});
        assert_eq!(template.problems(&wrong).len(), 3);
    }
}

#[test]
fn orders_are_found_by_either_number_one_or_many() {
    let at = AtWise::new();
    let token = at.token();
    for number in ["SO-1", "SO-2", "订单'3"] {
        at.save(&token, &document(number)).unwrap();
    }
    for figures in [Figures::Number, Figures::Text] {
        at.simulator.set(|s| s.figures = figures);
        let list = at.find(&token, By::PoOrdBillNo, &["SO-1", "订单'3", "x' or '1'='1"]).unwrap();
        // Two orders of two lines each.
        assert_eq!((list.rows.len(), list.row_count, list.is_whole(wise::LARGEST_PAGE)), (4, Some(4), true));
        let found: Vec<_> =
            list.orders().into_iter().map(|o| (o.bill_no, o.po_ord_bill_no.unwrap())).collect();
        assert_eq!(
            found,
            [("SEORD000001".to_owned(), "SO-1".to_owned()), ("SEORD000003".to_owned(), "订单'3".to_owned())]
        );
    }
    let by_own = at.find(&token, By::BillNo, &["SEORD000002"]).unwrap().orders();
    assert_eq!(by_own[0].po_ord_bill_no.as_deref(), Some("SO-2"));
    assert!(at.bills(&token, "SO-9").is_empty());
    // SQL Server compares without letter case: what is found must be compared again.
    let found = at.find(&token, By::PoOrdBillNo, &["so-1"]).unwrap().orders();
    assert_eq!(found[0].po_ord_bill_no.as_deref(), Some("SO-1"));
}

#[test]
fn a_server_that_understands_one_comparison_is_asked_for_one_number() {
    let at = AtWise::new();
    let token = at.token();
    at.save(&token, &document("SO-1")).unwrap();
    at.simulator.set(|s| s.filters = Filters::OneComparison);
    assert_eq!(kind(at.find(&token, By::PoOrdBillNo, &["SO-1", "SO-2"])), (Class::Fatal, "wrong_request"));
    assert_eq!(at.bills(&token, "SO-1"), ["SEORD000001"]);
    assert!(at.bills(&token, "SO-2").is_empty());
    at.simulator.set(|s| s.filters = Filters::Sql);
    assert_eq!(at.find(&token, By::PoOrdBillNo, &["SO-1", "SO-2"]).unwrap().orders().len(), 1);
}

#[test]
fn a_list_that_is_cut_says_so() {
    let at = AtWise::new();
    let token = at.token();
    for number in ["SO-1", "SO-2", "SO-3"] {
        at.save(&token, &document(number)).unwrap();
    }
    let numbers = ["SO-1", "SO-2", "SO-3"];
    for row_count in [RowCount::OfThePage, RowCount::All] {
        at.simulator.set(|s| (s.clamp, s.row_count) = (Some(4), row_count));
        let cut = at.find(&token, By::PoOrdBillNo, &numbers).unwrap();
        assert_eq!((cut.orders().len(), cut.is_whole(wise::LARGEST_PAGE)), (2, false), "{row_count:?}");
    }
    let query = ListQuery {
        filter: String::new(),
        fields: vec!["FBillNo".into(), "Fauxqty".into()],
        order_by: String::new(),
        page_index: 2,
        page_size: 4,
    };
    let rest = wise::read_list(&answer(wise::get_list(&at.account, &token, "SO", &query))).unwrap();
    assert_eq!(
        rest.rows,
        [
            json!({"FBillNo": "SEORD000003", "Fauxqty": "2.5"}),
            json!({"FBillNo": "SEORD000003", "Fauxqty": "10"})
        ]
    );
    at.simulator.set(|s| s.clamp = None);
    assert!(at.find(&token, By::PoOrdBillNo, &numbers).unwrap().is_whole(wise::LARGEST_PAGE));

    let wrong =
        |query: ListQuery| kind(wise::read_list(&answer(wise::get_list(&at.account, &token, "SO", &query))));
    let refused = (Class::Fatal, "wrong_request");
    assert_eq!(wrong(ListQuery { fields: vec!["FNope".into()], ..query.clone() }), refused);
    assert_eq!(wrong(ListQuery { filter: "FNope='1'".into(), ..query.clone() }), refused);
    assert_eq!(wrong(ListQuery { filter: "FBillNo='".into(), ..query.clone() }), refused);
    assert_eq!(wrong(ListQuery { page_index: 0, ..query }), refused);
    assert_eq!(at.simulator.called(Op::GetList), 8);
}

#[test]
fn an_object_that_the_code_gives_no_access_to_is_refused() {
    let wise = AtWise::new();
    wise.simulator.set(|switches| switches.forbidden = vec![Op::GetTemplate]);
    let token = wise.token();
    let template = answer(wise::get_template(&wise.account, &token, wise::SALES_ORDER));
    assert_eq!(kind(wise::read_template(&template)), (Class::Fatal, "no_permission"));
    assert!(wise.find(&token, By::BillNo, &["x"]).is_ok(), "another operation");
}
