"""The recommender that docs/how-to/recommenders.md shows."""

import re
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs/how-to/recommenders.md"
SHOWN = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
CODE = next(block for block in SHOWN if "class Newest" in block)
exec(compile(CODE, str(PAGE), "exec"))  # noqa: S102
