"""The reference of commands, derived from the same definitions as ``--help``."""

import re
from html import escape

from zhengwen.cli.main import command_line

_COMPLETION = (
    "`zhengwen --install-completion` makes the shell (bash, zsh, fish, PowerShell) complete commands, options, "
    "documents, configs and editions."
)


def command_reference() -> str:
    """A page with every command under its heading: description, examples, usage, arguments and options."""
    group = command_line()
    parts = ["# Commands", _prose(group.help or ""), _COMPLETION]
    headings: dict[str, list] = {}
    for command in group.commands.values():
        headings.setdefault(command.rich_help_panel or "Others", []).append(command)
    for heading, commands in headings.items():
        parts.append(f"## {heading}")
        for command in commands:
            parts += _command(group, command)
    return "\n\n".join(parts) + "\n"


def _command(group, command) -> list[str]:
    description, _, examples = (command.help or "").partition("\n\n\b\nExamples:\n")
    context = command.make_context(command.name, [], parent=_root(group), resilient_parsing=True)
    usage = " ".join(["zhengwen", command.name, *command.collect_usage_pieces(context)])
    parts = [f"### zhengwen {command.name}", _prose(description)]
    parts.append("```sh\n" + "\n".join(line.strip() for line in examples.splitlines()) + "\n```")
    rows = ["| argument or option | what it is |", "| --- | --- |"]
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record:
            name, help_text = record
            rows.append(f'| <code class="option">{_cell(escape(name))}</code> | {_cell(_prose(help_text))} |')
    parts += [f"`{usage}`{{ .usage }}", "\n".join(rows)]
    return parts


def _root(group):
    return group.make_context("zhengwen", [], resilient_parsing=True)


def _prose(text: str) -> str:
    return re.sub(r"<(?=\w)", "&lt;", text.replace("[", r"\["))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "&#124;")
