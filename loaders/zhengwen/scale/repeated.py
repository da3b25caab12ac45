"""Ids that stand in more than one shard: found over all of them, in bounded memory."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from zhengwen.files import canonical_json
from zhengwen.scale.readers import hash_id
from zhengwen.scale.work import write

FILE = "repeated-ids.jsonl"
#: The most hashes that are held at a time: 128 MB.  The ids of more rows are looked at in several turns.
_MOST = 1 << 24


def write_repeated(out: Path, shards: Sequence[str], id_column: str) -> int:
    """List the rows whose id a row of an earlier shard has, and give their number; no list when there are none.

    A shard has each id once, so what is looked for is in two of them.  The hashes that lie beside the shards tell which
    ids may be; the shards themselves, which are.
    """
    import numpy as np

    files = sorted((out / "shards").glob("*.ids"))
    turns = -(-sum(file.stat().st_size // 8 for file in files) // _MOST)
    suspects: set[bytes] = set()
    for turn in range(turns):
        parts = []
        for file in files:
            hashes = np.fromfile(file, np.uint64)
            parts.append(hashes if turns == 1 else hashes[hashes % np.uint64(turns) == turn])
        hashes = np.sort(np.concatenate(parts))
        suspects.update(one.tobytes() for one in hashes[1:][hashes[1:] == hashes[:-1]])
    lines, first = [], {}
    for shard in shards if suspects else ():
        for ids in _ids(out / shard, id_column):
            for id in ids:
                if hash_id(id) not in suspects:
                    continue
                if id in first:
                    lines.append(canonical_json({"id": id, "shard": shard, "first": first[id]}) + "\n")
                else:
                    first[id] = shard
    if lines:
        write(out / FILE, "".join(lines))
    else:
        (out / FILE).unlink(missing_ok=True)
    return len(lines)


def _ids(path: Path, column: str) -> Iterator[list]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(1 << 16, columns=[column]):
            yield [id for id in batch.column(0).to_pylist() if id is not None]
