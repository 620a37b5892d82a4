#!/usr/bin/env python3
"""Limits that gateways count together in a real Redis: exact under load, by the clock of the server, gone when their time is over, and what
is done while the server is away."""
import calendar
import os
import re
import signal
import time

from harness import SOURCE, Backend, Gateway, api, case, contains, equal, error_body, policy, respond, run_cases, wait_until
from redis_server import FakeRedis, Load, Redis

RATE = '<rate-limit-by-key calls="{}" renewal-period="{}" counter-key="all" retry-after-header-name="Retry" remaining-calls-header-name="Left"/>'
QUOTA = '<quota-by-key calls="{}" renewal-period="{}" counter-key="all"/>'


def gateway(backend, redis, text, more="", **settings):
    resources = api("a", "", backend.url, [("GET", "/*"), ("POST", "/*")]) + [policy("apis/a;rev=1/", f"<policies><inbound>{text}</inbound></policies>")]
    return Gateway(resources, settings={"policy.cache.external": f"127.0.0.1:{redis.port}{more}", "policy.limits.shared": "external", **settings})


def statuses(served, count, path="/x"):
    with served.client() as client:
        answers = []
        for _ in range(count):
            client.send(f"GET {path} HTTP/1.1\r\nHost: gateway\r\n\r\n")
            answers.append(client.answer().status)
        return answers


def script(name):
    text = (SOURCE / "lib/net/limit_script.cpp").read_text(encoding="utf-8")
    return re.search(name + r'_script = R"lua\((.*?)\)lua"', text, re.S)[1]


def run_script(redis, name, key, *arguments):
    """The answer of the script for one key."""
    return redis.ask("EVAL", script(name), "1", key, *map(str, arguments), lines=2)


@case("two gateways with two workers each let exactly as many calls through as the limit allows, whatever the policy")
def exact():
    keyed = "<set-variable name='n' value='1'/>"
    for text in (RATE.format(100, 300), RATE.format(50, 300), QUOTA.format(100, 0), QUOTA.format(100, 3600), keyed + RATE.format(30, 60)):
        wanted = int(re.search(r'calls="(\d+)"', text)[1])
        with Redis() as redis, Backend() as backend:
            with gateway(backend, redis, text, **{"net.server.workers": "2"}) as one, gateway(backend, redis, text, **{"net.server.workers": "2"}) as two:
                with Load([one, two], connections=16) as load:
                    wait_until(lambda: len(backend.requests) >= wanted, "the limit is used up")
                    time.sleep(0.3)
                equal(len(backend.requests), wanted, text)
                equal(load.statuses[200], wanted, text)
                refused = 429 if "rate" in text else 403
                equal(set(load.statuses), {200, refused}, text)
                equal(load.statuses[refused] > 100, True, "many were refused")


@case("several limits of a subscription count all or none, in both gateways")
def all_or_none():
    with Redis() as redis, Backend() as backend:
        resources = api("a", "a", backend.url, [("GET", "/x")], subscriptionRequired=True) + api("b", "b", backend.url, [("GET", "/x")], subscriptionRequired=True)
        resources += [{"k": "products/p", "v": {"displayName": "p", "subscriptionRequired": True, "state": "published", "apis": ["a", "b"]}},
                      {"k": "subscriptions/s", "v": {"displayName": "s", "scope": "/products/p", "state": "active", "primaryKey": "k" * 32}}]
        resources.append(policy("products/p/", """<policies><inbound><rate-limit calls="8" renewal-period="300"><api name="a" calls="5" renewal-period="300"/></rate-limit>
            <quota calls="1000" renewal-period="3600"/></inbound></policies>"""))
        settings = {"policy.cache.external": f"127.0.0.1:{redis.port}", "policy.limits.shared": "external"}
        with Gateway(resources, settings=settings) as one, Gateway(resources, settings=settings) as two:
            key = [f"Ocp-Apim-Subscription-Key: {'k' * 32}"]
            equal([gate.get("/a/x", key).status for gate in (one, two) * 5], [200] * 5 + [429] * 5)
            equal([gate.get("/b/x", key).status for gate in (one, two) * 2], [200] * 3 + [429])
            equal(redis.ask("DBSIZE"), ":3")


