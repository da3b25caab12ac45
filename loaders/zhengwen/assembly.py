"""Assembles a document from its seed: makes its editions, and aligns the received text with the established one."""

import functools

from zhengwen.conversion.convert import assert_shared, convert
from zhengwen.document import Document
from zhengwen.editions import BASE, EDITIONS, SCRIPTS
from zhengwen.layers import LAYERS
from zhengwen.restoration.restore import Restoration, restore
from zhengwen.schema import Schema
from zhengwen.seeds import Seed
from zhengwen.text.align import Alignment


@functools.lru_cache(maxsize=16)
def restoration_of(received: str) -> Restoration:
    """What :func:`zhengwen.restore` makes of a received text.

    It is needed when a document is assembled, for its rows, and when it is shown; since restoring is slow, the last
    results are cached.
    """
    return restore(received)


def assemble(seed: Seed, schema: Schema) -> Document:
    """The document that ``seed`` states, with every edition.

    Protected names (mentions of the types that ``schema`` calls protected) keep their wording in every edition.  Raises
    :class:`~zhengwen.conversion.convert.OffsetsNotSharedError` if an edition that shares the offsets of the base does
    not keep them, and :class:`~zhengwen.errors.ZhengwenError` if the exceptions of an edition do not fit the text.
    """
    types = schema.labels["entity_types"]
    names = [
        (mention.start, mention.end)
        for mention in seed.gold["entities"]
        if mention.type in types and types[mention.type].protected
    ]
    texts = {BASE: seed.text, "restored": seed.restored, "received": seed.received}
    alignments = {}
    for script in SCRIPTS:
        if script != BASE:
            conversion = convert(seed.text, script, BASE, names, seed.overrides(script))
            texts[script] = conversion.text
            if EDITIONS[script].offsets == "shared":
                assert_shared(conversion, script)
            else:
                alignments[script] = conversion.alignment
    # Automatic restoration aligns the received text with its own result, which may differ from the established text.
    automatic = restoration_of(seed.received)
    established = Alignment.between(automatic.text, texts["restored"])
    alignments["received"] = automatic.alignment.compose(established).invert()
    in_order = {edition: texts[edition] for edition in EDITIONS if edition in texts}
    return Document(seed.id, seed.provenance, in_order, alignments, seed.gold, LAYERS)
