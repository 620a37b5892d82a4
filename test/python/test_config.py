"""Configurations: where they come from, and what their problems say."""
import json

import gatelet
import pytest
from conftest import SHOP, SOURCE, api, document

BROKEN = "<policies>\n<inbound>\n<set-heder name='a'/>\n</inbound></policies>"


def test_a_document_is_an_object_or_a_text():
    config = gatelet.Config.from_document(SHOP)
    assert config.api_count == 1
    assert config.diagnostics == ()
    same = gatelet.Config.from_text(json.dumps(SHOP))
    assert same.revision == config.revision
    assert gatelet.Config.from_text(json.dumps(SHOP).encode()).revision == config.revision


def test_a_folder_or_file_is_loaded_by_its_path(tmp_path):
    folder = gatelet.Config.from_path(SOURCE / "examples" / "store", gatelet.ConfigOptions(environment={"STORE_BACKEND": "127.0.0.1:9"}))
    assert folder.api_count >= 3
    file = tmp_path / "gateway.json"
    file.write_text(json.dumps(SHOP))
    assert gatelet.Config.from_path(str(file)).revision == gatelet.Config.from_document(SHOP).revision


def test_files_that_the_caller_read():
    information = {"properties": {"displayName": "Echo", "path": "echo", "apiRevision": "1", "protocols": ["http"], "serviceUrl": "{#where#}"}}
    specification = b"openapi: 3.0.1\ninfo: {title: Echo, version: '1'}\npaths:\n  /things:\n    get: {operationId: list, responses: {'200': {description: ok}}}\n"
    files = {"apis/echo/apiInformation.json": json.dumps(information), "apis/echo/specification.yaml": specification}
    config = gatelet.Config.from_files(files, gatelet.ConfigOptions(environment=lambda name: f"http://{name}.test"), strict=True)
    assert "forward-request" in config.effective_policy("echo", "list")


def test_the_first_problem_stands_on_the_exception_and_all_in_its_list():
    with pytest.raises(gatelet.ConfigError) as raised:
        gatelet.Config.from_document(document(api("shop", {"get": "GET /items"}, BROKEN)), name="shop.json")
    error = raised.value
    assert (error.code, error.line, error.column, error.scope) == ("unknown-element", 3, 1, "api shop;rev=1")
    assert "shop" in error.file
    assert error.message.startswith("'set-heder' is not a policy")
    assert error.hint == "did you mean 'set-header'?"
    assert error.diagnostics[0] == gatelet.Diagnostic("error", error.code, error.message, error.file, 3, 1, error.scope)
    assert f"{error.file}:3:1: {error.message} [unknown-element]" in str(error)


def test_a_broken_api_is_held_back_and_the_rest_serves():
    both = document(api("shop", {"get": "GET /items"}), api("bad", {"get": "GET /items"}, BROKEN))
    config = gatelet.Config.from_document(both)
    assert [item.code for item in config.diagnostics if item.is_error] == ["unknown-element"]
    with pytest.raises(gatelet.ConfigError, match="unknown-element"):
        gatelet.Config.from_document(both, strict=True)


@pytest.mark.parametrize("text", ["", "{", '{"resources": 7}', "[1, 2"])
def test_a_text_that_is_no_document(text):
    with pytest.raises(gatelet.ConfigError) as raised:
        gatelet.Config.from_text(text, name="broken.json")
    assert raised.value.file == "broken.json" and raised.value.line >= 1 and raised.value.code in ("invalid-json", "missing-value", "invalid-value")


def test_a_path_that_is_not_there():
    with pytest.raises(gatelet.InputOutputError) as raised:
        gatelet.Config.from_path("/nowhere/at/all")
    assert "/nowhere/at/all" in str(raised.value)


def test_what_the_environment_function_raises_comes_back():
    files = {"apis/echo/apiInformation.json": '{"properties":{"displayName":"{#a#}","path":"echo","protocols":["http"]}}'}

    def fails(name):
        raise KeyError(name)

    with pytest.raises(KeyError, match="a"):
        gatelet.Config.from_files(files, gatelet.ConfigOptions(environment=fails))
    with pytest.raises(TypeError, match="environment gave int for 'a'"):
        gatelet.Config.from_files(files, gatelet.ConfigOptions(environment=lambda name: 7))
    with pytest.raises(TypeError, match="environment must be a mapping or a function"):
        gatelet.Config.from_files(files, gatelet.ConfigOptions(environment=7))


def test_overrides_are_laid_over_the_folder():
    files = {"named values/colour/namedValueInformation.json": '{"properties":{"displayName":"colour","value":"red"}}'}
    files.update({"apis/echo/apiInformation.json": '{"properties":{"displayName":"Echo","path":"echo","apiRevision":"1","protocols":["http"],"serviceUrl":"http://b.test"}}'})
    files["apis/echo/policy.xml"] = "<policies><inbound><base/><set-header name='X-Colour'><value>{{colour}}</value></set-header></inbound></policies>"
    files["apis/echo/specification.yaml"] = "openapi: 3.0.1\ninfo: {title: Echo, version: '1'}\npaths:\n  /things:\n    get: {operationId: list, responses: {'200': {description: ok}}}\n"
    overrides = "namedValues:\n  - name: colour\n    properties:\n      value: blue\n"
    plain, changed = gatelet.Config.from_files(files), gatelet.Config.from_files(files, gatelet.ConfigOptions(overrides=overrides))
    assert plain.revision != changed.revision


def test_one_policy_document_is_checked_alone():
    assert gatelet.check_policy("<policies><inbound><base/></inbound></policies>", scope="api") == ()
    problems = gatelet.check_policy(BROKEN, name="p.xml")
    assert str(problems[0]).startswith("p.xml:3:1: error: 'set-heder' is not a policy")
    with pytest.raises(gatelet.ArgumentError, match="scope is not one of global"):
        gatelet.check_policy("<policies/>", scope="galaxy")
    policy = "<policies><inbound><set-variable name='a' value='@(1 + 2 + 3)'/></inbound></policies>"
    assert gatelet.check_policy(policy) == ()
    problems = gatelet.check_policy(policy, expression_limits=gatelet.ExpressionLimits(source_bytes=5))
    assert "at most 5 are allowed" in problems[0].message


def test_a_problem_of_a_policy_in_a_document_has_the_policy_as_its_source():
    policy = "<policies>\n<inbound><set-heder/></inbound></policies>"
    with pytest.raises(gatelet.ConfigError) as raised:
        gatelet.Config.from_document({"resources": [{"k": "policies/policy", "v": {"format": "rawxml", "value": policy}}]})
    problem = [each for each in raised.value.diagnostics if each.is_error][0]
    assert (problem.file, problem.line, problem.source) == ("policies/policy", 2, policy)


def test_an_operation_that_does_not_exist_has_no_policy():
    with pytest.raises(gatelet.ArgumentError):
        gatelet.Config.from_document(SHOP).effective_policy("shop", "nothing")


def test_bodies_that_are_held_in_memory_are_told_with_their_policy():
    policy = """<policies>
  <inbound><set-variable name="b" value="@(context.Request.Body.As&lt;string&gt;(true))"/></inbound>
</policies>"""
    config = gatelet.Config.from_document(document(api("shop", {"add": "POST /items"}, policy), api("plain", {"get": "GET /items"})), strict=True)
    (note,) = config.buffered_bodies
    assert (note.severity, note.code, note.line, note.column, note.is_error) == ("note", "buffered-body", 2, 12, False)
    assert note.message == "shop/add holds the request body in memory, because 'set-variable' needs it whole"
