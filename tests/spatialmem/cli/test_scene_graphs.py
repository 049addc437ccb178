"""`spatialmem import FILE.json`: what a scene graph holds, ours or another's."""

import pytest
from recordings import DATA, needs

from spatialmem import SpatialMemory, write_scene_graph

FILE = DATA / "spark_dsg" / "apartment_dsg.json"


@needs(FILE.parent)
def test_what_another_graph_holds(spatialmem):
    answer = spatialmem("import", FILE, "--json")
    assert answer.code == 0
    assert answer.json["format"] == "spark_dsg"
    assert answer.json["nodes"] == {"place": 185, "agent": 102, "object": 7, "room": 1, "building": 1}
    assert sum(answer.json["edges"].values()) == 742
    told = spatialmem("import", FILE).out
    assert "102 agent, 1 building, 7 object, 185 place, 1 room" in told


def test_what_our_own_holds(spatialmem, tmp_path):
    path = write_scene_graph(tmp_path / "home.json", SpatialMemory())
    answer = spatialmem("import", path, "--json")
    assert answer.json == {"source": "home.json", "format": "spatialmem", "nodes": {}, "edges": {}}
    assert "none" in spatialmem("import", path).out


@pytest.mark.parametrize(
    ("content", "what"),
    [("{}", "Spark-DSG"), ('{"format": "spatialmem scene graph", "version": 9}', "version 9"), ("", "Spark-DSG")],
)
def test_what_is_neither(spatialmem, tmp_path, content, what):
    path = tmp_path / "a.json"
    path.write_text(content)
    answer = spatialmem("import", path)
    assert answer.code == 2
    assert what in answer.err
    for more in ("--out", "--picture"):
        refused = spatialmem("import", path, more, tmp_path / "b.png")
        assert refused.code == 2
        assert "no map in it" in refused.err
    assert spatialmem("import", tmp_path / "none.json").code == 2
