"""The second quickstart, ``docs/quickstart.md``: each block runs as it stands, with an installed wheel.

Its corpus is published to the fake hub.  What arrived there is put into a git repository, commit by commit, and olah
serves it: so it is loaded back from a hub that others wrote, and is what was uploaded.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import fake_hub
import olah_hub
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import ARTICLE, ROOT, tree

import zhengwen

PAGE = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
#: What the page takes for granted: ten texts, and their corrected annotation.
DATA = Path(__file__).resolve().parent / "quickstart"
TOKEN = "hf_of_the_quickstart"  # any token that the fake hub requires
DOCUMENTS = sorted(path.stem for path in (DATA / "texts").iterdir())
TYPES = ["PERSON", "ORG", "GPE", "ROAD", "DATE", "MONEY"]
TARGETS = ["lanes", "parking"]
VERSIONS = ["0.1.0", "0.2.0"]


class Block(NamedTuple):
    """A block of the page: its language, what is in it, and the output that the page shows after it."""

    language: str
    code: str
    shown: str | None


def blocks() -> list[Block]:
    """The blocks of the page that are run."""
    found = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    following = [*found[1:], ("", "")]
    return [
        Block(language, code, output if kind == "text" else None)
        for (language, code), (kind, output) in zip(found, following, strict=True)
        if language != "text"
    ]


class Newcomer:
    """Somebody with an environment that holds only the wheel, who follows the page in a folder of theirs."""

    def __init__(self, python: Path, folder: Path, home: Path):
        self.folder, self._home = folder, home
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "PYTHON"))}
        self._environment = kept | {
            "PATH": os.pathsep.join([str(python.parent), os.environ["PATH"]]),
            "HOME": str(home),
            "HF_HOME": str(home / "huggingface"),
            "HF_TOKEN": TOKEN,
            "HF_HUB_DISABLE_XET": "1",  # the fake hub has no Xet storage
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "COLUMNS": "100",
            **{f"GIT_{role}_NAME": "A Newcomer" for role in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{role}_EMAIL": "newcomer@example.org" for role in ("AUTHOR", "COMMITTER")},
        }

    def run(self, block: Block, endpoint: str) -> str:
        """Run a block, and return what it printed.  The next one begins in the folder that it went to."""
        left = self._home / "folder"
        if block.language == "python":
            done = self.start(["python", "-c", block.code], HF_ENDPOINT=endpoint)
        else:
            script = f'{block.code}\npwd -P >"{left}"\n'
            done = self.start(["bash", "-euo", "pipefail", "-c", script], HF_ENDPOINT=endpoint)
        assert done.returncode == 0, f"{block.code}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        if block.language == "sh":
            self.folder = Path(left.read_text(encoding="utf-8").strip())
        return done.stdout

    def start(self, command: list[str], **environment: str) -> subprocess.CompletedProcess:
        """Run a command in the folder where they are."""
        options = {"capture_output": True, "encoding": "utf-8", "env": self._environment | environment}
        return subprocess.run(command, cwd=self.folder, **options)


def mirror(hub: fake_hub.FakeHub, repository: Path) -> None:
    """Write what the hub holds, every commit and tag, to a new bare git repository, byte for byte."""
    repository.parent.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(repository)], check=True)
    stream, marks = [], {}
    for mark, (oid, files) in enumerate(hub.commits.items(), start=1):
        marks[oid] = mark
        stream.append(f"commit refs/heads/main\nmark :{mark}\ncommitter A Hub <hub@example.org> {mark} +0000\ndata 0\n")
        stream.append("deleteall\n")
        for path, file in files.items():
            stream += [f"M 100644 inline {path}\ndata {len(file.data)}\n", file.data, "\n"]
    stream += [f"reset refs/tags/{tag}\nfrom :{marks[oid]}\n" for tag, oid in hub.tags.items()]
    data = b"".join(part if isinstance(part, bytes) else part.encode("utf-8") for part in stream)
    subprocess.run(["git", "-C", str(repository), "fast-import", "--quiet"], input=data, check=True)


class Followed(NamedTuple):
    """The page, followed to its end: by whom, in which repository, what each block printed, and both hubs."""

    newcomer: Newcomer
    repository: Path
    printed: Mapping[str, str]
    hub: fake_hub.FakeHub
    endpoint: str


@pytest.fixture(scope="module")
def followed(installed, tmp_path_factory) -> Iterator[Followed]:
    """What somebody has who has followed the page."""
    folder, aside = tmp_path_factory.mktemp("empty"), tmp_path_factory.mktemp("aside")
    newcomer = Newcomer(installed, folder, aside)
    for name in ("texts", "corrected"):
        shutil.copytree(DATA / name, folder / name)
    printed = {}
    with fake_hub.serving(TOKEN) as hub:
        for block in (block for block in blocks() if block.language == "sh"):
            printed[block.code] = newcomer.run(block, hub.endpoint)
        assert "error in the fake hub" not in hub.log
    mirror(hub, aside / "mirrors" / "datasets" / fake_hub.REPO)
    with olah_hub.serving(aside / "mirrors", aside) as endpoint:
        for block in (block for block in blocks() if block.language == "python"):
            printed[block.code] = newcomer.run(block, endpoint)
        yield Followed(newcomer, folder / "cycling", printed, hub, endpoint)


def released(repository: Path) -> list[dict]:
    """The lines of the ledger."""
    return [json.loads(line) for line in (repository / "releases.jsonl").read_text(encoding="utf-8").splitlines()]


def rows_of(file: Path) -> list[dict]:
    """The rows of a Parquet file."""
    return pq.read_table(file).to_pylist()


def test_the_wheel_holds_what_a_new_corpus_is_made_of(installed):
    (package,) = installed.parents[1].glob("lib/python*/site-packages/zhengwen")
    for pattern in ("initial/*.j2", "initial/*.yaml", "shapes/**/*.yaml", "release/*.j2", "view/*.j2"):
        ours = {path.relative_to(ROOT / "loaders" / "zhengwen") for path in (ROOT / "loaders/zhengwen").glob(pattern)}
        assert ours, pattern
        assert ours == {path.relative_to(package) for path in package.glob(pattern)}


def test_the_page_shows_what_is_printed(followed):
    shown = [block for block in blocks() if block.shown]
    assert shown
    for block in shown:
        assert followed.printed[block.code].endswith(block.shown)


def test_there_are_two_releases(followed):
    assert [entry["version"] for entry in released(followed.repository)] == VERSIONS
    assert sorted(followed.hub.tags) == [f"v{version}" for version in VERSIONS]
    git = ["git", "-C", str(followed.repository)]
    listed = subprocess.run([*git, "tag"], check=True, capture_output=True, text=True).stdout.split()
    assert listed == [f"v{version}" for version in VERSIONS]
    assert subprocess.run([*git, "status", "--porcelain"], check=True, capture_output=True).stdout == b""
    assert zhengwen.check(followed.repository) == []


def test_the_hub_holds_the_release(followed):
    there = {path: file.data for path, file in followed.hub.files("v0.2.0").items() if path != ".gitattributes"}
    assert there == tree(followed.repository / "corpus")


def test_there_are_ten_documents(followed):
    assert len(DOCUMENTS) == 10
    rows = rows_of(followed.repository / "corpus" / "data" / "documents" / "test-00000-of-00001.parquet")
    assert [row["id"] for row in rows] == DOCUMENTS
    for row in rows:
        assert row["text_hans"] == (DATA / "texts" / f"{row['id']}.txt").read_text(encoding="utf-8")


#: Run by the environment of the wheel: prints, for each config of a version, its rows and labels by every loader.
_LOAD = """
import json, sys
import datasets, zhengwen
from zhengwen.schema import read_schema

