"""What the fuzzer of the API checks beside the schema: no error of the server, and no block that the rule withholds.

The requests are guesses, so most of them find nothing; an enterprise of the zone and a purpose of the closed list are
put into many of them. After an answer of 200 about one enterprise, the rule is asked what this caller may see of it
(`GET …/disclosure`), and every field that belongs to a withheld block must be absent or null.
"""

import json
import os
import urllib.request

import schemathesis

BASE = os.environ["FUZZ_BASE"]
KEY = os.environ.get("FUZZ_KEY", "")
USCCS = os.environ["FUZZ_USCCS"].split(",")
PURPOSES = [
    "supervision", "statistics", "audit", "self", "credit_approval", "post_loan", "insurance", "appeal", "evaluation_check",
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
# What is public of a block that is not: the two best grades, the best class of tax.
PUBLIC = {"grade": ("AAA", "AA"), "tax_class": ("A",)}


@schemathesis.serializer("application/pdf")
def letter(context, value):
    return b"%PDF-1.4\n" + repr(value).encode()


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    parameters = dict(path_parameters or {})
    if "uscc" in parameters and hash(json.dumps(parameters, sort_keys=True, default=str)) % 4:
        parameters["uscc"] = USCCS[hash(parameters["uscc"]) % len(USCCS)]
    return parameters


@schemathesis.hook
def map_headers(context, headers):
    headers = dict(headers or {})
    if "X-Purpose" in headers and hash(headers["X-Purpose"]) % 8:
        headers["X-Purpose"] = PURPOSES[hash(headers["X-Purpose"]) % len(PURPOSES)]
    return headers


def disclosure(uscc, purpose):
    """The blocks that the rule shows this caller: everything for one enterprise, or for many without a code."""
    path = f"/api/v1/enterprises/{uscc}/disclosure" if uscc else "/api/v1/disclosure"
    request = urllib.request.Request(BASE + path)
    if KEY:
        request.add_header("Authorization", f"Bearer {KEY}")
    if purpose:
        request.add_header("X-Purpose", purpose)
    with urllib.request.urlopen(request, timeout=30) as answer:
        body = json.load(answer)
    published = [block["block"] for block in body["blocks"] if block["shown"]]
    # A figure may be shown where it is one that is published anyway.
    otherwise = [block["block"] for block in body["blocks"] if any(other["shown"] for other in block["otherwise"])]
    return set(published), set(otherwise)


def found(body, name):
    """Every value of a field, wherever it stands, outside of what only names it."""
    if isinstance(body, dict):
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
    if response.status_code != 200 or "/enterprises" not in path or path.endswith(("/disclosure", "/simulations", "/receipt")):
        return
    try:
        body = response.json()
    except ValueError:
        return
    purpose = (case.headers or {}).get("X-Purpose")
    uscc = (case.path_parameters or {}).get("uscc")
    shown, otherwise = disclosure(uscc, purpose if purpose in PURPOSES else None)
    for block, names in FIELDS.items():
        if block in shown or block in otherwise:
            continue
        for name in names:
            values = [value for value in found(body, name) if value not in PUBLIC.get(block, ())]
            assert not values, f"{name} of the withheld block {block} for {purpose}: {values[:1]}"
