"""The command ``init``: start a repository."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.streams import print_path, say, shown


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The new repository: an empty folder, or a new one.")],
    name: Annotated[str | None, typer.Option(help="The short name of the corpus: a-z, 0-9, hyphens.")] = None,
    title: Annotated[str | None, typer.Option(help="The title, for people.")] = None,
    summary: Annotated[str | None, typer.Option(help="What the corpus is, in a few sentences.")] = None,
    layers: Annotated[
        str | None, typer.Option(help="What is annotated: sentences,entities,clusters,quotes,stances.")
    ] = None,
    types: Annotated[str | None, typer.Option(help="The types of entities, such as PERSON,ORG,GENE.")] = None,
    targets: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file of what stances are on: YAML, or a table.")
    ] = None,
    base: Annotated[str | None, typer.Option(help="What the texts are in: hans, hant, hant-hk or hant-tw.")] = None,
    editions: Annotated[str | None, typer.Option(help="The editions to release, such as hans,hant.")] = None,
    restoration: Annotated[
        bool | None, typer.Option("--restoration/--no-restoration", help="Whether websites damaged the texts.")
    ] = None,
    repository: Annotated[str | None, typer.Option(metavar="ORG/NAME", help="The id of the dataset on a hub.")] = None,
    annotation_license: Annotated[
        str | None, typer.Option("--license", metavar="SPDX", help="The annotation's licence, such as CC-BY-4.0.")
    ] = None,
    text_license: Annotated[
        str | None, typer.Option(metavar="SPDX", help="The texts' licence, if all have the same one.")
    ] = None,
) -> None:
    """Start a repository: a corpus of your own, with your types and targets.

    Without --name, it asks on a terminal for all that is not given. Types that it knows get their definition; of
    others, and of targets, you write it in schema/labels.yaml. The paths of the files are printed.

    Examples:
        zhengwen init harbours --name harbours --types PERSON,ORG,SHIP
        zhengwen init ferries --name ferries --base hant-tw --layers entities
    """
    import datetime

    from zhengwen.initial.plan import plan_of
    from zhengwen.initial.start import assert_free, start

    assert_free(folder)
    answers = {field: value for field, value in context.params.items() if field != "folder" and value is not None}
    if "name" not in answers:
        if not (sys.stdin and sys.stdin.isatty()):
            raise typer.BadParameter("a corpus needs one; it is asked for on a terminal only", param_hint="--name")
        from zhengwen.cli.init_questions import ask

        answers = ask(answers, {option.name: option for option in context.command.params})
    plan = plan_of(answers)
    for path in start(plan, folder, datetime.date.today().isoformat()):
        print_path(folder / path)
    say("next:")
    for step in _next_steps(plan, folder):
        say(f"  {shown(step)}")


def _next_steps(plan, folder: Path) -> Iterator[str]:
    if folder.resolve() != Path.cwd():
        yield f"cd {shlex.quote(str(folder))}"
    if plan.lacks_targets:
        yield "state the targets of stances in schema/labels.yaml"
    if plan.undefined:
        yield f"write the definitions of {', '.join(plan.undefined)} in schema/labels.yaml"
    yield "answer the questions in schema/GUIDELINES.md"
    yield "git init && git add --all && git commit --message 'Start the corpus'"
    yield "zhengwen new DOC_ID --from article.txt"
    yield "README.md says how to go on"
