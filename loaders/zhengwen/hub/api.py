"""A hub as a target: commits and tags by its API, as ``huggingface_hub`` speaks it."""

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from zhengwen.errors import ZhengwenError
from zhengwen.hub.plan import File, Held, Operation
from zhengwen.hub.secrecy import assert_no_secret, scrub
from zhengwen.hub.target import Refs, assert_holds

BRANCH = "main"
_KIND = {"repo_type": "dataset"}


class Request(NamedTuple):
    """A pull request: where its files are, and where people read it."""

    revision: str
    url: str


class HubTarget:
    """The dataset ``repo`` (``ORG/NAME``) of the hub at ``endpoint``, with the token that ``huggingface_hub`` finds."""

    def __init__(self, repo: str, endpoint: str | None = None):
        import huggingface_hub
        from huggingface_hub.utils import disable_progress_bars

        self.repo = repo
        self._endpoint = (endpoint or huggingface_hub.constants.ENDPOINT).rstrip("/")
        assert_no_secret(self._endpoint, "the hub's address")
        self._api = huggingface_hub.HfApi(endpoint=self._endpoint)
        self.name = f"{self._endpoint}/datasets/{repo}"
        if not sys.stderr.isatty():
            disable_progress_bars()

    def refs(self, tag: str) -> Refs:
        """The head of ``main``, and the commit that ``tag`` names."""
        with self._asking("read"):
            found = self._api.list_repo_refs(self.repo, **_KIND)
        heads = {one.name: one.target_commit for one in found.branches}
        tags = {one.name: one.target_commit for one in found.tags}
        return Refs(heads.get(BRANCH), tags.get(tag))

    def tree(self, commit: str) -> dict[str, Held]:
        """Every file of a revision: the SHA-256 of what is in LFS, the blob's SHA-1 of the rest."""
        with self._asking("read"):
            found = list(self._api.list_repo_tree(self.repo, recursive=True, revision=commit, **_KIND))
        return {
            one.path: Held(one.lfs.size, f"sha256:{one.lfs.sha256}")
            if one.lfs
            else Held(one.size, f"git:{one.blob_id}")
            for one in found
            if hasattr(one, "blob_id")
        }

    def put(
        self, refs: Refs, operations: Sequence[Operation], files: Mapping[str, File], message: str, tag: str
    ) -> None:
        """One commit, which the hub refuses when the head has moved; read back; and only then the tag."""
        commit = refs.head
        if operations:
            commit = self._commit(refs.head, operations, files, message).oid
            assert_holds(self, commit, files)
        with self._asking("tag"):
            self._api.create_tag(self.repo, tag=tag, revision=commit, **_KIND)

    def request(
        self, parent: str | None, operations: Sequence[Operation], files: Mapping[str, File], message: str
    ) -> Request:
        """The same commit as a pull request."""
        made = self._commit(parent, operations, files, message, create_pr=True)
        return Request(made.pr_revision, made.pr_url)

    def requests(self, title: str) -> list[Request]:
        """The open pull requests with this title."""
        with self._asking("read"):
            found = list(
                self._api.get_repo_discussions(
                    self.repo, discussion_type="pull_request", discussion_status="open", **_KIND
                )
            )
        return [Request(f"refs/pr/{one.num}", one.url) for one in found if one.title == title]

    def _commit(self, parent, operations, files, message, create_pr=False):
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        changes = [
            CommitOperationDelete(one.path, is_folder=False)
            if one.kind == "delete"
            else CommitOperationAdd(one.path, files[one.path].data)
            for one in operations
        ]
        with self._asking("commit"):
            return self._api.create_commit(
                self.repo, changes, commit_message=message, parent_commit=parent, create_pr=create_pr, **_KIND
            )

    @contextlib.contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        """Whatever goes wrong becomes an error for a person, with every secret taken out of it."""
        from huggingface_hub import errors, get_token

        try:
            yield
        except Exception as error:
            answer = error.response if isinstance(error, errors.HfHubHTTPError) else None
            causes = [error, *filter(None, [error.__cause__])] if answer is None else [error]
            told = getattr(error, "server_message", None) or ": ".join(str(one) or type(one).__name__ for one in causes)
            told = scrub(" ".join(told.split()), get_token())[:300]
            raise self._error(what, answer.status_code if answer is not None else None, told) from None

    def _error(self, what: str, status: int | None, told: str) -> ZhengwenError:
        login = "log in with `hf auth login`, or set HF_TOKEN, with a token that may write there"
        if status in (401, 404):
            return ZhengwenError(
                f"{self.name}: the hub answers {status} ({told})",
                fix=f"{login}; if there is no such dataset yet: `hf repos create {self.repo} --type dataset`",
            )
        if status == 403:
            return ZhengwenError(f"{self.name}: the hub answers 403 ({told})", fix=login)
        if status in (409, 412):
            who = "the tag is there by now" if what == "tag" else f"{BRANCH} has moved; nothing was committed"
            return ZhengwenError(
                f"{self.name}: somebody else was there at the same time: {who} ({told})",
                fix="run it again: it looks anew at what is there",
            )
        answer = f"the hub answers {status}" if status else "no whole answer"
        return ZhengwenError(
            f"{self.name}: could not {what}: {answer} ({told})",
            fix="run it again: it finds out what has arrived, and does the rest",
        )
