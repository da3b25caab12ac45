"""Publishing in processes of their own, which ``test_publish.py`` kills."""

import multiprocessing
import os
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess

from fake_hub import REPO, files
from huggingface_hub import constants

from zhengwen.hub.api import HubTarget
from zhengwen.hub.git import GitTarget
from zhengwen.hub.plan import File
from zhengwen.hub.publish import put

# A server that has imported everything forks each process, which then starts at once.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["pytest", "zhengwen.hub.api", "zhengwen.hub.publish"])


def start(publish: Callable[..., None], *arguments: str, **variables: str) -> BaseProcess:
    """Start ``publish`` with ``arguments`` in a process with the present environment and ``variables``."""
    process = _CONTEXT.Process(target=_run, args=(publish, arguments, {**os.environ, **variables}))
    process.start()
    return process


def _run(publish: Callable[..., None], arguments: tuple[str, ...], environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    publish(*arguments)


def publish_to_git(folder: str) -> None:
    """Publish a release of one file to the bare repository ``folder``."""
    with GitTarget(folder) as target:
        put(target, {"README.md": File.of(b"new")}, "1.1.0")


def publish_to_hub(endpoint: str) -> None:
    """Publish the small release to the fake hub at ``endpoint``."""
    constants.HF_HUB_OFFLINE, constants.HF_HUB_DISABLE_XET = False, True
    put(HubTarget(REPO, endpoint), files(), "1.0.0")
