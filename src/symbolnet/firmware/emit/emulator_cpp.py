"""A graph as a C++17 header on plain integers, for a trigger's software."""

from collections.abc import Sequence
from string import Template

from symbolnet.firmware.emit.emulator_fixed import fixed_part
from symbolnet.firmware.emit.interface import port_names
from symbolnet.firmware.emit.steps import Port, name_of, placed, ports_of, results_of, steps, tables
from symbolnet.firmware.graph.graph import Graph, Input, Interval, Output, Table

_BITS = (8, 16, 32, 64, 128)
_FILE = Template("""// Emulator of the firmware of $model: bit by bit what the hardware computes.
// C++17, no dependencies; where ap_fixed.h is there, words() and run() take structures of it, too.
//
//   double raw[features];                // a row as it stands in the data, in the order of columns
//   symbolnet::word in[inputs], out[outputs];
//   symbolnet::words(raw, in);           // standardised, rounded, saturated
//   symbolnet::run(in, out);             // what the hardware does
//   symbolnet::scores(out, values);      // what the words stand for; number(out) is the class
//
// Each also takes a number of rows first, which then lie one behind the other. Shifts of negative
// numbers are arithmetic, as in every compiler that is in use and by the letter since C++20.
#ifndef SYMBOLNET_EMULATOR_H
#define SYMBOLNET_EMULATOR_H

#include <cstddef>
#include <cstdint>

namespace symbolnet {

using word = std::int${word}_t;

constexpr std::size_t features = $features, inputs = $inputs;
constexpr std::size_t outputs = $outputs, classes = $classes;
constexpr const char *input_names[inputs] = {$input_names};
constexpr const char *output_names[outputs] = {$output_names};
constexpr const char *class_names[classes] = {$class_names};
constexpr bool decides = $decides;  // the only output is the number of the class
// Places of the words by the names of the ports in Verilog and VHDL: in[x_...], out[y_...].
enum : std::size_t { $input_ports };
enum : std::size_t { $output_ports };

namespace detail {

$value

struct port { std::size_t column; double mean, scale, steps; word low, high; };
constexpr port ports[inputs] = {
$ports
};
struct unit { double offset, size, finest; };
constexpr unit units[outputs] = {
$units
};
$tables
constexpr value clip(value v, value low, value high) { return v < low ? low : v > high ? high : v; }
constexpr value wrap(value v, value low, value mask) { return ((v - low) & mask) + low; }
template <std::size_t n> constexpr value first_largest(const value (&v)[n])
{
    std::size_t best = 0;
    for (std::size_t i = 1; i < n; i++)
        if (v[i] > v[best])
            best = i;
    return static_cast<value>(best);
}

}  // namespace detail

/// Words of the ports for a raw row; what lies outside saturates, and NaN is the lowest.
inline void words(const double *raw, word *in)
{
    for (std::size_t i = 0; i < inputs; i++) {
        const detail::port &p = detail::ports[i];
        const float x = static_cast<float>((raw[p.column] - p.mean) / p.scale);
        const double w = static_cast<double>(x) * p.steps + 0.5;
        if (!(w > static_cast<double>(p.low))) {
            in[i] = p.low;
        } else if (w >= static_cast<double>(p.high)) {
            in[i] = p.high;
        } else {
            const word cut = static_cast<word>(w);  // towards 0, where the rule is downwards
            in[i] = cut - (static_cast<double>(cut) > w);
        }
    }
}

/// Words of the outputs for words of the ports, which saturate to what the hardware is proved for.
inline void run(const word *in, word *out)
{
    using namespace detail;
$body
}

/// What the words of the outputs stand for.
inline void scores(const word *out, double *values)
{
    for (std::size_t i = 0; i < outputs; i++)
        values[i] = detail::units[i].offset + static_cast<double>(out[i]) * detail::units[i].size;
}

/// Number of the class: the first of the largest score.
inline std::size_t number(const word *out)
{
    if (decides)
        return static_cast<std::size_t>(out[0]);
    std::size_t best = 0;
    const auto aligned = [out](std::size_t i) {
        return static_cast<double>(out[i]) * detail::units[i].finest;
    };
    for (std::size_t i = 1; i < outputs; i++)
        if (aligned(i) > aligned(best))
            best = i;
    return best;
}

inline void words(std::size_t rows, const double *raw, word *in)
{
    for (std::size_t i = 0; i < rows; i++)
        words(raw + i * features, in + i * inputs);
}

inline void run(std::size_t rows, const word *in, word *out)
{
    for (std::size_t i = 0; i < rows; i++)
        run(in + i * inputs, out + i * outputs);
}

inline void scores(std::size_t rows, const word *out, double *values)
{
    for (std::size_t i = 0; i < rows; i++)
        scores(out + i * outputs, values + i * outputs);
}

inline void number(std::size_t rows, const word *out, std::size_t *numbers)
{
    for (std::size_t i = 0; i < rows; i++)
        numbers[i] = number(out + i * outputs);
}

}  // namespace symbolnet

$fixed
#endif
""")


