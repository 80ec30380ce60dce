import subprocess
import sys

HEAVY = ("wandb", "captum", "matplotlib", "scipy.stats", "moviepy", "sklearn")


def test_importing_the_package_does_not_load_what_only_some_functions_need():
    program = f"import sys, saccade.saliency; print(sorted(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
