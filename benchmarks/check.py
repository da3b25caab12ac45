"""Validation of sentence records: zhengwen, plain Cerberus, jsonschema, jsonschema-rs and pydantic, in one run.

    python benchmarks/check.py [RECORDS ...]

The records are the released sentences, repeated; each repetition is a separate document, whose number is added to every
id and text.  All records are valid.  Cerberus, jsonschema, jsonschema-rs and pydantic check decoded records
(dicts); zhengwen checks a Parquet file, Arrow columns and JSON lines, and the time to read them is included, but not
the start of the process that reads Parquet, once for all files.  The others are timed on at most 20,000 records,
the slow ones on 2,000.  Memory is the peak of a process that checks the Parquet file and of the one that reads it.
"""

import io
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Literal

import jsonschema
import jsonschema_rs
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pydantic

from zhengwen.bulk.records import RecordChecker
from zhengwen.bulk.validation import validate
from zhengwen.load import corpus_path
from zhengwen.release.layout import data_file
from zhengwen.schema import read_schema

SHAPE = read_schema().rows["sentences"]
PEERS_AT_MOST = 20_000

#: The peaks of a process that checks a file and of the one that reads Parquet for it, together.  VmHWM is that of a
#: process alone; `ru_maxrss` may include that of its parent.
_MEMORY = """
import sys
from pathlib import Path
import psutil
from zhengwen.bulk.records import RecordChecker
from zhengwen.schema import read_schema
with RecordChecker(read_schema().rows["sentences"], "") as checker:
    assert not any(checker.check_file(Path(sys.argv[1])))
    this = psutil.Process()
    statuses = [Path(f"/proc/{process.pid}/status").read_text() for process in (this, *this.children())]
peaks = [line for status in statuses for line in status.splitlines() if line.startswith("VmHWM")]
print(sum(int(peak.split()[1]) for peak in peaks) // 1024)
"""


def seconds(function, runs: int = 3) -> float:
    """The time of the fastest of several runs, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def model(name: str, fields: dict[str, Any]) -> type[pydantic.BaseModel]:
    """The shape with these ``fields`` as a strict pydantic model."""
    config = pydantic.ConfigDict(strict=True, extra="forbid")
    annotations = {field: (annotation(f"{name}_{field}", rules), ...) for field, rules in fields.items()}
    return pydantic.create_model(name, __config__=config, **annotations)


def annotation(name: str, rules: dict[str, Any]) -> Any:
    """The type of a field with these ``rules``, for pydantic."""
    match rules["type"]:
        case "list":
            kind = list[annotation(name, rules["schema"])]
        case "dict":
            kind = model(name, rules["schema"])
        case "integer":
            kind = pydantic.conint(strict=True, ge=rules.get("min"), le=rules.get("max"))
        case "boolean":
            kind = bool
        case _ if "allowed" in rules:
            kind = Literal[tuple(rules["allowed"])]
        case _:
            kind = pydantic.constr(strict=True, min_length=0 if rules.get("empty", True) else 1)
    return kind | None if rules.get("nullable") else kind


def assert_none(findings) -> None:
    """Assert that there are no findings; ``findings`` may be a generator."""
    assert next(iter(findings), None) is None


def peers(records: list[dict[str, Any]]) -> dict[str, float]:
    """The time that each of the other libraries takes per record, in seconds."""
    schema = SHAPE.json_schema()
    plain, fast = jsonschema.Draft202012Validator(schema), jsonschema_rs.validator_for(schema)
    pydantic_model = model("sentence", dict(SHAPE.fields))
    checks = {
        "Cerberus": (lambda record: assert_none(SHAPE.cerberus_problems(record)), 2_000),
        "jsonschema": (plain.validate, 2_000),
        "jsonschema-rs": (fast.validate, PEERS_AT_MOST),
        "pydantic": (pydantic_model.model_validate, PEERS_AT_MOST),
    }
    times = {}
    for name, (check, at_most) in checks.items():
        sample = records[:at_most]
        times[name] = seconds(lambda check=check, sample=sample: [check(record) for record in sample], 2) / len(sample)
    return times


def repeated(rows: pa.RecordBatch, size: int) -> pa.Table:
    """A table of ``size`` rows that repeats ``rows``, each time as a different document."""
    id = SHAPE.decode(rows.slice(0, 1).to_pylist()[0])["doc_id"]

    def renumbered(column: pa.Array, name: str, number: int) -> pa.Array:
        """The column with the number of the document in its ids and texts."""
        if pa.types.is_list(column.type):
            return pa.ListArray.from_arrays(column.offsets, renumbered(column.values, name, number), type=column.type)
        if pa.types.is_struct(column.type):
            fields = list(column.type)
            children = [
                renumbered(child, field.name, number) for field, child in zip(fields, column.flatten(), strict=True)
            ]
            return pa.StructArray.from_arrays(children, fields=fields)
        if not pa.types.is_string(column.type):
            return column
        if name == "text":
            return pc.binary_join_element_wise(pa.scalar(str(number)), column, "")
        return pc.replace_substring(column, id, f"news-{number}")

    documents = [
        pa.RecordBatch.from_arrays(
            [renumbered(column, name, number) for name, column in zip(rows.schema.names, rows.columns, strict=True)],
            schema=rows.schema,
        )
        for number in range(size // len(rows) + 1)
    ]
    return pa.Table.from_batches(documents).slice(0, size).combine_chunks()


def main(sizes: list[int]) -> None:
    (rows,) = pq.read_table(Path(corpus_path(), data_file("sentences-hans"))).combine_chunks().to_batches()
    print("| records | way | records a second | times Cerberus | peak MB |")
    print("| ---: | --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            table = repeated(rows, size)
            path = Path(folder, "a.parquet")
            pq.write_table(table, path, compression="zstd")
            records = [SHAPE.decode(row) for row in table.slice(0, PEERS_AT_MOST).to_pylist()]
            times = peers(records)
            data = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode("utf-8")
            with RecordChecker(SHAPE, "") as checker:
                times["zhengwen, JSON lines"] = seconds(
                    lambda data=data, checker=checker: assert_none(checker.check_stream(io.BytesIO(data), ""))
                ) / len(records)
                times["zhengwen, Parquet"] = (
                    seconds(lambda path=path, checker=checker: assert_none(checker.check_file(path))) / size
                )
            times["zhengwen, Arrow"] = seconds(lambda table=table: assert_none(validate(table, SHAPE))) / size
            command = [sys.executable, "-c", _MEMORY, str(path)]
            memory = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
            for check, time_each in times.items():
                peak = memory if check == "zhengwen, Parquet" else ""
                ratio = times["Cerberus"] / time_each
                print(f"| {size:,} | {check} | {1 / time_each:,.0f} | {ratio:,.1f} | {peak} |", flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000, 1_000_000])
