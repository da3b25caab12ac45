"""Run by ``test_hub.py`` in a process with its own cache: loads from a hub, and prints what it got as JSON."""

import hashlib
import json
import sys
from pathlib import Path

import datasets
import huggingface_hub

import zhengwen
from zhengwen.errors import ZhengwenError
from zhengwen.files import canonical_json
from zhengwen.schema import read_schema


def digest(rows) -> str:
    """The sha256 of rows as JSON lines."""
    return hashlib.sha256("".join(canonical_json(row) + "\n" for row in rows).encode("utf-8")).hexdigest()


def everything(repo: str, tag: str) -> dict:
    """The digests of every config of a tag, by each way of loading, and of every file."""
    configs = {}
    for config in read_schema().configs.values():
        loaded = datasets.load_dataset(repo, config.name, revision=tag, split="test")
        streamed = datasets.load_dataset(repo, config.name, revision=tag, split="test", streaming=True)
        ours = zhengwen.load_dataset(config.family, config.script, repo=repo, revision=tag)
        configs[config.name] = {
            "version": str(loaded.info.version),
            "loaded": digest(loaded),
            "streamed": digest(streamed),
            "ours": digest(ours),
        }
    folder = Path(huggingface_hub.snapshot_download(repo, repo_type="dataset", revision=tag))
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        "configs": configs,
        "files": {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()},
    }


def clusters(repo: str, tag: str) -> dict:
    """The version that ``datasets`` and ours load when asked for ``tag``, or our error."""
    theirs = str(datasets.load_dataset(repo, "clusters", revision=tag, split="test").info.version)
    try:
        ours = str(zhengwen.load_dataset("clusters", repo=repo, revision=tag).info.version)
    except ZhengwenError as error:
        ours = f"{type(error).__name__}: {error.message}"
    return {"datasets": theirs, "ours": ours}


if __name__ == "__main__":
    what, repo, *tags = sys.argv[1:]
    print(json.dumps({tag: {"everything": everything, "clusters": clusters}[what](repo, tag) for tag in tags}))
