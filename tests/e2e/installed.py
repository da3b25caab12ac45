"""Run by ``test_wheel.py`` in a fresh environment with nothing but the wheel installed: loads everything."""

from pathlib import Path

import datasets

import zhengwen
from zhengwen.schema import read_schema


def main() -> None:
    """Load every config in every way; raises ``AssertionError`` when something is wrong."""
    assert "site-packages" in zhengwen.corpus_path(), zhengwen.corpus_path()
    assert not list(Path.cwd().iterdir()), "run this in an empty folder"
    for config in read_schema().configs.values():
        dataset = datasets.load_dataset(zhengwen.corpus_path(), config.name, split="test")
        assert len(dataset) > 0
        assert str(dataset.info.version) == zhengwen.__version__
        assert dataset.features == read_schema().rows[config.family].features()
        assert list(zhengwen.load_dataset(config.family, config.script, streaming=True)) == list(dataset)
        print(f"{config.name:15} {len(dataset):4} rows")
    assert zhengwen.convert("这意味着，镜头发黑", to="hant").text == "這意味著，鏡頭發黑"
    (document,) = zhengwen.Corpus.open()
    assert document.sentences[0].text_in("hant") == "春節至今，DeepSeek熱度持續攀升。"
    print(f"{document}")


if __name__ == "__main__":
    main()
