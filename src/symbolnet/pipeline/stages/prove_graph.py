"""Stage `prove_graph`: the emitted Verilog proved to compute the graph, node by node."""

from symbolnet.artifact import write_json
from symbolnet.firmware.proof.certificate import prove
from symbolnet.pipeline.marks import In, Out


def prove_graph(graph: In, rtl: In, certificate: Out) -> None:
    """Prove every node that can be proved and write the certificate; say which were not."""
    made = prove(graph, rtl)
    print(f"{made['nodes_proved']} of {made['nodes_total']} nodes proved")
    for node in made["nodes"]:
        if not node["proved"]:
            print(f"warning: node {node['node']} ({node['kind']}) is not proved: {node['reason']}")
    write_json(certificate, made, "certificate")
