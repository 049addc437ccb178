"""The README's example runs as it stands and prints what it says."""

import ast
import re
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_library_example_prints_what_its_comments_say(capsys):
    code = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)[0]
    assert len(code.strip().splitlines()) <= 13
    exec(compile(ast.parse(code), "README.md", "exec"), {})
    said = re.findall(r"^print\(.*\)  # (.*)$", code, flags=re.MULTILINE)
    assert len(said) == code.count("print(")
    assert capsys.readouterr().out.splitlines() == said
