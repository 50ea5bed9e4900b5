"""Nothing that the project reads can run code: no pickles, and nothing that is evaluated."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

from example_shop import celery_app

ROOT = Path(__file__).parent.parent
FILES = sorted([*ROOT.glob("django_clvrec/**/*.py"), *ROOT.glob("example_shop/**/*.py")])
MODULES = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
READERS = {"read_pickle", "to_pickle", "eval", "exec", "compile", "__import__", "pickleFile"}


def faults(tree):
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names if one.name.split(".")[0] in MODULES)
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in MODULES:
                yield module
            case ast.Call(func=ast.Name(id=name)) if name in READERS:
                yield name
            case ast.Call(func=ast.Attribute(attr=name)) if name in READERS - {"compile"}:
                yield name
            case ast.keyword(arg="allow_pickle", value=value):
                if getattr(value, "value", None) is not False:
                    yield "allow_pickle"
            case ast.Attribute(value=ast.Name(id="np"), attr="load"):
                yield "np.load"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_file_reads_what_can_run_code(file):
    assert list(faults(ast.parse(file.read_text()))) == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle", "from joblib import load", "import dill as d", "pd.read_pickle(path)",
        "np.load(file)", "np.savez(file, allow_pickle=True)", "np.load(f, allow_pickle=yes)",
        "eval(text)", "exec(text)",
    ],
)  # fmt: skip
def test_the_search_finds_what_it_is_for(code):
    assert list(faults(ast.parse(code)))


def test_tasks_travel_as_json():
    assert celery_app.conf.task_serializer == "json"
    assert celery_app.conf.result_serializer == "json"
    assert set(celery_app.conf.accept_content) == {"json"}


def test_sessions_are_json():
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")
