"""Makes things of every kind for the fuzzer of the API to find, over HTTP, as the users of the sample zone.

usage: world.py FOLDER LOGIN. `FOLDER/keys/LOGIN` are keys of the sample's users, `FUZZ_BASE` is the service; what was
made is written to `FOLDER/world.json`, anew for each user that fuzzes, since a consent is revoked once. `LOGIN` is who
fuzzes: `anybody`, a user with its key, or `session:USER`, who signs in with `FUZZ_PASSWORD`.
"""

import base64
import datetime
import hashlib
import hmac
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

BASE = os.environ["FUZZ_BASE"] + "/api/v1"
FOLDER = pathlib.Path(sys.argv[1])
USCCS = os.environ["FUZZ_USCCS"].split(",")
KEYS = {path.name: path.read_text().split()[-1] for path in (FOLDER / "keys").iterdir()}
SECRET = (FOLDER / "secret").read_text().split()[-1]
JOB_SECONDS = 60
# What those who act in cases look for; a reading of a case names it.
LOOKING = {"agent": "self", "commerce": "supervision", "reviewer": "appeal"}
# Of what ends by an act, one for each act, and one to spare.
OF_EACH = 4
UNTIL = str(datetime.date.today() + datetime.timedelta(days=200))
# Nobody has this address.
RECEIVER = "https://receiver.invalid/changes"
NONCE = hashlib.sha256(os.urandom(16)).hexdigest()[:12]
LETTER = b"%PDF-1.4\n% of nobody, " + NONCE.encode()


def signature(secret, name, body):
    """The headers of a signed body, as Standard Webhooks has them."""
    at = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": name, "webhook-timestamp": at, "webhook-signature": "v1," + base64.b64encode(made).decode()}


def sent(who, headers, method, path, body):
    """The answer's body and headers; an error of the service ends the run."""
    raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, raw, headers, method=method)
    kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
    request.add_header("Content-Type", headers.get("Content-Type", kind))
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
            return (json.loads(text) if text else {}), answer.headers
    except urllib.error.HTTPError as error:
        sys.exit(f"{who}: {method} {path}: {error.code} {error.read().decode()}")


