"""Loaded by pytest before Django's settings: no test may depend on, or reach, what a developer configured.

Set variables win over the `.env` file, so each one that matters is set here, an empty one to be as good as absent.
"""

import atexit
import os
import shutil
import tempfile

DATA = tempfile.mkdtemp(prefix="studio-tests-")
atexit.register(shutil.rmtree, DATA, ignore_errors=True)
FIXED = {
    "LANGGRAPH_URL": "http://127.0.0.1:9",  # nothing listens here: tests that need a deployment ask for one
    "LANGGRAPH_DEPLOYMENTS": "",
    "LANGGRAPH_API_KEY": "",
    "LANGGRAPH_HEADERS": "",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
    "SECRET_KEY": "for tests only",
    "DATABASE_URL": "",
    "REDIS_URL": "",
    "STUDIO_DATA_DIR": DATA,
    "STUDIO_READ_ONLY": "false",
}
# The make that runs the tests is not the make that some of them run.
ABSENT = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON", "PORT")

os.environ.update(FIXED)
for name in ABSENT:
    os.environ.pop(name, None)
