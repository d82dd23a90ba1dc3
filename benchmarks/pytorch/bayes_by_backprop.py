#!/usr/bin/env python3
"""Bayes by Backprop in PyTorch, timed: the work of this repository's benchmarks as a PyTorch user writes it.

    python3 bayes_by_backprop.py                 a table of the main cases, on one thread and on all
    python3 bayes_by_backprop.py --device cuda   the same on a GPU
    python3 bayes_by_backprop.py --lines         one case a line of JSON on standard input, one result a line on standard output

Needs PyTorch alone, of any version from 1.8 on. A case with "compile" is timed a second time with torch.compile, if this PyTorch has it.
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
    """A layer whose weights are normal, independent, with prior N(0, 1). A pass draws weights, or does as its method says."""

    method = "weights"

    def __init__(self, shape, bias, fan_in=None):
        super().__init__()
        fan_in = fan_in or math.prod(shape[1:])
        self.weight_mu = nn.Parameter(torch.randn(shape) * math.sqrt(2 / fan_in))
        self.weight_log_var = nn.Parameter(torch.full(shape, math.log(0.02 / fan_in)))
        self.bias_mu = nn.Parameter(torch.zeros(shape[0])) if bias else None
        self.bias_log_var = nn.Parameter(torch.full((shape[0],), math.log(0.02 / fan_in))) if bias else None

    def apply_weight(self, x, weight, bias):
        raise NotImplementedError

    @staticmethod
    def deviation(log_var):
        return torch.exp(0.5 * log_var) * torch.randn_like(log_var)

    def forward(self, x):
        mu = self.weight_mu, self.bias_mu
        if self.method == "local":
            mean = self.apply_weight(x, *mu)
            variance = self.apply_weight(x * x, self.weight_log_var.exp(), None if self.bias_mu is None else self.bias_log_var.exp())
            return mean + torch.sqrt(variance + 1e-12) * torch.randn_like(mean)
        dw = self.deviation(self.weight_log_var), None if self.bias_mu is None else self.deviation(self.bias_log_var)
        if self.method == "flipout":
            flipped = self.apply_weight(x * signs(x), *dw)
            return self.apply_weight(x, *mu) + flipped * signs(flipped)
        return self.apply_weight(x, mu[0] + dw[0], None if dw[1] is None else mu[1] + dw[1])

    def kl_divergence(self):
        pairs = [(self.weight_mu, self.weight_log_var)]
        if self.bias_mu is not None:
            pairs.append((self.bias_mu, self.bias_log_var))
        return sum(0.5 * (log_var.exp() + mu.pow(2) - log_var - 1).sum() for mu, log_var in pairs)


def signs(like):
    """One sign for each row and channel."""
    return torch.randint(0, 2, [size if axis < 2 else 1 for axis, size in enumerate(like.shape)], device=like.device).to(like.dtype) * 2 - 1


class BayesianLinear(BayesianLayer):
    def __init__(self, inputs, outputs, bias=True):
        super().__init__((outputs, inputs), bias)

    def apply_weight(self, x, weight, bias):
        return F.linear(x, weight, bias)


class BayesianConv2d(BayesianLayer):
    def __init__(self, inputs, outputs, kernel, padding):
        super().__init__((outputs, inputs, kernel, kernel), True)
        self.padding = padding

    def apply_weight(self, x, weight, bias):
        return F.conv2d(x, weight, bias, padding=self.padding)


class BayesianEmbedding(BayesianLayer):
    def __init__(self, count, size):
        super().__init__((count, size), False, fan_in=size)

    def apply_weight(self, x, weight, bias):
        return F.embedding(x, weight)


class Outcome:
    """What a network predicts: expectations from outputs, targets, and the mean of -log p(y | f)."""

    def __init__(self, expectations, targets, loss):
        self.expectations, self.targets, self.loss = expectations, targets, loss


PROBABILITY = Outcome(
    lambda outputs: outputs, lambda rows, device: torch.randint(0, 2, (rows, 1), device=device).float(), F.binary_cross_entropy)
CLASS = Outcome(
    lambda outputs: outputs.softmax(-1), lambda rows, device: torch.randint(0, 10, (rows,), device=device), F.cross_entropy)
NUMBER = Outcome(
    lambda outputs: outputs, lambda rows, device: torch.randn(rows, 1, device=device),
    lambda output, target: 0.5 * F.mse_loss(output, target) + 0.5 * math.log(2 * math.pi))

SYMBOLS = 100_000


def normal_inputs(*shape):
    return lambda rows, device: torch.randn(rows, *shape, device=device)


def convolution(inputs, outputs):
    return [BayesianConv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]


def network(name):
    """The model, a maker of inputs, and what it predicts."""
    if name == "2-5-5-1":
        layers = [
            BayesianLinear(2, 5, bias=False), nn.Tanh(), BayesianLinear(5, 5, bias=False), nn.Tanh(),
            BayesianLinear(5, 1, bias=False), nn.Sigmoid(),
        ]
        return nn.Sequential(*layers), normal_inputs(2), PROBABILITY
    if name == "convolutional":
        layers = [*convolution(1, 8), *convolution(8, 16), nn.Flatten(), BayesianLinear(784, 10)]
        return nn.Sequential(*layers), normal_inputs(1, 28, 28), CLASS
    if name == "images":
        layers = [*convolution(3, 32), *convolution(32, 64), *convolution(64, 128), nn.Flatten(), BayesianLinear(2048, 10)]
        return nn.Sequential(*layers), normal_inputs(3, 32, 32), CLASS
    if name == "table":
        layers = [BayesianEmbedding(SYMBOLS, 64), BayesianLinear(64, 1)]
        return nn.Sequential(*layers), lambda rows, device: torch.randint(0, SYMBOLS, (rows,), device=device), NUMBER
    sizes = [int(size) for size in name.split("-")]
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [BayesianLinear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1]), normal_inputs(sizes[0]), NUMBER if sizes[-1] == 1 else CLASS


def kl_divergence(model):
    return sum(layer.kl_divergence() for layer in model if isinstance(layer, BayesianLayer))


def maybe_compiled(case, function):
    return torch.compile(function) if case.get("compile") else function


def stacked_loop(case, device):
    """A function that stacks the outputs of S passes, and what the network predicts."""
    model, make, outcome = network(case["network"])
    model = model.to(device)
    x = make(case["rows"], device)
    forward = maybe_compiled(case, model)
    return lambda: torch.stack([forward(x) for _ in range(case["draws"])]), outcome


def prediction(case, device):
    outputs, outcome = stacked_loop(case, device)

    def run():
        with torch.no_grad():
            expectations = outcome.expectations(outputs())
            return expectations.mean(0), expectations.std(0)

    return run


def interval(case, device):
    outputs, _ = stacked_loop(case, device)
    levels = torch.tensor([0.05, 0.95], device=device)

    def run():
        with torch.no_grad():
            f = outputs()
            return f.mean(0), f.std(0), torch.quantile(f + torch.randn_like(f), levels, dim=0)

    return run


def training_loop(case, device):
    model, make, outcome = network(case["network"])
    model = model.to(device)
    rows = case["rows"]
    x = make(rows, device)
    y = (x.sum(1, keepdim=True) + torch.randn(rows, 1, device=device) > 0).float()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)
    loss_of = maybe_compiled(case, lambda x, y: outcome.loss(model(x), y) + kl_divergence(model) / rows)

    def run():
        for _ in range(case["steps"] // rows):
            for row in torch.randperm(rows).tolist():
                loss = loss_of(x[row : row + 1], y[row : row + 1])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    return run


def training_step(case, device):
    model, make, outcome = network(case["network"])
    model = model.to(device)
    for layer in model:
        layer.method = case["method"]
    draws = case["draws"]
    x = make(case["rows"], device)
    y = outcome.targets(case["rows"], device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01)
    kl = maybe_compiled(case, lambda: kl_divergence(model) / 60_000)
    loss_of = maybe_compiled(case, lambda: outcome.loss(model(x), y) / draws)

    def run():
        loss = kl()
        for _ in range(draws):
            loss = loss + loss_of()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return run


def recurrent(case, device):
    """Passes of an LSTM or GRU with drawn weights. torch.lstm and torch.gru are what nn.LSTM and nn.GRU call."""
    module = {"lstm": nn.LSTM, "gru": nn.GRU}[case["cell"]](case["inputs"], case["hidden"], batch_first=True).to(device)
    means = [nn.Parameter(weight.detach().clone()) for weight in module.parameters()]
    log_vars = [nn.Parameter(torch.full_like(mean, math.log(0.02 / case["hidden"]))) for mean in means]
    x = torch.randn(case["rows"], case["steps"], case["inputs"], device=device)
    zero = torch.zeros(1, case["rows"], case["hidden"], device=device)

    def forward():
        weights = [mean + BayesianLayer.deviation(log_var) for mean, log_var in zip(means, log_vars)]
        if case["cell"] == "lstm":
            return torch.lstm(x, (zero, zero), weights, True, 1, 0.0, False, False, True)[0]
        return torch.gru(x, zero, weights, True, 1, 0.0, False, False, True)[0]

    forward = maybe_compiled(case, forward)

    def run():
        with torch.set_grad_enabled(case["gradient"]):
            if not case["gradient"]:
                return torch.stack([forward() for _ in range(case["draws"])])
            for parameter in means + log_vars:
                parameter.grad = None
            for _ in range(case["draws"]):
                (forward().mean() / case["draws"]).backward()

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
    "interval": interval,
    "training_loop": training_loop,
    "training_step": training_step,
    "recurrent": recurrent,
    "noise": noise,
    "divergence": divergence,
}

CASES = {
    "mc_grid": {"work": "prediction", "network": "2-5-5-1", "rows": 250_000, "draws": 100},
    "mc_mlp_batch": {"work": "prediction", "network": "784-512-512-10", "rows": 256, "draws": 64},
    "mc_mlp_row": {"work": "prediction", "network": "784-512-512-10", "rows": 1, "draws": 100},
    "mc_conv": {"work": "prediction", "network": "convolutional", "rows": 64, "draws": 32},
    "train_batch1": {"work": "training_loop", "network": "2-5-5-1", "rows": 284, "steps": 1136},
    "train_mlp": {"work": "training_step", "network": "784-512-512-10", "rows": 128, "draws": 1, "method": "weights"},
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
    return {"threads": threads, "seconds": statistics.median(times), "rounds": len(times), "compiled": bool(case.get("compile"))}


def measure_all(case, device, seconds):
    """The times of a case on every number of threads, as written and, if asked, compiled; and the reason if it was not compiled."""
    timings = [measure({**case, "compile": False}, device, threads, seconds, 5) for threads in threads_to_try(device)]
    reason = None
    if case.get("compile"):
        try:
            timings += [measure(case, device, threads, seconds, 5) for threads in threads_to_try(device)]
        except Exception as error:
            reason = first_line(error)
    return {"timings": timings, "notCompiled": reason}


def not_compiling(device):
    """Why torch.compile cannot be used here, in a sentence without a full stop; None if it can."""
    if not hasattr(torch, "compile"):
        return "this version has no torch.compile"
    try:
        torch.compile(lambda x: x.sin() + 1)(torch.ones(2, device=device))
    except Exception as error:
        return first_line(error)
    return None


def first_line(error):
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or ['no message'])[0][:200]}"


def describe(device):
    """Describes the machine and versions."""
    return {
        "torch": torch.__version__,
        "blas": blas_library(),
        "gpu": torch.cuda.get_device_name(0) if device != "cpu" else None,
        "not_compiling": not_compiling(device),
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

    if arguments.lines:
        print(json.dumps(describe(arguments.device)), flush=True)
        for line in sys.stdin:
            print(json.dumps(measure_all(json.loads(line), arguments.device, arguments.seconds)), flush=True)
        return

    description = describe(arguments.device)
    print(json.dumps(description))
    for name, case in CASES.items():
        result = measure_all({**case, "compile": description["not_compiling"] is None}, arguments.device, arguments.seconds)
        steps = case.get("steps", 1)
        for compiled in (False, True):
            best = min((each for each in result["timings"] if each["compiled"] == compiled), key=lambda each: each["seconds"], default=None)
            if best:
                word = ", compiled" if compiled else ""
                print(f"{name:14} {best['seconds'] / steps:.6f} s with {best['threads']} threads{word}", flush=True)
        if result["notCompiled"]:
            print(f"{name:14} was not compiled: {result['notCompiled']}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, BrokenPipeError):
        # The reader of the output has gone.
        os._exit(1)
