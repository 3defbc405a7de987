"""What the fuzzer of the API checks beside the schema: no error of the server, and no block that the rule withholds.

Guesses alone find nothing, so what `world.py` made is put into most of them: enterprises, ids of everything that has
an id, the version that is there. Whose they are is not looked at: others' are asked for too. After an answer of 200
about one enterprise, the rule is asked what this caller may see of it (`GET …/disclosure`), and every field that
belongs to a withheld block must be absent or null.
"""

import atexit
import base64
import datetime
import hashlib
import hmac
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections import Counter

import schemathesis

BASE = os.environ["FUZZ_BASE"]
USCCS = os.environ["FUZZ_USCCS"].split(",")
with open(os.environ["FUZZ_WORLD"], encoding="utf-8") as made:
    WORLD = json.load(made)
# The headers that say who fuzzes.
SIGNED = WORLD["signed"]
# Ids by kind that the caller is told of; how often each operation was answered how.
OWN, COUNTS = {}, {}
TODAY = str(datetime.date.today())
UNTIL = str(datetime.date.today() + datetime.timedelta(days=200))
ENDINGS = ("/disable", "/reset", "/rotate")
# What is read for a purpose.
CASES = ("objections", "appeals", "repairs", "list-entries", "alerts", "disputes", "cases",
         "inspection-plans")
FILES = {
    "extracts": ["manifest.json", "manifest.sig", "extract.ndjson", "extract.csv"],
    "screenings": ["results.ndjson", "results.csv"],
}
SOURCES = ["registration", "lists", "penalties", "classes", "permits"]
VERBS = ["receive", "accept", "refuse", "ask_source", "answer", "propose", "confirm", "correct", "withdraw", "read"]
PURPOSES = [
    "supervision", "statistics", "audit", "self", "credit_approval", "post_loan", "insurance", "appeal",
    "evaluation_check",
]
# Fields of answers, by the block they belong to.
FIELDS = {
    "score": ["score", "sub_scores", "reasons"],
    "indicators": ["indicators"],
    "contact": ["contact"],
    "past_penalties": ["past_penalties"],
    "minor_dishonesty": ["minor_dishonesty"],
    "safe_class": ["safe_class"],
    "tax_class": ["tax_class"],
    "transactions": ["transactions"],
    "complaints": ["complaints"],
    "grade": ["grade", "previous_grade"],
}
# Fewest enterprises behind a figure that is published (ADR 40).
AGGREGATE_MIN = 5
# What is public of a block that is not: the two best grades, the best class of tax.
PUBLIC = {"grade": ("AAA", "AA"), "tax_class": ("A",)}


