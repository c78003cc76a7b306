"""Apps: the command line and the pages a person reads."""

import os

# One thread per job, whatever the environment offers: the order of sums decides the last digits,
# and the same order must give the same bytes. Set before numpy is loaded.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