@case("a window slides by the clock of the server, and the counter goes with it")
def renewed():
    with Redis() as redis, Backend() as backend:
        with gateway(backend, redis, RATE.format(5, 4)) as one, gateway(backend, redis, RATE.format(5, 4)) as two:
            equal([gate.get("/x").header("Left") for gate in (one, two, one, two, one)], ["4", "3", "2", "1", "0"])
            refused = two.get("/x")
            equal((refused.status, 0 < int(refused.header("Retry")) <= 4), (429, True))
            contains(redis.ask("KEYS", "*", lines=3), "gatelet:limits:rate:key:all")
            time.sleep(int(refused.header("Retry")))
            equal(two.get("/x").status, 200)
            wait_until(lambda: redis.count() == 0, "the counter expires")


@case("a quota tells both gateways when it is renewed, and bytes count where the call did")
def quota():
    with Redis() as redis, Backend(lambda request, connection: respond(connection, 200, b"x" * 3000)) as backend:
        text = '<quota-by-key calls="2" renewal-period="300" counter-key="calls"/>'
        with gateway(backend, redis, text) as one, gateway(backend, redis, text) as two:
            equal([one.get("/x").status, two.get("/x").status], [200, 200])
            for gate in (one, two):
                refused = gate.get("/x")
                equal(refused.status, 403)
                left = int(refused.header("Retry-After"))
                equal(0 < left <= 300, True, f"{left} seconds")
                contains(refused.text, "Out of call volume quota. Quota will be replenished in 00:0")
        text = '<quota-by-key bandwidth="12" renewal-period="0" counter-key="bytes"/>'

        def counted():
            return int((redis.ask("GET", "gatelet:limits:quota:key:0:-62135596800000:bytes", lines=2) or "0").split()[-1])

        with gateway(backend, redis, text) as one, gateway(backend, redis, text) as two:
            for gate in (one, two, one, two):
                before = counted()
                equal(gate.get("/x").status, 200)
                wait_until(lambda: counted() > before + 3000, "bytes are counted")
            answers = [gate.get("/x") for gate in (one, two)]
            equal([answer.status for answer in answers], [403, 403])
            equal(answers[0].text, error_body(403, "Out of bandwidth quota."))


@case("what is known with the answer counts for both gateways: conditions on it, and tokens that a model has used")
def afterwards():
    with Redis() as redis, Backend(lambda request, connection: respond(connection, 200 if request.target == "/good" else 404)) as backend:
        text = '<rate-limit-by-key calls="3" renewal-period="300" counter-key="k" increment-condition="@(context.Response.StatusCode == 404)"/>'
        with gateway(backend, redis, text) as one, gateway(backend, redis, text) as two:
            equal(statuses(one, 10, "/good"), [200] * 10)
            equal(redis.count(), 0)
            for number, gate in enumerate((one, two, one), 1):
                equal(gate.get("/bad").status, 404)
                wait_until(lambda: sum(map(int, redis.ask("GET", "gatelet:limits:rate:key:k", lines=2).split()[3::2])) == number, "it is counted")
            equal([one.get("/good").status, two.get("/good").status], [429, 429])
    usage = b'{"usage":{"total_tokens":60}}'
    with Redis() as redis, Backend(lambda request, connection: respond(connection, 200, usage, [("Content-Type", "application/json")])) as backend:
        text = '<llm-token-limit counter-key="k" tokens-per-minute="100" token-quota="1000" token-quota-period="Monthly" estimate-prompt-tokens="false" remaining-quota-tokens-header-name="Left"/>'
        with gateway(backend, redis, text) as one, gateway(backend, redis, text) as two:
            for number, gate in enumerate((one, two), 1):
                answer = gate.get("/x", method="POST", body=b"{}")
                equal((answer.status, answer.header("Left")), (200, ["1000", "940"][number - 1]), "what was left when the request came")
                wait_until(lambda: f" {60 * number} 0" in redis.ask("GET", "gatelet:limits:quota:monthly\nllm tokens\nk", lines=2), "tokens are counted")
            equal([gate.get("/x", method="POST", body=b"{}").status for gate in (one, two)], [429, 429])


