"""What is heavy loads on first use."""

import subprocess
import sys


def test_an_import_loads_neither_opencv_nor_open3d():
    code = "import sys, perception; print(*sorted({'cv2', 'open3d', 'scipy', 'numba'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stdout.split()) == (0, []), run.stderr
