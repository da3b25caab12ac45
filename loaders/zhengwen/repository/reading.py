"""A repository, read once: its schema, its documents, their passes, and the findings of levels 1 to 4 on all of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zhengwen.document import Document
from zhengwen.errors import ZhengwenError
from zhengwen.findings import Finding
from zhengwen.passes import Rounds
from zhengwen.repository import keys, level1, level2, level3, level4, pass_checks
from zhengwen.repository.documents import DocumentFiles
from zhengwen.schema import Schema
from zhengwen.seeds import Seed, seed_folders

#: The levels that are checked while a repository is read.
LEVELS = (1, 2, 3, 4)


@dataclass(frozen=True)
class ReadDocument:
    """What was read of one document; it depends only on the files of its folder and on the schema.

    ``findings`` are those of the first level that has any.  ``seed`` and ``document`` need level 3, ``rounds`` (the
    passes) level 4; each is missing if that level was not reached, or could not make it.
    """

    folder: Path
    findings: tuple[Finding, ...]
    seed: Seed | None = None
    document: Document | None = None
    rounds: Rounds = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id of the document, which is the name of its folder."""
        return self.folder.name


@dataclass(frozen=True)
class Repository:
    """A repository, as far as it was read: up to ``level``.

    ``about`` is the content of ``seeds/corpus.yaml``.  ``shared_findings`` are on what all documents share; each
    document holds its own.
    """

    root: Path
    level: int
    schema: Schema | None
    about: Any
    documents: Sequence[ReadDocument]
    shared_findings: tuple[Finding, ...]

    @classmethod
    def read(cls, root: Path, level: int = 4, *, schema: Schema | None = None) -> "Repository":
        """Read the repository ``root``, and check it up to ``level``.

        A document is checked at a level only if the levels below found nothing in it.  ``schema`` saves reading it
        again; it must be the schema of ``root``.
        """
        findings = level1.check_version(root)
        if findings:
            return cls(root, level, None, None, [], tuple(findings))
        folders = seed_folders(root)
        findings = list(level1.check_shared_files(root, folders))
        # Without a document, the schema and the description are checked all the same: they are written first.
        can_go_on = level >= 2 and all(finding.id == level1.NO_DOCUMENT.id for finding in findings)
        about: Any = None
        # Which files a document has follows from the design.
        design, in_design = (schema.design, []) if schema else level2.read_checked_design(root)
        if not can_go_on:
            schema = None
        elif design is None:
            findings += in_design
        else:
            if schema is None:
                schema, in_schema = level2.read_checked_schema(root, folders)
                findings += in_schema
            if schema:
                about, in_description = level2.read_corpus_description(root, schema)
                findings += [*keys.check_definitions(schema), *in_description]
        all_files = [DocumentFiles(root, folder, design) for folder in folders] if design else []
        documents = [read_document(files, schema, level) for files in all_files]
        return cls(root, level, schema, about, documents, tuple(findings))

    @property
    def version(self) -> str:
        """The version of the corpus; its description must have no findings."""
        return self.about["version"]

    @property
    def findings(self) -> list[Finding]:
        """All findings, in the order of files and lines."""
        findings = [*self.shared_findings, *(item for document in self.documents for item in document.findings)]
        return sorted(findings, key=lambda item: (item.file, item.line or 0, item.id, item.field))


def read_document(files: DocumentFiles, schema: Schema | None, level: int) -> ReadDocument:
    """Read one document, and check it up to ``level``, or up to level 1 if there is no ``schema``."""
    findings = list(level1.check_document(files))
    if findings or level < 2 or schema is None:
        return ReadDocument(files.folder, tuple(findings))
    raw, findings = level2.read_document(files, schema)
    if findings or level < 3:
        return ReadDocument(files.folder, tuple(findings))
    checked = level3.check_document(raw, schema)
    seed, document = checked.seed, checked.document
    if checked.findings or level < 4:
        return ReadDocument(files.folder, tuple(checked.findings), seed, document)
    findings = level4.check_document(raw, checked, schema)
    if findings:
        return ReadDocument(files.folder, tuple(findings), seed, document)
    rounds, findings = pass_checks.check_passes(raw, seed, schema)
    return ReadDocument(files.folder, tuple(findings), seed, document, rounds)


def assert_readable(repository: Repository) -> None:
    """Raise :class:`ZhengwenError` with the first finding if the repository has any."""
    if repository.findings:
        first, *others = repository.findings
        more = f" (and {len(others)} more)" if others else ""
        raise ZhengwenError(f"{first}{more}", fix="`zhengwen check` lists all findings")
