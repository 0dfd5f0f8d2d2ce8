"""Bad input in every field of every form: a clear message at the field, and nothing lost of what was typed.

Forms and fields are read from the pages of the URL map as they are served, so that a new page, form or field is
covered without being named here. What a page needs (a visit, a log-in half done) is a scene (``form_scenes``).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode, urlsplit

import pytest
from argon2 import PasswordHasher
from werkzeug.test import TestResponse

from app.store import people as people_store
from app.web.staff.backoff import BackOff
from app.web.staff.text import shown
from tests.web.form_pages import Box, Form, FormPage
from tests.web.form_scenes import GOOD_HERE, KEPT, OPEN, SCENES, Scene
from tests.web.staff_site import PASSPHRASE

CORPUS = {
    "empty": "",
    "blank": "　 \t",
    "long": "あ" * 10_000,
    "control": "前\x01\x1b[31m後",
    "NUL": "前\x00後",
    "bidi": "試験\u202e子花\u2066",
    "unseen": "試\u200b験\ufeff",
    "IVS": "邉\U000e0102試験",
    "emoji": "👩\u200d⚕️🙂",
    "half-width kana": "ｼﾞｭﾘ ﾌﾞﾗﾝ",
    "SQL": "'; DROP TABLE checks; --",
    "HTML": '"><script>alert(1)</script><b id="x">&amp;',
    "formula": '=HYPERLINK("http://192.0.2.1","x")',
    "no such day": "平成31年13月40日",
    "no such ISO day": "2026-02-30",
}
PLACES: dict[str, tuple[str, ...]] = {
    "check_id": (OPEN, KEPT),
    "way": ("certificate", "card-and-notice", "card-and-portal", "statement", "emergency"),
    "filename": (),
    "sound": (),
}
"""What stands for each part of an address; ``()`` for pages that are no pages."""
GOOD = {
    "name": "試験 次郎",
    "kana": "ｼｹﾝ ｼﾞﾛｳ",
    "born": "S32.4.12",
    "insurer": "33120015",
    "symbol": "試験・１",
    "number": "００１２",
    "branch": "01",
    "valid_from": "R7.8.1",
    "valid_to": "R9.7.31",
    "received_on": "R8.11.24",
    "reason": "意識がはっきりしない",
    "passphrase": PASSPHRASE,
    "desk_passphrase": PASSPHRASE,
    "old": PASSPHRASE,
    "new": "べつの長い合い言葉を書きました",
    "code": "000000",
}
"""Good content by a field's name; a field that is not here keeps what its page had in it."""
CHANGING = frozenset({"/settings/people"})
"""Forms that change something and are answered with a page at once."""
LONGEST = 1_000
"""No field of ours takes more signs than this."""
REFUSED = (422, 409, 429)
ECHOED_CODES = frozenset({"/first-start"})
"""Where a code that opens nothing else yet stays in its field."""


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """Passphrases cost next to nothing here, and nobody has to wait after a wrong one."""
    with pytest.MonkeyPatch.context() as patch:
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(people_store, "_hasher", cache(lambda: cheap))
        patch.setattr(BackOff, "begin", lambda *_: 0.0)
        yield


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory, quick: None) -> Iterator[dict[str, Scene]]:
    made = {name: build(tmp_path_factory.mktemp(name.replace(" ", "-"))) for name, build in SCENES.items()}
    yield made
    for scene in made.values():
        scene.site.store.close()


@dataclass(frozen=True)
class Target:
    """A field of a form, and the page that has it."""

    page: str
    action: str
    method: str
    names: tuple[str, ...]
    name: str


def addresses(scene: Scene) -> list[str]:
    """Every address of the map that a browser may open, with what stands in its places."""
    found = []
    for rule in scene.site.app.url_map.iter_rules():
        if rule.methods is None or "GET" not in rule.methods or rule.endpoint == "static":
            continue
        choices: list[dict[str, str]] = [{}]
        for place in sorted(rule.arguments):
            assert place in PLACES, f"{rule.rule}: PLACES must say what may stand for <{place}>"
            choices = [{**one, place: value} for one in choices for value in PLACES[place]]
        with scene.site.app.test_request_context(base_url="https://uketsuke.local:8443"):
            adapter = scene.site.app.url_map.bind("uketsuke.local:8443")
            found += [adapter.build(rule.endpoint, values) for values in choices]
    return found


def forms_of(scene: Scene, path: str) -> list[Form]:
    response = scene.browser.get(path)
    assert response.status_code < 500, path
    return FormPage(response.text).forms if response.mimetype == "text/html" else []


@pytest.fixture(scope="module")
def targets(scenes: dict[str, Scene]) -> dict[str, list[Target]]:
    """What can be typed in each scene; a form that an earlier scene has is not tried again."""
    known: set[tuple[str, str, tuple[str, ...]]] = set()
    found: dict[str, list[Target]] = {}
    for scene_name, scene in scenes.items():
        found[scene_name] = []
        for path in addresses(scene):
            for form in forms_of(scene, path):
                names = tuple(box.name for box in form.boxes)
                action = form.action or path
                if (action, form.method, names) in known or not form.typed():
                    continue
                known.add((action, form.method, names))
                found[scene_name] += [Target(path, action, form.method, names, box.name) for box in form.typed()]
    return found


