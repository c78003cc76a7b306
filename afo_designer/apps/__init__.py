"""Apps: the command line and the pages a person reads."""

import os

# One thread per job: the same bytes on every machine size. Set before numpy is loaded.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