@schemathesis.serializer("application/pdf")
def letter(context, value):
    return b"%PDF-1.4\n" + repr(value).encode()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Puts what exists in the place of guesses: ids most of the time, the version that is there half of the time."""
    draw = Draw(case)
    if case.path_parameters:
        existing(case, draw)
    for part in (case.body, case.query):
        if isinstance(part, dict):
            fill(part, case, draw)
    if case.operation.path.endswith("/traces") and isinstance(case.query, dict):
        traced(case.query, draw)
    if case.headers is None:
        return
    case.headers.update(SIGNED)
    if case.operation.label == "POST /api/v1/single-window/batches":
        pushed(case, draw)
    if takes(case, "X-Purpose") and draw.below(8):
        # One that the caller may name, more often than not.
        case.headers["X-Purpose"] = draw.one_of((purposes() if draw.below(3) else []) or PURPOSES)
    if takes(case, "If-Match"):
        choice = draw.below(4)
        if choice < 2:
            case.headers["If-Match"] = version(case)
        elif choice == 2:
            case.headers["If-Match"] = '"1"'


@schemathesis.hook
def after_call(context, case, response):
    COUNTS.setdefault(case.operation.label, Counter())[str(response.status_code)] += 1


@atexit.register
def keep_counts():
    """One line for each user, for `reached.py`."""
    if COUNTS:
        with open(os.environ["FUZZ_COUNTS"], "a", encoding="utf-8") as file:
            file.write(json.dumps(COUNTS) + "\n")


class Draw:
    """Choices that follow from what was guessed, so that a case that is tried again is the same case."""

    def __init__(self, case):
        made = (case.operation.label, case.path_parameters, case.query, case.headers, case.body)
        self.state = zlib.crc32(repr(made).encode("utf-8", "replace"))

    def below(self, bound):
        self.state = zlib.crc32(self.state.to_bytes(4, "big"))
        return (self.state >> 8) % bound

    def one_of(self, values):
        return values[self.below(len(values))] if values else None


def takes(case, name):
    return any(one.name == name for one in case.operation.headers)


def asked(path):
    """What the caller reads there, with its ETag; nothing where that is refused."""
    request = urllib.request.Request(BASE + path, headers=SIGNED)
    if path.split("/")[3].split("?")[0] in CASES and purposes():
        request.add_header("X-Purpose", purposes()[0])
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer), answer.headers.get("ETag")
    except (urllib.error.HTTPError, ValueError):
        return None, None


def own(kind):
    """Ids of this kind that the caller is told of by the list, as it was at first."""
    if kind not in OWN:
        body, _ = asked(f"/api/v1/{kind}?limit=200")
        told = {str(one.get("id")) for one in (body or {}).get("items", [])}
        OWN[kind] = [one for one in WORLD["ids"].get(kind, []) if one in told]
    return OWN[kind]


def purposes():
    """What the caller may name."""
    if "purposes" not in OWN:
        OWN["purposes"] = (asked("/api/v1/disclosure")[0] or {}).get("purposes", [])
    return OWN["purposes"]


def existing(case, draw):
    parameters, path = case.path_parameters, case.operation.path
    kind = path.removeprefix("/api/v1/").split("/")[0]
    if case.operation.method.upper() == "DELETE" or path.endswith(ENDINGS):
        # What ends a login or a key must not end the one that fuzzes.
        made_up = kind not in WORLD["ids"]
    else:
        made_up = draw.below(8) == 0
    if made_up:
        return
    if "uscc" in parameters:
        parameters["uscc"] = WORLD["own"] if draw.below(4) == 0 else draw.one_of(USCCS)
    # The caller's own three times of four, where there are any: the rest of the world must not look different.
    known = (own(kind) if draw.below(4) else []) or WORLD["ids"].get(kind)
    if "id" in parameters and known:
        parameters["id"] = draw.one_of(known)
    if kind == "inspection-plans" and "uscc" in parameters and WORLD["tasks"]:
        parameters["id"], parameters["uscc"] = draw.one_of(WORLD["tasks"])
    if "delivery" in parameters and WORLD["deliveries"]:
        tried = [one for one in WORLD["deliveries"] if one[0] in own(kind)] if draw.below(4) else []
        parameters["id"], parameters["delivery"] = draw.one_of(tried or WORLD["deliveries"])
    if "digest" in parameters:
        parameters["digest"] = WORLD["digest"]
    if "file" in parameters and kind in FILES:
        parameters["file"] = draw.one_of(FILES[kind])
    if "source" in parameters:
        parameters["source"] = draw.one_of(SOURCES)
    if "verb" in parameters:
        parameters["verb"] = (draw.one_of(allowed(case)) or {"verb": draw.one_of(VERBS)})["verb"]


def traced(query, draw):
    """One way to search for goods, three times of four, and whose they are half of the time."""
    if draw.below(4) == 0:
        return
    for name in (*WORLD["goods"], "uscc", "cursor"):
        query.pop(name, None)
    way = draw.one_of(list(WORLD["goods"]))
    query[way] = WORLD["goods"][way]
    if draw.below(2):
        query["uscc"] = WORLD["own"]


def pushed(case, draw):
    """Signs a batch, three times of four, as whoever has the key of the single window does; half of them hold a message."""
    if draw.below(4) == 0 or not isinstance(case.body, dict):
        return
    if draw.below(2):
        case.body = {"messages": [{"id": f"m{at}", "data": WORLD["message"]} for at in range(1 + draw.below(3))]}
    case.body = json.dumps(case.body).encode()
    name, at = f"fuzz-{draw.state}", str(int(time.time()))
    key = base64.b64decode(WORLD["secret"].removeprefix("whsec_"))
    made = hmac.new(key, f"{name}.{at}.".encode() + case.body, hashlib.sha256).digest()
    case.headers["webhook-id"], case.headers["webhook-timestamp"] = name, at
    case.headers["webhook-signature"] = "v1," + base64.b64encode(made).decode()


def allowed(case):
    """The steps that the caller may take now in the case of the path."""
    kind = case.operation.path.split("/")[3]
    body, _ = asked(f"/api/v1/{kind}/{urllib.parse.quote(str(case.path_parameters['id']), safe='')}")
    return (body or {}).get("allowed", [])


def version(case):
    kind = case.operation.path.split("/")[3]
    _, etag = asked(f"/api/v1/{kind}/{urllib.parse.quote(str(case.path_parameters.get('id')), safe='')}")
    return etag or '"1"'


def fill(body, case, draw):
    """Names of what exists, in three bodies of four; what else the schema made up stays."""
    if draw.below(4) == 0:
        return
    parameters = case.path_parameters or {}
    names = {
        "uscc": lambda: WORLD["own"],
        "request": lambda: draw.one_of((own("standing-requests") if draw.below(4) else []) or WORLD["active"]),
        "secret": lambda: WORLD["secrets"].get(str(parameters.get("id")), ""),
        "secret_commitment": lambda: hashlib.sha256(str(draw.state).encode()).hexdigest(),
        "inspectors": lambda: ["甲", "乙", "丙"],
        "rates": lambda: None,
        "inspected_on": lambda: TODAY,
        "result": lambda: draw.one_of(["pass", "fail"]),
        "text_digest": lambda: WORLD["text_digests"].get(str(parameters.get("id")), ""),
        "about": lambda: draw.one_of(WORLD["about"]),
        "attachments": lambda: [WORLD["digest"]],
        "asked": lambda: draw.one_of(["market_regulation", "customs", "tax"]),
        "decision": lambda: draw.one_of(["grant", "refuse"]),
        "blocks": lambda: draw.one_of([["grade"], ["identity", "grade"], ["grade", "score"], ["lists"]]),
        "cycle": lambda: draw.one_of(["once", "daily", "event"]),
        "kind": lambda: draw.one_of(["single", "continuous"]),
        "until": lambda: UNTIL,
        "for": lambda: draw.one_of(["customs", "safe", "tax", "financier"]),
        "known_at": lambda: f"{TODAY}T23:59:59Z",
        "valid_from": lambda: TODAY,
        "valid_to": lambda: UNTIL,
        "from": lambda: None,
        "product": lambda: "跨境贷",
        "basis": lambda: "海关法第六条",
        "reason": lambda: "as the file says",
        "note": lambda: "looked into",
        "user": lambda: draw.one_of(WORLD["ids"]["users"]),
        "scopes": lambda: ["read"],
        "kinds": lambda: draw.one_of([[], ["rating.changed"], ["list.changed", "class.changed"]]),
        "url": lambda: "https://receiver.invalid/changes",
        "organisation": lambda: draw.one_of([None, "5115"]),
        "overlap_hours": lambda: draw.one_of([0, 1, 24, 720, 721, None]),
        "outcome": lambda: outcome(case, draw),
    }
    for name in body:
        # One field of eight stays as it was made up, so that every field is also wrong alone.
        if name in names and draw.below(8):
            body[name] = names[name]()
    if "verb" in parameters:
        body.setdefault("outcome", outcome(case, draw))
        body.setdefault("reason", "as the file says")
        body.setdefault("basis", "示例办法第七条")


def outcome(case, draw):
    """One that the step of the path may bring; of a list, the one that it is narrowed to."""
    verb = (case.path_parameters or {}).get("verb")
    if verb is None:
        return "fail"
    brings = [one for offer in allowed(case) if offer["verb"] == verb for one in offer["brings"]]
    return draw.one_of([one.removeprefix("outcome:") for one in brings if one.startswith("outcome:")])


def disclosure(uscc, purpose):
    """The blocks that the rule shows this caller: everything for one enterprise, or for many without a code."""
    path = f"/api/v1/enterprises/{uscc}/disclosure" if uscc else "/api/v1/disclosure"
    request = urllib.request.Request(BASE + path, headers=SIGNED)
    if purpose:
        request.add_header("X-Purpose", purpose)
    with urllib.request.urlopen(request, timeout=30) as answer:
        body = json.load(answer)
    published = [block["block"] for block in body["blocks"] if block["shown"]]
    # A figure may be shown where it is one that is published anyway.
    otherwise = [block["block"] for block in body["blocks"] if any(other["shown"] for other in block["otherwise"])]
    return set(published), set(otherwise)


def is_aggregate(row):
    """Whether a row counts enterprises and names none: its grade is a label. One that counts too few is a finding."""
    counts = "enterprises" in row and not {"uscc", "name", "id"} & set(row)
    return counts and (row["enterprises"] is None or row["enterprises"] >= AGGREGATE_MIN)


def found(body, name):
    """Every value of a field, wherever it stands, outside of what only names it."""
    if isinstance(body, dict):
        if is_aggregate(body):
            return
        for key, value in body.items():
            if key in ("withheld", "reduced", "steps"):
                continue
            if key == name and value not in (None, [], {}):
                yield value
            yield from found(value, name)
    elif isinstance(body, list):
        for value in body:
            yield from found(value, name)


@schemathesis.check
def nothing_beyond_the_matrix(context, response, case):
    path = case.operation.path
    purpose = (case.headers or {}).get("X-Purpose")
    if response.status_code == 200 and path.endswith("/traces"):
        for merchant in {one["uscc"] for one in response.json()["items"]} - {None}:
            assert "orders" in disclosure(merchant, purpose if purpose in PURPOSES else None)[0], merchant
    if response.status_code != 200 or "/enterprises" not in path:
        return
    if path.endswith(("/disclosure", "/simulations", "/receipt")):
        return
    try:
        body = response.json()
    except ValueError:
        return
    uscc = (case.path_parameters or {}).get("uscc")
    shown, otherwise = disclosure(uscc, purpose if purpose in PURPOSES else None)
    for block, names in FIELDS.items():
        if block in shown or block in otherwise:
            continue
        for name in names:
            values = [value for value in found(body, name) if value not in PUBLIC.get(block, ())]
            assert not values, f"{name} of the withheld block {block} for {purpose}: {values[:1]}"
