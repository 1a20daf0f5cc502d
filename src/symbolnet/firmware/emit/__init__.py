"""A graph, or expressions, written as Verilog, VHDL, testbenches and HLS projects."""