class _Dialect:
    def clip(self, value: str, low: int, high: int) -> str:
        return f"clip({value}, {_literal(low)}, {_literal(high)})"

    def wrap(self, value: str, low: int, bits: int) -> str:
        return f"wrap({value}, {_literal(low)}, {_literal((1 << bits) - 1)})"

    def first_largest(self, values: list[str]) -> str:
        return f"first_largest({{{', '.join(values)}}})"

    def number(self, number: int) -> str:
        return _literal(number)


def header(graph: Graph) -> str:
    """Return the header of a graph."""
    found = list(steps(graph, _Dialect()))
    ends = [node.interval for node in graph.inputs()]
    ends += [node.interval for node in graph.outputs()]
    widest = max(32, *map(_bits, [*(step.reach for step in found), *ends]))
    lines = [*_read(graph), *(f"const value {step.name} = {step.value};" for step in found)]
    lines += [
        f"out[{number}] = static_cast<word>({name_of(place, graph)});"
        for number, place in enumerate(placed(graph, Output))
    ]
    decision, names = graph.decision(), [node.name for node in graph.outputs()]
    classes = names if decision is None else decision.names
    inputs = [graph.feature_names[node.variable] for node in graph.inputs()]
    return _FILE.substitute(
        model=graph.model,
        word=max(32, *map(_bits, ends)),
        features=len(graph.feature_names),
        inputs=len(inputs),
        outputs=len(names),
        classes=len(classes),
        input_names=_strings(inputs),
        output_names=_strings(names),
        class_names=_strings(classes),
        fixed=fixed_part(graph),
        input_ports=", ".join(port_names("x", inputs)),
        output_ports=", ".join(port_names("y", names)),
        decides="false" if decision is None else "true",
        value=_value_type(widest),
        ports=",\n".join(map(_port, ports_of(graph))),
        units=",\n".join(_units(graph)),
        tables="\n".join(_table(name, table) for name, table in tables(graph)),
        body="\n".join(f"    {line}" for line in lines),
    )


def _read(graph: Graph) -> list[str]:
    found = []
    for number, place in enumerate(placed(graph, Input)):
        low, high = map(_literal, graph.inputs()[number].interval)
        found.append(f"const value v{place} = clip(in[{number}], {low}, {high});")
    return found


def _value_type(bits: int) -> str:
    if bits > 64:  # a sum whose terms may leave 64 bits on the way
        return "__extension__ typedef __int128 value;"
    return f"using value = std::int{bits}_t;"


def _port(port: Port) -> str:
    low, high = map(_literal, port.ends)
    return f"    {{{port.column}, {port.mean!r}, {port.scale!r}, {port.steps!r}, {low}, {high}}}"


def _units(graph: Graph) -> list[str]:
    return [f"    {{{one.offset!r}, {one.step!r}, {2.0**one.up!r}}}" for one in results_of(graph)]


def _table(name: str, table: Table) -> str:
    entries = ", ".join(map(_literal, table.entries))
    kind = _bits(table.interval)
    return f"constexpr std::int{kind}_t {name}[{len(table.entries)}] = {{{entries}}};"


def _bits(interval: Interval) -> int:
    """Return the size of the smallest signed integer that holds an interval."""
    low, high = interval
    return next(bits for bits in _BITS if -(2 ** (bits - 1)) < low and high < 2 ** (bits - 1))


def _literal(number: int) -> str:
    return str(number) if _bits((number, number)) <= 32 else f"INT64_C({number})"


def _strings(texts: Sequence[str]) -> str:
    return ", ".join(_string(text) for text in texts)


def _string(text: str) -> str:
    """Return a C string: letters of ASCII as they are, all other bytes in octal."""
    plain = {ord(c): c for c in map(chr, range(32, 127)) if c not in '"\\?'}
    return '"' + "".join(plain.get(byte, f"\\{byte:03o}") for byte in text.encode()) + '"'
