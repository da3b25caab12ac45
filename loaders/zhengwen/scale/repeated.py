"""Ids that stand in more than one shard: found over all of them, in bounded memory."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from zhengwen.files import canonical_json
from zhengwen.scale.work import write

FILE = "repeated-ids.jsonl"
#: The most hashes that are held at a time: 128 MB.  The ids of more rows are looked at in several turns.
_MOST = 1 << 24


def write_repeated(out: Path, shards: Sequence[str], id_column: str) -> int:
    """List the rows whose id a row of an earlier shard has, and give their number; no list when there are none.

    A shard has each id once, so what is looked for is in two of them.
    """
    import numpy as np
    import pyarrow.parquet as pq

    total = sum(pq.read_metadata(out / shard).num_rows for shard in shards)
    suspects: set[int] = set()
    turns = -(-total // _MOST)
    for turn in range(turns):
        parts = [np.empty(0, np.uint64)]
        for shard in shards:
            for ids in _ids(out / shard, id_column):
                hashes = np.frombuffer(b"".join(map(_hash, ids)), np.uint64)
                parts.append(hashes[hashes % np.uint64(turns) == turn] if turns > 1 else hashes)
        hashes = np.sort(np.concatenate(parts))
        suspects.update(hashes[1:][hashes[1:] == hashes[:-1]].tolist())
    lines, first = [], {}
    for shard in shards if suspects else ():
        for ids in _ids(out / shard, id_column):
            for id in ids:
                if int.from_bytes(_hash(id), "little") in suspects:
                    if id in first:
                        lines.append(canonical_json({"id": id, "shard": shard, "first": first[id]}) + "\n")
                    else:
                        first[id] = shard
    if lines:
        write(out / FILE, "".join(lines))
    else:
        (out / FILE).unlink(missing_ok=True)
    return len(lines)


def _hash(id: object) -> bytes:
    return hashlib.blake2b(str(id).encode("utf-8"), digest_size=8).digest()


def _ids(path: Path, column: str) -> Iterator[list]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(1 << 16, columns=[column]):
            yield [id for id in batch.column(0).to_pylist() if id is not None]
