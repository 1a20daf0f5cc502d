"""SymbolNet: from LHC data to compact formulas to audited FPGA firmware."""
