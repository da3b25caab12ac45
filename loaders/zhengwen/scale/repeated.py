"""Finds ids that occur in more than one shard, in bounded memory."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from zhengwen.files import canonical_json
from zhengwen.parquet import parquet_source
from zhengwen.scale.readers import hash_id, id_values
from zhengwen.scale.work import write

FILE = "repeated-ids.jsonl"
#: The most hashes that are held at a time: 128 MB.  If there are more, several passes are made.
_MAX_HASHES = 1 << 24


def write_repeated(out: Path, shards: Sequence[str], id_column: str) -> int:
    """List the rows whose id is also in an earlier shard in a file, unless there are none, and return their number.

    Within a shard, ids are unique.  The hashes that are stored for each shard show which ids may be repeated; the
    shards themselves show which are.
    """
    files = sorted((out / "shards").glob("*.ids"))
    passes = -(-sum(file.stat().st_size // 8 for file in files) // _MAX_HASHES)
    suspects: set[bytes] = set()
    for number in range(passes):
        parts = []
        for file in files:
            hashes = np.fromfile(file, np.uint64)
            parts.append(hashes if passes == 1 else hashes[hashes % np.uint64(passes) == number])
        hashes = np.sort(np.concatenate(parts))
        suspects.update(repeated.tobytes() for repeated in hashes[1:][hashes[1:] == hashes[:-1]])
    lines: list[str] = []
    first_shards: dict[object, str] = {}
    for shard in shards if suspects else ():
        for ids in _ids(out / shard, id_column):
            for id in ids:
                if hash_id(id) not in suspects:
                    continue
                if id in first_shards:
                    lines.append(canonical_json({"id": id, "shard": shard, "first": first_shards[id]}) + "\n")
                else:
                    first_shards[id] = shard
    if lines:
        write(out / FILE, "".join(lines))
    else:
        (out / FILE).unlink(missing_ok=True)
    return len(lines)


def _ids(path: Path, column: str) -> Iterator[list]:
    with parquet_source(path) as source, pq.ParquetFile(source) as file:
        for batch in file.iter_batches(1 << 16, columns=[column]):
            yield [id for id in id_values(pa.chunked_array([batch.column(0)])) if id is not None]
