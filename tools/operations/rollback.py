"""``chorus-connector rollback``: moves the alias ``live`` of every function to an earlier release, or to a later one.

A deployment publishes a version of every function, with the release's name in its environment. Versions keep code,
layer and configuration as they were, so nothing is built or uploaded. CloudFormation is not asked, and does not notice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.operations.installation import LIVE, NoSuchInstallation

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class NoSuchRelease(RuntimeError):
    """The installation has no release of that name, or no earlier one."""


@dataclass(frozen=True)
class Release:
    """A release and the version of each function that belongs to it, by the function's name."""

    name: str
    published_at: str
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Move:
    """The alias of one function, from a version to another; to None: the release has no version of this function."""

    function: str
    before: str
    after: str | None


class Rollback:
    """The releases of an installation, oldest first, and the version of each function that is in use."""

    def __init__(self, functions: "LambdaClient", environment: str) -> None:
        """Raises NoSuchInstallation."""
        self._functions = functions
        names = sorted(self._names(f"chorus-connector-{environment}-"))
        if not names:
            raise NoSuchInstallation(
                f"no function of chorus-connector-{environment} in {functions.meta.region_name}: "
                "check the environment, the profile and the region"
            )
        self.live = {name: functions.get_alias(FunctionName=name, Name=LIVE)["FunctionVersion"] for name in names}
        self.releases = self._releases(names)

    def plan(self, to: str | None = None) -> tuple[Release, list[Move]]:
        """The moves to the release of that name, by default to the one before the newest in use.

        After an interruption the same plan has the moves that are left. Raises NoSuchRelease.
        """
        target = self._before_the_live_one() if to is None else self._named(to)
        moves = [Move(name, version, target.versions.get(name)) for name, version in self.live.items()]
        return target, [each for each in moves if each.after != each.before]

    def move(self, moves: list[Move]) -> None:
        """Move each alias; a function without a version in the release stays as it is."""
        for each in moves:
            if each.after is not None:
                self._functions.update_alias(FunctionName=each.function, Name=LIVE, FunctionVersion=each.after)

    def is_live(self, release: Release) -> bool:
        """Whether any function uses it."""
        return any(release.versions.get(name) == version for name, version in self.live.items())

    def _named(self, name: str) -> Release:
        found = next((each for each in self.releases if each.name == name), None)
        if found is None:
            raise NoSuchRelease(f"no release {name}")
        return found

    def _before_the_live_one(self) -> Release:
        newest = max((index for index, each in enumerate(self.releases) if self.is_live(each)), default=0)
        if newest == 0:
            raise NoSuchRelease("there is no earlier release")
        return self.releases[newest - 1]

    def _names(self, prefix: str) -> Iterator[str]:
        for page in self._functions.get_paginator("list_functions").paginate():
            for each in page["Functions"]:
                if each["FunctionName"].startswith(prefix):
                    yield each["FunctionName"]

    def _releases(self, names: list[str]) -> list[Release]:
        versions: dict[str, dict[str, str]] = {}
        published: dict[str, str] = {}
        for name in names:
            for page in self._functions.get_paginator("list_versions_by_function").paginate(FunctionName=name):
                for each in page["Versions"]:
                    release = each.get("Environment", {}).get("Variables", {}).get("RELEASE")
                    if release is None or each["Version"] == "$LATEST":
                        continue
                    versions.setdefault(release, {})[name] = each["Version"]  # of two, the one published last
                    published[release] = max(published.get(release, ""), each["LastModified"])
        return [Release(each, published[each], versions[each]) for each in sorted(versions, key=published.__getitem__)]