@case("gateways with another prefix count apart, and without the option nothing is asked")
def apart():
    with Redis() as redis, Backend() as backend:
        with gateway(backend, redis, RATE.format(1, 300), **{"policy.limits.prefix": "one:"}) as one, gateway(backend, redis, RATE.format(1, 300)) as two:
            equal([one.get("/x").status, two.get("/x").status, one.get("/x").status, two.get("/x").status], [200, 200, 429, 429])
            equal([redis.ask("EXISTS", key) for key in ("one:rate:key:all", "gatelet:limits:rate:key:all")], [":1", ":1"])
        redis.ask("FLUSHALL")
        with gateway(backend, redis, RATE.format(1, 300), **{"policy.limits.shared": "off"}) as one:
            equal(statuses(one, 2), [200, 429])
            equal(redis.count(), 0)


@case("while the server is killed each gateway counts by itself, nothing is limited, or all is refused; after its start they share again")
def failures():
    for mode, away in (("local", [200, 200, 200, 429, 429]), ("allow", [200] * 5), ("refuse", [429] * 5)):
        with Redis() as redis, Backend() as backend:
            settings = {"policy.limits.failure": mode}
            with gateway(backend, redis, RATE.format(3, 300), **settings) as one, gateway(backend, redis, RATE.format(3, 300), **settings) as two:
                equal(statuses(one, 2) + statuses(two, 2), [200, 200, 200, 429], mode)
                redis.kill()
                for gate in (one, two):
                    gate.wait_log("ExternalCacheLost")
                    equal(statuses(gate, 5), away, mode)
                redis.start()
                for gate in (one, two):
                    gate.wait_log("ExternalCacheConnected")
                equal(statuses(one, 2) + statuses(two, 2), [200, 200, 200, 429], f"{mode}, shared again")
    with Redis() as redis, Backend() as backend, gateway(backend, redis, QUOTA.format(3, 300), **{"policy.limits.failure": "refuse"}) as one:
        redis.kill()
        equal(statuses(one, 3), [403] * 3)
        equal(one.get("/x").header("Retry-After"), "1")


@case("a server that stops answering delays only those who had asked by then, and the mode decides for all")
def silent():
    with Redis() as redis, Backend() as backend:
        with gateway(backend, redis, RATE.format(50, 300), ",syncTimeout=500") as one:
            equal(statuses(one, 1), [200])
            redis.signal(signal.SIGSTOP)
            begun = time.monotonic()
            with Load([one]) as load:
                time.sleep(2)
            equal(set(load.statuses), {200, 429}, f"{load.statuses}")
            equal(load.statuses[200], 50, "counted by itself")
            equal(time.monotonic() - begun < 5, True)
            redis.signal(signal.SIGCONT)
            one.wait_log("ExternalCacheConnected")


@case("killed, stopped, full, with scripts, keys and connections taken away, all under load: every answer is 200 or 429")
def under_load():
    def restart(redis):
        redis.kill()
        time.sleep(0.2)
        redis.start()

    def spoil(redis):
        redis.ask("EVAL", "redis.call('DEL', KEYS[1]) return redis.call('RPUSH', KEYS[1], 'a', 'b')", "1", "gatelet:limits:rate:key:all")
        time.sleep(0.2)
        redis.ask("DEL", "gatelet:limits:rate:key:all")

    faults = {
        "restart": restart,
        "stop": lambda redis: redis.pause(0.6),
        "fill": lambda redis: redis.be_full(0.2),
        "spoil": spoil,
        "scripts": lambda redis: redis.ask("SCRIPT", "FLUSH"),
        "keys": lambda redis: redis.ask("FLUSHALL"),
        "connections": lambda redis: redis.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"),
        "damage": lambda redis: redis.ask("SET", "gatelet:limits:rate:key:all", "not a counter"),
    }
    with Redis() as redis, Backend() as backend:
        text = RATE.format(200, 1)
        with gateway(backend, redis, text, ",syncTimeout=300", **{"net.server.workers": "2"}) as one, gateway(backend, redis, text, ",syncTimeout=300") as two:
            for name, fault in faults.items():
                with Load([one, two]) as load:
                    time.sleep(0.2)
                    fault(redis)
                    time.sleep(0.4)
                equal(set(load.statuses) <= {200, 429}, True, f"{name}: {load.statuses}")
                equal(sum(load.statuses.values()) > 20, True, f"{name}: {load.statuses}")
            wait_until(lambda: redis.ask("EXISTS", "gatelet:limits:rate:key:all") == ":1" or not one.get("/x"), "the gateways count there again")
            equal([gate.stop() for gate in (one, two)], [0, 0])