repo, tag, folder = sys.argv[1:]

def labels(features):
    return {name: feature.names for name, feature in features.items() if isinstance(feature, datasets.ClassLabel)}

configs = {}
for config in read_schema(folder + "/schema").configs.values():
    ours = zhengwen.load_dataset(config.family, config.script, repo=repo, revision=tag)
    theirs = datasets.load_dataset(repo, config.name, revision=tag, split="test")
    assert labels(ours.features) == labels(theirs.features)
    assert str(ours.info.version) == str(theirs.info.version) == tag[1:]
    configs[config.name] = {"ours": list(ours), "theirs": list(theirs), "labels": labels(ours.features)}
print(json.dumps(configs))
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_both_loaders_get_each_release_from_the_hub(version, followed, tmp_path):
    tag = f"v{version}"
    archive = tmp_path / "release.tar"
    git = ["git", "-C", str(followed.repository), "archive", "--output", str(archive), tag, "corpus"]
    subprocess.run(git, check=True)
    shutil.unpack_archive(archive, tmp_path, filter="data")
    program = ["python", "-c", _LOAD, fake_hub.REPO, tag, str(tmp_path / "corpus")]
    done = followed.newcomer.start(program, HF_ENDPOINT=followed.endpoint)
    assert done.returncode == 0, done.stderr
    configs = json.loads(done.stdout)
    files = {file.parent.name: file for file in (tmp_path / "corpus").glob("data/*/*.parquet")}
    assert configs.keys() == files.keys()
    assert {"sentences-hans", "stances-hant", "documents", "clusters"} <= files.keys()
    assert "restoration" not in files
    for name, file in files.items():
        assert configs[name]["ours"] == configs[name]["theirs"] == json.loads(json.dumps(rows_of(file))), name
    assert configs["stances-hans"]["labels"]["target"] == TARGETS
    for name in ("clusters", "entities-hans", "entities-hant"):
        assert configs[name]["labels"]["type"] == TYPES
    certainties = configs["stances-hans"]["labels"]["certainty"]
    (cell,) = (row for row in configs["stances-hans"]["ours"] if row["id"] == "elders.st003")
    assert certainties[cell["certainty"]] == {"0.1.0": "uncertain", "0.2.0": "certain"}[version]


