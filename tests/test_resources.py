"""Large and hostile texts: time in proportion to their length, and bounded memory.

Each text is worked on in a process of its own that may use so much CPU time and memory, and no more.  What is not
linear needs hours for such a text, so the limits are generous.
"""

import resource
import subprocess
import sys

import pyarrow as pa
import pytest

#: What is repeated to make a text, each without a line end.
UNITS = {
    "news": "经济发展，产业升级。上海市长李江说：“我们支持开源。”",
    "one character": "中",
    "a letter": "a",
    "brackets": "（(「『“",
    "parentheses": "(",
    "quotation marks": "“",
    "commas": ",",
    "combining marks": "\u0301",
    "blanks": " ",
}
_PROGRAM = """
import sys
from zhengwen import convert, restore
from zhengwen.text import segment
unit, megabytes, operation = sys.argv[1], float(sys.argv[2]), sys.argv[3]
text = unit * int(megabytes * 1e6 / len(unit.encode("utf-8")))
match operation:
    case "restore":
        restore(text)
    case "convert":
        convert(text, "hant")
    case "segment":
        list(segment.sentences(text))
"""


def _limit(seconds: int, memory: int):
    def set_limits() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))

    return set_limits


@pytest.mark.slow
@pytest.mark.parametrize("operation", ["restore", "convert", "segment"])
@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_one_line_of_ten_megabytes(unit, operation):
    command = [sys.executable, "-c", _PROGRAM, unit, "10", operation]
    done = subprocess.run(command, capture_output=True, preexec_fn=_limit(30, 2 << 30))
    assert done.returncode == 0, done.stderr.decode("utf-8")[-300:]


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit", ["經(jīng)濟", "經(jīng)濟發(fā)展,產(chǎn)業(yè)升級"], ids=["glosses", "glosses and delimiters"]
)
def test_one_line_of_damaged_text(unit):
    command = [sys.executable, "-c", _PROGRAM, unit, "1", "restore"]
    done = subprocess.run(command, capture_output=True, preexec_fn=_limit(60, 2 << 30))
    assert done.returncode == 0, done.stderr.decode("utf-8")[-300:]


@pytest.mark.slow
@pytest.mark.parametrize("compression", ["gz", "zst"])
def test_a_small_file_that_holds_a_huge_line(tmp_path, compression):
    size = 300 << 20
    file = tmp_path / f"a.jsonl.{compression}"
    with pa.output_stream(file, compression={"gz": "gzip", "zst": "zstd"}[compression]) as stream:
        stream.write(b'{"id": "a", "text": "a"}\n{"id": "b", "text": "')
        for _ in range(size >> 20):
            stream.write(b"b" * (1 << 20))
        stream.write(b'"}\n{"id": "c", "text": "c"}\n')
    assert file.stat().st_size < 2 << 20
    command = [sys.executable, "-m", "zhengwen", "process", file, "--out", tmp_path / "out", "--workers", "1"]
    done = subprocess.run(command, capture_output=True, preexec_fn=_limit(60, 1 << 30))
    assert done.returncode == 0, done.stderr.decode("utf-8")
    rejects = (tmp_path / "out" / "rejected" / "000000.jsonl").read_text(encoding="utf-8")
    assert '"too-large"' in rejects
    assert f"{size + 24} bytes, more than 16777216" in rejects
