"""How many rows a second the C++ emulators of designs compute on one core.

python benchmarks/emulator.py results/real_jets/data/real_jets/dataset.npz \
    results/real_jets/firmware/real_jets/*

The test rows of the data set, raw, repeated to 20,000: words (standardise, round, saturate), run
(the integers of the hardware), number (the class) and all three; g++ -O2, the best of 30 passes.
"""

import argparse
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from symbolnet.artifact import read_json
from symbolnet.data.dataset import load_dataset

ROWS, PASSES = 20_000, 30
MAIN = """#include <chrono>
#include <cstdio>
#include <vector>
#include "symbolnet_emulator.h"
using namespace symbolnet;
using timer = std::chrono::steady_clock;
template <class F> double best(std::size_t rows, F pass)
{
    double least = 1e9;
    for (int i = 0; i < PASSES; i++) {
        const auto start = timer::now();
        pass();
        const std::chrono::duration<double> took = timer::now() - start;
        if (took.count() < least)
            least = took.count();
    }
    return static_cast<double>(rows) / least;
}
int main()
{
    std::vector<double> raw;
    for (double value; std::fread(&value, sizeof value, 1, stdin) == 1;)
        raw.push_back(value);
    const std::size_t rows = raw.size() / features;
    std::vector<word> in(rows * inputs), out(rows * outputs);
    std::vector<std::size_t> chosen(rows);
    const double made = best(rows, [&] { words(rows, raw.data(), in.data()); });
    const double ran = best(rows, [&] { run(rows, in.data(), out.data()); });
    const double told = best(rows, [&] { number(rows, out.data(), chosen.data()); });
    const double all = best(rows, [&] {
        words(rows, raw.data(), in.data());
        run(rows, in.data(), out.data());
        number(rows, out.data(), chosen.data());
    });
    std::size_t sum = 0;
    for (std::size_t one : chosen)
        sum += one;
    std::printf("%f %f %f %f %zu", made, ran, told, all, sum);
}
"""


def speeds(emulator: Path, raw: np.ndarray, scratch: Path) -> list[float]:
    """Return rows a second of words, run, number and all three, for raw rows (n, d)."""
    (scratch / "main.cpp").write_text(MAIN.replace("PASSES", str(PASSES)), encoding="utf-8")
    command = ["g++", "-std=c++17", "-O2", f"-I{emulator}", scratch / "main.cpp", "-o"]
    subprocess.run([*command, scratch / "main"], check=True)
    given = np.ascontiguousarray(raw, np.float64).tobytes()
    done = subprocess.run([scratch / "main"], input=given, capture_output=True, check=True)
    return [float(word) for word in done.stdout.split()[:4]]


def main() -> None:
    """Print a line for each design."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("designs", type=Path, nargs="+", help="folders of the run's firmware")
    arguments = parser.parse_args()
    data = load_dataset(arguments.dataset)
    raw = data.x_test * data.scaler_scale + data.scaler_mean
    raw = np.tile(raw, (-(-ROWS // len(raw)), 1))[:ROWS]
    print("design          LUT  million rows a second:  words    run  number    all")
    for design in arguments.designs:
        lut = read_json(design / "resources.json", "firmware")["lut"]
        with TemporaryDirectory() as scratch:
            found = speeds((design / "emulator").absolute(), raw, Path(scratch))
        millions = "".join(f"{one / 1e6:8.1f}" for one in found)
        print(f"{design.name:12}{lut:8,}{'':24}{millions}")


if __name__ == "__main__":
    main()
