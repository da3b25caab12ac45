"""Formats of other tools: what is exported is imported as identical gold, and what is wrong is refused with a message.

tests/e2e/test_formats.py tests that the readers of other projects read the same, and XMI, which needs an extra.
"""

import json
import sys
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from conftest import ARTICLE, assert_error, run_cli, tree
from hypothesis import given, settings
from hypothesis import strategies as st
from odd import ID, TEXT, odd_document, with_gold
from own_corpus import build, make_corpus

from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.exchange import FORMATS, export_files, format_named, import_gold
from zhengwen.layers import LAYERS
from zhengwen.layers.entities import EntityRecord
from zhengwen.schema import read_schema

SCHEMA = read_schema()
IMPORTABLE = [name for name in FORMATS if format_named(name).back and name != "xmi"]


@pytest.fixture(params=["article", "odd"])
def document(request):
    return request.getfixturevalue("article") if request.param == "article" else odd_document()


def export_to(folder, name, document, change=lambda file, content: content):
    """``folder``, with the files of ``document`` in a format, each changed as a tool would change it."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in export_files(name, document, SCHEMA).items():
        (folder / file).write_text(change(file, content), encoding="utf-8", newline="")
    return folder


def import_from(name, path, document):
    return import_gold(name, path, {document.id: document}, SCHEMA)[document.id]


@pytest.mark.parametrize("name", IMPORTABLE)
def test_an_export_is_imported_as_identical_gold(name, document, tmp_path):
    imported = import_from(name, export_to(tmp_path, name, document), document)
    assert imported == {layer: document.gold[layer] for layer in format_named(name).back}
    assert imported.aside == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_says_for_every_layer_whether_it_carries_it(name):
    about = format_named(name)
    assert set(about.back) <= set(about.carries) <= set(LAYERS)
    left_out = " ".join(about.stays)
    assert [layer for layer in LAYERS if layer not in about.carries and layer not in left_out] == []


_CHARACTERS = st.sampled_from("正文。ab \u3000\t\U00020bb7\U0001f600\u0304|#&<\"'")


@st.composite
def _documents(draw):
    """A one-line document with mentions that nest or are disjoint, none with white space at its ends."""
    text = draw(st.text(_CHARACTERS, min_size=1, max_size=30).filter(str.strip))
    sentence = {"id": f"{ID}.s001", "start": 0, "end": len(text), "text": text}
    records = []
    for start, end in draw(st.sets(st.tuples(st.integers(0, len(text)), st.integers(0, len(text))), max_size=8)):
        crosses = any(
            record.start < start < record.end < end or start < record.start < end < record.end for record in records
        )
        if start < end and text[start:end].strip() == text[start:end] and not crosses:
            id = f"{ID}.e{len(records) + 1:04d}"
            records.append(EntityRecord(id, start, end, text[start:end], draw(st.sampled_from(["DATE", "TIME"])), None))
    gold = {layer: [] for layer in LAYERS} | {"entities": sorted(records, key=lambda record: record.order())}
    return with_gold(gold | {"sentences": [LAYERS["sentences"].RECORD.from_dict(sentence)]}, text, text)


@pytest.mark.parametrize("name", IMPORTABLE)
@settings(max_examples=60)
@given(document=_documents())
def test_any_mentions_in_any_text_are_imported_unchanged(name, document, tmp_path_factory):
    imported = import_from(name, export_to(tmp_path_factory.mktemp(name), name, document), document)
    assert imported["entities"] == document.gold["entities"]


@pytest.mark.parametrize("name", IMPORTABLE)
def test_a_changed_text_is_refused(name, document, tmp_path):
    def changed(file, content):
        return content.replace("说", "話", 1)

    with pytest.raises(ZhengwenError, match=r"text|characters of"):
        import_from(name, export_to(tmp_path, name, document, changed), document)


def _without_ids(name, content):
    """The file as a tool writes it that does not keep our ids."""
    if name == "brat":
        return "".join(line for line in content.splitlines(keepends=True) if not line.startswith("#"))
    tasks = json.loads(content)
    new_ids = {}
    for item in tasks[0]["annotations"][0]["result"]:
        for key in {"id", "from_id", "to_id"} & item.keys():
            item[key] = new_ids.setdefault(item[key], f"x{len(new_ids)}")
    return json.dumps(tasks)


@pytest.mark.parametrize("name", ["brat", "labelstudio"])
def test_ids_that_a_tool_dropped_are_restored(name, document, tmp_path):
    def drop_ids(file, content):
        return _without_ids(name, content) if file.endswith(("json", "ann")) else content

    imported = import_from(name, export_to(tmp_path, name, document, drop_ids), document)
    assert imported == {layer: document.gold[layer] for layer in format_named(name).back}


def test_a_new_mention_gets_the_next_free_id_and_a_removed_mention_is_gone(tmp_path):
    document = odd_document()

    def edit(file, content):
        if not file.endswith(".ann"):
            return content
        kept = [line for line in content.splitlines() if "T6\t" not in line and " T6" not in line]
        start = TEXT.index("新")
        return "\n".join([*kept, f"T99\tLOC {start} {start + 1}\t新", "N99\tReference T99 zhengwen:c03\t东南", ""])

    removed = document.gold["entities"][5]
    assert removed.id == f"{ID}.e0006"
    imported = import_from("brat", export_to(tmp_path, "brat", document, edit), document)["entities"]
    new = next(record for record in imported if record.text == "新")
    assert (new.id, new.type, new.cluster) == (f"{ID}.e0007", "LOC", f"{ID}.c03")
    kept = [record for record in document.gold["entities"] if record != removed]
    assert [record for record in imported if record is not new] == kept


def test_a_mention_whose_end_was_moved_is_the_same_mention(tmp_path):
    document = odd_document()

    def edit(file, content):
        return content.replace("田\tI-PERSON\tO\n\U0001f600\tI-PERSON", "田\tI-PERSON\tO\n\U0001f600\tO")

    imported = import_from("iob2", export_to(tmp_path, "iob2", document, edit), document)["entities"]
    gold = document.gold["entities"][0]
    assert imported[0] == replace(gold, end=gold.end - 1, text=gold.text[:-1])
    assert imported[1:] == document.gold["entities"][1:]


def _result(content):
    tasks = json.loads(content)
    return tasks, tasks[0]["annotations"][0]["result"]


def test_a_new_quotation_and_its_stance_are_imported_from_label_studio(tmp_path):
    document = odd_document()
    start = TEXT.index("旧")
    span = {"start": start, "end": start + 1, "text": "旧"}

    def region(name, type, value, id="aB3_x"):
        return {"id": id, "from_name": name, "to_name": "text", "type": type, "value": span | value}

    def edit(file, content):
        if not file.endswith("json"):
            return content
        tasks, result = _result(content)
        result += [
            region("label", "labels", {"labels": ["Quotation"]}),
            region("cluster", "textarea", {"text": ["c06"]}),
            region("kind", "choices", {"choices": ["direct"]}),
            region("source", "choices", {"choices": ["implicit"]}),
            region("stance-deepseek", "choices", {"choices": ["uncertain", "favor"]}),
            region("label", "labels", {"labels": ["Evidence"]}, "zz"),
            {"type": "relation", "from_id": "aB3_x", "to_id": "zz", "direction": "right", "labels": ["deepseek"]},
        ]
        result[0]["meta"] = {"text": ["look again"]}
        return json.dumps(tasks)

    imported = import_from("labelstudio", export_to(tmp_path, "labelstudio", document, edit), document)
    new = next(quote for quote in imported["quotes"] if quote.id == f"{ID}.q04")
    assert (new.content[0].text, new.speaker, new.implicit_source) == ("旧", f"{ID}.c06", True)
    new_stance = next(stance for stance in imported["stances"] if stance.id == f"{ID}.st006")
    assert (new_stance.unit, new_stance.holder) == (new.id, new.speaker)
    assert (new_stance.label, new_stance.certainty) == ("favor", "uncertain")
    assert [quote for quote in imported["quotes"] if quote != new] == document.gold["quotes"]
    assert [stance for stance in imported["stances"] if stance != new_stance] == document.gold["stances"]
    assert ["look again" in line for line in imported.aside] == [True]


def _ann(before, after):
    return "brat", lambda file, content: content.replace(before, after, 1) if file.endswith(".ann") else content


def _tags(before, after):
    return "iob2", lambda file, content: content.replace(before, after, 1)


def _task(change):
    def edit(file, content):
        if not file.endswith("json"):
            return content
        tasks, result = _result(content)
        change(tasks[0], result)
        return json.dumps(tasks)

    return "labelstudio", edit


def _item(result, id, name="label"):
    return next(item for item in result if item.get("id") == f"{ID}.{id}" and item["from_name"] == name)


def _count_in_utf_16(task, result):
    """As a tool does that counts UTF-16 code units."""
    value = _item(result, "e0006")["value"]
    value["start"], value["end"] = (
        len(TEXT[:offset].encode("utf-16-le")) // 2 for offset in (value["start"], value["end"])
    )


BAD = {
    "brat-unknown-type": (*_ann("PERSON", "MAN"), "unknown label 'MAN'"),
    "brat-moved-span": (*_ann("T1\tPERSON 0 3", "T1\tPERSON 1 4"), "is '田"),
    "brat-unknown-cluster": (*_ann("zhengwen:c01", "zhengwen:c77"), "no cluster"),
    "brat-no-kind": (*_ann("Kind T7 direct", "Note T7 direct"), "kind: must not be null"),
    "brat-cue-without-quotation": (*_ann("R1\tCued Arg1:T7 Arg2:T8\n", ""), "a Cue of no quotation"),
    "brat-bad-relation": (*_ann("Arg2:T8", "Arg2:T1"), "which is not a Cue"),
    "brat-bad-line": (*_ann("T1\tPERSON 0 3", "T1\tPERSON 0-3"), "not a text-bound annotation"),
    "iob2-inside-without-begin": (*_tags("B-PERSON", "I-PERSON"), "'I-PERSON' is not a valid tag here"),
    "iob2-other-type": (*_tags("B-PERSON", "B-MAN"), "'I-PERSON' is not a valid tag here"),
    "iob2-unknown-label": (*_tags("\u0304\tI-CARDINAL", "\u0304\tB-XX"), "unknown label 'XX'"),
    "iob2-missing-column": (*_tags("\tB-PERSON\tO", "\tB-PERSON"), "a character and its tags"),
    "iob2-missing-sentence": (*_tags(f"# sent_id = {ID}.s003", f"# sent_id = {ID}.s004"), "expected odd-1.s003"),
    "iob2-unknown-document": (*_tags(f"= {ID}\n", "= odd-2\n"), "unknown document"),
    "labelstudio-utf-16": (*_task(_count_in_utf_16), "not '王"),
    "labelstudio-two-annotations": (
        *_task(lambda task, _: task["annotations"].append({"result": []})),
        "2 annotations",
    ),
    "labelstudio-unknown-document": (*_task(lambda task, _: task["data"].update(doc_id="no")), "unknown document"),
    "labelstudio-unknown-label": (
        *_task(lambda _, result: _item(result, "e0001")["value"].update(labels=["MAN"])),
        "unknown label 'MAN'",
    ),
    "labelstudio-loose-cue": (*_task(lambda _, result: result.pop(-1)), "belongs to no record"),
    "labelstudio-two-labels": (
        *_task(lambda _, result: _item(result, "q01", "stance-deepseek")["value"].update(choices=["favor", "none"])),
        "one label is needed",
    ),
    "labelstudio-json-min": (*_task(lambda task, _: task.pop("annotations")), "not JSON-MIN"),
    "labelstudio-not-a-region": (*_task(lambda _, result: result[0].pop("value")), "not a result of Label Studio"),
}


@pytest.mark.parametrize("case", BAD)
def test_an_invalid_file_is_refused_with_a_message(case, tmp_path):
    name, change, message = BAD[case]
    document = odd_document()
    with pytest.raises(ZhengwenError, match=message):
        import_from(name, export_to(tmp_path, name, document, change), document)


def test_other_annotation_is_reported_as_not_imported(tmp_path):
    name, change = _ann("T1\t", "#9\tAnnotatorNotes T1\tsure?\nE1\tSay:T1\nT1\t")
    document = odd_document()
    imported = import_from(name, export_to(tmp_path, name, document, change), document)
    messages = [line.partition("not imported: ")[2] for line in imported.aside]
    assert messages == ["#9\tAnnotatorNotes T1\tsure?", "E1\tSay:T1"]
    assert imported["entities"] == document.gold["entities"]


def test_fragments_that_brat_cannot_represent_are_refused():
    document = odd_document()
    first = document.gold["quotes"][0]
    start, end = TEXT.index("停"), TEXT.index("了。”")
    fragments = tuple(
        replace(first.content[0], start=offset, end=offset + 1, text=TEXT[offset]) for offset in (start, end)
    )
    records = {**document.gold, "quotes": [replace(first, content=fragments)], "stances": []}
    with pytest.raises(ZhengwenError, match="brat cannot represent"):
        export_files("brat", with_gold(records), SCHEMA)


def test_tei_holds_the_received_and_the_restored_text(document):
    namespace = "{http://www.tei-c.org/ns/1.0}"
    for dropped, edition in (("sic", "restored"), ("corr", "received")):
        root = ElementTree.fromstring(export_files("tei", document, SCHEMA)[f"{document.id}.tei.xml"])
        for choice in list(root.iter(f"{namespace}choice")):
            choice.remove(choice.find(namespace + dropped))
        body = root.find(f"{namespace}text/{namespace}body")
        elements = [element for element in body.iter() if element.tag in (f"{namespace}p", f"{namespace}head")]
        assert ["".join(element.itertext()) for element in elements] == [
            line for line in document.text(edition).split("\n") if line.strip()
        ]


@pytest.mark.parametrize("title", ["河港 & Co.", None])
def test_tei_names_the_corpus_as_the_publisher(title, document):
    root = ElementTree.fromstring(export_files("tei", document, SCHEMA, title)[f"{document.id}.tei.xml"])
    (statement,) = root.iter("{http://www.tei-c.org/ns/1.0}publicationStmt")
    assert [publisher.text for publisher in statement if publisher.tag.endswith("}publisher")] == [title] * bool(title)
    assert "".join(statement.itertext()).endswith(document.provenance["rights"])


@pytest.mark.parametrize("is_built", [False, True])
def test_an_export_knows_the_title_of_its_corpus(is_built, tmp_path):
    root = make_corpus(tmp_path / "corpus", title="河港语料")
    place = build(root) if is_built else root
    done = run_cli("export", "tei", "--corpus", place)
    assert done.returncode == 0, done.stderr
    assert "<publisher>河港语料</publisher>" in done.stdout.decode("utf-8")
    (root / "seeds" / "corpus.yaml").write_text("name: x\n", encoding="utf-8")
    assert_error(run_cli("export", "tei", "--corpus", root), 1, "corpus.yaml: title: states no title")


def test_conllu_holds_every_record_with_its_span(document):
    content = export_files("conllu", document, SCHEMA)[f"{document.id}.conllup"]
    rows = [line.split("\t") for line in content.split("\n") if line and not line.startswith("# ")]
    assert {len(row) for row in rows} == {13}
    spans = {
        field.split(":")[1]: field.split(":")[-2:] for row in rows for field in row[10].split("|") if field[0] == "B"
    }
    assert spans == {
        record.id.rpartition(".")[2]: [str(record.start), str(record.end)] for record in document.gold["entities"]
    }


@pytest.mark.parametrize("name", ["conllu", "tei"])
def test_a_format_without_import_refuses_to_read(name, tmp_path):
    with pytest.raises(ZhengwenError, match="is written, not read"):
        import_gold(name, tmp_path, {}, SCHEMA)


def test_the_error_for_an_unknown_format_lists_the_formats():
    with pytest.raises(UnknownNameError, match="did you mean brat"):
        format_named("bart")


def test_xmi_without_its_extra_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cassis", None)
    with pytest.raises(ZhengwenError, match=r"zhengwen\[export\]"):
        export_files("xmi", odd_document(), SCHEMA)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (f'"doc_id": "{ID}"', '"doc_id": []', "unknown document"),
        (f'"text": {json.dumps(TEXT, ensure_ascii=False)}', '"text": 5', "the text is not a string"),
        ('"start": 0', '"start": "zero"', "offsets are integers"),
        ('"start": 0', '"start": 0.5', "offsets are integers"),
        ('"value": {', '"value": 5, "other": {', "not a result of Label Studio"),
    ],
)
def test_values_of_another_type_in_label_studio_are_refused(tmp_path, old, new, message):
    def change(file, content):
        if not file.endswith(".json"):
            return content
        content = json.dumps(json.loads(content), ensure_ascii=False)
        assert old in content
        return content.replace(old, new)

    document = odd_document()
    folder = export_to(tmp_path, "labelstudio", document, change)
    with pytest.raises(ZhengwenError, match=message):
        import_gold("labelstudio", folder, {ID: document}, SCHEMA)


@pytest.mark.parametrize("line", ["A1\tkind", "A1\tkind T1 direct more", f"T1\tPERSON {'9' * 5000} 3\tx", "T1\t", "A"])
def test_lines_of_brat_that_are_cut_off_are_refused(tmp_path, line):
    document = odd_document()
    folder = export_to(
        tmp_path, "brat", document, lambda file, content: content + line if file.endswith(".ann") else content
    )
    with pytest.raises(ZhengwenError, match=r"not an? "):
        import_gold("brat", folder, {ID: document}, SCHEMA)


def test_a_correction_in_label_studio_is_imported(repository, tmp_path):
    before = tree(repository)
    out = tmp_path / "out"
    done = run_cli("export", "labelstudio", "--out", out, cwd=repository)
    assert done.returncode == 0
    assert b"leaves behind sentences" in done.stderr
    task = out / f"{ARTICLE}.labelstudio.json"
    assert done.stdout.decode().splitlines() == [str(task), str(out / "labelstudio.xml")]
    done = run_cli("import", "labelstudio", task, cwd=repository)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"entities: 0 new, 0 changed, 0 gone" in done.stderr
    assert tree(repository) == before

    tasks, result = _result(task.read_text("utf-8"))
    first = next(item for item in result if item.get("id") == f"{ARTICLE}.e0001")
    first["value"]["labels"] = ["EVENT"]
    task.write_text(json.dumps(tasks), encoding="utf-8")
    done = run_cli("import", "labelstudio", task, cwd=repository)
    assert done.returncode == 1  # an event needs a cluster: that remains to be corrected
    assert done.stdout.decode().splitlines() == [f"{repository}/seeds/{ARTICLE}/gold/entities.jsonl"]
    assert b"entities: 0 new, 1 changed, 0 gone" in done.stderr
    assert b"[cluster-presence]" in done.stderr
    after = tree(repository)
    assert {name for name in after if after[name] != before.get(name)} == {f"seeds/{ARTICLE}/gold/entities.jsonl"}


def test_an_import_into_another_folder_does_not_change_gold(repository, tmp_path):
    before = tree(repository)
    out, layers = tmp_path / "out", tmp_path / "layers"
    assert run_cli("export", "brat", ARTICLE, "--out", out, "--corpus", repository).returncode == 0
    assert run_cli("import", "brat", out, "--out", layers, "--corpus", repository).returncode == 0
    assert tree(layers) == {
        f"{layer}.jsonl": before[f"seeds/{ARTICLE}/gold/{layer}.jsonl"] for layer in format_named("brat").back
    }
    assert tree(repository) == before


def test_a_refused_import_writes_nothing(repository, tmp_path):
    before = tree(repository)
    assert run_cli("export", "brat", "--out", tmp_path, "--corpus", repository).returncode == 0
    ann = tmp_path / f"{ARTICLE}.ann"
    ann.write_text(ann.read_text("utf-8").replace("T1\tDATE 0 2", "T1\tDATE 0 3"), encoding="utf-8")
    assert_error(run_cli("import", "brat", ann, "--corpus", repository), 1, f"{ann}:1: [0, 3)")
    assert tree(repository) == before


def test_an_export_of_one_file_goes_to_stdout(tmp_path):
    # In a folder outside a repository: the packaged release is exported.
    done = run_cli("export", "iob2", ARTICLE, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.decode().startswith(f"# newdoc id = {ARTICLE}\n")
    assert_error(run_cli("export", "brat", ARTICLE, cwd=tmp_path), 1, "--out")
    assert_error(run_cli("export", "iob2", "shangyou", cwd=tmp_path), 2, "unknown document 'shangyou'")
    assert_error(run_cli("import", "brat", tmp_path, cwd=tmp_path), 1, "not inside a zhengwen repository")
