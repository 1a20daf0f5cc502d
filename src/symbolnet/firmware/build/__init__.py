"""An expression set to a graph, each part in a format of its own."""
