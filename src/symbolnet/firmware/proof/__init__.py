"""The emitted Verilog and the graph as exact terms: equal terms are the proof."""
