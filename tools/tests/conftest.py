"""Lets the tests import the tools as the tools import each other."""

import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

#: These need all of requirements.txt, the others requirements-test.txt alone.
collect_ignore = [] if find_spec("torch") else ["test_paella_export.py", "test_paella_goldens.py", "test_row_by_row.py", "test_text_keys.py", "test_upsampling.py"]
