//! The fixed words of the pages of sales.

use super::lang::Lang;
use super::texts::texts;

texts! {
    /// The fixed texts of the pages of sales.
    SalesTexts:
    title: "三单比对", "Order, payment, parcel";
    lead: "海关报文中的订单、支付单、运单与清单应当说的是同一件事；不一致之处逐条列明，订购人信息只比对、不显示。", "The order, payment, waybill and declaration of customs messages should tell the same story; where they part is said rule by rule. A buyer's data is compared and never shown.";
    all: "全部", "All";
    with_failures: "有不一致的", "With differences";
    order_no: "订单编号", "Order number";
    platform: "平台", "Platform";
    direction: "进出口", "Direction";
    import: "进口", "Import";
    export: "出口", "Export";
    sent: "下单", "Ordered";
    agrees: "一致", "Agree";
    fails: "不一致", "Differ";
    waits: "待单证", "Waiting";
    none: "没有通过海关报文收到的交易。", "No sale came as customs messages.";
    none_failing: "没有不一致的交易。", "No sale has a difference.";
    next: "下一页", "Next page";
    back: "返回企业的交易", "The enterprise's sales";
    now: "现在", "now";
    as_known: "按当时已知：", "As known at ";
    as_known_help: "只用当时已收到的单证；限值与运单重复使用未查询。", "By the documents received until then; limits and the reuse of waybills are not looked up.";
    versions: "各次收到单证的时间", "When documents came";
    parties: "参与企业", "Who takes part";
    unregistered: "未在本区登记", "not registered here";
    flows: "三流", "The three flows";
    flow_order: "订单流", "The order";
    flow_money: "资金流", "The money";
    flow_goods: "货物流", "The goods";
    not_there: "尚未收到", "not received";
    withdrawn: "已撤回", "taken back";
    from_file: "来源", "From";
    line: "行", "line";
    signature: "报文签名", "Signature";
    envelope_signature: "信封签名", "Signature of the envelope";
    issued_by: "签发者", "issued by";
    held_back: "订购人信息（只比对，不显示）", "Of the buyer (compared, not shown)";
    goods: "商品", "Goods";
    quantity: "数量", "Quantity";
    price: "单价", "Price";
    total: "总价", "Total";
    verdicts: "逐条结果", "Rule by rule";
    rule: "规则", "Rule";
    outcome: "结果", "Outcome";
    compared: "所比较的值", "What was compared";
    same: "相同", "same";
    different: "不同", "different";
    pass: "一致", "agrees";
    fail: "不一致", "differs";
    waiting: "待单证", "waits";
    not_applicable: "不适用", "not applicable";
}
