"""The declarations of the package are those of the headers."""
import ctypes as c
import os
import re
import shlex
import subprocess

import pytest
from conftest import SOURCE
from gatelet import _ffi

HEADERS = "".join(re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S) for path in sorted((SOURCE / "include" / "gatelet").glob("*.h")))


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    """What a C compiler says: {struct: (size, {member: (offset, size)})}."""
    lines = ["#include <gatelet/gatelet.h>", "#include <stdio.h>", "#define SIZE(s, m) sizeof(((s*)0)->m)", "int main(void) {"]
    for name, struct in _ffi.STRUCTS.items():
        lines.append(f'  printf("{name} . 0 %zu\\n", sizeof({name}));')
        for field in struct._fields_:
            lines.append(f'  printf("{name} {field[0]} %zu %zu\\n", offsetof({name}, {field[0]}), SIZE({name}, {field[0]}));')
    folder = tmp_path_factory.mktemp("layout")
    (folder / "layout.c").write_text("\n".join([*lines, "  return 0;", "}", ""]))
    compiler = shlex.split(os.environ.get("CC", "cc"))
    subprocess.run([*compiler, "-std=c99", f"-I{SOURCE / 'include'}", "-o", str(folder / "layout"), str(folder / "layout.c")], check=True)
    out = {}
    for line in subprocess.run([str(folder / "layout")], check=True, capture_output=True, text=True).stdout.splitlines():
        struct, member, offset, size = line.split()
        out.setdefault(struct, {})[member] = (int(offset), int(size))
    return out


@pytest.mark.parametrize("name", _ffi.STRUCTS)
def test_members_stand_where_the_headers_put_them(layout, name):
    struct = _ffi.STRUCTS[name]
    ours = {field[0]: (getattr(struct, field[0]).offset, getattr(struct, field[0]).size) for field in struct._fields_}
    theirs = dict(layout[name])
    _, size = theirs.pop(".")
    assert ours == theirs
    # A struct that says its size may grow at the end in the headers; any other is what it is.
    assert c.sizeof(struct) <= size if issubclass(struct, _ffi.Sized) else c.sizeof(struct) == size


def test_texts_that_come_in_and_go_out_have_one_layout():
    for ours in (_ffi.Text, _ffi.View):
        assert (c.sizeof(ours), ours.data.offset, ours.size.offset) == (c.sizeof(_ffi.Text), 0, _ffi.Text.size.offset)
    assert c.sizeof(_ffi.HeaderView) == c.sizeof(_ffi.Header)


def kind_of(text):
    """A C type as a word: `status`, `size`, `u32`, `text`, `pointer` ..."""
    text = re.sub(r"\bconst\b|\bstruct\b", "", text).strip()
    if "*" in text:
        return "string" if re.match(r"char\s*\*$", text) else "pointer"
    words = {"gatelet_status": "i32", "int32_t": "i32", "uint32_t": "u32", "size_t": "size", "void": "void", "gatelet_str": "text"}
    name = text.split()[0]
    return words.get(name, name)


def kind_of_ctypes(kind):
    if kind is None:
        return "void"
    if kind in (_ffi.Text, _ffi.View):
        return "text"
    if kind is _ffi.HeaderView:
        return "gatelet_header"
    named = {struct: name for name, struct in _ffi.STRUCTS.items()}
    plain = {c.c_int32: "i32", c.c_uint32: "u32", c.c_size_t: "size", c.c_char_p: "string", c.c_void_p: "pointer"}
    return named.get(kind) or plain.get(kind) or "pointer"


@pytest.mark.parametrize("name, result, arguments", _ffi.FUNCTIONS, ids=[row[0] for row in _ffi.FUNCTIONS])
def test_functions_have_the_signatures_of_the_headers(name, result, arguments):
    declared = re.search(rf"GATELET_API\s+([^;]*?)\b{name}\(([^;]*)\);", HEADERS, re.S)
    assert declared, f"{name} is not in the headers"
    parameters = [] if declared[2].strip() in ("", "void") else declared[2].split(",")
    assert [kind_of_ctypes(argument) for argument in arguments] == [kind_of(parameter) for parameter in parameters]
    assert kind_of_ctypes(result) == kind_of(declared[1])


@pytest.mark.parametrize(
    "name, kind",
    [("gatelet_lookup_fn", _ffi.LOOKUP_FN), ("gatelet_log_fn", _ffi.LOG_FN), ("gatelet_handler_fn", _ffi.HANDLER_FN)],
)
def test_callbacks_have_the_signatures_of_the_headers(name, kind):
    declared = re.search(rf"typedef ([^;()]*)\(\*{name}\)\(([^;]*)\);", HEADERS)
    assert [kind_of_ctypes(argument) for argument in kind._argtypes_] == [kind_of(parameter) for parameter in declared[2].split(",")]
    assert kind_of_ctypes(kind._restype_) == kind_of(declared[1])


def test_numbers_are_those_of_the_headers():
    import gatelet
    from gatelet import errors

    for fault in gatelet.Fault:
        assert re.search(rf"GATELET_FAULT_{fault.name} = {fault.value}\b", HEADERS)
    names = {"ARGUMENT": errors.ArgumentError, "MEMORY": errors.OutOfMemoryError, "LIMIT": errors.LimitError, "IO": errors.InputOutputError}
    names.update({"STALE": errors.StaleError, "UNSUPPORTED": errors.UnsupportedError})
    for name, kind in names.items():
        status = int(re.search(rf"GATELET_ERR_{name} = (-\d+)", HEADERS)[1])
        assert errors._CLASSES[status] is kind
    assert f"GATELET_ERR_CONFIG = {errors.STATUS_CONFIG}" in HEADERS
    assert f"#define GATELET_API_VERSION {_ffi.API_VERSION}" in HEADERS or gatelet._ffi.lib.gatelet_api_version() > _ffi.API_VERSION
