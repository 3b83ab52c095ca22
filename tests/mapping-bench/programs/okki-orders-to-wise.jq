def required($field): if . and . != "" then . else error("\($field) is required") end;
def date: strptime("%Y-%m-%d %H:%M:%S") | strftime("%Y-%m-%d");

(.exchange_rate | tonumber) as $rate
| (.shipment_deadline | if . and . != "" then date else null end) as $deadline
| (.order_no | required("FBillNo")) as $order_no
| {
    Page1: [{
      FCancellation: "0",
      Fdate: (.account_date | required("Fdate") | date),
      FBillNo: $order_no,
      FPOOrdBillNo: $order_no,
      FCustID: {FNumber: (.company.serial_id | required("FCustID.FNumber")), FName: .company.name},
      FAreaPS: {FNumber: "1", FName: "1"},
      FSaleStyle: {FNumber: "FXF02", FName: "赊销"},
      FCurrencyID: {
        FNumber: (.currency | if . == "CNY" then "RMB" elif . == "USD" or . == "EUR" then . elif . then error("no known currency") else null end),
        FName: .currency
      },
      FExchangeRate: ($rate / 100 | tostring),
      FDeptID: {FNumber: "03.01"},
      FEmpID: {FNumber: "0086"},
      FFetchAdd: .target_port,
      FExplanation: (.name + " " + .remark)
    }],
    Page2: (.product_list | if . == [] then error("Page2 is required") else map(
      (.count | required("Fauxqty") | tonumber | if . == 0 then error("division by zero") else . end) as $count
      | (.cost_amount | tonumber) as $amount
      | {
        FItemID: {FNumber: (.product_no | required("FItemID.FNumber")), FName: .product_name},
        FItemModel: (.product_model // "" | trim),
        FUnitID: {FNumber: (.unit | if . and . != "" then . else "PCS" end)},
        Fauxqty: ($count | tostring),
        Fauxprice: ($amount / ($count * 1.13) * 10000 | round / 10000 | tostring),
        FAuxTaxPrice: ($amount / $count | tostring),
        FCess: "13",
        FAllAmount: ($amount * $rate | round / 100 | tostring),
        FDate1: $deadline,
        FSourceBillNo: .refer_order_no,
        Fnote: ($order_no + "-" + (.unique_id | tostring))
      }) end)
  }
