//! The fields of a sales order in their exact letter case (`vendors/kingdee.md` 3.4), those of one customer's
//! own among them.

use serde_json::{Map, Value, json};

/// A field of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub name: &'static str,
    /// `{"FNumber","FName"}` rather than a string.
    pub is_object: bool,
}

/// The fields of the head.
pub(super) fn page1() -> impl Iterator<Item = Field> {
    fields(PAGE1)
}

/// The fields of a line.
pub(super) fn page2() -> impl Iterator<Item = Field> {
    fields(PAGE2)
}

fn fields(list: &'static str) -> impl Iterator<Item = Field> {
    list.split(',').map(str::trim).map(|name| match name.strip_suffix("{}") {
        Some(name) => Field { name, is_object: true },
        None => Field { name, is_object: false },
    })
}

/// `Data` of `GetTemplate`: all fields, empty.
pub(super) fn shown() -> Value {
    let row = |fields: &mut dyn Iterator<Item = Field>| -> Map<String, Value> {
        let empty = |is_object| if is_object { json!({"FNumber": "", "FName": ""}) } else { json!("") };
        fields.map(|field| (field.name.to_owned(), empty(field.is_object))).collect()
    };
    json!({"Page1": [row(&mut page1())], "Page2": [row(&mut page2())]})
}

const PAGE1: &str = "FCancellation, FClassTypeID, FEnterpriseID, FHeadSelfS0158{}, FHeadSelfS0159, FHeadSelfS0160, \
    FHeadSelfS0161, FSendStatus, FStatus, Fdate, FCustID{}, FSettleDate, FImport, FAreaPS{}, FSettleID{}, \
    FRelateBrID{}, FPOOrdBillNo, FSaleStyle{}, FTransitAheadTime, FBrID{}, FTranType, FFetchStyle{}, FFetchAdd, \
    FExplanation, FCurrencyID{}, FSelTranType, FSelBillNo, FExchangeRate, FBillNo, FMultiCheckStatus, \
    FExchangeRateType{}, FCustAddress{}, FPlanCategory{}, FCheckerID{}, FCheckDate, FDeptID{}, FEmpID{}, FMangerID{}, \
    FBillerID{}, FManageType, FValidaterName, FSysStatus, FConsignee{}, FVersionNo, FChangeDate, FChangeUser{}, \
    FChangeCauses, FChangeMark";

const PAGE2: &str = "FEntryID2, FATPDeduct{}, FEntrySelfS0168, FEntrySelfS0169, FOutSourceEntryID, \
    FOutSourceInterID, FOutSourceTranType, FMapNumber{}, FMapName, FItemID{}, FItemName, FItemModel, FAuxPropID{}, \
    FBaseUnit, FQty, FUnitID{}, Fauxqty, FSecUnitID, FSecCoefficient, FSecQty, Fauxprice, FAuxTaxPrice, Famount, \
    FCess, FTaxRate, FUniDiscount, FTaxAmount, FAuxPriceDiscount, FTaxAmt, FAllAmount, FTranLeadTime, FInForecast{}, \
    FDate1, Fnote, FCommitQty, FAuxCommitQty, FSecCommitQty, FSecStockQty, FStockQty, FAuxStockQty, FPlanMode{}, \
    FMTONo, FBomInterID{}, FCostObjectID{}, FAdviceConsignDate, FLockFlag, FSourceBillNo, FBOMCategory{}, \
    FSourceTranType, FOrderBOMInterID, FSourceInterId, FSourceEntryID, FOrderBOMStatus{}, FContractBillNo, \
    FContractInterID, FContractEntryID, FAuxQtyInvoice, FSecInvoiceQty, FQtyInvoice, FSecCommitInstall, \
    FCommitInstall, FAuxCommitInstall, FAuxPropCls, FAllStdAmount, FMrpLockFlag, FHaveMrp, FReceiveAmountFor_Commit, \
    FOrderBillNo, FOrderEntryID";
