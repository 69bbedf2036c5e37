"""The letters of scripts that put no space between words, as a regular expression's class."""

from __future__ import annotations

# Thai, Lao, Burmese, Khmer; kana, bopomofo, ideographs and what stands between them.
UNSPACED = (
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u312f\u31a0-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
