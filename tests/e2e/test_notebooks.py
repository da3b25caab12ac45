"""The notebooks in examples/ run, and show what they are stored with."""

import os

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient

NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))


def outputs(notebook) -> list[list[dict]]:
    """What each cell shows; where there is HTML, the plain form is left out, as a notebook leaves it out."""
    shown = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            output.pop("execution_count", None)
            if "text/html" in output.get("data", ()):
                output.data.pop("text/plain", None)
        shown.append([dict(output) for output in cell.get("outputs", ())])
    return shown


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs_and_shows_what_it_is_stored_with(path, tmp_path, monkeypatch, request):
    monkeypatch.setenv("IPYTHONDIR", os.fspath(tmp_path))
    monkeypatch.setenv("PYTHONWARNINGS", "ignore:IProgress not found")  # a warning of tqdm where there are no widgets
    stored = nbformat.read(path, as_version=4)
    fresh = nbformat.from_dict(stored)
    NotebookClient(fresh, timeout=300, resources={"metadata": {"path": tmp_path}}).execute()
    shown = outputs(fresh)
    if request.config.getoption("--update-golden"):
        for cell in fresh.cells:
            cell.metadata.clear()
            if cell.cell_type == "code":
                cell.execution_count = None
                for output in cell.outputs:
                    if output.output_type == "execute_result":
                        output["execution_count"] = None
        nbformat.write(fresh, path)
        stored = nbformat.read(path, as_version=4)
    assert shown == outputs(stored), f"run `pytest --update-golden {request.node.path.name}` if it is right"
    assert not [output for cell in shown for output in cell if output["output_type"] in ("error", "stream")]


def test_there_are_notebooks():
    assert NOTEBOOKS
