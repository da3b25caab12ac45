"""The stages on tables: each takes a ``pa.Table`` and gives one, a document a row, and remembers nothing between rows.

They call what the functions for one document call, so that a crawl gets what the article got.  They are made for
:func:`zhengwen.process`, and work on a ``datasets.Dataset`` as they are::

    dataset.with_format("arrow").map(zhengwen.stages.restore, batched=True)

``text`` names the column of the documents (strings, without nulls); the other columns are passed through.  What each
stage adds:

==========  ====================  ==============================================================================
stage       column                what it holds
==========  ====================  ==============================================================================
restore     ``text``              the restored text, in the place of the received one
            ``edits``             a list of structs, the fields of
                                  :class:`zhengwen.restoration.restore.Edit` but ``data``: all that was undone
            ``verified``          whether the model of the damage gives the received text back; null when there was
                                  no damage
convert     ``text``              the text in the edition ``to``
            ``script``            ``hans`` or ``hant``: the script that the text was in; null when no character tells
            ``converted``         whether it was converted: text in the target's script, and text in no script, is not
            ``alignment``         the blocks of the alignment of the text before with the text after, four numbers
                                  each; none when every offset is shared
segment     ``sentence_starts``   where each sentence begins, in code points
            ``sentence_ends``     where each ends
tokenize    ``tokens``            the words; joined, they are the text
            ``tokenizer``         what cut them, with its version
check       ``findings``          ids of the checks of level 1 that the characters of the text do not pass
==========  ====================  ==============================================================================
"""

import functools
import itertools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from zhengwen.errors import UnknownNameError, ZhengwenError

if TYPE_CHECKING:
    import pyarrow as pa

#: What cuts words: jieba is the reference, rjieba the same rules in Rust, about ten times as fast (extra ``fast``).
TOKENIZERS = ("jieba", "rjieba")


def restore(table: "pa.Table", text: str = "text") -> "pa.Table":
    """Undo the damage of a content farm, document by document: :func:`zhengwen.restore`.

    >>> import pyarrow as pa
    >>> made = restore(pa.table({"text": ["具備快速規(guī);a(chǎn)和市場應(yīng)用的能力", "没有损坏"]}))
    >>> made["text"].to_pylist(), made["verified"].to_pylist()
    (['具備快速規模化生產和市場應用的能力', '没有损坏'], [True, None])
    """
    import pyarrow as pa

    from zhengwen.restoration.restore import restore_each

    texts = _texts(table, text)
    made = restore_each(texts)
    fields = [
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("received", pa.string()),
        ("restored_start", pa.int32()),
        ("restored_end", pa.int32()),
        ("restored", pa.string()),
        ("rule", pa.string()),
        ("readings", pa.float64()),
        ("margin", pa.float64()),
    ]
    # The readings of a long stretch may be more than any integer of Arrow's.
    edits = [edit._replace(readings=float(edit.readings))._asdict() for one in made if one for edit in one.edits]
    flat = pa.StructArray.from_arrays(
        [pa.array([edit[name] for edit in edits], kind) for name, kind in fields],
        fields=list(itertools.starmap(pa.field, fields)),
    )
    return _with(
        table,
        {
            text: _changed(
                table, text, texts, [one.text if one else before for one, before in zip(made, texts, strict=True)]
            ),
            "edits": _lists([len(one.edits) if one else 0 for one in made], flat),
            "verified": pa.array([one.verified if one else None for one in made], pa.bool_()),
        },
    )


def convert(table: "pa.Table", text: str = "text", to: str = "hans", source: str | None = None) -> "pa.Table":
    """Convert each document to the edition ``to``, from ``source`` or from the script that is detected in it.

    >>> import pyarrow as pa
    >>> made = convert(pa.table({"text": ["問題", "专著", "none"]}))
    >>> made["text"].to_pylist(), made["script"].to_pylist(), made["converted"].to_pylist()
    (['问题', '专著', 'none'], ['hant', 'hans', None], [True, False, False])
    """
    import pyarrow as pa

    from zhengwen.conversion.convert import convert_each

    texts = _texts(table, text)
    scripts, converted, new, sizes, blocks = [], [], [], [], []
    for before, (count, made) in zip(texts, convert_each(texts, to, source), strict=True):
        scripts.append(count.script)
        converted.append(made is not None and made.source is not None)
        new.append(made.text if made else before)
        sizes.append(len(made.alignment.blocks) if made else 0)
        if sizes[-1]:
            blocks += made.alignment.blocks
    quadruples = pa.FixedSizeListArray.from_arrays(pa.array(list(itertools.chain.from_iterable(blocks)), pa.int32()), 4)
    return _with(
        table,
        {
            text: _changed(table, text, texts, new),
            "script": pa.array(scripts, pa.string()),
            "converted": pa.array(converted, pa.bool_()),
            "alignment": _lists(sizes, quadruples),
        },
    )


