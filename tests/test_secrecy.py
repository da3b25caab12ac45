"""No command prints or writes a secret that stands in an address or in the environment."""

import json
import shutil
from pathlib import Path

import pytest
from conftest import ARTICLE, copy_repository, run_cli

from zhengwen import secrecy
from zhengwen.cli.main import command_line
from zhengwen.errors import UnknownNameError, ZhengwenError

PASSWORD, SIGNATURE, TOKEN = "pa55w0rdABC", "51gnatureDEF", "hf_t0kenGHIJKLMNOPQ"
#: Nothing listens there, so the address is refused at once where it is used.
ADDRESS = f"https://me:{PASSWORD}@127.0.0.1:1/a.jsonl?X-Amz-Signature={SIGNATURE}"
ENVIRONMENT = {
    "HF_TOKEN": TOKEN,
    "AWS_SECRET_ACCESS_KEY": PASSWORD,
    "HF_ENDPOINT": f"https://me:{PASSWORD}@127.0.0.1:1",
    "FSSPEC_S3_SECRET": SIGNATURE,
}

#: For every command, values of its parameters with which it runs in the folder of the fixture below.
VALID: dict[str, dict[str, str]] = {
    "agree": {"annotations": "mine"},
    "build": {},
    "check": {"level": "2"},
    "convert": {"file": "article.txt", "to": "hant"},
    "diff": {"old": "corpus", "new": "corpus"},
    "export": {"format": "tei", "document": ARTICLE},
    "format": {},
    "hydrate": {"folder": "corpus", "text": "article.txt"},
    "import": {"format": "conllu", "file": "article.txt"},
    "info": {},
    "init": {"folder": "made", "name": "a"},
    "load": {"config": "clusters"},
    "new": {"doc_id": "a-1", "file": "article.txt"},
    "page": {"document": ARTICLE},
    "process": {"inputs": "rows.parquet", "out": "made"},
    "publish": {"target": "owner/name"},
    "restore": {"file": "article.txt"},
    "schema": {"name": "rows/sentences"},
    "score": {"gold": "stances-hans", "predictions": "article.txt"},
    "segment": {"file": "article.txt"},
    "show": {"document": ARTICLE},
}
#: What a parameter needs beside it.
WITH = {
    ("process", "scheduler"): {"engine": "dask"},
    ("build", "out"): {"without_text": ""},
    **{
        ("import", option): {"format": "jsonl", "file": "records.jsonl", "new": ""}
        for option in ("file", "labels", "labels_draft", "prefix", "publisher", "url", "origin", "rights", "by")
    },
}


def parameters() -> list[tuple[str, str]]:
    """Every parameter of every command that takes a value."""
    return [
        (name, parameter.name)
        for name, command in command_line().commands.items()
        for parameter in command.params
        if not getattr(parameter, "is_flag", False)
    ]


def arguments(name: str, values: dict[str, str]) -> list[str]:
    """The command line of a command with these values of its parameters."""
    line = [name]
    for parameter in command_line().commands[name].params:
        if parameter.name in values:
            option = [] if parameter.param_type_name == "argument" else [parameter.opts[0]]
            line += [*option, values[parameter.name]] if values[parameter.name] else option
    return line


