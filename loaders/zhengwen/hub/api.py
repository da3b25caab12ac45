"""A hub as a target: commits and tags through its API, with ``huggingface_hub``."""

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

import huggingface_hub
from huggingface_hub import CommitOperationAdd, CommitOperationDelete
from huggingface_hub.errors import RevisionNotFoundError
from huggingface_hub.utils import build_hf_headers, disable_progress_bars, get_session, hf_raise_for_status

from zhengwen.errors import ZhengwenError
from zhengwen.hub.address import hub_address
from zhengwen.hub.plan import File, Operation, RemoteFile
from zhengwen.hub.target import ReadError, Refs, assert_holds
from zhengwen.hub_id import flaw_of
from zhengwen.printable import shortened
from zhengwen.secrecy import scrub

BRANCH = "main"
_DATASET = {"repo_type": "dataset"}


class PullRequest(NamedTuple):
    """A pull request: the revision that holds its files, and the address of its page."""

    revision: str
    url: str


class HubTarget:
    """The dataset ``repo`` (``ORG/NAME``) of the hub at ``endpoint``, with the token that ``huggingface_hub`` finds."""

    def __init__(self, repo: str, endpoint: str | None = None):
        if flaw := flaw_of(repo):
            raise ZhengwenError(f"{repo} cannot be a dataset on a hub: {flaw}", fix="name ORG/NAME")
        self.repo = repo
        self._endpoint = (endpoint or huggingface_hub.constants.ENDPOINT).rstrip("/")
        hub_address(self._endpoint, "the hub's address (--endpoint or HF_ENDPOINT)")
        self._api = huggingface_hub.HfApi(endpoint=self._endpoint)
        self.name = f"{self._endpoint}/datasets/{repo}"
        if not sys.stderr.isatty():
            disable_progress_bars()

    def refs(self, tag: str) -> Refs:
        """The head of ``main``, and the commit that ``tag`` names."""
        with self._errors_explained("read"):
            refs = self._api.list_repo_refs(self.repo, **_DATASET)
        heads = {branch.name: branch.target_commit for branch in refs.branches}
        tags = {entry.name: entry.target_commit for entry in refs.tags}
        return Refs(heads.get(BRANCH), tags.get(tag))

    def tree(self, commit: str) -> dict[str, RemoteFile]:
        """Every file of a revision by path, with the SHA-256 of a file in LFS, or git's SHA-1 of any other file."""
        with self._errors_explained("read"):
            entries = list(self._api.list_repo_tree(self.repo, recursive=True, revision=commit, **_DATASET))
        return {
            entry.path: RemoteFile(entry.lfs.size, f"sha256:{entry.lfs.sha256}")
            if entry.lfs
            else RemoteFile(entry.size, f"git:{entry.blob_id}")
            for entry in entries
            if hasattr(entry, "blob_id")  # a folder has none
        }

    def read(self, commit: str, path: str) -> bytes:
        """The bytes of a file of a revision."""
        url = huggingface_hub.hf_hub_url(self.repo, path, revision=commit, endpoint=self._endpoint, **_DATASET)
        with self._errors_explained("read"):
            response = get_session().get(url, headers=build_hf_headers(), follow_redirects=True)
            hf_raise_for_status(response)
            return response.content

    def settings(self, commit: str | None, files: Mapping[str, File]) -> dict[str, File]:  # noqa: ARG002
        """Nothing: a hub stores the bytes that it is sent."""
        return {}

    def put(
        self, refs: Refs, operations: Sequence[Operation], files: Mapping[str, File], message: str, tag: str
    ) -> None:
        """Make one commit, which the hub refuses when the head has moved; read it back, and then tag it."""
        commit = refs.head
        if operations:
            commit = self._commit(refs.head, operations, files, message).oid
            assert_holds(self, commit, files)
        with self._errors_explained("tag"):
            self._api.create_tag(self.repo, tag=tag, revision=commit, **_DATASET)

    def request(
        self, parent: str | None, operations: Sequence[Operation], files: Mapping[str, File], message: str
    ) -> PullRequest:
        """Propose ``operations`` on top of ``parent`` as a pull request."""
        commit = self._commit(parent, operations, files, message, create_pr=True)
        return PullRequest(commit.pr_revision, commit.pr_url)

    def requests(self, title: str) -> list[PullRequest]:
        """The open pull requests with this title."""
        with self._errors_explained("read"):
            discussions = list(
                self._api.get_repo_discussions(
                    self.repo, discussion_type="pull_request", discussion_status="open", **_DATASET
                )
            )
        return [
            PullRequest(f"refs/pr/{discussion.num}", discussion.url)
            for discussion in discussions
            if discussion.title == title
        ]

    def _commit(self, parent, operations, files, message, create_pr=False):
        commit_operations = [
            CommitOperationDelete(operation.path, is_folder=False)
            if operation.kind == "delete"
            else CommitOperationAdd(operation.path, files[operation.path].data)
            for operation in operations
        ]
        with self._errors_explained("commit"):
            return self._api.create_commit(
                self.repo,
                commit_operations,
                commit_message=message,
                parent_commit=parent,
                create_pr=create_pr,
                **_DATASET,
            )

    @contextlib.contextmanager
    def _errors_explained(self, action: str) -> Iterator[None]:
        """Turn every error during ``action`` (a verb for the message) into a :class:`ZhengwenError` without secrets.

        Everything may fail in a library that parses the answers of a server, so no error is expected more than others.
        """
        try:
            yield
        except Exception as error:
            raise self._error(action, error) from None

    def _error(self, action: str, error: Exception) -> ZhengwenError:
        # The library may stumble over the body of an answer that is an error, whose status then is in the context.
        chain = [error]
        while (link := chain[-1].__cause__ or chain[-1].__context__) is not None:
            chain.append(link)
        responses = [link.response for link in chain if getattr(link, "response", None) is not None]
        status = responses[0].status_code if responses else 0
        answer = f"the hub answers {status}" if responses else "no complete answer"
        texts = [str(link) or type(link).__name__ for link in (error, error.__cause__) if link]
        detail = getattr(error, "server_message", None) or ": ".join(dict.fromkeys(texts))
        detail = shortened(scrub(" ".join(detail.split()), huggingface_hub.get_token()), 300)
        message = f"{self.name}: could not {action}: {answer} ({detail})"
        login = "log in with `hf auth login`, or set HF_TOKEN, with a token that may write there"
        if isinstance(error, RevisionNotFoundError):
            fix = "somebody removed it in the meantime: run the command again"
        elif status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
            fix = f"{login}; if there is no such dataset yet: `hf repos create {self.repo} --type dataset`"
        elif status == HTTPStatus.FORBIDDEN:
            fix = login
        elif action != "read" and status in (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED):
            conflict = "the tag exists now" if action == "tag" else f"{BRANCH} has moved; nothing was committed"
            message = f"{self.name}: somebody else published at the same time: {conflict} ({detail})"
            fix = "run the command again: it starts from what is there now"
        elif status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            fix = "the hub is busy or down: run the command again later; it detects what has arrived, and does the rest"
        else:
            fix = "run the command again: it detects what has arrived, and does the rest"
        return (ReadError if action == "read" else ZhengwenError)(message, fix=fix)
