"""Writes a large API folder: APIs from OpenAPI documents, a policy for each API and each operation, fragments, named values, backends, products
and subscriptions. The same arguments give the same files. Usage: make_config.py FOLDER [--apis 100] [--operations 50] [--service-url URL]"""

import argparse
import json
from pathlib import Path

FRAGMENTS = 10
NAMED_VALUES = 20
BACKENDS = 10
PRODUCTS = 5
WORDS = ["accounts", "billing", "customers", "documents", "events", "files", "groups", "history", "invoices", "jobs", "keys", "labels",
         "messages", "notes", "orders", "payments", "queues", "reports", "teams", "users"]
METHODS = ["get", "post", "put", "delete", "patch"]


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_json(path, properties):
    write(path, json.dumps({"properties": properties}, indent=2) + "\n")


def policies(inbound="", outbound=""):
    return (f"<policies>\n  <inbound>\n    <base />\n{inbound}  </inbound>\n  <backend>\n    <base />\n  </backend>\n  <outbound>\n    <base />\n"
            f"{outbound}  </outbound>\n  <on-error>\n    <base />\n  </on-error>\n</policies>\n")


def set_header(name, value):
    return f'    <set-header name="{name}" exists-action="override">\n      <value>{value}</value>\n    </set-header>\n'


def path_of(index):
    """Two to four segments, a parameter in most, five methods a path: the shape of a resource API."""
    group = index // len(METHODS)
    first, second = WORDS[group % len(WORDS)], WORDS[(group * 7 + 3) % len(WORDS)]
    return [f"/{first}/{{id}}", f"/{first}", f"/{first}/{{id}}/{second}", f"/{first}/{{id}}/{second}/{{item}}"][group % 4] + f"/v{group}"


def specification(api, operations):
    paths = {}
    for index in range(operations):
        path = path_of(index)
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        paths.setdefault(path, {})[METHODS[index % len(METHODS)]] = {
            "operationId": f"operation-{index}", "summary": f"Operation {index} of API {api}",
            "parameters": [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
            + [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
            "responses": {"200": {"description": "Done", "content": {"application/json": {"schema": {"type": "object"}}}}},
        }
    return {"openapi": "3.0.3", "info": {"title": f"API {api}", "version": "1.0"}, "paths": paths}


def write_api(folder, api, options):
    root = folder / "apis" / f"api-{api}"
    write_json(root / "apiInformation.json", {"displayName": f"API {api}", "path": f"api-{api}", "protocols": ["http", "https"],
                                              "serviceUrl": options.service_url, "subscriptionRequired": False})
    write(root / "specification.json", json.dumps(specification(api, options.operations), indent=1))
    write(root / "policy.xml", policies(
        f'    <include-fragment fragment-id="fragment-{api % FRAGMENTS}" />\n' + set_header("X-Api", f"api-{api}")
        + f'    <rate-limit-by-key calls="1000000" renewal-period="60" counter-key="api-{api}" />\n',
        set_header("X-Served-By", f"{{{{name-{api % NAMED_VALUES}}}}}")))
    for index in range(options.operations):
        write(root / "operations" / f"operation-{index}" / "policy.xml", policies(
            set_header("X-Operation", f"api-{api}/operation-{index}")
            + (f'    <set-backend-service backend-id="backend-{index % BACKENDS}" />\n' if index % 10 == 9 else "")
            + f'    <choose>\n      <when condition="true">\n{set_header("X-Chosen", index)}      </when>\n    </choose>\n',
            set_header("X-Value", f"{{{{name-{index % NAMED_VALUES}}}}}")))


def write_rest(folder, options):
    write(folder / "policy.xml", "<policies>\n  <inbound />\n  <backend>\n    <forward-request />\n  </backend>\n  <outbound />\n  <on-error />\n"
          "</policies>\n")
    for index in range(NAMED_VALUES):
        write_json(folder / "named values" / f"name-{index}" / "namedValueInformation.json",
                   {"displayName": f"name-{index}", "value": f"value {index}"})
    for index in range(FRAGMENTS):
        write_json(folder / "policy fragments" / f"fragment-{index}" / "policyFragmentInformation.json", {"description": f"Fragment {index}"})
        write(folder / "policy fragments" / f"fragment-{index}" / "policy.xml",
              f'<fragment>\n{set_header("X-Fragment", f"fragment-{index}")}</fragment>\n')
    for index in range(BACKENDS):
        write_json(folder / "backends" / f"backend-{index}" / "backendInformation.json", {"url": options.service_url, "protocol": "http"})
    for index in range(PRODUCTS):
        product = folder / "products" / f"product-{index}"
        write_json(product / "productInformation.json", {"displayName": f"Product {index}", "state": "published", "subscriptionRequired": True})
        write(product / "policy.xml", policies(set_header("X-Product", f"product-{index}")))
        for api in range(index, options.apis, PRODUCTS):
            write(product / "apis" / f"api-{api}" / "productApiInformation.json", "{}\n")
        write_json(folder / "subscriptions" / f"subscription-{index}" / "subscriptionInformation.json",
                   {"displayName": f"Subscription {index}", "scope": f"/products/product-{index}", "state": "active",
                    "primaryKey": f"primary-key-{index}", "secondaryKey": f"secondary-key-{index}"})


def make(folder, apis=100, operations=50, service_url="http://127.0.0.1:9000"):
    options = argparse.Namespace(apis=apis, operations=operations, service_url=service_url)
    for api in range(apis):
        write_api(folder, api, options)
    write_rest(folder, options)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--apis", type=int, default=100)
    parser.add_argument("--operations", type=int, default=50, help="of each API")
    parser.add_argument("--service-url", default="http://127.0.0.1:9000")
    options = parser.parse_args()
    make(options.folder, options.apis, options.operations, options.service_url)


if __name__ == "__main__":
    main()
