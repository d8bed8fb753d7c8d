from __future__ import annotations

import pytest

from scripts.check_templates import find_template_faults


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("<p>Hello</p>", "text in one language: Hello"),
        ("<p>{{ t('Hello', '你好') }}！你好</p>", "text in one language"),
        ('<input placeholder="Name">', "placeholder is written in one language"),
        ("<p>{{ t('Hello') }}</p>", "t takes an English and a Chinese wording"),
        ("<p>{{ t('你好', '你好') }}</p>", "the first wording of t is English"),
        ("<p>{{ t('Hello', 'Hello') }}</p>", "the second wording of t is Chinese"),
        ('<p style="color:red"></p>', "inline style"),
        ("<style>p{}</style>", "inline style"),
        ("<script>1</script>", "inline script"),
        ('<button onclick="go()"></button>', "script in the attribute onclick"),
        ('<button hx-on:click="go()"></button>', "script in the attribute hx-on:click"),
        ('<a href="javascript:go()"></a>', "script in the attribute href"),
        ("<p>{% if %}</p>", "Expected an expression"),
    ],
)
def test_what_a_template_may_not_hold_is_found_with_its_line(source: str, fault: str) -> None:
    (found,) = find_template_faults("page.html", f"<div>\n{source}\n</div>")
    assert found.startswith("page.html:2: ")
    assert fault in found


@pytest.mark.parametrize(
    "source",
    [
        '<p title="{{ t(\'Copy\', \'复制\') }}">{{ t("Hello", "你好") }} · {{ name }}</p>',
        "<code>proof.invalid</code><kbd>Enter</kbd>",
        '<span translate="no">中文 <b>English</b></span>',
        "<a>CSV</a>{{ icon('x') }}JSON, SHA-256",
        '<script src="/static/a.js"></script><script type="importmap">{{ map }}</script>',
        '<option{% if chosen %} selected{% endif %} value="oral"></option>',
        "{# a note #}{{ t(item.label[0], item.label[1]) }}",
        "{{ t('by {name}', '{name}', name=name) }}",
    ],
)
def test_what_a_template_may_hold_passes(source: str) -> None:
    assert list(find_template_faults("page.html", source)) == []
