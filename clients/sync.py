"""What dlt's users do: a pipeline copies accounts and inquiries into DuckDB, following `links.next`; then all of them
change, and the pipeline runs again. Every value that was written must be in the tables, once."""

import os

import dlt
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.sources.helpers import requests
from dlt.sources.helpers.requests import HTTPError
from dlt.sources.rest_api import rest_api_source

MANY = 250
API = os.environ["SELFSAME_URL"] + "/api/v1/"
KEY = os.environ["SELFSAME_SANDBOX_API_KEY"]
TEMPLATE = os.environ["SELFSAME_TEMPLATE_ID"]


def send(method, path, document):
    answer = requests.request(method, API + path, json=document, headers={"Authorization": f"Bearer {KEY}"})
    return answer.json()["data"]["id"]


def account(number, rnd):
    return {
        "name-first": f"Zoë {number}",
        "name-last": f"D'Arcy \"{rnd}\" {number} 漢",
        "birthdate": f"19{50 + number % 50}-0{number % 9 + 1}-1{number % 10}",
        "email-address": f"dlt+{number}.{rnd}@example.com",
        "phone-number": f"+4930{100000 + number}",
        "address-city": f"Köln {rnd}",
        "tags": [f"round {rnd}", f"digit {number % 10}"],
    }


def account_row(number, rnd):
    sent = account(number, rnd)
    return (
        f"dlt/{number}&x",
        sent["name-first"],
        sent["name-last"],
        sent["birthdate"],
        sent["email-address"],
        sent["phone-number"],
        sent["address-city"],
        sorted(sent["tags"]),
    )


ACCOUNTS = """
select
    a.id, attributes__reference_id, attributes__fields__name__value__first__value,
    attributes__fields__name__value__last__value, attributes__fields__birthdate__value::varchar,
    attributes__fields__email_address__value, attributes__fields__phone_number__value,
    attributes__fields__address__value__city__value, list_sort(list(t.value))
from accounts a left join accounts__attributes__tags t on t._dlt_parent_id = a._dlt_id
group by all
"""

INQUIRIES = """
select
    i.id, relationships__account__data__id, attributes__reference_id, attributes__status, attributes__note,
    attributes__fields__name_first__value, attributes__fields__name_last__value, list_sort(list(t.value))
from inquiries i left join inquiries__attributes__tags t on t._dlt_parent_id = i._dlt_id
group by all
"""


def source(key, pages):
    """The two lists, as the page of dlt's REST source describes such an API."""

    def count(response, *_, **__):
        pages.append(len(response.json()["data"]) if response.ok else response.status_code)

    def resource(name):
        return {
            "name": name,
            "primary_key": "id",
            "write_disposition": "merge",
            "endpoint": {
                "path": name,
                "params": {"page[size]": 100},
                "data_selector": "data",
                "paginator": {"type": "json_link", "next_url_path": "links.next"},
                "response_actions": [count],
            },
        }

    return rest_api_source(
        {
            "client": {"base_url": API, "auth": {"type": "bearer", "token": key}},
            "resources": [resource("accounts"), resource("inquiries")],
        }
    )


def equal(found, wanted, what):
    if found != wanted:
        raise SystemExit(f"{what}\n  found  {found!r}\n  wanted {wanted!r}")


def compare(pipeline, query, wanted, what):
    with pipeline.sql_client() as database:
        rows = database.execute_sql(query)
    equal(len(rows), MANY, f"{what}: rows")
    found = {row[0]: tuple(row[1:]) for row in rows}
    equal(sorted(found), sorted(wanted), f"{what}: ids")
    for number, (id, row) in enumerate(wanted.items()):
        equal(found[id], row, f"{what}: number {number}, {id}")


def pull(pipeline):
    pages = []
    pipeline.run(source(KEY, pages)).raise_on_failed_jobs()
    equal(sorted(pages), [50, 50, 100, 100, 100, 100], "objects on each page")


pipeline = dlt.pipeline("selfsame", destination=dlt.destinations.duckdb("copy.duckdb"), dataset_name="persona")

accounts = [
    send("post", "accounts", {"data": {"attributes": {"reference-id": f"dlt/{number}&x", **account(number, 1)}}})
    for number in range(MANY)
]
inquiries = [
    send(
        "post",
        "inquiries",
        {
            "data": {
                "attributes": {
                    "inquiry-template-id": TEMPLATE,
                    "note": f"note {number}",
                    "fields": {"name-first": f"first {number}", "name-last": "before"},
                    "tags": ["new"],
                }
            },
            "meta": {"auto-create-account-reference-id": f"dlt/{number}&x"},
        },
    )
    for number in range(MANY)
]
pull(pipeline)
compare(pipeline, ACCOUNTS, {id: account_row(number, 1) for number, id in enumerate(accounts)}, "accounts")


def inquiry_row(number, note, last, tags):
    return (accounts[number], f"dlt/{number}&x", "created", f"{note} {number}", f"first {number}", last, tags)


wanted = {id: inquiry_row(number, "note", "before", ["new"]) for number, id in enumerate(inquiries)}
compare(pipeline, INQUIRIES, wanted, "inquiries")

# Everything changes, and the second run brings the tables up to date: merged by id, nothing doubled.
for number, id in enumerate(accounts):
    send("patch", f"accounts/{id}", {"data": {"attributes": account(number, 2)}})
for number, id in enumerate(inquiries):
    changed = {"note": f"changed {number}", "fields": {"name-last": f"after {number}"}, "tags": ["old", "seen"]}
    send("patch", f"inquiries/{id}", {"data": {"attributes": changed}})
pull(pipeline)
compare(pipeline, ACCOUNTS, {id: account_row(number, 2) for number, id in enumerate(accounts)}, "changed accounts")
wanted = {id: inquiry_row(number, "changed", f"after {number}", ["old", "seen"]) for number, id in enumerate(inquiries)}
compare(pipeline, INQUIRIES, wanted, "changed inquiries")

# A wrong key ends the pipeline, and its user sees the status and the words of the server.
try:
    pipeline.run(source("persona_sandbox_nobody", []))
except PipelineStepFailed as failure:
    cause = failure
    while cause is not None and not isinstance(cause, HTTPError):
        cause = cause.__cause__ or cause.__context__
    equal(cause.response.status_code, 401, "status for a wrong key")
    equal(cause.response.json(), {"errors": [{"title": "Token is invalid"}]}, "words for a wrong key")
else:
    raise SystemExit("a wrong key was let in")

# A reference ID that is taken: a conflict with words in it.
try:
    send("post", "accounts", {"data": {"attributes": {"reference-id": "dlt/0&x"}}})
except HTTPError as failure:
    equal(failure.response.status_code, 409, "status for a taken reference ID")
    equal(bool(failure.response.json()["errors"][0]["title"]), True, "words for a taken reference ID")
else:
    raise SystemExit("a taken reference ID was given twice")

print(f"dlt: {MANY} accounts and {MANY} inquiries copied over pages of 100, changed, and copied again")
