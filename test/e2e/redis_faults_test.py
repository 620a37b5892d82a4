#!/usr/bin/env python3
"""An external cache that is attacked while clients ask: killed, stopped, full, erring, restarted, refusing, not to be trusted, or not Redis at
all. Every answer is counted: none is anything but 200, and when the cache is sound again it is used again."""
import os
import subprocess
import tempfile
import time

from harness import Backend, Gateway, api, case, equal, policy, respond, run_cases, wait_until
from redis_server import FakeRedis, Load, Redis, free_port

CACHED = """<policies><inbound><cache-lookup vary-by-developer="false" vary-by-developer-groups="false"/>
<cache-lookup-value key="@(context.Request.Url.Path)" variable-name="v" default-value="none"/><cache-store-value key="@(context.Request.Url.Path)" value="kept" duration="60"/></inbound>
<outbound><cache-store duration="60"/></outbound></policies>"""
PATHS = [f"/{number}" for number in range(50)]


def gateway(backend, redis, more=",syncTimeout=300", **settings):
    return Gateway(api("a", "", backend.url, [("GET", "/*")]) + [policy("apis/a;rev=1/", CACHED)],
                   settings={"policy.cache.external": f"127.0.0.1:{redis.port}{more}", "net.server.workers": "2", **settings})


def numbered(body=b""):
    """A backend whose answers differ."""
    count = iter(range(1, 1_000_000_000))
    return Backend(lambda request, connection: respond(connection, 200, b"%d " % next(count) + body))


def finds(one, path):
    """Whether an answer of the cache comes back."""
    return one.get(path).body == one.get(path).body


def check(load, name, least=50):
    equal(set(load.statuses), {200}, f"{name}: {load.statuses}")
    equal(sum(load.statuses.values()) >= least, True, f"{name}: {load.statuses}")


@case("killed, restarted, stopped, full, without keys and connections, with keys of other types: every answer is 200, and it is used again")
def real():
    def kill(redis):
        redis.kill()
        time.sleep(0.5)
        redis.start()

    def restarts(redis):
        for _ in range(5):
            redis.kill()
            redis.start()
            time.sleep(0.1)

    def retype(redis):
        redis.ask("EVAL", "for i = 0, 49 do redis.call('DEL', 'gatelet:value:/' .. i) redis.call('RPUSH', 'gatelet:value:/' .. i, 'a') end return 1", "0")

    def damage(redis):
        redis.ask("EVAL", "for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('DEL', key) redis.call('SET', key, 'G1\\255\\255\\255\\255damaged') end return 1", "0")

    def refuse(redis):
        redis.ask("CONFIG", "SET", "requirepass", "s3cret")
        redis.password = "s3cret"
        redis.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        time.sleep(0.5)
        redis.ask("CONFIG", "SET", "requirepass", "")
        redis.password = ""

    faults = {
        "killed": kill,
        "restarted": restarts,
        "stopped": lambda redis: redis.pause(1),
        "full": lambda redis: redis.be_full(0.5),
        "other types": retype,
        "damaged": damage,
        "a password": refuse,
        "no keys": lambda redis: redis.ask("FLUSHALL"),
        "no connections": lambda redis: [redis.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes") for _ in range(10)],
        "slow": lambda redis: redis.ask("DEBUG", "SLEEP", "0.2"),
    }
    with Redis("--enable-debug-command", "yes") as redis, numbered() as backend, gateway(backend, redis) as one:
        for name, fault in faults.items():
            with Load([one], PATHS) as load:
                time.sleep(0.2)
                fault(redis)
                time.sleep(0.2)
            check(load, name)
            wait_until(lambda: finds(one, f"/{name.replace(' ', '-')}"), f"{name}: it is used again")
        equal(one.stop(), 0)


@case("a password that is wrong, under load, costs no request and is not in the log")
def password():
    with Redis("--requirepass", "s3cret") as redis, numbered() as backend:
        for more in (",password=guess", ",user=nobody,password=guess", ""):
            with gateway(backend, redis, more) as one:
                with Load([one], PATHS) as load:
                    time.sleep(0.5)
                check(load, more)
                one.wait_log("refuses the gateway")
                equal("guess" in one.log(), False)


@case("a server that is part of a cluster, or that only reads, is a miss")
def others():
    for options in (("--cluster-enabled", "yes", "--cluster-port", str(free_port())), ("--replicaof", "127.0.0.1", "1", "--replica-serve-stale-data", "yes")):
        with tempfile.TemporaryDirectory() as folder, Redis("--dir", folder, *options) as redis, numbered() as backend, gateway(backend, redis) as one:
            with Load([one], PATHS) as load:
                time.sleep(0.5)
            check(load, options[0])


@case("TLS with an authority of the test's own: its certificates serve, over a restart under load, and others are a miss")
def tls():
    with tempfile.TemporaryDirectory() as folder:
        def file(name):
            return os.path.join(folder, name)

        def make(name, subject, *more):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", file(name + ".key"), "-out", file(name + ".pem"), "-days", "2",
                            "-subj", subject, *more], check=True, capture_output=True)

        make("authority", "/CN=authority")
        make("other", "/CN=other authority")
        signed = ("-CA", file("authority.pem"), "-CAkey", file("authority.key"), "-addext", "basicConstraints=CA:FALSE", "-addext")
        make("server", "/CN=cache", *signed, "subjectAltName=IP:127.0.0.1,DNS:localhost")
        make("stranger", "/CN=cache", *signed, "subjectAltName=DNS:another.example")

        def options(name):
            return ["--tls-cert-file", file(name + ".pem"), "--tls-key-file", file(name + ".key"), "--tls-auth-clients", "no"]

        trusted = {"net.client.tls.authorities": file("authority.pem")}
        with Redis("--requirepass", "s3cret", tls=options("server")) as redis, numbered() as backend:
            with gateway(backend, redis, ",ssl=True,password=s3cret,syncTimeout=500", **trusted) as one:
                with Load([one], PATHS) as load:
                    time.sleep(0.3)
                    redis.kill()
                    time.sleep(0.2)
                    redis.start()
                    one.wait_log("ExternalCacheConnected")
                    time.sleep(0.3)
                check(load, "restarted")
                wait_until(lambda: finds(one, "/again"), "it is used again")
            for more, settings in ((",ssl=True,password=s3cret", {"net.client.tls.authorities": file("other.pem")}), (",ssl=True,password=s3cret", {}),
                                   (",password=s3cret", {})):
                with gateway(backend, redis, more, **settings) as one:
                    with Load([one], PATHS) as load:
                        one.wait_log("ExternalCacheLost")
                        time.sleep(0.2)
                    check(load, f"{more} {settings}")
                    equal(finds(one, "/never"), False)
        for more, is_found in ((",ssl=True", False), (",ssl=True,sslHost=another.example", True)):
            with Redis(tls=options("stranger")) as redis, numbered() as backend, gateway(backend, redis, more, **trusted) as one:
                with Load([one], PATHS) as load:
                    time.sleep(0.3)
                check(load, more)
                equal(finds(one, "/x"), is_found, more)


