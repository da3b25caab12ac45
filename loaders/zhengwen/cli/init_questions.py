"""The questions that ``zhengwen init`` asks on a terminal: one for each option that was not given."""

from collections.abc import Callable, Mapping
from typing import Any

from rich.prompt import Confirm, InvalidResponse, Prompt
from rich.text import Text

from zhengwen.cli.streams import console
from zhengwen.errors import ZhengwenError
from zhengwen.initial.plan import TARGETED_LAYER, Plan, plan_of
from zhengwen.initial.start import assert_valid

#: The answer that is meant by an empty line, where that is not none.
_DEFAULTS: Mapping[str, Callable[[Plan], str]] = {
    "title": lambda plan: plan.title,
    "layers": lambda plan: ",".join(plan.design.layers),
    "types": lambda plan: ",".join(plan.types),
    "base": lambda plan: plan.design.base,
    "editions": lambda plan: ",".join(plan.design.scripts),
}
#: The questions that only some plans raise.
_IS_RAISED: Mapping[str, Callable[[Plan], bool]] = {
    "types": lambda plan: plan.has_types,
    "targets": lambda plan: TARGETED_LAYER in plan.design.layers,
}


class _Question(Prompt):
    """A question, with what it is about above it, which is repeated until the answer can be used."""

    def __init__(self, *arguments, about: str, assert_usable: Callable[[str], Any], **options):
        super().__init__(*arguments, **options)
        self._about, self._assert_usable = about, assert_usable

    def pre_prompt(self) -> None:
        self.console.print(Text(self._about, "dim"))

    def process_response(self, value: str) -> str:
        try:
            self._assert_usable(value.strip())
        except ZhengwenError as error:
            raise InvalidResponse(str(error)) from None
        return value.strip()

    def on_validate_error(self, value: str, error: InvalidResponse) -> None:  # noqa: ARG002  (rich's signature)
        self.console.print(Text(error.message, "red"))


def ask(answers: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """``answers``, which were given on the command line, with those to the questions about all other ``options``.

    ``options`` are those of the command, by name; their help says what a question is about.  Raises
    :class:`ZhengwenError` when an answer of the command line cannot be used, and when the input ends or is no text.
    """
    given = dict(answers)
    assert_valid(plan_of({"name": "a"} | given))
    terminal = console(stderr=True)
    terminal.print("An empty line means what stands in parentheses, or nothing. Nothing is written before the end.")
    try:
        for field, option in options.items():
            if option.param_type_name == "option" and field not in answers and option.expose_value:
                plan = plan_of({"name": "a"} | given)
                if _IS_RAISED.get(field, lambda _: True)(plan):
                    given[field] = _answer(field, option, plan, given, terminal)
    except EOFError:
        terminal.print()
        raise ZhengwenError(
            "the input ended before the last question; nothing was written", fix="answer all, or give --name"
        ) from None
    except UnicodeDecodeError as error:
        raise ZhengwenError(
            f"what was typed is not {error.encoding}; nothing was written",
            fix="set the terminal to UTF-8, or give the answers as options",
        ) from None
    return given


def _answer(field: str, option: Any, plan: Plan, given: Mapping[str, Any], terminal) -> Any:
    label = Text(option.opts[0].removeprefix("--"), "bold")
    if option.is_flag:
        terminal.print(Text(option.help, "dim"))
        return Confirm(label, console=terminal)(default=False)
    default = _DEFAULTS.get(field, lambda _: "")(plan)
    question = _Question(
        label,
        console=terminal,
        show_default=bool(default),
        about=option.help,
        assert_usable=lambda value: assert_valid(plan_of({**given, field: value})),
    )
    return question(default=... if field == "name" else default)
