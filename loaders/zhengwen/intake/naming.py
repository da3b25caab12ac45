"""The ids of new documents: made from what a source calls its texts."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from pypinyin import lazy_pinyin

from zhengwen.errors import ZhengwenError
from zhengwen.printable import shortened
from zhengwen.repository import keys
from zhengwen.schema import Schema
from zhengwen.seeds import SEEDS, flaw_of_document_id

#: A message names so many ids, and shows so much of each.
_SHOWN, _WIDTH = 5, 64


def id_from(name: str) -> str:
    """``name`` in lower-case letters and digits, joined by hyphens; Chinese characters as they are read.

    >>> id_from("News_2025/03 (B).txt"), id_from("新闻一"), id_from("Café")
    ('news-2025-03-b-txt', 'xin-wen-yi', 'cafe')
    """
    if not name.isascii():
        name = " ".join(lazy_pinyin(name))
        name = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")


def ids_of(
    names: Sequence[str | None], prefix: str | None, stem: str, existing: Iterable[str], schema: Schema
) -> list[str]:
    """The ids of texts that their source calls ``names``, each with ``prefix`` before it, if there is one.

    A text without a name is numbered, after ``stem``.  Raises :class:`ZhengwenError` if an id is not valid, if two are
    equal, or if one is among ``existing``.
    """
    if prefix is not None and (flaw := flaw_of_document_id(f"{prefix}-1", schema)):
        shown = shortened(prefix, _WIDTH)
        raise ZhengwenError(f"--prefix: {shown!r} cannot begin the id of a document: {flaw}", fix="choose another")
    width = len(str(len(names)))
    ids = []
    for number, name in enumerate(names, start=1):
        own = id_from(name) if name else ""
        own = own or "-".join(part for part in (id_from(stem) if not prefix else "", f"{number:0{width}d}") if part)
        ids.append(f"{prefix}-{own}" if prefix else own)
    flaws = {id: flaw for id in ids if (flaw := flaw_of_document_id(id, schema))}
    if flaws:
        first, flaw = next(iter(flaws.items()))
        helped = "" if flaw_of_document_id(f"x-{first}", schema) else ", or give all ids a beginning with --prefix"
        raise ZhengwenError(
            f"{_these([id for id in flaws if flaws[id] == flaw])}: not a valid id of a document: {flaw}",
            fix=f"rename the texts in the source{helped}",
        )
    if repeated := [id for id, count in Counter(ids).items() if count > 1]:
        called = [repr(name) for name, id in zip(names, ids, strict=True) if id == repeated[0]]
        raise ZhengwenError(
            f"{_these(repeated)}: several texts of the source would have this id ({', '.join(called[:_SHOWN])})",
            fix="rename them in the source, so that they differ in more than case and marks",
        )
    taken = set(existing)
    if known := [id for id in ids if id in taken]:
        raise ZhengwenError(
            f"{_these(known)}: this document exists already",
            fix="give the new ones another beginning with --prefix, or remove those that are there",
        )
    for finding in keys.check(schema, [*taken, *ids]):
        if finding.file == SEEDS:
            raise ZhengwenError(
                f"ids of documents: {finding.message}", fix="give the new ones a --prefix, or rename them"
            )
    return ids


def _these(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else ""
    return ", ".join(shortened(id, _WIDTH) for id in ids[:_SHOWN]) + more