def call(login, method, path, body=None, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return sent(login, {"Authorization": f"Bearer {KEYS[login]}", **named}, method, path, body)[0]


def act(login, path, body=None):
    """An act on what counts its versions, having read it."""
    looking = {"X_Purpose": LOOKING[login]} if login in LOOKING else {}
    seen = call(login, "GET", path.rsplit("/", 1)[0], **looking)
    # A consent and a request do not say their version in the body; they are new here.
    return call(login, "POST", path, body, If_Match=f'"{seen.get("version", 1)}"')


def finished(login, job):
    for _ in range(JOB_SECONDS * 5):
        body = call(login, "GET", f"/jobs/{job}")
        if body["state"] in ("succeeded", "failed", "cancelled"):
            return body
        time.sleep(0.2)
    sys.exit(f"the job {job} does not end")


def consents(uscc, bank):
    asked = {"uscc": uscc, "purpose": "credit_approval", "blocks": ["grade", "score", "receipt"], "product": "跨境贷",
             "kind": "continuous", "until": UNTIL}
    made = [call(bank, "POST", "/consents", asked | {"product": f"跨境贷 {NONCE} {at}"}) for at in range(2 * OF_EACH)]
    for one in made[:OF_EACH]:
        act("agent", f"/consents/{one['id']}/grant", {"text_digest": one["text_digest"]})
    return made


def standing_requests():
    terms = {"purpose": "supervision", "blocks": ["identity", "grade", "lists"], "basis": "海关法第六条", "cycle": "event",
             "valid_to": UNTIL}
    made, active = [], {}
    for department in ("customs", "safe", "tax", "market", "commerce"):
        for at in range(2):
            made.append(call(department, "POST", "/standing-requests", terms)["id"])
            if at == 0:
                act("operator", f"/standing-requests/{made[-1]}/answer", {"decision": "grant"})
                active[department] = made[-1]
    return made, active


def extract(department, request):
    made = call(department, "POST", "/extracts", {"request": request})["id"]
    for _ in range(JOB_SECONDS * 5):
        if call(department, "GET", f"/extracts/{made}")["state"] == "succeeded":
            return made
        time.sleep(0.2)
    sys.exit("the extract is not made")


def subscriptions(uscc):
    made = []
    credit = {"purpose": "credit_approval"}
    for login, more in (("agent", {"uscc": uscc}), ("customs", {}), ("bank", credit), ("tax", {})):
        for at in range(2):
            held = [one["id"] for one in call(login, "GET", "/subscriptions?limit=200")["items"]]
            # What a user may have has a limit; those of an earlier round go.
            for old in held[1:] if at == 0 else []:
                call(login, "DELETE", f"/subscriptions/{old}")
            name = {"name": f"fuzz {NONCE} {at}", "url": RECEIVER}
            made.append((login, call(login, "POST", "/subscriptions", name | more)["id"]))
    return made


def lists(uscc, count=OF_EACH):
    """Entries that an enterprise may object to, of the highest weight: the rating changes, and the change is sent."""
    numbers = [f"{NONCE}-{count}-{at}" for at in range(count)]
    rows = "".join(f"{uscc},abnormal_operation,{number},示例市监局,2026-01-01,,\n" for number in numbers)
    file = "uscc,list,decision_no,authority,effective_on,expires_on,removed_on\n" + rows
    taken = call("operator", "POST", "/sources/lists/batches", file.encode())
    done = finished("operator", taken["job"]["id"])
    return [{"record": {"source": "lists", "key": [uscc, "abnormal_operation", number]}} for number in numbers], done


def order(uscc):
    number = f"O{NONCE}"
    file = ("uscc,order_no,mode,direction,ordered_at,amount_cny,currency,buyer_token,returned_at\n"
            f"{uscc},{number},9610,export,2026-11-01T10:00:00+08:00,88.00,CNY,buyer7,2026-11-09T10:00:00+08:00\n")
    finished("operator", call("operator", "POST", "/sources/transactions/batches", file.encode())["job"]["id"])
    return number


# Customs messages: what every document begins with, one line of goods, and who would buy it.
PARTIES = {"ebpCode": "91511725MA6TEXT48T", "ebpName": "平台", "ebcName": "电商"}
PARCEL = {"logisticsCode": "91511725MA6TEXT48T", "logisticsName": "物流"}
BUYER = {"buyerIdType": "1", "buyerIdNumber": "510104199901019984", "buyerName": "无此人", "buyerTelephone": "13900000984"}
GOODS = {"gnum": "1", "gmodel": "瓶", "unit": "142", "qty": "1", "price": "100", "totalPrice": "100", "currency": "142",
         "country": "116"}


def element(name, inner):
    if isinstance(inner, dict):
        inner = "".join(element(field, text) for field, text in inner.items())
    return f"<ceb:{name}>{inner}</ceb:{name}>"


def message(root, inner):
    return (f'<?xml version="1.0" encoding="UTF-8"?><ceb:{root} xmlns:ceb="http://www.chinaport.gov.cn/ceb" '
            f'guid="{"0" * 36}" version="1.0">{inner}</ceb:{root}>').encode()


def sales(uscc):
    """An order and its declaration of the enterprise: the sale, and by what its goods are traced."""
    common = {"guid": NONCE.ljust(36, "0"), "appType": "1", "appTime": "20261101100000", "appStatus": "2"}
    sale = {"orderNo": f"S{NONCE}", **PARTIES, "ebcCode": uscc}
    goods = {"logistics_no": f"W{NONCE}", "item": f"R{NONCE}", "hs_code": "3304990039"}
    order = common | {"orderType": "I"} | sale | {
        "goodsValue": "100", "freight": "0", "discount": "0", "taxTotal": "9.1", "acturalPaid": "109.1", "currency": "142",
        "buyerRegNo": "R984", **BUYER, "consignee": "无此人", "consigneeTelephone": "13900000984",
        "consigneeAddress": "宜宾市虚构巷九八四号"}
    declared = common | sale | PARCEL | {
        "logisticsNo": goods["logistics_no"], "copNo": f"C{NONCE}", "assureCode": uscc, "ieFlag": "I", "declTime": "20261102",
        "customsCode": "7900", "portCode": "7900", **BUYER, "consigneeAddress": "宜宾市虚构巷九八四号", "agentCode": uscc,
        "agentName": "代理", "tradeMode": "9610", "trafMode": "5", "country": "116", "freight": "0", "insuredFee": "0",
        "currency": "142", "packNo": "1", "grossWeight": "1", "netWeight": "0.9"}
    line = GOODS | {"itemRecordNo": goods["item"], "gcode": goods["hs_code"], "gname": "面霜", "qty1": "1", "unit1": "035"}
    for file in (
        message("CEB311Message", element("Order", element("OrderHead", order)
                                         + element("OrderList", GOODS | {"itemName": "面霜"}))),
        message("CEB621Message", element("Inventory", element("InventoryHead", declared)
                                         + element("InventoryList", line))),
    ):
        finished("operator", call("operator", "POST", "/sources/ceb/batches", file)["job"]["id"])
    told = call("agent", "GET", f"/enterprises/{uscc}/sales?limit=8", X_Purpose="self")["items"]
    return [one["id"] for one in told], goods


def pushed(uscc):
    """A signed batch of the single window, with what its message was; another message of the kind can be signed anew."""
    common = {"guid": NONCE.ljust(36, "0"), "appType": "1", "appTime": "20261101100000", "appStatus": "2"}
    payment = common | {
        "payCode": PARTIES["ebpCode"], "payName": "支付", "payTransactionId": f"P{NONCE}", "orderNo": f"S{NONCE}",
        "ebpCode": PARTIES["ebpCode"], "ebpName": "平台", "payerIdType": "1", "payerIdNumber": BUYER["buyerIdNumber"],
        "payerName": BUYER["buyerName"], "amountPaid": "109.1", "currency": "142", "payTime": "20261101100500"}
    data = base64.b64encode(message("CEB411Message", element("Payment", element("PaymentHead", payment)))).decode()
    body = json.dumps({"messages": [{"id": "m1", "data": data}]}).encode()
    named = {"Authorization": f"Bearer {KEYS['window']}", "Content-Type": "application/json"}
    answer, _ = sent("window", named | signature(SECRET, f"world-{NONCE}", body), "POST", "/single-window/batches", body)
    for _ in range(JOB_SECONDS * 5):
        if call("window", "GET", answer["receipts"].removeprefix("/api/v1"))["batch"]["state"] != "waiting":
            return answer["id"], data
        time.sleep(0.2)
    sys.exit("the batch of the single window does not end")


def cases(uscc, records):
    name = urllib.parse.quote("ruling.pdf")
    digest = call("agent", "POST", f"/case-files?name={name}", LETTER)["digest"]
    asked = {"uscc": uscc, "reason": "another company of the same name", "attachments": [digest]}
    attached = {"agent": [digest], "commerce": [call("commerce", "POST", f"/case-files?name={name}", LETTER)["digest"]]}
    objections = [call("agent", "POST", "/objections", asked | {"about": about})["id"] for about in records]
    open_now = call("agent", "GET", "/appeals?limit=200", X_Purpose="self")["items"]
    about = [{"indicator": f"R{number:02}"} for number in range(1, 9)][len(open_now):][:2]
    appeals = [one["id"] for one in open_now]
    appeals += [call("agent", "POST", "/appeals", asked | {"about": one})["id"] for one in about]
    # One at each station of the way.
    for at, case in enumerate(objections):
        for verb, body in (("receive", {}), ("accept", {}), ("ask_source", {"asked": "market_regulation"}))[:at]:
            act("commerce", f"/objections/{case}/{verb}", body)
    made = {"objections": objections, "appeals": appeals}
    facts = {"uscc": uscc, "reason": f"as on file {NONCE}", "basis": "示例办法第七条"}
    alarm = {"rule": "R-1", "severity": "high", "evidence": {"orders": 3}}
    for kind, login, about in (
        ("repairs", "agent", records[0]),
        ("list-entries", "commerce", {"watch": {"code": "W1", "facts": f"seen {NONCE}"}}),
        ("alerts", "commerce", {"alert": alarm}),
        ("disputes", "commerce", {"order": order(uscc)}),
    ):
        made[kind] = [one["id"] for one in call(login, "GET", f"/{kind}?limit=200", X_Purpose=LOOKING[login])["items"]]
        if not made[kind]:
            asked = facts | {"about": about, "attachments": attached[login]}
            made[kind].append(call(login, "POST", f"/{kind}", asked)["id"])
    return made, digest


def deliveries(subscribed):
    """What was tried to be sent to each, once the worker has tried."""
    for _ in range(JOB_SECONDS):
        tried = [(one, delivery["id"]) for login, one in subscribed
                 for delivery in call(login, "GET", f"/subscriptions/{one}/deliveries")["items"]]
        if tried:
            return tried
        time.sleep(1)
    return []


def screening():
    names = "name,uscc,reference\n" + "".join(f",{uscc},{NONCE}\n" for uscc in USCCS)
    taken = call("customs", "POST", "/screenings", names.encode())
    return taken["screening"]["id"]


def plans():
    """Plans of inspection: one that waits for its draw, and one that is drawn, with tasks."""
    made, secrets = [], {}
    for at in range(2):
        secret = os.urandom(32)
        wanted = {"title": f"抽查 {NONCE} {at}", "inspectors": ["甲", "乙", "丙"],
                  "secret_commitment": hashlib.sha256(secret).hexdigest()}
        made.append(call("commerce", "POST", "/inspection-plans", wanted, X_Purpose="supervision")["id"])
        secrets[made[-1]] = secret.hex()
    # A draw needs a later block than its plan's.
    lists(USCCS[-1], 1)
    path = f"/inspection-plans/{made[-1]}"
    draw = {"secret": secrets[made[-1]]}
    call("commerce", "POST", f"{path}/draw", draw, If_Match='"1"', X_Purpose="supervision")
    tasks = call("commerce", "GET", f"{path}/tasks?limit=200", X_Purpose="supervision")["items"]
    return made, secrets, [(made[-1], one["uscc"]) for one in tasks]


def signed_in(login):
    """What the fuzzer shows of itself: nothing, a key, or a session; and other sessions of its user, to be ended."""
    if login == "anybody":
        return {}, []
    if not login.startswith("session:"):
        return {"Authorization": f"Bearer {KEYS[login]}"}, []
    typed = {"login": login.removeprefix("session:"), "password": os.environ["FUZZ_PASSWORD"]}
    opened = []
    for _ in range(OF_EACH + 1):
        body, headers = sent(login, {}, "POST", "/sessions", typed)
        opened.append({"Cookie": headers["Set-Cookie"].split(";")[0], "X-CSRF-Token": body["csrf_token"]})
    open_now, _ = sent(login, opened[-1], "GET", "/sessions", None)
    return opened[-1], [one["id"] for one in open_now["items"] if not one["current"]]


def people(uscc):
    """Users, keys, certificates and letters to be ended, none of which the fuzzer itself is let in with."""
    users, keys, letters, certificates = [], [], [], []
    for at in range(OF_EACH):
        login = f"fuzz-{NONCE}-{at}"
        user = call("operator", "POST", "/users", {"login": login, "name": "示例", "audience": "enterprise"})
        users.append((user.get("user") or user)["id"])
        query = urllib.parse.urlencode({"uscc": uscc, "valid_from": str(datetime.date.today()), "valid_to": UNTIL,
                                        "reason": "on file"})
        letters.append(call("operator", "POST", f"/users/{login}/letters?{query}", LETTER)["id"])
        new = call("operator", "POST", "/keys", {"name": f"fuzz {NONCE}", "user": login, "scopes": ["read"]})
        keys.append((new.get("about") or new)["id"])
        known = {"name": f"fuzz {NONCE}", "audience": "customs", "organisation": "5115", "scopes": ["read"],
                 "fingerprint": hashlib.sha256(login.encode()).hexdigest()}
        certificates.append(call("operator", "POST", "/certificates", known)["id"])
    return users, keys, letters, certificates


def main():
    me = call("agent", "GET", "/me")
    uscc = next(one for one in USCCS if one in json.dumps(me))
    subscribed = subscriptions(uscc)
    asked, (requests, active) = consents(uscc, "bank"), standing_requests()
    records, job = lists(uscc)
    opened, digest = cases(uscc, records)
    extracts = [extract(department, active[department]) for department in ("customs", "tax")]
    users, keys, letters, certificates = people(uscc)
    planned, secrets, tasks = plans()
    sold, goods = sales(uscc)
    window, data = pushed(uscc)
    signed, sessions = signed_in(sys.argv[2])
    batches = [one["id"] for one in call("operator", "GET", "/batches?limit=8")["items"]]
    world = {
        "own": uscc,
        "signed": signed,
        "secrets": secrets,
        "tasks": tasks,
        "digest": digest,
        "goods": goods,
        "secret": SECRET,
        "message": data,
        "text_digests": {one["id"]: one["text_digest"] for one in asked},
        "active": list(active.values()),
        "about": records + [{"rating": 1}, {"indicator": "R01"}],
        "deliveries": deliveries(subscribed),
        "ids": {
            "consents": [one["id"] for one in asked], "standing-requests": requests, "extracts": extracts,
            "subscriptions": [one for _, one in subscribed], **opened, "cases": sum(opened.values(), []),
            "screenings": [screening()], "batches": batches, "jobs": [job["id"]], "users": users, "keys": keys,
            "sales": sold, "single-window": [window], "letters": letters, "certificates": certificates, "inspection-plans": planned, "sessions": sessions,
            "scorecards": [one["id"] for one in call("operator", "GET", "/scorecards")["items"]],
        },
    }
    (FOLDER / "world.json").write_text(json.dumps(world, ensure_ascii=False))


main()
