"""What `docs/how-to/try.md` says is true."""

import re
import shlex
from pathlib import Path

from django.core.management import call_command, load_command_class

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/how-to/try.md").read_text()
COMMAND = re.findall(r"manage\.py clvrec_try (.*)", PAGE)[0]


def test_the_command_runs_as_it_stands(tmp_path, monkeypatch, capsys):
    path, *words = shlex.split(COMMAND)
    names = [word for word in words if not word.startswith("--")][:-1]
    lines = [f"c{n},i{n},6/{n}/2026 8:26,p{n},2.5,1" for n in range(1, 9)]
    (tmp_path / path).write_text("\n".join([",".join(names), *lines]))
    monkeypatch.chdir(tmp_path)
    call_command("clvrec_try", path, *words)
    assert "8 customers, 8 orders from 2026-06-01 to 2026-06-08" in capsys.readouterr().out


def test_every_word_is_told_and_is_one():
    parser = load_command_class("django_clvrec", "clvrec_try").create_parser("", "")
    mine = {one.option_strings[0] for one in parser._actions if one.option_strings}
    ours = mine - {
        one.option_strings[0]
        for one in load_command_class("django_clvrec", "clvrec_held").create_parser("", "")._actions
        if one.option_strings
    }
    table = PAGE.partition("| Word |")[2].partition("\n\n")[0]
    told = {*re.findall(r"`(--[\w-]+)`", table)}
    assert told >= ours
    assert told <= mine


def test_every_page_that_is_linked_exists():
    pages = re.findall(r"\]\(([\w./-]+\.md)(?:#[\w-]+)?\)", PAGE)
    assert [page for page in pages if not (ROOT / "docs/how-to" / page).exists()] == []
