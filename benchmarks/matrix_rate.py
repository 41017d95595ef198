"""The fastest that this machine multiplies matrices of MiniLM's shapes: `python benchmarks/matrix_rate.py`, JSON.

An OpenVINO graph of nothing but the products of the encoder's six layers, at bf16 where the processor has it. The best
of a few batch sizes and numbers of parallel streams counts, so that what is compared with it is not flattered.
"""

from __future__ import annotations

import argparse
import json
import os
import time

HIDDEN, INNER, LAYERS = 384, 1536, 6
PRODUCTS = [(HIDDEN, HIDDEN)] * 4 + [(HIDDEN, INNER), (INNER, HIDDEN)]


def graph(rows: int):
    """A chain of products; weights keep the values' size, so that none overflows."""
    import numpy as np
    import openvino as ov
    from openvino import opset13 as ops

    random = np.random.default_rng(7)
    given = ops.parameter([rows, HIDDEN], np.float32)
    node = given
    for inputs, outputs in PRODUCTS * LAYERS:
        weights = (random.standard_normal((inputs, outputs)) / inputs**0.5).astype(np.float32)
        node = ops.matmul(node, ops.constant(weights), transpose_a=False, transpose_b=False)
    return ov.Model([node], [given])


def rate(model, rows: int, streams: int, precision: str, seconds: float) -> float:
    """GFLOP/s over about the given time."""
    import numpy as np
    import openvino as ov

    config = {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": streams}
    queue = ov.AsyncInferQueue(ov.Core().compile_model(model, "CPU", config), streams)
    values = np.random.default_rng(11).standard_normal((rows, HIDDEN)).astype(np.float32)

    def repeat(times: int) -> float:
        began = time.perf_counter()
        for _ in range(times):
            queue.start_async({0: values}, share_inputs=True)
        queue.wait_all()
        return time.perf_counter() - began

    repeat(2 * streams)
    times = max(streams, int(seconds / (repeat(4 * streams) / (4 * streams))))
    operations = 2 * rows * LAYERS * sum(inputs * outputs for inputs, outputs in PRODUCTS)
    return operations * times / repeat(times) / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.7, help="of each of the settings tried")
    options = parser.parse_args()
    import openvino as ov

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    native = "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    precision = "bf16" if native else "f32"
    tried = {
        (rows, streams): rate(graph(rows), rows, streams, precision, options.seconds)
        for rows in (256, 512, 1024, 2048)
        for streams in sorted({1, cores})
    }
    rows, streams = max(tried, key=lambda key: tried[key])
    print(json.dumps({"gflops": tried[rows, streams], "rows": rows, "streams": streams, "precision": precision}))


if __name__ == "__main__":
    main()
