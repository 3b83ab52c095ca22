//! Saved is not audited.

use ferry_platforms::galaxy::{DocumentStatus, Operation, OperationOutcome, RowOutcome, SaveOptions};
use ferry_simulators::galaxy::AuditFailure;

use crate::client::{Client, FORM, audited, bill, bills, is_saved, refusal};

#[test]
fn a_bill_that_is_saved_but_not_audited_is_seen_however_the_answer_puts_it() {
    for failure in [AuditFailure::Refusal, AuditFailure::Both, AuditFailure::Silence] {
        let client = Client::signed();
        client.galaxy.set(|switches| switches.audit_failure = failure);
        client.galaxy.refuse_audit(&["T2"]);
        let rows = client.save(&audited(), &bills(&["T1", "T2", "T3"])).unwrap().unwrap();
        assert!(is_saved(&rows[0]) && is_saved(&rows[2]), "{rows:?}");
        match failure {
            AuditFailure::Refusal => assert_eq!(refusal(&rows[1]), "stock_short"),
            AuditFailure::Both => {
                assert!(matches!(&rows[1], RowOutcome::SavedOnly(_, error) if error.code == "stock_short"))
            }
            AuditFailure::Silence => assert!(is_saved(&rows[1])),
        }
        // One question settles all three.
        let statuses: Vec<DocumentStatus> =
            client.find(&["T1", "T2", "T3"]).iter().map(|bill| bill.status).collect();
        let expected = [DocumentStatus::Audited, DocumentStatus::Submitted, DocumentStatus::Audited];
        assert_eq!(statuses, expected);
        assert_eq!(statuses[1].until_audited(), Some(&[Operation::Audit][..]));

        let again = client.operate(Operation::Audit, &["T2"]).unwrap();
        assert!(
            matches!(&again[0], OperationOutcome::Refused(error) if error.code == "stock_short"),
            "{again:?}"
        );
        client.galaxy.refuse_audit(&[]);
        assert_eq!(client.operate(Operation::Audit, &["T2"]).unwrap(), [OperationOutcome::Done]);
        assert_eq!(client.find(&["T2"])[0].status, DocumentStatus::Audited);
    }
}

#[test]
fn bills_in_any_state_are_brought_to_the_audit_and_no_further() {
    let client = Client::logged_in();
    client.save(&SaveOptions::default(), &bills(&["A"])).unwrap().unwrap();
    for status in ['B', 'C', 'D', 'Z'] {
        client.galaxy.add_bill(FORM, &bill(&status.to_string()), status).unwrap();
    }
    for found in client.find(&["A", "B", "C", "D", "Z"]) {
        let Some(rest) = found.status.until_audited() else {
            assert_eq!(found.number, "Z");
            continue;
        };
        for operation in rest {
            let outcomes = client.operate(*operation, &[&found.number]).unwrap();
            assert_eq!(outcomes, [OperationOutcome::Done], "{operation:?} of {}", found.number);
        }
    }
    let found = client.find(&["A", "B", "C", "D"]);
    assert!(found.iter().all(|bill| bill.status == DocumentStatus::Audited), "{found:?}");
    // Done twice is done.
    for operation in [Operation::Submit, Operation::Audit] {
        let outcomes = client.operate(operation, &["A", "absent", "B"]).unwrap();
        assert_eq!(outcomes, [OperationOutcome::Done, OperationOutcome::Unknown, OperationOutcome::Done]);
        assert_eq!(client.operate(operation, &["absent"]).unwrap(), [OperationOutcome::Unknown]);
    }
}

#[test]
fn of_several_bills_each_is_answered_for() {
    let client = Client::signed();
    client.save(&SaveOptions::default(), &bills(&["T1", "T10", "T100"])).unwrap().unwrap();
    let numbers = ["absent", "T10", "T1", "T100"];
    let submitted = client.operate(Operation::Submit, &numbers).unwrap();
    assert_eq!(submitted[1..], [const { OperationOutcome::Done }; 3]);
    client.galaxy.refuse_audit(&["T1"]);
    let outcomes = client.operate(Operation::Audit, &numbers).unwrap();
    assert_eq!(
        [&outcomes[0], &outcomes[1], &outcomes[3]],
        [&OperationOutcome::Unknown, &OperationOutcome::Done, &OperationOutcome::Done]
    );
    assert!(
        matches!(&outcomes[2], OperationOutcome::Refused(error) if error.message.contains("“T1”")),
        "{outcomes:?}"
    );
}
