"""What the maker of a new corpus decides, from what was answered and from defaults."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from zhengwen.characters import named, unfit_character
from zhengwen.design import Design
from zhengwen.editions import EDITIONS, SCRIPTS, edition_name
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.initial.targets import Target, read_targets
from zhengwen.layers import LAYERS, flaw_of_layers
from zhengwen.secrecy import holds_secret

#: The layers of a corpus unless others are chosen.  Stances are annotated on targets, which only its maker knows.
DEFAULT_LAYERS = ("sentences", "entities", "clusters", "quotes")
#: The types of entities unless others are chosen.
DEFAULT_TYPES = ("PERSON", "ORG", "GPE", "LOC", "PRODUCT", "EVENT", "DATE")
#: The layers whose records have a type, and the one whose records have a target.
TYPED_LAYERS, TARGETED_LAYER = ("entities", "clusters"), "stances"
#: The option of `zhengwen init` that states a field of a plan, where it has another name.
_OPTIONS = {"annotation_license": "license", "text_license": "text-license"}


@dataclass(frozen=True)
class Plan:
    """What a new corpus is to be.

    The fields up to ``text_license`` are those of ``seeds/corpus.yaml``, those of ``design`` of ``schema/design.yaml``.
    ``types`` are the types of entities, and empty if no layer has any; ``targets`` what stances are on, by key.
    """

    name: str
    title: str
    summary: str | None
    repository: str | None
    annotation_license: str | None
    text_license: str | None
    design: Design
    types: tuple[str, ...]
    targets: Mapping[str, Target]

    @property
    def has_types(self) -> bool:
        """Whether a layer of the corpus has types of entities."""
        return has_types(self.design.layers)

    @property
    def lacks_targets(self) -> bool:
        """Whether stances are to be annotated, on targets that are not stated yet."""
        return TARGETED_LAYER in self.design.layers and not self.targets

    @property
    def undefined(self) -> list[str]:
        """The types and targets whose definition is to be written.

        >>> plan_of({"name": "harbours", "types": "PERSON,SHIP"}).undefined
        ['SHIP']
        """
        types = [name for name in self.types if name not in known_types()]
        return types + [key for key, target in self.targets.items() if not target.definition]


def has_types(layers: Sequence[str]) -> bool:
    """Whether one of ``layers`` has types of entities."""
    return any(name in layers for name in TYPED_LAYERS)


def refusal(field: str, message: str, fix: str = "") -> ZhengwenError:
    """The error that the answer for ``field`` cannot be used; it names the option.

    >>> print(refusal("annotation_license", "'CC' is not in the SPDX list"))
    --license: 'CC' is not in the SPDX list
    """
    return ZhengwenError(f"--{_OPTIONS.get(field, field)}: {message}", fix=fix)


def plan_of(answers: Mapping[str, Any]) -> Plan:
    """The plan that ``answers`` state, by the names of the fields, with defaults for what they leave out.

    An answer is what was typed: lists are separated by commas, ``targets`` is the path of a file, an empty text is
    none; only ``restoration`` is true or false.  ``name`` must be there.  Raises :class:`ZhengwenError`, which names
    the option, for an answer that cannot be understood; what the checks of a repository find in it,
    :func:`zhengwen.initial.start.assert_valid` tells.

    >>> plan = plan_of({"name": "harbours", "base": "zh-TW"})
    >>> plan.design.base, plan.design.scripts, plan.title
    ('hant-tw', ('hans', 'hant-tw'), 'harbours')
    """
    answers = {field: answer for field, answer in answers.items() if answer not in (None, "")}
    for field, answer in answers.items():
        _assert_publishable(field, answer)
    targets = read_targets(Path(answers["targets"])) if "targets" in answers else {}
    layers = _layers(answers, with_stances=bool(targets))
    if targets and TARGETED_LAYER not in layers:
        raise refusal("targets", "only stances have targets", f"add {TARGETED_LAYER} to --layers, or leave them out")
    types = list_of("types", answers["types"]) if "types" in answers else list(DEFAULT_TYPES)
    if "types" in answers and not has_types(layers):
        raise refusal("types", "none of the layers has types", f"add {TYPED_LAYERS[0]} to --layers, or leave them out")
    base = _edition("base", answers.get("base", SCRIPTS[0]))
    return Plan(
        name=answers["name"],
        title=answers.get("title", answers["name"]),
        summary=answers.get("summary"),
        repository=answers.get("repository"),
        annotation_license=answers.get("annotation_license"),
        text_license=answers.get("text_license"),
        design=Design(base, _scripts(answers, base), layers, answers.get("restoration", False)),
        types=tuple(types) if has_types(layers) else (),
        targets=targets,
    )


def _assert_publishable(field: str, answer: Any) -> None:
    if isinstance(answer, str) and field != "targets":
        if holds_secret(answer):
            raise refusal(field, f"{answer} may hold a secret, and would be published", "leave that out")
        if unfit := unfit_character(answer):
            raise refusal(field, f"holds {named(unfit.group())}", "leave that character out")


def list_of(field: str, text: str) -> list[str]:
    """The names in a list that was typed, separated by commas; blanks around them do not count.

    Raises :class:`ZhengwenError` if one is empty or stands twice.

    >>> list_of("types", "PERSON, GENE")
    ['PERSON', 'GENE']
    """
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise refusal(field, f"a name in {text!r} is empty", "separate the names by single commas: A,B")
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise refusal(field, f"{repeated!r} stands twice", "name each once")
    return names


def _layers(answers: Mapping[str, Any], with_stances: bool) -> tuple[str, ...]:
    if "layers" not in answers:
        return (*DEFAULT_LAYERS, TARGETED_LAYER) if with_stances else DEFAULT_LAYERS
    names = list_of("layers", answers["layers"])
    for name in names:
        if name not in LAYERS:
            raise refusal("layers", str(UnknownNameError("layer", name, LAYERS)))
    # All corpora have sentences, so nobody must say so.
    names = [name for name in LAYERS if name in names or name == "sentences"]
    if flaw := flaw_of_layers(names):
        raise refusal("layers", flaw, "name all of these, or leave out the layer that needs the others")
    return tuple(names)


def _edition(field: str, name: str) -> str:
    try:
        return edition_name(name)
    except UnknownNameError as error:
        raise refusal(field, error.message) from None


def _scripts(answers: Mapping[str, Any], base: str) -> tuple[str, ...]:
    """The editions that are released, in the order of the package.

    By default these are the base and one edition in the other script: both kinds of readers can read the corpus, and
    its maker has one conversion to look through.  To add an edition later breaks no user's program; to take one away
    does.
    """
    if "editions" not in answers:
        other = next(name for name in SCRIPTS if EDITIONS[name].script != EDITIONS[base].script)
        names = [base, other]
    else:
        names = [_edition("editions", name) for name in list_of("editions", answers["editions"])]
    if base not in names:
        raise refusal("editions", f"the base, {base}, is not among them", "add it, or choose another --base")
    return tuple(name for name in SCRIPTS if name in names)


@functools.cache
def known_types() -> Mapping[str, Mapping[str, Any]]:
    """Common types of entities by name: ``definition``, and ``refers`` and ``protected`` where they are not as usual.

    >>> known_types()["DATE"]["refers"]
    False
    """
    return yaml.safe_load(resources.files(__package__).joinpath("types.yaml").read_text(encoding="utf-8"))
