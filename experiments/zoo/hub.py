"""Files of a repository on the Hugging Face hub, in huggingface_hub's own cache."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...saliency.errors import first_line
from ..errors import ConfigError, ZooError
from .address import HubAddress

MOST_BYTES = {".zip": 1_000_000_000, ".pkl": 100_000_000, ".yml": 64_000}  # of a file, by its ending


@dataclass(frozen=True)
class HubRepository:
    """
    One revision of a repository.

    :param address: as the user gave it
    :param commit: that the revision is now
    :param sizes: {name of a file: bytes, or None if the hub does not say}
    :param cached: whether the hub was not asked, so that there are only the files of the cache
    """

    address: HubAddress
    commit: str
    sizes: Mapping[str, int | None]
    cached: bool

    @classmethod
    def asked(cls, address: HubAddress) -> "HubRepository":
        """
        What the hub says of it; what the cache has if the hub cannot be reached.

        :raises ConfigError: if huggingface_hub is not installed
        :raises ZooError: if there is no such repository or revision, or it may not be read
        """
        hub = _library()
        try:
            with _told(address):
                return cls._from_hub(address, hub)
        except ZooError as error:
            kept = cls._from_cache(address, hub) if isinstance(error, UnreachableError) else None
            if kept is None:
                raise
            return kept

    @classmethod
    def _from_hub(cls, address: HubAddress, hub: Any) -> "HubRepository":
        api = hub.HfApi(endpoint=_endpoint())
        try:
            found = api.model_info(address.repo, revision=address.revision, files_metadata=True, timeout=10)
            sizes = {str(one.rfilename): one.size for one in found.siblings or ()}
            commit = str(found.sha)
        # The library takes the form of the answer for granted, but what answers may be a proxy's or a hotel's page.
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, _library().errors.HfHubHTTPError | _library().errors.HFValidationError):
                raise
            raise ZooError(f"{_where()} answers, but not as the Hugging Face hub does; is HF_ENDPOINT right?") from error
        return cls(address, commit, sizes, cached=False)

    @classmethod
    def _from_cache(cls, address: HubAddress, hub: Any) -> "HubRepository | None":
        storage = Path(hub.constants.HF_HUB_CACHE) / hub.file_download.repo_folder_name(repo_id=address.repo, repo_type="model")
        reference = storage / "refs" / address.revision
        commit = reference.read_text(encoding="utf-8").strip() if reference.is_file() else address.revision
        snapshot = storage / "snapshots" / commit
        if not snapshot.is_dir():
            return None
        files = [path for path in snapshot.rglob("*") if path.is_file()]
        return cls(address, commit, {path.relative_to(snapshot).as_posix(): path.stat().st_size for path in files}, cached=True)

    def about(self, file: str) -> str:
        """The address of a file with the commit: it always means the same bytes."""
        return f"hf:{self.address.repo}:{file}@{self.commit}"

    def fetched(self, file: str) -> Path:
        """
        A file, downloaded unless the cache has it.

        :param file: name in the repository
        :raises ZooError: if it cannot be downloaded, or is too large
        """
        hub = _library()
        if file in self.sizes:  # otherwise the download says that there is no such file
            listed = self.sizes[file]
            self._check_size(file, self._asked_size(file, hub) if listed is None else listed)
        # Under the revision that was asked for, so that the cache also knows what it was when the hub cannot be reached.
        wanted = {"revision": self.address.revision, "endpoint": _endpoint(), "local_files_only": self.cached}
        with _told(self.address, file), _no_progress_bars(hub):
            path = Path(hub.hf_hub_download(self.address.repo, file, **wanted))
            if path.parents[len(Path(file).parts) - 1].name != self.commit:  # somebody has pushed just now
                path = Path(hub.hf_hub_download(self.address.repo, file, **{**wanted, "revision": self.commit}))
        self._check_size(file, path.stat().st_size)
        return path

    def _asked_size(self, file: str, hub: Any) -> int:
        """Of a file whose size is not in the list of files: some servers that mirror the hub leave it out."""
        with _told(self.address, file):
            url = hub.hf_hub_url(self.address.repo, file, revision=self.commit, endpoint=_endpoint())
            size = hub.get_hf_file_metadata(url).size
        if size is None:
            raise ZooError(f"{_where()} does not say how large {file} of {self.address.repo} is, so it is not downloaded")
        return int(size)

    def _check_size(self, file: str, size: int) -> None:
        most = MOST_BYTES.get(Path(file).suffix, 0)
        if size > most:
            raise ZooError(f"{file} of {self.address.repo} has {size:,} bytes; at most {most:,} are read")


class UnreachableError(ZooError):
    """The hub cannot be reached, or does not work."""


def _library() -> Any:
    try:
        import huggingface_hub
        import huggingface_hub.constants  # the package loads its parts on demand
        import huggingface_hub.errors
        import huggingface_hub.file_download
        import huggingface_hub.utils
    except ImportError as error:
        raise ConfigError("models of the hub need huggingface_hub; install it with pip install 'saccade-rl[hub]'") from error
    return huggingface_hub


def _endpoint() -> str | None:
    """Read here since huggingface_hub reads it only once, when it is imported."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or None


def _where() -> str:
    return _endpoint() or "https://huggingface.co"


@contextmanager
def _told(address: HubAddress, file: str | None = None) -> Iterator[None]:
    """Turns what huggingface_hub raises into one line."""
    errors = _library().errors
    what = address.repo if file is None else f"{file} of {address.repo}"
    network: tuple[type[Exception], ...] = errors.HfHubHTTPError.__bases__  # of the HTTP library that is used, and OSError
    try:
        yield
    except errors.GatedRepoError as error:
        raise ZooError(
            f"{address.repo} is gated: ask for access at {_where()}/{address.repo}, then log in with hf auth login"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise ZooError(f"{_where()} has no model {address.repo}, or it is private; for your own, hf auth login") from error
    except errors.RevisionNotFoundError as error:
        raise ZooError(f"{address.repo} has no revision {address.revision}") from error
    except errors.LocalEntryNotFoundError as error:
        raise UnreachableError(f"{_where()} cannot be reached, and {what} is not in the cache") from error
    except errors.EntryNotFoundError as error:
        raise ZooError(f"{address.repo} has no file {file} at revision {address.revision}") from error
    except errors.HFValidationError as error:
        raise ConfigError(f"hf:{address.repo} is not a name on the hub: {first_line(error)}") from error
    except errors.HfHubHTTPError as error:
        status = getattr(error.response, "status_code", "an error")
        kind = UnreachableError if isinstance(status, int) and status >= 500 else ZooError
        raise kind(f"{_where()} answers {status} for {what}; try again later") from error
    except network as error:
        raise UnreachableError(f"{what} cannot be had from {_where()}: {first_line(error)}") from error


@contextmanager
def _no_progress_bars(hub: Any) -> Iterator[None]:
    """What is said goes through the reporter."""
    switch: Callable[[], None] = hub.utils.enable_progress_bars
    if hub.utils.are_progress_bars_disabled():
        yield
        return
    hub.utils.disable_progress_bars()
    try:
        yield
    finally:
        switch()
