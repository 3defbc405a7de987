"""The message that is signed, on standard output: a CEB311 of fictitious parties, laid out as no canonical form is."""

HEAD = [
    ("guid", "311-ORDER01".ljust(36, "0")), ("appType", "1"), ("appTime", "20261102090000"), ("appStatus", "2"),
    ("orderType", "I"), ("orderNo", "ORDER-1"), ("ebpCode", "5115960002"), ("ebpName", "平台"),
    ("ebcCode", "5115960001"), ("ebcName", "电商"), ("goodsValue", "250.5"), ("freight", "10"),
    ("discount", "5.5"), ("taxTotal", "22.8"), ("acturalPaid", "277.8"), ("currency", "142"),
    ("buyerRegNo", "REG-BUYER-991"), ("buyerName", "<![CDATA[测试买家甲]]>"), ("buyerTelephone", "13900000991"),
    ("buyerIdType", "1"), ("buyerIdNumber", "510104199901019991"), ("consignee", "测试买家甲"),
    ("consigneeTelephone", "13900000991"), ("consigneeAddress", "宜宾市虚构路九九一号"), ("note", "a &lt; b &amp; c"),
]
LINES = [("1", "面霜", "2", "100", "200"), ("2", "洁面乳", "1", "50.5", "50.5")]


def leaf(name, text):
    return f"<ceb:{name}>{text}</ceb:{name}>" if text else f"<ceb:{name}/>"


def line(number, goods, quantity, price, total):
    fields = [("gnum", number), ("itemName", goods), ("qty", quantity), ("price", price), ("totalPrice", total),
              ("gmodel", "瓶"), ("itemDescribe", ""), ("unit", "142"), ("currency", "142"), ("country", "116")]
    return "    <ceb:OrderList>" + "".join(leaf(*field) for field in fields) + "</ceb:OrderList>\n"


print('<?xml version="1.0" encoding="UTF-8"?>')
print('<!-- outside --><ceb:CEB311Message  version="1.0" Id="whole"\n   guid="' + "0" * 36 + '"')
print('   xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ceb=\'http://www.chinaport.gov.cn/ceb\'>')
print("  <ceb:Order><!-- inside -->\n    <ceb:OrderHead>")
for field in HEAD:
    print("      " + leaf(*field))
print("    </ceb:OrderHead>\n" + "".join(line(*one) for one in LINES) + "  </ceb:Order>\n</ceb:CEB311Message>")
