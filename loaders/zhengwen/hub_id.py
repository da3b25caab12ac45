"""The ids of datasets on a hub, ``ORG/NAME``: what a hub accepts as one."""

import re

#: The length up to which a hub accepts an id.
_LONGEST = 96
_PART = re.compile(r"\w([\w.-]*\w)?", flags=re.ASCII)


def flaw_of(id: str) -> str:
    """What makes ``id`` impossible as the id of a dataset, or an empty string if a hub would accept it.

    The rules are those of ``huggingface_hub.utils.validate_repo_id``, and the organisation must be named.

    >>> flaw_of("my-org/my-corpus")
    ''
    >>> flaw_of("datasets/my-org/my-corpus")
    'an id has two parts, ORG/NAME'
    """
    parts = id.split("/")
    if len(parts) != 2:
        return "an id has two parts, ORG/NAME"
    if len(id) > _LONGEST:
        return f"an id has no more than {_LONGEST} characters, this has {len(id)}"
    if not all(map(_PART.fullmatch, parts)):
        return (
            "both parts consist of ASCII letters, digits, `-`, `_` and `.`, and neither begin nor end with `-` or `.`"
        )
    if "--" in id or ".." in id:
        return "an id contains neither `--` nor `..`"
    if id.endswith(".git"):
        return "an id does not end in `.git`"
    return ""