def segment(table: "pa.Table", text: str = "text") -> "pa.Table":
    """Cut each document into sentences: :func:`zhengwen.segment` without the words.

    >>> import pyarrow as pa
    >>> made = segment(pa.table({"text": ["他来了。走吧。", ""]}))
    >>> made["sentence_starts"].to_pylist(), made["sentence_ends"].to_pylist()
    ([[0, 4], []], [[4, 7], []])
    """
    import numpy as np
    import pyarrow as pa

    from zhengwen.text.segment import sentences

    found = [sentences(one) for one in _texts(table, text)]
    flat = np.fromiter(itertools.chain.from_iterable(itertools.chain.from_iterable(found)), np.int32)
    sizes = list(map(len, found))
    return _with(
        table,
        {
            "sentence_starts": _lists(sizes, pa.array(flat[::2])),
            "sentence_ends": _lists(sizes, pa.array(flat[1::2])),
        },
    )


def tokenize(table: "pa.Table", text: str = "text", tokenizer: str = "jieba") -> "pa.Table":
    """Cut each document into words with ``jieba``, the reference, or ``rjieba``.

    >>> import pyarrow as pa
    >>> tokenize(pa.table({"text": ["用户无需下载"]}))["tokens"].to_pylist()
    [['用户', '无需', '下载']]
    """
    import pyarrow as pa

    cut = _cutter(tokenizer)
    words = [cut(one) for one in _texts(table, text)]
    flat = pa.array(list(itertools.chain.from_iterable(words)), pa.string())
    name = pa.array([f"{tokenizer} {_version(tokenizer)}"] * len(words), pa.string())
    return _with(table, {"tokens": _lists(list(map(len, words)), flat), "tokenizer": name})


def check(table: "pa.Table", text: str = "text") -> "pa.Table":
    """Say of each document which checks of level 1 its characters do not pass: line ends, marks, traces of damage.

    >>> import pyarrow as pa
    >>> check(pa.table({"text": ["好", "好\\r\\n", "\\x85"]}))["findings"].to_pylist()
    [[], ['carriage-return'], ['odd-character']]
    """
    import pyarrow as pa

    from zhengwen.checks.level1 import text_findings

    found = [sorted({one.id for one in text_findings("", text)}) for text in _texts(table, text)]
    flat = pa.array(list(itertools.chain.from_iterable(found)), pa.string())
    return _with(table, {"findings": _lists(list(map(len, found)), flat)})


#: The stages, in the order in which they are run, each with the columns that it adds.
STAGES: dict[str, tuple[Callable[..., "pa.Table"], tuple[str, ...]]] = {
    "restore": (restore, ("edits", "verified")),
    "convert": (convert, ("script", "converted", "alignment")),
    "segment": (segment, ("sentence_starts", "sentence_ends")),
    "tokenize": (tokenize, ("tokens", "tokenizer")),
    "check": (check, ("findings",)),
}


def _texts(table: "pa.Table", name: str) -> list[str]:
    import pyarrow as pa

    if name not in table.column_names:
        raise UnknownNameError("column", name, table.column_names, fix="say which one holds the documents")
    column = table[name]
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise ZhengwenError(f"the column {name!r} holds {column.type}, not strings", fix="name a column of text")
    if column.null_count:
        raise ZhengwenError(
            f"the column {name!r} holds {column.null_count} nulls", fix="take the rows without a text out first"
        )
    return column.to_numpy(zero_copy_only=False).tolist()  # much quicker than `to_pylist`


def _changed(table: "pa.Table", name: str, before: Sequence[str], after: Sequence[str]) -> Any:
    """The column of texts: as it was, when nothing was changed in it."""
    import pyarrow as pa

    if all(map(operator.is_, before, after)):
        return table[name]
    return pa.array(after, table.schema.field(name).type)


def _with(table: "pa.Table", columns: dict[str, Any]) -> "pa.Table":
    for name, column in columns.items():
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, column)
        else:
            table = table.append_column(name, column)
    return table


def _lists(sizes: Iterable[int], values: "pa.Array") -> "pa.Array":
    import numpy as np
    import pyarrow as pa

    offsets = np.concatenate(([0], np.cumsum(np.fromiter(sizes, np.int64)))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _cutter(tokenizer: str) -> Callable[[str], list[str]]:
    if tokenizer not in TOKENIZERS:
        raise UnknownNameError("tokenizer", tokenizer, TOKENIZERS)
    if tokenizer == "jieba":
        from zhengwen.text.segment import tokens

        return tokens
    try:
        import rjieba
    except ImportError:
        raise ZhengwenError("rjieba is not installed", fix="pip install 'zhengwen[fast]'") from None
    return functools.partial(rjieba.cut, hmm=True)


def _version(package: str) -> str:
    import importlib.metadata

    return importlib.metadata.version(package)
