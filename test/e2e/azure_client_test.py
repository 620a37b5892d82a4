#!/usr/bin/env python3
"""Azure's own client from npm against the real program, and the gateway that serves what the client wrote. Without node or npm's registry it is a named skip,
which GATELET_REQUIRE_NPM=1 makes a failure."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from harness import PATIENCE, SOURCE, Gateway, case, contains, equal, run_cases, wait_until
from management import new_plane

PACKAGE = "@azure/arm-apimanagement@10.0.0"


def client_folder():
    """Where the client is installed: GATELET_NODE_FOLDER, or a new folder that npm fills."""
    given = os.environ.get("GATELET_NODE_FOLDER")
    if given:
        return pathlib.Path(given)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gatelet-npm-"))
    if shutil.which("node") and shutil.which("npm"):
        done = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", PACKAGE], cwd=folder, capture_output=True, timeout=300)
        if done.returncode == 0:
            return folder
    print("SKIPPED azure client: 1 case, no node or no registry of npm")
    required = os.environ.get("GATELET_REQUIRE_NPM") == "1"
    print("0 passed, 1 failed" if required else "1 passed, 0 failed")
    sys.exit(required)


FOLDER = client_folder()


@case("Azure's client sets up an API with all that belongs to it, and a gateway serves it")
def _():
    with new_plane() as plane:
        done = subprocess.run(["node", str(SOURCE / "test/e2e/azure_client.mjs"), f"http://{plane.address}", plane.token], cwd=FOLDER, text=True,
                              capture_output=True, timeout=4 * PATIENCE)
        equal(done.returncode, 0, done.stderr)
        token, subscription_key = done.stdout.split()
        answer = plane.poll("gw", token)
        equal(answer.status, 200, "poll")
        keys = [item["k"] for item in answer.json["resources"]]
        for key in ["apis/pets;rev=2/operations/listpets", "apis/pets;rev=2/policies/policy", "products/starter", "subscriptions/one", "namedValues/secret"]:
            contains(keys, key)
        settings = {"config.service.endpoint": f"http://{plane.address}", "config.service.auth": f"GatewayKey {token}"}
        with Gateway(None, settings=settings) as gateway:
            wait_until(lambda: gateway.get("/pets/pets").status == 401, "an API that wants a key")
            answer = gateway.get("/pets/pets", [f"Ocp-Apim-Subscription-Key: {subscription_key}"])
            equal((answer.status, answer.text), (200, "hidden"))


if __name__ == "__main__":
    run_cases()