def endless(first):
    yield first
    while True:
        yield b"x" * 65536


def dripping(data):
    for byte in b"$1000000\r\n" + b"x" * 1000:
        yield bytes([byte])
        time.sleep(0.05)


@case("what errs, moves, loads, speaks something else, answers without an end or byte by byte, or too often, is a miss under load, in bounded memory")
def fakes():
    def after_ping(back):
        return lambda data: b"+PONG\r\n" if b"PING" in data else back(data) if callable(back) else back

    answers = {
        "errs": after_ping(lambda data: b"-ERR no\r\n" * data.count(b"*")),
        "moved": after_ping(lambda data: b"-MOVED 866 127.0.0.1:1\r\n" * data.count(b"*")),
        "loading": lambda data: b"-LOADING Redis is loading the dataset in memory\r\n" * data.count(b"*"),
        "wrong type": after_ping(lambda data: b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n" * data.count(b"*")),
        "garbage": after_ping(os.urandom(4096)),
        "garbage at once": lambda data: os.urandom(4096),
        "http": lambda data: b"HTTP/1.1 400 Bad Request\r\n\r\n",
        "endless text": after_ping(lambda data: endless(b"+")),
        "endless value": after_ping(lambda data: endless(b"$1000000000\r\n")),
        "endless greeting": lambda data: endless(b"-"),
        "many answers": after_ping(b"+OK\r\n" * 100_000),
        "drips": after_ping(dripping),
        "nothing": after_ping(b""),
        "never": lambda data: b"",
        "closes": after_ping(None),
        "closes at once": lambda data: None,
    }
    for name, answer in answers.items():
        with FakeRedis(answer) as place, numbered() as backend, gateway(backend, place) as one:
            with Load([one], PATHS) as load:
                time.sleep(1)
            check(load, name, 20)
            with open(f"/proc/{one.process.pid}/status", encoding="ascii") as status:
                peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
            equal(peak < 400_000 or os.environ.get("GATELET_SANITIZED") == "1", True, f"{name}: {peak} KiB")
            equal(one.stop(), 0, name)


run_cases()
