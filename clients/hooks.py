"""Ids that exist, so that requests get further than 404, and what of our documents Schemathesis cannot read."""

import base64
import itertools
import json
import os
import zlib

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import negative_data_rejection, response_schema_conformance

IDS = json.loads(os.environ["SELFSAME_IDS"])
IDS["inquiry-ids"] = IDS["inquiry-id"]
IDS["event-ids"] = IDS["event-id"]
IDS["source-account-ids"] = IDS["target-object-id"] = IDS["account-id"]
IDS["auto-create-account-type-id"] = IDS["account-type-id"]
IDS["relation-schema-key"] = ["children", "parent"]
# There to be found by; whoever makes an account gives it another.
REFERENCES = {"reference-id": IDS.pop("reference-id")}
# The ways to say which events are sent again, of which a request has one.
REPLAYS = [
    ("event-ids",),
    ("from", "to"),
    ("after-sequence", "up-to-sequence"),
    ("account-id", "after-sequence"),
    ("reference-id",),
]
# What stands in a filter, by its name.
FILTERS = {
    **IDS,
    "id": IDS["event-id"],
    "object-id": IDS["account-id"] + IDS["inquiry-id"],
    "key": IDS["relation-schema-key"],
    "created-at-start": ["2020-01-01"],
    "created-at-end": ["2100-01-01"],
}
FILE = base64.b64encode(b"reference_id\nimported\n").decode()
NEWEST = "2025-12-08"
CALLS = itertools.count()
# What is done with a webhook that is enabled.
OF_TOLD = ("/deliveries", "/{delivery-id}", "/retry", "/replay", "/simulate", "/send-sample")
IDEMPOTENCY, LONGEST_KEY = "Idempotency-Key", 255


def number(value):
    """Depends on the value alone, so that the same seed does the same."""
    return zlib.crc32(value.encode("utf-8", "surrogatepass"))


def fill(value, name="", known=IDS):
    """The value with ids in it that exist, in seven places out of eight."""
    if isinstance(value, dict):
        return {key: fill(item, key, known) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, name, known) for item in value]
    if name not in known or not isinstance(value, str) or number(value) % 8 == 2:
        return value
    return known[name][(number(value) >> 3) % len(known[name])]


def ids_of(path):
    """What stands in requests to this address; what wants an inquiry that goes on has some of its own."""
    if path.startswith("/verification/selfies/"):
        return {**IDS, "verification-id": IDS["selfie-verification-id"]}
    if path.startswith("/webhooks/{webhook-id}/") and path.endswith(OF_TOLD):
        return {**IDS, **REFERENCES, "webhook-id": IDS["told-webhook-id"]}
    if path == "/inquiries/{inquiry-id}/expire":
        return {**IDS, "inquiry-id": IDS["passing-inquiry-id"]}
    if path == "/inquiry-sessions" or path.endswith("/set-simulate-stubs"):
        return {**IDS, "inquiry-id": IDS["open-inquiry-id"]}
    return IDS


def filled(name, value):
    """One parameter of a query with something that there is; `filter[key]` too."""
    if name.startswith("filter["):
        return fill(value, name.removeprefix("filter[").removesuffix("]"), FILTERS)
    return fill(value, name, {**IDS, **REFERENCES})


def with_template(body):
    """Of the ways to name a template, the one that is there; two of them, or none, is a 400."""
    others = ("template-id", "inquiry-template-version-id", "theme-id", "theme-set-id")
    attributes = {name: value for name, value in body["data"]["attributes"].items() if name not in others}
    return {**body, "data": {**body["data"], "attributes": {**attributes, "inquiry-template-id": "any"}}}


def with_tag(body):
    """One of two members must name the tag, and what it names need not be there yet."""
    meta = {name: value for name, value in body["meta"].items() if name != "tag-id"}
    return {**body, "meta": {"tag-name": "red", **meta}}


def with_tags(body):
    """The same where several are named."""
    return {**body, "meta": {"tag-name": ["red"], **body["meta"]}}


def with_one_way(body):
    """Two ways at once to say which events are meant are a 422."""
    way = REPLAYS[number(json.dumps(body, sort_keys=True)) % len(REPLAYS)]
    meta = {name: value for name, value in body["meta"].items() if name in way}
    if meta.get(way[0]) is None and way[0] in ("event-ids", "account-id", "reference-id"):
        meta[way[0]] = ["any"] if way[0] == "event-ids" else "any"
    return {**body, "meta": meta}


def with_one_account(query):
    """An account is named in one way only."""
    if "account-id" in query and number(str(query)) % 8 != 2:
        return {name: value for name, value in query.items() if name != "reference-id"}
    return query


def with_file(body):
    """Hardly any random text is Base64 of a file with a column that there is."""
    attributes = body["data"]["attributes"]
    return {**body, "data": {**body["data"], "attributes": {**attributes, "file": {**attributes["file"], "data": FILE}}}}


def is_free_text(name):
    """Queries in which hardly any random text is right: relations, types and cursors."""
    return name == "include" or name.startswith("fields") or name in ("page[after]", "page[before]")


@schemathesis.hook
def before_call(context, case, kwargs):
    """What was made to be wrong stays as it is."""

    def is_right(location):
        return case.meta is not None and not case.meta.is_negative_at(location)

    # Schemathesis sends one key again and again; a kept answer would stand in for what is to be tried (C21, C107).
    key = (case.headers or {}).get(IDEMPOTENCY)
    if key and is_right(ParameterLocation.HEADER):
        case.headers = {**case.headers, IDEMPOTENCY: f"{next(CALLS)} {key}"[:LONGEST_KEY].strip()}
    if case.path_parameters and is_right(ParameterLocation.PATH):
        case.path_parameters = fill(case.path_parameters, known=ids_of(case.path))
    if isinstance(case.body, dict) and is_right(ParameterLocation.BODY):
        if case.path == "/inquiries":
            case.body = with_template(case.body)
        elif case.path.endswith("-tag"):
            case.body = with_tag(case.body)
        elif case.path.endswith("/set-tags"):
            case.body = with_tags(case.body)
        elif case.path.endswith("/replay"):
            case.body = with_one_way(case.body)
        elif case.path == "/importer/accounts" and isinstance(case.body["data"]["attributes"]["file"], dict):
            case.body = with_file(case.body)
        case.body = fill(case.body, known=ids_of(case.path))
    if case.query and is_right(ParameterLocation.QUERY):
        case.query = {
            name: filled(name, value)
            for name, value in with_one_account(case.query).items()
            if not is_free_text(name) or number(str(value)) % 4 == 0
        }


@schemathesis.check
def shapes(ctx, response, case):
    """The shapes of the document are those of the newest version in kebab case with all attributes, as it says."""
    headers = {name.lower(): value for name, value in (case.headers or {}).items()}
    shortened = any(name.startswith("fields") for name in (case.query or {}))
    as_described = (
        headers.get("key-inflection", "kebab") == "kebab"
        and headers.get("persona-version", NEWEST) == NEWEST
        and not shortened
    )
    if response.status_code >= 400 or as_described:
        return response_schema_conformance(ctx, response, case)
    return None


@schemathesis.check
def rejection(ctx, response, case):
    """In `fields[TYPE]=…` everything is text once it is sent; Schemathesis takes a number there for an error."""
    negative_query = case.meta is not None and case.meta.is_negative_at(ParameterLocation.QUERY)
    if negative_query and any(name.startswith("fields") for name in (case.query or {})):
        return None
    return negative_data_rejection(ctx, response, case)
