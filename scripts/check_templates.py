"""Check the pages' templates: nothing inline that the content policy would block, all text in both languages.

- No `style` attribute or element, no event handler (`onclick`, `hx-on`), no script but by `src` (or the
  import map, whose hash the policy carries).
- Letters on a page come from `t(en, zh)`: neither text nor a spoken attribute (`title`, `aria-label`, ...) is
  written out, except in `code`, `kbd`, `pre`, under `translate="no"` (names, codes), and words in capitals
  that both languages use (CSV, QR) and 0x.
- `t` has an English and a Chinese wording, in that order.

`check_house.py` runs this over every package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment, TemplateSyntaxError, nodes

SHARED = re.compile(r"\b(?:[A-Z][A-Z0-9-]*|0x)\b")
PLACE = re.compile(r"\{\w*\}")
CHINESE = re.compile(r"[\u3400-\u9fff]")
SPOKEN = frozenset(
    {"alt", "aria-description", "aria-label", "data-confirm", "data-done", "label", "placeholder", "title"}
)
UNTRANSLATED = frozenset({"code", "kbd", "pre", "script", "style"})
VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
EXPRESSION = "·"
"""Stands for what a template fills in: no letter, and no part of a word beside it."""


def find_template_faults(name: str, source: str) -> Iterator[str]:
    """Everything wrong with one template."""
    environment = Environment(autoescape=True)
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        yield f"{name}:{error.lineno}: {error.message}"
        return
    reader = _MarkupReader(name)
    reader.feed(_blank_expressions(environment, source))
    reader.close()
    yield from reader.faults
    yield from _find_lone_wordings(name, tree)


def _blank_expressions(environment: Environment, source: str) -> str:
    """The template's own markup, with a mark for each expression; its lines stay the source's lines."""
    kept: list[str] = []
    for _line, kind, text in environment.lex(source):
        if kind == "data":
            kept.append(text)
        else:
            kept.append("\n" * text.count("\n"))
            if kind == "variable_begin":
                kept.append(EXPRESSION)
    return "".join(kept)


def _find_lone_wordings(name: str, tree: nodes.Template) -> Iterator[str]:
    for call in tree.find_all(nodes.Call):
        if not (isinstance(call.node, nodes.Name) and call.node.name == "t"):
            continue
        if len(call.args) != 2:
            yield f"{name}:{call.lineno}: t takes an English and a Chinese wording"
            continue
        english, chinese = call.args
        if isinstance(english, nodes.Const) and CHINESE.search(str(english.value)):
            yield f"{name}:{call.lineno}: the first wording of t is English"
        if _is_foreign(chinese):
            yield f"{name}:{call.lineno}: the second wording of t is Chinese"


def _is_foreign(wording: nodes.Expr) -> bool:
    if not isinstance(wording, nodes.Const):
        return False
    text = PLACE.sub("", str(wording.value))
    return _has_letters(text) and not CHINESE.search(text)


class _MarkupReader(HTMLParser):
    """Collects the faults of one template's markup."""

    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self._name = name
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self._check_inline(tag, given)
        exempt = tag in UNTRANSLATED or given.get("translate") == "no" or self._is_exempt()
        for key in SPOKEN & given.keys():
            if not exempt and _has_letters(given[key]):
                self._note(f"{key} is written in one language")
        if tag not in VOID:
            self._open.append((tag, exempt))

    def handle_endtag(self, tag: str) -> None:
        for index in reversed(range(len(self._open))):
            if self._open[index][0] == tag:
                del self._open[index:]
                return

    def handle_data(self, text: str) -> None:
        if _has_letters(text) and not self._is_exempt():
            blank = len(text) - len(text.lstrip(f"{EXPRESSION} \n"))
            lead, words = text[:blank], text[blank:]
            self._note(f"text in one language: {' '.join(words.split())[:40]}", lead.count("\n"))

    def _check_inline(self, tag: str, given: dict[str, str]) -> None:
        if tag == "style" or "style" in given:
            self._note("inline style")
        if tag == "script" and "src" not in given and given.get("type") != "importmap":
            self._note("inline script")
        for key, value in given.items():
            if key.startswith(("on", "hx-on", "hx-vars")) or value.lstrip().lower().startswith(
                ("javascript:", "js:")
            ):
                self._note(f"script in the attribute {key}")

    def _is_exempt(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def _note(self, what: str, lines_below: int = 0) -> None:
        self.faults.append(f"{self._name}:{self.getpos()[0] + lines_below}: {what}")


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in SHARED.sub("", text))
