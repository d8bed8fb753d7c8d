"""Trust files, profiles and import files come from outside: what isn't right is refused and named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_cli.errors import Refused
from ledger_cli.import_source import count_items, find_files, read_items
from ledger_cli.pinned_files import Profile, TrustFile, parse_pinned, pinned_bytes
from ledger_cli.shown_text import shown_text
from tests.unit.ledger_cli.prepared_support import build_profile

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_a_profile_is_read_as_it_was_written() -> None:
    profile = build_profile()
    assert parse_pinned(Profile, pinned_bytes(profile), "profile.json") == profile


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_arbitrary_bytes_are_no_trust_file_and_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        parse_pinned(TrustFile, content, "trust.json")


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(sorted(Profile.model_fields)),
    value=json_values.filter(lambda value: not isinstance(value, str | int)),
)
def test_a_profile_with_a_member_of_another_type_is_refused_by_name(name: str, value: object) -> None:
    document = build_profile().model_dump() | {name: value}
    with pytest.raises(Refused) as refused:
        parse_pinned(Profile, json.dumps(document).encode(), "profile.json")
    assert "profile.json" in refused.value.text.en


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        (b'{"type": "ordinary"}', ["body"]),
        (b'{"resourceType": "Bundle", "x": 1.5}', ["fhir"]),
        (b'[{"type": "a"}, {"resourceType": "Bundle", "v": 1.25}, 3]', ["body", "fhir", "malformed"]),
        (b'{"type": "a"}\n{"type": "b"}\n', ["body", "body"]),
        (b'{"type": "a"}\n\n{nonsense\n{"resourceType": "Patient"}\n', ["body", "malformed", "malformed"]),
        (b'{\n"type": "a"\n}', ["body"]),
    ],
)
def test_each_form_of_an_import_file_is_told_apart(tmp_path: Path, content: bytes, kinds: list[str]) -> None:
    path = tmp_path / "import.json"
    path.write_bytes(content)
    assert [item.kind for item in read_items(path)] == kinds


def test_an_element_is_sent_with_the_very_bytes_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "import.json"
    path.write_bytes('[ {"resourceType":"Bundle", "v": 1.50, "n":"王"} ]'.encode())
    assert [item.content for item in read_items(path)] == [
        '{"resourceType":"Bundle", "v": 1.50, "n":"王"}'.encode()
    ]


def test_the_same_content_has_the_same_key_and_a_new_mapping_another(tmp_path: Path) -> None:
    path = tmp_path / "import.ndjson"
    path.write_bytes(b'{"resourceType":"Bundle"}\n{"resourceType":"Bundle"}\n{"type":"x"}\n')
    first, second, body = read_items(path)
    assert first.idempotency_key(1) == second.idempotency_key(1) != first.idempotency_key(2)
    assert body.idempotency_key(1) == body.idempotency_key(2)


def test_a_line_that_is_too_long_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    path = tmp_path / "import.ndjson"
    path.write_bytes(b'{"a":"' + b"x" * (9 * 1024 * 1024) + b'"}\n{"type":"ordinary"}\n')
    assert [item.kind for item in read_items(path)] == ["malformed", "body"]


def test_a_folder_stands_for_its_json_files_by_name_and_each_file_is_read_once(tmp_path: Path) -> None:
    for name in ("b.json", "a.ndjson", "notes.txt"):
        (tmp_path / name).write_text('{"type": "a"}\n{"type": "b"}\n')
    files = find_files([tmp_path, tmp_path / "b.json", tmp_path / "notes.txt"])
    assert [file.name for file in files] == ["a.ndjson", "b.json", "notes.txt"]
    assert count_items(files) == 6


def test_a_folder_without_json_files_is_refused_and_named(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        find_files([tmp_path])
    assert str(tmp_path) in refused.value.text.en and str(tmp_path) in refused.value.text.zh


def test_an_item_is_named_by_its_file_and_place(tmp_path: Path) -> None:
    lines, array, whole = tmp_path / "a.ndjson", tmp_path / "b.json", tmp_path / "c.json"
    lines.write_text('{"type": "a"}\n\nnonsense\n')
    array.write_text('[{"type": "a"}, 3]')
    whole.write_text('{"type": "a"}')
    items = [item for file in (lines, array, whole) for item in read_items(file)]
    assert [item.position for item in items] == [
        f"{lines}:1",
        f"{lines}:3",
        f"{array}[0]",
        f"{array}[1]",
        f"{whole}",
    ]
    assert [item.fault.zh for item in items if item.kind == "malformed"] == ["不是格式正确的 JSON 对象"] * 2


@settings(max_examples=200, deadline=None)
@given(
    content=st.binary(max_size=200) | st.lists(json_values, max_size=4).map(lambda v: json.dumps(v).encode())
)
def test_arbitrary_import_files_give_items_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "import.json"
    path.write_bytes(content)
    try:
        assert all(item.kind in ("fhir", "body", "malformed") for item in read_items(path))
    except Refused:
        return


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("王小明", "王小明"),
        ("a\x1b[2Jb", "a<U+001B>[2Jb"),
        ("5mg\u202e gm5", "5mg<U+202E> gm5"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("two\nlines", "two<U+000A>lines"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, shown: str) -> None:
    assert shown_text(text) == shown