@case("answers that are none of the script's are as no answer")
def hostile():
    answers = {
        "errors": b"-ERR no\r\n",
        "moved": b"-MOVED 866 127.0.0.1:1\r\n",
        "readonly": b"-READONLY You can't write against a read only replica.\r\n",
        "nil": b"$-1\r\n",
        "number": b":1\r\n",
        "text": b"$4\r\nabcd\r\n",
        "allowed": b"$9\r\n1 0 hello\r\n",
        "list": b"*3\r\n:1\r\n:0\r\n:5\r\n",
    }
    for name, back in answers.items():
        with FakeRedis(lambda data, back=back: b"+PONG\r\n" if b"PING" in data else back * data.count(b"EVAL")) as place, Backend() as backend:
            with gateway(backend, place, RATE.format(3, 300), ",syncTimeout=300") as one:
                equal(statuses(one, 5), [200, 200, 200, 429, 429], name)


@case("the window of a quota is that of the server's clock, whatever the gateways' clocks say")
def clocks():
    with Redis() as redis:
        seconds = int(time.time())
        day = seconds // 86400 * 86400 * 1000
        hour = 3_600_000
        for number, (start, end, previous) in enumerate([
            (day, day + 24 * hour, day - 24 * hour),
            (day + 24 * hour, day + 48 * hour, day),
            (day - 24 * hour, day, day - 48 * hour),
            (day - 240 * hour, day - 216 * hour, day - 264 * hour),
            (day + 240 * hour, day + 264 * hour, day + 216 * hour),
        ], 1):
            kind, left = map(int, run_script(redis, "quota", "q", 1, 0, 0, start, end, previous, 9, 0).split()[:2])
            equal((kind, left), (0, 0), f"window {number}")
            equal(redis.ask("GET", "q", lines=2), f"{day} {number} 0")
        kind, left = map(int, run_script(redis, "quota", "q", 1, 0, 0, day, day + 24 * hour, day - 24 * hour, 5, 0).split()[:2])
        equal((kind, abs(left - (day + 24 * hour - time.time() * 1000)) < 5000), (1, True))
        equal(abs(int(redis.ask("PTTL", "q")[1:]) - left) < 5000, True, "it goes with its window")
        # Months: a gateway that is in the next or in the last one already.
        now = time.gmtime(seconds)
        months = [calendar.timegm((now.tm_year + (now.tm_mon - 1 + i) // 12, (now.tm_mon - 1 + i) % 12 + 1, 1, 0, 0, 0)) * 1000 for i in range(-2, 3)]
        for number, i in enumerate((2, 3, 1), 1):
            run_script(redis, "quota", "m", 1, 0, 0, months[i], months[i + 1], months[i - 1], 5, 0)
            equal(redis.ask("GET", "m", lines=2), f"{months[2]} {number} 0")
        # Another window begins anew, unless it is the next one, which was counted before the clock was set back.
        redis.ask("SET", "q", f"{day - 24 * hour} 5 9")
        equal(run_script(redis, "quota", "q", 1, 7, 0, day, day + 24 * hour, day - 24 * hour, 5, 0), "0 0 4", "four are left")
        equal(redis.ask("GET", "q", lines=2), f"{day} 1 7")
        end = seconds * 1000 + 5000
        redis.ask("SET", "q", f"{end} 4 9")
        equal(run_script(redis, "quota", "q", 1, 0, 0, end - hour, end, end - 2 * hour, 5, 0), "0 0 0")
        equal(redis.ask("GET", "q", lines=2), f"{end} 5 9")
        equal(run_script(redis, "quota", "q", 1, 0, 0, end, end + hour, end - hour, 5, 0).split()[0], "1")
        # One without an end.
        equal(run_script(redis, "quota", "e", 1, 0, 0, 0, -1, 0, 1, 0), "0 0 0")
        equal(run_script(redis, "quota", "e", 1, 0, 0, 0, -1, 0, 1, 0), "1 -1 0")
        equal(run_script(redis, "quota", "e", 0, 4096, 1, 0, -1, 0, 0, 0), "0 0 -1")
        equal(run_script(redis, "quota", "e", 1, 0, 0, 0, -1, 0, 0, 4096), "2 -1 -1")
        equal(redis.ask("PTTL", "e"), ":-1")


@case("a rate slides, keeps calls for the longest period asked for, and stands still or begins anew when the clock is set back")
def windows():
    with Redis() as redis:
        now = lambda: int(time.time() * 1000)
        equal([run_script(redis, "rate", "r", 1, 0, 2, 60000, 1)[0] for _ in range(3)], ["1", "1", "0"])
        refused = run_script(redis, "rate", "r", 1, 0, 2, 60000, 1).split()
        equal((refused[0], 58000 < int(refused[1]) <= 60000), ("0", True))
        equal(run_script(redis, "rate", "r", 0, 0, 5, 60000, 1), "1 0 3")
        equal(run_script(redis, "rate", "r", 4, 0, 5, 60000, 4).split()[0], "0")
        equal(run_script(redis, "rate", "r", 3, 0, 5, 60000, 3), "1 0 0")
        equal(run_script(redis, "rate", "r", 6, 0, 5, 60000, 6), "0 60000 0")
        equal(run_script(redis, "rate", "r", 7, 1, 5, 60000, 1).split()[0], "1", "counted whatever the limit")
        equal(run_script(redis, "rate", "r", 0, 0, 20, 60000, 1), "1 0 8")
        # Of calls 10, 20 and 40 seconds old.
        at = now()
        redis.ask("SET", "s", f"60000 {at - 10000} {at - 40000} 1 {at - 20000} 1 {at - 10000} 1")
        equal([run_script(redis, "rate", "s", 0, 0, 9, period, 1) for period in (5000, 15000, 30000, 50000)], ["1 0 9", "1 0 8", "1 0 7", "1 0 6"])
        refused = run_script(redis, "rate", "s", 1, 0, 2, 50000, 1).split()
        equal((refused[0], 29000 < int(refused[1]) <= 30000), ("0", True), "until two of them are too old")
        equal(run_script(redis, "rate", "s", 1, 0, 9, 5000, 1), "1 0 8")
        equal(run_script(redis, "rate", "s", 0, 0, 9, 50000, 1), "1 0 5", "the shorter period has not dropped any")
        equal(55000 < int(redis.ask("PTTL", "s")[1:]) <= 60000, True)
        # Many calls share groups, of a sixtieth of the period each.
        for _ in range(200):
            run_script(redis, "rate", "g", 1, 0, 100000, 300000, 1)
        equal(len(redis.ask("GET", "g", lines=2).split()) <= 2 + 2 * 3, True)
        equal(run_script(redis, "rate", "g", 0, 0, 100000, 300000, 1), "1 0 99800")
        # The clock was set back by a second, by an hour.
        redis.ask("SET", "b", f"60000 {now() + 1000} {now() + 1000} 2")
        equal(run_script(redis, "rate", "b", 1, 0, 2, 60000, 1).split()[0], "0")
        redis.ask("SET", "b", f"60000 {now() + 3600000} {now() + 3600000} 2")
        equal(run_script(redis, "rate", "b", 1, 0, 2, 60000, 1), "1 0 1")
        # Up to 60 calls every one is a group of its own; the window is never longer than the 64 groups.
        for _ in range(70):
            run_script(redis, "rate", "o", 1, 1, 60, 60000, 1)
        equal(len(redis.ask("GET", "o", lines=2).split()) <= 2 + 2 * 64, True)
        equal(run_script(redis, "rate", "o", 0, 0, 100, 60000, 1), "1 0 30")


run_cases()
