"""The part of the C++ emulator that speaks ap_fixed, where that header is there."""

from collections.abc import Iterable
from string import Template

from symbolnet.firmware.emit.interface import port_names
from symbolnet.firmware.graph.fixed import Fixed
from symbolnet.firmware.graph.graph import Graph

_PART = Template("""\
#if __has_include("ap_fixed.h")
#include "ap_fixed.h"

namespace symbolnet {

/// Ports in their types: assigning rounds to the nearest, halves up, and saturates.
struct fixed_inputs {
$inputs
};
struct fixed_outputs {
$outputs
};

namespace detail {

template <int W, int I, ap_q_mode Q, ap_o_mode O, int N>
word word_of(const ap_fixed<W, I, Q, O, N> &value)
{
    const ap_int<W> bits = value.range();
    return static_cast<word>(bits.to_int64());
}
template <int W, int I, ap_q_mode Q, ap_o_mode O, int N>
word word_of(const ap_ufixed<W, I, Q, O, N> &value)
{
    const ap_uint<W> bits = value.range();
    return static_cast<word>(bits.to_int64());
}
template <class T> void set(T &value, word w) { value.range() = ap_int<T::width>(w); }

}  // namespace detail

/// Ports for a raw row, as words(raw, in).
inline void words(const double *raw, fixed_inputs &in)
{
    word made[inputs];
    words(raw, made);
$raw
}

/// What the hardware does, as run(in, out).
inline void run(const fixed_inputs &in, fixed_outputs &out)
{
    word given[inputs], made[outputs];
$given
    run(given, made);
$made
}

}  // namespace symbolnet
#endif
""")


def fixed_part(graph: Graph) -> str:
    """Return structures with an ap_fixed for each port, and what reads and writes them."""
    inputs = [graph.feature_names[node.variable] for node in graph.inputs()]
    x, y = port_names("x", inputs), port_names("y", [node.name for node in graph.outputs()])
    return _PART.substitute(
        inputs=_members(x, [node.format for node in graph.inputs()]),
        outputs=_members(y, [node.format for node in graph.outputs()]),
        raw=_lines(f"detail::set(in.{name}, made[{i}]);" for i, name in enumerate(x)),
        given=_lines(f"given[{i}] = detail::word_of(in.{name});" for i, name in enumerate(x)),
        made=_lines(f"detail::set(out.{name}, made[{i}]);" for i, name in enumerate(y)),
    )


def _members(names: list[str], formats: list[Fixed]) -> str:
    pairs = zip(names, formats, strict=True)
    return _lines(f"{_type(one)} {name} = 0;" for name, one in pairs)


def _type(form: Fixed) -> str:
    """Return a type; ap_fixed counts the sign among the integer bits."""
    kind = "ap_fixed" if form.signed else "ap_ufixed"
    return f"{kind}<{form.width}, {form.width - form.fraction}, AP_RND, AP_SAT>"


def _lines(statements: Iterable[str]) -> str:
    return "\n".join(f"    {one}" for one in statements)