@pytest.fixture(scope="module")
def workplace(tmp_path_factory) -> Path:
    """A copy of the repository, with files that commands read."""
    repository = copy_repository(tmp_path_factory.mktemp("secrecy") / "repository")
    seed = repository / "seeds" / ARTICLE
    shutil.copy(seed / "text.txt", repository / "article.txt")
    shutil.copy(next((repository / "corpus").glob("data/clusters/*.parquet")), repository / "rows.parquet")
    shutil.copytree(seed / "annotators" / "pass-a", repository / "mine")
    record = {"text": "何大海来了。", "label": [[0, 3, "PERSON"]]}
    (repository / "records.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    return repository


def assert_no_secret(what: str, data: bytes) -> None:
    for secret in (PASSWORD, SIGNATURE, TOKEN):
        assert secret.encode() not in data, f"{what} holds {secret}: {data[-2000:]!r}"


def test_every_command_is_tried():
    assert VALID.keys() == command_line().commands.keys()
    assert len(parameters()) > 50


@pytest.mark.parametrize(("command", "parameter"), parameters())
def test_a_secret_in_an_address_is_neither_printed_nor_written(command, parameter, workplace, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = {path for path in workplace.rglob("*") if path.is_file()}
    values = VALID[command] | WITH.get((command, parameter), {}) | {parameter: ADDRESS}
    done = run_cli(*arguments(command, values), cwd=workplace, env=ENVIRONMENT | {"TMPDIR": str(tmp_path)})
    assert done.returncode in (1, 2), done.stdout
    assert_no_secret("stdout", done.stdout)
    assert_no_secret("stderr", done.stderr)
    written = [path for path in (*workplace.rglob("*"), *tmp_path.rglob("*")) if path not in before]
    for path in written:
        assert_no_secret("the name of a file", str(path).encode())
        assert_no_secret(str(path), path.read_bytes() if path.is_file() else b"")


@pytest.mark.parametrize(
    "address",
    [
        ADDRESS,
        f"https::{ADDRESS}",
        f"simplecache::{ADDRESS}",
        f"zip://a.jsonl::{ADDRESS}",
        f"s3://key:{PASSWORD}@bucket/a.jsonl",
        f"HTTPS://me:{PASSWORD}@127.0.0.1:1/*.jsonl#token={SIGNATURE}",
        f"ftp://me:{PASSWORD}@127.0.0.1:1/a.jsonl",
        f"https://{TOKEN}@127.0.0.1:1/a.jsonl",
        f"https://me:'\"{PASSWORD}@x@127.0.0.1:1/a.jsonl",
        f"foo://me:{PASSWORD}@127.0.0.1:1/a",
        f"http://me:{PASSWORD}@[x/a.jsonl",
        f"http://me:{PASSWORD}@127.0.0.1:port/a.jsonl",
    ],
)
def test_addresses_given_to_process(address, tmp_path):
    done = run_cli("process", address, "--out", "made", cwd=tmp_path, env=ENVIRONMENT)
    assert done.returncode == 1
    assert done.stderr.count(b"error: ") == 1
    assert_no_secret("what was printed", done.stdout + done.stderr)
    assert list(tmp_path.iterdir()) == []


def test_errors_hold_no_secret():
    for error in (
        ZhengwenError(f"cannot read {ADDRESS}", fix=f"try {ADDRESS}"),
        UnknownNameError("config", ADDRESS, [ADDRESS]),
    ):
        assert_no_secret(
            "an error", json.dumps([str(error), repr(error), error.message, error.fix, error.args]).encode()
        )


def test_what_is_secret_in_an_address():
    assert secrecy.holds_secret(ADDRESS)
    assert {PASSWORD, SIGNATURE} <= set(secrecy.secrets_in(ADDRESS))
    assert not secrecy.holds_secret("https://host/article?id=1#part")
    assert secrecy.clean_addresses("https://host/article#part and C:/a?b") == "https://host/article#part and C:/a?b"


@pytest.mark.parametrize("login", ["user:Secr3t@host/x.txt", "//user:Secr3t@host/x.txt", "http:user:Secr3t@host/x.txt"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", "--as", "rows/ner"),
        ("check", "--as", "rows/ner", "--format", "github"),
        ("check", "--as", "rows/ner", "--format", "json"),
        ("restore",),
        ("diff",),
        ("process", "--out", "made"),
    ],
    ids=" ".join,
)
def test_a_login_without_a_scheme_is_not_printed(login, arguments, tmp_path):
    done = run_cli(*arguments, login, cwd=tmp_path)
    assert done.returncode
    assert b"Secr3t" not in done.stdout + done.stderr


def test_a_signature_in_the_place_of_a_file_of_records_is_not_printed(tmp_path):
    for format in ("text", "github", "json"):
        address = "https://host/x?X-Amz-Signature=Secr3t"
        done = run_cli("check", address, "--as", "rows/ner", "--format", format, cwd=tmp_path)
        assert done.returncode == 1
        assert b"Secr3t" not in done.stdout + done.stderr