def words_of_the_packaged_corpus() -> set[str]:
    """What would show that something of the article is in another corpus: its names, ids, targets and titles."""
    about = yaml.safe_load((ROOT / "seeds" / "corpus.yaml").read_text(encoding="utf-8"))
    labels = yaml.safe_load((ROOT / "schema" / "labels.yaml").read_text(encoding="utf-8"))
    gold = ROOT / "seeds" / ARTICLE / "gold" / "clusters.jsonl"
    clusters = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    words = {ARTICLE, "DeepSeek", about["title"], about["repository"], about["summary"], *labels["targets"]}
    words |= {target["name"] for target in labels["targets"].values()}
    return words | {name for cluster in clusters if cluster["named"] for name in (cluster["name"], *cluster["aliases"])}


def test_nothing_of_the_packaged_corpus_is_in_it(followed):
    foreign = words_of_the_packaged_corpus()
    assert len(foreign) > 50
    for path, data in tree(followed.repository).items():
        if path.startswith(".git/"):
            continue
        file = followed.repository / path
        text = json.dumps(rows_of(file), ensure_ascii=False) if path.endswith(".parquet") else data.decode("utf-8")
        for known in (text, path):
            # A number or a Latin letter beside it makes another word.
            found = [word for word in foreign if re.search(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", known)]
            assert not found, f"{path}: {found}"


#: A use of each command of the README in the new corpus, and what it then prints or writes.
USES = {
    "info": ("zhengwen info", "cycling 0.2.0"),
    "show": ("zhengwen show elders --sentence s003", "高秀蘭"),
    "load": ("zhengwen load stances-hant", '"target": "parking"'),
    "schema": ("zhengwen schema rows/stances", "lanes"),
    "page": ("zhengwen page --all --out ../read && cat ../read/elders.html", "高秀兰"),
    "restore": ("zhengwen restore seeds/elders/text.txt", "高秀兰说"),
    "convert": ("zhengwen convert --to hant-tw seeds/elders/text.txt", "高秀蘭說"),
    "segment": ("zhengwen segment seeds/elders/text.txt", '"高秀兰"'),
    "process": ("zhengwen process seeds/elders/text.txt --out ../processed", "1 written"),
    "init": ("zhengwen init ../another --name another && cat ../another/seeds/corpus.yaml", "name: another"),
    "new": ("zhengwen new again --from ../texts/snow.txt && cat seeds/again/text.txt", "大雪"),
    "check": ("zhengwen check", "all well"),
    "build": ("zhengwen build && zhengwen build --without-text --out ../bare && ls ../bare", "manifest.json"),
    "hydrate": (
        "zhengwen build -q --without-text --out ../bare && zhengwen hydrate ../bare --out ../whole "
        "$(printf -- '--text %s ' seeds/*/text.txt) && diff -r ../whole corpus && echo the same",
        "the same",
    ),
    "diff": ("zhengwen diff", "0.1.0 -> 0.2.0: 1 change"),
    "format": ("zhengwen format && git status --short && echo unchanged", "unchanged"),
    "publish": (
        "git init --quiet --bare ../host && zhengwen publish ../host && git -C ../host show v0.2.0:README.md",
        "骑车的澜城",
    ),
    "agree": (
        "mkdir -p ../a ../b && cp seeds/elders/gold/* ../a && cp seeds/elders/gold/* ../b && "
        "zhengwen agree ../a ../b --text seeds/elders/text.txt --corpus .",
        "stances",
    ),
    "score": (
        'zhengwen load stances-hans | sed \'s/^{\\("id": "[^"]*"\\),.*/{\\1, "label": "none"}/\' >../predictions.jsonl '
        "&& zhengwen score stances-hans ../predictions.jsonl --corpus .",
        "macro F1",
    ),
    "export": ("zhengwen export labelstudio elders --out ../exported && cat ../exported/elders*.json", "ROAD"),
    "import": (
        "zhengwen export brat elders --out ../exported && sed -i '/\\tROAD /s/ROAD/GPE/' ../exported/elders.ann && "
        "zhengwen import brat ../exported --out ../imported && cat ../imported/entities.jsonl",
        '"人民路", "type": "GPE"',
    ),
}


def listed_commands() -> list[str]:
    """The commands in the table of the README."""
    return re.findall(r"^\| `zhengwen (\w+)", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize("command", listed_commands())
def test_every_command_of_the_readme_works_there(command, followed, tmp_path):
    shutil.copytree(followed.repository, tmp_path / "cycling")
    shutil.copytree(DATA / "texts", tmp_path / "texts")
    script, expected = USES[command]
    newcomer = followed.newcomer
    newcomer.folder, before = tmp_path / "cycling", newcomer.folder
    done = newcomer.start(["bash", "-euo", "pipefail", "-c", script], HF_HUB_OFFLINE="1")
    newcomer.folder = before
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert expected in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("zhengwen load restoration", "unknown config 'restoration'"),
        ("zhengwen show elders --edition received", "received"),
        ("zhengwen agree seeds/elders/annotators/*", "there is no such folder"),
        ("zhengwen build --release", "already released"),
        ("zhengwen show", "which of the 10 documents?"),
        ("zhengwen diff v0.2.0 v0.2.0", "no change of data"),
        ("zhengwen publish ../nowhere", "nowhere"),
    ],
)
def test_what_has_nothing_to_do_says_so(script, reason, followed):
    done = followed.newcomer.start(["bash", "-c", script], HF_HUB_OFFLINE="1")
    assert "Traceback" not in done.stderr
    (_,) = (line for line in (done.stdout + done.stderr).splitlines() if reason in line)
