"""The first embedding of a process, from several threads at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import threading
from ragkit.embed import SentenceTransformerEmbeddings

gate = threading.Barrier(4)

def embed(number):
    gate.wait()
    embedder = SentenceTransformerEmbeddings("all-MiniLM-L6-v2")
    assert embedder.encode([f"text {n} of {number}" * (n % 7 + 1) for n in range(40)]).shape == (40, 384)

threads = [threading.Thread(target=embed, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("done")
"""


def test_threads_that_embed_first_together_do_not_wait_for_each_other_for_ever(models_dir: Path):
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=False)
        assert done.stdout == "done\n", done.stderr
