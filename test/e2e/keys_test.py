#!/usr/bin/env python3
"""Subscription keys: the whole matrix of the specification over HTTP, with the exact bodies."""
from harness import Backend, Gateway, api, case, contains, equal, error_body, policy, run_cases

MISSING = error_body(401, "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.")
INVALID = error_body(401, "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.")

MARK_PRODUCT = '<policies><inbound><base/><set-header name="X-Product"><value>{}</value></set-header></inbound></policies>'


def subscription(name, scope, state="active", **properties):
    return {"k": f"subscriptions/{name}", "v": {"displayName": name, "scope": scope, "state": state, "primaryKey": f"{name}-1", "secondaryKey": f"{name}-2", **properties}}


def product(name, apis, required):
    return [{"k": f"products/{name}", "v": {"displayName": name, "state": "published", "subscriptionRequired": required, "apis": apis}},
            policy(f"products/{name}/", MARK_PRODUCT.format(name))]


def resources(backend):
    """Four APIs, one per row of the matrix: (a product is open or not) x (the API needs a key or not)."""
    out = []
    for name, open_product, api_needs in [("kk", False, True), ("kn", False, False), ("ok", True, True), ("on", True, False)]:
        out += api(name, name, backend.url, [("GET", "/x")], subscriptionRequired=api_needs)
        out += product(f"p-{name}", [name], True)
        if open_product:
            out += product(f"open-{name}", [name], False)
        out += [subscription(f"sp-{name}", f"/products/p-{name}"), subscription(f"sa-{name}", f"/apis/{name}")]
        out += [subscription(f"suspended-{name}", f"/products/p-{name}", "suspended")]
    out += api("elsewhere", "elsewhere", backend.url, [("GET", "/x")], subscriptionRequired=True)
    out += product("p-elsewhere", ["elsewhere"], True)
    out += [subscription("foreign", "/products/p-elsewhere"), subscription("all", "/apis")]
    out += api("renamed", "renamed", backend.url, [("GET", "/x")], subscriptionRequired=True,
               subscriptionKeyParameterNames={"header": "api-key", "query": "k"})
    out += [subscription("sr", "/apis/renamed")]
    return out


class World:
    def __init__(self):
        self.backend = Backend()
        self.gateway = Gateway(resources(self.backend))
        self.lenient = Gateway(resources(self.backend), settings={"keys.foreign": "lenient"})

    def ask(self, path, header=None, gateway=None, name="Ocp-Apim-Subscription-Key"):
        seen = len(self.backend.requests)
        answer = (gateway or self.gateway).get(path, [f"{name}: {header}"] if header is not None else [])
        forwarded = self.backend.requests[seen:]
        equal(bool(forwarded), answer.status == 200, "whether the backend was called")
        return answer, forwarded[0] if forwarded else None


world = World()

# The key that is sent, and for each API what comes: 200 with the product whose policies ran ("-" none), or the refusal.
OPEN = {"kk": "-", "kn": "-", "ok": "open-ok", "on": "open-on"}
ROWS = {
    "no key": (None, {"kk": MISSING, "kn": "-", "ok": "open-ok", "on": "open-on"}),
    "the product's primary key": ("sp-{}-1", {name: f"p-{name}" for name in OPEN}),
    "the product's secondary key": ("sp-{}-2", {name: f"p-{name}" for name in OPEN}),
    "a key of the API": ("sa-{}-1", {name: "-" for name in OPEN}),
    "a key of all APIs": ("all-1", {name: "-" for name in OPEN}),
    "a key of another product": ("foreign-1", {"kk": INVALID, "kn": INVALID, "ok": "open-ok", "on": "open-on"}),
    "a suspended key": ("suspended-{}-1", {name: INVALID for name in OPEN}),
    "an unknown key": ("nonsense", {name: INVALID for name in OPEN}),
    "a key in another case": ("SP-{}-1", {name: INVALID for name in OPEN}),
}


