"""Stage `prove_netlist`: the netlist that was counted proved to compute what the RTL computes."""

from symbolnet.artifact import read_json, scratch, write_json
from symbolnet.config import Solver
from symbolnet.firmware.proof.netlist_proof import prove_netlist as proved
from symbolnet.pipeline.marks import In, Out


def prove_netlist(rtl: In, resources: In, netlist_proof: Out, spec: Solver) -> None:
    """Prove every bit of the outputs that can be proved in time; say which were not."""
    with scratch(netlist_proof) as folder:
        made = proved(rtl, read_json(resources, "firmware"), spec.seconds, folder)
    print(f"{made['cones_proved']} of {made['cones_total']} output bits proved")
    for row in made["outputs"]:
        for one in row["not_proved"]:
            print(f"warning: bit {one['bit']} of {row['output']}: {one['result']}")
    write_json(netlist_proof, made, "netlist_proof")
