"""Raw rows to the words of a design behind AXI4-Stream, and back: numpy and interface.json alone.

`Design` needs no board. `Board` sends the words by the AXI DMA of `build_pynq_z2.tcl`, with the
package pynq. Not run on a board; tested against the emulator with a DMA of the tests in its place.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
BLOCK = 1 << 20  # bytes of one transfer at most


class Design:
    """The ports of a design as `interface.json` describes them."""

    def __init__(self, interface: str | Path = HERE / "interface.json") -> None:
        layout = json.loads(Path(interface).read_text(encoding="utf-8"))
        self.inputs, self.outputs = layout["model_inp"], layout["model_out"]
        self.classes = layout.get("classes")
        self.given, self.result = _bytes(self.inputs), _bytes(self.outputs)

    def words(self, rows: Any) -> np.ndarray:
        """Return the words (n, inputs): standardised, stored in single, rounded, saturated.

        `rows` has columns by name (a dict, a data frame), or one for each port, in their order.
        """
        names = [port["name"] for port in self.inputs]
        columns = rows.T if isinstance(rows, np.ndarray) else [rows[name] for name in names]
        if len(columns) != len(names):
            expected = f"expected {len(names)} columns, {', '.join(names)}"
            raise ValueError(f"{expected}; found {len(columns)}")
        found = [_word(columns[i], port) for i, port in enumerate(self.inputs)]
        return np.stack(found, axis=1)

    def encode(self, rows: Any) -> np.ndarray:
        """Return the bytes (n, given) of tdata for raw rows."""
        return _packed(self.words(rows), self.inputs, self.given)

    def decode(self, data: np.ndarray) -> np.ndarray:
        """Return what the bytes (n, result) of results stand for: (n, outputs)."""
        words = _unpacked(data, self.outputs)
        powers = [port.get("exponent", 0) - port["fraction"] for port in self.outputs]
        offsets = [port.get("offset", 0.0) for port in self.outputs]
        return np.asarray(np.array(offsets) + words * 2.0 ** np.array(powers))

    def labels(self, data: np.ndarray) -> np.ndarray:
        """Return the name of the class of each result."""
        if self.classes is not None:
            names, numbers = self.classes, _unpacked(data, self.outputs)[:, 0]
        else:
            names = [port["name"] for port in self.outputs]
            numbers = self.decode(data).argmax(axis=1)
        return np.array([names[number] for number in numbers])


class Board:
    """A design on a board: the bitstream and the AXI DMA of it."""

    def __init__(
        self, bitstream: str | Path, interface: str | Path = HERE / "interface.json"
    ) -> None:
        import pynq

        self.design, self._allocate = Design(interface), pynq.allocate
        self.dma = pynq.Overlay(str(bitstream)).axi_dma_0

    def results(self, rows: Any) -> np.ndarray:
        """Return the bytes (n, result) that the board makes of raw rows."""
        given = self.design.encode(rows)
        found = np.empty((len(given), self.design.result), np.uint8)
        step = BLOCK // max(self.design.given, self.design.result)
        for start in range(0, len(given), step):
            found[start : start + step] = self._transferred(given[start : start + step])
        return found

    def run(self, rows: Any) -> np.ndarray:
        """Return what the results for raw rows stand for: (n, outputs)."""
        return self.design.decode(self.results(rows))

    def _transferred(self, block: np.ndarray) -> np.ndarray:
        source = self._allocate(block.shape, np.uint8)
        target = self._allocate((len(block), self.design.result), np.uint8)
        try:
            source[:] = block
            self.dma.recvchannel.transfer(target)
            self.dma.sendchannel.transfer(source)
            self.dma.sendchannel.wait()
            self.dma.recvchannel.wait()
            return np.array(target)
        finally:
            source.freebuffer()
            target.freebuffer()


def _bytes(ports: list[dict[str, Any]]) -> int:
    """Return the bytes of a stream: those of its bits, to the next power of two."""
    bits = max(port["lowest_bit"] + port["width"] for port in ports)
    return max(8, 1 << int(bits - 1).bit_length()) // 8


def _word(column: Any, port: dict[str, Any]) -> np.ndarray:
    raw = np.asarray(column, np.float64)
    value = (raw - port.get("mean", 0.0)) / port.get("scale", 1.0)
    with np.errstate(over="ignore"):
        value = value.astype(np.float32).astype(np.float64)
    low, high = port["words"]
    place = np.floor(value * 2.0 ** port["fraction"] + 0.5)
    held = np.clip(np.nan_to_num(place, nan=low, posinf=high, neginf=low), low, high)
    return np.asarray(held, np.int64)


def _packed(words: np.ndarray, ports: list[dict[str, Any]], size: int) -> np.ndarray:
    bits = np.zeros((len(words), 8 * size), np.uint8)
    for number, port in enumerate(ports):
        places = np.arange(port["width"])
        bits[:, port["lowest_bit"] + places] = words[:, number, None] >> places & 1
    return np.packbits(bits, axis=1, bitorder="little")


def _unpacked(data: np.ndarray, ports: list[dict[str, Any]]) -> np.ndarray:
    bits = np.unpackbits(np.asarray(data, np.uint8), axis=1, bitorder="little").astype(np.int64)
    found = np.zeros((len(bits), len(ports)), np.int64)
    for number, port in enumerate(ports):
        places = np.arange(port["width"])
        found[:, number] = (bits[:, port["lowest_bit"] + places] << places).sum(axis=1)
        if port["signed"]:
            found[:, number] -= found[:, number] >> (port["width"] - 1) << port["width"]
    return found
