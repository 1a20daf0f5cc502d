"""Stage `prove_bitwise`: the RTL proved to compute the graph once more, by an SMT solver."""

from symbolnet.artifact import scratch, write_json
from symbolnet.config import Solver
from symbolnet.firmware.proof.bitwise_proof import prove_bitwise as proved
from symbolnet.pipeline.marks import In, Out


def prove_bitwise(graph: In, rtl: In, bitwise_proof: Out, spec: Solver) -> None:
    """Prove every node a second time, by another reader and solver; say which were not."""
    with scratch(bitwise_proof) as folder:
        made = proved(graph, rtl, spec.seconds, folder)
    for one in made["languages"]:
        print(f"{one['language']}: {one['nodes_proved']} of {one['nodes_total']} nodes proved")
        if one["reason"]:
            print(f"warning: {one['language']} is not checked: {one['reason']}")
            continue
        for node in one["nodes"]:
            if not node["proved"]:
                print(f"warning: node {node['node']} ({node['kind']}): {node['reason']}")
    write_json(bitwise_proof, made, "bitwise_proof")
