"""`process` on a Dask cluster: the same bytes as with local processes, also after a worker or the scheduler died."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dask
import distributed
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhengwen import process
from zhengwen.cli.main import main
from zhengwen.errors import ZhengwenError


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    texts = ["這個問題很重要。“好。”他說。", "专著和土著没有问题。", "經(jīng)濟發(fā)展,產(chǎn)業(yè)升級"]
    path = tmp_path_factory.mktemp("input") / "in.parquet"
    table = pa.table({"id": [f"d{number}" for number in range(600)], "text": texts * 200})
    pq.write_table(table, path, row_group_size=20)
    return path


@pytest.fixture(scope="module")
def expected(parquet, tmp_path_factory):
    """The output of a run in this process."""
    out = tmp_path_factory.mktemp("expected")
    with ThreadPoolExecutor(1) as executor:
        process(parquet, out, engine=executor, shard_bytes=1500)
    return tree(out)


def test_a_cluster_that_process_starts(parquet, tmp_path, expected):
    command = [sys.executable, "-m", "zhengwen", "process", parquet, "--out", tmp_path / "out", "--engine", "dask"]
    subprocess.run([*command, "--workers", "2", "--shard-bytes", "1500"], check=True, stdout=subprocess.DEVNULL)
    assert tree(tmp_path / "out") == expected


def test_a_killed_worker_of_an_existing_cluster(parquet, tmp_path, expected):
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        killed = []

        def kill(tasks, records):
            for number, record in enumerate(records):
                if number == 1:
                    killed.append(cluster.workers[0].process.process.pid)
                    os.kill(killed[0], signal.SIGKILL)
                yield record

        address = cluster.scheduler_address
        process(parquet, tmp_path / "out", engine="dask", scheduler=address, shard_bytes=1500, progress=kill)
    assert killed
    assert tree(tmp_path / "out") == expected


def test_a_lost_scheduler_and_the_same_call_again(parquet, tmp_path, expected):
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    file = tmp_path / "scheduler.json"
    scheduler = subprocess.Popen([*command, "--no-dashboard", "--scheduler-file", file], stderr=subprocess.DEVNULL)
    worker = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", file, "--nthreads", "1"],
        stderr=subprocess.DEVNULL,
    )
    try:
        with distributed.Client(scheduler_file=os.fspath(file), timeout=60) as client:
            client.wait_for_workers(1)
            address = client.scheduler.address

        def kill(tasks, records):
            for number, record in enumerate(records):
                if number == 1:
                    scheduler.kill()
                yield record

        options = {"engine": "dask", "scheduler": address, "shard_bytes": 1500, "progress": kill}
        with pytest.raises(ZhengwenError, match="the connection to the scheduler was lost"):
            process(parquet, tmp_path / "out", **options)
    finally:
        for server in (worker, scheduler):
            server.kill()
            server.wait()
    assert "manifest.json" not in tree(tmp_path / "out")
    process(parquet, tmp_path / "out", workers=1, shard_bytes=1500)
    assert tree(tmp_path / "out") == expected


def test_no_scheduler_at_the_address(parquet, tmp_path, capfd):
    command = ["process", parquet, "--out", tmp_path / "out", "--engine", "dask", "--scheduler", "tcp://127.0.0.1:1"]
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}), pytest.raises(SystemExit) as exit:
        main(list(map(os.fspath, command)))
    assert exit.value.code == 1
    printed = capfd.readouterr().err
    assert "error: cannot reach a Dask scheduler at tcp://127.0.0.1:1" in printed
    assert "Traceback" not in printed
