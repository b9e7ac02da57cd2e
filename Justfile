# Recipes for people who work on witnessmark. `./start setup` (or test) brings just itself into .venv/bin.
python := ".venv/bin/python"

# install everything, development tools included
setup:
    ./start setup && .venv/bin/uv sync -q --frozen --inexact --all-groups

# style, types and the house's direction of imports
check:
    .venv/bin/ruff check .
    .venv/bin/ruff format --check .
    .venv/bin/mypy
    .venv/bin/lint-imports

# every test (a seeded tenth of the long rounds)
test *ARGS:
    ./start test {{ARGS}}

# all of the long rounds; resumable, writes bench/results/*.json
soak *ARGS:
    {{python}} -m bench soak {{ARGS}}

# mutants of real files and of our own parsers' input
fuzz *ARGS:
    WITNESSMARK_SOAK=1 {{python}} -m pytest tests/fuzz tests/unit/attempt {{ARGS}}

# a benchmark by name: intake, speed, authenticity
bench NAME *ARGS:
    {{python}} -m bench {{NAME}} {{ARGS}}

# the documents' commands, links and spec vectors
docs:
    {{python}} -m pytest tests/house -k docs

# the worked example
demo *ARGS:
    ./start demo {{ARGS}}

# everything a machine without network needs
wheelhouse DIR="wheelhouse":
    ./start wheelhouse {{DIR}}

# what a new examiner consists of, ready to be filled: just new-examiner clock clock.series
new-examiner NAME KIND:
    {{python}} tools/new_examiner.py {{NAME}} {{KIND}}
