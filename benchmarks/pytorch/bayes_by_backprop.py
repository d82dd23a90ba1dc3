#!/usr/bin/env python3
"""Bayes by Backprop in PyTorch, timed: the work of this repository's benchmarks as a PyTorch user writes it.

    python3 bayes_by_backprop.py                 a table of the main cases, on one thread and on all
    python3 bayes_by_backprop.py --device cuda   the same on a GPU
    python3 bayes_by_backprop.py --lines         one case a line of JSON on standard input, one result a line on standard output

Needs PyTorch alone, of any version from 1.8 on.
"""

import argparse
import json
import math
import os
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class BayesianLayer(nn.Module):
    """A layer whose weights are normal, independent, with prior N(0, 1)."""

    def __init__(self, shape, bias):
        super().__init__()
        fan_in = math.prod(shape[1:])
        self.weight_mu = nn.Parameter(torch.randn(shape) * math.sqrt(2 / fan_in))
        self.weight_log_var = nn.Parameter(torch.full(shape, math.log(0.02 / fan_in)))
        self.bias_mu = nn.Parameter(torch.zeros(shape[0])) if bias else None
        self.bias_log_var = nn.Parameter(torch.full((shape[0],), math.log(0.02 / fan_in))) if bias else None

    @staticmethod
    def draw(mu, log_var):
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)

    def weights(self):
        bias = None if self.bias_mu is None else self.draw(self.bias_mu, self.bias_log_var)
        return self.draw(self.weight_mu, self.weight_log_var), bias

    def kl_divergence(self):
        pairs = [(self.weight_mu, self.weight_log_var)]
        if self.bias_mu is not None:
            pairs.append((self.bias_mu, self.bias_log_var))
        return sum(0.5 * (log_var.exp() + mu.pow(2) - log_var - 1).sum() for mu, log_var in pairs)


class BayesianLinear(BayesianLayer):
    def __init__(self, inputs, outputs, bias=True):
        super().__init__((outputs, inputs), bias)

    def forward(self, x):
        return F.linear(x, *self.weights())


class BayesianConv2d(BayesianLayer):
    def __init__(self, inputs, outputs, kernel, padding):
        super().__init__((outputs, inputs, kernel, kernel), True)
        self.padding = padding

    def forward(self, x):
        return F.conv2d(x, *self.weights(), padding=self.padding)


def network(name):
    """The model, the shape of one input, and whether it ends in a probability rather than in logits."""
    if name == "2-5-5-1":
        layers = [
            BayesianLinear(2, 5, bias=False), nn.Tanh(), BayesianLinear(5, 5, bias=False), nn.Tanh(),
            BayesianLinear(5, 1, bias=False), nn.Sigmoid(),
        ]
        return nn.Sequential(*layers), (2,), True
    if name == "convolutional":
        layers = [
            BayesianConv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            BayesianConv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), BayesianLinear(784, 10),
        ]
        return nn.Sequential(*layers), (1, 28, 28), False
    sizes = [int(size) for size in name.split("-")]
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [BayesianLinear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1]), (sizes[0],), False


def kl_divergence(model):
    return sum(layer.kl_divergence() for layer in model if isinstance(layer, BayesianLayer))


def prediction(case, device):
    model, shape, ends_in_probability = network(case["network"])
    model = model.to(device)
    x = torch.randn(case["rows"], *shape, device=device)

    def run():
        with torch.no_grad():
            outputs = torch.stack([model(x) for _ in range(case["draws"])])
            probabilities = outputs if ends_in_probability else outputs.softmax(-1)
            return probabilities.mean(0), probabilities.std(0)

    return run


