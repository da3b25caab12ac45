"""The stages on tables: functions from a ``pa.Table`` to a ``pa.Table``, with a row per document.

Every row is processed independently, with the same code as in the functions for one document, so the text of a crawl
is processed like that of the article.  The stages are made for :func:`zhengwen.process`, but can also be
mapped over a ``datasets.Dataset``::

    dataset.with_format("arrow").map(zhengwen.stages.restore, batched=True)

``text`` names the column that holds the documents (strings, no nulls); the other columns are kept.  Each stage adds or
replaces these columns:

==========  ====================  ==============================================================================
stage       column                what it holds
==========  ====================  ==============================================================================
restore     ``text``              the restored text, instead of the received one
            ``edits``             every change: a list of structs with the fields of
                                  :class:`zhengwen.restoration.restore.Edit` except ``data``.  Their offsets are
                                  in the received text and in the restored text, which ``convert`` replaces
            ``verified``          whether the model of the damage turns the restored text back into the received
                                  one; null when no damage was found
convert     ``text``              the text in the edition ``to``
            ``script``            ``hans`` or ``hant``, the script of the text before the conversion; null when no
                                  character is only in one script, or equally many are in either
            ``converted``         whether the text was converted; false for text that is in the script of ``to``
                                  already, or shows no script
            ``alignment``         the blocks of the alignment from the text before the conversion to the text after
                                  it, four numbers each; empty when all offsets are shared
segment     ``sentence_starts``   the offset at which each sentence begins
            ``sentence_ends``     the offset at which each ends (exclusive)
tokenize    ``tokens``            the words; joined, they are the text
            ``tokenizer``         the tokenizer, with its version
check       ``findings``          the ids of the rules of level 1 that the text breaks
==========  ====================  ==============================================================================

Every stage raises :class:`UnknownNameError` when the column does not exist, and :class:`ZhengwenError` when it
holds nulls or anything other than strings.
"""

import functools
import importlib.metadata
import itertools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from zhengwen.errors import UnknownNameError, ZhengwenError

# The command line imports this module to list STAGES, so the functions below import what takes long to import.
if TYPE_CHECKING:
    import pyarrow as pa

#: The tokenizers: jieba is the reference; rjieba (extra ``fast``) applies the same rules in Rust, and is more than ten
#: times as fast.
TOKENIZERS = ("jieba", "rjieba")


def restore(table: "pa.Table", text: str = "text") -> "pa.Table":
    """Undo the damage of a content farm in each document, as :func:`zhengwen.restore` does.

    >>> import pyarrow as pa
    >>> restored = restore(pa.table({"text": ["具備快速規(guī);a(chǎn)和市場應(yīng)用的能力", "没有损坏"]}))
    >>> restored["text"].to_pylist(), restored["verified"].to_pylist()
    (['具備快速規模化生產和市場應用的能力', '没有损坏'], [True, None])
    """
    import pyarrow as pa

    from zhengwen.restoration.restore import restore_each

    received = _texts(table, text)
    restorations = restore_each(received)
    fields = [
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("received", pa.string()),
        ("restored_start", pa.int32()),
        ("restored_end", pa.int32()),
        ("restored", pa.string()),
        ("rule", pa.string()),
        ("readings", pa.float64()),  # a long stretch may have more candidates than an Arrow integer can hold
        ("margin", pa.float64()),
    ]
    edits = [edit for restoration in restorations if restoration for edit in restoration.edits]
    columns = {name: [getattr(edit, name) for edit in edits] for name, _ in fields}
    columns["readings"] = list(map(float, columns["readings"]))  # Arrow does not convert integers that would be rounded
    structs = pa.StructArray.from_arrays(
        [pa.array(columns[name], column_type) for name, column_type in fields],
        fields=list(itertools.starmap(pa.field, fields)),
    )
    restored = [
        restoration.text if restoration else before for restoration, before in zip(restorations, received, strict=True)
    ]
    sizes = [len(restoration.edits) if restoration else 0 for restoration in restorations]
    verified = [restoration.verified if restoration else None for restoration in restorations]
    return _with_columns(
        table,
        {
            text: _changed(table, text, received, restored),
            "edits": _lists(sizes, structs),
            "verified": pa.array(verified, pa.bool_()),
        },
    )


def convert(table: "pa.Table", text: str = "text", to: str = "hans", source: str | None = None) -> "pa.Table":
    """Convert each document to the edition ``to``, from ``source`` or, without one, from the detected script.

    Raises :class:`UnknownNameError` for an edition that cannot be converted from or to.

    >>> import pyarrow as pa
    >>> converted = convert(pa.table({"text": ["問題", "专著", "none"]}))
    >>> converted["text"].to_pylist(), converted["script"].to_pylist(), converted["converted"].to_pylist()
    (['问题', '专著', 'none'], ['hant', 'hans', None], [True, False, False])
    """
    import pyarrow as pa

    from zhengwen.conversion.convert import convert_each

    texts = _texts(table, text)
    scripts, is_converted, new_texts, sizes, blocks = [], [], [], [], []
    for before, (count, conversion) in zip(texts, convert_each(texts, to, source), strict=True):
        scripts.append(count.script)
        is_converted.append(conversion is not None and conversion.source is not None)
        new_texts.append(conversion.text if conversion else before)
        sizes.append(len(conversion.alignment.blocks) if conversion else 0)
        if sizes[-1]:
            blocks += conversion.alignment.blocks
    quadruples = pa.FixedSizeListArray.from_arrays(pa.array(list(itertools.chain.from_iterable(blocks)), pa.int32()), 4)
    return _with_columns(
        table,
        {
            text: _changed(table, text, texts, new_texts),
            "script": pa.array(scripts, pa.string()),
            "converted": pa.array(is_converted, pa.bool_()),
            "alignment": _lists(sizes, quadruples),
        },
    )


