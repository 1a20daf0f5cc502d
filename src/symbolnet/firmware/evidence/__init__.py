"""What the emitted circuit computes and takes, by simulators, Yosys, placers and vendors."""