def training_loop(case, device):
    model, shape, _ = network(case["network"])
    model = model.to(device)
    rows = case["rows"]
    x = torch.randn(rows, *shape, device=device)
    y = (x.sum(1, keepdim=True) + torch.randn(rows, 1, device=device) > 0).float()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)

    def run():
        for _ in range(case["steps"] // rows):
            for row in torch.randperm(rows).tolist():
                loss = F.binary_cross_entropy(model(x[row : row + 1]), y[row : row + 1]) + kl_divergence(model) / rows
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    return run


def training_step(case, device):
    model, shape, _ = network(case["network"])
    model = model.to(device)
    draws = case["draws"]
    x = torch.randn(case["rows"], *shape, device=device)
    y = torch.randint(0, 10, (case["rows"],), device=device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01)

    def run():
        loss = kl_divergence(model) / 60_000
        for _ in range(draws):
            loss = loss + F.cross_entropy(model(x), y) / draws
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return run


def noise(case, device):
    return lambda: torch.randn(case["draws"], case["rows"], device=device)


def divergence(case, device):
    model, _, _ = network(case["network"])
    model = model.to(device)

    def run():
        with torch.set_grad_enabled(case["gradient"]):
            value = kl_divergence(model)
            if case["gradient"]:
                model.zero_grad()
                value.backward()
            return value.item()

    return run


WORK = {
    "prediction": prediction,
    "training_loop": training_loop,
    "training_step": training_step,
    "noise": noise,
    "divergence": divergence,
}

CASES = {
    "mc_grid": {"work": "prediction", "network": "2-5-5-1", "rows": 250_000, "draws": 100},
    "mc_mlp_batch": {"work": "prediction", "network": "784-512-512-10", "rows": 256, "draws": 64},
    "mc_mlp_row": {"work": "prediction", "network": "784-512-512-10", "rows": 1, "draws": 100},
    "mc_conv": {"work": "prediction", "network": "convolutional", "rows": 64, "draws": 32},
    "train_batch1": {"work": "training_loop", "network": "2-5-5-1", "rows": 284, "steps": 1136},
    "train_mlp": {"work": "training_step", "network": "784-512-512-10", "rows": 128, "draws": 1},
}


def measure(case, device, threads, seconds, least):
    """The median time of a call, after two calls to warm up."""
    if device == "cpu":
        torch.set_num_threads(threads)
    torch.manual_seed(8)
    run = WORK[case["work"]](case, device)
    wait = torch.cuda.synchronize if device != "cpu" else lambda: None

    def once(repeats):
        wait()
        start = time.perf_counter()
        for _ in range(repeats):
            run()
        wait()
        return (time.perf_counter() - start) / repeats

    once(1)
    # Short calls are repeated within a round, so that the clock and the loop hardly count.
    repeats = min(10_000, max(1, math.ceil(0.005 / once(1))))
    times = []
    start = time.perf_counter()
    while len(times) < least or (len(times) < 31 and time.perf_counter() - start < seconds):
        times.append(once(repeats))
    return {"threads": threads, "seconds": statistics.median(times), "rounds": len(times)}


def describe(device):
    """Describes the machine and versions."""
    return {
        "torch": torch.__version__,
        "blas": blas_library(),
        "gpu": torch.cuda.get_device_name(0) if device != "cpu" else None,
    }


def blas_library():
    """Which library multiplies matrices: the one that was linked in, or the one that the system put in its place."""
    linked = next((line.split("=")[-1].strip() for line in torch.__config__.show().split(",") if "BLAS_INFO" in line), "unknown")
    if linked == "generic" and os.path.exists("/proc/self/maps"):
        with open("/proc/self/maps") as maps:
            loaded = {os.path.realpath(line.split()[-1]) for line in maps if "blas" in line}
        return ", ".join(sorted(os.path.relpath(path, "/usr/lib").split("/", 1)[-1] for path in loaded)) or linked
    return linked


def threads_to_try(device):
    most = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [torch.get_num_threads()] if device != "cpu" else sorted({1, most})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--seconds", type=float, default=5, help="time for each case and number of threads")
    parser.add_argument("--lines", action="store_true", help="cases as lines of JSON on standard input")
    arguments = parser.parse_args()

    tried = threads_to_try(arguments.device)
    if arguments.lines:
        print(json.dumps(describe(arguments.device)), flush=True)
        for line in sys.stdin:
            case = json.loads(line)
            results = [measure(case, arguments.device, threads, arguments.seconds, 5) for threads in tried]
            print(json.dumps(results), flush=True)
        return

    print(json.dumps(describe(arguments.device)))
    for name, case in CASES.items():
        times = [measure(case, arguments.device, threads, arguments.seconds, 5) for threads in tried]
        best = min(times, key=lambda each: each["seconds"])
        steps = case.get("steps", 1)
        print(f"{name:14} {best['seconds'] / steps:.6f} s with {best['threads']} threads", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, BrokenPipeError):
        # The reader of the output has gone.
        os._exit(1)