def segment(table: "pa.Table", text: str = "text") -> "pa.Table":
    """Segment each document into sentences, as :func:`zhengwen.segment` does.

    >>> import pyarrow as pa
    >>> segmented = segment(pa.table({"text": ["他来了。走吧。", ""]}))
    >>> segmented["sentence_starts"].to_pylist(), segmented["sentence_ends"].to_pylist()
    ([[0, 4], []], [[4, 7], []])
    """
    import numpy as np
    import pyarrow as pa

    from zhengwen.text.segment import sentences

    spans = [sentences(document) for document in _texts(table, text)]
    offsets = np.fromiter(itertools.chain.from_iterable(itertools.chain.from_iterable(spans)), np.int32)
    sizes = list(map(len, spans))
    return _with_columns(
        table,
        {
            "sentence_starts": _lists(sizes, pa.array(offsets[::2])),
            "sentence_ends": _lists(sizes, pa.array(offsets[1::2])),
        },
    )


def tokenize(table: "pa.Table", text: str = "text", tokenizer: str = "jieba") -> "pa.Table":
    """Divide each document into words with ``jieba``, the reference, or ``rjieba``.

    Raises :class:`UnknownNameError` for another tokenizer, and :class:`ZhengwenError` when rjieba is not installed.

    >>> import pyarrow as pa
    >>> tokenize(pa.table({"text": ["用户无需下载"]}))["tokens"].to_pylist()
    [['用户', '无需', '下载']]
    """
    import pyarrow as pa

    cut = _cutter(tokenizer)
    words = [cut(document) for document in _texts(table, text)]
    flat = pa.array(list(itertools.chain.from_iterable(words)), pa.string())
    names = pa.array([f"{tokenizer} {importlib.metadata.version(tokenizer)}"] * len(words), pa.string())
    return _with_columns(table, {"tokens": _lists(list(map(len, words)), flat), "tokenizer": names})


def check(table: "pa.Table", text: str = "text") -> "pa.Table":
    """Check the characters of each document by the rules of level 1: line ends, odd characters, and traces of damage.

    >>> import pyarrow as pa
    >>> check(pa.table({"text": ["好", "好\\r\\n", "\\x85"]}))["findings"].to_pylist()
    [[], ['carriage-return'], ['odd-character']]
    """
    import pyarrow as pa

    from zhengwen.characters import text_findings

    rules = [sorted({finding.id for finding in text_findings("", document)}) for document in _texts(table, text)]
    flat = pa.array(list(itertools.chain.from_iterable(rules)), pa.string())
    return _with_columns(table, {"findings": _lists(list(map(len, rules)), flat)})


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
        raise UnknownNameError("column", name, table.column_names, fix="name the column that holds the documents")
    column = table[name]
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise ZhengwenError(
            f"the column {name!r} holds {column.type}, not strings", fix="name the column that holds the documents"
        )
    if column.null_count:
        raise ZhengwenError(
            f"the column {name!r} holds {column.null_count} nulls", fix="remove the rows without a text first"
        )
    return column.to_numpy(zero_copy_only=False).tolist()  # much faster than `to_pylist`


def _changed(table: "pa.Table", name: str, before: Sequence[str], after: Sequence[str]) -> "pa.Array | pa.ChunkedArray":
    """A column of new texts, or the old column if no text has changed."""
    import pyarrow as pa

    if all(map(operator.is_, before, after)):
        return table[name]
    return pa.array(after, table.schema.field(name).type)


def _with_columns(table: "pa.Table", columns: dict[str, "pa.Array | pa.ChunkedArray"]) -> "pa.Table":
    """The table with these columns, each replacing the column of the same name, or else appended."""
    for name, column in columns.items():
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, column)
        else:
            table = table.append_column(name, column)
    return table


def _lists(sizes: Iterable[int], values: "pa.Array") -> "pa.Array":
    """An Arrow array of lists with these ``sizes``, made of consecutive ``values``."""
    import numpy as np
    import pyarrow as pa

    offsets = np.concatenate(([0], np.cumsum(np.fromiter(sizes, np.int64)))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _cutter(tokenizer: str) -> Callable[[str], list[str]]:
    """The function of ``tokenizer`` that divides a text into words."""
    if tokenizer not in TOKENIZERS:
        raise UnknownNameError("tokenizer", tokenizer, TOKENIZERS)
    if tokenizer == "jieba":
        from zhengwen.text.segment import tokens

        return tokens
    try:
        import rjieba  # of the extra `fast`
    except ImportError:
        raise ZhengwenError("rjieba is not installed", fix="pip install 'zhengwen[fast]'") from None
    return functools.partial(rjieba.cut, hmm=True)
