"""Prints tables of the size of the package and of the time that it takes to import."""

import importlib.metadata
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
RUNS = 5


def main() -> None:
    """Build the wheel, measure, and print."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, str(ROOT)], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            sizes = {member.filename: member.file_size for member in archive.infolist()}
        print(f"{'wheel':44} {megabytes(wheel.stat().st_size)}")
    corpus = sum(size for name, size in sizes.items() if "/data/corpus/" in name)
    model = sum(size for name, size in sizes.items() if name.endswith("characters.npz"))
    print(f"{'installed':44} {megabytes(sum(sizes.values()))}")
    print(f"{'  of it the corpus':44} {megabytes(corpus)}")
    print(f"{'  of it the model of characters':44} {megabytes(model)}")
    needed = closure("zhengwen")
    title = f"installed, with {len(needed)} packages that it needs"
    print(f"{title:44} {megabytes(sum(sizes.values()) + installed(needed))}")
    largest = sorted(needed, key=lambda name: installed({name}), reverse=True)[:3]
    summary = ", ".join(f"{name} {installed({name}) / 1e6:.0f}" for name in largest)
    print(f"  the largest, in MB: {summary}")
    print()
    bare = seconds("pass")
    print(f"{'':44} {'ms':>6}  {'of `import datasets`':>20}")
    datasets = seconds("import datasets") - bare
    for program in ("import zhengwen", "from zhengwen import convert", "from zhengwen import Corpus"):
        took = seconds(program) - bare
        print(f"{program:44} {took * 1000:6.0f}  {took / datasets:20.2f}")


def megabytes(size: float) -> str:
    """A size for the table."""
    return f"{size / 1e6:7.2f} MB"


def closure(name: str) -> set[str]:
    """The packages that ``name`` needs on this machine, without extras, and those that they need in turn."""
    names: set[str] = set()
    waiting = [Requirement(name)]
    while waiting:
        asked = waiting.pop()
        extras = [{"extra": extra} for extra in ("", *asked.extras)]
        for requirement in map(Requirement, importlib.metadata.requires(asked.name) or ()):
            needed = requirement.marker is None or any(map(requirement.marker.evaluate, extras))
            if needed and requirement.name.lower() not in names:
                names.add(requirement.name.lower())
                waiting.append(requirement)
    return names


def installed(names: set[str]) -> int:
    """The size of the installed files of packages, in bytes."""
    paths = {file.locate() for name in names for file in importlib.metadata.files(name) or ()}
    return sum(Path(path).stat().st_size for path in paths if Path(path).is_file())


def seconds(program: str) -> float:
    """The shortest time that a fresh Python process takes for ``program``, in seconds."""
    took = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        took.append(time.perf_counter() - start)
    return min(took)


if __name__ == "__main__":
    main()