def expect(answer, request, wanted):
    if wanted in (MISSING, INVALID):
        equal(answer.status, 401)
        equal(answer.reason, "Access Denied")
        equal(answer.text, wanted)
        equal(answer.header("Content-Type"), "application/json")
        equal(answer.header("Content-Length"), str(len(wanted)))
    else:
        equal(answer.status, 200)
        equal(request.header("X-Product"), "" if wanted == "-" else wanted, "product policies that ran")


for sentence, (key, outcomes) in ROWS.items():
    for name, wanted in outcomes.items():
        label = {"kk": "product and API need a key", "kn": "only the product needs a key", "ok": "open product, API needs a key", "on": "open product, API open"}[name]

        @case(f"{label}: {sentence}")
        def _(key=key, name=name, wanted=wanted):
            value = key.format(name) if key else None
            expect(*world.ask(f"/{name}/x", value), wanted)
            if value:
                expect(*world.ask(f"/{name}/x?subscription-key={value}"), wanted)


@case("a 401 carries the challenge with the API's address and its key header")
def _():
    answer, _ = world.ask("/kk/x")
    host = f"127.0.0.1:{world.gateway.port}"
    contains(answer.header("WWW-Authenticate"), 'AzureApiManagementKey realm="https://')
    contains(answer.header("WWW-Authenticate"), '/kk",name="Ocp-Apim-Subscription-Key",type="header"')
    contains(answer.header("WWW-Authenticate"), host.split(":")[0])


@case("the missing-key body has 152 bytes")
def _():
    equal(len(world.ask("/kk/x")[0].body), 152)


@case("an API's own key names replace the usual ones, in the challenge too")
def _():
    equal(world.ask("/renamed/x", "sr-1", name="api-key")[0].status, 200)
    equal(world.ask("/renamed/x?k=sr-1")[0].status, 200)
    equal(world.ask("/renamed/x", "sr-1")[0].text, MISSING)
    contains(world.ask("/renamed/x")[0].header("WWW-Authenticate"), 'name="api-key"')


@case("the header is looked at first; the query only without it")
def _():
    answer, _ = world.ask("/kk/x?subscription-key=sp-kk-1", "nonsense")
    equal(answer.text, INVALID)
    equal(world.ask("/kk/x?subscription-key=sp-kk-1")[0].status, 200)


@case("an empty header counts as none")
def _():
    answer = world.gateway.get("/kk/x", ["Ocp-Apim-Subscription-Key;"])
    equal(answer.text, MISSING)


@case("two key lines that differ are refused")
def _():
    answer = world.gateway.get("/kk/x", ["Ocp-Apim-Subscription-Key: sp-kk-1", "Ocp-Apim-Subscription-Key: sp-kk-2"])
    equal(answer.text, INVALID)


@case("underscores are not hyphens")
def _():
    equal(world.ask("/kk/x", "sp-kk-1", name="Ocp_Apim_Subscription_Key")[0].text, MISSING)


@case("the key travels on to the backend, as no policy removes it")
def _():
    _, request = world.ask("/kk/x", "sp-kk-1")
    equal(request.header("Ocp-Apim-Subscription-Key"), "sp-kk-1")
    _, request = world.ask("/kk/x?subscription-key=sp-kk-1&a=b")
    equal(request.target, "/x?subscription-key=sp-kk-1&a=b")


@case("keys.foreign=lenient: a key that does not fit is treated like no key")
def _():
    equal(world.ask("/kn/x", "foreign-1", world.lenient)[0].status, 200)
    equal(world.ask("/kk/x", "foreign-1", world.lenient)[0].status, 401)
    equal(world.ask("/on/x", "foreign-1", world.lenient)[0].status, 200)


@case("both gateways drain")
def _():
    equal(world.gateway.stop(), 0)
    equal(world.lenient.stop(), 0)


run_cases()
