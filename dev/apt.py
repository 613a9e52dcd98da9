"""Debian packages: installed into the system, or only unpacked into the cache."""

import contextlib
import os
import shutil
from pathlib import Path

from .paths import cache, log_file
from .run import have, is_root, output, quietly
from .say import Stop

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def can_install() -> bool:
    """Whether packages can be installed without asking anybody."""
    return is_root() and have("apt-get")


def install(*packages: str) -> None:
    """Install packages into the system, without what they merely recommend."""
    log = log_file("apt")
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    command = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    quietly([*command, "update"], log, "apt-get update", env)
    quietly(
        [*command, "install", "--no-install-recommends", *packages],
        log,
        f"apt-get install {' '.join(packages)}",
        env,
    )


class Suites:
    """Package lists of our own, so that the system's stay as they are."""

    def __init__(self, *suites: str) -> None:
        if not have("apt-get", "dpkg-deb"):
            raise Stop("apt-get and dpkg-deb are not there")
        self.log = log_file("apt")
        self.state = cache("apt", "state")
        (self.state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (cache("apt", "cache") / "archives" / "partial").mkdir(
            parents=True, exist_ok=True
        )
        mirror = self._mirror()
        self.sources = cache("apt", "sources.list")
        signed = f" [signed-by={KEYRING}]" if KEYRING.exists() else ""
        self.sources.write_text(
            "".join(f"deb{signed} {mirror} {suite} main\n" for suite in suites)
        )
        self._update(self._own())

    def _mirror(self) -> str:
        """The Debian mirror that this machine is set up to use."""
        mirror = self._configured([])
        if not mirror:
            # A new machine has no lists yet and then names no mirror.
            options = self._directories("system")
            with contextlib.suppress(Stop):  # some other source may be out of order
                self._update(options)
            mirror = self._configured(options)
        if not mirror:
            raise Stop("apt is not set up with a Debian mirror")
        return mirror

    @staticmethod
    def _configured(options: list[str]) -> str | None:
        query = ["apt-get", *options, "indextargets", "--format"]
        query += ["$(ORIGIN) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"]
        for line in (output(query) or "").splitlines():
            origin, component, address = line.split(" ", 2)
            if (origin, component) == ("Debian", "main") and "security" not in address:
                return address
        return None

    @staticmethod
    def _directories(name: str) -> list[str]:
        lists = cache("apt", name, "lists")
        (lists / "partial").mkdir(parents=True, exist_ok=True)
        options = {
            "Dir::State::Lists": lists,
            "Dir::Cache": cache("apt", "cache"),
            # The cache may lie where apt's own unprivileged user cannot go.
            "APT::Sandbox::User": "root" if is_root() else "",
        }
        return [f"-o{option}={value}" for option, value in options.items()]

    def _own(self) -> list[str]:
        return [
            *self._directories("state"),
            f"-oDir::Etc::sourcelist={self.sources}",
            "-oDir::Etc::sourceparts=/dev/null",
        ]

    def _update(self, options: list[str]) -> None:
        quietly(
            ["apt-get", "-q", *options, "update", "--error-on=any"],
            self.log,
            "apt-get update",
        )

    def unpack(self, packages: list[str], target: Path) -> None:
        """Fetch packages and unpack them under `target`; nothing is installed."""
        downloads = target / "downloads"
        downloads.mkdir()
        quietly(
            ["apt-get", "-q", *self._own(), "download", *packages],
            self.log,
            "apt-get download",
            cwd=downloads,
        )
        for package in sorted(downloads.glob("*.deb")):
            quietly(["dpkg-deb", "-x", package, target], self.log, "dpkg-deb")
        shutil.rmtree(downloads)
