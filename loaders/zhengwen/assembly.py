"""Assembles a document from its seed: makes its editions, and aligns the received text with the established one."""

import functools

from zhengwen.conversion.chains import origin
from zhengwen.conversion.convert import assert_shared, convert
from zhengwen.document import Document
from zhengwen.layers import layers_of
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
    design, types = schema.design, schema.labels.get("entity_types", {})
    names = [
        (mention.start, mention.end)
        for mention in seed.gold.get("entities", ())
        if mention.type in types and types[mention.type].protected
    ]
    texts, alignments = {design.base: seed.text}, {}
    for script in design.scripts:
        if script != design.base:
            conversion = convert(seed.text, script, design.base, names, seed.overrides(script))
            texts[script] = conversion.text
            if origin(script, design.base).offsets == "shared":
                assert_shared(conversion, script)
            else:
                alignments[script] = conversion.alignment
    if design.restoration:
        texts |= {"restored": seed.restored, "received": seed.received}
        # Automatic restoration aligns the received text with its own result, which may differ from the established one.
        automatic = restoration_of(seed.received)
        established = Alignment.between(automatic.text, seed.restored)
        alignments["received"] = automatic.alignment.compose(established).invert()
    in_order = {edition: texts[edition] for edition in design.editions}
    return Document(seed.id, seed.provenance, in_order, alignments, seed.gold, layers_of(design), design.base)
