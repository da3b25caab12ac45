"""What the command ``restore`` prints about a restoration, for people and for programs."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from zhengwen.restoration.restore import Restoration

#: The rules of edits, each with its plural.
_PLURALS = {"gloss": "glosses", "delimiter": "delimiters", "straddle": "straddles"}


def to_dict(restoration: Restoration) -> dict[str, Any]:
    """A restoration as a JSON object, with the bytes of each edit in hexadecimal."""
    policy = restoration.policy
    return {
        "text": restoration.text,
        "verified": restoration.verified,
        "policy": {**vars(policy), "glosses": dict(policy.glosses), "delimiters": dict(policy.delimiters)},
        "edits": [{**edit._asdict(), "data": edit.data.hex().upper()} for edit in restoration.edits],
        "unexplained": [list(span) for span in restoration.unexplained],
    }


def print_explanation(console: Console, restoration: Restoration, name: str) -> None:
    """Print what was undone: each straddle with its bytes, how many edits each rule made, and if it is verified."""
    if not restoration.edits:
        console.print(Text.assemble((name, "bold"), ": no damage found; unchanged"))
        return
    straddles = [edit for edit in restoration.edits if edit.rule == "straddle"]
    if straddles:
        table = Table("offset", "received", "restored", "bytes", "candidates", "margin", box=None, header_style="bold")
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
    counts = {rule: sum(edit.rule == rule for edit in restoration.edits) for rule in _PLURALS}
    summary = ", ".join(f"{count} {rule if count == 1 else _PLURALS[rule]}" for rule, count in counts.items())
    console.print(Text.assemble((name, "bold"), f": {summary}; {len(restoration.policy.glosses)} glossed characters"))
    if restoration.verified:
        console.print(Text("verified: damaging the restored text again gives the received one", style="green"))
    else:
        console.print(Text("not verified: damaging the restored text again gives a different text at", style="yellow"))
        for start, end in restoration.unexplained:
            around = restoration.received[max(start - 8, 0) : end + 8].replace("\n", " ")
            console.print(Text(f"  [{start}, {end})  …{around}…"))