def test_every_page_with_a_form_is_found(targets: dict[str, list[Target]]) -> None:
    """The check of the check: what is known to be there today is found without being named above."""
    found = {(target.action, target.name) for some in targets.values() for target in some}
    for way in PLACES["way"]:
        assert (f"/fallback/{way}", "name") in found
    assert found >= {
        ("/login", "name"), ("/login/code", "code"), ("/unlock", "passphrase"), ("/first-start", "code"),
        ("/search", "q"), (f"/pending/{OPEN}/find", "q"), (f"/pending/{OPEN}/closed", "note"),
        ("/settings/people", "name"), ("/settings/own/passphrase", "new"), ("/settings/own/code", "passphrase"),
        ("/settings/own/code/confirm", "code"), ("/settings/own/code/remove", "passphrase"),
        ("/settings/own/desk-code", "desk_passphrase"),
        ("/audit/inspection", "from"), ("/audit", "day"), ("/numbers", "day"),
    }  # fmt: skip


def good(form: Form, action: str) -> dict[str, object]:
    """The form as somebody fills it in who makes no mistake."""
    sent: dict[str, object] = dict(form.sent())
    for box in form.boxes:
        if box.is_typed and box.name in GOOD:
            sent[box.name] = GOOD[box.name]
        if box.kind == "radio":
            sent.setdefault(box.name, box.value)
        if box.name == "seen":
            sent["seen"] = [one.value for one in form.boxes if one.name == "seen"]
    sent |= GOOD_HERE.get(action, {})
    return _with_mirror(sent)


def _with_mirror(sent: dict[str, object]) -> dict[str, object]:
    """「もう一度」 holds what stands above it."""
    if "again" in sent:
        sent["again"] = sent.get("new", sent.get("passphrase", ""))
    return sent


def send(scene: Scene, target: Target, sent: dict[str, object]) -> TestResponse:
    if target.method == "get":
        return scene.browser.get(f"{target.action}?{urlencode(sent)}")
    return scene.browser.post(target.action, sent)  # type: ignore[arg-type]


def keeps_secret(target: Target, box: Box) -> bool:
    return box.is_secret or (target.name == "code" and target.action not in ECHOED_CODES)


@pytest.mark.parametrize("text", list(CORPUS.values()), ids=list(CORPUS))
@pytest.mark.parametrize("scene_name", list(SCENES))
def test_bad_input_is_told_at_its_field_or_kept_as_it_is(
    scenes: dict[str, Scene], targets: dict[str, list[Target]], scene_name: str, text: str
) -> None:
    scene = scenes[scene_name]
    faults = []
    pages: dict[str, list[Form]] = {}
    for target in targets[scene_name]:
        if target.page not in pages:
            pages[target.page] = forms_of(scene, target.page)
        form = next(one for one in pages[target.page] if tuple(box.name for box in one.boxes) == target.names)
        try:
            if _try(scene, target, form, text):
                pages.clear()
        except AssertionError as error:
            faults.append(f"{target.action} {target.name}: {error}")
    assert not faults, "\n".join(faults)


def _try(scene: Scene, target: Target, form: Form, text: str) -> bool:
    """Send one text in one field and judge the answer; True when pages may have changed by it."""
    box = next(one for one in form.typed() if one.name == target.name)
    sent = {**good(form, target.action), target.name: text}
    response = send(scene, target, sent if target.name == "again" else _with_mirror(sent))
    assert response.status_code < 500
    assert "<script>alert" not in response.text
    if response.status_code in (200, 303):
        _demand_kept(scene, target, box, text, response)
        if response.status_code == 200 and target.action not in CHANGING:
            return False
        scene.reset()
        return True
    assert response.status_code in REFUSED
    page = FormPage(response.text)
    answered = page.boxes(target.action, target.name)
    assert answered, "the form is gone"
    assert is_told(page, answered[0]), "no message at the field"
    if keeps_secret(target, box):
        assert answered[0].value == ""
        assert not text.strip() or text not in page.seen
    else:
        assert answered[0].value == text, "what was typed is lost"
    for name, value in sent.items():
        others = page.boxes(target.action, name)
        if name != target.name and others and others[0].is_typed and not keeps_secret(target, others[0]):
            assert others[0].value == value, f"{name} is lost"
    return False


def is_told(page: FormPage, box: Box) -> bool:
    """True when a field points to words that say what is wrong with it."""
    return any(page.texts.get(name, "").strip() for name in box.described_by if "error" in name)


def _demand_kept(scene: Scene, target: Target, box: Box, text: str, response: TestResponse) -> None:
    """What was taken is shown as it was typed: in a field, or as text with its steering signs made visible."""
    followed = response
    if response.status_code == 303:
        followed = scene.browser.get(urlsplit(response.headers["Location"]).path)
        assert followed.status_code == 200
        assert "<script>alert" not in followed.text
    if keeps_secret(target, box):
        assert not text.strip() or text not in followed.text
        return
    plain = unicodedata.normalize("NFKC", text).strip()
    forms = {form for form in (text, shown(text), shown(text.strip()), plain, shown(plain)) if form.strip()}
    if not text.strip():
        return
    pages = [FormPage(followed.text)]
    if len(text) > LONGEST or box.kind == "date":
        answered = pages[0].boxes(target.action, target.name)
        assert answered and is_told(pages[0], answered[0]), "taken without a word"  # noqa: PT018 one question
    if target.action.startswith("/pending/"):
        pages.append(FormPage(scene.browser.get(f"/checks/{OPEN}").text))
    values = {one.value for page in pages for form in page.forms for one in form.boxes}
    assert forms & values or any(form in page.seen for page in pages for form in forms), "it is shown nowhere"
