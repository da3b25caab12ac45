"""Agreement as a table: one row per measure and label, one column per pair of annotators."""

from collections.abc import Sequence
from typing import NamedTuple

from zhengwen.annotation import Annotation
from zhengwen.measure.agreement import RESAMPLES, Agreement, agree, counts


class AgreementRow(NamedTuple):
    """One row of the table: one cell per pair of annotators, or one for all of them, each ``value [low, high]``."""

    layer: str
    measure: str
    label: str
    cells: list[str]
    n: str


class AgreementTable:
    """The figures for annotations of one text: ``of_pairs`` (F1), ``of_all`` (alpha), and ``counts`` of labels."""

    resamples = f"{RESAMPLES:,}"

    def __init__(self, annotations: Sequence[Annotation]):
        self.names = [annotation.name for annotation in annotations]
        self.counts = list(counts(annotations).items())
        figures = agree(annotations)
        self.pairs = list(dict.fromkeys(figure.annotators for figure in figures if _is_of_pair(figure)))
        self.of_pairs = self._rows([figure for figure in figures if _is_of_pair(figure)])
        self.of_all = self._rows([figure for figure in figures if not _is_of_pair(figure)])

    def _rows(self, figures: Sequence[Agreement]) -> list[AgreementRow]:
        rows: dict[tuple[str, str, str], list[Agreement]] = {}
        for figure in figures:
            rows.setdefault((figure.layer, figure.measure, figure.label), []).append(figure)
        return [AgreementRow(*key, self._cells(row), self._n(row)) for key, row in rows.items()]

    def _cells(self, row: Sequence[Agreement]) -> list[str]:
        by_pair = {figure.annotators: f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]" for figure in row}
        return [by_pair.get(pair, "–") for pair in self.pairs] if _is_of_pair(row[0]) else list(by_pair.values())

    def _n(self, row: Sequence[Agreement]) -> str:
        if not _is_of_pair(row[0]):
            return str(row[0].n[0])
        marked = {name: n for figure in row for name, n in zip(figure.annotators, figure.n, strict=True)}
        return " / ".join(str(marked.get(name, 0)) for name in self.names)


def _is_of_pair(figure: Agreement) -> bool:
    # Alpha may be of two annotators too, but has only one number.
    return len(figure.n) == 2
