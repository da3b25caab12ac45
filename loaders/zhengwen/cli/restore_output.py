"""What ``zhengwen restore`` says of a restoration, for people and for programs."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from zhengwen.restoration.restore import Restoration

#: The rules, and what several of them are called.
_SEVERAL = {"gloss": "glosses", "delimiter": "delimiters", "straddle": "straddles"}


def to_dict(made: Restoration) -> dict[str, Any]:
    """A restoration as JSON holds it; the bytes of an edit in hexadecimal."""
    policy = made.policy
    return {
        "text": made.text,
        "verified": made.verified,
        "policy": {**vars(policy), "glosses": dict(policy.glosses), "delimiters": dict(policy.delimiters)},
        "edits": [{**edit._asdict(), "data": edit.data.hex().upper()} for edit in made.edits],
        "unexplained": [list(span) for span in made.unexplained],
    }


def explain(console: Console, made: Restoration, name: str) -> None:
    """Say what was undone: every straddle with its bytes, the other edits counted, and whether it is verified."""
    if not made.edits:
        console.print(Text.assemble((name, "bold"), ": shows no damage of this kind; left as it is"))
        return
    straddles = [edit for edit in made.edits if edit.rule == "straddle"]
    if straddles:
        table = Table("place", "received", "restored", "bytes", "readings", "margin", box=None, header_style="bold")
        table.columns[4].justify = table.columns[5].justify = "right"
        for edit in straddles:
            table.add_row(
                str(edit.start),
                Text(edit.received, style="red"),
                Text(edit.restored, style="green"),
                Text(
                    edit.data.hex(" ", 2).upper() if len(edit.data) <= 24 else f"{edit.data[:24].hex(' ', 2).upper()} …"
                ),
                str(edit.readings) if edit.readings < 10**6 else f"{edit.readings:.0e}",
                "" if edit.margin is None else f"{edit.margin:.1f}",
            )
        console.print(table)
    counts = {rule: sum(edit.rule == rule for edit in made.edits) for rule in _SEVERAL}
    told = ", ".join(f"{many} {rule if many == 1 else _SEVERAL[rule]}" for rule, many in counts.items())
    console.print(Text.assemble((name, "bold"), f": {told}; {len(made.policy.glosses)} characters are glossed"))
    if made.verified:
        console.print(Text("verified: the model of the damage gives the received text back", style="green"))
    else:
        console.print(Text("not verified: the model of the damage gives another text at", style="yellow"))
        for start, end in made.unexplained:
            around = made.received[max(start - 8, 0) : end + 8].replace("\n", " ")
            console.print(Text(f"  [{start}, {end})  …{around}…"))
